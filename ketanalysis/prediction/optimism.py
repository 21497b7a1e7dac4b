"""How much better a model looks in its own subjects: bootstrap, .632+, cross-validation.

Numbers in, numbers out. ``x`` is the model matrix (n, p) and ``y`` the outcome (n,) as 0 and 1; a
measure is one of `ketanalysis.prediction.performance.MEASURES`, in that order, shape (4,).
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.prediction.performance import areas, performance
from ketanalysis.prediction.resampled_fits import fit_each

Floats: TypeAlias = NDArray[np.float64]
NAN = float("nan")


class Block(NamedTuple):
    """One block of resamples.

    ``inside`` and ``whole`` are the measures of each resample's model in the resample and in all
    subjects, shape (m, 4); ``squared`` and ``left_out`` sum the squared errors of subjects
    outside the resample, and count them, shape (n,); ``outside`` is the area there, shape (m,).
    """

    inside: Floats
    whole: Floats
    squared: Floats
    left_out: Floats
    outside: Floats


def predict(x: Floats, b: Floats) -> Floats:
    """Return probabilities of all subjects under each row of coefficients, shape (m, n)."""
    from scipy.special import expit

    return np.asarray(expit(b @ x.T), dtype=np.float64)


def apparent(x: Floats, y: Floats, penalty: str) -> Floats:
    """Return the measures of the model in the subjects it was fitted to, shape (4,)."""
    ones = np.ones((1, len(y)))
    seen: Floats = performance(y, predict(x, fit_each(x, y, ones, penalty)), ones)[0]
    return seen


def bootstrap_block(x: Floats, y: Floats, counts: Floats, penalty: str) -> Block:
    """Return what the models of a block of resamples do inside, outside and in all subjects."""
    b = fit_each(x, y, counts, penalty)
    exists = ~np.isnan(b[:, 0])
    counts, p = counts[exists], predict(x, b[exists])
    out = (counts == 0).astype(np.float64)
    return Block(
        inside=performance(y, p, counts),
        whole=performance(y, p, np.ones_like(counts)),
        squared=(out * (y - p) ** 2).sum(axis=0),
        left_out=out.sum(axis=0),
        outside=areas(y, p, out),
    )


def harrell(blocks: list[Block]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the optimism of each measure, shape (4,), and the resamples behind each.

    Notes
    -----
    Efron (1983), J Am Stat Assoc 78:316; Harrell, Lee and Mark (1996), Stat Med 15:361: the mean
    over resamples of the measure in the resample less that in all subjects.
    """
    gain = np.concatenate([block.inside - block.whole for block in blocks])
    known = (~np.isnan(gain)).sum(axis=0)
    total = np.nansum(gain, axis=0)
    return np.where(known > 0, total / np.maximum(known, 1), NAN), known


def point_632_plus(x: Floats, y: Floats, blocks: list[Block], penalty: str) -> tuple[float, float]:
    """Return area and Brier score by the .632+ estimator.

    Notes
    -----
    Efron and Tibshirani (1997), J Am Stat Assoc 92:548, equations 24 to 32. The error of the area
    is 1 minus it, its value without information 1/2; that of the Brier score is the mean squared
    difference of every outcome and every prediction.
    """
    seen = apparent(x, y, penalty)
    p = predict(x, fit_each(x, y, np.ones((1, len(y))), penalty))[0]
    left_out = sum(block.left_out for block in blocks)
    squared = sum(block.squared for block in blocks)
    ever = np.asarray(left_out) > 0
    outside = np.concatenate([block.outside for block in blocks])
    outside = outside[~np.isnan(outside)]
    if not ever.any() or not len(outside):
        return NAN, NAN
    error = float((np.asarray(squared)[ever] / np.asarray(left_out)[ever]).mean())
    nothing = float(((y[:, np.newaxis] - p[np.newaxis]) ** 2).mean())
    area = 1 - _weighted(1 - float(seen[0]), 1 - float(outside.mean()), 0.5)
    return area, _weighted(float(seen[1]), error, nothing)


def _weighted(seen: float, outside: float, nothing: float) -> float:
    """Return the .632+ error from apparent error, that outside, and that without information."""
    outside = min(outside, nothing)
    overfit = 0.0
    if outside > seen and nothing > seen:
        overfit = (outside - seen) / (nothing - seen)
    weight = 0.632 / (1 - 0.368 * overfit)
    return (1 - weight) * seen + weight * outside


def cross_predictions(
    x: Floats, y: Floats, fold: NDArray[np.int64], penalty: str
) -> tuple[Floats, int]:
    """Return each subject's probability by the model of the other folds, shape (n,).

    NaN where that model does not exist; also returned is in how many folds it does not.
    """
    n_folds = int(fold.max()) + 1
    weights = (fold[np.newaxis] != np.arange(n_folds)[:, np.newaxis]).astype(np.float64)
    b = fit_each(x, y, weights, penalty)
    p = predict(x, b)
    return np.asarray(p[fold, np.arange(len(y))]), int(np.isnan(b[:, 0]).sum())


def pooled(y: Floats, p: Floats) -> Floats:
    """Return the measures of all predictions together, shape (4,)."""
    known = ~np.isnan(p)
    if not known.any():
        return np.full(4, NAN)
    found: Floats = performance(y[known], p[known][np.newaxis], np.ones((1, int(known.sum()))))[0]
    return found


def averaged(y: Floats, p: Floats, fold: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the mean over the folds of each measure, shape (4,), and folds behind each."""
    each = np.array([pooled(y[fold == k], p[fold == k]) for k in range(int(fold.max()) + 1)])
    known = (~np.isnan(each)).sum(axis=0)
    total = np.nansum(each, axis=0)
    return np.where(known > 0, total / np.maximum(known, 1), NAN), known


def folds_of(y: Floats, n_folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each subject, those with and without the event shared out alike."""
    generator = np.random.default_rng(seed)
    fold = np.empty(len(y), dtype=np.int64)
    start = 0
    for side in (1.0, 0.0):
        who = generator.permutation(np.flatnonzero(y == side))
        fold[who] = (start + np.arange(len(who))) % n_folds
        start += len(who)
    return fold


def pair_area(x: Floats, y: Floats, penalty: str) -> tuple[float, int]:
    """Return the area by leaving out each pair of a subject with and one without the event.

    Unlike the area of pooled leave-one-out predictions it is not pulled down; also returned is
    in how many pairs the model of the others does not exist.

    Notes
    -----
    Airola et al. (2011), Comput Stat Data Anal 55:1828.
    """
    cases, controls = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    won, held, missing = 0.0, 0, 0
    for case in cases:
        weights = np.ones((len(controls), len(y)))
        weights[:, case] = 0
        weights[np.arange(len(controls)), controls] = 0
        b = fit_each(x, y, weights, penalty)
        exists = ~np.isnan(b[:, 0])
        at_case, at_control = b @ x[case], (b * x[controls]).sum(axis=1)
        ties = np.isclose(at_case, at_control, rtol=0, atol=1e-12)
        better = np.where(ties, 0.5, at_case > at_control)
        won += float(better[exists].sum())
        held += int(exists.sum())
        missing += int((~exists).sum())
    return (won / held if held else NAN), missing
