"""At risk, censored, events: the rows under curves over time, a block for each group.

The layout of Morris and others: what became of everybody stands under the time axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.figures.style import INK, look
from ketanalysis.figures.under_axis import Block, Row, blocks_under, rows_under

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COUNTS = {"at risk": "n_at_risk", "censored": "n_censored", "events": "n_event"}


def check_rows(rows: Sequence[str]) -> tuple[str, ...]:
    """Return the rows that were asked for, in their order; refuse a word that is none.

    Raises
    ------
    ArgumentError
        When a row is not "at risk", "censored" or "events", or stands twice.

    Examples
    --------
    >>> check_rows(["events", "at risk"])
    ('at risk', 'events')
    """
    given = [rows] if isinstance(rows, str) else list(rows)
    if any(row not in COUNTS for row in given) or len({*given}) < len(given):
        raise ArgumentError(
            f"rows must be of {listed(map(repr, COUNTS))}, each once, not {rows!r}."
        )
    return tuple(row for row in COUNTS if row in given)


def risk_rows_under(
    figure: Figure,
    ax: Axes,
    counted: pl.DataFrame,
    names: Sequence[str],
    ticks: Sequence[float],
    rows: Sequence[str],
) -> None:
    """Write rows of the table of `estimate_at_risk`, made for `ticks`, under their axis.

    With one row each group is a line of one block; with more it is a block of its own.
    """
    if not rows:
        return
    columns = {row: counted[COUNTS[row]].to_list() for row in rows}
    if len(rows) == 1:
        lines = [
            Row("" if names == ["All"] else name, look(i).ink, _cells(columns[rows[0]], i, ticks))
            for i, name in enumerate(names)
        ]
        header = "Number at risk" if rows[0] == "at risk" else rows[0].capitalize()
        rows_under(figure, ax, header, ticks, lines)
        return
    blocks = [
        Block(
            "" if names == ["All"] else name,
            look(i).ink,
            [Row(row.capitalize(), INK, _cells(columns[row], i, ticks)) for row in rows],
        )
        for i, name in enumerate(names)
    ]
    blocks_under(figure, ax, ticks, blocks)


def rows_words(rows: Sequence[str]) -> str:
    """Return what the rows count, for a caption."""
    said = []
    if "at risk" in rows:
        said.append("at risk: just before the time")
    others = [row for row in rows if row != "at risk"]
    if others:
        said.append(f"{' and '.join(others)}: up to and with it")
    return ", ".join(said)


def _cells(counts: list[Any], place: int, ticks: Sequence[float]) -> list[str]:
    return [str(count) for count in counts[place * len(ticks) : (place + 1) * len(ticks)]]
