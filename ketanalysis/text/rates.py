"""Sentences on shares: who responded or remitted."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rates.contrasts import NEEDED
from ketanalysis.rounding import percent
from ketanalysis.tables.registry import group_label
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.contrasts import contrast_phrase, how, needed_sentence, tested
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("rates")
def share(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``17/31 (55 %; 95 % CI 36 to 73)``, or a contrast as `contrast_phrase` has it."""
    if "measure" in row:
        return contrast_phrase(result, row, style)
    return style.share(
        row["count"],
        row["n"],
        row["estimate"],
        row["conf_low"],
        row["conf_high"],
        conf_level=result.conf_level,
    )


@sentences_of("rates")
def rates(result: Any, style: Style) -> str:
    """Say the shares at the last visit under the first handling, and their differences."""
    last = result.table["AVISIT"].unique(maintain_order=True)[-1]
    handling = result.table["missing"][0]
    rows = result.table.filter((pl.col("AVISIT") == last) & (pl.col("missing") == handling))
    groups = "; ".join(
        f"{group_label(row, result.by)} {phrase(result, row, style)}"
        for row in rows.iter_rows(named=True)
    )
    text = f"{result.outcome.capitalize()} on {result.scale} at {last} ({handling}): {groups}."
    if result.contrasts.is_empty():
        return text
    contrasts = result.contrasts.filter(
        (pl.col("AVISIT") == last) & (pl.col("missing") == handling)
    )
    differences = contrasts.filter(pl.col("measure") == "risk difference")
    parts = [_difference(row, style, result.conf_level) for row in differences.to_dicts()]
    needed = contrasts.filter(pl.col("measure") == NEEDED)
    return f"{text} Difference {'; '.join(parts)}.{needed_sentence(result, needed, style)}"


def _difference(row: dict[str, Any], style: Style, conf_level: float) -> str:
    low, high = row["conf_low"], row["conf_high"]
    points = f"{contrast_words(row['contrast'])}: {percent(row['estimate'])} percentage points"
    p = tested(row, style)
    if style.name == "plain":
        return f"{points} ({percent(low)} to {percent(high)}; {how(row)}; {p})"
    ends = style.ci_percent(low, high, conf_level=conf_level)
    return f"{points} ({ends}; {how(row)}; {p})"
