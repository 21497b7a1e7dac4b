"""Permutation of subjects within strata: how often would chance alone go as far?"""

from __future__ import annotations

import numpy as np

from ketanalysis.groups.resampling import CELLS, Draws
from ketanalysis.interval_censored.scores import ScoreTest
from ketanalysis.survival.risk_sets import Counts, Floats

SAME = 1e-9  # of the statistic: what rounding may make of two shuffles that are equally far


def shuffled_p_value(
    test: ScoreTest, columns: Floats, stratum: Counts | None, draws: Draws
) -> float:
    """Return the share of random shuffles whose statistic is at least as large.

    Parameters
    ----------
    test
        The test by the variance of permutations.
    columns
        (n, q) the covariates that were tested.
    stratum
        (n,) integers: scores are exchanged within a stratum only; None is one stratum.
    draws
        Seed and number of shuffles; the p value is ``(b + 1) / (m + 1)`` (Phipson and Smyth
        2010, Stat Appl Genet Mol Biol 9: 39).

    Notes
    -----
    Subjects are numbered in the order of stratum, columns and scores, so that the order of rows
    changes no draw.
    """
    n = len(test.scores)
    strata = np.zeros(n, dtype=np.int64) if stratum is None else stratum
    order = np.lexsort((test.scores, *columns.T, strata))
    scores, covariates, block = test.scores[order], columns[order], strata[order]
    inverse = np.linalg.inv(test.variance)
    seen = float(test.excess @ inverse @ test.excess) * (1 - SAME)
    generator, left, as_far = draws.generator(), int(draws.resamples or 0), 0
    while left:
        rows = min(left, max(1, CELLS // n))
        mixed = scores[np.argsort(generator.random((rows, n)) + block, axis=1, kind="stable")]
        excess = mixed @ covariates
        as_far += int((np.einsum("ij,jk,ik->i", excess, inverse, excess) >= seen).sum())
        left -= rows
    return (as_far + 1) / (int(draws.resamples or 0) + 1)
