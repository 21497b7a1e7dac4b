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
    """Return the scores with the missing ones imputed by equation (9), shape (n, m).

    Parameters
    ----------
    scores
        NaN where missing.
    means
        Expected scores of each subject, after the strategy, shape (n, m).
    sigma
        Covariance of each arm, or one for all, shape (arms, m, m).
    rng
        Random stream, or None for conditional means.
    strategy, reference
        Name of the strategy and number of the reference arm, where covariances differ.
    """
    whole = scores.copy()
    for group in blanks:
        own = sigma[group.arm] if len(sigma) > 1 else sigma[0]
        other = sigma[reference] if len(sigma) > 1 else own
        joint = covariance_after(own, other, group.first, strategy)
        seen, missing = group.seen, ~group.seen
        mean = means[group.who]
        drawn = mean[:, missing]
        spread = joint[np.ix_(missing, missing)]
        if seen.any():
            slope = np.linalg.solve(joint[np.ix_(seen, seen)], joint[np.ix_(seen, missing)])
            drawn = drawn + (scores[group.who][:, seen] - mean[:, seen]) @ slope
            spread = spread - joint[np.ix_(missing, seen)] @ slope
        if rng is not None:
            root = np.linalg.cholesky(spread)
            drawn = drawn + rng.standard_normal(drawn.shape) @ root.T
        whole[np.ix_(group.who, np.flatnonzero(missing))] = drawn
    return whole
