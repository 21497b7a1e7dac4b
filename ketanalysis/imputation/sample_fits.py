"""The imputation model fitted to many samples of the same subjects: Newton's steps, all together.

The steps are those of `ketanalysis.mmrm.newton`, taken by every sample from the estimates of the
whole. A sample that they do not bring to a clear maximum has no fit here; who asks fits it alone,
where what is wrong with it is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ketanalysis.imputation.model import ImputationData, Indices, Parameters
from ketanalysis.imputation.sample_likelihood import (
    Layout,
    Points,
    Sums,
    clearly_estimable,
    evaluate,
    in_own_units,
    layout_of,
    samples_at_once,
    slopes,
    sums_of,
)
from ketanalysis.mmrm.covariance import Floats, below
from ketanalysis.mmrm.newton import DECREMENT, LONGEST, MOST_STEPS, NEARLY_SINGULAR
from ketanalysis.mmrm.one_thread import one_thread

Truths = NDArray[np.bool_]
SHORTEST = 1e-10  # a step is halved no further


class _Steps(NamedTuple):
    """The next step of each sample, (r, c q), what it promises, and where the Hessian is sound."""

    direction: Floats
    decrement: Floats
    is_convex: Truths


def fit_samples(
    data: ImputationData, samples: Iterable[Indices], whole: Parameters
) -> Iterator[tuple[Indices, Parameters | None]]:
    """Yield each sample with its restricted maximum likelihood estimates, None without a fit.

    Parameters
    ----------
    data
        All subjects.
    samples
        The subjects of each sample, as often as they are in it; taken a block at a time.
    whole
        The estimates of all subjects, from which every sample starts.

    Notes
    -----
    Scores that are missing are no part of the likelihood.
    Source: Lindstrom and Bates (1988) J Am Stat Assoc 83:1014; docs/mixed-model.md, (1) to (3).
    Checked against: `fit_parameters` of each sample alone, relative 1e-8, in
    tests/imputation/test_sample_fits.py.
    """
    layout, members = layout_of(data)
    # So that little cancels: orthogonal covariates, and scores about their expectation.
    z, triangle = np.linalg.qr(data.z)
    z, onto = z * np.sqrt(data.n), np.linalg.inv(triangle) * np.sqrt(data.n)
    y = np.nan_to_num(data.scores - data.z @ whole.coefficients.T)
    start = np.asarray(np.linalg.cholesky(whole.sigma), dtype=np.float64)
    waiting = iter(samples)
    while block := list(islice(waiting, samples_at_once(layout))):
        counts = np.stack([np.bincount(who, minlength=data.n) for who in block])
        sums = sums_of(members, counts.astype(np.float64), z, y)
        fits = _fits(layout, sums, start, units=onto, about=whole.coefficients)
        yield from zip(block, fits, strict=True)


def _fits(
    layout: Layout, sums: Sums, start: Floats, *, units: Floats, about: Floats
) -> list[Parameters | None]:
    """Return the fit of each sample of a block, from factors (c, m, m) of the covariances.

    `units` turns coefficients into those of the covariates as they came, (k, k); they are those of
    scores about `about`, (m, k).
    """
    found: list[Parameters | None] = [None] * len(sums.n)
    able = np.flatnonzero(clearly_estimable(layout, sums))
    held, unit = in_own_units(layout, sums.of(able))
    lower = start / unit[:, None, :, None]
    cells = below(layout.m)
    logs = np.log(np.diagonal(lower, axis1=2, axis2=3))
    theta = np.concatenate([logs, lower[..., cells[0], cells[1]]], axis=2)
    points, is_found = _maxima(layout, held, theta.reshape(len(able), -1))
    factors = points.lower * unit[:, None, :, None]
    sigma = factors @ factors.swapaxes(2, 3)
    coefficients = about + (points.beta * unit[..., None]) @ units.T
    for i in np.flatnonzero(is_found):
        found[able[i]] = Parameters(coefficients[i], sigma[i])
    return found


@one_thread()
def _maxima(layout: Layout, sums: Sums, theta: Floats) -> tuple[Points, Truths]:
    """Return where the likelihood of each sample is highest, and whether it was found."""
    points, is_found = _blank(layout, theta), np.zeros(len(theta), dtype=bool)
    active = np.arange(len(theta))
    with np.errstate(all="ignore"):  # what is not finite is no fall of the criterion
        try:
            points = evaluate(layout, sums, theta)
            for _ in range(MOST_STEPS):
                if not active.size:
                    break
                active = _step(layout, sums, points, active, is_found)
        except np.linalg.LinAlgError:
            pass  # of one sample, which cannot be told: those without a fit are looked at alone
    return points, is_found


def _blank(layout: Layout, theta: Floats) -> Points:
    r, (g, m), p = len(theta), layout.mask.shape, layout.m * layout.k
    return Points(
        theta,
        np.full(r, np.nan),
        np.zeros((r, m, layout.k)),
        np.zeros((r, p, p)),
        np.zeros((r, g, m, m)),
        np.zeros((r, layout.n_groups, m, m)),
    )


def _step(layout: Layout, sums: Sums, points: Points, active: Indices, is_found: Truths) -> Indices:
    """Take one step of each active sample; return those that are not at their maximum."""
    own, here = sums.of(active), points.of(active)
    steps = _directions(*slopes(layout, own, here))
    ends = steps.decrement < DECREMENT
    if ends.any():
        last = np.flatnonzero(ends)
        better = evaluate(layout, own.of(last), here.theta[last] - steps.direction[last])
        kept = better.value <= here.value[last] + 1e-9
        points.put(active[last[kept]], better.of(np.flatnonzero(kept)))
        is_found[active[last]] = steps.is_convex[last] & _are_regular(points.of(active[last]))
    going = np.flatnonzero(~ends & np.isfinite(steps.decrement))
    moved = _fall(layout, own, here, steps, going)
    points.put(active[moved], here.of(moved))
    return active[moved]


def _directions(gradient: Floats, hessian: Floats) -> _Steps:
    """Return the steps against the Hessians with their eigenvalues made positive."""
    values, vectors = np.linalg.eigh(hessian)
    largest = np.abs(values).max(axis=1)
    safe = np.maximum(np.abs(values), 1e-10 * largest[:, None])
    along = (vectors.swapaxes(1, 2) @ gradient[..., None])[..., 0] / safe
    direction = (vectors @ along[..., None])[..., 0]
    return _Steps(direction, (gradient * direction).sum(axis=1), values[:, 0] > 1e-12 * largest)


def _fall(layout: Layout, sums: Sums, here: Points, steps: _Steps, going: Indices) -> Indices:
    """Move samples along their steps, halved until the criterion falls; return those that moved."""
    length = np.minimum(1.0, LONGEST / np.abs(steps.direction).max(axis=1))
    moved = np.zeros(len(length), dtype=bool)
    while going.size:
        theta = here.theta[going] - length[going, None] * steps.direction[going]
        tried = evaluate(layout, sums.of(going), theta)
        fall, promised = here.value[going] - tried.value, steps.decrement[going]
        is_noise = (promised < 1e-6) & (fall > -1e-9)
        falls = (fall >= 1e-4 * length[going] * promised) | is_noise
        here.put(going[falls], tried.of(np.flatnonzero(falls)))
        moved[going[falls]] = True
        length[going] /= 2
        going = going[~falls & (length[going] > SHORTEST)]
    return np.flatnonzero(moved)


def _are_regular(points: Points) -> Truths:
    """Return which samples have no covariance near the edge: visits that determine each other."""
    sigma = points.lower @ points.lower.swapaxes(2, 3)
    sd = np.sqrt(np.diagonal(sigma, axis1=2, axis2=3))
    least = np.linalg.eigvalsh(sigma / (sd[..., :, None] * sd[..., None, :]))[..., 0]
    return np.asarray((least >= NEARLY_SINGULAR).all(axis=1))
