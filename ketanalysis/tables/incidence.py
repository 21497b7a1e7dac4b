"""Tables of competing causes: incidences at the end and at given times, Gray's tests."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import number, p_digits, p_value, percent
from ketanalysis.tables.cox import hazard_ratios
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.survival import shown_time
from ketanalysis.tables.table import Column, Table


@table_of("cumulative_incidence")
def cumulative_incidence(result: Any) -> Table:
    """One row a group and cause: subjects, events, incidence at the last follow-up."""
    rows = [
        (
            group_label(row, result.by),
            row["cause"],
            f"{row['n_event']}/{row['n']}",
            shown_time(row["time"]),
            *_shares(row),
        )
        for row in result.groups.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column("Event", "left"),
        Column("Events/n"),
        Column(f"By, {result.time_unit}"),
        Column("Cumulative incidence, %"),
        Column(level(result.conf_level)),
    )
    tests = [
        f"{row['test']} of {row['cause']}: {p_value(row['p_value'])}."
        for row in result.tests.iter_rows(named=True)
    ]
    return Table(result.title, columns, tuple(rows), notes=(*result.notes, *tests))


@table_of("incidence_milestones")
def incidence_milestones(result: Any) -> Table:
    """One row a group, cause and time: the incidence with its interval."""
    rows = [
        (
            group_label(row, result.by),
            row["cause"],
            shown_time(row["time"]),
            str(row["n_at_risk"]),
            str(row["n_event"]),
            *_shares(row),
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column("Event", "left"),
        Column(f"Time, {result.time_unit}"),
        Column("At risk"),
        Column("Events"),
        Column("Cumulative incidence, %"),
        Column(level(result.conf_level)),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("incidence_comparison")
def incidence_comparison(result: Any) -> Table:
    """One row a cause: Gray's test."""
    rows = [
        (row["cause"], number(row["statistic"], 2), number(row["df"], 0), p_digits(row["p_value"]))
        for row in result.table.iter_rows(named=True)
    ]
    columns = (Column("Event", "left"), Column("Chi-square"), Column("df"), Column("p"))
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("fine_gray")
def fine_gray(result: Any) -> Table:
    """One row a coefficient: subdistribution hazard ratio, interval, p."""
    counts = result.criteria.row(0, named=True)
    told = f"{counts['n_event']} events of {result.cause} in {counts['n']} subjects."
    return hazard_ratios(result, "Subdistribution hazard ratio", told)


@table_of("fine_gray_curves")
def fine_gray_curves(result: Any) -> Table:
    """One row a profile and time of an event: expected incidence of the cause."""
    rows = [
        (row["group"], shown_time(row["time"]), *_shares(row))
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Subject", "left"),
        Column(f"Time, {result.time_unit}"),
        Column(f"Incidence of {result.cause}, %"),
        Column(level(result.conf_level)),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)


def _shares(row: dict[str, Any]) -> tuple[str, str]:
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return percent(row["estimate"]), ends
