"""Sentences on what others published: figures beside a curve, studies pooled."""

from __future__ import annotations

from typing import Any

from ketanalysis.literature.published import FREE
from ketanalysis.rounding import NOT_REACHED, number
from ketanalysis.tables.literature import heterogeneity_words, measure_words
from ketanalysis.text.registry import led_by_group, phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("published_comparison")
def beside(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``43 % (95 % CI 23 to 62) here, 75 % published (difference ...)``."""
    level = result.conf_level
    if row["measure"] != FREE:
        theirs = f"{number(row['published'], 1)} {result.time_unit} published"
        if row["estimate"] is None:
            return theirs
        ends = style.ci(row["conf_low"], row["conf_high"], conf_level=level, infinite=NOT_REACHED)
        own = number(row["estimate"], 1, infinite=NOT_REACHED)
        return f"{own} {result.time_unit} ({ends}) here, {theirs}"
    theirs = f"{style.percent(row['published'])} published"
    if row["estimate"] is None:
        return theirs
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=level)
    own = f"{style.percent(row['estimate'])} ({ends}) here, {theirs}"
    if row["difference_low"] is None:
        return own
    low, high = row["difference_low"], row["difference_high"]
    apart = style.percent(row["difference"]).replace(" %", "").replace("%", "")
    between = style.ci_percent(low, high, conf_level=level)
    return f"{own} (difference {apart} percentage points, {between})"


@sentences_of("published_comparison")
def published_comparison(result: Any, style: Style) -> str:
    """Say each published figure beside the curve's own."""
    parts = []
    for row in result.table.iter_rows(named=True):
        group = led_by_group(row, result.by, ": ")
        what = measure_words(row).partition(", ")[0]
        who = f"{row['study']} ({row['treatment']}; {row['among']})"
        parts.append(f"{group}{who}, {what} {phrase(result, row, style)}")
    return f"{result.title}. {'; '.join(parts)}."


@phrase_of("pooled_proportions")
def mean(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``21 % (95 % CI 6 to 49)``."""
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    return f"{style.percent(row['estimate'])} ({ends})"


@sentences_of("pooled_proportions")
def pooled_proportions(result: Any, style: Style) -> str:
    """Say both means, the interval of prediction, and the heterogeneity."""
    random, common = result.table.to_dicts()
    text = (
        f"{result.title}: random mean {phrase(result, random, style)}, common rate "
        f"{phrase(result, common, style)}."
    )
    if random["prediction_low"] is not None:
        low, high = random["prediction_low"], random["prediction_high"]
        ends = style.ci_percent(low, high, conf_level=result.conf_level)
        text += f" Prediction for a further study: {ends.replace('CI', 'interval')}."
    return f"{text} {heterogeneity_words(result)}."
