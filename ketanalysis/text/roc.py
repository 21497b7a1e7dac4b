"""Sentences on ROC curves: areas, their differences, what cut-offs do."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.prediction.accuracy import SHARES
from ketanalysis.rounding import decimals, number
from ketanalysis.tables.roc import area_digits, area_label, cutoff_words
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.prediction import measure
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style

Row = dict[str, Any]


@phrase_of("roc")
def one_area(result: Any, row: Row, style: Style) -> str:
    """Return ``0.73 (95 % CI 0.63 to 0.83)``, or a difference of areas with its p value."""
    if row["estimate"] is None:
        return f"not estimable ({row['note']})"
    if row["conf_low"] is None:
        return f"{number(row['estimate'], 2)} ({row['note']})"
    is_contrast = "contrast" in row
    least = min(decimals(row["conf_low"], row["conf_high"], least=2), 3)
    digits = least if is_contrast else area_digits(row)
    ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=result.conf_level)
    p = f"; {style.p(row['p_value'])}" if is_contrast else ""
    return f"{number(row['estimate'], digits)} ({ends}{p})"


@sentences_of("roc")
def roc(result: Any, style: Style) -> str:
    """Say every area, every difference, and sensitivity and the like at each cut-off."""
    areas = [
        f"{area_label(row, result.by)} {phrase(result, row, style)}"
        for row in result.table.iter_rows(named=True)
    ]
    said = [f"Area under the ROC curve for {result.outcome}: {'; '.join(areas)}."]
    contrasts = [
        f"{contrast_words(row['contrast'])}"
        f"{'' if row['test'] == 'delong-paired' else ' (' + row['marker'] + ')'} "
        f"{phrase(result, row, style)}"
        for row in result.contrasts.iter_rows(named=True)
    ]
    if contrasts:
        said.append(f"Difference of areas: {'; '.join(contrasts)}.")
    return " ".join([*said, *_stated(result, style), *_chosen(result, style)])


def _stated(result: Any, style: Style) -> list[str]:
    rows = result.cutoffs.filter((pl.col("chosen") == "stated") & pl.col("measure").is_in(SHARES))
    found: dict[str, list[str]] = {}
    for row in rows.iter_rows(named=True):
        words = f"{row['measure']} {measure(result, row, style)}"
        found.setdefault(cutoff_words(result, row), []).append(words)
    return [f"At {cutoff}: {', '.join(words)}." for cutoff, words in found.items()]


def _chosen(result: Any, style: Style) -> list[str]:
    found: dict[str, list[str]] = {}
    notes: list[str] = []
    for row in result.cutoffs.filter(pl.col("chosen") == "youden").iter_rows(named=True):
        if row["measure"] == "Youden index":
            notes.append(row["note"])
            continue
        shown = style.percent(row["estimate"]), style.percent(row["corrected"])
        words = f"{row['measure']} {shown[0]}, corrected for optimism {shown[1]}"
        found.setdefault(cutoff_words(result, row), []).append(words)
    return [
        f"At {cutoff}: {'; '.join(words)}. {note}"
        for (cutoff, words), note in zip(found.items(), notes, strict=True)
    ]
