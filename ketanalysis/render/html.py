"""The page: one self-contained, accessible HTML file of an assembled document."""

from __future__ import annotations

import datetime
import re
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from ketanalysis.render.assemble import Assembled
from ketanalysis.render.nodes import (
    Node,
    attributes,
    div,
    find,
    pair_of,
    plain,
    raw_html,
    string,
    walk,
)
from ketanalysis.render.options import Header
from ketanalysis.render.pandoc import write_tree
from ketanalysis.render.qmd import Document
from ketanalysis.render.sanitise import UnsafeHtml, check_page
from ketanalysis.shipped import room

GENERATOR = "ketanalysis"
_TABLE = re.compile(r"<table((?: [^<>]*)?)>")
_OWN_NAME = re.compile(r' aria-labelledby="[^"]*"')
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def write_html(
    document: Document, assembled: Assembled, *, version: str, footer: str, bibliography: list[Path]
) -> bytes:
    """Return the page; refuse one that would run, load or reach out."""
    header = document.header
    blocks = lower(assembled.blocks)
    blocks, citing = references_shown(document, blocks, bibliography, level=2)
    blocks, pictures = _pictures_apart(blocks, f"{document.token}-picture")
    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as folder:
        template = Path(folder) / "page.html"
        template.write_text(_template(version), encoding="utf-8")
        arguments = ["--standalone", "-t", "html5", "--mathml", "--template", str(template)]
        if header.has_toc:
            # The title is the first level; the author counts from the sections.
            arguments += ["--toc", f"--toc-depth={header.toc_depth + 1}"]
        page = write_tree(blocks, _meta(document, assembled, footer), [*arguments, *citing])
    page = _with_pictures(page, f"{document.token}-picture", pictures)
    if document.token in page:
        raise document.refuse("a placeholder was left in the page.", None)
    try:
        check_page(page)
    except UnsafeHtml as error:
        raise document.refuse(f"the page must not hold {error}.", None) from None
    return page.encode("utf-8")


def marker(version: str) -> str:
    """Return what stands in the head of every page of ours."""
    return f'<meta name="generator" content="{GENERATOR} {version}'


def lower(blocks: list[Node]) -> Any:
    """Return the blocks with tables, folded code and callouts as HTML's own elements."""
    tables = 0

    def action(node: Node) -> list[Node] | None:
        nonlocal tables
        if node["t"] == "Figure" and "table" in node["c"][0][1]:
            tables += 1
            return _table(node, tables, action)
        if node["t"] == "Figure" and "picture" in node["c"][0][1]:
            # On a phone it scrolls, and the keyboard must reach what scrolls.
            attr, caption, content = node["c"]
            reached = [attr[0], attr[1], [*attr[2], ["tabindex", "0"]]]
            return [{"t": "Figure", "c": [reached, caption, content]}]
        if node["t"] != "Div":
            return None
        attr, content = node["c"]
        inside = walk(content, action)
        if "uncaptioned-table" in attr[1]:
            pairs = [("role", "region"), ("aria-label", "Table"), ("tabindex", "0")]
            return [div(inside, attributes(attr[0], ["table-scroll"], pairs))]
        if "cell-code" in attr[1] and attr[2]:
            summary = [plain([string(pair_of(attr, "summary") or "Code")])]
            return _folded("cell-code", pair_of(attr, "fold") == "open", summary, inside)
        if "callout" in attr[1]:
            return _callout(attr, inside)
        return [div(inside, attr)]

    return walk(blocks, action)


def _pictures_apart(blocks: list[Node], name: str) -> tuple[list[Node], list[str]]:
    """Return the blocks with a name for each embedded picture, and the pictures.

    Pandoc would only pass them on, and takes four fifths of its time over so many letters.
    """
    pictures: list[str] = []

    def action(node: Node) -> list[Node] | None:
        if node["t"] != "Image" or not node["c"][2][0].startswith("data:"):
            return None
        attr, words, (source, title) = node["c"]
        pictures.append(source)
        return [{"t": "Image", "c": [attr, words, [f"{name}-{len(pictures) - 1}", title]]}]

    return walk(blocks, action), pictures


def _with_pictures(page: str, name: str, pictures: list[str]) -> str:
    """Return the page with the pictures in place of their names."""
    return re.sub(rf"{name}-(\d+)", lambda found: pictures[int(found[1])], page)


