"""Tables of proportions from counts: one with its interval, two compared, each stratum."""

from __future__ import annotations

from typing import Any

from ketanalysis.glossary import method_words
from ketanalysis.rates.contrasts import NEEDED
from ketanalysis.rates.number_needed import NumberNeeded, number_needed
from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import level, share_cells, table_of
from ketanalysis.tables.table import Column, Table

INFINITE = "infinity"


@table_of("proportion")
def proportion(result: Any) -> Table:
    """One row a group: n/N, per cent, its interval, and the test where there is one."""
    has_test = "p_value" in result.table.columns
    columns = [
        Column("Group", "left"),
        Column("n/N"),
        Column("%"),
        Column(level(result.conf_level)),
    ]
    rows = [
        (row["group"], *share_cells(row), *([p_digits(row["p_value"])] if has_test else []))
        for row in result.table.iter_rows(named=True)
    ]
    return Table(
        result.title,
        (*columns, *([Column("p")] if has_test else [])),
        tuple(rows),
        notes=result.notes,
    )


@table_of("proportions")
def proportions(result: Any) -> Table:
    """One row a measure with its interval and test; below them one row a stratum."""
    columns = (
        Column("Measure", "left"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
        Column("Interval; test", "left"),
    )
    needed = needed_of_counts(result)
    lines = [_line(row, needed) for row in result.table.iter_rows(named=True)]
    strata = [_stratum(row) for row in result.strata.iter_rows(named=True)]
    blocks = ((_block(result), len(lines)), ("Risk difference in each stratum", len(strata)))
    legend = (needed.legend(),) if needed else ()
    return Table(
        f"{result.title}: {rates_of(result)}",
        columns,
        tuple(lines + strata),
        blocks if strata else (),
        (*result.notes, *_reasons(result), *legend),
    )


def _reasons(result: Any) -> tuple[str, ...]:
    """Return why something is not estimable, or has an open end, once each."""
    said: dict[str, list[str]] = {}
    for row in result.table.iter_rows(named=True):
        if row["note"] and row["measure"] != NEEDED:
            said.setdefault(row["note"], []).append(row["measure"].capitalize())
    return tuple(f"{', '.join(measures)}: {note}" for note, measures in said.items())


def rates_of(result: Any) -> str:
    """Return ``ketamine 12/16 (75 %), midazolam 5/15 (33 %)``."""
    return ", ".join(
        f"{row['group']} {row['count']}/{row['n']} ({percent(row['estimate'])} %)"
        for row in result.groups.iter_rows(named=True)
    )


def needed_of_counts(result: Any) -> NumberNeeded | None:
    """Return the number needed to treat of the first risk difference, if it is estimable."""
    row = result.table.row(0, named=True)
    if row["estimate"] is None:
        return None
    return number_needed(row["estimate"], row["conf_low"], row["conf_high"])


def _line(row: dict[str, Any], needed: NumberNeeded | None) -> tuple[str, ...]:
    measure, p = row["measure"].capitalize(), p_digits(row["p_value"]) if row["test"] else ""
    if not row["method"]:
        return (measure, "", "", p, _test(row))
    how = "; ".join(part for part in (method_words(row["method"]), _test(row)) if part)
    if row["measure"] == NEEDED:
        cells = (needed.value(), needed.ends()) if needed else ("NE", "NE")
        return (measure, *cells, "", method_words(row["method"]))
    if row["measure"] == "risk difference":
        ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
        return ("Risk difference, points", percent(row["estimate"]), ends, p, how)
    digits = decimals(row["conf_low"], row["conf_high"], 2)
    value = number(row["estimate"], digits, infinite=INFINITE)
    ends = interval(row["conf_low"], row["conf_high"], digits, infinite=INFINITE)
    return (measure, value, ends, p, how)


def _test(row: dict[str, Any]) -> str:
    """Return the test with its statistic: ``Pearson chi-square 4.39, 1 df``."""
    words = method_words(row["test"])
    if row["statistic"] is None:
        return words
    return f"{words} {number(row['statistic'], 2)}, {number(row['df'], 0)} df"


def _stratum(row: dict[str, Any]) -> tuple[str, ...]:
    counts = f"{row['count']}/{row['n']} v {row['count_reference']}/{row['n_reference']}"
    weight = "left out" if row["weight"] is None else f"weight {percent(row['weight'])} %"
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return (f"{row['stratum']}: {counts}", percent(row["estimate"]), ends, "", weight)


def _block(result: Any) -> str:
    return f"Common to {result.strata.height} strata"
