"""What each kind of result looks like as a table: one function a kind, chosen by its class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import method_words
from ketanalysis.results import Result
from ketanalysis.rounding import (
    NOT_ESTIMABLE,
    NOT_REACHED,
    decimals,
    interval,
    number,
    p_digits,
    p_value,
    percent,
)
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_WORDS, TEST_NAMES, contrast_words

Builder = Callable[[Any], Table]
BUILDERS: dict[str, Builder] = {}


def table_of(kind: str) -> Callable[[Builder], Builder]:
    """Register the function that tabulates results of a kind (`Result.kind`)."""

    def register(builder: Builder) -> Builder:
        BUILDERS[kind] = builder
        return builder

    return register


def tabulate(result: Result) -> Table:
    """Return the table of a result, with its notes and warnings under it."""
    if result.kind not in BUILDERS:
        raise ArgumentError(f"There is no table for results of the kind {result.kind!r}.")
    table = BUILDERS[result.kind](result)
    simulated = ("Simulated data.",) if result.simulated else ()
    warnings = tuple(f"Note well: {warning}" for warning in result.warnings)
    return table.with_notes(*simulated, *warnings)


def group_label(row: dict[str, Any], by: Sequence[str]) -> str:
    """Return the group of a row as text; ``All`` where nothing divides the subjects."""
    return " / ".join(str(row[column]) for column in by) or "All"


def heading_of(group: str) -> str:
    """Return the words over the columns of a group."""
    return "All subjects" if group == "All" else group


def level(conf_level: float) -> str:
    """Return the label of an interval column, ``95 % CI``."""
    return f"{conf_level * 100:g} % CI"


@table_of("rates")
def rates(result: Any) -> Table:
    """One row a visit, a block of columns a group, then the risk difference to the reference."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(group_label(r, result.by), r["AVISIT"], r["missing"]): r for r in rows}
    visits = list(dict.fromkeys(row["AVISIT"] for row in rows))
    handlings = list(dict.fromkeys(row["missing"] for row in rows))
    contrasts = _differences(result)
    names = list(dict.fromkeys(key[0] for key in contrasts))
    columns = [Column("Visit", "left")]
    for group in groups:
        columns += [
            Column("n/N", spanner=heading_of(group)),
            Column("%", spanner=heading_of(group)),
            Column(level(result.conf_level), spanner=heading_of(group)),
        ]
    for name in names:
        words = contrast_words(name, groups)
        shown = f"Difference ({level(result.conf_level)}), points"
        columns += [Column(shown, spanner=words), Column("p", spanner=words)]
    lines = []
    for handling in handlings:
        for visit in visits:
            line = [visit]
            for group in groups:
                line += _rate_cells(cells.get((group, visit, handling)))
            for name in names:
                line += contrasts.get((name, visit, handling), ["", ""])
            lines.append(tuple(line))
    groups_of_rows = tuple(
        (f"Missing scores: {HANDLING_WORDS[name]}", len(visits)) for name in handlings
    )
    method = result.contrasts["method"][0] if names else ""
    how = f"Difference in percentage points, interval and test by {method_words(method)}."
    note = how if names else ""
    return Table(
        result.title,
        tuple(columns),
        tuple(lines),
        groups_of_rows,
        (str(result.definition.sentence(result.scale)), *result.notes, *((note,) if note else ())),
    )


def _rate_cells(row: dict[str, Any] | None) -> list[str]:
    if row is None:
        return ["", "", ""]
    low, high = percent(row["conf_low"]), percent(row["conf_high"])
    return [f"{row['count']}/{row['n']}", percent(row["estimate"]), f"{low} to {high}"]


def _differences(result: Any) -> dict[tuple[str, str, str], list[str]]:
    if result.contrasts.is_empty() or len(result.by) != 1:
        return {}
    first = result.contrasts["method"][0]
    rows = result.contrasts.filter(
        (pl.col("measure") == "risk difference") & (pl.col("method") == first)
    )
    return {
        (row["contrast"], row["AVISIT"], row["missing"]): [
            f"{percent(row['estimate'])} ({percent(row['conf_low'])} to "
            f"{percent(row['conf_high'])})",
            p_digits(row["p_value"]),
        ]
        for row in rows.iter_rows(named=True)
    }


