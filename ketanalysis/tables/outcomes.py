"""Tables of further outcomes: categories, conditional outcomes, infusions, curves of response."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.rates.conditional import MISSING as BOTH_MISSING
from ketanalysis.rates.responder_curve import MISSING as CURVE_MISSING
from ketanalysis.rates.thresholds import AREA
from ketanalysis.rates.two_outcomes import DIFFERENCE, GIVEN, NOT_GIVEN
from ketanalysis.rounding import number, p_digits, p_value, percent
from ketanalysis.tables.registry import (
    group_label,
    heading_of,
    level,
    share_cells,
    share_columns,
    table_of,
)
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_NAMES, contrast_words, handling_words

Row = dict[str, Any]
Key = Callable[[Row], Hashable]
RECEIVED = "Of those who received the infusion"
BEGAN = "Of all who began"


def _labels(result: Any) -> list[str]:
    """Return the groups of a result in their order."""
    return list(dict.fromkeys(group_label(row, result.by) for row in result.table.to_dicts()))


def _in_order(rows: Iterable[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return the different values of some columns, in the order of the rows."""
    return list(dict.fromkeys(tuple(row[column] for column in columns) for row in rows))


def _difference_columns(result: Any, names: Sequence[str]) -> list[Column]:
    """Return two columns a contrast: the risk difference with its interval, and p."""
    shown = f"Difference ({level(result.conf_level)}), points"
    columns = []
    for name in names:
        words = contrast_words(name, _labels(result))
        columns += [Column(shown, spanner=words), Column("p", spanner=words)]
    return columns


def _differences(result: Any, key: Key) -> tuple[list[str], dict[Any, list[str]]]:
    """Return the contrasts of one by-column, and the two cells of each under its key."""
    if len(result.by) != 1 or result.contrasts.is_empty():
        return [], {}
    first = result.contrasts["method"][0]
    chosen = (pl.col("measure") == "risk difference") & (pl.col("method") == first)
    rows = result.contrasts.filter(chosen).to_dicts()
    cells = {
        (row["contrast"], key(row)): [
            f"{percent(row['estimate'])} ({percent(row['conf_low'])} to "
            f"{percent(row['conf_high'])})",
            p_digits(row["p_value"]),
        ]
        for row in rows
    }
    return [name for (name,) in _in_order(rows, "contrast")], cells


