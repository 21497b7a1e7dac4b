"""The neutral table: cells as text, headers, groups of rows, notes; no format is named here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ketanalysis.characters import readable

Align = Literal["left", "right"]


@dataclass(frozen=True)
class Column:
    """A column: its label, its alignment, and the label that spans it and its neighbours."""

    label: str
    align: Align = "right"
    spanner: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", readable(self.label))
        object.__setattr__(self, "spanner", readable(self.spanner))


def spanned(column: Column) -> str:
    """Return the label of a column with what spans it, where a form has one line of labels."""
    return f"{column.spanner}: {column.label}" if column.spanner else column.label


@dataclass(frozen=True)
class Table:
    """A table for reading: all cells are text already, in the one rounding of the package.

    Every text is one that any file can hold, whatever was given: see `ketanalysis.characters`.

    Attributes
    ----------
    title
        What the table shows.
    columns
        Labels and alignment; neighbours with the same spanner share it.
    rows
        One tuple of cells a row, as many as columns.
    row_groups
        Label and number of rows of each group, in order; empty for a table without groups.
    notes
        Sentences under the table.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    row_groups: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows} - {len(self.columns)}
        if widths:
            raise ValueError(f"rows must have {len(self.columns)} cells, not {sorted(widths)}")
        grouped = sum(count for _, count in self.row_groups)
        if self.row_groups and grouped != len(self.rows):
            raise ValueError(f"row groups must hold {len(self.rows)} rows, not {grouped}")

        groups = tuple((readable(label), count) for label, count in self.row_groups)
        object.__setattr__(self, "title", readable(self.title))
        object.__setattr__(self, "rows", tuple(tuple(map(readable, row)) for row in self.rows))
        object.__setattr__(self, "row_groups", groups)
        object.__setattr__(self, "notes", tuple(map(readable, self.notes)))

    def spanners(self) -> list[tuple[str, int]]:
        """Return each run of neighbouring columns under one spanner: label, width."""
        runs: list[tuple[str, int]] = []
        for column in self.columns:
            if runs and runs[-1][0] == column.spanner:
                runs[-1] = (column.spanner, runs[-1][1] + 1)
            else:
                runs.append((column.spanner, 1))
        return runs

    def grouped_rows(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Return the rows by group; a table without groups is one group without label."""
        if not self.row_groups:
            return [("", list(self.rows))]
        pieces, start = [], 0
        for label, count in self.row_groups:
            pieces.append((label, list(self.rows[start : start + count])))
            start += count
        return pieces

    def with_notes(self, *notes: str) -> Table:
        """Return the table with further notes."""
        return replace(self, notes=(*self.notes, *notes))
