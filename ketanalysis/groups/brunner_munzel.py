"""The Brunner-Munzel test: is one group above the other more often than below, spread aside?

It asks the Mann-Whitney question without its assumption: under the null hypothesis the two
distributions may differ in spread and shape, as long as neither group tends to lie higher.
Numbers in, numbers out; NaN is missing and left out; the order of values does not matter.
Worked here and not by scipy, whose ``brunnermunzel`` warns and gives NaN where the groups do
not overlap, and has neither interval nor permutation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.dominance import ALL_EQUAL, dominance
from ketanalysis.groups.resampling import (
    NOTHING_DRAWN,
    Draws,
    all_splits,
    can_enumerate,
    membership,
    random_splits,
)
from ketanalysis.groups.two_samples import TOO_FEW, Floats, observed

SEPARATED = "p value and interval not estimable: the groups do not overlap, and have no variance"
NO_QUANTILE = "no interval of this level exists for so few subjects"
SAME = 1e-9  # of a statistic: what rounding may make of two splits that are equally far
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Superiority:
    """P(a > b) + P(a = b) / 2, tested against one half, unrounded.

    Attributes
    ----------
    superiority, std_error, conf_low, conf_high
        The probability, its standard error and interval, 0 to 1.
    statistic, df, p_value
        ``(superiority - 1/2) / std_error``; df is NaN for the permutation test.
    method
        How the p value and the interval were formed.
    """

    superiority: float = NAN
    std_error: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    statistic: float = NAN
    df: float = NAN
    p_value: float = NAN
    method: str = ""
    reason: str | None = None


def brunner_munzel(a: ArrayLike, b: ArrayLike, conf_level: float = 0.95) -> Superiority:
    """Compare two groups by ranks without assuming equal spread (Brunner-Munzel test).

    For skewed scores and scores with many ties; with fewer than ten subjects in a group the t
    approximation is too liberal: take `brunner_munzel_permutation`.

    Parameters
    ----------
    a, b
        Scores, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Superiority
        An interval that would reach beyond 0 or 1 ends there. Groups that do not overlap have
        no variance: the probability is 0 or 1, and nothing else can be estimated.

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When `conf_level` is not between 0 and 1.

    Notes
    -----
    Brunner and Munzel (2000), Biom J 42: 17-25, with their t approximation (Satterthwaite).
    Checked against: tests/oracle/brunner_munzel.csv (the formulas in R 4.2.2), all columns,
    relative 1e-10; scipy.stats.brunnermunzel; the pain scores of R's brunnermunzel, to the
    digits printed.

    Examples
    --------
    >>> brunner_munzel([1, 2, 2, 3], [2, 4, 5, 7]).superiority
    0.125
    """
    from scipy import special

    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    reason = _why_not(a, b)
    if reason:
        return Superiority(reason=reason)

    placed = dominance(a, b)
    share = placed.superiority
    parts = np.array([placed.of_a.var(ddof=1) / a.size, placed.of_b.var(ddof=1) / b.size])
    std_error = float(np.sqrt(parts.sum()))
    if std_error == 0:
        return Superiority(superiority=share, reason=SEPARATED)
    df = float(parts.sum() ** 2 / (parts**2 / (a.size - 1, b.size - 1)).sum())
    statistic = (share - 0.5) / std_error
    margin = float(special.stdtrit(df, (1 + conf_level) / 2)) * std_error
    return Superiority(
        superiority=share,
        std_error=std_error,
        conf_low=max(0.0, share - margin),
        conf_high=min(1.0, share + margin),
        statistic=statistic,
        df=df,
        p_value=2 * float(special.stdtr(df, -abs(statistic))),
        method="Brunner-Munzel t",
    )


def brunner_munzel_permutation(
    a: ArrayLike, b: ArrayLike, conf_level: float = 0.95, draws: Draws = NOTHING_DRAWN
) -> Superiority:
    """Compare two small groups by ranks without assuming equal spread, by permutation.

    The studentised permutation test: exact where the groups come from one distribution, and
    right in larger samples where they differ in spread. Arguments, missing values and errors
    as `brunner_munzel`, and:

    Parameters
    ----------
    a, b, conf_level
        As in `brunner_munzel`.
    draws
        Seed and number of resamples, needed where the splits are too many to enumerate (more
        than a million: from about 22 subjects).

    Returns
    -------
    Superiority
        p is the share of splits with a statistic at least as far from 0 in either direction. A
        split without overlap has an infinite one, so that groups without overlap have a p
        value here. The interval takes the quantile of that distribution instead of t's.

    Raises
    ------
    ArgumentError
        When resamples are needed and not named.

    Notes
    -----
    Neubert and Brunner (2007), Comput Stat Data Anal 51: 5192-5204; the interval: Pauly,
    Asendorf and Konietschke (2016), Biom J 58: 1319-1337. Resampled p values are (b + 1) /
    (m + 1): Phipson and Smyth (2010), Stat Appl Genet Mol Biol 9: 39.
    Checked against: tests/oracle/brunner_munzel.csv (every split in R 4.2.2), relative 1e-10;
    the pain scores of R's brunnermunzel, to the digits printed.

    Examples
    --------
    >>> round(brunner_munzel_permutation([1, 2, 3, 4], [3, 5, 6, 7]).p_value, 4)
    0.0857
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    reason = _why_not(a, b)
    if reason:
        return Superiority(reason=reason)

    far, seen, method, is_drawn = _distances(a, b, draws)
    as_far = int((far >= seen * (1 - SAME)).sum())
    p = (as_far + is_drawn) / (far.size + is_drawn)
    found = brunner_munzel(a, b, conf_level)
    if np.isnan(found.std_error):
        separated = "interval not estimable: the groups do not overlap"
        return Superiority(
            superiority=found.superiority, p_value=p, method=method, reason=separated
        )
    quantile = _quantile(far, conf_level, is_drawn=is_drawn)
    margin = quantile * found.std_error
    is_there = np.isfinite(margin)
    return Superiority(
        superiority=found.superiority,
        std_error=found.std_error,
        conf_low=max(0.0, found.superiority - margin) if is_there else NAN,
        conf_high=min(1.0, found.superiority + margin) if is_there else NAN,
        statistic=found.statistic,
        p_value=p,
        method=method,
        reason=None if is_there else NO_QUANTILE,
    )


