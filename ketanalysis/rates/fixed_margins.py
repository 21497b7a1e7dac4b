"""How many of group 1 have the outcome, given all margins: of one table, or summed over strata.

The noncentral hypergeometric distribution and its sums. Fisher's exact test, the exact
Cochran-Mantel-Haenszel test and the exact intervals of an odds ratio are read off it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.rates.score_interval import bisect
from ketanalysis.rates.two_by_two import Table

Floats: TypeAlias = NDArray[np.float64]

LOG_ODDS_BRACKET = 200.0
SAME_PROBABILITY = 1 + 1e-7  # R's allowance for tables that are equally probable


class Conditional(NamedTuple):
    """The possible numbers with the outcome in group 1, and their log weights at odds ratio 1.

    ``k`` are whole numbers in order, ``log_weight`` is known up to a constant; both (m,).
    """

    k: Floats
    log_weight: Floats

    @property
    def is_one_value(self) -> bool:
        """Whether the margins leave one possible number: there is nothing to estimate."""
        return len(self.k) == 1

    def probability(self, log_odds: float = 0.0) -> Floats:
        """Return the probability of each `k` at a log odds ratio, shape (m,)."""
        tilted = self.log_weight + log_odds * (self.k - self.k[0])
        weight = np.exp(tilted - tilted.max())
        return np.asarray(weight / weight.sum(), dtype=np.float64)

    def estimate(self, x: float) -> float:
        """Return the odds ratio at which the expected number is `x`; 0, inf or NaN at an end."""
        if self.is_one_value:
            return math.nan
        if x in (self.k[0], self.k[-1]):
            return 0.0 if x == self.k[0] else math.inf
        return _solved(lambda log_odds: float(self.k @ self.probability(log_odds)) < x)

    def interval(self, x: float, tail: float, is_mid_p: bool = False) -> tuple[float, float]:
        """Return the odds ratios at which so high, and so low, a number has probability `tail`.

        With `is_mid_p`, `x` itself counts half in both tails.
        """
        share = 0.5 if is_mid_p else 1.0
        more, fewer, same = self.k > x, self.k < x, self.k == x

        def upper_tail_is_smaller(log_odds: float) -> bool:
            p = self.probability(log_odds)
            return float(p[more].sum() + share * p[same].sum()) < tail

        def lower_tail_is_larger(log_odds: float) -> bool:
            p = self.probability(log_odds)
            return float(p[fewer].sum() + share * p[same].sum()) > tail

        low = 0.0 if x == self.k[0] else _solved(upper_tail_is_smaller)
        high = math.inf if x == self.k[-1] else _solved(lower_tail_is_larger)
        return low, high

    def p_value(self, x: float) -> float:
        """Return the probability at odds ratio 1 of all numbers no more probable than `x`."""
        p = self.probability()
        return min(1.0, float(p[p <= p[self.k == x] * SAME_PROBABILITY].sum()))

    def mid_p(self, x: float) -> float:
        """Return `p_value` with `x` itself counted half."""
        return min(1.0, self.p_value(x) - float(self.probability()[self.k == x].sum()) / 2)

    def central_mid_p(self, x: float) -> float:
        """Return twice the smaller tail with `x` counted half: the test of the mid-p interval."""
        p = self.probability()
        half = float(p[self.k == x].sum()) / 2
        tails = float(p[self.k < x].sum()) + half, float(p[self.k > x].sum()) + half
        return min(1.0, 2 * min(tails))


def conditional_on_margins(tables: Iterable[Table]) -> Conditional:
    """Return the distribution of the number with the outcome in group 1, summed over tables."""
    parts = [_of_one(table) for table in tables]
    total = parts[0]
    for part in parts[1:]:
        total = _summed(total, part)
    return total


def _of_one(table: Table) -> Conditional:
    with_outcome = table.x1 + table.x0
    least, most = max(0.0, with_outcome - table.n0), min(table.n1, with_outcome)
    k = np.arange(least, most + 1)
    return Conditional(k, _log_central(k, table.n1, table.n0, with_outcome))


def _log_central(k: Floats, n1: float, n0: float, with_outcome: float) -> Floats:
    """Return log weights of the hypergeometric distribution at each `k`, up to a constant.

    Summed ratios of neighbours: log factorials would lose digits in large groups.
    """
    here = k[:-1]
    up = np.log((n1 - here) * (with_outcome - here))
    down = np.log((here + 1) * (n0 - with_outcome + here + 1))
    return np.concatenate(([0.0], np.cumsum(up - down)))


def _summed(first: Conditional, second: Conditional) -> Conditional:
    """Return the distribution of the sum; on the log scale, so that no tail is lost."""
    if len(first.k) < len(second.k):
        first, second = second, first
    k = np.arange(first.k[0] + second.k[0], first.k[-1] + second.k[-1] + 1)
    log_weight = np.full(len(k), -np.inf)
    for place, weight in enumerate(second.log_weight):
        here = slice(place, place + len(first.k))
        log_weight[here] = np.logaddexp(log_weight[here], first.log_weight + weight)
    return Conditional(k, log_weight - log_weight.max())


def _solved(is_below: Callable[[float], bool]) -> float:
    return math.exp(bisect(is_below, -LOG_ODDS_BRACKET, LOG_ODDS_BRACKET))
