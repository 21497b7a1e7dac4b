"""The table of relapse by several rules: a block a group, a row a rule."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import NOT_REACHED, interval, number, percent
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table


@table_of("relapse_sensitivity")
def relapse_sensitivity(result: Any) -> Table:
    """One row a rule: subjects, relapses, median, and the share free at each time asked for."""
    ci = level(result.conf_level)
    times = result.table["time"].drop_nulls().unique().sort().to_list()
    columns = (
        Column("Rule", "left"),
        Column("n"),
        Column("Relapses"),
        Column(f"Median, {result.time_unit} ({ci})"),
        *(Column(f"Free at {time:g} {result.time_unit}, % ({ci})") for time in times),
    )
    lines: list[tuple[str, ...]] = []
    blocks: list[tuple[str, int]] = []
    groups = result.table.select(result.by).unique(maintain_order=True) if result.by else None
    for key in [{}] if groups is None else groups.iter_rows(named=True):
        own = result.table.filter(**key) if key else result.table
        before = len(lines)
        for (name,), rows in own.group_by("variant", maintain_order=True):
            first = rows.row(0, named=True)
            cells = [estimate_cell(row) for row in rows.iter_rows(named=True)]
            lines.append((str(name).capitalize(), str(first["n"]), str(first["n_event"]), *cells))
        if key:
            blocks.append((group_label(key, result.by), len(lines) - before))
    return Table(result.title, columns, tuple(lines), tuple(blocks), notes=result.notes)


def estimate_cell(row: dict[str, Any]) -> str:
    """Return ``28.0 (17.0 to NR)``, or ``63 (41 to 79)`` for a share."""
    if row["measure"] == "median":
        ends = interval(row["conf_low"], row["conf_high"], infinite=NOT_REACHED)
        return f"{number(row['estimate'], 1, infinite=NOT_REACHED)} ({ends})"
    low, high = percent(row["conf_low"]), percent(row["conf_high"])
    return f"{percent(row['estimate'])} ({low} to {high})"
