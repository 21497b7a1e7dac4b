"""Tables of shares: who responded or remitted, by visit and group."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.rounding import p_digits, percent
from ketanalysis.tables.registry import group_label, level, share_cells, share_columns, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words, handling_words


@table_of("rates")
def rates(result: Any) -> Table:
    """One row a visit, a block of columns a group, then the risk difference to the reference."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(group_label(r, result.by), r["AVISIT"], r["missing"]): r for r in rows}
    visits = list(dict.fromkeys(row["AVISIT"] for row in rows))
    handlings = list(dict.fromkeys(row["missing"] for row in rows))
    contrasts = _differences(result)
    names = list(dict.fromkeys(key[0] for key in contrasts))
    columns = [Column("Visit", "left"), *share_columns(groups, result.conf_level)]
    for name in names:
        words = contrast_words(name, groups)
        shown = f"Difference ({level(result.conf_level)}), points"
        columns += [Column(shown, spanner=words), Column("p", spanner=words)]
    lines = []
    for handling in handlings:
        for visit in visits:
            line = [visit]
            for group in groups:
                line += share_cells(cells.get((group, visit, handling)))
            for name in names:
                line += contrasts.get((name, visit, handling), ["", ""])
            lines.append(tuple(line))
    groups_of_rows = tuple(
        (f"Missing scores: {handling_words(name, result.handlings)}", len(visits))
        for name in handlings
    )
    method = result.contrasts["method"][0] if names else ""
    how = f"Difference in percentage points, interval and test by {method_words(method)}."
    note = how if names else ""
    return Table(
        result.title,
        tuple(columns),
        tuple(lines),
        groups_of_rows,
        (str(result.definition.sentence(result.scale)), *result.notes, *((note,) if note else ())),
    )


def _differences(result: Any) -> dict[tuple[str, str, str], list[str]]:
    if result.contrasts.is_empty() or len(result.by) != 1:
        return {}
    first = result.contrasts["method"][0]
    rows = result.contrasts.filter(
        (pl.col("measure") == "risk difference") & (pl.col("method") == first)
    )
    return {
        (row["contrast"], row["AVISIT"], row["missing"]): [
            f"{percent(row['estimate'])} ({percent(row['conf_low'])} to "
            f"{percent(row['conf_high'])})",
            p_digits(row["p_value"]),
        ]
        for row in rows.iter_rows(named=True)
    }
