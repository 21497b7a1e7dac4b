"""The maximum of the likelihood: Newton's steps with the exact Hessian, and what they may find.

Each step solves against the Hessian with its eigenvalues made positive, is no longer than 2 in
any parameter, and is halved until the criterion falls. The fit has converged when the step's
promised fall (the Newton decrement) is below 1e-10 and the Hessian is positive definite; whatever
else happens is an error that says so. No other optimiser is tried in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.mmrm.covariance import (
    LOG_CHOLESKY,
    Floats,
    Shape,
    below,
    log_cholesky_parameters,
)
from ketanalysis.mmrm.likelihood import Model, Point, Slopes, by_covariance, evaluate, slopes
from ketanalysis.mmrm.one_thread import one_thread

DECREMENT = 1e-10
MOST_STEPS = 100
LONGEST = 2.0
SINGULAR = 1e-9  # smallest eigenvalue of the correlations of the visits
NEARLY_SINGULAR = 1e-5  # the same, of a fit that does not end: it is on its way to the edge


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


@one_thread()
def maximise(model: Model, start: Floats | None = None) -> Maximum:
    """Return the maximum of the likelihood.

    Parameters
    ----------
    model
        The model.
    start
        Covariances of an unstructured model to start from, shape (groups, m, m), in the units of
        the scores; such as those of a similar data set.

    Raises
    ------
    EstimationError
        Where the covariance is singular (visits that determine each other), the data cannot
        tell some of its parameters, or 100 steps do not reach a maximum.
    """
    if model.structure.name != "us":
        return _climb(
            model, evaluate(model, _tiled(model, model.structure.start(np.ones(model.m))))
        )
    climbing = replace(model, structure=LOG_CHOLESKY)
    begin = _em_start(climbing) if start is None else _from(climbing, start)
    return _in_mmrm_parameters(model, _climb(climbing, evaluate(climbing, begin)))


def _in_mmrm_parameters(model: Model, found: Maximum) -> Maximum:
    """Return the maximum with its derivatives by the parameters of ``us``, by the chain rule.

    A cell of the factor below the diagonal is exp(a) u, a the log deviation of its row and u the
    parameter; its derivatives by a and u are exp(a) u and exp(a), and so are the second ones by
    (a, a) and (a, u).
    """
    rows, _ = below(model.m)
    point, held, size = found.point, found.slopes, model.per_group
    jacobian, bend = np.eye(model.n_parameters), np.zeros((model.n_parameters,) * 2)
    theta, shapes = [], []
    for group, shape in enumerate(point.shapes):
        own = model.of_group(point.theta, group)
        sd, cells = np.exp(own[rows]), own[model.m :]
        theta += [own[: model.m], cells / sd]
        at = group * size + model.m + np.arange(len(rows))
        deviation, slope = group * size + rows, held.gradient[at]
        jacobian[at, at], jacobian[at, deviation] = sd, cells
        np.add.at(bend, (deviation, deviation), slope * cells)
        bend[at, deviation] = bend[deviation, at] = slope * sd
        place = slice(group * size, (group + 1) * size)
        first = np.tensordot(jacobian[place, place], shape.first, axes=(0, 1)).swapaxes(0, 1)
        shapes.append(Shape(shape.sigma, first))
    slopes_here = Slopes(
        held.gradient @ jacobian,
        jacobian.T @ held.hessian @ jacobian + bend,
        np.tensordot(jacobian, held.by_theta, axes=(0, 0)),
    )
    here = replace(point, theta=np.concatenate(theta), shapes=tuple(shapes))
    return replace(found, point=here, slopes=slopes_here)


def _climb(model: Model, point: Point) -> Maximum:
    found = slopes(model, point)
    decrement = np.inf
    for step in range(MOST_STEPS):
        direction, decrement, is_convex = _direction(found)
        if decrement < DECREMENT:
            _check_regular(model, point)
            if not is_convex:
                raise EstimationError(_flat(model))
            return _polished(model, point, found, direction, step, decrement)
        better = _search(model, point, direction, decrement)
        if better is None:
            break
        point = better
        found = slopes(model, point)
    _check_regular(model, point, NEARLY_SINGULAR)
    raise EstimationError(
        f"The fit with a covariance that is {model.structure.words} did not converge in "
        f"{MOST_STEPS} steps: the last one still promised {decrement:.2g} in -2 log likelihood. "
        "Too few subjects for so many covariance parameters "
        f"({model.n_parameters}) is the usual cause; name a simpler structure, or list several "
        "in fallback=."
    )


def _flat(model: Model) -> str:
    return (
        f"The data cannot tell all {model.n_parameters} parameters of a covariance that is "
        f"{model.structure.words}: some visits have no subject in common, or too few. Name a "
        "simpler structure, or list several in fallback=."
    )


def _polished(
    model: Model, point: Point, found: Slopes, direction: Floats, steps: int, decrement: float
) -> Maximum:
    """Return the maximum after one more step, which doubles the digits of the parameters."""
    better = evaluate(model, point.theta - direction)
    if better.value > point.value + 1e-9:
        return Maximum(point, found, steps, decrement)
    return Maximum(better, slopes(model, better), steps + 1, decrement)


def _from(model: Model, start: Floats) -> Floats:
    scale = np.outer(model.patterns.scale, model.patterns.scale)
    return np.concatenate([log_cholesky_parameters(sigma / scale) for sigma in start])


def _tiled(model: Model, theta: Floats) -> Floats:
    return np.tile(theta, model.n_groups)


def _em_start(model: Model, n_steps: int = 2) -> Floats:
    """Return log-Cholesky parameters after a few EM steps, which stay in the valid region.

    They begin at the residuals' covariances of each pair of visits, drawn towards zero so far
    that the matrix is positive definite.
    """
    theta = np.concatenate(
        [log_cholesky_parameters(_pairwise(model, group)) for group in range(model.n_groups)]
    )
    for _ in range(n_steps):
        point = evaluate(model, theta)
        gradient, _, _ = by_covariance(model, point)
        moved = []
        for group, shape in enumerate(point.shapes):
            own, sigma = model.members(group), shape.sigma[0]
            step = sigma @ gradient[own].sum(axis=0) @ sigma / model.patterns.n[own].sum()
            moved.append(log_cholesky_parameters(sigma - (step + step.T) / 2))
        theta = np.concatenate(moved)
    return theta


def _pairwise(model: Model, group: int) -> Floats:
    """Return a positive definite covariance from the least-squares residuals, (m, m)."""
    data, own = model.patterns, model.members(group)
    seen = data.mask[own].astype(np.float64)
    counts = (seen * data.n[own][:, None]).T @ seen
    found = data.yy[own].sum(axis=0) / np.maximum(counts, 1)
    sd = np.sqrt(np.maximum(np.diag(found), 1e-6))
    correlation = 0.97 * found / np.outer(sd, sd)
    np.fill_diagonal(correlation, 1)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < 0.02:
        correlation = (vectors * np.maximum(values, 0.02)) @ vectors.T
    return np.asarray(correlation * np.outer(sd, sd))


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


def _check_regular(model: Model, point: Point, least: float = SINGULAR) -> None:
    """Refuse a covariance on the edge: visits whose correlations leave nothing to estimate."""
    for group, shape in enumerate(point.shapes):
        seen = model.patterns.mask[model.members(group)]
        masks = seen if model.structure.spatial else np.ones((1, model.m), dtype=bool)
        for sigma, mask in zip(shape.sigma, masks, strict=True):
            _check_matrix(sigma[np.ix_(mask, mask)], least)


def _check_matrix(sigma: Floats, least: float) -> None:
    sd = np.sqrt(np.diag(sigma))
    if np.linalg.eigvalsh(sigma / np.outer(sd, sd))[0] < least:
        raise EstimationError(
            "The covariance of the visits is estimated as singular: the scores of some visits are "
            "determined by those of others (a correlation near 1, or fewer subjects than visits). "
            "Name a simpler covariance structure, or leave a visit out."
        )
