"""Tables of Cox models: hazard ratios, tests of proportional hazards, expected survival."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits, p_value, percent
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table


@table_of("cox")
def cox(result: Any) -> Table:
    """One row a coefficient: hazard ratio, interval, p; under it the tests of the model."""
    return hazard_ratios(result, result.measure.capitalize(), _counts(result), *_tests(result))


def hazard_ratios(result: Any, measure: str, *notes: str) -> Table:
    """One row a coefficient of a model of hazards: ratio, interval, p."""
    rows = [
        (
            row["contrast"],
            number(row["estimate"], digits := decimals(row["conf_low"], row["conf_high"], 2)),
            interval(row["conf_low"], row["conf_high"], digits),
            p_digits(row["p_value"]),
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Covariate", "left"),
        Column(measure),
        Column(level(result.conf_level)),
        Column("p"),
    )
    return Table(result.title, columns, tuple(rows), notes=(*result.notes, *notes))


def _counts(result: Any) -> str:
    row = result.criteria.row(0, named=True)
    c = result.concordance
    agreement = f"C {number(c.estimate, 3)} (SE {number(c.std_error, 3)})"
    return (
        f"{row['n_event']} events in {row['n']} subjects; log likelihood "
        f"{number(row['log_likelihood'], 2)}, AIC {number(row['aic'], 2)}; concordance {agreement}."
    )


def _tests(result: Any) -> list[str]:
    return [
        f"{row['test'][:1].upper()}{row['test'][1:]} test: chi-square "
        f"{number(row['statistic'], 2)}, df {row['df']}, {p_value(row['p_value'])}."
        for row in result.tests.iter_rows(named=True)
    ]


@table_of("proportional_hazards")
def proportional_hazards(result: Any) -> Table:
    """One row a term, and one for all: chi-square, df, p."""
    rows = [
        (row["term"], number(row["statistic"], 2), str(row["df"]), p_digits(row["p_value"]))
        for row in result.table.iter_rows(named=True)
    ]
    columns = (Column("Term", "left"), Column("Chi-square"), Column("df"), Column("p"))
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("cox_curves")
def cox_curves(result: Any) -> Table:
    """One row a profile, stratum and event time: expected share free of the event."""
    rows = [
        (
            *(str(row[column]) for column in result.by),
            f"{row['time']:g}",
            percent(row["survival"]),
            f"{percent(row['conf_low'])} to {percent(row['conf_high'])}",
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Subject", "left"),
        *(Column(name, "left") for name in result.by[1:]),
        Column(f"Time, {result.time_unit}"),
        Column("Free of the event, %"),
        Column(level(result.conf_level)),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)
