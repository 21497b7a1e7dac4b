"""A table as console text, in the way R prints one."""

from __future__ import annotations

from ketanalysis.tables.table import Column, Table

GAP = "  "


def to_text(table: Table) -> str:
    """Return the table as lines of fixed-width text, without title and notes."""
    widths = [
        max(len(column.label), *(len(row[i]) for row in table.rows), 1)
        if table.rows
        else len(column.label)
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


def _widen_for_spanners(table: Table, widths: list[int]) -> None:
    start = 0
    for label, count in table.spanners():
        width = sum(widths[start : start + count]) + len(GAP) * (count - 1)
        widths[start] += max(0, len(label) - width)
        start += count


def _line(
    cells: list[str] | tuple[str, ...], widths: list[int], columns: tuple[Column, ...]
) -> str:
    padded = [
        cell.ljust(width) if column.align == "left" else cell.rjust(width)
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
    return f" {label} ".center(width, "-") if len(label) + 2 <= width else label.center(width)
