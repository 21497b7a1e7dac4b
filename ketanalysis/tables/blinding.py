"""The table of blinding: who guessed what, and the indices."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import interval, number, p_digits
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table

DIGITS = 2


@table_of("blinding")
def blinding(result: Any) -> Table:
    """One row an index: who guessed right, wrong and not at all, then the index; by guess."""
    columns = (
        Column("Index", "left"),
        Column("Arm", "left"),
        Column("Right", spanner="Answers"),
        Column("Wrong", spanner="Answers"),
        Column("Don't know", spanner="Answers"),
        Column("Index"),
        Column(level(result.conf_level)),
        Column("p of chance"),
    )
    rows = result.table.to_dicts()
    lines = [_line(row) for row in rows]
    names = list(dict.fromkeys(row["guess"] for row in rows))
    groups = tuple((name, sum(row["guess"] == name for row in rows)) for name in names)
    return Table(
        result.title,
        columns,
        tuple(lines),
        groups if len(names) > 1 else (),
        (*result.notes, *_reasons(rows)),
    )


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["measure"],
        "both" if row["group"] == "all" else row["group"],
        *(f"{row[name]}/{row['n']}" for name in ("n_right", "n_wrong", "n_unsure")),
        number(row["estimate"], DIGITS),
        interval(row["conf_low"], row["conf_high"], DIGITS),
        p_digits(row["p_value"]),
    )


def _reasons(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return why an index or its interval does not exist."""
    return tuple(f"{row['measure']}, {row['group']}: {row['note']}." for row in rows if row["note"])
