"""Sentences on models: coefficients, least-squares means, their contrasts, tests of terms."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import number
from ketanalysis.tables.registry import group_label
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("contrasts")
@phrase_of("model")
def contrast(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``−4.1 (95 % CI −7.2 to −1.0; t = −2.61, df 92.4, p = 0.011)``."""
    from ketanalysis.rounding import decimals

    low, high = row["conf_low"], row["conf_high"]
    digits = decimals(low, high)
    ends = style.ci(low, high, digits, conf_level=result.conf_level)
    adjusted = row.get("p_adjusted")
    p = style.p(row["p_value"] if adjusted is None else adjusted)
    return f"{number(row['estimate'], digits)} ({ends}; {_t(row, style)}, {p})"


def _t(row: dict[str, Any], style: Style) -> str:
    statistic, df = number(row["statistic"], 2), number(row["df"], 1)
    if style.name == "apa":
        return f"t({df}) = {statistic}"
    return f"t = {statistic}, df {df}"


@phrase_of("terms")
def term(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``F = 3.52, df 3 and 92.4, p = 0.018``."""
    statistic, df = number(row["statistic"], 2), number(row["df_den"], 1)
    if style.name == "apa":
        return f"F({row['df_num']}, {df}) = {statistic}, {style.p(row['p_value'])}"
    return f"F = {statistic}, df {row['df_num']} and {df}, {style.p(row['p_value'])}"


@sentences_of("contrasts")
def contrasts(result: Any, style: Style) -> str:
    """Say the contrasts at the last level of what they stand within."""
    rows = _at_last(result)
    parts = []
    for row in rows.iter_rows(named=True):
        where = f" at {group_label(row, result.within)}" if result.within else ""
        parts.append(f"{contrast_words(row['contrast'])}{where} {phrase(result, row, style)}")
    return f"Difference of least-squares means of {result.scale}: {'; '.join(parts)}."


@sentences_of("means")
def means(result: Any, style: Style) -> str:
    """Say the means at the last level of what they stand within."""
    parts = [
        f"{group_label(row, [*result.by])} {phrase(result, row, style)}"
        for row in _at_last(result).iter_rows(named=True)
    ]
    where = f" at {_last(result)}" if result.within else ""
    return f"Least-squares means of {result.scale}{where}: {'; '.join(parts)}."


@sentences_of("terms")
def terms(result: Any, style: Style) -> str:
    """Say the test of each term."""
    parts = [
        f"{row['term']} {phrase(result, row, style)}" for row in result.table.iter_rows(named=True)
    ]
    return f"Tests of the terms of {result.scale}: {'; '.join(parts)}."


@sentences_of("model")
def model(result: Any, style: Style) -> str:
    """Say what was fitted, to how many, and each coefficient."""
    row = result.criteria.row(0, named=True)
    parts = [
        f"{one['term']} {phrase(result, one, style)}"
        for one in result.table.filter(pl.col("estimate").is_not_null()).iter_rows(named=True)
    ]
    return (
        f"{result.title}, fitted to {row['n_observations']} scores of {row['n']} subjects: "
        f"{'; '.join(parts)}."
    )


def _at_last(result: Any) -> pl.DataFrame:
    """Return the rows at the last level of the factors that divide the table."""
    rows: pl.DataFrame = result.table
    for name in result.within:
        rows = rows.filter(pl.col(name) == result.table[name][-1])
    return rows


def _last(result: Any) -> str:
    return " / ".join(str(result.table[name][-1]) for name in result.within)
