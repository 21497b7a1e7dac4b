"""Sentences on single subjects: change at a visit, courses, shifts of severity, profiles."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import group_label
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style


@phrase_of("individual")
def one_change(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``−18.0 points (−55 %)``, or why there is no change."""
    if row["change"] is None:
        return f"no change ({row['note'] or row['status']})"
    share = row["relative_change"]
    per_cent = f" ({style.percent(share)})" if share is not None else ""
    return f"{number(row['change'])} points{per_cent}"


@sentences_of("individual")
def individual(result: Any, style: Style) -> str:
    """Say the median change of each group, its range, and how many have none."""
    rows = result.groups.filter(pl.col("measure") == "change")
    parts = [_spread(result, row) for row in rows.iter_rows(named=True)]
    return f"Change in {result.scale} at {result.visit}: {'; '.join(parts)}."


def _spread(result: Any, row: dict[str, Any]) -> str:
    name = group_label(row, result.by)
    n = f"n = {row['n']} of {row['n'] + row['n_missing']}"
    if not row["n"]:
        return f"{name} not known in anybody ({n})"
    return (
        f"{name} median {number(row['median'])} points (quartiles "
        f"{interval(row['q1'], row['q3'])}, range {interval(row['min'], row['max'])}, {n})"
    )


@phrase_of("course")
def one_course(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``84.5 days, 6 infusions, last visit``."""
    days = "not followed" if row["duration"] is None else f"{number(row['duration'])} days"
    infused = f"{row['n_infusion']} infusion{'' if row['n_infusion'] == 1 else 's'}"
    return f"{days}, {infused}, {row['end']}"


@sentences_of("course")
def course(result: Any, style: Style) -> str:
    """Say how many reached each state and relapsed, and how follow-up ended, by group."""
    lanes = result.table.with_columns(
        pl.Series("_group", [group_label(r, result.by) for r in result.table.to_dicts()])
    )
    parts = []
    for name in lanes["_group"].unique(maintain_order=True):
        own = lanes.filter(pl.col("_group") == name)
        events = result.events.filter(pl.col("number").is_in(own["number"].implode()))
        said = [f"{name}: {own.height} subjects"]
        said += [f"{kind} in {_subjects(events, kind)}" for kind in _kinds(result)]
        ends = own["end"].value_counts().sort("count", "end", descending=[True, False])
        said += [f"{count} to {_end(end)}" for end, count in ends.rows()]
        parts.append(", ".join(said))
    return f"{result.title}. {'; '.join(parts)}."


def _kinds(result: Any) -> list[str]:
    reached = [f"{state} reached" for state in result.states]
    return [*reached, *(["relapse"] if result.relapse is not None else [])]


def _subjects(events: pl.DataFrame, kind: str) -> int:
    return events.filter(pl.col("event").cast(pl.String) == kind)["number"].n_unique()


def _end(end: str) -> str:
    words = {"last visit": "the last visit", "no later score": "an earlier score"}
    return words.get(end, end)


@phrase_of("shift")
def one_shift(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``8/12 (67 %)``, or ``nobody`` where the band was empty at baseline."""
    if not row["n"]:
        return "nobody in the band at baseline"
    return f"{row['count']}/{row['n']} ({style.percent(row['estimate'])})"


@sentences_of("shift")
def shift(result: Any, style: Style) -> str:
    """Say how many of each group went to a lower band, stayed, went higher, or are missing."""
    parts = []
    for name, rows in _moves(result).items():
        said = ", ".join(f"{row['move']} {phrase(result, row, style)}" for row in rows)
        parts.append(f"{name}: {said}")
    return (
        f"Bands of {result.scale} at {result.visit} against baseline, of all subjects: "
        f"{'; '.join(parts)}."
    )


def _moves(result: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in result.moves.iter_rows(named=True):
        found.setdefault(group_label(row, result.by), []).append(row)
    return found


@phrase_of("profile")
def one_scale(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``mean 12.1 (SD 9.0), median 8.5, n = 47``."""
    if not row["n"]:
        return "nobody scored"
    return (
        f"mean {number(row['mean'])} (SD {number(row['sd'])}), median {number(row['median'])}, "
        f"n = {row['n']}"
    )


@sentences_of("profile")
def profile(result: Any, style: Style) -> str:
    """Say mean and median of each scale and group."""
    parts = [
        f"{row['outcome']}{_in(result, row)} {phrase(result, row, style)}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"At {result.visit}: {'; '.join(parts)}."


def _in(result: Any, row: dict[str, Any]) -> str:
    return f" in {group_label(row, result.by)}" if result.by else ""
