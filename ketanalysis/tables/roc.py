"""Tables of ROC curves: areas and their differences, then what each cut-off does."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.prediction import measure_cells
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

Row = dict[str, Any]


@table_of("roc")
def roc(result: Any) -> Table:
    """One block of areas, one of differences, one a cut-off."""
    columns = (
        Column("", "left"),
        Column("n/N"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    lines, blocks = [], []
    for title, rows in _blocks(result):
        if rows:
            lines += rows
            blocks.append((title, len(rows)))
    return Table(result.title, columns, tuple(lines), tuple(blocks), (*result.notes, *_why(result)))


def area_label(row: Row, by: tuple[str, ...]) -> str:
    """Return the marker of a row, with its group where there are groups."""
    return f"{group_label(row, by)}: {row['marker']}" if by else str(row["marker"])


def area_digits(row: Row) -> int:
    """Return the decimals of an area: two, three where its interval is narrow."""
    return min(max(decimals(row["conf_low"], row["conf_high"], least=2), 2), 3)


def cutoff_words(result: Any, row: Row) -> str:
    """Return ``ANX 20 or less`` for a cut-off, and that it was chosen here where it was."""
    directions = dict(result.table.select("marker", "direction").rows())
    sign = "or more" if directions[row["marker"]] == "higher" else "or less"
    chosen = ", chosen here (Youden)" if row["chosen"] == "youden" else ""
    return f"{area_label(row, result.by)} {row['cutoff']:g} {sign}{chosen}"


def _blocks(result: Any) -> list[tuple[str, list[tuple[str, ...]]]]:
    areas: list[tuple[str, ...]] = []
    for row in result.table.iter_rows(named=True):
        digits = area_digits(row)
        ends = interval(row["conf_low"], row["conf_high"], digits)
        shown = (number(row["estimate"], digits), ends if row["conf_low"] is not None else "", "")
        areas.append((area_label(row, result.by), f"{row['n_event']}/{row['n']}", *shown))
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in result.cutoffs.iter_rows(named=True):
        found.setdefault(f"Cut-off {cutoff_words(result, row)}", []).append(_cutoff_line(row))
    contrasts = [_contrast_line(row, result) for row in result.contrasts.iter_rows(named=True)]
    return [
        ("Area under the curve", areas),
        ("Difference of areas", contrasts),
        *found.items(),
    ]


def _contrast_line(row: Row, result: Any) -> tuple[str, ...]:
    digits = min(decimals(row["conf_low"], row["conf_high"], least=2), 3)
    is_paired = row["test"] == "delong-paired"
    name = contrast_words(row["contrast"])
    where = f"{group_label(row, result.by)}: " if result.by and is_paired else ""
    beside = "" if is_paired else f" ({row['marker']})"
    ends = interval(row["conf_low"], row["conf_high"], digits)
    shown = (number(row["estimate"], digits), ends if row["conf_low"] is not None else "")
    return (f"{where}{name}{beside}", "", *shown, p_digits(row["p_value"]))


def _cutoff_line(row: Row) -> tuple[str, ...]:
    name = f"{row['measure'][:1].upper()}{row['measure'][1:]}"
    if row["chosen"] == "stated":
        count, estimate, ends = measure_cells(row)
        is_share = row["count"] is not None
        return (name, count, f"{estimate} %" if is_share else estimate, ends, "")
    apparent, corrected = percent(row["estimate"]), percent(row["corrected"])
    return (f"{name}, apparent {apparent} %, corrected", "", f"{corrected} %", "", "")


def _why(result: Any) -> tuple[str, ...]:
    """Return why there is no interval or test; the name of a marker is left as it is."""
    said: list[str] = []
    for row in result.table.iter_rows(named=True):
        if row["note"]:
            said.append(f"{area_label(row, result.by)}: {row['note']}.")
    for row in result.contrasts.iter_rows(named=True):
        if row["note"]:
            said.append(f"{contrast_words(row['contrast'])}: {row['note']}.")
    for row in result.cutoffs.iter_rows(named=True):
        if row["note"]:
            is_chosen = row["chosen"] == "youden"
            words = row["note"] if is_chosen else f"{row['measure']}: {row['note']}."
            said.append(f"{words[:1].upper()}{words[1:]}")
    return tuple(dict.fromkeys(said))
