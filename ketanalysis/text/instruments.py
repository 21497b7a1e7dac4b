"""Sentences on rating scales: which were used, and on which items their scores stand."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import number
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style

REASONS = {
    "all items answered": "{} with all items",
    "all items, some carried forward": "{} with all items, some of them carried forward",
    "prorated": "{} prorated",
    "more items missing than allowed": "{} without a score, for too many items were missing",
    "no item answered": "{} not rated",
}


@sentences_of("item scores")
def item_scores(result: Any, style: Style) -> str:
    """Say how many assessments of each scale stand on which items."""
    return " ".join(_stands_on(result, scale) for scale in result.scales)


@phrase_of("item scores")
def one_score(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``MADRS 31`` with what it stands on where that is not all items."""
    if row["AVAL"] is None:
        return f"{row['PARAMCD']} not scored ({row['note']})"
    score = number(row["AVAL"], 0 if float(row["AVAL"]).is_integer() else 1)
    return f"{row['PARAMCD']} {score}" + (f" ({row['note']})" if row["note"] else "")


@sentences_of("instruments")
def instruments(result: Any, style: Style) -> str:
    """Name every scale with its range, direction, scoring and recall, and what is not verified."""
    return " ".join(result.paragraphs())


@phrase_of("instruments")
def one_fact(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return the statement, and that it is not verified where it is not."""
    mark = " (not verified)" if row["verified"] is False else ""
    return f"{row['statement']}{mark}"


def _stands_on(result: Any, scale: str) -> str:
    rows = result.audit.filter(pl.col("PARAMCD") == scale).iter_rows(named=True)
    parts = [REASONS[row["reason"]].format(row["count"]) for row in rows]
    total = result.table.filter(pl.col("PARAMCD") == scale).height
    what = "1 assessment" if total == 1 else f"{total} assessments"
    return f"{scale}, {what}: {'; '.join(parts)}."
