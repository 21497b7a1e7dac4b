"""The permutation test of several means: the F test without a distribution assumed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.groups.analysis_of_variance import Omnibus, samples_of, squares_of, why_not
from ketanalysis.groups.resampling import (
    CELLS,
    MOST_SPLITS,
    NOTHING_DRAWN,
    Draws,
    Places,
    all_splits,
)
from ketanalysis.groups.two_samples import Floats

SAME = 1e-9  # of all the variation: what rounding may make of two splits that are equally far


def permutation_anova(groups: Sequence[ArrayLike], draws: Draws = NOTHING_DRAWN) -> Omnibus:
    """Compare several means by the permutation of subjects, F being the distance.

    For small groups and odd distributions. It tests whether the groups come from one
    distribution: with unequal spread and unequal groups it may reject although the means agree.

    Parameters
    ----------
    groups
        Two or more arrays of scores in points, shape ``(n_i,)``; NaN is missing and left out.
    draws
        Seed and number of resamples, needed where there are more than a million splits.

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When resamples are needed and not named.

    Notes
    -----
    Pitman (1938), Biometrika 29: 322-335. Resampled p values are (b + 1) / (m + 1).
    Checked against: tests/oracle/several_groups.csv (every split in R 4.2.2), relative 1e-10.

    Examples
    --------
    >>> round(permutation_anova([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).p_value, 4)
    0.0536
    """
    samples = samples_of(groups)
    reason = why_not(samples)
    if reason:
        return Omnibus(reason=reason)

    sizes = [sample.size for sample in samples]
    pooled = np.sort(np.concatenate(samples))
    pooled = pooled - pooled.mean()
    n, squares = pooled.size, squares_of(samples)
    ways = math.factorial(n) // math.prod(math.factorial(size) for size in sizes)
    is_drawn = ways > MOST_SPLITS
    if is_drawn:
        draws.check("permutation-anova", n)
    between = np.concatenate(
        list(_drawn(pooled, sizes, draws) if is_drawn else _enumerated(pooled, sizes))
    )
    as_far = int((between >= squares.between - SAME * float((pooled**2).sum())).sum())
    how = draws.words() if is_drawn else f"all {ways:,} splits"
    return Omnibus(
        statistic=squares.f,
        df_num=squares.df_num,
        df_den=squares.df_den,
        p_value=(as_far + is_drawn) / (between.size + is_drawn),
        method=f"F, permutation, {how}",
    )


def _drawn(pooled: Floats, sizes: Sequence[int], draws: Draws) -> Iterator[Floats]:
    """Yield the sums of squares between groups of random splits, in blocks."""
    generator, left = draws.generator(), int(draws.resamples or 0)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    while left:
        rows = min(left, max(1, CELLS // pooled.size))
        order = np.argsort(generator.random((rows, pooled.size)), axis=1)
        totals = np.add.reduceat(pooled[order], start, axis=1)
        yield (totals**2 / np.array(sizes)).sum(axis=1)
        left -= rows


def _enumerated(left: Floats, sizes: Sequence[int]) -> Iterator[Floats]:
    """Yield the sums of squares between groups of every split of what is left."""
    first, *others = sizes
    if not others:
        yield np.array([left.sum() ** 2 / first])
        return
    for block in all_splits(left.size, first):
        if len(others) == 1:
            totals = left[block].sum(axis=1)
            yield totals**2 / first + (left.sum() - totals) ** 2 / others[0]
        else:
            yield from _each(left, block, others)


def _each(left: Floats, block: Places, others: Sequence[int]) -> Iterator[Floats]:
    for chosen in block:
        own = left[chosen].sum() ** 2 / chosen.size
        for rest in _enumerated(np.delete(left, chosen), others):
            yield own + rest
