"""Sentences on groups compared: two, several, and the same subjects twice."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.groups.test_names import jama_statistic, statistic_words
from ketanalysis.rounding import number
from ketanalysis.tables.groups import digits_of, effect_name, paired_label, test_label
from ketanalysis.tables.registry import group_label
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style

Row = dict[str, Any]
PROPER = ("Hedges", "Cohen", "Glass", "Cliff", "Kendall")


@phrase_of("comparison")
@phrase_of("paired")
def one_row(result: Any, row: Row, style: Style) -> str:
    """Return ``−4.7 (95 % CI −9.0 to −0.4)``, or ``F(2, 57) = 3.88, p = 0.026`` for all groups."""
    if row["estimate"] is None and row["statistic"] is not None:
        return f"{statistic(row, style)}, {style.p(row['p_value'])}"
    digits = digits_of(row)
    ends = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=result.conf_level)
    return f"{number(row['estimate'], digits)} ({ends})"


def statistic(row: Row, style: Style) -> str:
    """Return the statistic of a row as the manner writes it; "" where it has none."""
    words = statistic_words(row)
    return jama_statistic(words) if style.name == "jama" else words


@sentences_of("comparison")
@sentences_of("responders")
def comparison(result: Any, style: Style) -> str:
    """Say both means, the difference and the p value of each primary row; then the pairs."""
    rows = result.table.filter(pl.col("role") == "primary")
    by = list(result.by) if result.kind == "responders" else []
    parts = []
    for row in rows.iter_rows(named=True):
        where = f" ({group_label(row, by)})" if by else ""
        if row["n_reference"] is None:
            parts.append(f"{row['outcome']}: {_all_groups(result, row, style)}")
            continue
        digits = digits_of(row) if row["measure"] != "probability of superiority" else 1
        adjusted = _adjusted(result, row["outcome"])
        mean = "adjusted mean" if adjusted else "mean"
        shown = adjusted or {
            result.group: row["mean"],
            result.reference: row["mean_reference"],
        }
        parts.append(
            f"{row['outcome']}{where}: {result.group} {mean} "
            f"{number(shown[result.group], digits)} (n = {row['n']}), {result.reference} {mean} "
            f"{number(shown[result.reference], digits)} (n = {row['n_reference']}), "
            f"{_measure(row)} {phrase(result, row, style)}, {_tested(row, style, result)}"
        )
    return f"{'; '.join(parts)}.{_pairs(result, style)}"


@sentences_of("paired")
def paired(result: Any, style: Style) -> str:
    """Say both means of the subjects with both scores, the difference and the p value."""
    parts = []
    for row in result.table.filter(pl.col("role") == "primary").iter_rows(named=True):
        if len(result.levels) > 2:
            parts.append(f"{row['outcome']}: {_all_groups(result, row, style)}")
            continue
        digits = digits_of(row)
        parts.append(
            f"{row['outcome']}: {result.reference} mean {number(row['mean_reference'], digits)}, "
            f"{result.group} mean {number(row['mean'], digits)} in {row['n']} subjects with both, "
            f"{row['measure']} {phrase(result, row, style)}, {_tested(row, style, result)}"
        )
    return f"{'; '.join(parts)}."


def _all_groups(result: Any, row: Row, style: Style) -> str:
    """Return the mean of each group or occasion, the test of all, and its effect size."""
    own = result.groups.filter(pl.col("outcome") == row["outcome"])
    adjusted = _adjusted(result, row["outcome"])
    means = ", ".join(
        f"{group['group']} adjusted mean {number(adjusted[group['group']])} (n = {group['n']})"
        if adjusted
        else f"{group['group']} mean {number(group['mean'])} (SD {number(group['sd'])}, "
        f"n = {group['n']})"
        for group in own.iter_rows(named=True)
    )
    label = paired_label(row["test"]) if result.kind == "paired" else test_label(row["test"])
    found = statistic(row, style)
    p = row["p_adjusted"] if row["p_adjusted"] is not None else row["p_value"]
    shown = [found, style.p(p), _effect(row, style, result)]
    return f"{means}; {label}: {', '.join(part for part in shown if part)}"


def _pairs(result: Any, style: Style) -> str:
    rows = result.table.filter(pl.col("role") == "pairwise")
    if rows.is_empty():
        return ""
    has_several = rows["outcome"].n_unique() > 1
    parts = []
    for row in rows.iter_rows(named=True):
        where = f"{row['outcome']}, " if has_several else ""
        p = row["p_adjusted"] if row["p_adjusted"] is not None else row["p_value"]
        pair = contrast_words(row["contrast"], result.levels)
        shown = (
            f"{number(row['estimate'])} in mean rank"
            if row["test"] == "dunn"
            else phrase(result, row, style)
        )
        apa = f"{statistic(row, style)}, " if style.name == "apa" and statistic(row, style) else ""
        parts.append(f"{where}{pair} {shown}, {apa}{style.p(p)}")
    return f" Pairs ({test_label(rows['test'][0])}): {'; '.join(parts)}."


def _tested(row: Row, style: Style, result: Any) -> str:
    """Return the p value; in the manner of APA with statistic and effect size beside it."""
    p = style.p(row["p_adjusted"] if row["p_adjusted"] is not None else row["p_value"])
    if style.name != "apa" or result.kind == "responders":
        return p
    shown = [statistic(row, style), p, _effect(row, style, result)]
    return ", ".join(part for part in shown if part)


def _effect(row: Row, style: Style, result: Any) -> str:
    if row["effect_size"] is None:
        return ""
    name = effect_name(row["effect"])
    said = f"{name if name.startswith(PROPER) else name.lower()} {number(row['effect_size'], 2)}"
    if row["effect_low"] is None:
        return said
    ends = style.ci(row["effect_low"], row["effect_high"], 2, conf_level=result.conf_level)
    return f"{said} ({ends})"


def _measure(row: Row) -> str:
    """Return what the estimate is, short: ``difference``, ``adjusted difference``, ..."""
    measure = str(row["measure"])
    if measure.startswith("difference of means, adjusted"):
        return "adjusted difference"
    return "difference" if measure == "difference of means" else measure


def _adjusted(result: Any, outcome: str) -> dict[str, float]:
    """Return the adjusted mean of each group, where the primary test is adjusted."""
    adjusted = getattr(result, "adjusted", None)
    if adjusted is None or adjusted.is_empty() or result.table["test"][0] != "ancova":
        return {}
    own = adjusted.filter(pl.col("outcome") == outcome)
    if own["estimate"].null_count():
        return {}
    return dict(zip(own["group"], own["estimate"], strict=True))
