"""Correlation of two scores at the same third: anxiety and the end score at one baseline.

Change from baseline and a score that hangs on the baseline correlate by construction; the end
score at a fixed baseline does not. Numbers in, numbers out: `x` and `y` have shape ``(n,)``,
`given` ``(n, k)``; a subject with NaN anywhere is left out and counted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, ContractError, check_conf_level, check_one_of
from ketanalysis.groups.correlation import (
    CONSTANT,
    NAN,
    PERFECT,
    PERFECT_WITHIN,
    TOO_FEW_PAIRS,
    Correlation,
)
from ketanalysis.groups.linear_model import DEPENDENT, basis_of, remainder
from ketanalysis.groups.mann_whitney import average_ranks
from ketanalysis.groups.two_samples import Floats

NOTHING_LEFT = "not estimable: one of the two scores follows from what is held fixed"
METHODS = {"pearson": "partial Pearson, Fisher z", "spearman": "partial Spearman, Bonett-Wright"}


def partial_correlation(
    x: ArrayLike,
    y: ArrayLike,
    given: ArrayLike,
    method: str = "spearman",
    conf_level: float = 0.95,
) -> Correlation:
    """Return how closely two scores go together among subjects alike in others.

    Not a proof of cause, and not for a third score that lies between the two in time.

    Parameters
    ----------
    x, y
        Scores of the same subjects in the same order, shape ``(n,)``; NaN is missing.
    given
        What is held fixed, shape ``(n, k)`` or ``(n,)``: numbers, or 0/1 columns of a factor.
        Columns that follow from others add nothing and are left out.
    method
        "spearman": of the ranks of all (0/1 columns are left as they are), or "pearson".
    conf_level
        Confidence level, 0 to 1.

    Raises
    ------
    ArgumentError
        When lengths differ, `method` is another, or `conf_level` is not between 0 and 1.
    ContractError
        When a value is infinite.

    Notes
    -----
    The correlation of the remainders; t with n - 2 - k degrees of freedom. Interval: Fisher's z
    with ``1 / sqrt(n - 3 - k)`` (Fisher 1924, Metron 3: 329-332); for ranks times
    ``sqrt(1 + r^2 / 2)`` (Bonett and Wright 2000, Psychometrika 65: 23-28).
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, psych::partial.r, psych::r.test,
    and the t of stats::lm), relative 1e-9.

    Examples
    --------
    >>> found = partial_correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 6], [1, 1, 2, 2, 2], "pearson")
    >>> round(found.estimate, 3), found.df
    (0.417, 2.0)
    """
    check_conf_level(conf_level)
    check_one_of("method", method, tuple(METHODS))
    x, y, z, n_missing = _complete(x, y, given)
    blank = Correlation(method=METHODS[method], n=x.size, n_missing=n_missing)
    if x.size < 3:
        return replace(blank, reason=TOO_FEW_PAIRS)
    if method == "spearman":
        x, y = average_ranks(x), average_ranks(y)
        z = np.column_stack([_ranked(column) for column in z.T] or [np.empty((len(x), 0))])
    basis, _ = basis_of(z)
    df = x.size - 2 - basis.shape[1]
    if df < 1:
        return replace(blank, reason="not estimable: no more subjects than terms held fixed")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return replace(blank, reason=CONSTANT)
    left = [remainder(values - values.mean(), basis) for values in (x, y)]
    lengths = [float(np.linalg.norm(values)) for values in left]
    if any(
        length <= DEPENDENT * np.linalg.norm(values - values.mean())
        for length, values in zip(lengths, (x, y), strict=True)
    ):
        return replace(blank, reason=NOTHING_LEFT)
    r = float(np.clip(left[0] @ left[1] / (lengths[0] * lengths[1]), -1, 1))
    return _tested(r, df, blank, conf_level, is_ranked=method == "spearman")


def _tested(
    r: float, df: int, blank: Correlation, conf_level: float, *, is_ranked: bool
) -> Correlation:
    from scipy import special

    if abs(r) > 1 - PERFECT_WITHIN:
        return replace(blank, estimate=float(np.sign(r)), reason=PERFECT)
    statistic = r * float(np.sqrt(df / ((1 - r) * (1 + r))))
    error = NAN
    if df > 1:
        error = float(np.sqrt((1 + r**2 / 2 if is_ranked else 1) / (df - 1)))
    margin = float(special.ndtri((1 + conf_level) / 2)) * error
    return replace(
        blank,
        estimate=r,
        std_error=error,
        conf_low=float(np.tanh(np.arctanh(r) - margin)),
        conf_high=float(np.tanh(np.arctanh(r) + margin)),
        statistic=statistic,
        df=float(df),
        p_value=float(2 * special.stdtr(df, -abs(statistic))),
    )


def _complete(x: ArrayLike, y: ArrayLike, given: ArrayLike) -> tuple[Floats, Floats, Floats, int]:
    """Return the complete subjects, in the order of their scores."""
    x, y = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    z = np.asarray(given, dtype=np.float64)
    z = z[:, np.newaxis] if z.ndim == 1 else z
    if not x.size == y.size == len(z):
        raise ArgumentError(
            f"x, y and given must have one length, not {x.size}, {y.size} and {len(z)}."
        )
    all_of = np.column_stack([x, y, z])
    infinite = int(np.isinf(all_of).sum())
    if infinite:
        raise ContractError(f"Scores must be finite, but {infinite} of them are infinite.")
    is_there = ~np.isnan(all_of).any(axis=1)
    rows = all_of[is_there]
    rows = rows[np.lexsort(rows.T[::-1])]
    return rows[:, 0], rows[:, 1], rows[:, 2:], int((~is_there).sum())


def _ranked(column: Floats) -> Floats:
    """Return the ranks of a number; a 0/1 column of a factor says the same either way."""
    return average_ranks(column)
