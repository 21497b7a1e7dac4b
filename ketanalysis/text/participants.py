"""Sentences on the subjects: who they are, who left and why, what else they took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ketanalysis.participants.flow import REACHED
from ketanalysis.participants.subject_rows import ALL
from ketanalysis.participants.variables import CATEGORY, DATE, NUMBER
from ketanalysis.rounding import NOT_ESTIMABLE, decimals, number
from ketanalysis.tables.baseline import group_of
from ketanalysis.tables.disposition import sentence_case
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style

MOST_REASONS, MOST_LEVELS = 3, 6  # that a sentence names; the table has all


def counted(count: int, n: int, style: Style) -> str:
    """Return ``17/31 (55 %)``, ``17/31 (55%)`` or ``17 of 31 (55%)``."""
    shown = style.percent(count / n) if n else NOT_ESTIMABLE
    return f"{count} of {n} ({shown})" if style.name == "jama" else f"{count}/{n} ({shown})"


@phrase_of("baseline")
def characteristic(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``mean 44.1 (SD 12.0)``, ``median 15.0 (Q1 to Q3 7.0 to 28.0)`` or a share."""
    if row["kind"] == DATE:
        return f"{row['earliest'] or 'NE'} to {row['latest'] or 'NE'}"
    if row["kind"] != NUMBER:
        return counted(row["count"], row["n"], style)
    digits = decimals(0.0, row["sd"]) if row["sd"] else 1
    shown = result.shown[row["variable"]]
    if "mean" in shown:
        mean, sd = number(row["mean"], digits), number(row["sd"], digits)
        return f"M = {mean}, SD = {sd}" if style.name == "apa" else f"mean {mean} (SD {sd})"
    if "median" in shown:
        q1, q3 = number(row["q1"], digits), number(row["q3"], digits)
        middle = number(row["median"], digits)
        if style.name == "apa":
            return f"Mdn = {middle}, IQR [{q1}, {q3}]"
        return f"median {middle} (Q1 to Q3 {q1} to {q3})"
    return f"range {number(row['min'], digits)} to {number(row['max'], digits)}"


@sentences_of("baseline")
def baseline(result: Any, style: Style) -> str:
    """Say each characteristic by group, and the largest standardised difference."""
    rows = [r for r in result.table.to_dicts() if not (result.by and _is_all(r, result.by))]
    sizes = {group_of(row, result.by): row["total"] for row in rows}
    who = ", ".join(f"{_named(group)} n = {n}" for group, n in sizes.items())
    parts = [
        part
        for name in dict.fromkeys(row["variable"] for row in rows)
        for part in _variable(result, [row for row in rows if row["variable"] == name], style)
    ]
    return f"{result.title} ({who}). {'; '.join(parts)}.{_largest(result)}"


def _variable(result: Any, rows: list[dict[str, Any]], style: Style) -> list[str]:
    """Return a part a category; of two categories the first says all, of many the table does."""
    label = result.labels[rows[0]["variable"]]
    levels = list(dict.fromkeys(row["level"] for row in rows))
    if len(levels) > MOST_LEVELS:
        return [f"{label}: {len(levels)} categories, see the table"]
    parts = []
    for level in levels[:1] if len(levels) == 2 else levels:
        words = f"{label}, {level}" if rows[0]["kind"] == CATEGORY else label
        groups = [
            f"{_prefix(group_of(row, result.by))}{_in_brackets(result, row, style)}"
            for row in rows
            if row["level"] == level
        ]
        parts.append(f"{words}: {', '.join(groups)}")
    return parts


def _in_brackets(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return a characteristic; where it is a list itself ("M = 1, SD = 2"), in brackets."""
    words = characteristic(result, row, style)
    return f"({words})" if style.name == "apa" and ", " in words else words


def _largest(result: Any) -> str:
    """Return the sentence on the largest standardised difference, where there is one."""
    known = result.contrasts.drop_nulls("estimate")
    if known.is_empty():
        return ""
    row = known.sort(pl.col("estimate").abs(), descending=True).row(0, named=True)
    return (
        f" The largest standardised difference was {number(abs(row['estimate']), 2)} "
        f"({result.labels[row['variable']]})."
    )


@phrase_of("disposition")
def stage(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``38/48 (79 %)``: those who reached the stage, or left for the reason."""
    return counted(row["count"], row["total"], style)


@sentences_of("disposition")
def disposition(result: Any, style: Style) -> str:
    """Say each stage by group, and the most frequent reasons for not reaching it."""
    parts = []
    for role, words, _, _ in result.stages:
        rows = result.table.filter(pl.col("stage") == words)
        reached = rows.filter(pl.col("reason") == REACHED).to_dicts()
        if role in ("screened", "entered"):
            parts.append(f"{words.capitalize()}: {_entered(reached, result.by)}")
            continue
        arms = [row for row in reached if not _is_all(row, result.by)] or reached
        groups = [f"{_prefix(group_of(r, result.by))}{stage(result, r, style)}" for r in arms]
        parts.append(f"{words.capitalize()}: {', '.join(groups)}{_why(rows, result.by)}")
    return f"{'. '.join(parts)}."


def _entered(rows: Sequence[dict[str, Any]], by: Sequence[str]) -> str:
    """Return ``96 (midazolam 48, ketamine 48)``."""
    whole = sum(row["count"] for row in rows if _is_all(row, by))
    arms = ", ".join(f"{group_of(row, by)} {row['count']}" for row in rows if not _is_all(row, by))
    return f"{whole} ({arms})" if arms else str(whole)


def _why(rows: pl.DataFrame, by: Sequence[str]) -> str:
    """Return the most frequent reasons of all subjects, ``; not: lack of efficacy 15, ...``."""
    whole = rows.filter([pl.col(column).is_null() for column in by]) if by else rows
    reasons = whole.filter((pl.col("reason") != REACHED) & (pl.col("count") > 0))
    if reasons.is_empty():
        return ""
    shown = [
        f"{sentence_case(row['reason']).lower()} {row['count']}"
        for row in reasons.head(MOST_REASONS).iter_rows(named=True)
    ]
    rest = sum(reasons["count"].to_list()[MOST_REASONS:])
    others = [f"other reasons {rest}"] if rest else []
    return f" (did not: {', '.join([*shown, *others])})"


def _is_all(row: dict[str, Any], by: Sequence[str]) -> bool:
    return group_of(row, by) == ALL


@phrase_of("concomitant")
def treated(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return a share, with its interval where one was asked for."""
    if row["method"] is None:
        return counted(row["count"], row["n"], style)
    return style.share(
        row["count"],
        row["n"],
        row["estimate"],
        row["conf_low"],
        row["conf_high"],
        conf_level=result.conf_level,
    )


@sentences_of("concomitant")
def concomitant(result: Any, style: Style) -> str:
    """Say in how many each treatment was in use during the trial, and rescue."""
    during = result.table.filter((pl.col("period") == "during") & (pl.col("count") > 0))
    parts = []
    for name in during["treatment"].unique(maintain_order=True):
        rows = result.table.filter((pl.col("period") == "during") & (pl.col("treatment") == name))
        groups = [
            f"{_prefix(group_of(row, result.by))}{treated(result, row, style)}"
            for row in rows.iter_rows(named=True)
        ]
        parts.append(f"{sentence_case(name)}: {', '.join(groups)}")
    found = "; ".join(parts) or "Nobody took any"
    return f"Taken during the trial. {found}."


def _named(group: str) -> str:
    return "all subjects" if group == ALL else group


def _prefix(group: str) -> str:
    return "" if group == ALL else f"{group} "
