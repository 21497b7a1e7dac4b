"""Sentences on further outcomes: categories, conditional outcomes, infusions, curves."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.rates.thresholds import AREA, MEAN
from ketanalysis.rates.two_outcomes import DIFFERENCE, GIVEN, NOT_GIVEN
from ketanalysis.rounding import number, percent
from ketanalysis.tables.registry import group_label
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.rates import share
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("categories")
@phrase_of("infusions")
@phrase_of("responder curve")
def share_of(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``17/31 (55 %; 95 % CI 36 to 73)``."""
    return share(result, row, style)


@phrase_of("conditional")
def measure_of(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return a share, or the difference of the two in percentage points."""
    if row["measure"] != DIFFERENCE:
        own = {name: value for name, value in row.items() if name != "measure"}
        return share(result, own, style)
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    how = method_words(row["method"])
    points = f"{percent(row['estimate'])} percentage points"
    return f"{points} ({ends}; {how}; {style.p(row['p_value'])})"


@phrase_of("cumulative response")
def cumulative_of(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``37 % (95 % CI 25 to 52)``."""
    if row["estimate"] is None:
        return f"not estimable ({row['note']})"
    ends = style.ci_percent(row["conf_low"], row["conf_high"], conf_level=result.conf_level)
    return f"{style.percent(row['estimate'])} ({ends})"


@sentences_of("categories")
def categories(result: Any, style: Style) -> str:
    """Say the shares of each category at the last visit under the first handling."""
    last = result.table["AVISIT"].unique(maintain_order=True)[-1]
    handling = result.table["missing"][0]
    rows = result.table.filter((pl.col("AVISIT") == last) & (pl.col("missing") == handling))
    found: dict[str, list[str]] = {}
    for row in rows.iter_rows(named=True):
        words = f"{row['category']} {share(result, row, style)}"
        found.setdefault(group_label(row, result.by), []).append(words)
    groups = "; ".join(f"{group}: {', '.join(words)}" for group, words in found.items())
    outcome = f"{result.outcome[0].upper()}{result.outcome[1:]}"
    return f"{outcome} on {result.scale} at {last} ({handling}). {groups}."


@sentences_of("infusions")
def infusions(result: Any, style: Style) -> str:
    """Say both shares after the last infusion, each with whose share it is."""
    last = result.table["infusion"].max()
    rows = result.table.filter(pl.col("infusion") == last).to_dicts()
    parts = []
    for group in dict.fromkeys(group_label(row, result.by) for row in rows):
        received, began = (row for row in rows if group_label(row, result.by) == group)
        parts.append(
            f"{group} {share(result, received, style)} of those who received it, "
            f"{share(result, began, style)} of all who began"
        )
    outcome = f"{result.outcome[0].upper()}{result.outcome[1:]}"
    return f"{outcome} on {result.scale} after infusion {last}: {'; '.join(parts)}."


@sentences_of("conditional")
def conditional(result: Any, style: Style) -> str:
    """Say the two shares, their difference, sensitivity and specificity, under one handling."""
    handling = result.table["missing"][0]
    rows = result.table.filter(pl.col("missing") == handling).to_dicts()
    parts = []
    for group in dict.fromkeys(group_label(row, result.by) for row in rows):
        own = {r["measure"]: r for r in rows if group_label(r, result.by) == group}
        said = {name: measure_of(result, row, style) for name, row in own.items()}
        parts.append(
            f"{group}: {said[GIVEN]} of those with {result.earlier}, {said[NOT_GIVEN]} of those "
            f"without it, difference {said[DIFFERENCE]}; sensitivity {said['sensitivity']}, "
            f"specificity {said['specificity']}"
        )
    return f"{result.later[0].upper()}{result.later[1:]} ({handling}). {'. '.join(parts)}."


@sentences_of("responder curve")
def responder_curve(result: Any, style: Style) -> str:
    """Say the mean improvement of each group and the area between the curves."""
    handling = result.areas["missing"][0]
    rows = result.areas.filter(pl.col("missing") == handling).to_dicts()
    means = "; ".join(
        f"{group_label(row, result.by)} {style.percent(row['estimate'], 1)}"
        for row in rows
        if row["measure"] == MEAN
    )
    apart = "; ".join(
        f"{contrast_words(row['contrast'])}: {percent(row['estimate'], 1)} percentage points "
        f"({_area_ends(result, row, style)})"
        for row in rows
        if row["measure"] == AREA
    )
    between = f" Area between the curves, {apart}." if apart else ""
    return (
        f"Mean improvement in {result.scale} at {result.visit}, cut off at 0 and 100 % "
        f"({handling}): {means}.{between}"
    )


def _area_ends(result: Any, row: dict[str, Any], style: Style) -> str:
    low, high = (None if row[end] is None else 100 * row[end] for end in ("conf_low", "conf_high"))
    return style.ci(low, high, conf_level=result.conf_level)


@sentences_of("cumulative response")
def cumulative(result: Any, style: Style) -> str:
    """Say the share that has responded by the last of the times."""
    last = result.table["time"].max()
    parts = [
        f"{group_label(row, result.by)} {cumulative_of(result, row, style)}, {row['n_event']} "
        "seen to respond"
        for row in result.table.filter(pl.col("time") == last).iter_rows(named=True)
    ]
    when = f"{number(last, 0 if float(last).is_integer() else 2)} {result.time_unit}"
    outcome = f"{result.outcome[0].upper()}{result.outcome[1:]}"
    return f"{outcome} on {result.scale} by {when}: {'; '.join(parts)}."
