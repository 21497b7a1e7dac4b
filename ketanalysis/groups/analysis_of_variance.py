"""Several groups at once: do their means differ anywhere? Fisher's and Welch's F, by permutation.

Numbers in, numbers out: `groups` is a sequence of arrays, shape ``(n_i,)`` each; NaN is missing
and left out, an infinite value is refused, and the order within a group does not matter. An F
test says that there is a difference and not where: pairs are in `ketanalysis.groups.pairs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.two_samples import OUT_OF_RANGE, EffectSize, Floats, observed

TOO_FEW_SUBJECTS = "not estimable: a group has fewer than 2 subjects"
NO_VARIATION_WITHIN = "not estimable: no variation within any group"
CONSTANT_GROUP = "not estimable: a group has no variation, and Welch's test divides by it"
EPSILON = float(np.finfo(np.float64).eps)
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Omnibus:
    """A test of several groups at once, unrounded.

    ``statistic`` is F with ``df_num`` and ``df_den``, or H with ``df_num`` (``df_den`` is NaN).
    """

    statistic: float = NAN
    df_num: float = NAN
    df_den: float = NAN
    p_value: float = NAN
    method: str = ""
    reason: str | None = None


@dataclass(frozen=True)
class Squares:
    """Sums of squares between and within groups, in points squared, and their df."""

    between: float
    within: float
    df_num: int
    df_den: int

    @property
    def f(self) -> float:
        """Mean square between over mean square within."""
        return (self.between / self.df_num) / (self.within / self.df_den)


def anova(groups: Sequence[ArrayLike]) -> Omnibus:
    """Compare several means as if all groups had one variance (one-way analysis of variance).

    Take `welch_anova` unless the analysis plan names this test: with unequal variances and
    unequal groups its error rate is wrong.

    Parameters
    ----------
    groups
        Two or more arrays of scores in points, shape ``(n_i,)``; NaN is missing and left out.

    Raises
    ------
    ContractError
        When a value is infinite.

    Notes
    -----
    Fisher (1925), Statistical Methods for Research Workers, chapter VII.
    Checked against: tests/oracle/several_groups.csv (R 4.2.2, stats::oneway.test with
    ``var.equal = TRUE``), relative 1e-10.

    Examples
    --------
    >>> round(anova([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).p_value, 4)
    0.0332
    """
    from scipy import special

    samples = samples_of(groups)
    reason = why_not(samples)
    if reason:
        return Omnibus(reason=reason)
    squares = squares_of(samples)
    return Omnibus(
        statistic=squares.f,
        df_num=squares.df_num,
        df_den=squares.df_den,
        p_value=float(special.fdtrc(squares.df_num, squares.df_den, squares.f)),
        method="F",
    )


def welch_anova(groups: Sequence[ArrayLike]) -> Omnibus:
    """Compare several means without assuming equal variances (Welch's F test).

    Arguments, missing values and errors as `anova`. A group whose scores are all equal has an
    infinite weight, and the test does not exist.

    Notes
    -----
    Welch (1951), Biometrika 38: 330-336.
    Checked against: tests/oracle/several_groups.csv (R 4.2.2, stats::oneway.test), relative
    1e-10.

    Examples
    --------
    >>> round(welch_anova([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).p_value, 4)
    0.0638
    """
    from scipy import special

    samples = samples_of(groups)
    reason = why_not(samples)
    if reason:
        return Omnibus(reason=reason)
    if any(is_constant(sample) for sample in samples):
        return Omnibus(reason=CONSTANT_GROUP)

    k = len(samples)
    n = np.array([sample.size for sample in samples])
    mean = np.array([sample.mean() for sample in samples])
    weight = n / np.array([sample.var(ddof=1) for sample in samples])
    centre = float((weight * mean).sum() / weight.sum())
    lack = float(((1 - weight / weight.sum()) ** 2 / (n - 1)).sum()) / (k**2 - 1)
    between = float((weight * (mean - centre) ** 2).sum()) / (k - 1)
    f = between / (1 + 2 * (k - 2) * lack)
    df = 1 / (3 * lack)
    return Omnibus(
        statistic=f,
        df_num=k - 1,
        df_den=df,
        p_value=float(special.fdtrc(k - 1, df, f)),
        method="Welch F",
    )


def eta_squared(groups: Sequence[ArrayLike], conf_level: float = 0.95) -> EffectSize:
    """What share of the variation of the scores lies between the groups?

    The observed share; it is too large on average: `omega_squared` and `epsilon_squared`
    correct it.

    Parameters
    ----------
    groups
        Two or more arrays of scores, shape ``(n_i,)``; NaN is missing and left out.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    EffectSize
        With the interval of the share in the population, which is one for the three sizes
        and takes equal variances for granted.

    Notes
    -----
    Interval: Steiger (2004), Psychol Methods 9: 164-182, equations 6 to 9: the noncentralities
    L at which F lies at either tail, as ``L / (L + N)``. R's effectsize takes ``L / (L + df)``,
    and for omega and epsilon an F of their own.
    Checked against: tests/oracle/several_groups.csv (R 4.2.2: effectsize::eta_squared,
    omega_squared, epsilon_squared for the estimates, relative 1e-10; pf solved by uniroot for the
    interval, relative 1e-6, as R sums pf's series to 1e-9).

    Examples
    --------
    >>> round(eta_squared([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).estimate, 3)
    0.679
    """
    return _share(groups, conf_level, lambda s: s.between / (s.between + s.within))


def omega_squared(groups: Sequence[ArrayLike], conf_level: float = 0.95) -> EffectSize:
    """What share of the variation in the population lies between the groups (Hays)?

    Arguments, interval, sources and checks as `eta_squared`. An estimate below 0 is given as 0.

    Examples
    --------
    >>> round(omega_squared([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).estimate, 3)
    0.542
    """

    def estimate(s: Squares) -> float:
        mean_square = s.within / s.df_den
        return max(0.0, (s.between - s.df_num * mean_square) / (s.between + s.within + mean_square))

    return _share(groups, conf_level, estimate)


def epsilon_squared(groups: Sequence[ArrayLike], conf_level: float = 0.95) -> EffectSize:
    """What share of the variation in the population lies between the groups (Kelley)?

    Arguments, interval, sources and checks as `eta_squared`. An estimate below 0 is given as 0.

    Examples
    --------
    >>> round(epsilon_squared([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).estimate, 3)
    0.571
    """

    def estimate(s: Squares) -> float:
        corrected = s.between - s.df_num * s.within / s.df_den
        return max(0.0, corrected / (s.between + s.within))

    return _share(groups, conf_level, estimate)


def samples_of(groups: Sequence[ArrayLike]) -> list[Floats]:
    """Return the values that are there of each group, sorted."""
    return [observed(values, f"group {place}") for place, values in enumerate(groups, start=1)]


def squares_of(samples: Sequence[Floats]) -> Squares:
    """Return the sums of squares of samples that have values."""
    pooled = np.sort(np.concatenate(list(samples)))
    centre = pooled.mean()
    return Squares(
        between=float(sum(s.size * (s.mean() - centre) ** 2 for s in samples)),
        within=float(sum(((s - s.mean()) ** 2).sum() for s in samples)),
        df_num=len(samples) - 1,
        df_den=pooled.size - len(samples),
    )


def is_constant(sample: Floats) -> bool:
    """Whether the scores do not vary beyond rounding, as R's t.test judges."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.sqrt(sample.var(ddof=1)) <= 10 * EPSILON * np.abs(sample).max())


def why_not(samples: Sequence[Floats]) -> str | None:
    """Say why several means cannot be compared, or return None."""
    if min(sample.size for sample in samples) < 2:
        return TOO_FEW_SUBJECTS
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(squares_of(samples).within):
            return OUT_OF_RANGE
    return NO_VARIATION_WITHIN if all(is_constant(sample) for sample in samples) else None


def _share(
    groups: Sequence[ArrayLike], conf_level: float, estimate: Callable[[Squares], float]
) -> EffectSize:
    check_conf_level(conf_level)
    samples = samples_of(groups)
    reason = why_not(samples)
    if reason:
        return EffectSize(reason=reason)

    squares, n = squares_of(samples), sum(sample.size for sample in samples)
    ends = [
        _noncentrality(squares.f, squares.df_num, squares.df_den, probability)
        for probability in ((1 + conf_level) / 2, (1 - conf_level) / 2)
    ]
    low, high = (end / (end + n) for end in ends)
    return EffectSize(estimate=estimate(squares), conf_low=low, conf_high=high)


def _noncentrality(f: float, df_num: int, df_den: int, probability: float) -> float:
    """Return the noncentrality at which F lies at or below `f` with `probability`; 0 if none."""
    from scipy import optimize, special

    def excess(noncentrality: float) -> float:
        return float(special.ncfdtr(df_num, df_den, noncentrality, f)) - probability

    if float(special.fdtr(df_num, df_den, f)) <= probability:
        return 0.0
    high = df_num * f + 10
    while excess(high) > 0:
        high *= 2
    return float(optimize.brentq(excess, 0, high, xtol=1e-12, rtol=1e-13))
