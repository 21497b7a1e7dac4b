"""Adjusting p values for the number of tests of their family, as R's ``p.adjust`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, check_one_of

Floats: TypeAlias = NDArray[np.float64]


def adjust_p(p_values: ArrayLike, method: str) -> Floats:
    """Return p values adjusted for how many of them there are.

    For a family of tests that answer one question, such as the subscales of one instrument.
    Which tests are a family, and by which method they are adjusted, is for the analysis
    plan to say: there is no default. Holm, Hommel, Hochberg and Bonferroni hold the chance of
    any false positive; BH and BY hold the expected share of false positives among those
    called positive. Hochberg and Hommel need tests that are independent or positively
    dependent, as does BH; Holm, Bonferroni and BY need nothing.

    Parameters
    ----------
    p_values
        Unadjusted p values, 0 to 1, shape ``(n,)``. NaN and None are missing: they stay
        missing and do not count among the tests, as in R.
    method
        ``holm``, ``hochberg``, ``hommel``, ``bonferroni``, ``bh``, ``by`` or ``none``.

    Returns
    -------
    numpy.ndarray
        Adjusted p values, shape ``(n,)``, in the order given; never below the unadjusted
        value and never above 1.

    Raises
    ------
    ArgumentError
        ``method`` is none of the seven, or a p value is not between 0 and 1.

    Notes
    -----
    Holm (1979), Scand J Stat 6:65-70; Hochberg (1988), Biometrika 75:800-802; Hommel (1988),
    Biometrika 75:383-386; Benjamini and Hochberg (1995), J R Stat Soc B 57:289-300; Benjamini
    and Yekutieli (2001), Ann Stat 29:1165-1188.
    Checked against: tests/oracle/p_adjust.csv (R 4.2.2, stats::p.adjust), relative 1e-12.

    Examples
    --------
    >>> adjust_p([0.01, 0.04, None, 0.03], "holm").tolist()
    [0.03, 0.06, nan, 0.06]
    """
    check_one_of("method", method, tuple(ADJUSTMENTS))
    p = _checked(p_values)

    adjusted = p.copy()
    known = np.flatnonzero(~np.isnan(p))
    if known.size:
        order = known[np.argsort(p[known], kind="stable")]
        adjusted[order] = np.minimum(ADJUSTMENTS[method](p[order]), 1.0)
    return adjusted


def _checked(p_values: ArrayLike) -> Floats:
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1:
        raise ArgumentError(f"p_values must have one dimension, not {p.ndim}.")
    wrong = np.flatnonzero((p < 0) | (p > 1))
    if wrong.size:
        raise ArgumentError(
            f"p_values must be between 0 and 1, not {p[wrong[0]]:g} (value {wrong[0] + 1})."
        )
    return p


# Each rule takes the known p values in ascending order, shape (m,), and gives as many back.


def _none(p: Floats) -> Floats:
    return p


def _bonferroni(p: Floats) -> Floats:
    return p.size * p


def _holm(p: Floats) -> Floats:
    return np.maximum.accumulate(np.arange(p.size, 0, -1) * p)


def _hochberg(p: Floats) -> Floats:
    return _running_minimum_from_largest(np.arange(p.size, 0, -1) * p)


def _benjamini_hochberg(p: Floats) -> Floats:
    return _running_minimum_from_largest(p.size / np.arange(1, p.size + 1) * p)


def _benjamini_yekutieli(p: Floats) -> Floats:
    harmonic = float(np.sum(1 / np.arange(1, p.size + 1)))
    return _running_minimum_from_largest(harmonic * p.size / np.arange(1, p.size + 1) * p)


def _hommel(p: Floats) -> Floats:
    """Close Simes' test: the largest of its p values over all sets that hold the hypothesis.

    Among the sets of one size, the worst holds the hypothesis and the largest other p values;
    one set a size is therefore enough.
    """
    adjusted = p.copy()
    for size in range(2, p.size + 1):
        largest = p[p.size - size :]
        of_others = np.min(size * largest[1:] / np.arange(2, size + 1))
        simes = np.minimum(size * np.minimum(p, largest[0]), of_others)
        adjusted = np.maximum(adjusted, simes)
    return adjusted


def _running_minimum_from_largest(p: Floats) -> Floats:
    return np.minimum.accumulate(p[::-1])[::-1]


ADJUSTMENTS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "holm": _holm,
        "hochberg": _hochberg,
        "hommel": _hommel,
        "bonferroni": _bonferroni,
        "bh": _benjamini_hochberg,
        "by": _benjamini_yekutieli,
        "none": _none,
    }
)
