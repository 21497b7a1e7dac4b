"""Table 1: a block of lines a characteristic, a column a group, then how far apart they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from ketanalysis.participants.subject_rows import ALL
from ketanalysis.participants.variables import CATEGORY, DATE, FLAG, label_of
from ketanalysis.rounding import NOT_ESTIMABLE, decimals, number, p_digits, percent
from ketanalysis.tables.registry import group_label, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

Rows = list[dict[str, Any]]
Line = tuple[str, ...]
LINES = {"mean": "Mean (SD)", "median": "Median [Q1, Q3]", "range": "Range"}
YES = "Yes, n/N (%)"
NO_VALUE = "(no value)"


@table_of("baseline")
def baseline(result: Any) -> Table:
    """A block a characteristic; flags that stand side by side share one."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_of(row, result.by) for row in rows))
    sizes = {group_of(row, result.by): row["total"] for row in rows}
    spanner = ", ".join(label_of(column, {}) for column in result.by)
    columns = [Column("Characteristic", "left")]
    columns += [
        Column(
            f"{'All subjects' if group == ALL else group} (n = {sizes[group]})",
            spanner="" if group == ALL else spanner,
        )
        for group in groups
    ]
    names = dict.fromkeys(row["variable"] for row in rows)
    differences, labels = _differences(result, groups)
    columns += labels
    p_values = {
        name: p_digits(p) if test != "none" else ""
        for name, p, test in result.tests.select("variable", "p_value", "test").iter_rows()
    }
    columns += [Column("p")] if p_values else []
    lines: list[Line] = []
    blocks: list[tuple[str, int]] = []
    for name in names:
        mine = [row for row in rows if row["variable"] == name]
        label, found = _block(mine, groups, result)
        beside = differences.get(name, ("",) * len(labels))
        beside += (p_values[name],) if p_values else ()
        empty = ("",) * len(beside)
        lines += [line + (empty if i else beside) for i, line in enumerate(found)]
        _grow(blocks, label, len(found))
    notes = (*result.notes, *_reasons(result))
    return Table(result.title, tuple(columns), tuple(lines), tuple(blocks), notes)


def group_of(row: dict[str, Any], by: Sequence[str]) -> str:
    """Return the group of a row; a row without one is about all subjects."""
    return ALL if all(row[column] is None for column in by) else group_label(row, by)


def share(count: int, n: int) -> str:
    """Return ``17/31 (55 %)``; of nobody ``0/0 (NE)``."""
    return f"{count}/{n} ({percent(count / n)} %)" if n else f"{count}/{n} ({NOT_ESTIMABLE})"


def _grow(blocks: list[tuple[str, int]], label: str, height: int) -> None:
    if blocks and blocks[-1][0] == label:
        blocks[-1] = (label, blocks[-1][1] + height)
    else:
        blocks.append((label, height))


def _block(rows: Rows, groups: Sequence[str], result: Any) -> tuple[str, list[Line]]:
    """Return the label of a variable's block, and its lines without what stands beside."""
    first = rows[0]
    name, kind = first["variable"], first["kind"]
    label = result.labels[name]
    if kind == FLAG:
        missing = f"{label}: missing"
        lines = [_line(label, rows, groups, result, lambda row: share(row["count"], row["n"]))]
        return YES, [*lines, *_missing(missing, rows, groups, result)]
    if kind == CATEGORY:
        lines = [
            _line(
                NO_VALUE if level is None else level,
                [row for row in rows if row["level"] == level],
                groups,
                result,
                lambda row: share(row["count"], row["n"]),
            )
            for level in dict.fromkeys(row["level"] for row in rows)
        ]
        return f"{label}, n/N (%)", [*lines, *_missing("Missing", rows, groups, result)]
    if kind == DATE:
        lines = [_line("First to last", rows, groups, result, _dates)]
    else:
        writers = _writers(rows)
        lines = [
            _line(words, rows, groups, result, writers[statistic])
            for statistic, words in LINES.items()
            if statistic in result.shown[name]
        ]
    return label, [*lines, *_missing("Missing", rows, groups, result)]


def _line(
    label: str,
    rows: Rows,
    groups: Sequence[str],
    result: Any,
    cell: Callable[[dict[str, Any]], str],
) -> Line:
    cells = {group_of(row, result.by): cell(row) for row in rows}
    return (label, *(cells[group] for group in groups))


def _missing(label: str, rows: Rows, groups: Sequence[str], result: Any) -> list[Line]:
    """Return the line of missing values, where any group has one."""
    if not any(row["n_missing"] for row in rows):
        return []
    return [_line(label, rows, groups, result, lambda row: share(row["n_missing"], row["total"]))]


def _writers(rows: Rows) -> dict[str, Callable[[dict[str, Any]], str]]:
    """Return how each statistic is written, with the same digits in all groups."""
    spreads = [row["sd"] for row in rows if row["sd"]]
    digits = decimals(0.0, min(spreads)) if spreads else 1
    ends = [row[end] for row in rows for end in ("min", "max") if row[end] is not None]
    whole = 0 if all(float(end).is_integer() for end in ends) else digits

    def mean(row: dict[str, Any]) -> str:
        return f"{number(row['mean'], digits)} ({number(row['sd'], digits)})"

    def median(row: dict[str, Any]) -> str:
        q1, q3 = number(row["q1"], digits), number(row["q3"], digits)
        return f"{number(row['median'], digits)} [{q1}, {q3}]"

    def spread(row: dict[str, Any]) -> str:
        return f"{number(row['min'], whole)} to {number(row['max'], whole)}"

    return {"mean": mean, "median": median, "range": spread}


def _dates(row: dict[str, Any]) -> str:
    return f"{row['earliest'] or 'NE'} to {row['latest'] or 'NE'}"


def _differences(
    result: Any, groups: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], list[Column]]:
    """Return the cells of each variable and their columns: the largest, or one a contrast."""
    contrasts = result.contrasts
    if contrasts.is_empty():
        return {}, []
    pairs = contrasts["contrast"].unique(maintain_order=True).to_list()
    names = contrasts["variable"].unique(maintain_order=True).to_list()
    if result.pairs == "reference" or len(pairs) == 1:
        cells = {
            name: tuple(
                number(value, 2) for value in contrasts.filter(variable=name)["estimate"].to_list()
            )
            for name in names
        }
        heads = (
            ["Std. difference"] if len(pairs) == 1 else [contrast_words(p, groups) for p in pairs]
        )
        spanner = "" if len(pairs) == 1 else "Std. difference"
        return cells, [Column(head, spanner=spanner) for head in heads]
    largest = {
        name: contrasts.filter(pl.col("variable") == name)["estimate"].abs().max() for name in names
    }
    cells = {name: (number(value, 2),) for name, value in largest.items()}
    return cells, [Column("Largest std. difference")]


def _reasons(result: Any) -> list[str]:
    """Say why a standardised difference is not there, once a reason."""
    reasons: dict[str, dict[str, None]] = {}
    for row in result.contrasts.drop_nulls("note").iter_rows(named=True):
        reasons.setdefault(row["note"], {})[result.labels[row["variable"]]] = None
    said = [
        f"Standardised difference {reason}: {'; '.join(labels)}."
        for reason, labels in reasons.items()
    ]
    if result.pairs == "pairwise" and result.contrasts["contrast"].n_unique() > 1:
        said.insert(0, "Largest std. difference: of all pairs of groups, without its sign.")
    return said
