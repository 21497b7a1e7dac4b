"""Ordinary least squares of any model matrix, and the F test of one model within another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.regression.design import independent

Floats = NDArray[np.float64]
EXACT = 1e-24  # of the sum of squares: a residual that is 0 but for rounding


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """A fitted linear model.

    Attributes
    ----------
    coefficients, std_error
        Shape (p,), in the order of the columns.
    covariance
        Shape (p, p).
    df
        Residual degrees of freedom.
    residual
        Sum of the squared residuals.
    """

    coefficients: Floats
    covariance: Floats
    df: int
    residual: float

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients, shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


@dataclass(frozen=True)
class FTest:
    """An F test; NaN where there is nothing to test."""

    statistic: float
    df_num: int
    df_den: int
    p_value: float


def fit_least_squares(x: Floats, y: Floats) -> LeastSquares:
    """Return the least-squares fit of ``y = x b``.

    Parameters
    ----------
    x
        Model matrix, shape (n, p), its first column the intercept; no missing values.
    y
        Shape (n,).

    Returns
    -------
    LeastSquares
        The covariance is the classical one, with the residual variance on n - p.

    Raises
    ------
    EstimationError
        A column follows from those before it, there are no more rows than columns, or the fit is
        exact, so that standard errors would be what rounding leaves.

    Notes
    -----
    Checked against: tests/oracle/mediation.csv (R 4.2.2, stats::lm), relative 1e-9.

    Examples
    --------
    >>> fit = fit_least_squares(np.array([[1.0, 0], [1, 1], [1, 2]]), np.array([1.0, 3, 4]))
    >>> fit.coefficients.round(3).tolist(), fit.df
    ([1.167, 1.5], 1)
    """
    n, p = x.shape
    if n <= p:
        raise EstimationError(
            f"The linear model has {p} terms and {n} subjects; it needs more subjects than terms."
        )
    if not independent(x[:, 1:]).all():
        raise EstimationError("A term of the linear model follows from the others, or is constant.")
    scale = np.sqrt((x**2).mean(axis=0))
    q, r = np.linalg.qr(x / scale)
    b = np.linalg.solve(r, q.T @ y)
    left = y - (x / scale) @ b
    residual = float(left @ left)
    if residual <= EXACT * float(y @ y):
        raise EstimationError(
            "The linear model fits every subject exactly: no variation is left, and there is no "
            "standard error."
        )
    inverse = np.linalg.inv(r)
    covariance = (inverse @ inverse.T) * residual / (n - p) / np.outer(scale, scale)
    return LeastSquares(b / scale, covariance, n - p, residual)


def nested_f(small: Floats, full: Floats, y: Floats) -> FTest:
    """Return the F test of a model against a fuller one that holds it; dependent columns drop out.

    Parameters
    ----------
    small, full
        Model matrices with an intercept, shapes (n, p) and (n, q).
    y
        Shape (n,).

    Examples
    --------
    >>> y, one = np.array([1.0, 2, 4, 5]), np.ones((4, 1))
    >>> full = np.column_stack([one, [0, 0, 1, 1]])
    >>> round(nested_f(one, full, y).statistic, 3)
    18.0
    """
    from scipy.special import fdtrc

    sizes = []
    for x in (small, full):
        scale = np.sqrt((x**2).mean(axis=0))
        b, _, rank, _ = np.linalg.lstsq(x / np.where(scale > 0, scale, 1.0), y, rcond=1e-9)
        left = y - x / np.where(scale > 0, scale, 1.0) @ b
        sizes.append((float(left @ left), int(rank)))
    (more, few), (less, many) = sizes
    df_num, df_den = many - few, len(y) - many
    if df_num < 1 or df_den < 1 or less <= EXACT * float(y @ y):
        return FTest(float("nan"), df_num, df_den, float("nan"))
    f = max(0.0, (more - less) / df_num / (less / df_den))
    return FTest(f, df_num, df_den, float(fdtrc(df_num, df_den, f)))
