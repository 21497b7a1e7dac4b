"""Sentences on predictions: odds ratios of a model, an early sign and the end."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.prediction.accuracy import RATIOS, SHARES
from ketanalysis.rounding import number
from ketanalysis.tables.prediction import INFINITE, odds_digits
from ketanalysis.tables.registry import group_label
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style

Row = dict[str, Any]


@phrase_of("logistic")
def odds_ratio(result: Any, row: Row, style: Style) -> str:
    """Return ``0.86 (95 % CI 0.79 to 0.92; p < 0.001)``: an odds ratio."""
    if row["odds_ratio"] is None:
        return f"not estimable ({row['note']})"
    digits = odds_digits(row)
    ends = style.ci(
        row["odds_low"],
        row["odds_high"],
        digits,
        conf_level=result.conf_level,
        infinite=INFINITE,
    )
    return f"{number(row['odds_ratio'], digits)} ({ends}; {style.p(row['p_value'])})"


@sentences_of("logistic")
def logistic(result: Any, style: Style) -> str:
    """Say how many were in the model, and the odds ratio of each term."""
    row = result.criteria.row(0, named=True)
    parts = [
        f"{one['term']} {phrase(result, one, style)}"
        for one in result.table.filter(pl.col("term") != "(Intercept)").iter_rows(named=True)
    ]
    return (
        f"{result.title}: {row['n_event']} of {row['n']} subjects had the outcome. Odds ratios: "
        f"{'; '.join(parts)}."
    )


@phrase_of("early improvement")
def measure(result: Any, row: Row, style: Style) -> str:
    """Return ``17/23 (74 %; 95 % CI 52 to 90)``, or a ratio with its interval."""
    level = result.conf_level
    if row["estimate"] is None:
        return "not estimable"
    if row["count"] is not None:
        ends = (row["conf_low"], row["conf_high"])
        return style.share(row["count"], row["n"], row["estimate"], *ends, conf_level=level)
    digits = 1 if row["measure"] == RATIOS[0] else 2
    if row["conf_low"] is None:
        return number(row["estimate"], digits)
    ends_of = style.ci(row["conf_low"], row["conf_high"], digits, conf_level=level)
    return f"{number(row['estimate'], digits)} ({ends_of})"


@sentences_of("early improvement")
def early_improvement(result: Any, style: Style) -> str:
    """Say sensitivity, specificity and predictive values of each group, first handling."""
    handling = result.table["missing"][0]
    rows = result.table.filter(
        (pl.col("missing") == handling) & pl.col("measure").is_in([*SHARES, RATIOS[0]])
    )
    found: dict[str, list[str]] = {}
    for row in rows.iter_rows(named=True):
        words = f"{row['measure']} {phrase(result, row, style)}"
        found.setdefault(group_label(row, result.by), []).append(words)
    groups = "; ".join(
        f"{'' if group == 'All' else f'{group}: '}{', '.join(words)}"
        for group, words in found.items()
    )
    return f"{result.title} ({handling}): {groups}."


@phrase_of("prediction size")
def subjects(result: Any, row: Row, style: Style) -> str:
    """Return ``385 subjects``."""
    return f"{row['n']} subjects"


@sentences_of("prediction size")
def prediction_size(result: Any, style: Style) -> str:
    """Say how many subjects are needed, and by which criterion."""
    row = result.table.filter(pl.col("role") == "needed").row(0, named=True)
    plural = "" if result.n_parameters == 1 else "s"
    return (
        f"A prediction model of {result.n_parameters} coefficient{plural} needs {row['n']} "
        f"subjects, {row['n_event']} of them with the outcome ({row['criterion']})."
    )
