"""Counts in cells, checked: what every interval of a proportion starts from."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, check_conf_level

Floats: TypeAlias = NDArray[np.float64]
Interval: TypeAlias = tuple[Floats, Floats]


def normal_quantile(conf_level: float) -> float:
    """Return the normal quantile of a two-sided interval: 1.96 for 0.95."""
    check_conf_level(conf_level)
    from scipy.special import ndtri

    return -float(ndtri((1 - conf_level) / 2))


def tail_of(conf_level: float) -> float:
    """Return what each tail of a two-sided interval leaves out: 0.025 for 0.95."""
    check_conf_level(conf_level)
    return (1 - conf_level) / 2


def checked_counts(count: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as float64 of one shape, ``n`` = 0 as NaN, or name the first bad cell."""
    # polars counts are 32-bit and unsigned: count * (n - count) would wrap round silently.
    count, n = np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64)
    try:
        count, n = np.broadcast_arrays(count, n)
    except ValueError:
        raise ArgumentError(
            f"count and n must have shapes that broadcast, not {count.shape} and {n.shape}."
        ) from None

    not_whole = (np.trunc(count) != count) | (np.trunc(n) != n) | np.isinf(n)
    wrong = (count < 0) | (count > n) | not_whole
    wrong &= ~(np.isnan(count) | np.isnan(n))
    if wrong.any():
        where = int(np.flatnonzero(wrong)[0])
        raise ArgumentError(
            "count must be whole subjects between 0 and n, "
            f"not {count.flat[where]:g} of {n.flat[where]:g} (cell {where + 1})."
        )
    return count, np.where(n == 0, np.nan, n)


def none_if_nan(value: float) -> float | None:
    """Return a number of a kernel as the cell of a table: what is not estimable is null."""
    return None if math.isnan(value) else float(value)


def exact_ends(low: Floats, high: Floats, count: Floats, n: Floats) -> Interval:
    """Return the ends with 0 and 1 where the boundary makes them so; NaN where n is NaN."""
    known = ~np.isnan(n)
    return np.where(known & (count == 0), 0.0, low), np.where(count == n, 1.0, high)
