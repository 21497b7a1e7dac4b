"""Covariance structures of repeated measures, with first and second derivatives.

The names and the parameters are those of R's mmrm (vignette "Covariance structures"), because the
Kenward-Roger variant with second derivatives depends on how a structure is parameterised. Standard
deviations enter by their logarithm. ``us`` is D L L' D with the deviations in D and a unit lower
triangle L; the others are D C D with a correlation C. A correlation r comes from a real number x
by r = x / sqrt(1 + x^2), that of compound symmetry by a logistic function onto (-1/(m - 1), 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Shape(NamedTuple):
    """A covariance at some parameters: ``sigma`` (f, m, m), ``first`` (f, q, m, m).

    ``f`` is 1 for structures over visits, else the number of subjects' distance matrices.
    """

    sigma: Floats
    first: Floats


@dataclass(frozen=True)
class Structure:
    """A covariance structure.

    Attributes
    ----------
    name
        R mmrm's name, such as "us".
    words
        How it prints.
    heterogeneous
        Whether each visit has a standard deviation of its own.
    spatial
        Whether it is one over distances in time instead of visits.
    """

    name: str
    words: str
    heterogeneous: bool
    spatial: bool
    correlation: Callable[[Floats, int], tuple[Floats, Floats, Floats]] | None = None

    def n_parameters(self, m: int) -> int:
        """Return the number of parameters q for m visits."""
        if self.name in FACTORS:
            return m * (m + 1) // 2
        if self.spatial:
            return 2
        n_sd = m if self.heterogeneous else 1
        return n_sd + {"cs": 1, "ar1": 1, "toep": m - 1, "ad": m - 1}[self.name.removesuffix("h")]

    def start(self, sd: Floats) -> Floats:
        """Return parameters of uncorrelated visits with the deviations ``sd``, shape (m,)."""
        m = len(sd)
        theta = np.zeros(self.n_parameters(m))
        if self.spatial:
            theta[0] = 2 * np.log(np.sqrt(np.mean(sd**2)))
        elif self.heterogeneous or self.name == "us":
            theta[:m] = np.log(sd)
        else:
            theta[0] = np.log(np.sqrt(np.mean(sd**2)))
        if self.name in ("cs", "csh") and m > 1:
            theta[-1] = _logit_of_cs(0.0, m)
        return theta

    def rescaled(self, theta: Floats, scale: Floats) -> Floats:
        """Return the parameters where each visit is measured ``scale`` times larger, (m,)."""
        moved = theta.copy()
        if self.spatial:
            moved[0] += 2 * np.log(scale[0])
        elif self.heterogeneous or self.name == "us":
            moved[: len(scale)] += np.log(scale)
        else:
            moved[0] += np.log(scale[0])
        return moved

    def at(self, theta: Floats, m: int, distance: Floats | None = None) -> Shape:
        """Return the covariance and its first derivatives."""
        if self.spatial:
            assert distance is not None
            return _exponential(theta, distance)
        if self.name in FACTORS:
            lower, moves = FACTORS[self.name](theta, m)
            half = moves @ lower.T
            return Shape((lower @ lower.T)[None], (half + half.transpose(0, 2, 1))[None])
        sigma, first, _ = self._scaled(theta, m)
        return Shape(sigma[None], first[None])

    def curvature(
        self, theta: Floats, m: int, gradient: Floats, distance: Floats | None = None
    ) -> Floats:
        """Return sum over cells of ``gradient`` (f, m, m) times the second derivatives, (q, q)."""
        if self.name in FACTORS:
            return _cholesky_curvature(self.name, theta, m, (gradient[0] + gradient[0].T) / 2)
        found = np.einsum("fabij,fij->ab", self.second(theta, m, distance), gradient)
        return np.asarray(found)

    def second(self, theta: Floats, m: int, distance: Floats | None = None) -> Floats:
        """Return the second derivatives of the covariance, shape (f, q, q, m, m)."""
        if self.spatial:
            assert distance is not None
            return _exponential_second(theta, distance)
        if self.name == "us":
            return _cholesky_second(theta, m)[None]
        return self._scaled(theta, m)[2][None]

    def weighted_second(
        self, theta: Floats, m: int, weights: Floats, distance: Floats | None = None
    ) -> Floats:
        """Return sum_ab w_ab times the second derivatives by a and b, (f, m, m), w symmetric."""
        if self.name == "us":
            return _cholesky_weighted(theta, m, weights)[None]
        second = self.second(theta, m, distance)
        return np.asarray(np.einsum("ab,fabij->fij", weights, second))

    def _scaled(self, theta: Floats, m: int) -> tuple[Floats, Floats, Floats]:
        """Return D C D with derivatives by the log deviations and the correlation's numbers."""
        n_sd = m if self.heterogeneous else 1
        sd = np.exp(theta[:n_sd]) * np.ones(m)
        assert self.correlation is not None
        corr, by_x, by_xx = self.correlation(theta[n_sd:], m)
        scale = np.outer(sd, sd)
        sigma = scale * corr
        hits = np.eye(m) if self.heterogeneous else np.ones((1, m))
        touch = hits[:, :, None] + hits[:, None, :]  # how often log sd v enters cell (i, j)
        first = np.concatenate([touch * sigma, scale * by_x])
        second = np.empty((len(theta), len(theta), m, m))
        second[:n_sd, :n_sd] = touch[:, None] * touch[None] * sigma
        second[:n_sd, n_sd:] = touch[:, None] * (scale * by_x)[None]
        second[n_sd:, :n_sd] = second[:n_sd, n_sd:].transpose(1, 0, 2, 3)
        second[n_sd:, n_sd:] = scale * by_xx
        return sigma, first, second


