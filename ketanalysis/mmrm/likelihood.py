"""The (restricted) likelihood of the mixed model, its exact gradient and Hessian.

With V the covariance of all responses, W its inverse, A = X'WX, Phi its inverse and
P = W - W X Phi X' W, minus twice the restricted log likelihood is

    f = log|V| + log|A| + y'Py + (N - p) log 2 pi                                        (1)

and with V_i, V_ij its derivatives by the covariance parameters,

    f_i  = tr(P V_i) - y'P V_i P y                                                       (2)
    f_ij = tr(P V_ij) - tr(P V_i P V_j) - y'P V_ij P y + 2 y'P V_i P V_j P y.            (3)

Without restriction (ML) log|A| and the parts of P in the traces fall away and N - p is N.
The numbers of equations are those of docs/mixed-model.md.
Source: Lindstrom and Bates (1988) J Am Stat Assoc 83:1014; Harville (1977) ibid. 72:320.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ketanalysis.mmrm.covariance import Floats, Shape, Structure
from ketanalysis.mmrm.patterns import Patterns

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Model:
    """Data, covariance structure and criterion; parameters are stacked by covariance group."""

    patterns: Patterns
    structure: Structure
    is_restricted: bool

    @property
    def m(self) -> int:
        """Visits."""
        return int(self.patterns.mask.shape[1])

    @property
    def per_group(self) -> int:
        """Covariance parameters of one group."""
        return self.structure.n_parameters(self.m)

    @property
    def n_parameters(self) -> int:
        """Covariance parameters of all groups."""
        return self.per_group * self.n_groups

    def of_group(self, theta: Floats, group: int) -> Floats:
        """Return the parameters of one covariance group."""
        return theta[group * self.per_group : (group + 1) * self.per_group]

    @cached_property
    def n_groups(self) -> int:
        """Covariance groups."""
        return self.patterns.n_groups

    def members(self, group: int) -> Indices | slice:
        """Return the patterns of one covariance group."""
        return slice(None) if self.n_groups == 1 else np.flatnonzero(self.patterns.group == group)

    def distance(self, members: Indices | slice) -> Floats | None:
        """Return the distances of some patterns, for a structure over distances."""
        held = self.patterns.distance
        return None if held is None else held[members]


@dataclass(frozen=True, eq=False)
class Point:
    """The criterion at one value of the covariance parameters.

    Attributes
    ----------
    value
        Minus twice the log likelihood, of the scaled data without constants.
    beta
        Coefficients of the scaled residuals, shape (p,).
    phi
        Inverse of X'WX, shape (p, p).
    inverse
        W of each pattern, zero where not observed, shape (g, m, m).
    shapes
        Covariance and first derivatives by group.
    """

    theta: Floats
    value: float
    beta: Floats
    phi: Floats
    inverse: Floats
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, eq=False)
class Slopes:
    """First and second derivatives at a point; `by_theta` is X'W V_i W X, shape (q, p, p)."""

    gradient: Floats
    hessian: Floats
    by_theta: Floats


def evaluate(model: Model, theta: Floats) -> Point:
    """Return the criterion; raises LinAlgError where the covariance is not positive definite."""
    data, m = model.patterns, model.m
    sigma = np.empty(data.both.shape)
    shapes = []
    for group in range(model.n_groups):
        own = model.members(group)
        shape = model.structure.at(model.of_group(theta, group), m, model.distance(own))
        sigma[own] = shape.sigma
        shapes.append(shape)
    sigma = np.where(data.both, sigma, data.unit)
    factor = np.linalg.cholesky(sigma)
    log_det = 2 * float(data.n @ np.log(factor.diagonal(axis1=1, axis2=2)).sum(axis=1))
    inverse = np.asarray(np.linalg.inv(sigma) * data.both, dtype=np.float64)
    information = _information(inverse, data)
    root = np.linalg.cholesky(information)
    back = np.linalg.inv(root)
    phi = back.T @ back
    score = np.matmul(inverse, data.zy.transpose(0, 2, 1)).sum(axis=0)  # (m, k)
    beta = phi @ (score.ravel() @ data.t.reshape(score.size, -1))
    value = log_det + float((inverse * _residuals(data, beta)).sum())
    if model.is_restricted:
        value += 2 * float(np.log(np.diag(root)).sum())
    if not np.isfinite(value):
        raise np.linalg.LinAlgError("the likelihood is not finite")
    return Point(theta, value, beta, phi, inverse, tuple(shapes))


def _information(inverse: Floats, data: Patterns) -> Floats:
    """Return X'WX from W by pattern."""
    m, k, p = data.t.shape
    g = len(inverse)
    blocks = (inverse.reshape(g, m * m).T @ data.zz.reshape(g, k * k)).reshape(m, m, k, k)
    full = blocks.transpose(0, 2, 1, 3).reshape(m * k, m * k)
    t = data.t.reshape(m * k, p)
    return np.asarray(t.T @ full @ t)


