"""The PDF of an assembled document, set by Typst: A4, tagged, with page numbers and contents."""

from __future__ import annotations

import base64
import re
import tempfile
from pathlib import Path

from ketanalysis.render import paper
from ketanalysis.render.assemble import Assembled
from ketanalysis.render.html import date_words, references_shown
from ketanalysis.render.nodes import Node, plain, string, text_of
from ketanalysis.render.pandoc import write_bytes
from ketanalysis.render.qmd import Document
from ketanalysis.render.writing import MADE_BY
from ketanalysis.tables.fitting import Fit
from ketanalysis.tables.letters import letters_refused
from ketanalysis.tables.table import Table
from ketanalysis.tables.typst import literal, to_typst

_DATA = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,(.*)", re.DOTALL)
_ENDINGS = {"png": "png", "jpeg": "jpg", "gif": "gif", "svg+xml": "svg"}

PREAMBLE = """\
#set document(title: {title}, author: (), keywords: ({mark},), date: none)
#set page(paper: "a4", margin: 2cm, numbering: "1")
#set text(lang: {lang}, size: 10pt, hyphenate: false)
#set par(leading: 0.62em, spacing: 0.9em)
#set table(stroke: none)
#show heading: set block(above: 1.5em, below: 0.8em)
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 2): set text(size: 11.5pt)
#show raw.where(block: true): set text(size: 8pt)
#show link: set text(fill: rgb("#1a4f8b"))
#let horizontalrule = line(start: (25%, 0%), end: (75%, 0%))
"""


class TypstWriter:
    """What Typst makes of a table, a picture, a caption and a callout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.n_pictures = 0

    def table(self, panel: Table, fitted: Fit) -> list[Node]:
        """Return a table of ours as Typst's own."""
        return [_typst(to_typst(panel, fitted))]

    def turned(self, blocks: list[Node]) -> list[Node]:
        """Return blocks on pages that lie on their side."""
        return [_typst("#page(flipped: true)["), *blocks, _typst("]")]

    def caption(self, words: list[Node], identifier: str, kind: str) -> list[Node]:
        """Return a caption that stays with its table."""
        if not words:
            return []
        sticks = "true" if kind == "table" else "false"
        start = f"#block(sticky: {sticks}, above: 1.2em, below: 0.6em)[#set text(size: 9pt)"
        return [_typst(start), plain(words), _typst(f"]{_label(identifier)}")]

    def picture(self, picture: Node, words: list[Node], identifier: str) -> list[Node]:
        """Return a picture that fits the page, with its text for those who do not see it."""
        kind, data = _DATA.fullmatch(picture["c"][2][0]).groups()  # type: ignore[union-attr]
        self.n_pictures += 1
        name = f"picture-{self.n_pictures}.{_ENDINGS[kind]}"
        (self.folder / name).write_bytes(base64.b64decode(data))
        alt = literal(text_of(picture["c"][1]))
        width = f"{paper.width_of(picture):.2f}in"
        start = f'#block(breakable: false)[#image("{name}", width: {width}, alt: {alt})'
        if not words:
            return [_typst(f"{start}]{_label(identifier)}")]
        return [
            _typst(f"{start}\n#set text(size: 9pt)\n"),
            plain(words),
            _typst(f"]{_label(identifier)}"),
        ]

    def callout(self, title: list[Node], content: list[Node]) -> list[Node]:
        """Return a callout as a block with a line at its left."""
        start = "#block(width: 100%, stroke: (left: 2pt + gray), inset: (left: 8pt, y: 4pt))["
        return [_typst(start), plain([{"t": "Strong", "c": title}]), *content, _typst("]")]


def write_pdf(
    document: Document, assembled: Assembled, *, version: str, footer: str, bibliography: list[Path]
) -> bytes:
    """Return the PDF; the same document gives the same bytes."""
    import typst

    paper.check_no_html(document, assembled, "pdf")
    header = document.header
    with tempfile.TemporaryDirectory(prefix="ketanalysis-") as place:
        folder = Path(place).resolve()
        body = paper.lower(assembled.blocks, TypstWriter(folder))
        blocks = [*_title_block(document, assembled), *_contents(document), *body]
        blocks, arguments = references_shown(document, blocks, bibliography, level=1)
        blocks = [
            *blocks,
            _typst('#v(1em)\n#set text(size: 8pt, fill: rgb("#555555"))'),
            plain([string(footer)]),
        ]
        text = write_bytes(blocks, {}, ["-t", "typst", *arguments]).decode("utf-8")
        head = PREAMBLE.format(
            title=literal(text_of(assembled.words["title"])),
            mark=literal(marker(version)),
            lang=literal(header.lang.partition("-")[0].lower()),
        )
        refused = letters_refused(head + text)
        if refused is not None:
            raise document.refuse(refused, None)
        source = folder / "report.typ"
        source.write_text(head + text, encoding="utf-8")
        made: bytes = typst.compile(
            str(source), root=str(folder), font_paths=[], ignore_system_fonts=True, timestamp=0
        )
    # A remark behind the end, where readers look for it in the last kilobyte.
    return made + f"\n% {marker(version)}\n".encode()


def marker(version: str) -> str:
    """Return what stands among the keywords and at the end of every PDF of ours."""
    return f"{MADE_BY} {version}"


def _title_block(document: Document, assembled: Assembled) -> list[Node]:
    words = assembled.words
    lines = _set(words["title"][0], 'size: 19pt, weight: "bold"')
    for one in words.get("subtitle", []):
        lines += _set(one, 'size: 11.5pt, fill: rgb("#555555")')
    for one in words.get("author", []):
        lines += _set(one, "size: 10.5pt")
    if document.header.date is not None:
        lines += _set([string(date_words(document.header))], "size: 10.5pt")
    for one in words.get("abstract", []):
        lines += _set(one, "size: 9.5pt")
    return lines


def _contents(document: Document) -> list[Node]:
    header = document.header
    if not header.has_toc:
        return []
    title = literal(header.toc_title)
    return [_typst(f"#outline(title: {title}, depth: {header.toc_depth})\n#v(1em)")]


def _set(words: list[Node], how: str) -> list[Node]:
    start = f"#block(below: 0.7em)[#set par(justify: false)\n#set text({how})\n"
    return [_typst(start), plain(words), _typst("]")]


def _label(identifier: str) -> str:
    return f" <{identifier}>" if identifier else ""


def _typst(code: str) -> Node:
    return {"t": "RawBlock", "c": ["typst", code]}
