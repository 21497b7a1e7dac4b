"""Cox's model fitted: Newton's steps to the maximum of the partial likelihood, and its tests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.survival.cox_exact import exact_likelihood
from ketanalysis.survival.cox_likelihood import Likelihood, likelihood
from ketanalysis.survival.cox_risk_sets import RiskSets
from ketanalysis.survival.risk_sets import Bools, Floats

MOST_STEPS = 60
SETTLED = 1e-12  # what a step can still add to twice the log likelihood; then one more is taken
DEPENDENT = 1e-9  # of a column's information: less is left of a column that follows from others
RUN_OFF = 1e4  # a variance that grew by this factor since the start may be on its way to infinity


@dataclass(frozen=True, eq=False)
class CoxNumbers:
    """A fitted model of p columns that are all estimable.

    Attributes
    ----------
    coefficients, covariance
        (p,) log hazard ratios, and the inverse of the information (p, p).
    at_start, at_end
        The log likelihood without the columns and with them.
    score_test
        The score test statistic of all columns (chi-square, p degrees of freedom).
    evaluated
        The likelihood at the end.
    steps
        Newton steps.
    may_run_off
        Whether a coefficient may be on its way to infinity: `monotone` tells.
    """

    coefficients: Floats
    covariance: Floats
    at_start: float
    at_end: float
    score_test: float
    evaluated: Any
    steps: int
    may_run_off: bool

    @property
    def std_error(self) -> Floats:
        """Standard errors of the coefficients, (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def likelihood_ratio(self) -> float:
        """The likelihood ratio statistic of all columns."""
        return 2 * (self.at_end - self.at_start)

    @property
    def wald(self) -> float:
        """The Wald statistic of all columns."""
        return float(self.coefficients @ np.linalg.solve(self.covariance, self.coefficients))


def evaluate(sets: RiskSets, x: Floats, b: Floats, ties: str) -> Any:
    """Return the likelihood of the kind of ties at coefficients."""
    if ties == "exact":
        return exact_likelihood(sets, x, b)
    return likelihood(sets, x, b, ties)


def estimable(sets: RiskSets, x: Floats) -> Bools:
    """Return which columns (p,) the events tell anything of, apart from those before them.

    A column that is constant among those at risk, or follows from others, is none of them; R
    gives it NA.
    """
    centred = x - x.mean(axis=0)
    size = np.abs(centred).max(axis=0)
    varies = size > DEPENDENT * np.abs(x).max(axis=0)
    scaled = centred / np.where(varies, size, 1.0)
    information = likelihood(sets, scaled, np.zeros(x.shape[1]), "breslow").information
    kept = np.zeros(x.shape[1], dtype=bool)
    for j in np.flatnonzero(varies & (np.diag(information) > DEPENDENT)):
        left = information[j, j]
        if kept.any():
            across = information[kept, j]
            left -= float(across @ np.linalg.solve(information[np.ix_(kept, kept)], across))
        kept[j] = left > DEPENDENT * information[j, j]
    return kept


def newton(sets: RiskSets, x: Floats, ties: str = "efron") -> CoxNumbers:
    """Return the maximum of the partial likelihood of columns (n, p), all `estimable`.

    Raises
    ------
    EstimationError
        The search does not settle within 60 steps.

    Notes
    -----
    Columns are centred and scaled inside; the steps are halved while they lower the likelihood.
    It goes on until a step adds less than 1e-12, where R's ``coxph`` stops at a relative 1e-9.

    Checked against: tests/oracle/cox.csv (R 4.2.2, survival::coxph with eps = 1e-14), relative
    1e-8.
    """
    scale = x.std(axis=0)
    scaled = (x - x.mean(axis=0)) / scale
    b = np.zeros(x.shape[1])
    now = start = evaluate(sets, scaled, b, ties)
    is_settled, steps = False, 0
    while not is_settled:
        steps += 1
        step = _solved(now.information, now.score)
        is_settled = float(now.score @ step) <= SETTLED
        b, now = _climb(sets, scaled, ties, b, step, now)
        if steps == MOST_STEPS and not is_settled:
            raise EstimationError(
                f"Cox's model does not settle within {MOST_STEPS} steps: nearly monotone "
                'likelihood, or columns that nearly follow from each other. penalty="firth" is '
                "finite."
            )
    covariance = np.linalg.inv(now.information)
    first = np.linalg.inv(start.information)
    return CoxNumbers(
        coefficients=b / scale,
        covariance=covariance / np.outer(scale, scale),
        at_start=start.value,
        at_end=now.value,
        score_test=float(start.score @ first @ start.score),
        evaluated=now,
        steps=steps,
        may_run_off=bool((np.diag(covariance) > RUN_OFF * np.diag(first)).any()),
    )


def _solved(information: Floats, score: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(information, score))
    except np.linalg.LinAlgError:
        raise EstimationError(
            "Cox's model has no information left: its likelihood is monotone, or nearly. "
            'penalty="firth" is finite.'
        ) from None


def _climb(
    sets: RiskSets, x: Floats, ties: str, b: Floats, step: Floats, before: Any
) -> tuple[Floats, Any]:
    """Return where a step leads, halved while it lowers the likelihood; rounding is no fall."""
    lowest = before.value - 1e-12 * (abs(before.value) + 1)
    for _ in range(40):
        found = evaluate(sets, x, b + step, ties)
        if math.isfinite(found.value) and found.value >= lowest:
            return b + step, found
        step = step / 2
    return b, before


def unscaled(sets: RiskSets, x: Floats, b: Floats, ties: str) -> Likelihood:
    """Return the likelihood at the fitted coefficients for the columns as they are, centred."""
    return likelihood(sets, x - x.mean(axis=0), b, ties)