def _residuals(data: Patterns, beta: Floats) -> Floats:
    """Return the sums of residual cross products by pattern, shape (g, m, m)."""
    fit = data.t @ beta  # (m, k)
    cross = fit @ data.zy
    return data.yy - cross - cross.transpose(0, 2, 1) + fit @ data.zz @ fit.T


def hat(data: Patterns, phi: Floats) -> Floats:
    """Return the sums of X_i Phi X_i' by pattern, shape (g, m, m)."""
    m, k, p = data.t.shape
    t = data.t.reshape(m * k, p)
    kernel = (t @ phi @ t.T).reshape(m, k, m, k).transpose(1, 3, 0, 2).reshape(k * k, m * m)
    return (data.zz.reshape(-1, k * k) @ kernel).reshape(-1, m, m)


def by_covariance(model: Model, point: Point) -> tuple[Floats, Floats, Floats]:
    """Return the gradient by the cells of each pattern's covariance, and its two parts.

    These are the sums of W e e' W (e the residuals) and of W X Phi X' W, all (g, m, m).
    """
    data, w = model.patterns, point.inverse
    spread = w @ _residuals(data, point.beta) @ w
    lever = w @ hat(data, point.phi) @ w if model.is_restricted else np.zeros_like(w)
    return data.n[:, None, None] * w - lever - spread, spread, lever


def slopes(model: Model, point: Point) -> Slopes:
    """Return gradient (2) and Hessian (3) of the criterion, and X'W V_i W X."""
    data, w = model.patterns, point.inverse
    by_sigma, spread, lever = by_covariance(model, point)
    trace = by_sigma + spread - lever  # tr(P V_i P V_j) without its last part
    across = data.zy - data.zz @ (data.t @ point.beta).T  # sums of z r', (g, k, m)
    gradient, by_theta, cross = [], [], []
    q = model.n_parameters
    hessian = np.zeros((q, q))
    for group, shape in enumerate(point.shapes):
        own = model.members(group)
        place = slice(group * model.per_group, (group + 1) * model.per_group)
        theta, distance = model.of_group(point.theta, group), model.distance(own)
        total = by_sigma[own] if model.structure.spatial else by_sigma[own].sum(axis=0)[None]
        flat = shape.first.swapaxes(0, 1).reshape(model.per_group, -1)
        gradient.append(flat @ total.ravel())
        curved = model.structure.curvature(theta, model.m, total, distance)
        hessian[place, place] = curved + pairs(shape, w[own], 2 * spread[own] - trace[own])
        sandwich = w[own][:, None] @ shape.first @ w[own][:, None]  # W V_i W, (g, q, m, m)
        by_theta.append(between(data, own, sandwich))
        cross.append(_against(data, sandwich, across[own]))
    slope, moved = np.concatenate(by_theta), np.concatenate(cross)
    hessian -= 2 * moved @ point.phi @ moved.T
    if model.is_restricted:
        left = point.phi @ slope
        hessian -= left.reshape(q, -1) @ left.transpose(0, 2, 1).reshape(q, -1).T
    return Slopes(np.concatenate(gradient), (hessian + hessian.T) / 2, slope)


def between(data: Patterns, own: Indices | slice, matrices: Floats) -> Floats:
    """Return sums over subjects of X' M X, (q, p, p), for M by pattern, (g, q, m, m)."""
    m, k, p = data.t.shape
    g, q = matrices.shape[:2]
    blocks = (matrices.reshape(g, -1).T @ data.zz[own].reshape(g, k * k)).reshape(q, m, m, k, k)
    full = blocks.transpose(0, 1, 3, 2, 4).reshape(q, m * k, m * k)
    t = data.t.reshape(m * k, p)
    return np.asarray(np.matmul(t.T, np.matmul(full, t)))


def _against(data: Patterns, matrices: Floats, across: Floats) -> Floats:
    """Return X'W V_i W r, shape (q, p)."""
    moved = np.matmul(matrices, across.transpose(0, 2, 1)[:, None]).sum(axis=0)  # (q, m, k)
    m, k, p = data.t.shape
    return np.asarray(moved.reshape(-1, m * k) @ data.t.reshape(m * k, p))


def pairs(shape: Shape, w: Floats, weight: Floats) -> Floats:
    """Return sum over patterns of tr(V_i W V_j M), shape (q, q)."""
    q, m = shape.first.shape[1], w.shape[1]
    if len(shape.first) == 1:  # one V for all patterns: sum W and M first
        products = (w.reshape(-1, m * m).T @ weight.reshape(-1, m * m)).reshape(m, m, m, m)
        kernel = products.transpose(3, 0, 1, 2).reshape(m * m, m * m)
        flat = shape.first[0].reshape(q, m * m)
        return np.asarray(flat @ kernel @ flat.T)
    left = (shape.first @ w[:, None]).transpose(1, 0, 2, 3).reshape(q, -1)
    right = (shape.first @ weight[:, None]).transpose(1, 0, 3, 2).reshape(q, -1)
    return np.asarray(left @ right.T)
