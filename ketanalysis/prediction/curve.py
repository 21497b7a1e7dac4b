"""The ROC curve and its cut-offs: every value of a marker, and the one that looks best.

A cut-off that was chosen in the data looks better there than it is. Its optimism is estimated by
choosing it again in resamples of the subjects and trying each choice in the subjects themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.groups.resampling import Draws

Floats: TypeAlias = NDArray[np.float64]
CELLS = 2_000_000  # of one block of resamples: 16 MB


class Points(NamedTuple):
    """Each distinct value of a marker as a cut-off ("this high or higher"), highest first."""

    cutoff: Floats
    sensitivity: Floats
    specificity: Floats


class Chosen(NamedTuple):
    """The cut-off with the largest sum of sensitivity and specificity, and its optimism.

    ``optimism`` and ``apparent`` have sensitivity, specificity and Youden's index, shape (3,);
    ``n_resamples`` had subjects with and without the event.
    """

    cutoff: float
    apparent: Floats
    optimism: Floats
    n_resamples: int


def points(marker: Floats, event: NDArray[np.bool_]) -> Points:
    """Return sensitivity and specificity at each distinct value of a marker.

    Examples
    --------
    >>> found = points(np.array([1.0, 2, 2, 3]), np.array([False, True, False, True]))
    >>> found.cutoff.tolist(), found.sensitivity.tolist(), found.specificity.tolist()
    ([3.0, 2.0, 1.0], [0.5, 1.0, 1.0], [1.0, 0.5, 0.0])
    """
    values, place = np.unique(marker, return_inverse=True)
    with_event = np.bincount(place[event], minlength=len(values))[::-1]
    without = np.bincount(place[~event], minlength=len(values))[::-1]
    sensitivity = np.cumsum(with_event) / max(int(event.sum()), 1)
    specificity = 1 - np.cumsum(without) / max(int((~event).sum()), 1)
    return Points(values[::-1], sensitivity, specificity)


def best_cutoff(marker: Floats, event: NDArray[np.bool_], draws: Draws) -> Chosen:
    """Return Youden's cut-off and its optimism by the bootstrap.

    Of several equally good cut-offs the one with the highest sensitivity is taken. Resamples
    without a subject with (or without) the event say nothing and are not counted.

    Notes
    -----
    Youden (1950), Cancer 3:32; optimism as Harrell, Lee and Mark (1996), Stat Med 15:361.
    """
    seen = points(marker, event)
    index = seen.sensitivity + seen.specificity - 1
    at = _last_largest(index[np.newaxis])[0]
    order = np.argsort(-marker, kind="stable")
    last = np.searchsorted(-marker[order], -seen.cutoff, side="right") - 1
    sides = np.array([event[order], ~event[order]], dtype=np.float64)
    total, held = np.zeros(3), 0
    for counts in resampled_counts(len(marker), draws):
        mine = np.array([np.cumsum(counts[:, order] * side, axis=1)[:, last] for side in sides])
        full = (mine[0, :, -1] > 0) & (mine[1, :, -1] > 0)
        mine, rows = mine[:, full], int(full.sum())
        is_value = np.diff(mine.sum(axis=0), axis=1, prepend=0) > 0  # a cut-off is a value seen
        sensitivity = mine[0] / mine[0, :, -1:]
        specificity = 1 - mine[1] / mine[1, :, -1:]
        chosen = _last_largest(np.where(is_value, sensitivity + specificity, -1))
        each = np.arange(rows)
        gain = (
            sensitivity[each, chosen] - seen.sensitivity[chosen],
            specificity[each, chosen] - seen.specificity[chosen],
        )
        total += [gain[0].sum(), gain[1].sum(), (gain[0] + gain[1]).sum()]
        held += rows
    apparent = np.array([seen.sensitivity[at], seen.specificity[at], index[at]])
    optimism = total / held if held else np.full(3, np.nan)
    return Chosen(float(seen.cutoff[at]), apparent, optimism, held)


def resampled_counts(n: int, draws: Draws) -> Iterator[Floats]:
    """Yield how often each subject stands in each resample, in blocks of shape (m, n).

    Blocks have their own seeds, so that who computes them changes nothing.
    """
    resamples = int(draws.resamples or 0)
    each = max(1, min(200, CELLS // max(n, 1)))
    sizes = [min(each, resamples - start) for start in range(0, resamples, each)]
    seeds = np.random.SeedSequence(draws.seed).spawn(len(sizes))
    for size, seed in zip(sizes, seeds, strict=True):
        yield _counts(n, size, seed)


def _counts(n: int, size: int, seed: np.random.SeedSequence) -> Floats:
    drawn = np.random.default_rng(seed).integers(0, n, size=(size, n))
    flat = drawn + n * np.arange(size)[:, np.newaxis]
    return np.bincount(flat.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def _last_largest(index: Floats) -> NDArray[np.int64]:
    """Return the place of the last of the largest in each row; rounding makes none larger."""
    is_top = index >= index.max(axis=1, keepdims=True) - 1e-12
    return np.asarray(index.shape[1] - 1 - np.argmax(is_top[:, ::-1], axis=1))
