"""A table as console text, in the way R prints one.

A terminal gives a sign of East Asia two columns and a combining sign none; padding counts those.
Source: Unicode 16, annex 11 (East_Asian_Width). A sign that is ambiguous there counts for one, and
an emoji joined of several for its parts: there terminals differ.
"""

from __future__ import annotations

import unicodedata

from ketanalysis.tables.table import Column, Table

GAP = "  "


def to_text(table: Table) -> str:
    """Return the table as lines of fixed-width text, without title and notes."""
    widths = [
        max(columns_of(column.label), *(columns_of(row[i]) for row in table.rows), 1)
        if table.rows
        else columns_of(column.label)
        for i, column in enumerate(table.columns)
    ]
    _widen_for_spanners(table, widths)
    lines = []
    if any(column.spanner for column in table.columns):
        lines.append(_spanner_line(table, widths))
    lines.append(_line([column.label for column in table.columns], widths, table.columns))
    for label, rows in table.grouped_rows():
        if label:
            lines.append(label)
        lines += [_line(row, widths, table.columns) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> columns_of("arm"), columns_of("\u85ac"), columns_of("e\u0301")
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _padded(text: str, width: int, align: str) -> str:
    room = " " * (width - columns_of(text))
    return f"{text}{room}" if align == "left" else f"{room}{text}"


def _widen_for_spanners(table: Table, widths: list[int]) -> None:
    start = 0
    for label, count in table.spanners():
        width = sum(widths[start : start + count]) + len(GAP) * (count - 1)
        widths[start] += max(0, columns_of(label) - width)
        start += count


def _line(
    cells: list[str] | tuple[str, ...], widths: list[int], columns: tuple[Column, ...]
) -> str:
    padded = [
        _padded(cell, width, column.align)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ]
    return GAP.join(padded)


def _spanner_line(table: Table, widths: list[int]) -> str:
    pieces, start = [], 0
    for label, count in table.spanners():
        width = sum(widths[start : start + count]) + len(GAP) * (count - 1)
        pieces.append(_centred(label, width))
        start += count
    return GAP.join(pieces)


def _centred(label: str, width: int) -> str:
    if not label:
        return " " * width
    said, sign = (f" {label} ", "-") if columns_of(label) + 2 <= width else (label, " ")
    room = width - columns_of(said)
    before = room // 2 + (room & width & 1)  # as str.center puts an odd sign
    return f"{sign * before}{said}{sign * (room - before)}"
