"""Tables of single subjects: change at a visit, courses, and shifts between bands of severity."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import interval, number, percent
from ketanalysis.tables.registry import group_label, heading_of, table_of
from ketanalysis.tables.table import Column, Table

MOST = 40  # rows of subjects that a table shows; all are in `.table`
STATUS_WORDS = {
    "completed": "scored",
    "missed": "visit missed",
    "left before": "left before",
    "never scored": "never scored",
}


@table_of("individual")
def individual(result: Any) -> Table:
    """One row a subject: baseline, score, change, and the last score of who has none there."""
    has_rule = result.definition is not None
    columns = (
        *_who(result),
        Column("Baseline"),
        Column(result.visit),
        Column("Change"),
        Column("Change, %"),
        *((Column("Responder", "left"),) if has_rule else ()),
        Column("Status", "left"),
        Column("Last score before"),
    )
    rows, blocks, notes = _shown(result)
    lines = tuple(
        (
            *_name(row),
            _points(row["baseline"]),
            _points(row["score"]),
            _points(row["change"]),
            percent(row["relative_change"]) if row["relative_change"] is not None else "",
            *((_yes(row["responder"]),) if has_rule else ()),
            STATUS_WORDS[row["status"]],
            _last(row),
        )
        for row in rows
    )
    said = (*notes, *_spreads(result), *_row_notes(result.table))
    return Table(result.title, columns, lines, blocks, (*result.notes, *said))


@table_of("course")
def course(result: Any) -> Table:
    """One row a subject: days followed, infusions, first response and relapse, and the end."""
    first = _first_of(result)
    columns = (
        *_who(result),
        Column("Days"),
        Column("Infusions"),
        *(Column(f"{name}, day") for name in first),
        Column("End", "left"),
    )
    rows, blocks, notes = _shown(result)
    lines = tuple(
        (
            *_name(row),
            _points(row["duration"]),
            str(row["n_infusion"]),
            *(_points(days.get(row["number"])) for days in first.values()),
            row["end"],
        )
        for row in rows
    )
    return Table(result.title, columns, lines, blocks, (*result.notes, *notes))


def _first_of(result: Any) -> dict[str, dict[int, float]]:
    """Return the day of the first of each declared outcome, by number of the subject."""
    kinds = [f"{state} reached" for state in result.states]
    kinds += ["relapse"] if result.relapse is not None else []
    return {
        ("First " + kind.removesuffix(" reached") if kind != "relapse" else "Relapse"): dict(
            result.events.filter(pl.col("event").cast(pl.String) == kind)
            .group_by("number")
            .agg(pl.col("time").min())
            .rows()
        )
        for kind in kinds
    }


@table_of("shift")
def shift(result: Any) -> Table:
    """One row a band at baseline, one column a band at the visit: count and row per cent."""
    labels = [*result.bands, "missing"]
    columns = [Column("At baseline", "left")]
    columns += [Column(label, spanner=f"At {result.visit}") for label in labels]
    columns.append(Column("All"))
    lines, blocks = [], []
    for group, own in _by_group(result.table, result.by):
        cells = {(r["baseline_band"], r["band"]): r for r in own}
        for low in labels:
            line = [cells[low, high] for high in labels]
            lines.append((low, *map(_count, line), str(line[0]["n"])))
        blocks.append((heading_of(group), len(labels)))
    return Table(
        result.title, tuple(columns), tuple(lines), tuple(blocks) if result.by else (), result.notes
    )


def _count(row: dict[str, Any]) -> str:
    return f"{row['count']} ({percent(row['estimate'])} %)" if row["n"] else "0"


def _by_group(table: pl.DataFrame, by: tuple[str, ...]) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.iter_rows(named=True):
        found.setdefault(group_label(row, by), []).append(row)
    return list(found.items())


def _shown(
    result: Any,
) -> tuple[list[dict[str, Any]], tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Return the subjects that are shown, their groups, and how many are not shown."""
    groups = _by_group(result.table, result.by)
    most = max(5, MOST // max(1, len(groups)))
    rows = [row for _, own in groups for row in own[:most]]
    blocks = tuple((heading_of(group), len(own[:most])) for group, own in groups)
    left = result.table.height - len(rows)
    first = "The first" if result.by == () else "Of each group the first"
    note = f"{first} {most} subjects are shown; {left} more are in .table." if left else ""
    return rows, blocks if result.by else (), (note,) if note else ()


def _who(result: Any) -> tuple[Column, ...]:
    ids = (Column("Subject", "left"),) if "USUBJID" in result.table.columns else ()
    return (Column("No."), *ids)


def _name(row: dict[str, Any]) -> tuple[str, ...]:
    return (str(row["number"]), *((row["USUBJID"],) if "USUBJID" in row else ()))


def _points(value: float | None) -> str:
    return "" if value is None else number(value)


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _last(row: dict[str, Any]) -> str:
    if row["status"] == "completed" or row["last_score"] is None:
        return ""
    return f"{number(row['last_score'])} ({row['last_visit']})"


def _spreads(result: Any) -> tuple[str, ...]:
    rows = result.groups.filter(pl.col("measure") == "change")
    return tuple(
        f"{heading_of(group_label(row, result.by))}: median change {number(row['median'])} "
        f"(quartiles {interval(row['q1'], row['q3'])}), n = {row['n']} of "
        f"{row['n'] + row['n_missing']}."
        for row in rows.iter_rows(named=True)
    )


def _row_notes(table: pl.DataFrame) -> tuple[str, ...]:
    found = table["note"].drop_nulls().value_counts(sort=True).sort("note")
    return tuple(
        f"{count} subject{'s' if count > 1 else ''} without a relative change: {note}."
        for note, count in found.rows()
    )
