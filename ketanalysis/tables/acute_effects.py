"""Tables of mediation and moderation: effects with their intervals."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table


@table_of("mediation")
def mediation(result: Any) -> Table:
    """One row an effect, then one a path of the models."""
    columns = (
        Column("Effect", "left"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    effects = [(row["term"].capitalize(), *_numbers(row), "") for row in result.table.to_dicts()]
    paths = [
        (row["term"].capitalize(), *_numbers(row), p_digits(row["p_value"]))
        for row in result.paths.to_dicts()
    ]
    measure = result.table["measure"][0]
    groups = ((f"Effects, {measure}", len(effects)), ("Paths, linear models", len(paths)))
    return Table(result.title, columns, (*effects, *paths), groups, result.notes)


@table_of("moderation")
def moderation(result: Any) -> Table:
    """The interaction, then the treatment effect at values of the moderator."""
    columns = (
        Column(result.moderator, "left"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    rows = result.table.to_dicts()
    lines = [(row["at"], *_numbers(row), p_digits(row["p_value"])) for row in rows]
    n_first = sum(row["term"] == "interaction" for row in rows)
    groups = (
        ("Interaction: how the treatment effect changes", n_first),
        ("Treatment effect in points", len(rows) - n_first),
    )
    return Table(result.title, columns, tuple(lines), groups, result.notes)


def _numbers(row: dict[str, Any]) -> tuple[str, str]:
    digits = decimals(row["conf_low"], row["conf_high"])
    return number(row["estimate"], digits), interval(row["conf_low"], row["conf_high"], digits)
