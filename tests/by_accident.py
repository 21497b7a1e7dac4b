"""What a result must not hold: a number that came by accident, or a gap without its reason."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import polars as pl

NUMBERS = ("estimate", "conf_low", "conf_high", "statistic", "p_value")
TINY = 1e-7  # of a standard error: what rounding leaves of 0


def accidents(result: Any) -> list[tuple[str, str, Any]]:
    """Return table, column and row of each number by accident, and of each gap without a note.

    By accident is what is not a number or, without a note, endless; a standard error of 0; a p
    value of 0; a p value of 1 beside an estimate that is not "no effect" by a symmetric table.
    """
    found = []
    for one in fields(result):
        frame = getattr(result, one.name)
        if isinstance(frame, pl.DataFrame):
            for row in frame.to_dicts():
                found += [(one.name, column, row) for column in _of_row(row)]
    return found


def _of_row(row: dict[str, Any]) -> list[str]:
    numbers = {name: value for name, value in row.items() if isinstance(value, float)}
    note = row.get("note")
    bad = [name for name, value in numbers.items() if math.isnan(value)]
    bad += [name for name, value in numbers.items() if math.isinf(value) and not note]
    bad += [name for name in ("std_error",) if numbers.get(name, 1.0) <= TINY]
    bad += [name for name in ("p_value",) if numbers.get(name, 0.5) == 0.0]
    if "note" in row and not note:
        bad += [name for name in NUMBERS if name in row and row[name] is None]
    return bad
