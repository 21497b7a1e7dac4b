"""Which function tabulates which kind of result, and what all of these tables share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ketanalysis.errors import ArgumentError
from ketanalysis.results import Result
from ketanalysis.rounding import NOT_ESTIMABLE, NOT_REACHED, counted, percent
from ketanalysis.tables.table import Column, Table

Builder = Callable[[Any], Table]
BUILDERS: dict[str, Builder] = {}
SIGNS = {NOT_REACHED: "not reached", NOT_ESTIMABLE: "not estimable"}


def table_of(kind: str) -> Callable[[Builder], Builder]:
    """Register the function that tabulates results of a kind (`Result.kind`)."""

    def register(builder: Builder) -> Builder:
        BUILDERS[kind] = builder
        return builder

    return register


def tabulate(result: Result) -> Table:
    """Return the table of a result; under it its notes, the signs in its cells, its warnings."""
    if result.kind not in BUILDERS:
        raise ArgumentError(f"There is no table for results of the kind {result.kind!r}.")
    table = BUILDERS[result.kind](result)
    simulated = ("Simulated data.",) if result.simulated else ()
    warnings = tuple(f"Note well: {warning}" for warning in result.warnings)
    return table.with_notes(*_signs(table), *simulated, *warnings)


def _signs(table: Table) -> tuple[str, ...]:
    """Say what the signs in the cells mean, where a cell has one."""
    words = {word for row in table.rows for cell in row for word in re.findall(r"\w+", cell)}
    told = "; ".join(f"{sign}: {meaning}" for sign, meaning in SIGNS.items() if sign in words)
    return (f"{told}.",) if told else ()


def group_label(row: dict[str, Any], by: Sequence[str]) -> str:
    """Return the group of a row as text; ``All`` where nothing divides the subjects."""
    return " / ".join(str(row[column]) for column in by) or "All"


def heading_of(group: str) -> str:
    """Return the words over the columns of a group."""
    return "All subjects" if group == "All" else group


def level(conf_level: float) -> str:
    """Return the label of an interval column, ``95 % CI``."""
    return f"{conf_level * 100:g} % CI"


def share_columns(groups: Sequence[str], conf_level: float) -> list[Column]:
    """Return three columns a group: n/N, per cent, and its interval."""
    return [
        Column(label, spanner=heading_of(group))
        for group in groups
        for label in ("n/N", "%", level(conf_level))
    ]


def share_cells(row: dict[str, Any] | None) -> list[str]:
    """Return the cells of `share_columns` for one group; empty where it has no row."""
    if row is None:
        return ["", "", ""]
    low, high = percent(row["conf_low"]), percent(row["conf_high"])
    count = counted(row["count"], row["estimate"], row["n"])
    return [f"{count}/{row['n']}", percent(row["estimate"]), f"{low} to {high}"]