def _table(node: Node, number: int, action: Any) -> list[Node]:
    (identifier, _, _), (_, caption), content = node["c"]
    name = f"{identifier or f'table-{number}'}-caption"
    own = f' id="{escape(identifier)}"' if identifier else ""
    inside = []
    for block in walk(content, action):
        if block["t"] == "RawBlock":
            inside.append(raw_html(_named(block["c"][1], name)))
        else:
            inside.append(block)
    return [
        raw_html(f'<figure{own} class="table">\n<figcaption id="{escape(name)}">'),
        *caption,
        raw_html(
            "</figcaption>\n"
            f'<div class="table-scroll" role="region" aria-labelledby="{escape(name)}" '
            'tabindex="0">'
        ),
        *inside,
        raw_html("</div>\n</figure>"),
    ]


def _named(html: str, name: str) -> str:
    """Return a cell's HTML, its first table named by the caption."""
    return _TABLE.sub(
        lambda tag: f'<table aria-labelledby="{escape(name)}"{_OWN_NAME.sub("", tag[1])}>', html, 1
    )


def _folded(name: str, is_open: bool, summary: list[Node], inside: list[Node]) -> list[Node]:
    start = f'<details class="{name}"{" open" if is_open else ""}>\n<summary>'
    return [raw_html(start), *summary, raw_html("</summary>"), *inside, raw_html("</details>")]


def _callout(attr: list[Any], inside: list[Node]) -> list[Node]:
    fold = pair_of(attr, "fold")
    kind = next(one for one in attr[1] if one.startswith("callout-"))
    pairs = [("role", "note"), ("aria-label", kind.removeprefix("callout-").capitalize())]
    outer = attributes(attr[0], attr[1], pairs)
    if fold is None:
        return [div(inside, outer)]
    title, *content = inside
    return [div(_folded("callout-fold", fold == "open", title["c"][1], content), outer)]


def references_shown(
    document: Document, blocks: list[Node], bibliography: list[Path], *, level: int
) -> tuple[list[Node], list[str]]:
    """Return the blocks with a list of references, and what pandoc needs to write it."""
    arguments = []
    if bibliography:
        arguments = ["--citeproc", *[f"--bibliography={path}" for path in bibliography]]
    if document.header.csl is not None:
        arguments.append(f"--csl={(document.path.parent / document.header.csl).resolve()}")
    is_placed = any(node["c"][0][0] == "refs" for node in find(blocks, "Div"))
    if not bibliography or is_placed:
        return blocks, arguments
    attr = attributes("references", ["unnumbered"])
    heading = {"t": "Header", "c": [level, attr, [string("References")]]}
    return [*blocks, heading, div([], attributes("refs"))], arguments


def _meta(document: Document, assembled: Assembled, footer: str) -> dict[str, Any]:
    header, words = document.header, assembled.words
    meta: dict[str, Any] = {
        "title": _inlines(words["title"][0]),
        "lang": _text(header.lang),
        "link-citations": {"t": "MetaBool", "c": True},
        "renderer": _text(footer),
        "toc-title": _text(header.toc_title),
    }
    for key in ("subtitle", "abstract"):
        if key in words:
            meta[key] = _inlines(words[key][0])
    if "author" in words:
        authors = [_inlines(author) for author in words["author"]]
        meta["author"] = {"t": "MetaList", "c": authors}
    if header.date is not None:
        meta["date"] = _text(date_words(header))
    return meta


def date_words(header: Header) -> str:
    """Return 2026-11-23 as 23 November 2026 in an English report, anything else as written."""
    date = (header.date or "").strip()
    if header.lang.partition("-")[0] != "en" or not _ISO_DATE.fullmatch(date):
        return header.date or ""
    day = datetime.date.fromisoformat(date)
    months = "January February March April May June July August September October November December"
    return f"{day.day} {months.split()[day.month - 1]} {day.year}"


def _inlines(content: list[Node]) -> dict[str, Any]:
    return {"t": "MetaInlines", "c": content}


def _text(text: str) -> dict[str, Any]:
    return _inlines([string(text)])


def _template(version: str) -> str:
    style = (room("reports") / "report.css").read_text(encoding="utf-8")
    page = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    page = page.replace("{{generator}}", escape(f"{GENERATOR} {version}"))
    # A dollar sign begins a variable of pandoc's templates.
    return page.replace("{{style}}", style.replace("$", "$$"))
