"""The table of change: scores and change from baseline by visit and group."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import group_label, heading_of, level, table_of
from ketanalysis.tables.table import Column, Table


@table_of("change")
def change(result: Any) -> Table:
    """One row a visit, a block of columns a group: n, mean score (SD), mean change."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(group_label(r, result.by), r["AVISIT"], r["measure"]): r for r in rows}
    visits = list(dict.fromkeys(row["AVISIT"] for row in rows))
    columns = [Column("Visit", "left")]
    for group in groups:
        columns += [
            Column("n", spanner=heading_of(group)),
            Column("Mean (SD)", spanner=heading_of(group)),
            Column(f"Change ({level(result.conf_level)})", spanner=heading_of(group)),
        ]
    lines = []
    for visit in visits:
        line = [visit]
        for group in groups:
            score, moved = cells[group, visit, "score"], cells.get((group, visit, "change"))
            line += [
                str(score["n"]),
                f"{number(score['mean'])} ({number(score['sd'])})",
                f"{number(moved['mean'])} ({interval(moved['conf_low'], moved['conf_high'])})"
                if moved
                else "",
            ]
        lines.append(tuple(line))
    return Table(result.title, tuple(columns), tuple(lines), notes=result.notes)
