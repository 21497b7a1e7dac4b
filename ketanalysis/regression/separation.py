"""Separation: do the covariates divide those with the outcome from those without?

Where they do, the likelihood of a logistic model grows without end, and what a program prints
as coefficients is where it gave up. Albert and Anderson (1984), Biometrika 71:1-10.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

NOTHING = 1e-6  # of columns scaled to at most 1: less is the tolerance of the linear program


def separated(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return which columns of a model divide the outcome, shape (p,); none where none do.

    Complete and quasi-complete separation alike: a combination of the columns never falls
    among those with the outcome where it is above 0, nor among those without below 0.

    Parameters
    ----------
    x
        Model matrix with its intercept, shape (n, p), no missing values, columns independent.
    y
        0 or 1, shape (n,).

    Returns
    -------
    numpy.ndarray
        True for the intercept and the columns that divide the outcome without the help of
        others (the last, where several sets do). All False: the maximum likelihood estimate
        exists.

    Notes
    -----
    Konis (2007), Linear programming algorithms for detecting separated data in binary logistic
    regression models, DPhil thesis, Oxford: the largest sum of the signed combination, with
    bounded coefficients, is above 0 exactly where the outcome is separated.
    Checked against: tests/regression/test_separation.py, data sets by hand and, for small sets
    of categories, every pattern of an outcome against the cells that are empty.

    Examples
    --------
    >>> import numpy as np
    >>> age = np.column_stack((np.ones(4), [30.0, 40, 50, 60]))
    >>> separated(age, np.array([0.0, 0, 1, 1])).tolist()
    [True, True]
    >>> separated(age, np.array([0.0, 1, 0, 1])).tolist()
    [False, False]
    """
    columns = np.arange(x.shape[1])
    if not _is_divided(x, y):
        return np.zeros(len(columns), dtype=bool)
    for column in range(1, x.shape[1]):
        rest = columns[columns != column]
        if _is_divided(x[:, rest], y):
            columns = rest
    return np.isin(np.arange(x.shape[1]), columns)


def _is_divided(x: Floats, y: Floats) -> bool:
    from scipy.optimize import linprog

    signed = np.where(y > 0.5, 1.0, -1.0)[:, None] * _centred(x)
    rows = np.unique(signed, axis=0)
    found = linprog(
        -rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs"
    )
    return bool(found.success and -found.fun > NOTHING * len(rows))


def _centred(x: Floats) -> Floats:
    """Return the columns about their mean, and at most 1; the intercept as it is."""
    varies = np.ptp(x, axis=0) > 0
    centred = x - np.where(varies, x.mean(axis=0), 0.0)
    return np.asarray(centred / np.abs(centred).max(axis=0))