def _how(result: Any, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    method = method_words(result.contrasts["method"][0])
    return (f"Difference in percentage points, interval and test by {method}.",)


def _definition(result: Any) -> tuple[str, ...]:
    return () if result.definition is None else (result.definition.sentence(result.scale),)


@table_of("categories")
def categories(result: Any) -> Table:
    """One row a category, in blocks by handling and visit; a block of columns a group."""
    rows = result.table.to_dicts()
    key: Key = lambda row: (row["missing"], row["AVISIT"], row["category"])  # noqa: E731
    cells = {(group_label(row, result.by), key(row)): row for row in rows}
    names, apart = _differences(result, key)
    groups = _labels(result)
    lines, blocks = [], []
    for handling, visit in _in_order(rows, "missing", "AVISIT"):
        own = [row for row in rows if (row["missing"], row["AVISIT"]) == (handling, visit)]
        of_block = [name for (name,) in _in_order(own, "category")]
        for name in of_block:
            at = (handling, visit, name)
            line = [name]
            for group in groups:
                line += share_cells(cells.get((group, at)))
            for contrast in names:
                line += apart.get((contrast, at), ["", ""])
            lines.append(tuple(line))
        blocks.append((f"{visit} (missing scores: {HANDLING_NAMES[handling]})", len(of_block)))
    columns = (
        Column("Category", "left"),
        *share_columns(groups, result.conf_level),
        *_difference_columns(result, names),
    )
    notes = (*_definition(result), *result.notes, *_how(result, names))
    return Table(result.title, columns, tuple(lines), tuple(blocks), notes)


def _missing(handling: str, meaning: dict[str, str]) -> str:
    return f"Missing scores: {handling_words(handling, meaning)}"


@table_of("infusions")
def infusions(result: Any) -> Table:
    """One row an infusion, in two blocks: of those who received it, and of all who began."""
    rows = result.table.to_dicts()
    key: Key = lambda row: (row["denominator"], row["infusion"])  # noqa: E731
    cells = {(group_label(row, result.by), key(row)): row for row in rows}
    names, apart = _differences(result, key)
    groups = _labels(result)
    numbers = [k for (k,) in _in_order(rows, "infusion")]
    lines = []
    for denominator in ("received", "began"):
        for k in numbers:
            line = [str(k)]
            for group in groups:
                line += share_cells(cells.get((group, (denominator, k))))
            for contrast in names:
                line += apart.get((contrast, (denominator, k)), ["", ""])
            lines.append(tuple(line))
    handling = next(row["missing"] for row in rows if row["denominator"] == "received")
    of_them = "and were scored after it" if handling == "observed" else "no score is a failure"
    blocks = (
        (f"{RECEIVED} ({of_them})", len(numbers)),
        (f"{BEGAN} (no infusion or no score is a failure)", len(numbers)),
    )
    columns = (
        Column("Infusion", "left"),
        *share_columns(groups, result.conf_level),
        *_difference_columns(result, names),
    )
    notes = (*_definition(result), *result.notes, *_how(result, names))
    return Table(result.title, columns, tuple(lines), blocks, notes)


@table_of("conditional")
def conditional(result: Any) -> Table:
    """One row a measure: the two shares, their difference, and how well one tells the other."""
    rows = result.table.to_dicts()
    cells = {(group_label(r, result.by), r["missing"], r["measure"]): r for r in rows}
    groups = _labels(result)
    words = {
        GIVEN: f"Of those with {result.earlier}",
        NOT_GIVEN: "Of those without it",
        DIFFERENCE: "Difference, points",
    }
    measures = [name for (name,) in _in_order(rows, "measure")]
    handlings = [name for (name,) in _in_order(rows, "missing")]
    lines = []
    for handling in handlings:
        for measure in measures:
            line = [words.get(measure, measure.capitalize())]
            for group in groups:
                line += _measure_cells(cells[group, handling, measure])
            lines.append(tuple(line))
    blocks = tuple((_missing(name, BOTH_MISSING), len(measures)) for name in handlings)
    columns = (Column(result.later, "left"), *share_columns(groups, result.conf_level))
    notes = (f"Later outcome: {result.definition.sentence(result.scale)}", *result.notes)
    return Table(result.title, columns, tuple(lines), blocks, notes)


def _measure_cells(row: Row) -> list[str]:
    if row["measure"] != DIFFERENCE:
        return share_cells(row)
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return [p_value(row["p_value"]), percent(row["estimate"]), ends]


@table_of("responder curve")
def responder_curve(result: Any) -> Table:
    """One row every ten per cent of improvement, a block of columns a group."""
    rows = result.table.filter((pl.col("threshold") * 100).round().cast(pl.Int64) % 10 == 0)
    found = rows.to_dicts()
    cells = {(group_label(r, result.by), r["missing"], r["threshold"]): r for r in found}
    groups = _labels(result)
    handlings = [name for (name,) in _in_order(found, "missing")]
    thresholds = [value for (value,) in _in_order(found, "threshold")]
    lines = []
    for handling in handlings:
        for threshold in thresholds:
            line = [f"{percent(threshold)} %"]
            for group in groups:
                line += share_cells(cells.get((group, handling, threshold)))
            lines.append(tuple(line))
    blocks = tuple((_missing(name, CURVE_MISSING), len(thresholds)) for name in handlings)
    columns = (Column("Improved by at least", "left"), *share_columns(groups, result.conf_level))
    notes = (*result.notes, *area_words(result))
    return Table(result.title, columns, tuple(lines), blocks, notes)


def area_words(result: Any) -> tuple[str, ...]:
    """Return the area between two curves in words, one sentence a contrast and handling."""
    labels = _labels(result)
    return tuple(
        f"Area between the curves, {contrast_words(row['contrast'], labels)} "
        f"({row['missing']}): {percent(row['estimate'], 1)} percentage points "
        f"({level(result.conf_level)} {percent(row['conf_low'], 1)} to "
        f"{percent(row['conf_high'], 1)})."
        for row in result.areas.filter(pl.col("measure") == AREA).to_dicts()
    )


@table_of("cumulative response")
def cumulative(result: Any) -> Table:
    """One row a time; a block of columns a group: responded by then, still waiting, share."""
    rows = result.table.to_dicts()
    cells = {(group_label(row, result.by), row["time"]): row for row in rows}
    groups = _labels(result)
    columns = [Column(f"Time, {result.time_unit}", "left")]
    for group in groups:
        columns += [
            Column(label, spanner=heading_of(group))
            for label in ("Responded", "At risk", "%", level(result.conf_level))
        ]
    lines = []
    for (time,) in _in_order(rows, "time"):
        line = [number(time, 0 if float(time).is_integer() else 2)]
        for group in groups:
            row = cells[group, time]
            ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
            counted = [str(row["n_event"]), str(row["n_at_risk"])]
            line += [*counted, percent(row["estimate"]), ends]
        lines.append(tuple(line))
    notes = (
        *_definition(result),
        *result.notes,
        "At risk: still followed and not responding just before the time.",
        *(
            f"{row['test'].capitalize()} test of the whole curves: {p_value(row['p_value'])}."
            for row in result.curve.tests.iter_rows(named=True)
        ),
    )
    return Table(result.title, tuple(columns), tuple(lines), notes=notes)
