"""Does the effect on a rate differ between subgroups? Logistic models with and without it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.regression.design import independent
from ketanalysis.regression.logistic import fit_by_likelihood
from ketanalysis.regression.separation import separated

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

NAN = math.nan
EMPTY = "not estimable: nobody of {} in a subgroup"
ONE_LEVEL = "not estimable: fewer than two subgroups have subjects"
NOBODY = "not estimable: nobody has the score"
ONE_ARM = "not estimable: only one arm has subjects"
SEPARATED = (
    "Wald not estimable: in some arm and subgroup all subjects, or none, have the outcome; the "
    "likelihood ratio stands on the limit of the likelihood"
)
NO_MAIN = "not estimable: the outcome is separated by arm and subgroup"
CONSTANT = "not estimable: the score is the same in all subjects"
NO_FIT = "not estimable: the outcome is separated by arm and score"


@dataclass(frozen=True)
class Interaction:
    """Two tests of one interaction; NaN where there is none, with the reason."""

    df: int
    ratio: float = NAN
    ratio_p: float = NAN
    wald: float = NAN
    wald_p: float = NAN
    note: str = ""


def interaction(y: Floats, arm: Places, level: Places) -> Interaction:
    """Return likelihood ratio and Wald test of arm by subgroup.

    Parameters
    ----------
    y
        0 or 1, shape (n,).
    arm, level
        0, 1, ..., shape (n,): arms and subgroups that are held, 0 the reference.

    Notes
    -----
    The model with the interaction is saturated, so its largest likelihood is that of the shares
    of its cells, also where a cell has none or all. Hosmer, Lemeshow and Sturdivant (2013),
    Applied Logistic Regression, 3rd edition, section 3.4.
    Checked against: tests/oracle/subgroups.csv (R 4.2.2, stats::glm, anova(test = "LRT"), and
    the quadratic form of its covariance), relative 1e-8.

    Examples
    --------
    >>> y = np.repeat([1.0, 0, 1, 0, 1, 0, 1, 0], [8, 4, 3, 9, 5, 5, 5, 5])
    >>> arm, level = np.repeat([1, 0, 1, 0], [12, 12, 10, 10]), np.repeat([1, 0], [24, 20])
    >>> round(interaction(y, arm, level).ratio_p, 3)
    0.154
    """
    arms, levels = int(arm.max()) + 1, int(level.max()) + 1
    df = (arms - 1) * (levels - 1)
    if levels < 2 or arms < 2:
        return Interaction(0, note=ONE_LEVEL if levels < 2 else ONE_ARM)
    counts = np.bincount(level * arms + arm, minlength=arms * levels)
    met: Floats = np.zeros(arms * levels)
    np.add.at(met, level * arms + arm, y)
    if (counts == 0).any():
        return Interaction(df, note=EMPTY.format("an arm"))
    main, full = _designs(arm, level, arms, levels)
    if separated(main, y).any():
        return Interaction(df, note=NO_MAIN)
    saturated = _cell_likelihood(met, counts)
    ratio = max(0.0, 2 * (saturated - fit_by_likelihood(main, y).log_likelihood))
    ratio_p = _chi_square_tail(ratio, df)
    if ((met == 0) | (met == counts)).any():
        return Interaction(df, ratio, ratio_p, note=SEPARATED)
    wald = _wald(full, y, df)
    return Interaction(df, ratio, ratio_p, wald, _chi_square_tail(wald, df))


@dataclass(frozen=True)
class Slope:
    """How the odds ratio of an arm changes with a score, a point; tests of all arms together."""

    tests: Interaction
    ratios: tuple[tuple[float, float, float], ...] = ()


def slope_interaction(y: Floats, arm: Places, value: Floats, z: float) -> Slope:
    """Return the interaction of arm and a score, as a number in a straight line.

    ``ratios`` has, for each arm but the first, the ratio of its odds ratio (to the first arm)
    from one point to the next, with its interval; ``z`` is the normal quantile.
    """
    if not len(y):
        return Slope(Interaction(0, note=NOBODY))
    arms = int(arm.max()) + 1
    df = arms - 1
    if not df:
        return Slope(Interaction(0, note=ONE_ARM))
    if np.ptp(value) == 0:
        return Slope(Interaction(df, note=CONSTANT))
    dummies = _dummies(arm, arms)
    centred = value - value.mean()
    main = np.column_stack((np.ones(len(y)), dummies, centred))
    full = np.column_stack((main, dummies * centred[:, None]))
    if not independent(full[:, 1:]).all() or separated(full, y).any():
        return Slope(Interaction(df, note=NO_FIT))
    try:
        whole, less = fit_by_likelihood(full, y), fit_by_likelihood(main, y)
    except EstimationError as error:
        return Slope(Interaction(df, note=f"not estimable: {error}"))
    ratio = max(0.0, 2 * (whole.log_likelihood - less.log_likelihood))
    wald = _quadratic(whole.coefficients[-df:], whole.covariance[-df:, -df:])
    tests = Interaction(df, ratio, _chi_square_tail(ratio, df), wald, _chi_square_tail(wald, df))
    pairs = zip(whole.coefficients[-df:], whole.std_error[-df:], strict=True)
    ends = tuple(
        (math.exp(b), math.exp(b - z * error), math.exp(b + z * error)) for b, error in pairs
    )
    return Slope(tests, ends)


def _dummies(place: Places, size: int) -> Floats:
    return np.asarray(place[:, None] == np.arange(1, size), dtype=np.float64)


def _designs(arm: Places, level: Places, arms: int, levels: int) -> tuple[Floats, Floats]:
    """Return the models without and with the interaction, (n, p) each."""
    of_arm, of_level = _dummies(arm, arms), _dummies(level, levels)
    main = np.column_stack((np.ones(len(arm)), of_arm, of_level))
    products = [
        of_arm[:, [a]] * of_level[:, [b]] for a in range(arms - 1) for b in range(levels - 1)
    ]
    return main, np.column_stack((main, *products))


def _cell_likelihood(met: Floats, counts: NDArray[np.int64]) -> float:
    from scipy.special import xlogy

    left = counts - met
    return float((xlogy(met, met / counts) + xlogy(left, left / counts)).sum())


def _wald(full: Floats, y: Floats, df: int) -> float:
    fit = fit_by_likelihood(full, y)
    return _quadratic(fit.coefficients[-df:], fit.covariance[-df:, -df:])


def _quadratic(b: Floats, covariance: Floats) -> float:
    return float(b @ np.linalg.solve(covariance, b))


def _chi_square_tail(statistic: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))