@table_of("survival")
def survival(result: Any) -> Table:
    """One row a group: subjects, events, median with interval."""
    rows = [
        (
            group_label(row, result.by),
            str(row["n"]),
            str(row["n_event"]),
            number(row["median"], 1, infinite=NOT_REACHED),
            interval(row["conf_low"], row["conf_high"], infinite=NOT_REACHED),
        )
        for row in result.medians.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column("n"),
        Column("Events"),
        Column(f"Median, {result.time_unit}"),
        Column(level(result.conf_level)),
    )
    tests = [
        f"{row['test'].capitalize()} test: {p_value(row['p_value'])}."
        for row in result.tests.iter_rows(named=True)
    ]
    cells = " ".join(cell for row in rows for cell in row[3:])
    signs = {NOT_REACHED: "not reached", NOT_ESTIMABLE: "not estimable"}
    signs = {sign: words for sign, words in signs.items() if sign in cells}
    told = "; ".join(f"{sign}: {words}" for sign, words in signs.items())
    return Table(
        result.title,
        columns,
        tuple(rows),
        notes=(*result.notes, *tests, *((f"{told}.",) if told else ())),
    )


@table_of("milestones")
def milestones(result: Any) -> Table:
    """One row a group and time: share still free of the event, with interval."""
    rows = [
        (
            group_label(row, result.by),
            number(row["time"], 0 if float(row["time"]).is_integer() else 1),
            percent(row["survival"]),
            f"{percent(row['conf_low'])} to {percent(row['conf_high'])}",
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column(f"Time, {result.time_unit}"),
        Column("Free of the event, %"),
        Column(level(result.conf_level)),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("at_risk")
def at_risk(result: Any) -> Table:
    """One row a group and time: subjects at risk."""
    rows = [
        (group_label(row, result.by), number(row["time"], 0), str(row["n_at_risk"]))
        for row in result.table.iter_rows(named=True)
    ]
    columns = (Column("Group", "left"), Column(f"Time, {result.time_unit}"), Column("At risk"))
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("survival_comparison")
def survival_comparison(result: Any) -> Table:
    """One row: the test of the curves."""
    rows = [
        (row["test"], number(row["statistic"], 2), number(row["df"], 0), p_digits(row["p_value"]))
        for row in result.table.iter_rows(named=True)
    ]
    columns = (Column("Test", "left"), Column("Chi-square"), Column("df"), Column("p"))
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("change")
def change(result: Any) -> Table:
    """One row a visit, a block of columns a group: n, mean score (SD), mean change."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(group_label(r, result.by), r["AVISIT"], r["measure"]): r for r in rows}
    visits = list(dict.fromkeys(row["AVISIT"] for row in rows))
    columns = [Column("Visit", "left")]
    for group in groups:
        columns += [
            Column("n", spanner=heading_of(group)),
            Column("Mean (SD)", spanner=heading_of(group)),
            Column(f"Change ({level(result.conf_level)})", spanner=heading_of(group)),
        ]
    lines = []
    for visit in visits:
        line = [visit]
        for group in groups:
            score, moved = cells[group, visit, "score"], cells.get((group, visit, "change"))
            line += [
                str(score["n"]),
                f"{number(score['mean'])} ({number(score['sd'])})",
                f"{number(moved['mean'])} ({interval(moved['conf_low'], moved['conf_high'])})"
                if moved
                else "",
            ]
        lines.append(tuple(line))
    return Table(result.title, tuple(columns), tuple(lines), notes=result.notes)


@table_of("comparison")
@table_of("responders")
def comparison(result: Any) -> Table:
    """One row an outcome and test: groups, difference, effect size, p."""
    by = list(getattr(result, "by", ())) if result.kind == "responders" else []
    has_adjusted = result.table["p_adjusted"].null_count() < result.table.height
    has_several = result.table["outcome"].n_unique() > 1
    columns = [
        *([Column("Score", "left")] if has_several else []),
        Column("Test", "left"),
        Column("n", spanner=_side(result, result.group)),
        Column("Mean", spanner=_side(result, result.group)),
        Column("n", spanner=_side(result, result.reference)),
        Column("Mean", spanner=_side(result, result.reference)),
        Column(f"Difference ({level(result.conf_level)})"),
        Column(f"Hedges g ({level(result.conf_level)})"),
        Column("p"),
    ]
    columns += [Column("p, adjusted")] if has_adjusted else []
    lines, groups = [], []
    for row in result.table.iter_rows(named=True):
        digits = decimals(row["conf_low"], row["conf_high"])
        line = [
            *([row["outcome"]] if has_several else []),
            TEST_NAMES.get(row["test"], row["test"]),
            str(row["n"]),
            number(row["mean"], digits),
            str(row["n_reference"]),
            number(row["mean_reference"], digits),
            f"{number(row['estimate'], digits)} "
            f"({interval(row['conf_low'], row['conf_high'], digits)})",
            _effect(row),
            p_digits(row["p_value"]),
        ]
        line += [p_digits(row["p_adjusted"])] if has_adjusted else []
        lines.append(tuple(line))
        groups.append(_block(row, by))
    notes = dict.fromkeys(n for n in result.table["note"].to_list() if n)
    if "Hodges-Lehmann shift" in result.table["measure"]:
        notes["The Mann-Whitney rows give the Hodges-Lehmann shift, not a difference of means"] = (
            None
        )
    return Table(
        result.title,
        tuple(columns),
        tuple(lines),
        _runs(groups),
        (*result.notes, *(f"{note}." for note in notes), *_twin_notes(result, by)),
    )


def _side(result: Any, group: str) -> str:
    """Return the name of a group as a heading; a label of the data stays as it is."""
    return group.capitalize() if result.kind == "responders" else group


def _block(row: dict[str, Any], by: list[str]) -> str:
    if "missing" not in row:
        return ""
    where = f"{group_label(row, by)}; " if by else ""
    words = f"{where}missing response scores: {HANDLING_WORDS[row['missing']]}"
    return words[:1].upper() + words[1:] if not by else words


def _runs(labels: list[str]) -> tuple[tuple[str, int], ...]:
    runs: list[tuple[str, int]] = []
    for label in labels:
        if runs and runs[-1][0] == label:
            runs[-1] = (label, runs[-1][1] + 1)
        else:
            runs.append((label, 1))
    return tuple(runs) if any(label for label, _ in runs) else ()


def _effect(row: dict[str, Any]) -> str:
    if row["effect_size"] is None or (row["role"] != "primary" and row["test"] == "mann-whitney"):
        return ""
    return f"{number(row['effect_size'], 2)} ({interval(row['effect_low'], row['effect_high'], 2)})"


def _twin_notes(result: Any, by: list[str]) -> list[str]:
    twin = getattr(result, "twin", None)
    if twin is None:
        return []
    return [
        f"Without a cut-off{', ' + group_label(row, by) if by else ''}: Spearman correlation of "
        f"{row['outcome']} with improvement in points {number(row['estimate'], 2)} "
        f"({interval(row['conf_low'], row['conf_high'], 2)}), n = {row['n']}."
        for row in twin.iter_rows(named=True)
    ]


@table_of("adverse events")
def adverse_events(result: Any) -> Table:
    """One row an event, a block of columns a group: subjects with the event of those exposed."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    events = list(dict.fromkeys(row["AEDECOD"] for row in rows))
    cells = {(group_label(r, result.by), r["AEDECOD"]): r for r in rows}
    columns = [Column("Event", "left")]
    for group in groups:
        columns += [
            Column("n/N", spanner=heading_of(group)),
            Column("%", spanner=heading_of(group)),
            Column(level(result.conf_level), spanner=heading_of(group)),
        ]
    lines = [
        (event, *(cell for group in groups for cell in _rate_cells(cells.get((group, event)))))
        for event in events
    ]
    return Table(result.title, tuple(columns), tuple(lines), notes=result.notes)
