"""How often is a score of one group above one of the other: three sizes of the same count.

The probability of superiority (0 to 1), Cliff's delta and the rank-biserial correlation (both
-1 to 1) tell one thing in two scales: ``delta = 2 * superiority - 1``. They differ in how their
interval is formed. Numbers in, numbers out: shape ``(n_a,)`` and ``(n_b,)``, NaN is missing and
left out, every size is signed as `a` against `b`, and only the order of the scores counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.two_samples import TOO_FEW, EffectSize, Floats, observed

ALL_EQUAL = "not estimable: all values are equal"


@dataclass(frozen=True)
class Dominance:
    """Each score's place among the scores of the other group.

    Attributes
    ----------
    of_a, of_b
        Share of the other group that lies below each score, ties half: shape ``(n_a,)`` and
        ``(n_b,)``, 0 to 1.
    n_tied
        Pairs of one score of each group that are equal.
    """

    of_a: Floats
    of_b: Floats
    n_tied: int

    @property
    def superiority(self) -> float:
        """P(a > b) + P(a = b) / 2."""
        return float(self.of_a.mean())


def dominance(a: Floats, b: Floats) -> Dominance:
    """Return the place of each score of `a` among `b`, and of `b` among `a`; both sorted."""
    below, up_to = np.searchsorted(b, a, "left"), np.searchsorted(b, a, "right")
    above = np.searchsorted(a, b, "left") + np.searchsorted(a, b, "right")
    return Dominance(
        of_a=(below + up_to) / (2 * b.size),
        of_b=above / (2 * a.size),
        n_tied=int((up_to - below).sum()),
    )


def superiority(a: ArrayLike, b: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How likely is a subject of `a` to score above one of `b`, a tie counting one half?

    For scores of any shape; needs no variance and exists when the groups do not overlap. It is
    not the chance that one person fares better on one treatment than on the other.

    Parameters
    ----------
    a, b
        Scores, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    conf_level
        Confidence level, 0 to 1.

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When `conf_level` is not between 0 and 1.

    Notes
    -----
    Interval: Newcombe (2006), Stat Med 25: 559-573, method 5: the values that lie within z of
    their own standard errors, with Hanley and McNeil's variance at ``(n_a + n_b) / 2 - 1``.
    Checked against: tests/oracle/dominance.csv (the formula in R 4.2.2, roots by uniroot),
    estimate relative 1e-12, interval absolute 1e-9.

    Examples
    --------
    >>> round(superiority([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]).estimate, 3)
    0.167
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    reason = _why_not(a, b)
    if reason:
        return EffectSize(reason=reason)

    share = dominance(a, b).superiority
    low = 1 - _newcombe_upper(1 - share, a.size, b.size, conf_level)
    high = _newcombe_upper(share, a.size, b.size, conf_level)
    return EffectSize(estimate=share, conf_low=low, conf_high=high)


def cliffs_delta(a: ArrayLike, b: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How much more often is `a` above `b` than below: P(a > b) - P(a < b)?

    Arguments, missing values and errors as `superiority`.

    Notes
    -----
    Interval: Feng and Cliff (2004), J Mod Appl Stat Methods 3: 322-332, the asymmetric one
    with the normal quantile, from Cliff's unbiased variance, which is kept at its least
    possible value or above (Cliff 1996, Ordinal Methods for Behavioral Data Analysis, p. 138);
    where the groups do not overlap, equation 8, p. 324, with the smaller group.
    Checked against: tests/oracle/dominance.csv (the formulas in R 4.2.2 over the matrix of all
    pairs), relative 1e-10. R's orddom and effsize take the t quantile, and are wider.

    Examples
    --------
    >>> round(cliffs_delta([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]).estimate, 3)
    -0.667
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    reason = _why_not(a, b)
    if reason:
        return EffectSize(reason=reason)

    found = dominance(a, b)
    delta = 2 * found.superiority - 1
    low, high = _feng(delta, _cliff_variance(found, delta), min(a.size, b.size), conf_level)
    return EffectSize(estimate=delta, conf_low=low, conf_high=high)


def rank_biserial(a: ArrayLike, b: ArrayLike, conf_level: float = 0.95) -> EffectSize:
    """How strongly do the ranks divide the groups: the effect size of the Mann-Whitney test?

    The value is Cliff's delta; the interval is the one that R's effectsize gives, and takes the
    ranks as if there were no difference. Arguments, missing values and errors as `superiority`.

    Notes
    -----
    Interval: Fisher's z with standard error ``sqrt((n_a + n_b + 1) / (3 n_a n_b))``, as
    effectsize; King and Minium (2008), Statistical Reasoning in the Behavioral Sciences, p. 403.
    Checked against: tests/oracle/dominance.csv (R 4.2.2, effectsize::rank_biserial), relative
    1e-10.

    Examples
    --------
    >>> round(rank_biserial([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]).estimate, 3)
    -0.667
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    reason = _why_not(a, b)
    if reason:
        return EffectSize(reason=reason)

    r = 2 * dominance(a, b).superiority - 1
    return fisher_interval(
        r, float(np.sqrt((a.size + b.size + 1) / (3 * a.size * b.size))), conf_level
    )


