"""Sentences after imputation: the difference at the last visit under each strategy."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, number, percent
from ketanalysis.tables.imputation import tip_words
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("imputed change")
@phrase_of("tipping point")
def difference(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``−4.1 (95 % CI −7.2 to −1.0; p = 0.011)``, of shares in percentage points."""
    if row.get("measure") == "risk difference":
        low, high, level = row["conf_low"], row["conf_high"], result.conf_level
        ends = style.ci_percent(low, high, conf_level=level)
        return f"{percent(row['estimate'])} percentage points ({ends}; {style.p(row['p_value'])})"
    digits = decimals(row["conf_low"], row["conf_high"])
    ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=result.conf_level)
    return f"{number(row['estimate'], digits)} ({ends}; {style.p(row['p_value'])})"


@sentences_of("imputed change")
def imputed_change(result: Any, style: Style) -> str:
    """Say the differences at the last visit, strategy by strategy."""
    last = result.table["AVISIT"].cast(pl.String)[-1]
    rows = result.table.filter(pl.col("AVISIT").cast(pl.String) == last)
    parts = [
        f"{contrast_words(row['contrast'])} ({row['strategy']}) {phrase(result, row, style)}"
        for row in rows.iter_rows(named=True)
    ]
    return f"Difference of change in {result.scale} at {last}: {'; '.join(parts)}."


@sentences_of("tipping point")
def tipping(result: Any, style: Style) -> str:
    """Say where the conclusion turns."""
    found = [tip_words(row, result) for row in result.tips.iter_rows(named=True)]
    return f"{result.title}. {' '.join(found)}"
