"""What the likelihood needs of the data: sums over subjects with the same visits.

A subject's design matrix is written as X_i[a] = z_i' T[a]: features z that are constant within
the subject, and a map T from features to coefficients at each visit a. Subjects of one covariance
group with the same observed visits then enter by the cross products of z and y alone, and an
iteration costs the same for a hundred subjects and a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_PACKED = 40  # visits whose pattern, with the group, is one whole number


@dataclass(frozen=True, eq=False)
class Records:
    """The data of a mixed model, one row a subject.

    Attributes
    ----------
    y
        Responses, shape (n, m); NaN where a visit was not observed.
    z
        Features, shape (n, k).
    t
        Map to coefficients, shape (m, k, p).
    group
        Covariance group of each subject, shape (n,), from 0.
    weights
        Weights of the observations, shape (n, m), or None.
    times
        Times for a structure over distances, shape (n, m), or None.
    """

    y: Floats
    z: Floats
    t: Floats
    group: NDArray[np.int64]
    weights: Floats | None = None
    times: Floats | None = None

    def weighted(self) -> Records:
        """Return the records with weights multiplied in: rows by the root of their weight."""
        if self.weights is None:
            return self
        n, m = self.y.shape
        k, p = self.t.shape[1:]
        root = np.sqrt(np.where(np.isnan(self.y), 0.0, self.weights))
        z = (root[:, :, None] * self.z[:, None, :]).reshape(n, m * k)
        t = np.zeros((m, m, k, p))
        t[np.arange(m), np.arange(m)] = self.t
        y = np.where(np.isnan(self.y), np.nan, self.y * root)
        return Records(y, z, t.reshape(m, m * k, p), self.group, None, self.times)


@dataclass(frozen=True, eq=False)
class Patterns:
    """Cross products by pattern of visits, of whitened features and scaled residuals.

    Attributes
    ----------
    n
        Subjects of each pattern, shape (g,).
    mask
        Visits of each pattern, shape (g, m).
    group
        Covariance group of each pattern, shape (g,).
    zz, zy, yy
        Sums of z z', z y', y y': shapes (g, k, k), (g, k, m), (g, m, m).
    t
        Map from features to coefficients, shape (m, k, p).
    distance
        Distances in time of each pattern, shape (g, m, m), or None.
    shift
        Coefficients already taken off y (ordinary least squares), shape (p,).
    scale
        What each visit's y was divided by, shape (m,).
    kept
        Columns of the full design that are estimated, shape (p,).
    alias
        The columns left out as combinations of those kept, shape (p, r).
    norms
        Root of the sum of squares of each column of the full design.
    spread
        Root mean square of the least-squares residuals over that of the responses themselves,
        by visit, shape (m,).
    log_weights
        Sum of the logarithms of all weights.
    """

    n: Floats
    mask: NDArray[np.bool_]
    group: NDArray[np.int64]
    zz: Floats
    zy: Floats
    yy: Floats
    t: Floats
    distance: Floats | None
    shift: Floats
    scale: Floats
    kept: NDArray[np.intp]
    alias: Floats
    norms: Floats
    spread: Floats
    log_weights: float

    @property
    def n_observations(self) -> int:
        """Observed responses."""
        return int((self.n[:, None] * self.mask).sum())

    @property
    def n_groups(self) -> int:
        """Covariance groups."""
        return int(self.group.max()) + 1

    @cached_property
    def both(self) -> NDArray[np.bool_]:
        """Pairs of visits that each pattern has, shape (g, m, m)."""
        return self.mask[:, :, None] & self.mask[:, None, :]

    @cached_property
    def unit(self) -> Floats:
        """Ones on the diagonal at the visits that each pattern has not, shape (g, m, m)."""
        return np.asarray(np.eye(self.mask.shape[1]) * ~self.mask[:, :, None])


@dataclass(frozen=True, eq=False)
class Subjects:
    """The subjects behind the patterns, sorted by pattern: whitened z (n, k), scaled y (n, m)."""

    z: Floats
    y: Floats


def summed(records: Records, *, by_visit_scale: bool) -> tuple[Patterns, Subjects]:
    """Return the sums of the records; each visit is scaled by itself, or all alike."""
    weights = records.weights
    observed = ~np.isnan(records.y)
    log_weights = 0.0 if weights is None else float(np.log(weights[observed]).sum())
    held = records.weighted()
    z, t = _whitened(held.z, held.t)
    order, starts = _pattern_order(observed, held.group, held.times)
    observed, z = observed[order], z[order]
    y = np.where(observed, held.y[order], 0.0)
    ends = np.append(starts[1:], len(y))
    zz = _cross_products(z, z, starts, ends)
    mask = observed[starts]
    gram = _gram(zz, mask, t)
    anywhere = _gram(zz, np.ones_like(mask), t)  # had everybody been seen at all visits
    gram[np.diag(gram) <= 1e-12 * np.diag(anywhere)] = 0  # only rounding makes it unlike zero
    kept = estimable_columns(gram)
    others = np.delete(gram[kept], kept, axis=1)
    own = gram[np.ix_(kept, kept)]
    alias = np.asarray(np.linalg.solve(own, others), dtype=np.float64)
    t = t[:, :, kept]
    shift = np.asarray(np.linalg.solve(own, (y.T @ z).ravel() @ t.reshape(-1, len(kept))))
    size = np.maximum(_root_mean_square(y, observed), 1e-300)
    y = (y - z @ (t @ shift).T) * observed
    by_visit = _root_mean_square(y, observed)
    scale = by_visit if by_visit_scale else np.full(len(size), _root_mean_square(y, observed, None))
    scale = np.where(scale > 0, scale, 1.0)
    y = y / scale
    t = t / scale[:, None, None]
    distance = None
    if held.times is not None:
        times = np.where(observed, held.times[order], 0.0)[starts]
        distance = np.abs(times[:, :, None] - times[:, None, :])
    patterns = Patterns(
        n=(ends - starts).astype(np.float64),
        mask=mask,
        group=held.group[order][starts],
        zz=zz,
        zy=_cross_products(z, y, starts, ends),
        yy=_cross_products(y, y, starts, ends),
        t=t,
        distance=distance,
        shift=shift,
        scale=scale,
        kept=kept,
        alias=alias,
        norms=np.sqrt(np.maximum(np.diag(gram), 0)),
        spread=by_visit / size,
        log_weights=log_weights,
    )
    return patterns, Subjects(z, y)


def estimable_columns(gram: Floats, tolerance: float = 1e-11) -> NDArray[np.intp]:
    """Return the columns that are no combination of those before them, from X'X.

    A column is left out where less than `tolerance` of its sum of squares remains once the
    columns before it are taken off, as R's ``qr`` does with the columns themselves.
    """
    p = len(gram)
    norm = np.sqrt(np.maximum(np.diag(gram), 0))
    size = np.where(norm > 0, norm, 1.0)
    scaled = gram / np.outer(size, size)
    kept: list[int] = []
    rows = np.zeros((p, p))  # the Cholesky factor, a row a kept column
    for j in range(p):
        if norm[j] == 0:
            continue
        k = len(kept)
        row = rows[:k, j]
        left = scaled[j, j] - row @ row
        if left < tolerance:
            continue
        rows[k, j:] = (scaled[j, j:] - row @ rows[:k, j:]) / np.sqrt(left)
        kept.append(j)
    return np.asarray(kept, dtype=np.intp)


def _whitened(z: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Return features of unit cross product, and the map that goes with them."""
    size = np.sqrt((z**2).mean(axis=0))
    size = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh((z / size).T @ (z / size) / len(z))
    sound = values > 1e-13 * values[-1]
    root, vectors = np.sqrt(values[sound]), vectors[:, sound]
    onto = vectors / root / size[:, None]
    back = (root[:, None] * vectors.T) * size
    return z @ onto, np.einsum("kl,alp->akp", back, t)


