"""Sentences on crossovers and ascending doses."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.tables.words import contrast_words
from ketanalysis.text.registry import phrase, sentences_of
from ketanalysis.text.style import Style


@sentences_of("crossover")
def crossover(result: Any, style: Style) -> str:
    """Say each treatment effect, then the period."""
    effects = [
        f"{contrast_words(row['contrast'])} {phrase(result, row, style)}, {style.p(row['p_value'])}"
        for row in result.table.to_dicts()
    ]
    n = result.table["n"][0]
    said = f"Difference in {result.value} within {n} subjects: {'; '.join(effects)}."
    period = result.tests.filter(pl.col("term") == "period")
    return f"{said} Period: {style.p(period['p_value'][0])}." if period.height else said


@sentences_of("dose response")
def dose_response(result: Any, style: Style) -> str:
    """Say the trend, then each dose against the reference."""
    trend, *doses = result.table.to_dicts()
    against = [
        f"{contrast_words(row['contrast'])} {phrase(result, row, style)}, {style.p(_p(row))}"
        for row in doses
    ]
    return (
        f"{result.value} changed by {phrase(result, trend, style)} points for {trend['contrast']} "
        f"({style.p(trend['p_value'])}; n = {trend['n']}). Doses compared: {'; '.join(against)}."
    )


def _p(row: dict[str, Any]) -> float | None:
    """Return the adjusted p value where there is one."""
    adjusted: float | None = row["p_adjusted"]
    return row["p_value"] if adjusted is None else adjusted
