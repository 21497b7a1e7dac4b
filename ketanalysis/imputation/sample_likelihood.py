"""The restricted likelihood of the imputation model in many samples of the same subjects at once.

A sample is how often it holds each subject. All samples share the patterns of observed visits, so
that criterion, gradient and Hessian of all of them are a few products of stacked matrices. The
equations are (1) to (3) of docs/mixed-model.md, as in `ketanalysis.mmrm.likelihood`, for a model
in which every covariate has an effect of its own at every visit and the covariance is
unstructured: L L' with a lower triangle L, the diagonal of which is a logarithm.

Shapes: r samples, g patterns, c covariances, m visits, k covariates, q = m (m + 1) / 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ketanalysis.imputation.model import ImputationData, Indices
from ketanalysis.mmrm.covariance import Floats, below

MOST_AT_ONCE = 2_000_000  # numbers in the largest array of a block of samples
COLLINEAR = 1e-9  # share of a covariate's squares beyond the others, below which one looks closer


class Layout(NamedTuple):
    """What all samples share: visits of each pattern (g, m), its covariance (g,), covariates."""

    mask: NDArray[np.bool_]
    group: Indices
    k: int

    @property
    def m(self) -> int:
        """Visits."""
        return int(self.mask.shape[1])

    @property
    def n_groups(self) -> int:
        """Covariances."""
        return int(self.group.max()) + 1

    @property
    def per_group(self) -> int:
        """Parameters of one covariance."""
        return self.m * (self.m + 1) // 2


class Sums(NamedTuple):
    """What the likelihood needs of each sample: sums over its subjects, by pattern.

    ``n`` (r, g) subjects; ``zz`` (r, g, k k), ``zy`` (r, g, k, m), ``yy`` (r, g, m, m) sums of
    z z', z y', y y' with zeros for what was not observed.
    """

    n: Floats
    zz: Floats
    zy: Floats
    yy: Floats

    def of(self, samples: Indices) -> Sums:
        """Return some of the samples."""
        return Sums(*(part[samples] for part in self))


class Points(NamedTuple):
    """The criterion of each sample at its own parameters ``theta`` (r, c q).

    ``value`` (r,) minus twice the restricted log likelihood without constants, ``beta`` (r, m, k)
    coefficients, ``phi`` (r, m k, m k) the inverse of X'WX, ``w`` (r, g, m, m) the inverse of each
    pattern's covariance (zero where not observed), ``lower`` (r, c, m, m) the factors L.
    """

    theta: Floats
    value: Floats
    beta: Floats
    phi: Floats
    w: Floats
    lower: Floats

    def of(self, samples: Indices) -> Points:
        """Return some of the samples."""
        return Points(*(part[samples] for part in self))

    def put(self, samples: Indices, found: Points) -> None:
        """Set some of the samples, in place."""
        for part, new in zip(self, found, strict=True):
            part[samples] = new


def layout_of(data: ImputationData) -> tuple[Layout, list[Indices]]:
    """Return the patterns, and the subjects of each; who has no score at all is in none."""
    seen = ~np.isnan(data.scores)
    group = data.arm if data.by_arm else np.zeros(data.n, dtype=np.int64)
    keys = np.column_stack([group, seen])
    kinds, number = np.unique(keys, axis=0, return_inverse=True)
    kept = [i for i, kind in enumerate(kinds) if kind[1:].any()]
    members = [np.flatnonzero(number.ravel() == i) for i in kept]
    return Layout(kinds[kept, 1:].astype(bool), kinds[kept, 0], data.z.shape[1]), members


def samples_at_once(layout: Layout) -> int:
    """Return how many samples fit into one block."""
    m, q, g = layout.m, layout.per_group, len(layout.mask)
    each = max(g * q * m * m, layout.n_groups * q * (m * layout.k) ** 2)
    return max(1, MOST_AT_ONCE // each)


def sums_of(members: list[Indices], counts: Floats, z: Floats, y: Floats) -> Sums:
    """Return the sums of samples that hold the subjects `counts` (r, n) times.

    `z` is (n, k); `y` is (n, m), zero where not observed.
    """
    (n, k), m, r = z.shape, y.shape[1], len(counts)
    parts = (z[:, :, None] * z[:, None, :], z[:, :, None] * y[:, None, :])
    products = np.column_stack(
        [part.reshape(n, -1) for part in (*parts, y[:, :, None] * y[:, None, :])]
    )
    # A product a sample, so that its digits do not depend on how many there are.
    each = [(counts[:, None, own] @ products[own])[:, 0] for own in members]
    summed = np.stack(each, axis=1)
    zz, zy, yy = np.split(summed, [k * k, k * (k + m)], axis=2)
    sizes = np.stack([counts[:, own].sum(axis=1) for own in members], axis=1)
    return Sums(sizes, zz, zy.reshape(r, -1, k, m), yy.reshape(r, -1, m, m))


def clearly_estimable(layout: Layout, sums: Sums) -> NDArray[np.bool_]:
    """Return the samples in which no covariate is near a combination of the others, (r,).

    Every visit is looked at by itself, as every covariate has an effect at each.
    """
    k, gram = layout.k, _by_visit(layout, sums)
    squares = np.diagonal(gram, axis1=2, axis2=3)
    size = np.sqrt(np.where(squares > 0, squares, 1.0))
    left = gram / (size[..., :, None] * size[..., None, :])
    is_sound = np.ones(gram.shape[:2], dtype=bool)
    for j in range(k):
        beyond = left[..., j, j]
        is_sound &= beyond > COLLINEAR
        row = left[..., j, :] / np.where(beyond > COLLINEAR, beyond, 1.0)[..., None]
        left = left - left[..., :, j, None] * row[..., None, :]
    return np.asarray(is_sound.all(axis=1))


def in_own_units(layout: Layout, sums: Sums) -> tuple[Sums, Floats]:
    """Return the sums with each visit's scores in units of their least-squares residuals, (r, m).

    The units are those of a sample fitted alone, so that Newton's steps are the same.
    """
    zy = sums.zy.sum(axis=1).swapaxes(1, 2)[..., None]  # (r, m, k, 1)
    beta = np.linalg.solve(_by_visit(layout, sums), zy)
    squares = np.diagonal(sums.yy.sum(axis=1), axis1=1, axis2=2) - (beta * zy).sum(axis=(2, 3))
    counts = sums.n @ layout.mask
    unit = np.sqrt(np.maximum(squares, 0) / np.maximum(counts, 1))
    unit = np.where(unit > 0, unit, 1.0)
    zy, yy = sums.zy / unit[:, None, None, :], sums.yy / (unit[:, :, None] * unit[:, None])[:, None]
    return Sums(sums.n, sums.zz, zy, yy), unit


def evaluate(layout: Layout, sums: Sums, theta: Floats) -> Points:
    """Return criterion (1); raises LinAlgError where a covariance is not positive definite."""
    m, k, r = layout.m, layout.k, len(theta)
    lower = _factors(layout, theta)
    both = layout.mask[:, :, None] & layout.mask[:, None, :]
    sigma = (lower @ lower.swapaxes(2, 3))[:, layout.group]
    sigma = np.where(both, sigma, np.eye(m))
    log_det = 2 * np.log(np.linalg.cholesky(sigma).diagonal(axis1=2, axis2=3)).sum(axis=2)
    w = np.asarray(np.linalg.inv(sigma) * both, dtype=np.float64)
    root = np.linalg.cholesky(_by_covariates(layout, sums, w.reshape(r, -1, m * m))[:, 0])
    back = np.linalg.inv(root)
    phi = np.asarray(back.swapaxes(1, 2) @ back, dtype=np.float64)
    score = (w @ sums.zy.swapaxes(2, 3)).sum(axis=1)  # (r, m, k)
    beta = (phi @ score.reshape(r, m * k, 1)).reshape(r, m, k)
    value = (sums.n * log_det).sum(axis=1) + (w * _residuals(sums, beta)).sum(axis=(1, 2, 3))
    value += 2 * np.log(root.diagonal(axis1=1, axis2=2)).sum(axis=1)
    return Points(theta, value, beta, phi, w, lower)


def slopes(layout: Layout, sums: Sums, at: Points) -> tuple[Floats, Floats]:
    """Return gradient (2), shape (r, c q), and Hessian (3), shape (r, c q, c q)."""
    m, q, r = layout.m, layout.per_group, len(at.theta)
    spread = at.w @ _residuals(sums, at.beta) @ at.w
    lever = at.w @ _hat(layout, sums, at.phi) @ at.w
    by_sigma = sums.n[..., None, None] * at.w - lever - spread
    weight = 2 * (spread + lever) - sums.n[..., None, None] * at.w
    across = sums.zy - sums.zz.reshape(r, -1, layout.k, layout.k) @ at.beta[:, None].swapaxes(2, 3)
    gradient, by_theta, moved = [], [], []
    hessian = np.zeros((r, layout.n_groups * q, layout.n_groups * q))
    for group in range(layout.n_groups):
        own = np.flatnonzero(layout.group == group)
        moves = _moves(layout, at.lower[:, group])
        half = moves @ at.lower[:, group, None].swapaxes(2, 3)
        first = half + half.swapaxes(2, 3)  # derivatives of the covariance, (r, q, m, m)
        total = by_sigma[:, own].sum(axis=1)
        gradient.append((first.reshape(r, q, -1) @ total.reshape(r, -1, 1))[..., 0])
        place = slice(group * q, (group + 1) * q)
        hessian[:, place, place] = _curvature(moves, at.lower[:, group], total) + _pairs(
            first.reshape(r, q, -1), at.w[:, own], weight[:, own]
        )
        w = at.w[:, own, None]
        sandwich = w @ first[:, None] @ w  # W V_i W, (r, g, q, m, m)
        flat = sandwich.reshape(r, len(own), q * m * m)
        by_theta.append(_by_covariates(layout, sums, flat, own))
        turned = sandwich.transpose(0, 2, 3, 1, 4).reshape(r, q * m, -1)
        beside = across[:, own].swapaxes(2, 3).reshape(r, -1, layout.k)
        moved.append((turned @ beside).reshape(r, q, m * layout.k))
    slope, turn = np.concatenate(by_theta, axis=1), np.concatenate(moved, axis=1)
    left = at.phi[:, None] @ slope
    hessian -= 2 * turn @ at.phi @ turn.swapaxes(1, 2)
    count = slope.shape[1]
    hessian -= left.reshape(r, count, -1) @ left.swapaxes(2, 3).reshape(r, count, -1).swapaxes(1, 2)
    return np.concatenate(gradient, axis=1), (hessian + hessian.swapaxes(1, 2)) / 2


def _by_visit(layout: Layout, sums: Sums) -> Floats:
    """Return Z'Z of those seen at each visit, shape (r, m, k, k)."""
    gram = layout.mask.T.astype(np.float64) @ sums.zz
    return np.asarray(gram.reshape(-1, layout.m, layout.k, layout.k))


