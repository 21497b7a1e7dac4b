"""A difference of two groups adjusted for covariates: ordinary least squares, one coefficient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketanalysis.groups.two_samples import NO_VARIATION

Floats = NDArray[np.float64]

ONE_GROUP = "not estimable: no subject in one of the groups"
NOT_APART = "not estimable: the groups cannot be told apart from the covariates"
NO_SLOPE = "not estimable: the predictor does not vary"
NOT_APART_SLOPE = "not estimable: the predictor follows from the covariates"
NO_DF = "not estimable: no more subjects than terms in the model"
NO_RESIDUAL = "not estimable: the model leaves no variation"
DEPENDENT = 1e-7  # as R's lm: a column that keeps less than this share of its length is dependent
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """The adjusted difference: group minus reference, in the unit of the value.

    ``dependent`` holds the places of covariate columns that are constant or follow from the
    columns before them; they add nothing and change nothing. Without an estimate all numbers
    are NaN and ``reason`` says why.
    """

    difference: float = NAN
    std_error: float = NAN
    statistic: float = NAN
    df: float = NAN
    p_value: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    dependent: tuple[int, ...] = ()
    reason: str | None = None


def adjusted_difference(
    value: Floats, is_group: NDArray[np.bool_], covariates: Floats, conf_level: float = 0.95
) -> Adjusted:
    """Return the coefficient of the group in ``value ~ group + covariates``.

    Parameters
    ----------
    value
        Shape (n,), no missing values.
    is_group
        Shape (n,), True in the group, False in the reference.
    covariates
        Shape (n, k): numbers, or 0/1 columns of a factor without its first level; centred or
        not makes no difference.
    conf_level
        Confidence level of the t interval, 0 to 1.

    Notes
    -----
    What value and group have in common with the covariates is taken out of both; the
    coefficient is that of the remainders (Frisch and Waugh 1933, Econometrica 1: 387-401).
    R drops covariates that repeat the group and reports the group; here that is not estimable.
    Checked against: tests/oracle/linear_model.csv (R 4.2.2, stats::lm), all columns,
    relative 1e-9.

    Examples
    --------
    >>> import numpy as np
    >>> found = adjusted_difference(
    ...     np.array([3.0, 5.0, 8.0, 9.0]), np.array([False, False, True, True]), np.empty((4, 0)))
    >>> found.difference
    4.5
    """
    if is_group.all() or not is_group.any():
        return Adjusted(reason=ONE_GROUP)
    return _slope(value, is_group.astype(np.float64), covariates, conf_level, NOT_APART)


def adjusted_slope(
    value: Floats, predictor: Floats, covariates: Floats, conf_level: float = 0.95
) -> Adjusted:
    """Return the coefficient of a number in ``value ~ predictor + covariates``.

    ``difference`` is the change of the value that goes with one more point of the predictor, at
    the same covariates. Arguments as `adjusted_difference`; `predictor` has shape (n,) and no
    missing values.

    Notes
    -----
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, stats::lm), relative 1e-9.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 3.0, 4.0])
    >>> adjusted_slope(np.array([2.0, 4.5, 5.5, 8.0]), x, np.empty((4, 0))).difference
    1.9
    """
    if len(predictor) == 0 or np.ptp(predictor) == 0:
        return Adjusted(reason=NO_SLOPE)
    return _slope(value, predictor, covariates, conf_level, NOT_APART_SLOPE)


def _slope(
    value: Floats, group: Floats, covariates: Floats, conf_level: float, not_apart: str
) -> Adjusted:
    basis, dependent = basis_of(covariates)
    size = float(np.abs(group).max())
    group_left = remainder(group - group.mean(), basis)
    value_left = remainder(value - value.mean(), basis)
    df = len(value) - basis.shape[1] - 2
    length = float(group_left @ group_left)
    if length <= DEPENDENT**2 * size**2 * len(value):
        return Adjusted(reason=not_apart, dependent=dependent)
    if df < 1:
        return Adjusted(reason=NO_DF, dependent=dependent)
    if np.ptp(value) == 0:
        return Adjusted(reason=NO_VARIATION, dependent=dependent)
    difference = float(group_left @ value_left) / length
    residual = value_left - difference * group_left
    if float(residual @ residual) <= 1e-24 * float(value @ value):
        return Adjusted(reason=NO_RESIDUAL, dependent=dependent)
    error = float(np.sqrt(residual @ residual / df / length))
    return _tested(difference, error, float(df), conf_level, dependent)


def _tested(
    difference: float, error: float, df: float, conf_level: float, dependent: tuple[int, ...]
) -> Adjusted:
    from scipy.special import stdtr, stdtrit

    statistic = difference / error
    half = float(stdtrit(df, (1 + conf_level) / 2)) * error
    return Adjusted(
        difference=difference,
        std_error=error,
        statistic=statistic,
        df=df,
        p_value=2 * float(stdtr(df, -abs(statistic))),
        conf_low=difference - half,
        conf_high=difference + half,
        dependent=dependent,
    )


def basis_of(covariates: Floats) -> tuple[Floats, tuple[int, ...]]:
    """Return orthonormal columns (n, r) of the centred covariates, and the dependent places."""
    basis = np.empty((len(covariates), 0))
    dependent = []
    for place, column in enumerate(covariates.T):
        centred = column - column.mean()
        left = remainder(centred, basis)
        length = float(np.linalg.norm(left))
        if length <= DEPENDENT * float(np.linalg.norm(column)):
            dependent.append(place)
        else:
            basis = np.column_stack([basis, left / length])
    return basis, tuple(dependent)


def remainder(column: Floats, basis: Floats) -> Floats:
    """Return what the basis does not explain; taken out twice, which rounding needs."""
    left = column - basis @ (basis.T @ column)
    remainder: Floats = left - basis @ (basis.T @ left)
    return remainder
