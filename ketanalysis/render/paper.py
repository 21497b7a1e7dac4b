"""An assembled document on its way to paper: Word and PDF have no HTML, and pages of one size.

Tables of our own become the format's own markup; pictures are fitted to the page; callouts,
contents and captions become what both formats know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ketanalysis.render.assemble import Assembled
from ketanalysis.render.neutral import is_table, table_of
from ketanalysis.render.nodes import (
    Node,
    attributes,
    div,
    find,
    link,
    pair_of,
    paragraph,
    string,
    text_of,
    walk,
)
from ketanalysis.render.outputs import CSS_DOTS_PER_INCH
from ketanalysis.render.qmd import Document
from ketanalysis.tables.table import Table

WIDE = 6.69  # inches between the margins of A4
# Divs that mean something on a screen alone.
_SCREEN = ("cell-output", "uncaptioned-table", "cell-code", "equation")


class Writer(Protocol):
    """What a format makes of a table, a caption, a picture with its caption, a callout."""

    def table(self, table: Table) -> list[Node]:
        """Return a table of ours in the format's own markup."""

    def caption(self, words: list[Node], identifier: str, kind: str) -> list[Node]:
        """Return the caption of a "table" or a "figure"; none where there are no words."""

    def picture(self, picture: Node, words: list[Node], identifier: str) -> list[Node]:
        """Return a picture that fits the page, with its caption."""

    def callout(self, title: list[Node], content: list[Node]) -> list[Node]:
        """Return a callout: its title, and what it says."""


def lower(blocks: list[Node], writer: Writer) -> list[Node]:
    """Return the blocks with tables, pictures and callouts in the format's own words."""

    def action(node: Node) -> list[Node] | None:
        if node["t"] == "Header":
            level, attr, content = node["c"]
            # The title is no heading on paper.
            return [{"t": "Header", "c": [level - 1, attr, walk(content, action)]}]
        if node["t"] == "Figure":
            return _float(node, writer, action)
        if is_table(node):
            return _table(table_of(node), writer)
        if node["t"] == "Span" and "caption-label" in node["c"][0][1]:
            return [{"t": "Strong", "c": walk(node["c"][1], action)}]
        if node["t"] == "Div":
            return _div(node, writer, action)
        return None

    lowered: list[Node] = walk(blocks, action)
    return lowered


def _float(node: Node, writer: Writer, action: Callable[[Node], list[Node] | None]) -> list[Node]:
    (identifier, classes, _), (_, caption), content = node["c"]
    words = walk(caption[0]["c"], action) if caption else []
    if "table" not in classes:
        pictures = find(content, "Image")
        if not pictures:
            return [*walk(content, action), *writer.caption(words, identifier, "figure")]
        return writer.picture(pictures[0], words, identifier)
    shown = writer.caption(words, identifier, "table")
    for block in content:
        if is_table(block):
            shown += writer.table(table_of(block))
        else:
            shown += walk([block], action)
    return shown


def _table(table: Table, writer: Writer) -> list[Node]:
    """Return a table without a number; its title stands above it."""
    caption: list[Node] = [{"t": "Strong", "c": [string(table.title)]}] if table.title else []
    return [*writer.caption(caption, "", "table"), *writer.table(table)]


def _div(
    node: Node, writer: Writer, action: Callable[[Node], list[Node] | None]
) -> list[Node] | None:
    attr, content = node["c"]
    if "callout" in attr[1]:
        title, *rest = content
        words = title["c"][1][0]["c"]
        return writer.callout(walk(words, action), walk(rest, action))
    if any(name in attr[1] for name in _SCREEN):
        inside = walk(content, action)
        return [div(inside, attributes(attr[0]))] if attr[0] else inside
    return None


def contents(blocks: Sequence[Node], depth: int) -> list[Node]:
    """Return the headings of lowered blocks as lines of links, without numbers of pages."""
    lines = []
    for node in find(list(blocks), "Header"):
        level, (identifier, _, _), content = node["c"]
        if level <= depth and identifier:
            lines.append(paragraph([link([string(text_of(content))], f"#{identifier}")]))
    return lines


def check_no_html(document: Document, assembled: Assembled, output: str) -> None:
    """Refuse raw HTML in the text: Word and PDF would lose it in silence."""
    for node in find([assembled.blocks, assembled.words], "RawInline", "RawBlock"):
        kind, text = node["c"]
        if kind == "html":
            line = document.line_of(text.strip().splitlines()[0])
            raise document.refuse(
                f"raw HTML cannot be honoured in a {output} file: {text.strip()[:60]!r}.\n"
                '  Put it between ::: {.content-visible when-format="html"} and :::.',
                line,
            )


def width_of(picture: Node) -> float:
    """Return the width of a picture in inches: its own, but no more than the page has."""
    written = pair_of(picture["c"][0], "width")
    own = float(written) / CSS_DOTS_PER_INCH if written and written.isdigit() else WIDE
    return min(own, WIDE)
