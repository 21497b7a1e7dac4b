"""Means and shares over infusions, of which several belong to one subject.

Infusions of one subject are alike, so an interval that takes them for independent is too short.
The mean over infusions is a ratio of two totals over subjects, and its variance is that of the
linearised ratio: the subjects are the sample, the infusions are not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import check_conf_level

EPSILON = float(np.finfo(np.float64).eps)
METHOD_MEAN = "Student's t, clustered by subject"
METHOD_SHARE = "logit, clustered by subject"


class Clustered(NamedTuple):
    """A mean over infusions; NaN where there is no standard error or interval."""

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float


def clustered_mean(
    values: NDArray[np.float64], subject: NDArray[np.int64], conf_level: float = 0.95
) -> Clustered:
    """Return the mean over infusions with a standard error for which subjects are the sample.

    Parameters
    ----------
    values
        Shape (n,): one value an infusion, none missing.
    subject
        Shape (n,): the number of the subject of each infusion.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Clustered
        Mean, standard error, and a Student's t interval with one degree of freedom less than
        there are subjects. With one infusion a subject these are the ordinary ones. One
        subject, or values that are all the same, have no interval.

    Notes
    -----
    Cochran (1977), Sampling Techniques, 3rd edition, equation 2.40 of the ratio of two totals,
    with G / (G - 1) for G subjects.
    Checked against: tests/oracle/clustered.csv (R 4.2.2, survey::svymean with ids = ~subject),
    estimate, standard error and interval, relative 1e-12.

    Examples
    --------
    >>> mean = clustered_mean(np.array([1.0, 3.0, 8.0]), np.array([0, 0, 1]))
    >>> mean.estimate, round(mean.std_error, 6)
    (4.0, 2.666667)
    """
    check_conf_level(conf_level)
    if not len(values):
        return Clustered(np.nan, np.nan, np.nan, np.nan)
    # Sorted, so that the last digit of a sum does not depend on the order of the rows.
    mean = float(np.sort(values).mean())
    error, quantile = _spread(values, subject, mean, conf_level)
    if not error > 10 * EPSILON * abs(mean):
        return Clustered(mean, error, np.nan, np.nan)
    half = quantile * error
    return Clustered(mean, error, mean - half, mean + half)


def clustered_share(
    met: NDArray[np.bool_], subject: NDArray[np.int64], conf_level: float = 0.95
) -> Clustered:
    """Return the share of infusions with an outcome; subjects are the sample.

    Parameters
    ----------
    met
        Shape (n,): whether each infusion has the outcome.
    subject, conf_level
        As for `clustered_mean`.

    Returns
    -------
    Clustered
        Share, standard error, and an interval on the logit scale with Student's t quantile,
        which stays between 0 and 1. No interval where no or every infusion has the outcome,
        or with one subject.

    Notes
    -----
    Korn and Graubard (1998), Surv Methodol 24:193, their logit interval.
    Checked against: tests/oracle/clustered.csv (R 4.2.2, survey::svyciprop, method "xlogit"),
    estimate, standard error and interval, relative 1e-12.

    Examples
    --------
    >>> share = clustered_share(np.array([True, False, False]), np.array([0, 0, 1]))
    >>> round(share.estimate, 3)
    0.333
    """
    check_conf_level(conf_level)
    if not len(met):
        return Clustered(np.nan, np.nan, np.nan, np.nan)
    share = float(np.count_nonzero(met) / len(met))
    error, quantile = _spread(met.astype(np.float64), subject, share, conf_level)
    if share in (0.0, 1.0) or not error > 0:
        return Clustered(share, np.nan, np.nan, np.nan)
    from scipy.special import expit, logit

    half = quantile * error / (share * (1 - share))
    low, high = expit(logit(share) - half), expit(logit(share) + half)
    return Clustered(share, error, float(low), float(high))


def _spread(
    values: NDArray[np.float64], subject: NDArray[np.int64], mean: float, conf_level: float
) -> tuple[float, float]:
    """Return the linearised standard error (NaN with one subject) and the t quantile."""
    from scipy.special import stdtrit

    _, codes = np.unique(subject, return_inverse=True)
    groups = int(codes.max()) + 1
    if groups < 2:
        return float("nan"), float("nan")
    order = np.lexsort((values, codes))
    totals = np.bincount(codes[order], weights=(values - mean)[order], minlength=groups)
    variance = groups / (groups - 1) * np.sum(np.sort(totals**2)) / len(values) ** 2
    return float(np.sqrt(variance)), float(stdtrit(groups - 1, (1 + conf_level) / 2))
