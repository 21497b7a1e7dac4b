"""The exact (discrete) partial likelihood of Cox's model: tied times that truly are one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.survival.cox_risk_sets import RiskSets
from ketanalysis.survival.risk_sets import Counts, Floats


@dataclass(frozen=True, eq=False)
class ExactLikelihood:
    """The log likelihood, its first derivatives (p,), and minus the second (p, p)."""

    value: float
    score: Floats
    information: Floats


def exact_likelihood(sets: RiskSets, x: Floats, b: Floats) -> ExactLikelihood:
    """Return the conditional likelihood of who has the event, given how many have it.

    At each time it is the product of the weights of those with the event over the sum of such
    products over all sets of as many subjects at risk, summed by the recursion over subjects.

    Raises
    ------
    EstimationError
        The sums grow beyond what a number can hold: too many ties.

    Notes
    -----
    Source: Cox 1972, J R Stat Soc B 34:187, section 6; Gail, Lubin and Rubinstein 1981,
    Biometrika 68:703.
    """
    p = x.shape[1]
    predictor = x @ b
    shift = float(predictor.max(initial=0.0))
    weight = np.exp(predictor - shift)
    value = float((predictor[sets.event_rows] - shift).sum())
    score = x[sets.event_rows].sum(axis=0)
    information = np.zeros((p, p))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for d, sums, slopes, bends in _by_time(sets, x, weight):
            mean = slopes[d] / sums[d]
            value -= float(np.log(sums[d]))
            score = score - mean
            information += bends[d] / sums[d] - np.outer(mean, mean)
    if not np.isfinite(value):
        raise EstimationError(
            'ties="exact" has too many tied events for the numbers of a computer: take '
            'ties="efron".'
        )
    return ExactLikelihood(value, score, information)


Sums = tuple[Floats, Floats, Floats]


def _by_time(sets: RiskSets, x: Floats, weight: Floats) -> list[tuple[int, Floats, Floats, Floats]]:
    """Return for each event time the events d and the sums over sets of 0 to d at risk."""
    found = []
    for begin, end in zip(sets.starts[:-1], sets.starts[1:], strict=True):
        if begin == end:
            continue
        most = int(sets.deaths[begin:end].max())
        rows = np.flatnonzero((sets.last > begin) & (sets.last <= end))
        is_late = bool((sets.first[rows] > begin).any())
        rows = rows[np.argsort(-sets.last[rows], kind="stable")]
        sums, taken = _none(most, x.shape[1]), 0
        for j in range(end - 1, begin - 1, -1):
            if is_late:
                here = rows[(sets.first[rows] <= j) & (sets.last[rows] > j)]
                sums = _added(_none(most, x.shape[1]), here, x, weight)
            else:
                upto = int(np.searchsorted(-sets.last[rows], -j))
                sums, taken = _added(sums, rows[taken:upto], x, weight), upto
            found.append((int(sets.deaths[j]), *sums))
    return found


def _none(most: int, p: int) -> Sums:
    sums = np.zeros(most + 1)
    sums[0] = 1
    return sums, np.zeros((most + 1, p)), np.zeros((most + 1, p, p))


def _added(before: Sums, rows: Counts, x: Floats, weight: Floats) -> Sums:
    """Return the sums, slopes and bends with further subjects at risk."""
    sums, slopes, bends = (part.copy() for part in before)
    for row in rows:
        w, one = weight[row], x[row]
        cross = slopes[:-1, :, None] * one
        squares = sums[:-1, None, None] * np.outer(one, one)
        bends[1:] += w * (bends[:-1] + cross + cross.transpose(0, 2, 1) + squares)
        slopes[1:] += w * (slopes[:-1] + sums[:-1, None] * one)
        sums[1:] += w * sums[:-1]
    return sums, slopes, bends
