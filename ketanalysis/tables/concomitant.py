"""Concomitant treatments as a table: a line a treatment, before, during and new by group."""

from __future__ import annotations

from typing import Any

from ketanalysis.participants.subject_rows import ALL
from ketanalysis.rounding import number, percent
from ketanalysis.tables.baseline import group_of, share
from ketanalysis.tables.disposition import sentence_case
from ketanalysis.tables.registry import heading_of, level, table_of
from ketanalysis.tables.table import Column, Table

HEADS = {"before": "Before", "during": "During", "new": "New"}
BLOCKS = {"ADCM": "Concomitant treatments", "ADICE": "Rescue"}


@table_of("concomitant")
def concomitant(result: Any) -> Table:
    """One row a treatment; of those new, the day of the first use, median (range)."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_of(row, result.by) for row in rows))
    sizes = {group_of(row, result.by): row["n"] for row in rows}
    cells = {
        (row["source"], row["treatment"], group_of(row, result.by), row["period"]): row
        for row in rows
    }
    columns = [Column("Treatment", "left")]
    for group in groups:
        words = f"{heading_of(group) if group == ALL else group} (n = {sizes[group]})"
        columns += [
            *(Column(head, spanner=words) for head in HEADS.values()),
            Column("First use, day", spanner=words),
        ]
    names = list(dict.fromkeys((row["source"], row["treatment"]) for row in rows))
    lines = [
        (
            sentence_case(treatment),
            *(
                cell
                for group in groups
                for cell in _cells(
                    {period: cells[source, treatment, group, period] for period in HEADS}
                )
            ),
        )
        for source, treatment in names
    ]
    blocks = [
        (label, sum(source == key for source, _ in names))
        for key, label in BLOCKS.items()
        if any(source == key for source, _ in names)
    ]
    interval = (
        f", with {level(result.conf_level)}" if result.table["method"].null_count() == 0 else ""
    )
    notes = (
        f"n/N (%){interval}. First use: of those new, median (range) of the days since the first "
        "infusion.",
    )
    return Table(result.title, tuple(columns), tuple(lines), tuple(blocks), (*result.notes, *notes))


def _cells(rows: dict[str, dict[str, Any]]) -> list[str]:
    new = rows["new"]
    first = "" if new["median"] is None else _days(new["median"])
    if first and new["min"] != new["max"]:
        first = f"{first} ({_days(new['min'])} to {_days(new['max'])})"
    return [*(_share(row) for row in rows.values()), first]


def _share(row: dict[str, Any]) -> str:
    text = share(row["count"], row["n"])
    if row["method"] is None or row["conf_low"] is None:
        return text
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return f"{text.removesuffix(')')}; {ends})"


def _days(hours: float) -> str:
    return number(hours / 24, 0)
