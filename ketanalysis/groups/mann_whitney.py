"""The Mann-Whitney test: how often is a subject of one group above one of the other?

Numbers in, numbers out; a missing value is NaN and is left out; the order of values does not
matter. The ranks are worked here and not by pingouin, whose ``mwu`` gives the same W, p value
and effect sizes but compares every pair in memory and has no exact p value under ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.inversion import ROUNDING, kept_shifts
from ketanalysis.groups.two_samples import TOO_FEW, Floats, observed

RankMethod = Literal["asymptotic", "exact"]

EXACT_SUBJECTS = 300
EXACT_TIES = 150  # subjects up to whom the exact interval allows for ties: about a second
MOST_PAIRS = 25_000_000
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class RankComparison:
    """The Mann-Whitney test of `a` against `b`, unrounded.

    Attributes
    ----------
    statistic
        W as R prints it: the pairs in which `a` is above `b`, a tie counting one half.
    superiority
        P(a > b) + P(a = b) / 2, 0 to 1.
    rank_biserial
        ``2 * superiority - 1``, -1 to 1.
    shift, conf_low, conf_high
        Hodges-Lehmann shift (median of all differences ``a - b``, in points), its interval.
    is_tied
        Whether any two values are equal.
    """

    statistic: float = NAN
    p_value: float = NAN
    superiority: float = NAN
    rank_biserial: float = NAN
    shift: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    is_tied: bool = False
    reason: str | None = None


def mann_whitney(
    a: ArrayLike, b: ArrayLike, method: RankMethod = "asymptotic", conf_level: float = 0.95
) -> RankComparison:
    """Compare two groups by ranks: how often is a subject of `a` above one of `b`?

    For skewed scores, or scores with many zeros. It is not a test of means or medians: with
    unequal spread it may reject although the medians agree.

    Parameters
    ----------
    a, b
        Scores, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    method
        "asymptotic": normal approximation with tie and continuity correction. "exact": the
        permutation distribution of the midranks, right with ties too; at most 300 subjects.
        Its interval inverts that test; with ties and more than 150 subjects it uses the
        distribution without ties, and is conservative.
    conf_level
        Confidence level of the interval of the shift, 0 to 1.

    Returns
    -------
    RankComparison
        The shift and its interval are NaN for more than 25 million pairs; the interval alone
        where the groups are too small for one of this level (R gives the whole range there).

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When `method` is unknown, or "exact" is asked for more than 300 subjects.

    Notes
    -----
    Mann and Whitney (1947), Ann. Math. Stat. 18: 50-60; the exact distribution by the shift
    algorithm of Streitberg and Röhmel (1986), Stat. Software Newsletter 12: 10-17; two-sided
    p: all rank sums at least as far from their mean as the one seen.
    Checked against: tests/oracle/two_samples.csv (R 4.2.2, stats::wilcox.test, coin::wilcox_test,
    exactRankTests::wilcox.exact); p values relative 1e-10; interval absolute 2e-4, because R
    finds it by root search. Exact intervals: tests/oracle/exact_shift.csv (coin's one-sided
    exact p value at every shift), relative 1e-12. coin's own interval takes the ties as they
    are without a shift, where two groups share more of them, and can be too narrow.

    Examples
    --------
    >>> mann_whitney([1.0, 2.0, 3.0], [2.0, 4.0, 7.0], method="exact").p_value
    0.3
    """
    check_one_of("method", method, ("asymptotic", "exact"))
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    if min(a.size, b.size) < 2:
        return RankComparison(reason=TOO_FEW)
    pooled = np.concatenate([a, b])
    if np.ptp(pooled) == 0:
        return RankComparison(reason=ALL_EQUAL)
    if method == "exact" and pooled.size > EXACT_SUBJECTS:
        raise ArgumentError(
            f'method "exact" needs at most {EXACT_SUBJECTS} subjects, not {pooled.size}.'
            ' Take method="asymptotic".'
        )

    ranks = average_ranks(pooled)
    pairs = a.size * b.size
    w = float(ranks[: a.size].sum()) - a.size * (a.size + 1) / 2
    p = _exact_p(ranks, a.size) if method == "exact" else _asymptotic_p(w, a.size, b.size, ranks)
    is_tied = np.unique(pooled).size < pooled.size
    shift, low, high = _shift(a, b, _order_of_limit(a, b, method, conf_level))
    if method == "exact" and is_tied and pooled.size <= EXACT_TIES:
        low, high = _exact_limits(a, b, (1 - conf_level) / 2)
    return RankComparison(
        statistic=w,
        p_value=p,
        superiority=w / pairs,
        rank_biserial=2 * w / pairs - 1,
        shift=shift,
        conf_low=low,
        conf_high=high,
        is_tied=is_tied,
    )


def average_ranks(values: Floats) -> Floats:
    """Return the ranks from 1, ties sharing their mean rank (R's ``rank``); shape ``(n,)``."""
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(size)
    mean_rank: Floats = last - (size - 1) / 2
    return mean_rank[group]


def _tie_sum(values: Floats) -> float:
    size = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((size**3 - size).sum())


def _spread_of_w(n_a: int, n_b: int, tie_sum: float) -> float:
    n = n_a + n_b
    return float(np.sqrt(n_a * n_b / 12 * (n + 1 - tie_sum / (n * (n - 1)))))


def _asymptotic_p(w: float, n_a: int, n_b: int, ranks: Floats) -> float:
    from scipy import special

    z = (abs(w - n_a * n_b / 2) - 0.5) / _spread_of_w(n_a, n_b, _tie_sum(ranks))
    return float(min(1.0, 2 * special.ndtr(-z)))


def _exact_p(ranks: Floats, n_a: int) -> float:
    doubled = np.rint(2 * ranks).astype(np.int64)
    size = min(n_a, ranks.size - n_a)
    group = doubled[:n_a] if size == n_a else doubled[n_a:]
    ways = _ways(np.sort(doubled), size)
    centre = size * (ranks.size + 1)
    distance = np.abs(np.arange(ways.size) - centre)
    return float(ways[distance >= abs(int(group.sum()) - centre)].sum() / ways.sum())


def _exact_limits(a: Floats, b: Floats, tail: float) -> tuple[float, float]:
    """Return the ends of the shifts that the exact test with ties does not reject."""
    differences = np.subtract.outer(a, b)
    steps = distinct(np.sort(differences.ravel()))
    guess = int(np.searchsorted(steps, np.quantile(differences, tail / 2)))
    return kept_shifts(
        steps,
        lambda shift: _upper_p(a - shift, b),
        lambda shift: _upper_p(-(a - shift), -b),
        tail,
        guess,
    )


def distinct(ascending: Floats) -> Floats:
    """Return the values that differ by more than rounding, of values in ascending order."""
    gap = ROUNDING * max(float(np.abs(ascending).max()), 1e-300)
    is_new = np.concatenate([[True], np.diff(ascending) > gap])
    found: Floats = ascending[is_new]
    return found


def _upper_p(a: Floats, b: Floats) -> float:
    """Return how many splits have a rank sum in the first group at least as high as `a` has."""
    doubled = np.rint(2 * average_ranks(np.concatenate([a, b]))).astype(np.int64)
    ways = _ways(np.sort(doubled), a.size)
    return float(ways[int(doubled[: a.size].sum()) :].sum() / ways.sum())


def _ways(scores: NDArray[np.int64], size: int) -> Floats:
    """Count the subsets of `size` scores by their sum: entry s is the number that sum to s."""
    n = scores.size
    ways = np.zeros((size + 1, int(scores[n - size :].sum()) + 1))
    ways[0, 0] = 1
    for seen, score in enumerate(scores.tolist(), start=1):
        most, least = min(seen, size), max(1, size - (n - seen))
        end = int(scores[seen - most : seen].sum()) + 1  # no sum is larger yet
        ways[least : most + 1, score:end] += ways[least - 1 : most, : end - score]
    of_size: Floats = ways[size]
    return of_size


def _order_of_limit(a: Floats, b: Floats, method: RankMethod, conf_level: float) -> int:
    """Return k: the k-th smallest and largest difference end the interval; 0: there is none."""
    from scipy import special

    pairs, tail = a.size * b.size, (1 - conf_level) / 2
    if method == "exact":
        size = min(a.size, b.size)
        ways = _ways(np.arange(1, a.size + b.size + 1), size)[size * (size + 1) // 2 :]
        below = np.cumsum(ways) / ways.sum()
        order = int(np.searchsorted(below, tail * (1 - ROUNDING)))
        return max(order, int(below[0] <= tail * (1 + ROUNDING)))
    z = float(special.ndtri(1 - tail))
    # At a shift between two differences only ties within a group are left.
    spread = _spread_of_w(a.size, b.size, _tie_sum(a) + _tie_sum(b))
    return max(0, pairs + 1 - int(np.ceil(pairs / 2 + 0.5 + z * spread)))


def _shift(a: Floats, b: Floats, order: int) -> tuple[float, float, float]:
    pairs = a.size * b.size
    if pairs > MOST_PAIRS:
        return NAN, NAN, NAN
    differences = np.sort(np.subtract.outer(a, b).ravel())
    shift = float(np.median(differences))
    if order == 0:
        return shift, NAN, NAN
    return shift, float(differences[order - 1]), float(differences[pairs - order])