def _factors(layout: Layout, theta: Floats) -> Floats:
    m, c = layout.m, layout.n_groups
    own = theta.reshape(len(theta), c, layout.per_group)
    lower = np.zeros((len(theta), c, m, m))
    lower[..., np.arange(m), np.arange(m)] = np.exp(own[..., :m])
    rows, columns = below(m)
    lower[..., rows, columns] = own[..., m:]
    return lower


def _moves(layout: Layout, lower: Floats) -> Floats:
    """Return the derivatives of a factor by its parameters, shape (r, q, m, m)."""
    m, (rows, columns) = layout.m, below(layout.m)
    moves = np.zeros((len(lower), layout.per_group, m, m))
    diagonal = np.arange(m)
    moves[:, diagonal, diagonal, diagonal] = lower[:, diagonal, diagonal]
    moves[:, m + np.arange(len(rows)), rows, columns] = 1
    return moves


def _curvature(moves: Floats, lower: Floats, gradient: Floats) -> Floats:
    """Return the second derivatives of the covariance against a gradient by its cells."""
    (r, q), m = moves.shape[:2], lower.shape[1]
    even = (gradient + gradient.swapaxes(1, 2)) / 2
    turned = (even[:, None] @ moves).reshape(r, q, -1)
    found = 2 * moves.reshape(r, q, -1) @ turned.swapaxes(1, 2)
    diagonal = np.arange(m)
    found[:, diagonal, diagonal] += (2 * even @ lower * lower).diagonal(axis1=1, axis2=2)
    return np.asarray(found)


