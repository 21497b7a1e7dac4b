"""Reference grids: the predictions that least-squares means average, as in R's emmeans.

The grid has one point for every combination of the factors' levels, with every number at its mean
over the rows of the model (or where the caller puts it). A mean averages the points over the
factors that it does not name, with equal weights or in proportion to the rows that have those
combinations.
Source: Searle, Speed and Milliken (1980) Am Stat 34:216; Lenth (2016) J Stat Softw 69:1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_one_of, listed, near_miss
from ketanalysis.formulas.coding import Coding, design_rows, level_codes, transformed
from ketanalysis.formulas.grammar import Formula

Floats = NDArray[np.float64]
WEIGHTS = ("equal", "proportional")


@dataclass(frozen=True, eq=False)
class ReferenceGrid:
    """Points at which the model predicts.

    Attributes
    ----------
    places
        Factor, or number in `spread`, to the place of its level at each point, shape (points,).
    rows
        The design at the points, shape (points, p).
    levels
        Factor to its levels in order.
    covariates
        Number to the value at which it stands.
    frame
        Rows of the model.
    """

    places: Mapping[str, NDArray[np.int64]]
    rows: Floats
    levels: Mapping[str, tuple[Any, ...]]
    covariates: Mapping[str, float]
    frame: pl.DataFrame

    def means(
        self, names: Sequence[str], weights: str = "equal"
    ) -> tuple[list[dict[str, Any]], Floats]:
        """Return the combinations of the named factors' levels and their rows, (means, p)."""
        check_one_of("weights", weights, WEIGHTS)
        for name in names:
            if name not in self.levels:
                raise ArgumentError(
                    f"{name!r} is no factor of the model; there are {listed(self.levels)}."
                    f"{self._hint(name)}"
                )
        others = [name for name in self.levels if name not in names]
        weighted = self.rows * self._shares(others, weights)[:, None]
        cells = product(*(self.levels[name] for name in names))
        keys = [dict(zip(names, cell, strict=True)) for cell in cells]
        mean = np.zeros(len(self.rows), dtype=np.int64)  # which mean each point belongs to
        for name in names:
            mean = mean * len(self.levels[name]) + self.places[name]
        found = np.zeros((len(keys), self.rows.shape[1]))
        np.add.at(found, mean, weighted)
        return keys, found

    def _hint(self, name: str) -> str:
        if name in self.covariates and self.frame.schema[name].is_integer():
            return f" It is a number there: write factor({name}) in the formula, or give text."
        return near_miss(name, self.levels)

    def dtype(self, name: str) -> Any:
        """Return the type of a column of levels."""
        held = self.frame.schema[name]
        return pl.String if held == pl.Categorical else held

    def _shares(self, others: list[str], weights: str) -> Floats:
        """Return what each point counts among those that a mean averages, (points,)."""
        if not others or weights == "equal":
            n = np.prod([len(self.levels[name]) for name in others]) if others else 1
            return np.full(len(self.rows), 1 / n)
        point = np.zeros(len(self.rows), dtype=np.int64)
        row = np.zeros(self.frame.height, dtype=np.int64)
        size = 1
        for name in others:
            size *= len(self.levels[name])
            point = point * len(self.levels[name]) + self.places[name]
            row = row * len(self.levels[name]) + level_codes(self.frame[name], self.levels[name])
        counts = np.bincount(row, minlength=size).astype(np.float64)
        return np.asarray(counts[point] / self.frame.height)


def reference_grid(
    formula: Formula,
    coding: Coding,
    frame: pl.DataFrame,
    at: Mapping[str, float] | None = None,
    *,
    spread: Sequence[str] = (),
) -> ReferenceGrid:
    """Return the grid of a model; numbers in `spread` stand at their mean minus and plus 1/2."""
    at = dict(at or {})
    levels = {name: _levels(coding, name) for name in formula.columns}
    factors = {name: held for name, held in levels.items() if held}
    numbers = [name for name, held in levels.items() if not held]
    for name in at:
        if name not in numbers:
            raise ArgumentError(
                f"at= can place the numbers of the model: {listed(numbers)}; not {name!r}."
            )
    means = {name: float(at[name]) if name in at else _mean(frame, name) for name in numbers}
    axes = {**factors, **{n: (means[n] - 0.5, means[n] + 0.5) for n in numbers if n in spread}}
    sizes = [len(held) for held in axes.values()]
    n = int(np.prod(sizes)) if sizes else 1
    grid = np.indices(sizes, dtype=np.int64).reshape(len(sizes), n)
    places = dict(zip(axes, grid, strict=True))
    values: dict[str, NDArray[np.generic]] = {}
    for factor in dict.fromkeys(f for term in formula.terms for f in term):
        name = factor.column
        if name in factors:
            values[factor.label] = places[name]
        else:
            stands = np.asarray(axes[name])[places[name]] if name in axes else means[name]
            values[factor.label] = transformed(factor, np.full(n, stands, dtype=np.float64))
    return ReferenceGrid(places, design_rows(coding, values, n), axes, means, frame)


def _mean(frame: pl.DataFrame, name: str) -> float:
    column = frame[name].cast(pl.Float64)
    return float(np.mean((column.drop_nulls() if column.null_count() else column).to_numpy()))


def _levels(coding: Coding, column: str) -> tuple[Any, ...]:
    for label in (column, f"factor({column})"):
        if label in coding.levels:
            return coding.levels[label]
    return ()
