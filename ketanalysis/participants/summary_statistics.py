"""One group described by its numbers: mean and SD, median and quartiles, range.

Numbers in, numbers out: a missing value is NaN and is left out; the order of the values does
not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

QUANTILES = "quartiles of type 7 of Hyndman and Fan 1996, as R's quantile()"


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The description of one group, in the unit of the values; None where there is no number.

    Attributes
    ----------
    n
        Values that are there.
    mean, sd
        Arithmetic mean, and the standard deviation with n - 1 (None below two values).
    median, q1, q3
        Median and quartiles, type 7.
    min, max
        Smallest and largest value.
    """

    n: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    min: float | None = None
    max: float | None = None


def summarise(values: ArrayLike) -> Summary:
    """Describe one group: n, mean, SD, median, quartiles and range.

    Parameters
    ----------
    values
        Shape ``(n,)``, finite or NaN; NaN is missing and left out.

    Returns
    -------
    Summary
        Nothing but ``n`` = 0 where no value is there; no SD for one value.

    Notes
    -----
    Quartiles: Hyndman and Fan (1996), Am Stat 50:361-365, type 7, R's default.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, stats::mean, sd, quantile), all
    fields, relative 1e-12.

    Examples
    --------
    >>> one = summarise([31.0, 28.0, float("nan"), 40.0])
    >>> one.n, one.median, one.q1
    (3, 31.0, 29.5)
    """
    array = np.asarray(values, dtype=np.float64).ravel()
    there = np.sort(array[~np.isnan(array)])
    if not there.size:
        return Summary(n=0)
    low, high = float(there[0]), float(there[-1])
    if low == high:  # exactly: sums of equal numbers need not give them back
        sd = 0.0 if there.size > 1 else None
        return Summary(n=there.size, mean=low, sd=sd, median=low, q1=low, q3=low, min=low, max=low)

    q1, median, q3 = np.quantile(there, [0.25, 0.5, 0.75], method="linear").tolist()
    mean = float(there.mean())
    widest = max(high - mean, mean - low)  # squares of what is huge or tiny stay finite
    sd = widest * float(np.sqrt(np.square((there - mean) / widest).sum() / (there.size - 1)))
    return Summary(n=there.size, mean=mean, sd=sd, median=median, q1=q1, q3=q3, min=low, max=high)
