"""Two scores of the same subjects by ranks and signs: Wilcoxon's test and the sign test.

Numbers in, numbers out; `x` and `y` belong together by position, every difference is
``x - y``, and a pair with NaN is left out. The ranks are worked here and not by pingouin or
scipy, which have no exact p value under ties and no interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.groups.inversion import ROUNDING, kept_shifts
from ketanalysis.groups.mann_whitney import average_ranks, distinct
from ketanalysis.groups.paired_differences import (
    ALL_ZERO,
    TOO_FEW_PAIRS,
    complete_pairs,
    differences_of,
)
from ketanalysis.groups.two_samples import Floats

SignedRankMethod = Literal["asymptotic", "exact"]
EXACT_PAIRS = 300
MOST_PAIRS = 5_000  # 12.5 million averages of two differences
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class SignedComparison:
    """A test of the differences `x - y` of pairs, unrounded.

    Attributes
    ----------
    statistic
        Wilcoxon: V as R prints it, the rank sum of the positive differences. Sign test: the
        number of positive differences.
    shift, conf_low, conf_high
        Wilcoxon: the pseudo-median (median of the averages of all two differences). Sign
        test: the median difference. In points, with interval.
    n_zero
        Pairs without a difference, which have no rank and no sign.
    is_tied
        Whether any two differences are equally large.
    """

    statistic: float = NAN
    p_value: float = NAN
    shift: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    n_zero: int = 0
    is_tied: bool = False
    reason: str | None = None


def wilcoxon(
    x: ArrayLike,
    y: ArrayLike,
    method: SignedRankMethod = "asymptotic",
    conf_level: float = 0.95,
) -> SignedComparison:
    """Compare two scores of the same subjects by signed ranks (Wilcoxon's test).

    For skewed differences. It asks whether the differences lie evenly about 0, and takes them
    to be symmetric; without symmetry take `sign_test`.

    Parameters
    ----------
    x, y
        Scores of the same subjects in the same order, shape ``(n,)``; a pair with NaN is left
        out.
    method
        "asymptotic": normal approximation with tie and continuity correction. "exact": all
        ways to give the ranks their signs, right with ties too; at most 300 pairs.
    conf_level
        Confidence level of the interval of the pseudo-median, 0 to 1.

    Returns
    -------
    SignedComparison
        Differences of 0 have no rank (Wilcoxon's own rule, and R's), and are counted. The
        pseudo-median and its interval are of all differences, zeros included; the exact
        interval inverts the exact test. Both are NaN for more than 5,000 pairs, the interval
        alone where there are too few pairs for one of this level.

    Raises
    ------
    ArgumentError
        When `method` is unknown, or "exact" is asked for more than 300 pairs.
    ContractError
        When a value is infinite.

    Notes
    -----
    Wilcoxon (1945), Biometrics Bull 1: 80-83; pseudo-median: Hodges and Lehmann (1963), Ann
    Math Stat 34: 598-611. R's wilcox.test leaves the zeros out of the pseudo-median too, which
    moves it away from 0.
    Checked against: tests/oracle/paired.csv (R 4.2.2, stats::wilcox.test, coin::wilcoxsign_test,
    exactRankTests::wilcox.exact); p values relative 1e-10; asymptotic interval absolute 2e-4,
    because R finds it by root search; exact interval (exactRankTests' one-sided p value at
    every shift) relative 1e-12.

    Examples
    --------
    >>> wilcoxon([12.0, 15.0, 9.0, 8.0], [20.0, 19.0, 18.0, 7.0], "exact").p_value
    0.25
    """
    check_one_of("method", method, ("asymptotic", "exact"))
    check_conf_level(conf_level)
    x, y = complete_pairs(x, y)
    difference = differences_of(x, y)
    ranked = difference[difference != 0]
    reason = _why_not(difference)
    if reason:
        return SignedComparison(n_zero=difference.size - ranked.size, reason=reason)
    if method == "exact" and difference.size > EXACT_PAIRS:
        raise ArgumentError(
            f'method "exact" needs at most {EXACT_PAIRS} pairs, not {difference.size}.'
            ' Take method="asymptotic".'
        )

    ranks = average_ranks(np.abs(ranked))
    v = float(ranks[ranked > 0].sum())
    p = _exact_p(ranks, v) if method == "exact" else _asymptotic_p(ranks, v)
    shift, low, high = _pseudo_median(difference, method, (1 - conf_level) / 2)
    return SignedComparison(
        statistic=v,
        p_value=p,
        shift=shift,
        conf_low=low,
        conf_high=high,
        n_zero=difference.size - ranked.size,
        is_tied=np.unique(ranks).size < ranks.size,
    )


def sign_test(x: ArrayLike, y: ArrayLike, conf_level: float = 0.95) -> SignedComparison:
    """Compare two scores of the same subjects by the signs of their differences alone.

    Asks whether more subjects rose than fell; takes nothing for granted about the size of the
    differences. Arguments, missing values and errors as `wilcoxon`.

    Notes
    -----
    Exact binomial test of the differences that are not 0; the interval of the median
    difference ends at two differences of all pairs, zeros included, and holds at least the
    level: Conover (1999), Practical Nonparametric Statistics, 3rd edition, pp. 143-146 and 157.
    Checked against: tests/oracle/paired.csv (R 4.2.2, stats::binom.test, the order statistics by
    stats::qbinom), relative 1e-10.

    Examples
    --------
    >>> sign_test([12.0, 15.0, 9.0, 8.0], [20.0, 19.0, 18.0, 7.0]).p_value
    0.625
    """
    from scipy import special

    check_conf_level(conf_level)
    x, y = complete_pairs(x, y)
    difference = differences_of(x, y)
    positive, m = int((difference > 0).sum()), int((difference != 0).sum())
    reason = _why_not(difference)
    if reason:
        return SignedComparison(n_zero=difference.size - m, reason=reason)

    fewer = min(positive, m - positive)
    p = min(1.0, 2 * float(special.bdtr(fewer, m, 0.5)))
    below = special.bdtr(np.arange(difference.size), difference.size, 0.5)
    order = int(np.searchsorted(below, (1 - conf_level) / 2 * (1 + ROUNDING), "right"))
    return SignedComparison(
        statistic=float(positive),
        p_value=p,
        shift=float(np.median(difference)),
        conf_low=float(difference[order - 1]) if order else NAN,
        conf_high=float(difference[difference.size - order]) if order else NAN,
        n_zero=difference.size - m,
        is_tied=np.unique(difference).size < difference.size,
    )


def _why_not(difference: Floats) -> str | None:
    if difference.size < 2:
        return TOO_FEW_PAIRS
    return None if difference.any() else ALL_ZERO


def _spread_of_v(ranked: Floats) -> float:
    """Return the SD of V with ties among the sizes of the differences."""
    m, ties = ranked.size, np.unique(np.abs(ranked), return_counts=True)[1].astype(np.float64)
    return float(np.sqrt(m * (m + 1) * (2 * m + 1) / 24 - (ties**3 - ties).sum() / 48))


def _asymptotic_p(ranks: Floats, v: float) -> float:
    from scipy import special

    off = abs(v - float(ranks.sum()) / 2)
    return float(min(1.0, 2 * special.ndtr(-max(off - 0.5, 0) / _spread_of_v(ranks))))


def _sign_ways(ranks: Floats) -> Floats:
    """Count the ways to give signs to ranks by the doubled rank sum of the positive ones."""
    doubled = np.sort(np.rint(2 * ranks).astype(np.int64))
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0], end = 1, 1
    for rank in doubled.tolist():
        end += rank
        ways[rank:end] += ways[: end - rank]
    return ways


def _exact_p(ranks: Floats, v: float) -> float:
    ways = _sign_ways(ranks)
    far = np.abs(2 * np.arange(ways.size) - (ways.size - 1))
    return float(ways[far >= abs(4 * v - (ways.size - 1)) - 0.5].sum() / ways.sum())


def _pseudo_median(difference: Floats, method: str, tail: float) -> tuple[float, float, float]:
    if difference.size > MOST_PAIRS:
        return NAN, NAN, NAN
    first, second = np.triu_indices(difference.size)
    averages = np.sort((difference[first] + difference[second]) / 2)
    shift = float(np.median(averages))
    order = _order_of_limit(difference, averages.size, tail)
    if method == "exact":
        steps = distinct(averages)
        guess = int(np.searchsorted(steps, averages[max(order - 1, 0)]))
        low, high = kept_shifts(
            steps,
            lambda at: _upper_p(difference - at),
            lambda at: _upper_p(at - difference),
            tail,
            guess,
        )
        return shift, low, high
    if order == 0:
        return shift, NAN, NAN
    return shift, float(averages[order - 1]), float(averages[averages.size - order])


def _upper_p(difference: Floats) -> float:
    ranks = average_ranks(np.abs(difference))
    ways = _sign_ways(ranks)
    return float(ways[int(np.rint(2 * ranks[difference > 0].sum())) :].sum() / ways.sum())


def _order_of_limit(difference: Floats, averages: int, tail: float) -> int:
    """Return k: the k-th smallest and largest average end the interval; 0: there is none."""
    from scipy import special

    # At a shift between two averages, equal differences are the only ties that are left.
    m, ties = difference.size, np.unique(difference, return_counts=True)[1].astype(np.float64)
    spread = np.sqrt(m * (m + 1) * (2 * m + 1) / 24 - (ties**3 - ties).sum() / 48)
    margin = -float(special.ndtri(tail)) * float(spread)
    return max(0, averages + 1 - int(np.ceil(averages / 2 + 0.5 + margin)))
