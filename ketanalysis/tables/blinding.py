"""The table of blinding: who guessed what, and the indices."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits, percent
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


@table_of("effect by guess")
def effect_by_guess(result: Any) -> Table:
    """One row a group by what was guessed; under them the test, and responders where asked."""
    columns = (
        Column("Guessed", "left"),
        Column("n"),
        Column("Difference"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    lines = [_effect(row) for row in result.table.to_dicts()]
    (test,) = result.tests.to_dicts()
    lines.append(("Effect differs between guesses", "", "", "", p_digits(test["p_value"])))
    blocks = [("Treatment difference in points", len(lines))]
    for row in result.responses.to_dicts():
        share = f"{percent(row['estimate'])} %" if row["n"] else "NE"
        ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}" if row["n"] else "NE"
        lines.append(
            (f"{row['group']}, {row['guessed']}", f"{row['count']}/{row['n']}", share, ends, "")
        )
    if result.responses.height:
        blocks.append(("Responders by arm and guess", result.responses.height))
    said = [f"{r['guessed']}: {r['note']}." for r in result.table.to_dicts() if r["note"]]
    return Table(result.title, columns, tuple(lines), tuple(blocks), (*result.notes, *said))


def _effect(row: dict[str, Any]) -> tuple[str, ...]:
    digits = decimals(row["conf_low"], row["conf_high"])
    return (
        row["guessed"],
        f"{row['n']} v {row['n_reference']}",
        number(row["estimate"], digits),
        interval(row["conf_low"], row["conf_high"], digits),
        p_digits(row["p_value"]),
    )
