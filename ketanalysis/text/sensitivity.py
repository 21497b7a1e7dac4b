"""Sentences on sensitivity analyses: the primary one, and whether the others agree."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, number, percent
from ketanalysis.tables.sensitivity import CHANGE, block_words
from ketanalysis.tables.words import HANDLING_NAMES, contrast_words
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("sensitivity")
def difference(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``21 percentage points (95 % CI 1 to 39; p = 0.036)``, or points of the scale."""
    level, p = result.conf_level, style.p(row["p_value"])
    if row["measure"] == CHANGE:
        digits = decimals(row["conf_low"], row["conf_high"])
        ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=level)
        return f"{number(row['estimate'], digits)} points ({ends}; {p})"
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=level)
    return f"{percent(row['estimate'])} percentage points ({ends}; {p})"


@sentences_of("sensitivity")
def sensitivity(result: Any, style: Style) -> str:
    """Say the primary difference, and how the others of its endpoint and visit lie about it."""
    parts = []
    for row in result.table.filter(pl.col("role") == "primary").iter_rows(named=True):
        name = f"{contrast_words(row['contrast'])}, {HANDLING_NAMES[row['missing']]}"
        parts.append(
            f"{block_words(row)} ({name}): {phrase(result, row, style)}.{_others(result, row)}"
        )
    return " ".join(parts)


def _others(result: Any, primary: dict[str, Any]) -> str:
    """Say the range of the other estimates, and in how many of all the interval excludes 0."""
    same = [pl.col(c) == primary[c] for c in ("endpoint", "AVISIT", "contrast")]
    rows = result.table.filter(*same, pl.col("estimate").is_not_null())
    others = rows.filter(pl.col("role") != "primary")["estimate"].to_list()
    if not others:
        return ""
    digits = 1
    if primary["measure"] == CHANGE:
        low, high = number(min(others), digits), number(max(others), digits)
    else:
        low, high = percent(min(others)), percent(max(others))
    excludes = (pl.col("conf_low") > 0) | (pl.col("conf_high") < 0)
    count = rows.filter(excludes).height
    n = len(others)
    span = f" the difference was {low}" if low == high else f" it ran from {low} to {high}"
    return (
        f" Under {n} other handling{'s' if n > 1 else ''} of missing scores{span}; the interval "
        f"excludes no difference in {count} of {rows.height} analyses."
    )
