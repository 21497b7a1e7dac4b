"""Contrasts of rates in running text: differences, ratios, numbers needed to treat, tests."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.rates.contrasts import NEEDED
from ketanalysis.rates.number_needed import INFINITY, NumberNeeded, number_needed
from ketanalysis.rounding import decimals, number, percent
from ketanalysis.tables.words import contrast_words
from ketanalysis.text.style import Style

SIGN = "\N{INFINITY}"
WEIGHTS = {"cmh": "CMH weights", "mn": "MN weights", "sample-size": "sample size weights"}


def contrast_phrase(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``14 percentage points (95 % CI 4 to 24; Miettinen-Nurminen; p = 0.007)``.

    A number needed to treat is ``NNTB 7.0 (95 % CI NNTB 4.1 to NNTB 25.5)``; a test without
    an estimate is its name and p value.
    """
    if row["measure"] == NEEDED:
        return needed_phrase(needed_of(result, row), result.conf_level, style)
    if row["estimate"] is None and row["method"]:
        return f"not estimable ({row['note'].rstrip('.')})" if row["note"] else "not estimable"
    if not row["method"]:
        return f"{method_words(row['test'])}, {style.p(row['p_value'])}"
    low, high = row["conf_low"], row["conf_high"]
    if row["measure"] == "risk difference":
        value = f"{percent(row['estimate'])} percentage points"
        ends = style.ci_percent(low, high, conf_level=result.conf_level)
    else:
        digits = decimals(low, high, 2)
        value = number(row["estimate"], digits, infinite=infinite(style))
        ends = style.ci(low, high, digits, conf_level=result.conf_level, infinite=infinite(style))
    return f"{value} ({ends}; {how(row)}; {tested(row, style)})"


def tested(row: dict[str, Any], style: Style) -> str:
    """Return the p value, with its test where that is not the one of the interval."""
    p = style.p(row["p_value"])
    is_own = row["test"].startswith(row["method"])
    return p if is_own else f"{method_words(row['test'])}, {p}"


def how(row: dict[str, Any]) -> str:
    """Return the method of a row, with the weights of its strata."""
    weights = WEIGHTS.get(row.get("weights") or "")
    return ", ".join(part for part in (method_words(row["method"]), weights) if part)


def needed_of(result: Any, row: dict[str, Any]) -> NumberNeeded | None:
    """Return the number needed to treat of a row, from the risk difference that it came from."""
    keys = [column for column in result.contrasts.columns if column.isupper()]
    same = [pl.col(key) == row[key] for key in (*keys, "missing", "contrast") if key in row]
    method = row["method"].removeprefix("reciprocal of ")
    rows = result.contrasts.filter(
        *same, pl.col("measure") == "risk difference", pl.col("method") == method
    )
    if rows.is_empty() or rows["estimate"][0] is None:
        return None
    first = rows.row(0, named=True)
    return number_needed(first["estimate"], first["conf_low"], first["conf_high"])


def needed_phrase(needed: NumberNeeded | None, conf_level: float, style: Style) -> str:
    """Return ``NNTB 5.2 (95 % CI NNTB 2.1 to infinity to NNTH 10.3)``; journals write the sign."""
    if needed is None:
        return "not estimable"
    value, ends = needed.value(1, infinite(style)), needed.ends(1, infinite(style))
    level = style.level(conf_level)
    if style.name == "apa":
        return f"{value}, {level} [{ends}]"
    return f"{value} ({level}{',' if style.name == 'jama' else ''} {ends})"


def needed_sentence(result: Any, rows: pl.DataFrame, style: Style) -> str:
    """Say the number needed to treat of each row, and what its letters mean."""
    said: list[str] = []
    legends = set()
    for row in rows.iter_rows(named=True):
        needed = needed_of(result, row)
        if needed is not None:
            phrase = needed_phrase(needed, result.conf_level, style)
            said.append(f"{contrast_words(row['contrast'])}: {phrase}")
            legends.add(needed.legend(infinite(style)))
    if not said:
        return ""
    return f" Number needed to treat, {'; '.join(said)}. {max(legends, key=len)}"


def infinite(style: Style) -> str:
    """Return how infinity is written: a word in plain text, its sign in journals."""
    return INFINITY if style.name == "plain" else SIGN
