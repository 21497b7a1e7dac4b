"""The table of a profile: n, mean and median of each scale, by group."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import group_label, heading_of, table_of
from ketanalysis.tables.table import Column, Table


@table_of("profile")
def profile(result: Any) -> Table:
    """One row a scale, a block of columns a group: n, mean (SD), median (quartiles)."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(group_label(row, result.by), row["outcome"]): row for row in rows}
    columns = [Column("Scale", "left")]
    for group in groups:
        columns += [
            Column(label, spanner=heading_of(group))
            for label in ("n", "Mean (SD)", "Median (quartiles)")
        ]
    lines = []
    for scale in result.scales:
        line = [scale]
        for group in groups:
            row = cells[group, scale]
            line += [
                str(row["n"]),
                f"{number(row['mean'])} ({number(row['sd'])})",
                f"{number(row['median'])} ({interval(row['q1'], row['q3'])})",
            ]
        lines.append(tuple(line))
    return Table(result.title, tuple(columns), tuple(lines), notes=result.notes)
