"""One step of Newton's method for masses that must not be negative.

The sum of the masses needs no care: ``sum w log P - N sum p`` has its maximum over all p >= 0
where the masses sum to 1.
"""

from __future__ import annotations

import numpy as np

from ketanalysis.interval_censored.turnbull_intervals import Cliques
from ketanalysis.survival.risk_sets import Bools, Counts, Floats

MOST_DENSE = 400  # places; the matrix of more is not written out
RIDGE = 1e-12  # of a matrix with ones on its diagonal
WIDE_RIDGE = 1e-8


def newton_step(
    mass: Floats, gradient: Floats, share: Floats, cliques: Cliques
) -> tuple[Floats, float]:
    """Return the move (m,) of the masses, and how much of it may be taken at most.

    Only places with mass move, and those at which the likelihood would gain most from some:
    local maxima of the gradient above N. Intervals that cover the same of these are one.
    """
    n = float(cliques.weight.sum())
    support = np.flatnonzero((mass > 0) | _worth_adding(gradient, n))
    number = np.zeros(len(mass) + 1, dtype=np.int64)
    number[support + 1] = 1
    number = np.cumsum(number)
    first, last, bend = number[cliques.first], number[cliques.last], cliques.weight / share**2
    k = len(support)
    move = np.zeros(len(mass))
    if k <= MOST_DENSE:
        aim = _non_negative(_hessian(first, last, bend, k), 2 * gradient[support] - n)
        move[support] = aim - mass[support]
        return move, 1.0
    move[support] = _sparse(first, last, bend, k, gradient[support])
    falling = move < 0
    return move, min(1.0, float(np.min(-mass[falling] / move[falling], initial=1.0)))


def _worth_adding(gradient: Floats, n: float) -> Bools:
    around = np.concatenate(([-np.inf], gradient, [-np.inf]))
    is_highest = (gradient >= around[:-2]) & (gradient >= around[2:])
    return is_highest & (gradient > n * (1 + RIDGE))


def _hessian(first: Counts, last: Counts, bend: Floats, k: int) -> Floats:
    """Return minus the second derivatives (k, k): sums over the intervals that cover both."""
    cells = np.bincount(first * (k + 1) + last, bend, (k + 1) ** 2).reshape(k + 1, k + 1)
    begun = np.cumsum(cells, axis=0)
    upper = np.triu(np.cumsum(begun[:, ::-1], axis=1)[:, ::-1][:k, 1:])
    return np.asarray(upper + np.triu(upper, 1).T, dtype=float)


def _non_negative(hessian: Floats, linear: Floats) -> Floats:
    """Return x >= 0 that maximises ``linear x - x' hessian x / 2``."""
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    k = len(linear)
    scale = 1 / np.sqrt(np.diag(hessian))
    scaled = hessian * scale[:, None] * scale
    root = _root(scaled)
    inner = solve_triangular(root, scale * linear, lower=True)
    free = solve_triangular(root, inner, lower=True, trans=1)
    if free.min() < 0:
        free, _ = nnls(root.T, inner, maxiter=30 * k)
    return np.asarray(free * scale, dtype=float)


def _root(scaled: Floats) -> Floats:
    """Return the Cholesky root, with a ridge against rounding."""
    try:
        root = np.linalg.cholesky(scaled + RIDGE * np.eye(len(scaled)))
    except np.linalg.LinAlgError:
        root = np.linalg.cholesky(scaled + WIDE_RIDGE * np.eye(len(scaled)))
    return np.asarray(root, dtype=float)


def _sparse(first: Counts, last: Counts, bend: Floats, k: int, gradient: Floats) -> Floats:
    """Return Newton's move (k,) of masses that keep their sum, by the distribution's values.

    In the values of the distribution between the places the matrix has an entry for each pair
    of ends only: few where most times are exact.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import splu

    cell, place = np.unique(first * (k + 1) + last, return_inverse=True)
    between = np.bincount(place, bend)
    row, column = cell // (k + 1), cell % (k + 1)
    whole = np.bincount(row, between, k + 1) + np.bincount(column, between, k + 1)
    every = np.arange(k + 1)
    rows = np.concatenate((row, column, every))
    columns = np.concatenate((column, row, every))
    values = np.concatenate((-between, -between, whole))
    matrix = coo_matrix((values, (rows, columns))).tocsc()[1:k, 1:k]
    options = {"SymmetricMode": True}
    factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", options=options)
    inner = factor.solve(gradient[:-1] - gradient[1:])
    return np.diff(np.concatenate(([0.0], inner, [0.0])))
