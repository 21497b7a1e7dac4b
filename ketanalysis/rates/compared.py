"""What a comparison of rates starts from, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl
from numpy.typing import NDArray

from ketanalysis.grid import Grid
from ketanalysis.rates.handling import Counted


class CountBy(Protocol):
    """Says who meets a rule, from a grid and a handling of missing scores."""

    def __call__(self, grid: Grid, *, handling: str) -> Counted:
        """Return who meets the rule and who is in the denominator."""
        ...


@dataclass(frozen=True, eq=False)
class Counting:
    """How the subjects of a grid are counted.

    Attributes
    ----------
    grid
        The scores, with the by-columns.
    count
        Says who meets the rule, from a grid and a handling of missing scores.
    visits
        Each visit that is shown, and its row in the grid.
    handlings
        The handlings of missing scores.
    beside
        The columns of strata or covariates, one row a subject, null where missing.
    complete
        Whether a subject has them all, shape (n,).
    """

    grid: Grid
    count: CountBy
    visits: dict[str, int]
    handlings: Sequence[str]
    beside: pl.DataFrame
    complete: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The contrasts, what stands behind them, and who is not in them.

    Attributes
    ----------
    contrasts
        One row a contrast and measure.
    strata, standardised
        One row a stratum and contrast; one row a group, visit and handling. Empty where
        nothing was stratified or adjusted.
    audit
        Rows of status, reason and count: subjects who are not in the contrasts.
    notes, warnings
        Sentences for the result.
    """

    contrasts: pl.DataFrame
    strata: pl.DataFrame = field(default_factory=pl.DataFrame)
    standardised: pl.DataFrame = field(default_factory=pl.DataFrame)
    audit: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
