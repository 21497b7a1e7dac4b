"""The table of sensitivity analyses: a block an endpoint and visit, a row a handling."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_NAMES, at_visit

CHANGE = "difference in change"


@table_of("sensitivity")
def sensitivity(result: Any) -> Table:
    """One block an endpoint, visit and contrast; differences in points, or percentage points."""
    contrasts = result.table["contrast"].unique(maintain_order=True).to_list()
    several = len(contrasts) > 1
    group, reference = ("Group", "Reference") if several else sides_of(contrasts[0])
    columns = (
        Column("Missing scores", "left"),
        Column(f"{group}, n"),
        Column(f"{reference}, n"),
        Column(f"Difference ({level(result.conf_level)})"),
        Column("p"),
    )
    lines: list[tuple[str, ...]] = []
    blocks: list[tuple[str, int]] = []
    for row in result.table.iter_rows(named=True):
        label = f"{block_words(row, with_contrast=several)}{_unit(row)}"
        if not blocks or blocks[-1][0] != label:
            blocks.append((label, 0))
        blocks[-1] = (label, blocks[-1][1] + 1)
        sizes = (str(row["n"]), str(row["n_reference"]))
        lines.append((handling_label(row), *sizes, difference(row), p_digits(row["p_value"])))
    notes = [f"Not estimable, {_where(row)}: {row['note']}" for row in _lacking(result)]
    return Table(
        result.title, columns, tuple(lines), tuple(blocks), (*result.notes, *dict.fromkeys(notes))
    )


def difference(row: dict[str, Any]) -> str:
    """Return a difference with its interval: in points, or percentage points of a rate."""
    if row["measure"] == CHANGE:
        digits = decimals(row["conf_low"], row["conf_high"])
        ends = interval(row["conf_low"], row["conf_high"], digits)
        return f"{number(row['estimate'], digits)} ({ends})"
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return f"{percent(row['estimate'])} ({ends})"


def block_words(row: dict[str, Any], *, with_contrast: bool) -> str:
    """Return endpoint and visit of a row: ``Response, improvement of at least 50 %, at Day 14``."""
    endpoint = row["endpoint"]
    words = f"{endpoint[:1].upper()}{endpoint[1:]}, {at_visit(str(row['AVISIT']))}"
    return f"{words}: {row['contrast'].replace(' - ', ' minus ', 1)}" if with_contrast else words


def handling_label(row: dict[str, Any]) -> str:
    """Return the handling of a row in words, and whether it is the primary analysis."""
    words = HANDLING_NAMES[row["missing"]]
    primary = " (primary)" if row["role"] == "primary" else ""
    return f"{words[:1].upper()}{words[1:]}{primary}"


def sides_of(contrast: str) -> tuple[str, str]:
    """Return group and reference of a contrast between two arms."""
    group, _, reference = contrast.partition(" - ")
    return group, reference


def _unit(row: dict[str, Any]) -> str:
    return " (points)" if row["measure"] == CHANGE else " (percentage points)"


def _lacking(result: Any) -> list[dict[str, Any]]:
    return [r for r in result.table.iter_rows(named=True) if r["estimate"] is None and r["note"]]


def _where(row: dict[str, Any]) -> str:
    return f"{row['endpoint']}, {at_visit(str(row['AVISIT']))}, {HANDLING_NAMES[row['missing']]}"
