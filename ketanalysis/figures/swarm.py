"""Where points stand sideways so that each of them is seen: the same way every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_PLACED = 80  # in one run of touching points; more stand in rows


def swarm(
    values: NDArray[np.float64], half: float, apart: float, step: float
) -> NDArray[np.float64]:
    """Return a sideways place for each of n points, from -`half` to `half`, shape ``(n,)``.

    `apart` and `step` are how far points must be apart sideways and in value not to touch.
    Where a row has no room for that, its points move closer. Nothing is drawn by chance.

    Examples
    --------
    >>> swarm(np.array([1.0, 1.0, 5.0]), 0.2, 0.1, 0.5).tolist()
    [-0.05, 0.05, 0.0]
    """
    order = np.argsort(values, kind="stable")
    x = np.zeros(len(values))
    for run in np.split(order, np.flatnonzero(np.diff(values[order]) >= step) + 1):
        x[run] = _beside(values[run], half, apart, step)
    return x


def _beside(
    values: NDArray[np.float64], half: float, apart: float, step: float
) -> NDArray[np.float64]:
    """Place a run of sorted values in which each is close to the next."""
    if len(values) > MOST_PLACED:
        return _rows(values, half, apart, step)
    while True:
        placed: list[float] = []
        for i, value in enumerate(values):
            near = [(x, v) for x, v in zip(placed, values[:i], strict=True) if value - v < step]
            x = _free_place(near, float(value), half, apart, step)
            if x is None:
                break
            placed.append(x)
        if len(placed) == len(values):
            middle = (max(placed, default=0.0) + min(placed, default=0.0)) / 2
            return np.array(placed) - middle
        apart *= 0.85


def _free_place(
    near: list[tuple[float, float]], value: float, half: float, apart: float, step: float
) -> float | None:
    """Return the place nearest to the middle that touches no point, or None."""
    for k in range(int(half / apart * 4) + 1):
        x = (k + 1) // 2 * apart / 2 * (1 if k % 2 else -1)
        if all(
            ((x - other) / apart) ** 2 + ((value - v) / step) ** 2 >= 0.999 for other, v in near
        ):
            return x
    return None


def _rows(
    values: NDArray[np.float64], half: float, apart: float, step: float
) -> NDArray[np.float64]:
    """Place very many values in rows of one `step`, evenly about the middle."""
    x = np.zeros(len(values))
    row = np.round(values / step)
    for one in np.unique(row):
        members = np.flatnonzero(row == one)
        k = len(members)
        x[members] = (np.arange(k) - (k - 1) / 2) * min(apart, 2 * half / max(1, k - 1))
    return x
