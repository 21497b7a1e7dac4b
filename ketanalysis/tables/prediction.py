"""Tables of predictions: odds ratios of a model, how well an early sign foretells the end."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.prediction.accuracy import RATIOS
from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import group_label, heading_of, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_WORDS

Row = dict[str, Any]
INFINITE = "infinity"
TEST_COLUMNS = {"wald": "z", "likelihood-ratio": "LR chi²"}


@table_of("logistic")
def logistic(result: Any) -> Table:
    """One row a coefficient: log odds, standard error, odds ratio with interval, test."""
    tested = result.table["test"].drop_nulls()[0]
    columns = (
        Column("Term", "left"),
        Column("Log odds"),
        Column("SE"),
        Column(f"Odds ratio ({level(result.conf_level)})"),
        Column(TEST_COLUMNS[tested]),
        Column("p"),
    )
    rows = [
        (
            row["term"],
            number(row["estimate"], 3),
            number(row["std_error"], 3),
            odds(row),
            number(row["statistic"], 2),
            p_digits(row["p_value"]),
        )
        for row in result.table.iter_rows(named=True)
    ]
    notes = (*result.notes, *_ratio_tests(result), criteria_words(result))
    return Table(result.title, columns, tuple(rows), notes=notes)


def odds(row: Row) -> str:
    """Return ``0.86 (0.79 to 0.92)``."""
    if row["odds_ratio"] is None:
        return ""
    digits = odds_digits(row)
    ends = interval(row["odds_low"], row["odds_high"], digits, infinite=INFINITE)
    return f"{number(row['odds_ratio'], digits, infinite=INFINITE)} ({ends})"


def odds_digits(row: Row) -> int:
    """Return the decimals of an odds ratio: two, three where it is next to 1."""
    width = decimals(row["odds_low"], row["odds_high"], least=2)
    return min(width, 3)


def _ratio_tests(result: Any) -> tuple[str, ...]:
    """Return the tests of terms that have several coefficients, and of all terms."""
    several = result.tests.filter((pl.col("df") > 1) | (pl.col("term") == "all terms"))
    said = [
        f"{row['term']} chi² {number(row['statistic'], 2)}, df {row['df']:.0f}, "
        f"p {_bound(row['p_value'])}"
        for row in several.iter_rows(named=True)
    ]
    return (f"Likelihood ratio tests: {'; '.join(said)}.",) if said else ()


def _bound(p: float | None) -> str:
    shown = p_digits(p)
    return f"{shown[0]} {shown[1:]}" if shown[0] in "<>" else f"= {shown}"


def criteria_words(result: Any) -> str:
    """Return size and fit of a logistic model in one sentence."""
    row = result.criteria.row(0, named=True)
    said = [f"{row['n']} subjects, {row['n_event']} with the outcome"]
    if row["events_per_parameter"] is not None:
        said.append(
            f"{number(row['events_per_parameter'], 1)} of the rarer outcome for each of "
            f"{row['n_parameters']} coefficient{'s' if row['n_parameters'] > 1 else ''}"
        )
    kind = "penalised log likelihood" if result.penalty == "firth" else "log likelihood"
    said.append(f"{kind} {number(row['log_likelihood'], 2)}")
    if row["aic"] is not None:
        said.append(f"AIC {number(row['aic'], 2)}")
        said.append(f"Nagelkerke R² {number(row['nagelkerke'], 3)}")
        said.append(f"Cox-Snell R² {number(row['cox_snell'], 3)}")
    said.append(f"Tjur R² {number(row['tjur'], 3)}")
    return f"{'; '.join(said)}."


@table_of("early improvement")
def early_improvement(result: Any) -> Table:
    """One row a measure, three columns a group; the 2 x 2 tables below."""
    by = list(result.by)
    labels = list(dict.fromkeys(group_label(row, by) for row in result.table.iter_rows(named=True)))
    columns = [Column("Measure", "left")]
    for label in labels:
        own = heading_of(label)
        columns += [Column(name, spanner=own) for name in ("n/N", "%", level(result.conf_level))]
    handlings = result.table["missing"].unique(maintain_order=True).to_list()
    lines, blocks = [], []
    for handling in handlings:
        own = result.table.filter(pl.col("missing") == handling)
        found = {(group_label(r, by), r["measure"]): r for r in own.iter_rows(named=True)}
        measures = own["measure"].unique(maintain_order=True).to_list()
        for measure in measures:
            cells = [cell for label in labels for cell in measure_cells(found[label, measure])]
            lines.append((_capital(measure), *cells))
        blocks.append((f"Missing scores: {HANDLING_WORDS[handling]}", len(measures)))
    notes = (*result.notes, *cross_words(result), *measure_notes(result))
    return Table(result.title, tuple(columns), tuple(lines), tuple(blocks), notes)


def measure_cells(row: Row) -> tuple[str, str, str]:
    """Return n/N, the estimate and its interval; a share in per cent, a ratio as a number."""
    if row["count"] is not None:
        low, high = percent(row["conf_low"]), percent(row["conf_high"])
        return f"{row['count']}/{row['n']}", percent(row["estimate"]), f"{low} to {high}"
    if row["estimate"] is None:
        return "", number(None), ""
    if row["conf_low"] is None:
        return "", number(row["estimate"], 2), ""
    digits = 1 if row["measure"] == RATIOS[0] else 2
    return "", number(row["estimate"], digits), interval(row["conf_low"], row["conf_high"], digits)


def cross_words(result: Any) -> tuple[str, ...]:
    """Return each 2 x 2 table in a sentence."""
    said = []
    by = list(result.by)
    keys = [*by, "missing"]
    for key, rows in result.cells.group_by(keys, maintain_order=True):
        named = dict(zip(keys, key, strict=True))
        cells = {(r["early"], r["responder"]): r["count"] for r in rows.iter_rows(named=True)}
        improved = cells[True, True] + cells[True, False]
        others = cells[False, True] + cells[False, False]
        where = f"{group_label(named, by)}, " if by else ""
        said.append(
            f"{where}{named['missing']}: {cells[True, True]} of {improved} with the early sign had "
            f"the outcome, and {cells[False, True]} of {others} without it."
        )
    return tuple(_capital(words) if not by else words for words in said)


def measure_notes(result: Any) -> tuple[str, ...]:
    """Return why a measure is missing, once each."""
    said: dict[str, list[str]] = {}
    for row in result.table.iter_rows(named=True):
        if row["note"]:
            measures = said.setdefault(row["note"], [])
            if row["measure"] not in measures:
                measures.append(row["measure"])
    return tuple(f"{_capital(', '.join(names))}: {note}." for note, names in said.items())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@table_of("prediction size")
def prediction_size(result: Any) -> Table:
    """One row a criterion: subjects, expected events, events a coefficient."""
    columns = (
        Column("Criterion", "left"),
        Column("Subjects"),
        Column("With the outcome"),
        Column("Each coefficient"),
    )
    rows = [
        (
            _capital(row["criterion"]) + (" (needed)" if row["role"] else ""),
            str(row["n"]),
            str(row["n_event"]),
            number(row["events_per_parameter"], 1),
        )
        for row in result.table.iter_rows(named=True)
    ]
    return Table(result.title, columns, tuple(rows), notes=result.notes)
