"""What a result says in words: the console summary, sentences for a paper, inline numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.glossary import method_words
from ketanalysis.results import Result
from ketanalysis.rounding import NOT_REACHED, decimals, interval, number, p_value, percent
from ketanalysis.tables import tabulate, to_text
from ketanalysis.tables.build import group_label

Writer = Callable[[Any], str]
SENTENCES: dict[str, Writer] = {}
WIDTH = 88


def sentences_of(kind: str) -> Callable[[Writer], Writer]:
    """Register the function that writes the sentences of a kind of result."""

    def register(writer: Writer) -> Writer:
        SENTENCES[kind] = writer
        return writer

    return register


def summary(result: Result) -> str:
    """Return title, table and notes as console text."""
    from textwrap import fill

    table = tabulate(result)
    notes = [fill(note, WIDTH, initial_indent="  ", subsequent_indent="  ") for note in table.notes]
    return "\n".join([table.title, "", to_text(table), "", *notes])


def sentences(result: Result) -> str:
    """Return sentences for a paper: what was found, by which definition and method."""
    if result.kind not in SENTENCES:
        raise ArgumentError(f"There are no sentences for results of the kind {result.kind!r}.")
    found = SENTENCES[result.kind](result)
    mark = " Data are simulated." if result.simulated else ""
    return f"{found} {' '.join(result.notes)}{mark}".strip()


def glance(result: Result) -> pl.DataFrame:
    """Return one row on the whole result."""
    return pl.DataFrame(
        {
            "title": [result.title],
            "rows": [result.table.height],
            "conf_level": [result.conf_level],
            "simulated": [result.simulated],
            "warnings": [len(result.warnings)],
        }
    )


def inline(result: Result, *where: object, **by: object) -> str:
    """Return one estimate as running text; `where` and `by` choose one row of the table.

    Each value of `where` is matched with the columns that name the row (a visit, a group, a
    time, a handling of missing scores); `by` names the column: ``arm="ketamine"`` is TRT01P.
    """
    rows: pl.DataFrame = getattr(result, "medians", result.table)
    keys = [c for c, t in rows.schema.items() if c.isupper() or t in (pl.String, pl.Enum)]
    keys += [c for c in (*getattr(result, "by", ()), "time") if c in rows.columns and c not in keys]
    named = {"TRT01P" if key == "arm" else key: value for key, value in by.items()}
    for column in named:
        if column not in rows.columns:
            raise ArgumentError(f"There is no column {column!r}; there are {listed(rows.columns)}.")
    tests = [_is(column, value) for column, value in named.items()]
    tests += [pl.any_horizontal(_is(column, value) for column in keys) for value in where]
    fitting = rows.filter(tests) if tests else rows
    if fitting.height != 1:
        asked = listed(map(repr, [*where, *named.values()])) or "this"
        found = f"{fitting.height} estimates fit" if fitting.height else "No estimate fits"
        raise ArgumentError(f"{found} {asked}. Choose one by {_choices(rows, keys)}.")
    return _phrase(result, fitting.row(0, named=True))


def _is(column: str, value: object) -> pl.Expr:
    """Whether a cell is the value, as text; 28.0 and 28 are the same."""
    text = f"{value:g}" if isinstance(value, int | float) else str(value)
    return pl.col(column).cast(pl.String).str.strip_suffix(".0") == text


def _choices(rows: pl.DataFrame, keys: list[str]) -> str:
    several = [key for key in keys if rows[key].n_unique() > 1]
    return "; ".join(
        f"{key}: {listed(rows[key].drop_nulls().unique(maintain_order=True))}" for key in several
    )


def _phrase(result: Result, row: dict[str, Any]) -> str:
    level = f"{result.conf_level * 100:g} % CI"
    low, high = row.get("conf_low"), row.get("conf_high")
    if result.kind in {"rates", "adverse events"}:
        return (
            f"{row['count']}/{row['n']} ({percent(row['estimate'])} %; {level} "
            f"{percent(low)} to {percent(high)})"
        )
    if result.kind == "milestones":
        return f"{percent(row['survival'])} % ({level} {percent(low)} to {percent(high)})"
    if result.kind == "at_risk":
        return f"{row['n_at_risk']} at risk"
    if result.kind == "survival_comparison":
        statistic = f"chi-square {number(row['statistic'], 2)}, df {number(row['df'], 0)}"
        return f"{row['test']} {statistic}, {p_value(row['p_value'])}"
    if result.kind == "survival":
        shown = number(row["median"], 1, infinite=NOT_REACHED)
        return f"{shown} ({level} {interval(low, high, infinite=NOT_REACHED)})"
    digits = decimals(low, high)
    value = row.get("estimate", row.get("mean"))
    return f"{number(value, digits)} ({level} {interval(low, high, digits)})"


@sentences_of("rates")
def _rates(result: Any) -> str:
    last = result.table["AVISIT"].unique(maintain_order=True)[-1]
    handling = result.table["missing"][0]
    rows = result.table.filter((pl.col("AVISIT") == last) & (pl.col("missing") == handling))
    groups = "; ".join(
        f"{group_label(row, result.by)} {_phrase(result, row)}"
        for row in rows.iter_rows(named=True)
    )
    text = f"{result.outcome.capitalize()} on {result.scale} at {last} ({handling}): {groups}."
    if result.contrasts.is_empty():
        return text
    contrast = result.contrasts.filter(
        (pl.col("AVISIT") == last)
        & (pl.col("missing") == handling)
        & (pl.col("measure") == "risk difference")
    )
    parts = [
        f"{row['contrast']}: {percent(row['estimate'])} percentage points "
        f"({percent(row['conf_low'])} to {percent(row['conf_high'])}; "
        f"{method_words(row['method'])}; "
        f"{p_value(row['p_value'])})"
        for row in contrast.iter_rows(named=True)
    ]
    return f"{text} Difference {'; '.join(parts)}."


@sentences_of("survival")
def _survival(result: Any) -> str:
    parts = [
        f"{group_label(row, result.by)}: {row['n_event']} events in {row['n']} subjects, median "
        f"{_phrase(result, row)} {result.time_unit}"
        for row in result.medians.iter_rows(named=True)
    ]
    tests = "".join(
        f" {row['test'].capitalize()}: {p_value(row['p_value'])}."
        for row in result.tests.iter_rows(named=True)
    )
    return f"{result.title}. {'; '.join(parts)}.{tests}"


@sentences_of("change")
def _change(result: Any) -> str:
    last = result.table["AVISIT"].unique(maintain_order=True)[-1]
    measure = "change" if "change" in result.table["measure"] else "score"
    rows = result.table.filter((pl.col("AVISIT") == last) & (pl.col("measure") == measure))
    what = "Mean change in" if measure == "change" else "Mean"
    parts = [
        f"{group_label(row, result.by)} {_phrase(result, row)}, n = {row['n']}"
        for row in rows.iter_rows(named=True)
    ]
    return f"{what} {result.scale} at {last}: {'; '.join(parts)}."


@sentences_of("comparison")
@sentences_of("responders")
def _comparison(result: Any) -> str:
    rows = result.table.filter(pl.col("role") == "primary")
    by = list(result.by) if result.kind == "responders" else []
    parts = []
    for row in rows.iter_rows(named=True):
        where = f" ({group_label(row, by)})" if by else ""
        p = row["p_adjusted"] if row["p_adjusted"] is not None else row["p_value"]
        digits = decimals(row["conf_low"], row["conf_high"])
        parts.append(
            f"{row['outcome']}{where}: {result.group} mean {number(row['mean'], digits)} "
            f"(n = {row['n']}), {result.reference} mean {number(row['mean_reference'], digits)} "
            f"(n = {row['n_reference']}), difference {_phrase(result, row)}, {p_value(p)}"
        )
    return f"{'; '.join(parts)}."


@sentences_of("adverse events")
def _adverse_events(result: Any) -> str:
    rows = result.table.filter(pl.col("AEDECOD") == "Any event")
    parts = [
        f"{group_label(row, result.by)} {_phrase(result, row)}"
        for row in rows.iter_rows(named=True)
    ]
    return f"At least one adverse event: {'; '.join(parts)}."


@sentences_of("at_risk")
@sentences_of("milestones")
def _at_times(result: Any) -> str:
    unit = result.time_unit
    parts = [
        f"{group_label(row, result.by)} at {row['time']:g} {unit} {_phrase(result, row)}"
        for row in result.table.iter_rows(named=True)
    ]
    return f"{result.title}: {'; '.join(parts)}."


@sentences_of("survival_comparison")
def _test(result: Any) -> str:
    return f"{result.title}: {_phrase(result, result.table.row(0, named=True))}."