def fisher_interval(r: float, std_error: float, conf_level: float) -> EffectSize:
    """Return a correlation-like size with the interval ``tanh(atanh(r) +- z * std_error)``."""
    from scipy import special

    if abs(r) == 1:
        return EffectSize(
            estimate=r, reason="interval not estimable: Fisher's z has no value at -1 and 1"
        )
    margin = float(special.ndtri((1 + conf_level) / 2)) * std_error
    z = float(np.arctanh(r))
    return EffectSize(
        estimate=r, conf_low=float(np.tanh(z - margin)), conf_high=float(np.tanh(z + margin))
    )


def _why_not(a: Floats, b: Floats) -> str | None:
    if min(a.size, b.size) < 2:
        return TOO_FEW
    return ALL_EQUAL if a[0] == b[0] == a[-1] == b[-1] else None


def _newcombe_upper(share: float, n_a: int, n_b: int, conf_level: float) -> float:
    """Return the upper limit; the lower one is that of ``1 - share``, turned round."""
    from scipy import optimize, special

    if share == 1:
        return 1.0
    z = float(special.ndtri((1 + conf_level) / 2))
    half = (n_a + n_b) / 2 - 1

    def excess(theta: float) -> float:
        spread = 1 + half * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return theta - share - z * float(np.sqrt(theta * (1 - theta) * spread / (n_a * n_b)))

    # Below 1 the excess is negative at `share` and positive close to 1, where it is 1 - share.
    low = max(share, 1e-300)
    return float(optimize.brentq(excess, low, 1.0, xtol=1e-15, rtol=1e-14))


def _cliff_variance(found: Dominance, delta: float) -> float:
    """Return the unbiased variance of delta (Feng and Cliff 2004, equation 3), held above 0."""
    n_a, n_b = found.of_a.size, found.of_b.size
    rows = float(((2 * found.of_a - 1 - delta) ** 2).sum())
    columns = float(((1 - 2 * found.of_b - delta) ** 2).sum())
    pairs = n_a * n_b - found.n_tied - n_a * n_b * delta**2
    unbiased = (n_b**2 * rows + n_a**2 * columns - pairs) / (n_a * n_b * (n_a - 1) * (n_b - 1))
    return max(unbiased, (1 - delta**2) / (n_a * n_b - 1))


def _feng(delta: float, variance: float, smaller: int, conf_level: float) -> tuple[float, float]:
    from scipy import special

    z = float(special.ndtri((1 + conf_level) / 2))
    if abs(delta) == 1:
        limit = (smaller - z**2) / (smaller + z**2)
        return (limit, 1.0) if delta > 0 else (-1.0, -limit)
    centre = delta - delta**3
    margin = z * float(np.sqrt(variance * ((1 - delta**2) ** 2 + z**2 * variance)))
    scale = 1 - delta**2 + z**2 * variance
    return max(-1.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale)
