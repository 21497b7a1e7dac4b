"""Sentences on times to an event: medians, shares at given times, numbers at risk, tests."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import NOT_REACHED, decimals, number
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.registry import led_by_group, phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("survival")
def median(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``18.0 (95 % CI 11.0 to NR)``."""
    ends = style.ci(
        row["conf_low"], row["conf_high"], conf_level=result.conf_level, infinite=NOT_REACHED
    )
    return f"{number(row['median'], 1, infinite=NOT_REACHED)} ({ends})"


@sentences_of("survival")
def survival(result: Any, style: Style) -> str:
    """Say events and median of each group, and the test."""
    parts = [
        f"{led_by_group(row, result.by, ': ')}{row['n_event']} events in {row['n']} subjects, "
        f"median {phrase(result, row, style)} {result.time_unit}"
        for row in result.medians.iter_rows(named=True)
    ]
    tests = "".join(
        f" {row['test'].capitalize()}: {style.p(row['p_value'])}."
        for row in result.tests.iter_rows(named=True)
    )
    return f"{result.title}. {'; '.join(parts)}.{tests}"


@phrase_of("milestones")
def milestone(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``80 % (95 % CI 61 to 91)``."""
    return share(result, row["survival"], row, style)


def share(result: Any, estimate: float, row: dict[str, Any], style: Style) -> str:
    """Return a share and the interval of its row in per cent."""
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    return f"{style.percent(estimate)} ({ends})"


@phrase_of("at_risk")
def at_risk(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``14 at risk``."""
    return f"{row['n_at_risk']} at risk"


@sentences_of("at_risk")
@sentences_of("milestones")
def at_times(result: Any, style: Style) -> str:
    """Say the share or the number of each group at each time."""
    unit = result.time_unit
    parts = [
        f"{led_by_group(row, result.by)}at {row['time']:g} {unit} {phrase(result, row, style)}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("survival_comparison")
def curve_test(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``log-rank chi-square 3.52, df 1, p = 0.061``."""
    return f"{row['test']} {chi_square(row, style)}"


def chi_square(row: dict[str, Any], style: Style) -> str:
    """Return ``chi-square 3.52, df 1, p = 0.061``."""
    statistic = f"chi-square {number(row['statistic'], 2)}, df {number(row['df'], 0)}"
    return f"{statistic}, {style.p(row['p_value'])}"


@sentences_of("survival_comparison")
def survival_comparison(result: Any, style: Style) -> str:
    """Say the test of the curves."""
    return f"{result.title}: {phrase(result, result.table.row(0, named=True), style)}."


@phrase_of("survival_quantiles")
def quantile(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``18.0 (95 % CI 11.0 to NR)``."""
    return median(result, row | {"median": row["estimate"]}, style)


@sentences_of("survival_quantiles")
def survival_quantiles(result: Any, style: Style) -> str:
    """Say the time by which each share of each group had the event."""
    parts = [
        f"{led_by_group(row, result.by)}{style.percent(row['share'])} by "
        f"{phrase(result, row, style)} {result.time_unit}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@sentences_of("rmst")
def rmst(result: Any, style: Style) -> str:
    """Say the mean of each group, then the difference and ratio of each contrast."""
    means = [
        f"{led_by_group(row, result.by)}{phrase(result, row, style)} {result.time_unit}"
        for row in result.table.iter_rows(named=True)
        if row["measure"] == "restricted mean"
    ]
    contrasts = [
        f" {row['measure'].capitalize()} {contrast_words(row['contrast'])}: "
        f"{_contrast(result, row, style)}."
        for row in result.contrasts.iter_rows(named=True)
        if row["measure"] != "ratio of time lost"
    ]
    return f"{result.title}: {'; '.join(means)}.{''.join(contrasts)}"


def _contrast(result: Any, row: dict[str, Any], style: Style) -> str:
    low, high = row["conf_low"], row["conf_high"]
    digits = decimals(low, high)
    ends = style.ci(low, high, digits, conf_level=result.conf_level)
    unit = f" {result.time_unit}" if row["measure"] == "difference" else ""
    return f"{number(row['estimate'], digits)}{unit} ({ends}; {style.p(row['p_value'])})"