# --- unstructured -----------------------------------------------------------------------------


@cache
def below(m: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the cells below the diagonal, row by row."""
    rows, columns = np.tril_indices(m, -1)
    return rows, columns


def _cholesky(theta: Floats, m: int) -> tuple[Floats, Floats]:
    """Return the Cholesky factor, (m, m), and its first derivatives, (q, m, m)."""
    rows, columns = below(m)
    sd = np.exp(theta[:m])
    unit = np.eye(m)
    unit[rows, columns] = theta[m:]
    lower = sd[:, None] * unit
    moves = np.zeros((len(theta), m, m))
    moves[np.arange(m), np.arange(m)] = lower
    moves[m + np.arange(len(rows)), rows, columns] = sd[rows]
    return lower, moves


def _log_cholesky(theta: Floats, m: int) -> tuple[Floats, Floats]:
    """Return the factor and its derivatives where only its diagonal is a logarithm.

    Newton's steps stay short in these parameters where visits are highly correlated: below the
    diagonal nothing is divided by a small conditional deviation.
    """
    rows, columns = below(m)
    lower = np.diag(np.exp(theta[:m]))
    lower[rows, columns] = theta[m:]
    moves = np.zeros((len(theta), m, m))
    moves[np.arange(m), np.arange(m), np.arange(m)] = np.diag(lower)
    moves[m + np.arange(len(rows)), rows, columns] = 1
    return lower, moves


FACTORS = {"us": _cholesky, "log-cholesky": _log_cholesky}


def _cholesky_curvature(name: str, theta: Floats, m: int, gradient: Floats) -> Floats:
    """Return the second derivatives against a symmetric gradient, by dL dL' and ddL L'."""
    lower, moves = FACTORS[name](theta, m)
    q = len(theta)
    found = 2 * moves.reshape(q, -1) @ (gradient @ moves).reshape(q, -1).T
    slope = 2 * gradient @ lower  # by the cells of L
    rows, columns = below(m)
    if name == "log-cholesky":
        found[np.arange(m), np.arange(m)] += np.diag(slope * lower)
        return found
    found[np.arange(m), np.arange(m)] += (slope * lower).sum(axis=1)
    cross = np.exp(theta[rows]) * slope[rows, columns]
    own = m + np.arange(len(rows))
    found[rows, own] += cross
    found[own, rows] += cross
    return found


def _cholesky_weighted(theta: Floats, m: int, weights: Floats) -> Floats:
    """Return sum_ab w_ab (dL_a dL_b' + dL_b dL_a' + ddL_ab L' + L ddL_ab'), shape (m, m)."""
    lower, moves = _cholesky(theta, m)
    rows, _ = below(m)
    own = m + np.arange(len(rows))
    mixed = np.tensordot(weights, moves, axes=(1, 0))
    pairs = (moves @ mixed.transpose(0, 2, 1)).sum(axis=0)
    twice = np.concatenate([np.diag(weights)[:m], 2 * weights[rows, own]])
    half = pairs + np.tensordot(twice, moves, axes=(0, 0)) @ lower.T
    return np.asarray(half + half.T)


def _cholesky_second(theta: Floats, m: int) -> Floats:
    lower, moves = _cholesky(theta, m)
    q = len(theta)
    pairs = np.einsum("aik,bjk->abij", moves, moves)
    found = pairs + pairs.transpose(1, 0, 2, 3)
    twice = np.zeros((q, q, m, m))
    twice[np.arange(m), np.arange(m)] = moves[:m]
    rows, _ = below(m)
    own = m + np.arange(len(rows))
    twice[rows, own] = moves[m:]
    twice[own, rows] = moves[m:]
    half = twice @ lower.T
    return np.asarray(found + half + half.transpose(0, 1, 3, 2))


# --- correlations -----------------------------------------------------------------------------


def _bounded(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return r = x / sqrt(1 + x^2) and its first and second derivative."""
    inner = 1 + x**2
    return x / np.sqrt(inner), inner**-1.5, -3 * x * inner**-2.5


def _compound_symmetry(x: Floats, m: int) -> tuple[Floats, Floats, Floats]:
    lowest = 1 / max(m - 1, 1)
    s = 1 / (1 + np.exp(-x[0]))
    off = 1 - np.eye(m)
    rho = s * (1 + lowest) - lowest
    slope = s * (1 - s) * (1 + lowest)
    bend = slope * (1 - 2 * s)
    return np.eye(m) + rho * off, (slope * off)[None], (bend * off)[None, None]


def _logit_of_cs(rho: float, m: int) -> float:
    lowest = 1 / (m - 1)
    share = (rho + lowest) / (1 + lowest)
    return float(np.log(share / (1 - share)))


def _autoregressive(x: Floats, m: int) -> tuple[Floats, Floats, Floats]:
    rho, slope, bend = (float(part[0]) for part in _bounded(x))
    lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m))).astype(np.float64)
    by_rho = lag * rho ** np.maximum(lag - 1, 0)
    by_rho2 = lag * (lag - 1) * rho ** np.maximum(lag - 2, 0)
    return rho**lag, (by_rho * slope)[None], (by_rho2 * slope**2 + by_rho * bend)[None, None]


