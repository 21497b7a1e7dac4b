"""The maximum of the likelihood: Newton's steps with the exact Hessian, and what they may find.

Each step solves against the Hessian with its eigenvalues made positive, is no longer than 2 in
any parameter, and is halved until the criterion falls. The fit has converged when the step's
promised fall (the Newton decrement) is below 1e-10 and the Hessian is positive definite; whatever
else happens is an error that says so. No other optimiser is tried in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.likelihood import Model, Point, Slopes, by_covariance, evaluate, slopes

DECREMENT = 1e-10
MOST_STEPS = 100
LONGEST = 2.0
SINGULAR = 1e-9  # smallest eigenvalue of the correlations of the visits


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the likelihood is highest.

    Attributes
    ----------
    point, slopes
        Criterion and derivatives there.
    steps
        Newton steps that were taken.
    decrement
        What the next step would promise; below 1e-10.
    """

    point: Point
    slopes: Slopes
    steps: int
    decrement: float


def maximise(model: Model) -> Maximum:
    """Return the maximum of the likelihood.

    Raises
    ------
    EstimationError
        Where the covariance is singular (visits that determine each other), or 100 steps do
        not reach a maximum.
    """
    point = evaluate(model, _start(model))
    found = slopes(model, point)
    for step in range(MOST_STEPS):
        direction, decrement, is_convex = _direction(found)
        if decrement < DECREMENT and is_convex:
            _check_regular(model, point)
            return _polished(model, point, found, direction, step, decrement)
        better = _search(model, point, direction, decrement)
        if better is None:
            break
        point = better
        found = slopes(model, point)
    _check_regular(model, point)
    raise EstimationError(
        f"The fit with a covariance that is {model.structure.words} did not converge in "
        f"{MOST_STEPS} steps: the last one still promised {decrement:.2g} in -2 log likelihood. "
        "Too few subjects for so many covariance parameters "
        f"({model.n_parameters}) is the usual cause; name a simpler structure, or list several "
        "in fallback=."
    )


def _polished(
    model: Model, point: Point, found: Slopes, direction: Floats, steps: int, decrement: float
) -> Maximum:
    """Return the maximum after one more step, which doubles the digits of the parameters."""
    better = evaluate(model, point.theta - direction)
    if better.value > point.value + 1e-9:
        return Maximum(point, found, steps, decrement)
    return Maximum(better, slopes(model, better), steps + 1, decrement)


def _start(model: Model) -> Floats:
    """Return parameters to start from: the visits' deviations, uncorrelated or by EM steps."""
    theta = model.structure.start(np.ones(model.m))
    stacked = np.tile(theta, model.patterns.n_groups)
    return _em_start(model, stacked) if model.structure.name == "us" else stacked


def _em_start(model: Model, theta: Floats, n_steps: int = 2) -> Floats:
    """Return unstructured parameters after a few EM steps, which never leave the valid region."""
    for _ in range(n_steps):
        point = evaluate(model, theta)
        gradient, _, _ = by_covariance(model, point)
        moved = []
        for group, shape in enumerate(point.shapes):
            sigma = shape.sigma[0]
            own = model.members(group)
            step = sigma @ gradient[own].sum(axis=0) @ sigma / model.patterns.n[own].sum()
            moved.append(parameters_of(sigma - (step + step.T) / 2))
        theta = np.concatenate(moved)
    return theta


def parameters_of(sigma: Floats) -> Floats:
    """Return the parameters of an unstructured covariance, shape (m, m) to (q,)."""
    lower = np.linalg.cholesky(sigma)
    sd = np.diag(lower)
    rows, columns = np.tril_indices(len(sigma), -1)
    return np.concatenate([np.log(sd), (lower / sd[:, None])[rows, columns]])


def _direction(found: Slopes) -> tuple[Floats, float, bool]:
    """Return the step, what it promises, and whether the Hessian is positive definite."""
    values, vectors = np.linalg.eigh(found.hessian)
    largest = np.abs(values).max()
    safe = np.maximum(np.abs(values), 1e-10 * largest)
    step = vectors @ ((vectors.T @ found.gradient) / safe)
    return step, float(found.gradient @ step), bool(values[0] > 1e-12 * largest)


def _search(model: Model, point: Point, direction: Floats, decrement: float) -> Point | None:
    """Return the first point along the step at which the criterion falls, or None."""
    length = min(1.0, LONGEST / np.abs(direction).max())
    while length > 1e-10:
        try:
            tried = evaluate(model, point.theta - length * direction)
        except np.linalg.LinAlgError:
            length /= 2
            continue
        fall = point.value - tried.value
        is_noise = decrement < 1e-6 and fall > -1e-9
        if fall >= 1e-4 * length * decrement or is_noise:
            return tried
        length /= 2
    return None


def _check_regular(model: Model, point: Point) -> None:
    """Refuse a covariance on the edge: visits whose correlations leave nothing to estimate."""
    for shape in point.shapes:
        for sigma in shape.sigma:
            sd = np.sqrt(np.diag(sigma))
            if sd.min() < 1e-6 * sd.max() or not np.isfinite(sd).all():
                raise EstimationError(
                    "The residual variance of a visit is estimated as zero: its scores are "
                    "determined by the model's terms. Take terms out of the model, or leave the "
                    "visit out."
                )
            if np.linalg.eigvalsh(sigma / np.outer(sd, sd))[0] < SINGULAR:
                raise EstimationError(
                    "The covariance of the visits is estimated as singular: the scores of some "
                    "visits are determined by those of others (a correlation near 1, or fewer "
                    "subjects than visits). Name a simpler covariance structure, or leave a "
                    "visit out."
                )
