"""Scores that are mostly 0: does anybody have any, and how much have those who do?

Anxiety in an infusion is absent in many and strong in some, and a mean describes neither. The
two questions are asked apart, and together by one test with two degrees of freedom. Numbers in,
numbers out: shape ``(n_a,)`` and ``(n_b,)``, NaN is missing and left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.dominance import superiority
from ketanalysis.groups.mann_whitney import (
    EXACT_SUBJECTS,
    RankComparison,
    average_ranks,
    mann_whitney,
)
from ketanalysis.groups.two_samples import TOO_FEW, EffectSize, Floats, observed
from ketanalysis.rates.two_by_two import Estimate
from ketanalysis.rates.two_proportions import risk_difference

NAN = float("nan")
ALL_ZERO = "not estimable: all scores are {zero:g}"
NO_ZERO = "no score is {zero:g}: the test is that of the amounts alone"
SAME_AMOUNT = "all scores above {zero:g} are equal: the test is that of any alone"
ONE_SIDE = "only one group has any: the test is that of any alone"
FEW_AMOUNTS = "fewer than 2 subjects of a group have any: the test is that of any alone"


@dataclass(frozen=True, kw_only=True)
class TwoPart:
    """Any score above zero, the amount among those, and both together, unrounded.

    Attributes
    ----------
    any_a, n_a, any_b, n_b
        Subjects with a score above zero, and all, in either group.
    any
        Difference of the shares, `a - b`, with interval and test; None with fewer than two
        subjects in a group.
    amount, superiority
        Comparison of the scores above zero by ranks, and how often one of `a` is above one of
        `b`; the groups are formed after the fact, so that it describes and shows no effect.
    statistic, df, p_value
        The test of both together.
    """

    any_a: int = 0
    n_a: int = 0
    any_b: int = 0
    n_b: int = 0
    any: Estimate | None = None
    amount: RankComparison = field(default_factory=RankComparison)
    superiority: EffectSize = field(default_factory=EffectSize)
    statistic: float = NAN
    df: float = NAN
    p_value: float = NAN
    reason: str | None = None


def two_part(a: ArrayLike, b: ArrayLike, conf_level: float = 0.95, zero: float = 0.0) -> TwoPart:
    """Compare scores with many zeros: any or none, how much, and the two together.

    Not for scores without a zero that means absence, such as the STAI (20 to 80): name its floor
    as `zero` where it does mean that.

    Parameters
    ----------
    a, b
        Scores in points, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    conf_level
        Confidence level, 0 to 1.
    zero
        The score that means "none"; any score above it is "any".

    Raises
    ------
    ContractError
        When a value is infinite.

    Notes
    -----
    Fewer than two subjects in a group: not estimable. Fewer than two with any in a group: the
    amounts are no part of the test, as they have none of their own.
    Lachenbruch (1976), Biom J 18: 349-356, and (2001), Stat Med 20: 1215-1234: the sum of
    Pearson's chi-square of any and the squared standardised rank sum of the amounts (ties
    allowed for, no continuity correction), with a degree of freedom for each that exists. The
    difference of shares has the interval of Miettinen and Nurminen.
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, stats::prop.test and
    coin::wilcox_test), relative 1e-9.

    Examples
    --------
    >>> found = two_part([0, 0, 0, 5, 8], [0, 12, 20, 31, 40])
    >>> found.any_a, found.any_b, round(found.p_value, 3)
    (2, 4, 0.078)
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    some_a, some_b = a[a > zero], b[b > zero]
    if min(a.size, b.size) < 2:
        return TwoPart(
            any_a=some_a.size,
            n_a=a.size,
            any_b=some_b.size,
            n_b=b.size,
            amount=RankComparison(reason=TOO_FEW),
            superiority=EffectSize(reason=TOO_FEW),
            reason=TOO_FEW,
        )
    shares = risk_difference(some_a.size, a.size, some_b.size, b.size, conf_level=conf_level)
    is_small = some_a.size + some_b.size <= EXACT_SUBJECTS
    amount = mann_whitney(some_a, some_b, "exact" if is_small else "asymptotic", conf_level)
    statistic, df, reason = _together(a, b, some_a, some_b, zero)
    from scipy import special

    return TwoPart(
        any_a=some_a.size,
        n_a=a.size,
        any_b=some_b.size,
        n_b=b.size,
        any=shares,
        amount=amount,
        superiority=superiority(some_a, some_b, conf_level),
        statistic=statistic,
        df=df,
        p_value=float(special.chdtrc(df, statistic)) if df else NAN,
        reason=reason,
    )


def _together(
    a: Floats, b: Floats, some_a: Floats, some_b: Floats, zero: float
) -> tuple[float, float, str | None]:
    """Return the statistic of both parts, its degrees of freedom, and what is not in it."""
    n_some, n = some_a.size + some_b.size, a.size + b.size
    if n_some == 0:
        return NAN, 0, ALL_ZERO.format(zero=zero)
    pieces = []
    if n_some < n:
        pieces.append(_chi_square(some_a.size, a.size, some_b.size, b.size))
    spread = _squared_rank_sum(some_a, some_b)
    if spread is not None:
        pieces.append(spread)
    if not pieces:
        return NAN, 0, "not estimable: no variation in either group"
    reason = None
    if n_some == n:
        reason = NO_ZERO.format(zero=zero)
    elif not (some_a.size and some_b.size):
        reason = ONE_SIDE
    elif min(some_a.size, some_b.size) < 2:
        reason = FEW_AMOUNTS
    elif spread is None:
        reason = SAME_AMOUNT.format(zero=zero)
    return float(sum(pieces)), float(len(pieces)), reason


def _chi_square(x_a: int, n_a: int, x_b: int, n_b: int) -> float:
    n, some = n_a + n_b, x_a + x_b
    gap = x_a * n_b - x_b * n_a
    return n * gap**2 / (n_a * n_b * some * (n - some))


def _squared_rank_sum(a: Floats, b: Floats) -> float | None:
    """Return the squared standardised rank sum, None for one amount or ranks that do not vary."""
    n = a.size + b.size
    if min(a.size, b.size) < 2:
        return None
    ranks = average_ranks(np.concatenate([a, b]))
    spread = a.size * b.size / (n * (n - 1)) * float(((ranks - (n + 1) / 2) ** 2).sum())
    if spread == 0:
        return None
    return float((ranks[: a.size].sum() - a.size * (n + 1) / 2) ** 2) / spread
