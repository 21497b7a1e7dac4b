"""Sentences on a score over infusions in responders and non-responders."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, number
from ketanalysis.tables.registry import group_label
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style

WORDS = {
    "difference, mean of the infusions": "mean difference over all infusions",
    "difference of slopes, points an infusion": "difference of slopes",
}


@phrase_of("infusion groups")
def contrast(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``−4.1 points (95 % CI −7.2 to −1.0), p = 0.011``."""
    digits = max(1, decimals(row["conf_low"], row["conf_high"]))
    ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=result.conf_level)
    unit = "points an infusion" if "slope" in row["measure"] else "points"
    return f"{number(row['estimate'], digits)} {unit} ({ends}), {_tested(row, style)}"


@sentences_of("infusion groups")
def infusion_groups(result: Any, style: Style) -> str:
    """Say the mean difference and the difference of slopes of each by-group."""
    parts = []
    for row in result.table.filter(pl.col("role") == "primary").iter_rows(named=True):
        where = f" ({group_label(row, result.by)})" if result.by else ""
        parts.append(f"{WORDS[row['measure']]}{where} {phrase(result, row, style)}")
    said = "; ".join(parts)
    return (
        f"{result.outcome}, responders minus non-responders by a mixed model over the infusions: "
        f"{said}."
    )


def _tested(row: dict[str, Any], style: Style) -> str:
    if style.name != "apa" or row["statistic"] is None:
        return style.p(row["p_value"])
    return f"t({number(row['df'], 1)}) = {number(row['statistic'], 2)}, {style.p(row['p_value'])}"
