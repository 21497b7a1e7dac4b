"""A table as Typst code: three lines, its head on every page, every text a string literal.

Source: Typst reference, `table`.
"""

from __future__ import annotations

import re

from ketanalysis.tables.fitting import PADDING, SIZES, Fit, breadth, fit
from ketanalysis.tables.table import Column, Table

HEAVY, LIGHT = "0.9pt", "0.4pt"
POINT = 20  # twentieths of a point, the unit of the widths
LESS, NOTE_SIZE = 0.5, "8pt"  # its serifs are set half a point smaller than Word's Arial
MAY_BREAK = "\N{ZERO WIDTH SPACE}"
_BLANKS = re.compile(r"(\s+)")
_ESCAPED = re.compile(r'[\\"]')


def to_typst(table: Table, fitted: Fit | None = None, *, on_any_page: bool = False) -> str:
    """Return one ``#block`` of the table and its notes; the title is the caption's, not here.

    `table` is a panel of `fitted`, or fits a page by itself. On a page that is not ours the
    columns are shares of its width.
    """
    fitted = fitted or fit(table)
    room = fitted.widths(table)
    scale = SIZES[0] / fitted.size
    share = 100 / max(fitted.width, sum(room))
    widths = ", ".join(
        f"{one * share:.4g}%" if on_any_page else f"{one / POINT:g}pt" for one in room
    )
    aligns = ", ".join(column.align for column in table.columns)
    lines = [
        f"#block(width: 100%, breakable: true)[#set text(size: {fitted.size - LESS}pt)",
        "#set par(justify: false, leading: 0.5em)",
        "#set text(hyphenate: false)",
        f"#table(columns: ({widths},), align: ({aligns},), stroke: none, inset: (x: 3pt, y: 3pt),",
        f"table.hline(stroke: {HEAVY}),",
        f"table.header(repeat: true, {_head(table)}),",
        f"table.hline(stroke: {HEAVY}),",
    ]
    for label, rows in table.grouped_rows():
        if label:
            lines.append(f"table.cell(colspan: {len(table.columns)}, strong({literal(label)})),")
        for row in rows:
            cells = [_cell(text, one * scale) for text, one in zip(row, room, strict=True)]
            lines.append("".join(f"{cell}, " for cell in cells))
    lines.append(f"table.hline(stroke: {HEAVY}))")
    for note in table.notes:
        lines.append(f"#block(above: 3pt, below: 3pt, text(size: {NOTE_SIZE}, {literal(note)}))")
    return "\n".join([*lines, "]"])


def literal(text: str) -> str:
    """Return a text as a Typst string: nothing in it is code or markup."""
    escaped = _ESCAPED.sub(lambda found: f"\\{found[0]}", text)
    return '"' + "".join(_signs(escaped)) + '"'


def _signs(text: str) -> list[str]:
    return [
        f"\\u{{{ord(sign):x}}}"
        if not sign.isprintable() and sign != "\n"
        else ("\\n" if sign == "\n" else sign)
        for sign in text
    ]


def _head(table: Table) -> str:
    cells = []
    if any(column.spanner for column in table.columns):
        for label, count in table.spanners():
            stroke = f"stroke: (bottom: {LIGHT}), " if label else ""
            text = f"strong({literal(label)})" if label else "[]"
            cells.append(f"table.cell(colspan: {count}, align: center, {stroke}{text})")
    cells += [_head_cell(column) for column in table.columns]
    return ", ".join(cells)


def _head_cell(column: Column) -> str:
    return f"strong({literal(column.label)})" if column.label else "[]"


def _cell(text: str, room: float) -> str:
    return f"text({literal(_breakable(text, room - PADDING))})" if text else "[]"


def _breakable(text: str, room: float) -> str:
    """Return a text whose words that no column holds may be broken behind any sign."""
    parts = _BLANKS.split(text)
    return "".join(
        MAY_BREAK.join(part) if breadth(part) > room and not part.isspace() else part
        for part in parts
    )
