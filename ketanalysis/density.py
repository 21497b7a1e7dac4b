"""The density of a sample of scores that stays within the ends of its scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def bandwidth(values: Floats) -> float:
    """Return Silverman's rule-of-thumb bandwidth of n values, in points; NaN below two values.

    0.9 times the smaller of standard deviation and interquartile range / 1.34, times n to the
    power -1/5; where that is 0, the standard deviation counts alone. NaN where all values are
    the same: there is no density to draw.

    Source: Silverman (1986) Density Estimation, page 48, equation 3.31; as R's bw.nrd0.
    Checked against: tests/oracle/density.csv (R 4.2.2, stats::bw.nrd0), relative 1e-12.

    Examples
    --------
    >>> round(bandwidth(np.array([1.0, 2.0, 4.0, 8.0])), 4)
    1.6543
    """
    if values.size < 2 or np.ptp(values) == 0:
        return float("nan")
    sd = float(values.std(ddof=1))
    q1, q3 = np.quantile(values, [0.25, 0.75])
    spread = min(sd, float(q3 - q1) / 1.34) or sd
    return float(0.9 * spread * values.size**-0.2)


def bounded_density(
    values: Floats, at: Floats, low: float = -np.inf, high: float = np.inf
) -> Floats:
    """Return the kernel density of a sample at the points `at`, reflected at the ends of a scale.

    Answers "where do the scores lie?" for a figure; not for inference. What a normal kernel
    would put beyond an end of the scale is folded back at the end, so that nothing stands
    below 0 on a scale from 0 to 100 and the area under the curve stays 1.

    Parameters
    ----------
    values
        The sample, shape (n,), without NaN, in points.
    at
        Where the density is wanted, shape (m,); outside the scale it is 0.
    low, high
        The ends of the scale; infinite where it has none.

    Returns
    -------
    Shape (m,), per point; NaN where all values are the same.

    Notes
    -----
    Missing values: none allowed; drop them first.
    Source: Silverman (1986) Density Estimation, page 30, equation 2.15 (reflection);
    bandwidth as `bandwidth`, from the values as they are.
    Checked against: tests/oracle/density.csv (R 4.2.2, sums of stats::dnorm), relative 1e-10.

    Examples
    --------
    >>> zeros = np.array([0.0, 0.0, 0.0, 10.0])
    >>> bounded_density(zeros, np.array([-1.0]), low=0.0).tolist()
    [0.0]
    """
    width = bandwidth(values)
    images = [values, *(2 * end - values for end in (low, high) if np.isfinite(end))]
    z = (at[:, np.newaxis] - np.concatenate(images)[np.newaxis]) / width
    density = np.exp(-0.5 * z**2).sum(axis=1) / (values.size * width * np.sqrt(2 * np.pi))
    return np.where((at < low) | (at > high), 0.0, density)
