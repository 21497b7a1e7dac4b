"""Sentences on times to an event that is only seen at visits: ranges, shares, tests, ratios."""

from __future__ import annotations

from typing import Any

from ketanalysis.interval_censored.ranges import between
from ketanalysis.rounding import NOT_REACHED, decimals, number, percent
from ketanalysis.tables.registry import group_label
from ketanalysis.text.registry import led_by_group, phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("interval_survival")
def interval_of_mass(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``38.0 to 40.0``, with the interval of the bootstrap where there is one."""
    if "mass" in row:
        return f"{style.percent(row['mass'])} of events {between(row['left'], row['right'])}"
    median = between(row["median_low"], row["median_high"], result.time_unit)
    if row["conf_low"] is None:
        return median
    ends = style.ci(
        row["conf_low"], row["conf_high"], conf_level=result.conf_level, infinite=NOT_REACHED
    )
    return f"{median} ({ends})"


@sentences_of("interval_survival")
def interval_survival(result: Any, style: Style) -> str:
    """Say events and the range of the median of each group."""
    parts = [
        f"{led_by_group(row, result.by, ': ')}{row['n_event']} events in {row['n']} subjects, "
        f"median {phrase(result, row, style)}"
        for row in result.medians.iter_rows(named=True)
    ]
    return f"{result.title}. {'; '.join(parts)}."


@phrase_of("interval_milestones")
def milestone(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``50 % to 76 % (95 % CI 41 to 80)``."""
    low, high = (style.percent(row[name]) for name in ("survival_low", "survival_high"))
    share = (
        low if percent(row["survival_low"]) == percent(row["survival_high"]) else f"{low} to {high}"
    )
    if row["conf_low"] is None:
        return share
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    return f"{share} ({ends})"


@sentences_of("interval_milestones")
def interval_milestones(result: Any, style: Style) -> str:
    """Say the share of each group at each time."""
    parts = [
        f"{led_by_group(row, result.by)}at {row['time']:g} {result.time_unit} "
        f"{phrase(result, row, style)}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("interval_comparison")
def curve_test(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``chi-square 7.12, df 1, p = 0.008``."""
    df = "" if row["df"] is None else f", df {row['df']}"
    return f"chi-square {number(row['statistic'], 2)}{df}, {style.p(row['p_value'])}"


@sentences_of("interval_comparison")
def interval_comparison(result: Any, style: Style) -> str:
    """Say the test, and which groups have more early events than expected."""
    parts = ", ".join(
        f"{group_label(row, result.by)} {number(row['excess'], 1)}"
        for row in result.groups.iter_rows(named=True)
    )
    test = phrase(result, result.table.row(0, named=True), style)
    return f"{result.title}: {test}; excess of early events: {parts}."


@phrase_of("interval_regression")
def ratio(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``hazard ratio 2.50 (95 % CI 1.44 to 4.34)``."""
    low, high = row["conf_low"], row["conf_high"]
    digits = decimals(low, high, 2)
    ends = style.ci(low, high, digits, conf_level=result.conf_level)
    return f"{row['measure']} {number(row['estimate'], digits)} ({ends})"


@sentences_of("interval_regression")
def interval_regression(result: Any, style: Style) -> str:
    """Say the ratios of each term."""
    parts = [
        f"{row['term']} {phrase(result, row, style)}, {style.p(row['p_value'])}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."
