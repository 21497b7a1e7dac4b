"""Missing scores given the observed ones: the normal's conditional mean, and draws about it.

The number of the equation is that of docs/mixed-model.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketanalysis.imputation.model import ImputationData
from ketanalysis.imputation.strategies import covariance_after
from ketanalysis.mmrm.covariance import Floats

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Blanks:
    """Subjects whose missing scores are drawn alike: same visits seen, same arm, same event.

    Attributes
    ----------
    who
        The subjects, shape (b,).
    seen
        Visits with a score, shape (m,).
    arm, first
        Their covariance and the first visit after their event.
    """

    who: Indices
    seen: NDArray[np.bool_]
    arm: int
    first: int


def blanks_of(data: ImputationData) -> list[Blanks]:
    """Return the subjects with a missing score in groups, in one order for the same data."""
    seen = ~np.isnan(data.scores)
    arm = data.arm if data.by_arm else np.zeros_like(data.arm)
    first = data.first if data.by_arm else np.full_like(data.first, data.m)
    keys = np.column_stack([seen, arm, first])
    kinds, number = np.unique(keys, axis=0, return_inverse=True)
    found = []
    for i, kind in enumerate(kinds):
        mask = kind[: data.m].astype(bool)
        if not mask.all():
            who = np.flatnonzero(number.ravel() == i)
            found.append(Blanks(who, mask, int(kind[data.m]), int(kind[data.m + 1])))
    return found


def filled(
    scores: Floats,
    means: Floats,
    blanks: Sequence[Blanks],
    sigma: Floats,
    rng: np.random.Generator | None,
    *,
    strategy: str = "mar",
    reference: int = 0,
) -> Floats:
    """Return the scores with the missing ones imputed once, as `filled_each` does, (n, m)."""
    one = filled_each(
        scores, means[None], blanks, sigma[None], [rng], strategy=strategy, reference=reference
    )
    return np.asarray(one[0])


def filled_each(
    scores: Floats,
    means: Floats,
    blanks: Sequence[Blanks],
    sigma: Floats,
    rngs: Sequence[np.random.Generator | None],
    *,
    strategy: str = "mar",
    reference: int = 0,
) -> Floats:
    """Return the scores with the missing ones imputed by equation (9), shape (draws, n, m).

    Parameters
    ----------
    scores
        NaN where missing, shape (n, m).
    means
        Expected scores of each subject, after the strategy, shape (draws, n, m).
    sigma
        Covariance of each arm, or one for all, shape (draws, arms, m, m).
    rngs
        A random stream a draw, or None for conditional means. Each is used as if it were alone.
    strategy, reference
        Name of the strategy and number of the reference arm, where covariances differ.
    """
    whole = np.repeat(scores[None], len(means), axis=0)
    for group in blanks:
        own = sigma[:, group.arm if sigma.shape[1] > 1 else 0]
        other = sigma[:, reference] if sigma.shape[1] > 1 else own
        joint = covariance_after(own, other, group.first, strategy)
        seen, missing = np.flatnonzero(group.seen), np.flatnonzero(~group.seen)
        mean = means[:, group.who]
        drawn = mean[:, :, missing]
        spread = _block(joint, missing, missing)
        if seen.size:
            slope = np.linalg.solve(_block(joint, seen, seen), _block(joint, seen, missing))
            drawn = drawn + (scores[group.who][:, seen] - mean[:, :, seen]) @ slope
            spread = spread - _block(joint, missing, seen) @ slope
        if rngs[0] is not None:
            root = np.linalg.cholesky(spread)
            noise = np.stack([rng.standard_normal(drawn.shape[1:]) for rng in rngs if rng])
            drawn = drawn + noise @ np.swapaxes(root, -1, -2)
        whole[:, group.who[:, None], missing] = drawn
    return whole


def _block(of: Floats, rows: Indices, columns: Indices) -> Floats:
    """Return some rows and columns of each of several matrices."""
    return np.asarray(of[:, rows[:, None], columns])
