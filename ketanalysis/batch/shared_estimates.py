"""The estimates of a study that is passed on: what its tables say, one row a cell.

The numbers of a result stand in columns that no report prints (those at risk, those missing) and
unrounded: 0.0714… says 1 of 14. So what is passed on holds the texts of the tables of the report,
in its rounding and with the same cells held back, and nothing that a reader could not read there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from ketanalysis.study.blocks import TableBlock
from ketanalysis.study.sections import Block
from ketanalysis.study.shared_cells import SIGN, blocks_of
from ketanalysis.study.sharing import SharedSection
from ketanalysis.tables import Table

SCHEMA = {
    **dict.fromkeys(("study", "analysis", "part", "block", "row", "group", "column"), pl.String),
    "text": pl.String,
    "is_held_back": pl.Boolean,
}


def shared_estimates(study: str, section: SharedSection) -> pl.DataFrame:
    """Return every cell of the tables that a report shows of the results of a study.

    One row a cell: the result (`analysis`) and whether its table or its contrasts (`part`), the
    heading of its rows (`block`), its row, what spans its column (`group`), its column, its text,
    and whether it is held back; then its text is null. A table that is held back whole is one row.
    """
    rows: list[tuple[Any, ...]] = []
    for name in section.results:
        for part, block in _blocks(section, name):
            if isinstance(block, TableBlock):
                cells = _cells(block.ketanalysis_table)
                rows += [(study, name, part, *cell) for cell in cells]
            elif block is not None:
                rows.append((study, name, part, None, None, None, None, None, True))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _blocks(section: SharedSection, name: str) -> Iterator[tuple[str, Block | None]]:
    yield "table", section.table(name)
    if section.results[name].kind == "rates":
        yield "contrasts", section.contrasts(name)


def _cells(table: Table) -> Iterator[tuple[Any, ...]]:
    for block, lines in blocks_of(table):
        for line in lines:
            row = table.rows[line]
            for column, text in zip(table.columns[1:], row[1:], strict=True):
                if text:
                    held = text == SIGN
                    shown = None if held else text
                    yield block, row[0], column.spanner, column.label, shown, held