def _pairs(first: Floats, w: Floats, weight: Floats) -> Floats:
    """Return the sum over patterns of tr(V_i W V_j M), shape (r, q, q)."""
    (r, g), m = w.shape[:2], w.shape[2]
    products = w.reshape(r, g, -1).swapaxes(1, 2) @ weight.reshape(r, g, -1)
    kernel = products.reshape(r, m, m, m, m).transpose(0, 4, 1, 2, 3).reshape(r, m * m, m * m)
    return np.asarray(first @ kernel @ first.swapaxes(1, 2))


def _by_covariates(
    layout: Layout, sums: Sums, matrices: Floats, own: Indices | slice = slice(None)
) -> Floats:
    """Return sums over subjects of X' M X, (r, q, m k, m k), for M by pattern, (r, g, q m m)."""
    m, k, r = layout.m, layout.k, len(matrices)
    blocks = matrices.swapaxes(1, 2) @ sums.zz[:, own]
    turned = blocks.reshape(r, -1, m, m, k, k).transpose(0, 1, 2, 4, 3, 5)
    return np.asarray(turned.reshape(r, -1, m * k, m * k))


def _residuals(sums: Sums, beta: Floats) -> Floats:
    """Return the sums of residual cross products by pattern, shape (r, g, m, m)."""
    fit = beta[:, None]
    cross = fit @ sums.zy
    zz = sums.zz.reshape(*sums.zz.shape[:2], beta.shape[2], beta.shape[2])
    return np.asarray(sums.yy - cross - cross.swapaxes(2, 3) + fit @ zz @ fit.swapaxes(2, 3))


def _hat(layout: Layout, sums: Sums, phi: Floats) -> Floats:
    """Return the sums of X_i Phi X_i' by pattern, shape (r, g, m, m)."""
    m, k, r = layout.m, layout.k, len(phi)
    kernel = phi.reshape(r, m, k, m, k).transpose(0, 2, 4, 1, 3).reshape(r, k * k, m * m)
    return np.asarray((sums.zz @ kernel).reshape(r, -1, m, m))