def _toeplitz(x: Floats, m: int) -> tuple[Floats, Floats, Floats]:
    rho, slope, bend = _bounded(x)
    lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    bands = np.stack([lag == d for d in range(1, m)]) if m > 1 else np.zeros((0, m, m))
    first = slope[:, None, None] * bands
    second = np.zeros((m - 1, m - 1, m, m))
    second[np.arange(m - 1), np.arange(m - 1)] = bend[:, None, None] * bands
    return np.concatenate([[1.0], rho])[lag], first, second


def _ante_dependence(x: Floats, m: int) -> tuple[Floats, Floats, Floats]:
    rho, slope, bend = _bounded(x)
    k = m - 1

    def product(without: tuple[int, ...]) -> Floats:
        """Return the products of neighbours' correlations, those in `without` left out."""
        factors = rho.copy()
        factors[list(without)] = 1.0
        found = np.ones((m, m))
        for i in range(m):
            for j in range(i + 1, m):
                inside = set(without) <= set(range(i, j))
                found[i, j] = found[j, i] = factors[i:j].prod() if inside else 0.0
        return found if not without else found * (1 - np.eye(m))

    once = np.stack([product((a,)) for a in range(k)]) if k else np.zeros((0, m, m))
    second = np.zeros((k, k, m, m))
    for a in range(k):
        second[a, a] = once[a] * bend[a]
        for b in range(a + 1, k):
            second[a, b] = second[b, a] = product((a, b)) * slope[a] * slope[b]
    return product(()), once * slope[:, None, None], second


# --- over distances ---------------------------------------------------------------------------


def _exponential(theta: Floats, distance: Floats) -> Shape:
    """Return exp(a) rho^distance, rho = logistic(b), for distance (f, m, m)."""
    s = 1 / (1 + np.exp(-theta[1]))
    sigma = np.exp(theta[0] + distance * np.log(s))
    return Shape(sigma, np.stack([sigma, sigma * distance * (1 - s)], axis=1))


def _exponential_second(theta: Floats, distance: Floats) -> Floats:
    s = 1 / (1 + np.exp(-theta[1]))
    sigma, first = _exponential(theta, distance)
    step = distance * (1 - s)
    bend = sigma * (step**2 - distance * s * (1 - s))
    rows = [np.stack([sigma, first[:, 1]], axis=1), np.stack([first[:, 1], bend], axis=1)]
    return np.stack(rows, axis=1)


LOG_CHOLESKY = Structure("log-cholesky", "unstructured", True, False)  # for the optimiser alone


def log_cholesky_parameters(sigma: Floats) -> Floats:
    """Return the parameters of `LOG_CHOLESKY` of a covariance, shape (m, m) to (q,)."""
    lower = np.linalg.cholesky(sigma)
    return np.concatenate([np.log(np.diag(lower)), lower[below(len(sigma))]])


STRUCTURES: dict[str, Structure] = {
    one.name: one
    for one in (
        Structure("us", "unstructured", True, False),
        Structure("cs", "compound symmetry", False, False, _compound_symmetry),
        Structure("csh", "heterogeneous compound symmetry", True, False, _compound_symmetry),
        Structure("ar1", "first-order autoregressive", False, False, _autoregressive),
        Structure("ar1h", "heterogeneous first-order autoregressive", True, False, _autoregressive),
        Structure("toep", "Toeplitz", False, False, _toeplitz),
        Structure("toeph", "heterogeneous Toeplitz", True, False, _toeplitz),
        Structure("ad", "ante-dependence", False, False, _ante_dependence),
        Structure("adh", "heterogeneous ante-dependence", True, False, _ante_dependence),
        Structure("sp_exp", "exponential in the distance of times", False, True),
    )
}
