"""Contrasts of rates: every group against the reference, each measure with interval and test."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.rates.cells import none_if_nan

if TYPE_CHECKING:
    from ketanalysis.rates.two_by_two import Estimate

NEEDED = "number needed to treat"
NO_DIFFERENCE = "test of no difference"
ARMS = ("TRT01P", "TRT01A")
SCHEMA = {
    "contrast": pl.String,
    "measure": pl.String,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "p_value": pl.Float64,
    "test": pl.String,
    "note": pl.String,
}


def contrast_rows(
    rates: pl.DataFrame,
    by: Sequence[str],
    differences: Sequence[str],
    conf_level: float,
    tests: Sequence[str] = (),
    odds: str = "wald",
) -> pl.DataFrame:
    """Return one row a contrast and measure; `rates` is the table of `estimate_response`.

    The first of `tests` goes with the risk differences (without one, the test that belongs to
    each interval); the others have rows of their own. `odds` names the odds ratio's interval.
    Contrasts are the groups of the first by-column against its first group, within the other
    by-columns, the visit and the handling of missing scores; where the reference has no
    subjects the row says so. Without by-columns, or where their groups have no order, there
    are none. The number needed to treat is the reciprocal of the first risk difference; when
    the interval of the difference holds 0, its own runs through infinity: it is left open,
    and the note writes it out (Altman 1998, BMJ 317:1309).
    """
    schema = {column: rates.schema[column] for column in (*by[1:], "AVISIT", "missing")} | SCHEMA
    if not by or not has_order(rates[by[0]]):
        return pl.DataFrame(schema=schema)
    first, within = by[0], [*by[1:], "AVISIT", "missing"]
    reference = reference_of(rates[first])
    base = rates.filter(pl.col(first) == reference).select(
        *within, pl.col("count").alias("count_0"), pl.col("n").alias("n_0")
    )
    pairs = rates.filter(pl.col(first) != reference).join(
        base, on=within, how="left", maintain_order="left"
    )
    rows: list[dict[str, Any]] = []
    for pair in pairs.iter_rows(named=True):
        counts = (pair["count"], pair["n"], pair["count_0"] or 0, pair["n_0"] or 0)
        key = {column: pair[column] for column in within}
        key["contrast"] = f"{pair[first]} - {reference}"
        found = plain_measures(counts, differences, conf_level, tests, odds)
        made = [measure_row(measure, estimate) for measure, estimate in found]
        rows += [key | with_names(row, pair[first], reference) for row in made]
    return pl.DataFrame(rows, schema=schema)


def has_order(groups: pl.Series) -> bool:
    """Whether the groups have an order that somebody declared: the first is the reference."""
    dtype = groups.dtype
    return isinstance(dtype, pl.Enum) or dtype == pl.Boolean or dtype.is_numeric()


def reference_of(groups: pl.Series) -> Any:
    """Return the first of the groups in their order, also where nobody belongs to it."""
    return groups.dtype.categories[0] if isinstance(groups.dtype, pl.Enum) else groups.min()


def check_order(subjects: pl.DataFrame, by: Sequence[str]) -> None:
    """Refuse arms in plain text, whose reference would be taken from the alphabet."""
    if by and by[0] in ARMS and not has_order(subjects[by[0]]):
        found = subjects[by[0]].unique().sort()
        raise ArgumentError(
            f"The arms in {by[0]} have no declared order: give {by[0]} as a polars Enum (pandas: "
            "an ordered Categorical), the reference first; found: "
            f"{listed(map(repr, found.to_list()))}."
        )


def sides_of(contrast: str, groups: Iterable[str]) -> tuple[str, str] | None:
    """Return ``drug`` and ``placebo`` of ``drug - placebo``; a group may have a hyphen itself."""
    names = [*groups]
    pairs = ((a, b) for a in names for b in names if contrast == f"{a} - {b}")
    return next(pairs, None)


def order_notes(rates: pl.DataFrame, by: Sequence[str]) -> tuple[str, ...]:
    """Say which group the others are compared with, or why there is no comparison."""
    if not by:
        return ()
    groups = rates[by[0]]
    if not has_order(groups):
        return (
            f"No contrasts: the groups of {by[0]} have no declared order, so none is the "
            "reference.",
        )
    notes = (f"Contrasts: each group minus {reference_of(groups)}.",)
    if not isinstance(groups.dtype, pl.Enum):
        return notes
    held = set(groups.unique().to_list())
    empty = [group for group in groups.dtype.categories if group not in held]
    return (*notes, f"Groups without subjects: {listed(empty)}.") if empty else notes


def plain_measures(
    counts: tuple[int, int, int, int],
    differences: Sequence[str],
    conf_level: float,
    tests: Sequence[str] = (),
    odds: str = "wald",
) -> Iterator[tuple[str, Estimate]]:
    """Yield the measures of one table, each by name; the number needed as the difference."""
    from ketanalysis.rates.table_tests import table_test
    from ketanalysis.rates.two_proportions import odds_ratio, risk_difference, risk_ratio

    first = tests[0] if tests else None
    found = [risk_difference(*counts, name, conf_level, first) for name in differences]
    for difference in found:
        yield "risk difference", difference
    for name in tests[1:]:
        yield NO_DIFFERENCE, table_test(*counts, name).as_estimate()
    yield "risk ratio", risk_ratio(*counts, conf_level=conf_level)
    yield "odds ratio", odds_ratio(*counts, odds, conf_level)
    yield NEEDED, found[0]


def measure_row(measure: str, found: Estimate) -> dict[str, Any]:
    """Return a measure as a row of the contrasts; NaN is null."""
    if measure == NEEDED:
        return _needed_row(found)
    return {
        "measure": measure,
        "estimate": none_if_nan(found.estimate),
        "conf_low": none_if_nan(found.low),
        "conf_high": none_if_nan(found.high),
        "method": found.method,
        "p_value": none_if_nan(found.p_value),
        "test": found.test,
        "note": found.note,
    }


def with_names(row: dict[str, Any], group: Any, reference: Any) -> dict[str, Any]:
    """Return a row whose note says what the groups 1 and 0 of the kernels are called."""
    names = {"group 1": str(group), "group 0": str(reference)}
    return row | {"note": re.sub("group [10]", lambda found: names[found[0]], row["note"])}


def full_row(measure: str, found: Estimate, weights: str = "") -> dict[str, Any]:
    """Return a measure as a row with weights, statistic and degrees of freedom."""
    tested = {"statistic": none_if_nan(found.statistic), "df": none_if_nan(found.df)}
    nothing = dict.fromkeys(tested)
    return (
        measure_row(measure, found)
        | {"weights": weights or None}
        | (nothing if measure == NEEDED else tested)
    )


def _needed_row(difference: Estimate) -> dict[str, Any]:
    from ketanalysis.rates.number_needed import number_needed

    row = {
        "measure": NEEDED,
        "estimate": None,
        "conf_low": None,
        "conf_high": None,
        "method": f"reciprocal of {difference.method}",
        "p_value": None,
        "test": "",
        "note": difference.note,
    }
    rd, low, high = difference.estimate, difference.low, difference.high
    if math.isnan(rd):
        return row
    if math.isnan(low):
        return row | {"estimate": 1 / rd if rd else None}
    if low <= 0 <= high:
        written = number_needed(rd, low, high).text()
        note = f"The interval of the risk difference holds 0: {written}."
        return row | {"estimate": 1 / rd if rd else None, "note": note}
    return row | {"estimate": 1 / rd, "conf_low": 1 / high, "conf_high": 1 / low}
