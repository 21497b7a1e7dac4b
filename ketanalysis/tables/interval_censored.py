"""Tables of interval-censored times: medians as ranges, shares, tests, regressions."""

from __future__ import annotations

from typing import Any

from ketanalysis.interval_censored.ranges import between, reached
from ketanalysis.rounding import NOT_REACHED, decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table


@table_of("interval_survival")
def interval_survival(result: Any) -> Table:
    """One row a group: subjects, events, the range of the median, and Kaplan-Meier's."""
    has_limits = result.medians["conf_low"].null_count() < result.medians.height
    rows = [
        (
            group_label(row, result.by),
            str(row["n"]),
            str(row["n_event"]),
            between(row["median_low"], row["median_high"]),
            *([interval(row["conf_low"], row["conf_high"], infinite=NOT_REACHED)] * has_limits),
            reached(row["naive"]),
        )
        for row in result.medians.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column("n"),
        Column("Events"),
        Column(f"Median, {result.time_unit}"),
        *([Column(level(result.conf_level))] * has_limits),
        Column("Kaplan-Meier"),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("interval_milestones")
def interval_milestones(result: Any) -> Table:
    """One row a group and time: share still free of the event, a range within an interval."""
    has_limits = result.table["conf_low"].null_count() < result.table.height
    rows = [
        (
            group_label(row, result.by),
            number(row["time"], 0 if float(row["time"]).is_integer() else 1),
            share_range(row["survival_low"], row["survival_high"]),
            *([f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"] * has_limits),
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column(f"Time, {result.time_unit}"),
        Column("Free of the event, %"),
        *([Column(level(result.conf_level))] * has_limits),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)


def share_range(low: float, high: float) -> str:
    """Return ``76``, or ``61 to 76`` where the share is only known to lie between.

    Examples
    --------
    >>> share_range(0.5, 0.5), share_range(0.61, 0.76)
    ('50', '61 to 76')
    """
    first, last = percent(low), percent(high)
    return first if first == last else f"{first} to {last}"


@table_of("interval_comparison")
def interval_comparison(result: Any) -> Table:
    """One row a group: events and their excess; under it the test."""
    rows = [
        (
            group_label(row, result.by),
            str(row["n"]),
            str(row["n_event"]),
            number(row["excess"], 2),
            number(row["width"]),
        )
        for row in result.groups.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column("n"),
        Column("Events"),
        Column("Excess of early events"),
        Column("Median width of intervals"),
    )
    test = result.table.row(0, named=True)
    chi = f"chi-square {number(test['statistic'], 2)}"
    df = "" if test["df"] is None else f", df {test['df']}"
    said = f"{chi}{df}, p {_equals(p_digits(test['p_value']))}"
    return Table(result.title, columns, tuple(rows), notes=(f"Test: {said}.", *result.notes))


def _equals(digits: str) -> str:
    return digits if digits[0] in "<>N" else f"= {digits}"


@table_of("interval_regression")
def interval_regression(result: Any) -> Table:
    """One row a term and measure: ratio, interval, p."""
    rows = []
    for row in result.table.iter_rows(named=True):
        digits = decimals(row["conf_low"], row["conf_high"], 2)
        rows.append(
            (
                row["term"],
                row["measure"],
                number(row["estimate"], digits),
                interval(row["conf_low"], row["conf_high"], digits),
                p_digits(row["p_value"]),
            )
        )
    columns = (
        Column("Term", "left"),
        Column("Measure", "left"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)
