"""The words of cumulative incidence figures: caption and alt text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ketanalysis.figures.risk_rows import rows_words
from ketanalysis.figures.style import clean, with_place
from ketanalysis.figures.survival_words import clock_of, cut_words, enters_late
from ketanalysis.figures.words import among, caption_of, joined
from ketanalysis.rounding import p_value, percent
from ketanalysis.tables.registry import group_label, level


def incidence_caption(
    result: Any,
    names: list[str],
    causes: Sequence[str],
    drawn: tuple[int | None, bool, Sequence[str]],
    ends: Mapping[str, float],
) -> str:
    """Return the caption of curves; `drawn` is min_at_risk, show_band and the rows."""
    given, show_band, rows = drawn
    band = f" with {result.conf_type} {100 * result.conf_level:g} % confidence bands"
    tests = [
        f"{row['test']} of {clean(row['cause'])}: {p_value(row['p_value'])}"
        for row in result.tests.iter_rows(named=True)
        if row["p_value"] is not None and row["cause"] in causes
    ]
    return caption_of(
        result,
        f"Cumulative incidence of {joined(map(clean, causes))} by {clock_of(result)} "
        f"(Aalen-Johansen) {_groups(result, names)}{band if show_band else ''}",
        _competing(result, causes),
        "upright ticks are censored subjects" if result.table["n_censored"].sum() else "",
        "subjects are at risk from entry on" if enters_late(result) else "",
        _cut(result, given, ends),
        rows_words(rows) if len(rows) > 1 else "",
        *tests,
    )


def stacked_caption(
    result: Any, names: list[str], given: int | None, ends: Mapping[str, float]
) -> str:
    """Return the caption of stacked incidences."""
    return caption_of(
        result,
        f"What became of the subjects by {clock_of(result)} (Aalen-Johansen) "
        f"{_groups(result, names)}",
        f"areas: {joined(map(clean, result.causes))}; white: free of every event",
        _cut(result, given, ends),
    )


def incidence_alt(result: Any, causes: Sequence[str], *, is_stacked: bool = False) -> str:
    """Return what the curves show, for those who do not see them."""
    parts = []
    for row in result.groups.iter_rows(named=True):
        if row["cause"] not in causes:
            continue
        ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
        what = (
            f"{clean(row['cause'])} in {row['n_event']} of {row['n']} subjects, "
            f"{percent(row['estimate'])} % ({level(result.conf_level)} {ends}) by "
            f"{row['time']:g} {result.time_unit}"
        )
        name = f"{clean(group_label(row, result.by))}: " if result.by else ""
        parts.append(f"{name}{what}.")
    kind = "Stacked areas" if is_stacked else "Curves"
    return f"{kind} of the cumulative incidence of {joined(map(clean, causes))}. {' '.join(parts)}"


def _groups(result: Any, names: list[str]) -> str:
    ns = result.groups.filter(cause=result.causes[0])["n"].to_list()
    return among(names, [(n, n) for n in ns])


def _competing(result: Any, causes: Sequence[str]) -> str:
    others = [clean(cause) for cause in result.causes if cause not in causes]
    return (
        f"{joined(others)} competes"
        if len(others) == 1
        else (f"{joined(others)} compete" if others else "")
    )


def _cut(result: Any, given: int | None, ends: Mapping[str, float]) -> str:
    keyed = result.table.with_columns(with_place(result.table, result.by).alias("_place"))
    ns = result.groups.filter(cause=result.causes[0])["n"].to_list()
    return cut_words(ns, given, dict(ends), keyed)
