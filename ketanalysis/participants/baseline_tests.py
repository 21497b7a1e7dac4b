"""The tests that a baseline table can show where a reader insists: k groups, one characteristic.

They are not a test of randomisation (`NOT_A_TEST`), and they are never shown unasked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError

Floats = NDArray[np.float64]

NUMBER_TESTS = {
    "welch": "Welch's test of means (two groups: Welch's t)",
    "kruskal-wallis": "Kruskal-Wallis (two groups: Mann-Whitney, without continuity correction)",
}
CATEGORY_TESTS = {
    "pearson": "Pearson's chi-square without continuity correction",
    "fisher": "Fisher's exact test",
}
NOT_A_TEST = (
    "The p values are no test of randomisation: where chance alone allocated the subjects, every "
    "difference at baseline is a chance difference, and a p value above or below 0.05 says "
    "neither that the groups are alike nor that a difference matters (CONSORT 2010 item 15; "
    "Senn 1994, Stat Med 13:1715)."
)

TOO_FEW = "not testable: fewer than 2 subjects with a value in a group"
NO_VARIATION = "not testable: no variation in a group"
ALL_TIED = "not testable: all values are equal"
ONE_LEVEL = "not testable: all subjects are in one category"
EMPTY_GROUP = "not testable: a group without subjects with a value"
NOT_TWO_BY_TWO = "not testable: Fisher's test here is for two groups and two categories"


@dataclass(frozen=True, kw_only=True)
class BaselineTest:
    """A test of k groups; all None with the ``reason`` where there is no test.

    ``smallest_expected`` is the smallest expected count of Pearson's test.
    """

    test: str
    statistic: float | None = None
    df_num: float | None = None
    df_den: float | None = None
    p_value: float | None = None
    smallest_expected: float | None = None
    reason: str | None = None


def welch_means(groups: Sequence[ArrayLike]) -> BaselineTest:
    """Do the means of k groups differ, whatever their variances? Welch's one-way test.

    Parameters
    ----------
    groups
        k arrays, each of shape ``(n_i,)``; NaN is missing and left out.

    Returns
    -------
    BaselineTest
        F with k - 1 and Welch's degrees of freedom. For two groups F is t squared, with the p
        value of Welch's t test.

    Notes
    -----
    Welch (1951), Biometrika 38:330-336.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, stats::oneway.test), all fields,
    relative 1e-10.

    Examples
    --------
    >>> round(welch_means([[1.0, 2.0, 3.0], [2.0, 4.0, 7.0]]).p_value, 4)
    0.2451
    """
    arrays = [_there(group) for group in groups]
    if min(a.size for a in arrays) < 2:
        return BaselineTest(test="welch", reason=TOO_FEW)
    if any(a[0] == a[-1] for a in arrays):
        return BaselineTest(test="welch", reason=NO_VARIATION)

    k = len(arrays)
    n = np.array([a.size for a in arrays], dtype=np.float64)
    mean = np.array([a.mean() for a in arrays])
    weight = n / np.array([a.var(ddof=1) for a in arrays])
    grand = weight @ mean / weight.sum()
    unequal = float((np.square(1 - weight / weight.sum()) / (n - 1)).sum())
    between = float((weight * np.square(mean - grand)).sum()) / (k - 1)
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * unequal)
    df_den = (k**2 - 1) / (3 * unequal)

    from scipy.special import fdtrc

    p_value = float(fdtrc(k - 1, df_den, statistic))
    return BaselineTest(
        test="welch", statistic=statistic, df_num=k - 1, df_den=df_den, p_value=p_value
    )


def kruskal_wallis(groups: Sequence[ArrayLike]) -> BaselineTest:
    """Do k groups differ in rank? The Kruskal-Wallis test, corrected for ties.

    Parameters
    ----------
    groups
        As `welch_means`.

    Returns
    -------
    BaselineTest
        H, chi-square with k - 1 degrees of freedom (an approximation for small groups).

    Notes
    -----
    Kruskal and Wallis (1952), J Am Stat Assoc 47:583-621.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, stats::kruskal.test), all fields,
    relative 1e-10.

    Examples
    --------
    >>> round(kruskal_wallis([[1, 2, 3], [2, 4, 7]]).p_value, 4)
    0.184
    """
    arrays = [_there(group) for group in groups]
    if min(a.size for a in arrays) < 1:
        return BaselineTest(test="kruskal-wallis", reason=EMPTY_GROUP)
    values = np.concatenate(arrays)
    distinct, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    if distinct.size < 2:
        return BaselineTest(test="kruskal-wallis", reason=ALL_TIED)

    n = float(values.size)
    rank = (np.cumsum(ties) - (ties - 1) / 2)[place]
    ends = np.cumsum([a.size for a in arrays])[:-1]
    between = sum(float(part.sum()) ** 2 / part.size for part in np.split(rank, ends))
    correction = 1 - float((ties.astype(np.float64) ** 3 - ties).sum()) / (n**3 - n)
    statistic = (12 / (n * (n + 1)) * between - 3 * (n + 1)) / correction

    from scipy.special import chdtrc

    df = len(arrays) - 1
    p_value = float(chdtrc(df, statistic))
    return BaselineTest(test="kruskal-wallis", statistic=statistic, df_num=df, p_value=p_value)


def pearson_chi_square(counts: ArrayLike) -> BaselineTest:
    """Do k groups differ in their shares of the categories? Pearson's test, uncorrected.

    Parameters
    ----------
    counts
        Subjects, shape ``(k, levels)``; a category that nobody is in is left out.

    Returns
    -------
    BaselineTest
        Chi-square, and the smallest expected count: below 5 the approximation is poor.

    Notes
    -----
    Pearson (1900), Philos Mag 50:157-175.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, stats::chisq.test with
    ``correct = FALSE``), all fields, relative 1e-10.

    Examples
    --------
    >>> round(pearson_chi_square([[12, 12], [6, 18]]).p_value, 4)
    0.0736
    """
    table = np.asarray(counts, dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.sum(axis=1).min(initial=np.inf) < 1:
        return BaselineTest(test="pearson", reason=EMPTY_GROUP)
    if table.shape[1] < 2:
        return BaselineTest(test="pearson", reason=ONE_LEVEL)

    from scipy.special import chdtrc

    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float((np.square(table - expected) / expected).sum())
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    return BaselineTest(
        test="pearson",
        statistic=statistic,
        df_num=df,
        p_value=float(chdtrc(df, statistic)),
        smallest_expected=float(expected.min()),
    )


def fisher_two_by_two(counts: ArrayLike) -> BaselineTest:
    """Do two groups differ in one share? Fisher's exact test, two-sided.

    Parameters
    ----------
    counts
        Subjects, shape ``(k, levels)``; there is a test for two groups and two categories only.

    Notes
    -----
    Source and oracle: `ketanalysis.rates.fisher.fisher_exact`.

    Examples
    --------
    >>> round(fisher_two_by_two([[3, 1], [1, 3]]).p_value, 4)
    0.4857
    """
    table = np.asarray(counts, dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.sum(axis=1).min(initial=np.inf) < 1:
        return BaselineTest(test="fisher", reason=EMPTY_GROUP)
    if table.shape[1] < 2:
        return BaselineTest(test="fisher", reason=ONE_LEVEL)
    if table.shape != (2, 2):
        return BaselineTest(test="fisher", reason=NOT_TWO_BY_TWO)

    from ketanalysis.rates.fisher import fisher_exact

    (a, b), (c, d) = table.tolist()
    return BaselineTest(test="fisher", p_value=fisher_exact(a, a + b, c, c + d).p_value)


def _there(values: ArrayLike) -> Floats:
    """Return the values that are there, sorted, so that no sum depends on the order of rows."""
    array = np.asarray(values, dtype=np.float64).ravel()
    if np.isinf(array).any():
        raise ArgumentError("The values of a group must be finite.")
    return np.sort(array[~np.isnan(array)])