def _why_not(a: Floats, b: Floats) -> str | None:
    if min(a.size, b.size) < 2:
        return TOO_FEW
    return ALL_EQUAL if a[0] == b[0] == a[-1] == b[-1] else None


def _distances(a: Floats, b: Floats, draws: Draws) -> tuple[Floats, float, str, bool]:
    """Return each split's distance from 0, shape (m,), that seen, how they came, if drawn."""
    small = a if a.size <= b.size else b
    pooled = np.sort(np.concatenate([a, b]))
    value, start, size = np.unique(pooled, return_index=True, return_counts=True)
    in_small = np.searchsorted(small, value, "right") - np.searchsorted(small, value, "left")
    seen = float(_statistics(in_small[np.newaxis], size)[0])
    is_drawn = not can_enumerate(pooled.size, small.size)
    if is_drawn:
        draws.check("brunner-munzel-permutation", pooled.size)
    splits = (
        random_splits(pooled.size, small.size, draws)
        if is_drawn
        else all_splits(pooled.size, small.size)
    )
    far = np.concatenate(
        [
            _statistics(np.add.reduceat(membership(chosen, pooled.size), start, axis=1), size)
            for chosen in splits
        ]
    )
    how = draws.words() if is_drawn else f"all {far.size:,} splits"
    return far, seen, f"studentised permutation, {how}", is_drawn


def _statistics(first: NDArray[np.int64], size: NDArray[np.int64]) -> Floats:
    """Return the distance of the Brunner-Munzel statistic from 0 for many splits at once.

    `first` counts the subjects of the first group at each distinct value, shape ``(m, k)``,
    `size` the subjects of both, shape ``(k,)``. All sums are whole numbers, and exact.
    """
    second = size - first
    n_first, n_second = int(first[0].sum()), int(second[0].sum())
    of_first = 2 * (second.cumsum(axis=1) - second) + second
    of_second = 2 * (first.cumsum(axis=1) - first) + first
    total = (first * of_first).sum(axis=1)
    spread = _squares(first, of_first, n_first) / (n_first**2 * (n_first - 1) * n_second**2)
    spread = spread + _squares(second, of_second, n_second) / (
        n_second**2 * (n_second - 1) * n_first**2
    )
    off = np.abs(total - n_first * n_second) / (n_first * n_second)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(off == 0, 0.0, off / np.sqrt(spread))


def _squares(count: NDArray[np.int64], twice: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return n times the sum of squares about the mean of the doubled placements."""
    total = (count * twice).sum(axis=1)
    squares: NDArray[np.int64] = n * (count * twice**2).sum(axis=1) - total**2
    return squares


def _quantile(far: Floats, conf_level: float, *, is_drawn: bool) -> float:
    """Return the largest distance whose own p value is above ``1 - conf_level``."""
    rank = int(np.floor((1 - conf_level) * (far.size + is_drawn) + SAME)) + 1 - is_drawn
    return float(-np.sort(-far)[max(rank, 1) - 1])
