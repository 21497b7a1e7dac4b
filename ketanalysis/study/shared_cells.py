"""Cells of a report that is passed on: reading their counts, and holding them back."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from ketanalysis.disclosure.suppression import is_small
from ketanalysis.tables import Column, Table

SIGN = "[s]"
Cells = Collection[tuple[int, int]]
_COUNT = re.compile(r"(\d+)(?:/(\d+))?(?: \([^)]*\))?")
# Columns of whole numbers that count subjects, where no n/N says so.
COUNTS = {"n", "Events", "Relapses", "Responders", "Non-responders", "Subjects"}


def with_cells_held_back(table: Table, cells: Cells, min_cell: int) -> Table:
    """Return the table with a sign in these cells (row, column) and what it means below."""
    if not cells:
        return table
    rows = tuple(
        tuple(SIGN if (i, j) in cells and text else text for j, text in enumerate(row))
        for i, row in enumerate(table.rows)
    )
    return replace(table, rows=rows, notes=(*table.notes, meaning(min_cell)))


def meaning(min_cell: int) -> str:
    """Return what the sign in a cell says."""
    return (
        f"{SIGN}: held back, so that no count of 1 to {min_cell - 1} subjects is shown or follows "
        "from what is shown."
    )


def count_in(text: str) -> tuple[int, int | None] | None:
    """Return count and total of ``13/48 (27 %)``, the count of ``13``, or None."""
    found = _COUNT.fullmatch(text)
    if found is None:
        return None
    total = found.group(2)
    return int(found.group(1)), None if total is None else int(total)


def is_share(text: str) -> bool:
    """Whether a cell holds a count of a total."""
    found = count_in(text)
    return found is not None and found[1] is not None


def blocks_of(table: Table) -> Iterator[tuple[str, range]]:
    """Yield the label of each group of rows, and which rows those are."""
    start = 0
    for label, height in table.row_groups or (("", len(table.rows)),):
        yield label, range(start, start + height)
        start += height


def small_in_rows(
    table: Table, column: int, size: Callable[[tuple[str, ...]], int], min_cell: int
) -> set[tuple[int, int]]:
    """Return the cells of one column that count few, or all but few of that many subjects."""
    return {
        (i, column)
        for i, row in enumerate(table.rows)
        for found in [count_in(row[column])]
        if found is not None
        if is_small(found[0], min_cell) or is_small(size(row) - found[0], min_cell)
    }


def is_clear(table: Table, min_cell: int, sizes: Collection[int] = ()) -> bool:
    """Whether a table tells no small count.

    None of its counts is small, nor what a count lacks to its total, or to one of the sizes that
    the reader knows, nor the difference of two in one column of a block of rows.
    """
    columns = table.columns
    numbers = [[_counted(column, row[j]) for j, column in enumerate(columns)] for row in table.rows]
    pairs = [pair for row in numbers for pair in row if pair is not None]
    parts = [n for count, total in pairs for n in (count, total, (total or count) - count) if n]
    parts += [size - n for n in parts for size in sizes]
    if any(is_small(n, min_cell) for n in parts):
        return False
    for _, lines in blocks_of(table):
        for column in zip(*(numbers[i] for i in lines), strict=True):
            counts = {pair[0] for pair in column if pair is not None}
            if any(is_small(abs(a - b), min_cell) for a in counts for b in counts):
                return False
    return True


def _counted(column: Column, text: str) -> tuple[int, int | None] | None:
    found = count_in(text)
    if found is None or (found[1] is None and not _counts_subjects(column)):
        return None
    return found


def _counts_subjects(column: Column) -> bool:
    return column.label in COUNTS or column.label.endswith((", n", "n/N"))
