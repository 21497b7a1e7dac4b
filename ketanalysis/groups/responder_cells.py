"""The cells of a comparison of responders: who is one, the values, the audit.

A cell is one outcome in one by-group under one handling of missing response scores. Every
table of the result is made of cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.grid import Grid, groups_of
from ketanalysis.groups.responders_result import GROUP, REFERENCE
from ketanalysis.rates.handling import count_met

Floats = NDArray[np.float64]
Types = Mapping[str, pl.DataType]
AUDIT_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "missing", "status", "reason"), pl.String),
    "count": pl.Int64,
}


@dataclass(frozen=True)
class Cell:
    """One outcome in one by-group under one handling: arrays over the group's subjects.

    ``responds`` is 1 for a responder, 0 for a non-responder, NaN where response is not known.
    ``place`` is the same under every handling; ``subjects`` holds the covariates, and BASE where
    the outcome's own baseline is one of them.
    """

    key: dict[str, Any]
    outcome: str
    missing: str
    mask: NDArray[np.bool_]
    value: Floats
    responds: Floats
    subjects: pl.DataFrame
    place: int

    @property
    def head(self) -> dict[str, Any]:
        """By-columns, outcome and handling: what every row of the cell begins with."""
        return {**self.key, "outcome": self.outcome, "missing": self.missing}

    def values(self, is_responder: bool) -> Floats:
        """Return the values of one of the two groups, NaN where missing."""
        mine: Floats = self.value[self.responds == float(is_responder)]
        return mine


def cells_of(
    grid: Grid,
    columns: tuple[str, ...],
    handlings: Sequence[str],
    rule: Response | Remission,
    row: int,
    values: Mapping[str, Floats],
    bases: Mapping[str, Floats],
) -> list[Cell]:
    """Return the cells in order of by-group, outcome and handling; `row` is the visit.

    ``bases`` holds the own baselines of the outcomes, where these are a covariate.
    """
    counts = {name: count_met(grid, rule, name) for name in handlings}
    status = {
        name: np.where(counted.counted[row], counted.met[row].astype(np.float64), np.nan)
        for name, counted in counts.items()
    }
    cells: list[Cell] = []
    for place, ((key, mask), (outcome, value)) in enumerate(
        product(groups_of(grid, columns), values.items())
    ):
        subjects = grid.subjects.filter(pl.Series(mask))
        if outcome in bases:
            own = pl.Series("BASE", bases[outcome][mask]).fill_nan(None)
            subjects = subjects.with_columns(own)
        cells += [
            Cell(key, outcome, name, mask, value[mask], status[name][mask], subjects, place)
            for name in handlings
        ]
    return cells


def audit_of(cells: Sequence[Cell], grid: Grid, key_types: Types) -> pl.DataFrame:
    """Return who was compared in each cell and who was not; every cell adds up to its group."""
    rows = [
        {
            **cell.key,
            "outcome": cell.outcome,
            "missing": cell.missing,
            "status": status,
            "reason": reason,
            "count": count,
        }
        for cell in cells
        for status, reason, count in _counted(cell)
        if count
    ]
    rows += [
        {"status": "excluded", "reason": reason, "count": count} for reason, count in grid.set_aside
    ]
    return pl.DataFrame(rows, schema={**key_types, **AUDIT_SCHEMA})


def _counted(cell: Cell) -> Iterator[tuple[str, str, int]]:
    unknown, absent = np.isnan(cell.responds), np.isnan(cell.value)
    no_base = without_base(cell) & ~absent
    there = ~absent & ~no_base
    yield "included", GROUP, int(((cell.responds == 1) & there).sum())
    yield "included", REFERENCE, int(((cell.responds == 0) & there).sum())
    yield "excluded", "response not known", int(unknown.sum())
    yield "excluded", f"no {cell.outcome}", int((~unknown & absent).sum())
    yield "excluded", f"no {cell.outcome} at baseline", int((~unknown & no_base).sum())


def without_base(cell: Cell) -> NDArray[np.bool_]:
    """Return who lacks the outcome's own baseline, where that is a covariate."""
    if "BASE" not in cell.subjects.columns:
        return np.zeros(len(cell.value), dtype=bool)
    return cell.subjects["BASE"].is_null().to_numpy()


def points_of(cells: Sequence[Cell], key_types: Types) -> pl.DataFrame:
    """Return the values compared, without subjects, in order of value within each cell."""
    pieces = []
    for cell in cells:
        seen = ~np.isnan(cell.value) & ~np.isnan(cell.responds)
        group = np.where(cell.responds[seen] == 1, GROUP, REFERENCE)
        keys = [pl.lit(value).cast(key_types[name]).alias(name) for name, value in cell.key.items()]
        pieces.append(
            pl.DataFrame({"group": group, "value": cell.value[seen]})
            .cast({"group": pl.Enum([REFERENCE, GROUP])})
            .sort("group", "value")
            .select(
                *keys,
                pl.lit(cell.outcome).alias("outcome"),
                pl.lit(cell.missing).alias("missing"),
                "group",
                "value",
            )
        )
    return pl.concat(pieces)
