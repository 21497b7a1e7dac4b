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
from ketanalysis.formulas.coding import Coding, design_rows
from ketanalysis.formulas.grammar import Formula

Floats = NDArray[np.float64]
WEIGHTS = ("equal", "proportional")


@dataclass(frozen=True, eq=False)
class ReferenceGrid:
    """Points at which the model predicts.

    Attributes
    ----------
    points
        One row a point: a column for each variable of the formula.
    rows
        The design at the points, shape (points, p).
    levels
        Factor to its levels in order.
    covariates
        Number to the value at which it stands.
    """

    points: pl.DataFrame
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
                    f"{near_miss(name, self.levels)}"
                )
        others = [name for name in self.levels if name not in names]
        shares = self._shares(others, weights)
        cells = product(*(self.levels[name] for name in names))
        keys = [dict(zip(names, cell, strict=True)) for cell in cells]
        found = []
        for key in keys:
            is_at = np.ones(self.points.height, dtype=bool)
            for name, level in key.items():
                is_at &= _equals(self.points[name], level)
            found.append((self.rows[is_at] * shares[is_at][:, None]).sum(axis=0))
        return keys, np.stack(found) if found else np.zeros((0, self.rows.shape[1]))

    def _shares(self, others: list[str], weights: str) -> Floats:
        """Return what each point counts among those that a mean averages, (points,)."""
        if not others or weights == "equal":
            n = np.prod([len(self.levels[name]) for name in others]) if others else 1
            return np.full(self.points.height, 1 / n)
        text = [pl.col(name).cast(pl.String) for name in others]
        held = self.frame.select(text).group_by(others).len()
        joined = self.points.select(text).join(held, on=others, how="left", maintain_order="left")
        counts = joined["len"].fill_null(0).to_numpy().astype(np.float64)
        return np.asarray(counts / self.frame.height)


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
    levels = {name: _levels(coding, frame, name) for name in formula.columns}
    factors = {name: held for name, held in levels.items() if held}
    numbers = [name for name, held in levels.items() if not held]
    for name in at:
        if name not in numbers:
            raise ArgumentError(
                f"at= can place the numbers of the model: {listed(numbers)}; not {name!r}."
            )
    means = {name: float(at[name]) if name in at else _mean(frame, name) for name in numbers}
    axes = {**factors, **{n: (means[n] - 0.5, means[n] + 0.5) for n in numbers if n in spread}}
    cells = list(product(*axes.values()))
    columns: dict[str, pl.Series] = {}
    for i, name in enumerate(axes):
        values = [cell[i] for cell in cells]
        columns[name] = pl.Series(name, values, dtype=_dtype(frame, name, name in factors))
    for name in numbers:
        if name not in axes:
            columns[name] = pl.Series(name, [means[name]] * len(cells), dtype=pl.Float64)
    points = pl.DataFrame(columns) if columns else pl.DataFrame({"": [0.0]})
    return ReferenceGrid(points, design_rows(coding, points), axes, means, frame)


def _mean(frame: pl.DataFrame, name: str) -> float:
    return float(np.mean(frame[name].cast(pl.Float64).drop_nulls().to_numpy()))


def _levels(coding: Coding, frame: pl.DataFrame, column: str) -> tuple[Any, ...]:
    for label in (column, f"factor({column})"):
        if label in coding.levels:
            return coding.levels[label]
    return ()


def _dtype(frame: pl.DataFrame, name: str, is_factor: bool) -> Any:
    if not is_factor:
        return pl.Float64
    dtype = frame.schema[name]
    return pl.String if dtype == pl.Categorical else dtype


def _equals(column: pl.Series, level: Any) -> NDArray[np.bool_]:
    held = column.cast(pl.String) if isinstance(column.dtype, pl.Enum) else column
    return np.asarray((held == level).to_numpy())
