"""What a result says in words: the console summary, sentences for a paper, inline numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.glossary import method_words
from ketanalysis.results import Result
from ketanalysis.rounding import NOT_REACHED, interval, number, p_value, percent
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


def inline(result: Result, *where: str, **by: str) -> str:
    """Return one estimate as running text; `where` and `by` choose one row of the table.

    Each word of `where` is matched with the values of the text columns (a visit, a group, a
    handling of missing scores); `by` names the column: ``arm="ketamine"`` is TRT01P.
    """
    rows: pl.DataFrame = getattr(result, "medians", result.table)
    named = {"TRT01P" if key == "arm" else key: value for key, value in by.items()}
    for column, value in named.items():
        if column not in rows.columns:
            raise ArgumentError(f"There is no column {column!r}; there are {listed(rows.columns)}.")
        rows = rows.filter(pl.col(column).cast(pl.String) == value)
    for value in where:
        texts = [c for c, t in rows.schema.items() if t in (pl.String, pl.Enum)]
        rows = rows.filter(pl.any_horizontal(pl.col(c).cast(pl.String) == value for c in texts))
    if rows.is_empty():
        raise ArgumentError(f"No estimate fits {listed([*where, *named.values()]) or 'this'}.")
    return _phrase(result, rows.row(0, named=True), rows.height)


def _phrase(result: Result, row: dict[str, Any], height: int) -> str:
    level = f"{result.conf_level * 100:g} % CI"
    if height > 1:
        raise ArgumentError(
            f"{height} estimates fit; choose one by visit, group or handling of missing scores."
        )
    if result.kind in {"rates", "adverse events"}:
        return (
            f"{row['count']}/{row['n']} ({percent(row['estimate'])} %; {level} "
            f"{percent(row['conf_low'])} to {percent(row['conf_high'])})"
        )
    if result.kind == "survival":
        median = row["median"]
        shown = number(median, 1, infinite=NOT_REACHED)
        ends = interval(row["conf_low"], row["conf_high"], infinite=NOT_REACHED)
        return f"{shown} ({level} {ends})"
    value = row.get("estimate", row.get("mean"))
    return f"{number(value)} ({level} {interval(row['conf_low'], row['conf_high'])})"


@sentences_of("rates")
def _rates(result: Any) -> str:
    last = result.table["AVISIT"].unique(maintain_order=True)[-1]
    handling = result.table["missing"][0]
    rows = result.table.filter((pl.col("AVISIT") == last) & (pl.col("missing") == handling))
    groups = "; ".join(
        f"{group_label(row, result.by)} {_phrase(result, row, 1)}"
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
        f"{_phrase(result, row, 1)} {result.time_unit}"
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
        f"{group_label(row, result.by)} {_phrase(result, row, 1)}, n = {row['n']}"
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
        parts.append(
            f"{row['outcome']}{where}: {result.group} mean {number(row['mean'])} "
            f"(n = {row['n']}), {result.reference} mean {number(row['mean_reference'])} "
            f"(n = {row['n_reference']}), difference {_phrase(result, row, 1)}, {p_value(p)}"
        )
    return f"{'; '.join(parts)}."


@sentences_of("adverse events")
def _adverse_events(result: Any) -> str:
    rows = result.table.filter(pl.col("AEDECOD") == "Any event")
    parts = [
        f"{group_label(row, result.by)} {_phrase(result, row, 1)}"
        for row in rows.iter_rows(named=True)
    ]
    return f"At least one adverse event: {'; '.join(parts)}."


@sentences_of("at_risk")
@sentences_of("milestones")
@sentences_of("survival_comparison")
def _small(result: Any) -> str:
    table = tabulate(result)
    rows = [
        ", ".join(
            f"{column.label.lower()} {cell}"
            for column, cell in zip(table.columns, row, strict=True)
        )
        for row in table.rows
    ]
    return f"{result.title}: {'; '.join(rows)}."