def _pattern_order(
    observed: NDArray[np.bool_], group: NDArray[np.int64], times: Floats | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return subjects sorted by pattern, and where each pattern starts."""
    m = observed.shape[1]
    if times is None and m <= MOST_PACKED:
        packed = group * 2**m + observed @ (1 << np.arange(m, dtype=np.int64))
        order = np.argsort(packed, kind="stable")
        is_new = np.diff(packed[order], prepend=-1) != 0
        return order, np.flatnonzero(is_new)
    keys: list[NDArray[np.generic]] = list(observed.T)
    if times is not None:
        keys += list(np.where(observed, times, 0.0).T)
    keys.append(group)
    order = np.lexsort(keys)
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    return order, np.flatnonzero(is_new)


def _gram(zz: Floats, mask: NDArray[np.bool_], t: Floats) -> Floats:
    """Return X'X from the cross products of each pattern, shape (p, p)."""
    k = zz.shape[1]
    by_visit = (mask.T.astype(np.float64) @ zz.reshape(-1, k * k)).reshape(-1, k, k)
    return np.asarray(np.matmul(t.transpose(0, 2, 1), np.matmul(by_visit, t)).sum(axis=0))


def _root_mean_square(y: Floats, observed: NDArray[np.bool_], axis: int | None = 0) -> Floats:
    """Return the root mean square of what was observed, by visit (axis 0) or of all."""
    mean = (y**2).sum(axis=axis) / np.maximum(observed.sum(axis=axis), 1)
    return np.asarray(np.sqrt(mean))


def _cross_products(
    left: Floats, right: Floats, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> Floats:
    """Return the sums of left right' over the subjects of each pattern."""
    if len(starts) * 8 < len(left):
        return np.stack([left[a:b].T @ right[a:b] for a, b in zip(starts, ends, strict=True)])
    return np.asarray(np.add.reduceat(left[:, :, None] * right[:, None, :], starts, axis=0))
