"""Sentences on Cox models: hazard ratios, tests of proportional hazards, expected survival."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, number
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("cox")
def hazard_ratio(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``0.58 (95 % CI 0.41 to 0.80; p < 0.001)``."""
    low, high = row["conf_low"], row["conf_high"]
    digits = decimals(low, high, 2)
    ends = style.ci(low, high, digits, conf_level=result.conf_level)
    return f"{number(row['estimate'], digits)} ({ends}; {style.p(row['p_value'])})"


@sentences_of("cox")
def cox(result: Any, style: Style) -> str:
    """Say each hazard ratio, and how many events there were."""
    counts = result.criteria.row(0, named=True)
    parts = [
        f"{row['contrast']} {phrase(result, row, style)}"
        for row in result.table.filter(pl.col("estimate").is_not_null()).iter_rows(named=True)
    ]
    return (
        f"{result.title}, {counts['n_event']} events in {counts['n']} subjects. "
        f"{result.measure.capitalize()}s: "
        f"{'; '.join(parts)}."
    )


@phrase_of("proportional_hazards")
def proportionality(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``chi-square 2.31, df 1, p = 0.129``."""
    statistic = f"chi-square {number(row['statistic'], 2)}, df {row['df']}"
    return f"{statistic}, {style.p(row['p_value'])}"


@sentences_of("proportional_hazards")
def proportional_hazards(result: Any, style: Style) -> str:
    """Say the test of each term, and of all."""
    parts = [
        f"{row['term']} {phrase(result, row, style)}" for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("cox_curves")
def expected(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``80 % (95 % CI 61 to 91)``."""
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    return f"{style.percent(row['survival'])} ({ends})"


@sentences_of("cox_curves")
@sentences_of("fine_gray_curves")
def expected_curves(result: Any, style: Style) -> str:
    """Say the share of each profile, free of the event or with it, after the last event."""
    last = result.table.group_by(result.by, maintain_order=True).last()
    parts = [
        f"{', '.join(str(row[column]) for column in result.by)} at {row['time']:g} "
        f"{result.time_unit} {phrase(result, row, style)}"
        for row in last.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."
