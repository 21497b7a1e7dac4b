"""Tables of survival: medians, shares and numbers at given times, tests of curves."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import (
    NOT_REACHED,
    decimals,
    interval,
    number,
    p_digits,
    p_value,
    percent,
)
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words


def shown_time(time: float) -> str:
    """Return a time as a whole number, or with one decimal where it is none."""
    return number(time, 0 if float(time).is_integer() else 1)


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
    return Table(result.title, columns, tuple(rows), notes=(*result.notes, *tests))


@table_of("milestones")
def milestones(result: Any) -> Table:
    """One row a group and time: share still free of the event, with interval."""
    rows = [
        (
            group_label(row, result.by),
            shown_time(row["time"]),
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
    """One row a group and time: subjects at risk, censored and with the event by then."""
    rows = [
        (
            group_label(row, result.by),
            *((row["cause"],) if "cause" in row else ()),
            shown_time(row["time"]),
            str(row["n_at_risk"]),
            str(row["n_censored"]),
            str(row["n_event"]),
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        *((Column("Event", "left"),) if "cause" in result.table.columns else ()),
        Column(f"Time, {result.time_unit}"),
        Column("At risk"),
        Column("Censored"),
        Column("Events"),
    )
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


@table_of("survival_quantiles")
def survival_quantiles(result: Any) -> Table:
    """One row a group and share: the time by which that share had the event."""
    rows = [
        (
            group_label(row, result.by),
            percent(row["share"], 0 if float(100 * row["share"]).is_integer() else 1),
            number(row["estimate"], 1, infinite=NOT_REACHED),
            interval(row["conf_low"], row["conf_high"], infinite=NOT_REACHED),
        )
        for row in result.table.iter_rows(named=True)
    ]
    columns = (
        Column("Group", "left"),
        Column("With the event, %"),
        Column(f"Time, {result.time_unit}"),
        Column(level(result.conf_level)),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)


@table_of("rmst")
def rmst(result: Any) -> Table:
    """One row a group: mean and time lost; then a row a contrast with the first group."""
    means = [row for row in result.table.iter_rows(named=True) if row["measure"] != "time lost"]
    rows = [
        (
            group_label(row, result.by),
            f"{row['n_event']}/{row['n']}",
            number(row["estimate"], digits := decimals(row["conf_low"], row["conf_high"])),
            interval(row["conf_low"], row["conf_high"], digits),
            "",
        )
        for row in means
    ]
    rows += [
        (
            f"{contrast_words(row['contrast'])}, {row['measure']}",
            "",
            number(row["estimate"], digits := decimals(row["conf_low"], row["conf_high"])),
            interval(row["conf_low"], row["conf_high"], digits),
            p_digits(row["p_value"]),
        )
        for row in result.contrasts.iter_rows(named=True)
    ]
    columns = (
        Column("Group or contrast", "left"),
        Column("Events/n"),
        Column(f"Restricted mean, {result.time_unit}"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    return Table(result.title, columns, tuple(rows), notes=result.notes)
