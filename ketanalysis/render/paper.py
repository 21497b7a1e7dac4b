"""An assembled document on its way to paper: Word and PDF have no HTML, and pages of one size.

Tables of our own become the format's own markup; pictures are fitted to the page; callouts,
contents and captions become what both formats know.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Protocol

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
from ketanalysis.tables.fitting import Fit, continued, fit
from ketanalysis.tables.table import Table

WIDE = 6.69  # inches between the margins of A4
TURNED = "turned-page"
# Divs that mean something on a screen alone.
_SCREEN = ("cell-output", "uncaptioned-table", "cell-code", "equation")


class Writer(Protocol):
    """What a format makes of a table, a page, a caption, a picture, a callout."""

    def table(self, panel: Table, fitted: Fit) -> list[Node]:
        """Return a table of ours, or a panel of it, in the format's own markup."""

    def turned(self, blocks: list[Node]) -> list[Node]:
        """Return blocks on pages that lie on their side."""

    def caption(self, words: list[Node], identifier: str, kind: str) -> list[Node]:
        """Return the caption of a "table" or a "figure"; none where there are no words."""

    def picture(self, picture: Node, words: list[Node], identifier: str) -> list[Node]:
        """Return a picture that fits the page, with its caption."""

    def callout(self, title: list[Node], content: list[Node]) -> list[Node]:
        """Return a callout: its title, and what it says."""


def lower(blocks: list[Node], writer: Writer) -> list[Node]:
    """Return the blocks with tables, pictures and callouts in the format's own words."""
    shown: list[Node] = []
    for turned, run in itertools.groupby(_lowered(blocks, writer), _is_turned):
        if turned:
            shown += writer.turned([one for page in run for one in page["c"][1]])
        else:
            shown += run
    return shown


def _is_turned(node: Node) -> bool:
    return node["t"] == "Div" and TURNED in node["c"][0][1]


def _lowered(blocks: Any, writer: Writer, *, may_turn: bool = True) -> Any:
    """Return the blocks; a wide table is a Div `TURNED` where nothing stands around it."""

    def inside(content: Any) -> Any:
        return _lowered(content, writer, may_turn=False)

    def action(node: Node) -> list[Node] | None:
        if node["t"] == "Header":
            level, attr, content = node["c"]
            # The title is no heading on paper.
            return [{"t": "Header", "c": [level - 1, attr, walk(content, action)]}]
        if node["t"] == "Figure":
            return _float(node, writer, action, may_turn)
        if is_table(node):
            return _table(table_of(node), writer, may_turn)
        if node["t"] == "Span" and "caption-label" in node["c"][0][1]:
            return [{"t": "Strong", "c": walk(node["c"][1], action)}]
        if node["t"] == "Div":
            return _div(node, writer, action, inside)
        return None

    return walk(blocks, action)


def _float(
    node: Node, writer: Writer, action: Callable[[Node], list[Node] | None], may_turn: bool
) -> list[Node]:
    (identifier, classes, _), (_, caption), content = node["c"]
    words = walk(caption[0]["c"], action) if caption else []
    if "table" not in classes:
        pictures = find(content, "Image")
        if not pictures:
            return [*walk(content, action), *writer.caption(words, identifier, "figure")]
        return writer.picture(pictures[0], words, identifier)
    fits = [fit(table_of(one), may_turn=may_turn) for one in content if is_table(one)]
    is_turned = any(one.is_turned for one in fits)
    shown = writer.caption(words, identifier, "table")
    for block in content:
        if is_table(block):
            shown += _panels(fits.pop(0), words, writer)
        else:
            shown += walk([block], action)
    return _on_its_page(shown, is_turned)


def _table(table: Table, writer: Writer, may_turn: bool) -> list[Node]:
    """Return a table without a number; its title stands above it."""
    fitted = fit(table, may_turn=may_turn)
    words: list[Node] = [{"t": "Strong", "c": [string(table.title)]}] if table.title else []
    shown = [*writer.caption(words, "", "table"), *_panels(fitted, words, writer)]
    return _on_its_page(shown, fitted.is_turned)


def _panels(fitted: Fit, words: list[Node], writer: Writer) -> list[Node]:
    """Return a table; each further panel has the caption again, without a name of its own."""
    first, *others = fitted.panels
    shown = writer.table(first, fitted)
    for panel in others:
        again = [*words, {"t": "Space"}, string(continued(""))]
        shown += [*writer.caption(again, "", "table"), *writer.table(panel, fitted)]
    return shown


def _on_its_page(blocks: list[Node], is_turned: bool) -> list[Node]:
    return [div(blocks, attributes("", [TURNED]))] if is_turned else blocks


def _div(
    node: Node,
    writer: Writer,
    action: Callable[[Node], list[Node] | None],
    inside: Callable[[Any], Any],
) -> list[Node]:
    attr, content = node["c"]
    if "callout" in attr[1]:
        title, *rest = content
        words = title["c"][1][0]["c"]
        return writer.callout(inside(words), inside(rest))
    if not any(name in attr[1] for name in _SCREEN):
        return [div(inside(content), attr)]
    if attr[0]:
        return [div(inside(content), attributes(attr[0]))]
    return list(walk(content, action))


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
