"""A page in Markdown as HTML: blocks with what they printed and drew, names with their links."""

from __future__ import annotations

import base64
import io
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

from docs.site.both_sides import CLAIM
from docs.site.markup import highlighted
from docs.site.names import urls
from docs.site.sessions import DOCS, Block, Ran, blocks_of, run_page
from ketanalysis.rounding import MINUS

START = "index"
GUIDES = (
    ("one-sheet", "One sheet, one question"),
    ("results-section", "Results section"),
    ("infusion-anxiety", "Infusion anxiety"),
    ("statisticians", "Plan to tables"),
    ("mixed-model", "Mixed model"),
    ("missing-scores", "Missing scores"),
    ("simulation-mmrm", "Its error rates"),
    ("interval-censoring", "Seen at visits"),
    ("redosing", "A further infusion first"),
    ("published-figures", "Beside what others found"),
    ("prediction", "Prediction"),
    ("blinding", "Blinding and acute effects"),
    ("safety", "Side effects and subgroups"),
    ("data-managers", "A study folder"),
    ("reports", "Reports"),
    ("batch", "Many studies"),
    ("for-r-users", "For R users"),
    ("differs-from-r", "Differences from R"),
)
WRAPPED_FROM = 110  # characters: longer lines are sentences and no tables
_CODE = re.compile(
    r"<code>(?:(?:ka\.|ketanalysis\.)(?P<name>[\w.]*\w)|(?P<kind>[A-Z][a-z]\w+))(?:\([^<]*\))?</code>"
)
_HEADING = re.compile(r"<h2 id=\"(?P<id>[^\"]+)\">(?P<title>.*?)</h2>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One page of the site, before it gets its frame."""

    name: str
    title: str
    body: str
    contents: str = ""


def guide(name: str) -> Page:
    """Return a guide as a page; its blocks are run for their figures."""
    path = DOCS / f"{name}.md"
    text = path.read_text(encoding="utf-8")
    has_figure = any(block.options.get("show") == "figure" for block in blocks_of(text))
    figures = {ran.block.start: ran for ran in run_page(path)} if has_figure else {}
    title, _, rest = text.partition("\n")
    assert title.startswith("# "), f"{path.name} must begin with its title"
    body = linked(to_html(with_blocks(rest, len(title) + 1, figures)))
    return Page(name, title.removeprefix("# "), body, contents_of(body))


def with_blocks(text: str, offset: int, figures: dict[int, Ran]) -> str:
    """Return Markdown whose fences and claims are HTML already."""
    parts, end, before = [], 0, None
    for block in blocks_of(text):
        parts.append(_prose(text[end : block.start]))
        is_output = block.language == "text" and before is not None and before.is_run
        parts.append(_output(block.code) if is_output else _code(block))
        if block.options.get("show") == "figure":
            parts.append(_figure(figures[block.start + offset].figure, block.options))
        end, before = block.end, block
    return "".join([*parts, _prose(text[end:])])


def _prose(text: str) -> str:
    """Set what two programs give as a list: the program, and its numbers."""

    def as_list(found: re.Match[str]) -> str:
        parts = (part.partition(":") for part in found[0].rstrip(".").split(";"))
        rows = "".join(f"<dt>{name.strip()}</dt><dd>{told.strip()}</dd>" for name, _, told in parts)
        return f'<dl class="claim">{rows.replace("-", MINUS)}</dl>'

    return CLAIM.sub(as_list, text)


def _code(block: Block) -> str:
    file = block.options.get("file")
    said = f'<p class="file"><code>{escape(file)}</code></p>\n' if file else ""
    return f"\n{said}{_unbroken(highlighted(block.code, block.language))}\n\n"


def _output(text: str) -> str:
    is_wrapped = any(len(line) > WRAPPED_FROM for line in text.splitlines())
    kind = "output wraps" if is_wrapped else "output"
    return "\n" + _unbroken(highlighted(text, "", kind)) + "\n\n"


def _unbroken(html: str) -> str:
    """Keep pandoc from ending raw HTML at an empty line of code."""
    return html.replace("\n\n", "\n&#8203;\n")


def _figure(figure: Any, options: Mapping[str, str]) -> str:
    """Return a figure with the words that it carries, or that stand in its fence."""
    alt = getattr(figure, "ketanalysis_alt", "") or options["alt"]
    words = getattr(figure, "ketanalysis_caption", "") or options["caption"]
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=144)
    data = base64.b64encode(held.getvalue()).decode("ascii")
    image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">'
    caption = f"<figcaption>{escape(words)}</figcaption>"
    return f'<figure class="picture">{image}{caption}</figure>\n\n'


def to_html(markdown: str) -> str:
    """Return Markdown as HTML; tables may scroll, and links lead to pages of the site."""
    import pypandoc

    html = pypandoc.convert_text(markdown, "html5", format="gfm", extra_args=["--wrap=none"])
    html = html.replace("&#8203;", "").replace("\u200b", "")
    html = re.sub(r'href="([\w-]+)\.md(#[\w-]+)?"', r'href="\1.html\2"', html)
    html = re.sub(r"<th(?= |>)", '<th scope="col"', html)
    return re.sub(r"<table>.*?</table>", _scrolled(), html, flags=re.DOTALL)


def _scrolled() -> Callable[[re.Match[str]], str]:
    """Return what puts each table of a page into a box that scrolls, with a name of its own."""
    numbers = itertools.count(1)

    def box(found: re.Match[str]) -> str:
        named = f'tabindex="0" role="region" aria-label="Table {next(numbers)}"'
        return f'<div class="table-scroll" {named}>{found[0]}</div>'

    return box


def linked(html: str) -> str:
    """Return a page with the names of the package, where they stand as code, made links."""
    known = urls()

    def link(found: re.Match[str]) -> str:
        name = found["name"] or found["kind"]
        url = known.get(name) or known.get(f"ketanalysis.{name}")
        is_in_link = html[: found.start()].rpartition("<a ")[2].count("</a>") == 0
        if url is None or ("<a " in html[: found.start()] and is_in_link):
            return found[0]
        return f'<a href="{url}">{found[0]}</a>'

    return _CODE.sub(link, html)


def contents_of(html: str) -> str:
    """Return the headings of a page as a list of links."""
    rows = "".join(
        f'<li><a href="#{found["id"]}">{unescape(re.sub("<[^>]+>", "", found["title"]))}</a></li>\n'
        for found in _HEADING.finditer(html)
    )
    kind = ' class="words"' if rows.count("<li>") > 12 else ""
    return f"<ul{kind}>\n{rows}</ul>" if rows else ""


def guide_paths() -> list[Path]:
    """Return the Markdown pages of the site."""
    return [DOCS / f"{name}.md" for name in (START, *(name for name, _ in GUIDES))]
