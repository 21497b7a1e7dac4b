"""How far apart are two groups in one characteristic, in standard deviations?

The standardised difference of Table 1: of means, of shares, and of categories. It describes;
unlike a p value it does not depend on how many subjects there are, and it tests nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.participants.summary_statistics import Summary

Floats = NDArray[np.float64]

POOLINGS = {
    "pooled": "difference of means over the pooled SD (Cohen 1988, p 67)",
    "average": "difference of means over the root of the mean of both variances (Austin 2009)",
}
SHARES = "difference of shares over the root of the mean of both variances"
CATEGORIES = "Mahalanobis distance of the shares, which has no sign (Yang and Dalton 2012)"

TOO_FEW = "not estimable: fewer than 2 subjects with a value in a group"
NO_VARIATION = "not estimable: no variation in either group"
ONE_LEVEL = "not estimable: all subjects are in one category"
NO_SHARED_LEVEL = "not estimable: the groups share no category"


@dataclass(frozen=True)
class Standardised:
    """A standardised difference in SD, or None with the ``reason`` why there is none."""

    estimate: float | None = None
    reason: str | None = None


def standardised_means(group: Summary, reference: Summary, pooling: str = "pooled") -> Standardised:
    """How far apart are two means, in standard deviations? Signed: group minus reference.

    Parameters
    ----------
    group, reference
        The two groups described by `summarise`.
    pooling
        "pooled": each variance weighs by n - 1 (Cohen's d). "average": both weigh the same, as
        in R's stddiff and tableone; the two agree in groups of one size.

    Raises
    ------
    ArgumentError
        When `pooling` is none of the two.

    Notes
    -----
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd ed, p 66-67; Austin
    (2009), Stat Med 28:3083-3107. Without a correction for small samples.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, effectsize::cohens_d and base R), both
    poolings, relative 1e-10; a page worked by hand in tests/participants/test_standardised.py.

    Examples
    --------
    >>> from ketanalysis.participants.summary_statistics import summarise
    >>> standardised_means(summarise([2.0, 4.0, 6.0]), summarise([1.0, 3.0, 5.0])).estimate
    0.5
    """
    check_one_of("pooling", pooling, tuple(POOLINGS))
    if group.sd is None or reference.sd is None or group.mean is None or reference.mean is None:
        return Standardised(reason=TOO_FEW)
    if group.sd == 0 and reference.sd == 0:
        return Standardised(reason=NO_VARIATION)

    weights = (group.n - 1, reference.n - 1) if pooling == "pooled" else (1, 1)
    largest = max(group.sd, reference.sd)
    parts = (group.sd / largest, reference.sd / largest)
    squares = sum(w * part**2 for w, part in zip(weights, parts, strict=True))
    spread = largest * float(np.sqrt(squares / sum(weights)))
    return Standardised((group.mean - reference.mean) / spread)


def standardised_share(count: int, n: int, count_reference: int, n_reference: int) -> Standardised:
    """How far apart are two shares, in standard deviations? Signed: group minus reference.

    Parameters
    ----------
    count, n, count_reference, n_reference
        Subjects with the characteristic and all subjects with a value, in the group and in the
        reference group.

    Notes
    -----
    Austin (2009), Stat Med 28:3083-3107, the binary form: each variance is p (1 - p).
    Checked against: tests/oracle/baseline.csv (R 4.2.2, base R), relative 1e-12.

    Examples
    --------
    >>> round(standardised_share(12, 24, 6, 24).estimate, 4)
    0.5345
    """
    found = standardised_shares(
        [count, n - count], [count_reference, n_reference - count_reference]
    )
    if found.estimate is None:
        reasons = {ONE_LEVEL: NO_VARIATION, NO_SHARED_LEVEL: NO_VARIATION}
        return Standardised(reason=reasons.get(str(found.reason), found.reason))
    is_below = count * n_reference < count_reference * n
    return Standardised(-found.estimate if is_below else found.estimate)


def standardised_shares(counts: ArrayLike, counts_reference: ArrayLike) -> Standardised:
    """How far apart are two groups over all categories? A distance: it has no sign.

    Parameters
    ----------
    counts, counts_reference
        Subjects in each category, shape ``(k,)``, in the group and in the reference group.

    Raises
    ------
    ArgumentError
        When the two have not one shape ``(k,)``, or a count is negative or no whole number.

    Notes
    -----
    Yang and Dalton (2012), SAS Global Forum, paper 335-2012: the root of T' S^-1 T, where T
    holds the differences of the shares of all categories but one, and S the mean of the two
    multinomial covariance matrices. Which category is left out does not matter. A category that
    nobody is in is left out. S has an inverse exactly where some category has subjects of both
    groups.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, stats::mahalanobis with stats::cov.wt),
    relative 1e-10; a page worked by hand in tests/participants/test_standardised.py.

    Examples
    --------
    >>> round(standardised_shares([10, 10, 20], [20, 10, 10]).estimate, 4)
    0.603
    """
    tables = _checked(counts, counts_reference)
    tables = tables[:, tables.sum(axis=0) > 0]
    sizes = tables.sum(axis=1)
    if sizes.min() < 2:
        return Standardised(reason=TOO_FEW)
    if tables.shape[1] < 2:
        return Standardised(reason=ONE_LEVEL)
    if not (tables > 0).all(axis=0).any():
        return Standardised(reason=NO_SHARED_LEVEL)

    shares = tables / sizes[:, None]
    # The category with most subjects is the one left out: the rest is then farthest from singular.
    kept = np.delete(shares, int(tables.min(axis=0).argmax()), axis=1)
    covariances = [np.diag(p) - np.outer(p, p) for p in kept]
    apart = kept[0] - kept[1]
    squared = float(apart @ np.linalg.solve((covariances[0] + covariances[1]) / 2, apart))
    return Standardised(float(np.sqrt(max(squared, 0.0))))


def by_chance(n: int, n_reference: int) -> float:
    """Return the size that a standardised difference of means exceeds by chance in 1 of 20.

    The large-sample limit for two groups from one population, 1.96 root(1/n + 1/n_reference).

    Notes
    -----
    Hedges and Olkin (1985), Statistical Methods for Meta-Analysis, chapter 5, at a difference of
    0; Austin (2009), Stat Med 28:3083-3107, for its use with Table 1.

    Examples
    --------
    >>> round(by_chance(48, 48), 2)
    0.4
    """
    return 1.959963984540054 * float(np.sqrt(1 / n + 1 / n_reference))


def _checked(counts: ArrayLike, counts_reference: ArrayLike) -> Floats:
    given = [np.asarray(side, dtype=np.float64) for side in (counts, counts_reference)]
    shapes = [side.shape for side in given]
    if shapes[0] != shapes[1] or len(shapes[0]) != 1:
        raise ArgumentError(f"Both groups must have one count a category, not {shapes}.")
    tables = np.stack(given)
    if not np.isfinite(tables).all() or (tables < 0).any() or (tables != np.trunc(tables)).any():
        raise ArgumentError("A count must be a whole number of subjects, 0 or more.")
    return tables
