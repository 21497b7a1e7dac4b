"""Sentences on relapse by several rules: the primary one, and how far the others lie from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ketanalysis.rounding import NOT_REACHED, number
from ketanalysis.tables.registry import group_label
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("relapse_sensitivity")
def estimate(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``18.0 days (95 % CI 11.0 to NR)``, or ``63 % (95 % CI 41 to 79)``."""
    low, high, level = row["conf_low"], row["conf_high"], result.conf_level
    if row["measure"] == "median":
        ends = style.ci(low, high, conf_level=level, infinite=NOT_REACHED)
        median = number(row["estimate"], 1, infinite=NOT_REACHED)
        return f"{median} {result.time_unit} ({ends})"
    return f"{style.percent(row['estimate'])} ({style.ci_percent(low, high, conf_level=level)})"


@sentences_of("relapse_sensitivity")
def relapse_sensitivity(result: Any, style: Style) -> str:
    """Say median and relapses by the primary rule, and the range of the others."""
    medians = result.table.filter(pl.col("measure") == "median")
    parts = []
    for row in medians.filter(pl.col("role") == "primary").iter_rows(named=True):
        own = medians.filter(pl.col("role") == "sensitivity")
        for column in result.by:
            own = own.filter(pl.col(column) == row[column])
        parts.append(
            f"{group_label(row, result.by)}: {row['n_event']} relapses in {row['n']} subjects, "
            f"median {phrase(result, row, style)}{_others(own)}"
        )
    return f"{result.title}. {'; '.join(parts)}."


def _others(own: pl.DataFrame) -> str:
    """Return the range of events and medians over the other rules."""
    if own.is_empty():
        return ""
    events, medians = own["n_event"].to_list(), own["estimate"].drop_nulls().to_list()
    rules = "the other rule" if own.height == 1 else f"the {own.height} other rules"
    counts = _range([str(min(events)), str(max(events))])
    ends = (min(medians, default=np.nan), max(medians, default=np.nan))
    shown = [number(end, 1, infinite=NOT_REACHED) for end in ends]
    return f" (by {rules}: {counts} relapses, medians {_range(shown)})"


def _range(ends: list[str]) -> str:
    low, high = ends
    return low if low == high else f"{low} to {high}"
