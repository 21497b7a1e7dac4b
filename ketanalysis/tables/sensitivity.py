"""The table of sensitivity analyses: a block an endpoint and visit, a row a handling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.rates.contrasts import sides_of
from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import HANDLING_NAMES, at_visit, contrast_words

CHANGE = "difference in change"


@table_of("sensitivity")
def sensitivity(result: Any) -> Table:
    """One block an endpoint, visit and contrast; differences in points, or percentage points."""
    contrasts = result.table["contrast"].unique(maintain_order=True).to_list()
    several = len(contrasts) > 1
    group, reference = heads_of(result)
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
        words = block_words(row, result.arms if several else ())
        label = f"{words}{_unit(row)}"
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


def block_words(row: dict[str, Any], arms: Sequence[str] = ()) -> str:
    """Return endpoint and visit of a row: ``Response, improvement of at least 50 %, at Day 14``.

    With the arms the contrast between two of them follows.
    """
    endpoint = row["endpoint"]
    words = f"{endpoint[:1].upper()}{endpoint[1:]}, {at_visit(str(row['AVISIT']))}"
    return f"{words}: {contrast_words(row['contrast'], arms)}" if arms else words


def handling_label(row: dict[str, Any]) -> str:
    """Return the handling of a row in words, and whether it is the primary analysis."""
    words = HANDLING_NAMES[row["missing"]]
    primary = " (primary)" if row["role"] == "primary" else ""
    return f"{words[:1].upper()}{words[1:]}{primary}"


def heads_of(result: Any) -> tuple[str, str]:
    """Return the two arms of the one contrast; of several, what they are."""
    contrasts = result.table["contrast"].unique(maintain_order=True).to_list()
    sides = sides_of(contrasts[0], result.arms) if len(contrasts) == 1 else None
    return sides or ("Group", "Reference")


def _unit(row: dict[str, Any]) -> str:
    return " (points)" if row["measure"] == CHANGE else " (percentage points)"


def _lacking(result: Any) -> list[dict[str, Any]]:
    return [r for r in result.table.iter_rows(named=True) if r["estimate"] is None and r["note"]]


def _where(row: dict[str, Any]) -> str:
    return f"{row['endpoint']}, {at_visit(str(row['AVISIT']))}, {HANDLING_NAMES[row['missing']]}"
