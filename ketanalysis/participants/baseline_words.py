"""The sentences under a baseline table: who, which statistics, which differences, what to mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ketanalysis.errors import listed
from ketanalysis.participants.baseline_tests import CATEGORY_TESTS, NOT_A_TEST, NUMBER_TESTS
from ketanalysis.participants.standardised import by_chance
from ketanalysis.participants.subject_rows import Group, SubjectRows
from ketanalysis.participants.summary_statistics import QUANTILES
from ketanalysis.participants.variables import CATEGORY, DATE, FLAG, NUMBER, Variable
from ketanalysis.rates.contrasts import has_order
from ketanalysis.rounding import number

SMALL_GROUP = 30
MEANINGS = {
    "mean": "mean (SD)",
    "median": f"median [Q1, Q3] ({QUANTILES})",
    "range": "range (smallest to largest)",
}
METHODS = {NUMBER: "numbers", FLAG: "yes or no", CATEGORY: "categories"}


def baseline_notes(
    rows: SubjectRows,
    variables: Sequence[Variable],
    groups: Sequence[Group],
    by: tuple[str, ...],
    shown: Mapping[str, tuple[str, ...]],
    contrasts: pl.DataFrame,
    tests: Sequence[Mapping[str, Any]],
    level_order: str,
) -> tuple[str, ...]:
    """Return the notes of the table, each a sentence."""
    aside = "".join(f" Set aside: {count} ({reason})." for reason, count in rows.set_aside)
    return tuple(
        note
        for note in (
            f"Population: {rows.population}.{aside}",
            _statistics_note(variables, shown, level_order, rows),
            _differences_note(
                variables, groups, by, contrasts, has_order(rows.subjects[by[0]]) if by else False
            ),
            _chance_note(groups, contrasts),
            *_test_notes(tests, {v.name: v.label for v in variables}),
            _left_out_note(rows),
        )
        if note
    )


def baseline_warnings(
    variables: Sequence[Variable], groups: Sequence[Group], contrasts: pl.DataFrame
) -> tuple[str, ...]:
    """Say what a reader must not overlook: empty and small groups, lists of categories."""
    empty = [group.label for group in groups if not group.n]
    said = [f"Groups without subjects: {listed(empty)}."] if empty else []
    sizes = [group.n for group in groups if group.n]
    if contrasts["estimate"].count() and min(sizes) < SMALL_GROUP:
        said.append(
            f"The smallest group has {min(sizes)} subject{'s' if min(sizes) > 1 else ''}: large "
            "standardised differences are then common by chance alone."
        )
    said += [f"{variable.label}: {variable.note}." for variable in variables if variable.note]
    return tuple(said)


def _statistics_note(
    variables: Sequence[Variable],
    shown: Mapping[str, tuple[str, ...]],
    level_order: str,
    rows: SubjectRows,
) -> str:
    """Say what the cells are, and of which denominator."""
    kinds = {variable.kind for variable in variables}
    used = {name for v in variables if v.kind == NUMBER for name in shown[v.name]}
    parts = []
    if used:
        parts.append("Numbers: " + ", ".join(text for n, text in MEANINGS.items() if n in used))
    if kinds & {CATEGORY, FLAG}:
        parts.append("categories: n/N (%), N being the subjects of the group with a value")
    if DATE in kinds:
        parts.append("dates: first to last")
    free = [
        v.label
        for v in variables
        if v.kind == CATEGORY and not isinstance(rows.subjects.schema[v.name], pl.Enum)
    ]
    if free:
        order = "the alphabet" if level_order == "alphabet" else "frequency, the largest first"
        parts.append(f"order of the categories of {listed(free, 30)}: {order}")
    text = "; ".join(parts)
    has_missing = any(rows.subjects[v.name].null_count() for v in variables)
    missing = " Missing: of all subjects of the group." if has_missing else ""
    return f"{text[:1].upper()}{text[1:]}.{missing}"


def _differences_note(
    variables: Sequence[Variable],
    groups: Sequence[Group],
    by: tuple[str, ...],
    contrasts: pl.DataFrame,
    is_ordered: bool,
) -> str:
    if not by:
        return ""
    if contrasts.is_empty() and all(v.kind == DATE for v in variables):
        return ""
    if contrasts.is_empty() and is_ordered:
        return "No standardised differences: fewer than two groups to compare have subjects."
    if contrasts.is_empty():
        return (
            f"No standardised differences: the groups of {by[0]} have no declared order, so none "
            f"is the reference. Give {by[0]} as a polars Enum (pandas: an ordered Categorical)."
        )
    method_of = dict(contrasts.select("variable", "method").iter_rows())
    said = {METHODS[v.kind]: method_of[v.name] for v in variables if v.name in method_of}
    how = "; ".join(f"{what}, {method}" for what, method in said.items())
    held = [group.label for group in groups if group.n]
    of = f"{held[1]} minus {held[0]}" if len(held) == 2 else "later group minus earlier"
    return f"Standardised difference ({of}): {how}."


def _chance_note(groups: Sequence[Group], contrasts: pl.DataFrame) -> str:
    """Say how large a difference chance gives, for the two smallest groups."""
    sizes = sorted(group.n for group in groups if group.n)[:2]
    if contrasts.is_empty() or len(sizes) < 2:
        return ""
    limit = number(by_chance(sizes[0], sizes[1]), 2)
    return (
        f"In groups of {sizes[0]} and {sizes[1]} from one population, 1 in 20 standardised "
        f"differences of a number lies beyond {limit} either way by chance alone; of several "
        "categories, more do."
    )


def _test_notes(tests: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> tuple[str, ...]:
    if not tests:
        return ()
    names = {**NUMBER_TESTS, **CATEGORY_TESTS}
    used = dict.fromkeys(names[row["test"]] for row in tests if row.get("test") in names)
    own = [f"{labels[row['variable']]}: {row['note']}" for row in tests if row["note"]]
    return (
        f"p: {'; '.join(used) or 'no variable could be tested'}; two-sided, not adjusted for the "
        "number of tests.",
        NOT_A_TEST,
        *(f"{note}." for note in own),
    )


def _left_out_note(rows: SubjectRows) -> str:
    if not rows.left_out:
        return ""
    return f"Not described unless named in columns: {listed(rows.left_out, 30)}."
