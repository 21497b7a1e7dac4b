"""The scales on which proportions are pooled by inverse variance, and the way back from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ketanalysis.rates.cells import Floats


class Scale(NamedTuple):
    """A transformation: to the scale, (k,) estimates and variances, and back to proportions."""

    there: Callable[[Floats, Floats], tuple[Floats, Floats]]
    back: Callable[[Floats, Floats], Floats]
    note: str


def corrected(count: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the counts with a half added where a study has no event, or events only."""
    is_empty = (count == 0) | (count == n)
    return np.where(is_empty, count + 0.5, count), np.where(is_empty, n + 1, n)


def _logits(count: Floats, n: Floats) -> tuple[Floats, Floats]:
    count, n = corrected(count, n)
    return np.log(count / (n - count)), 1 / count + 1 / (n - count)


def expit(value: Floats, _n: Floats | None = None) -> Floats:
    """Return the proportions of logits."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(value, dtype=np.float64))))


def _arcsines(count: Floats, n: Floats) -> tuple[Floats, Floats]:
    return np.arcsin(np.sqrt(count / n)), 1 / (4 * n)


def _from_arcsines(value: Floats, _n: Floats) -> Floats:
    return np.asarray(np.sin(np.clip(value, 0, np.pi / 2)) ** 2)


def _double_arcsines(count: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return half the sum of two arcsines. Source: Freeman and Tukey 1950, Ann Math Stat 21:607."""
    both = np.arcsin(np.sqrt(count / (n + 1))) + np.arcsin(np.sqrt((count + 1) / (n + 1)))
    return both / 2, 1 / (4 * n + 2)


def _from_double_arcsines(value: Floats, n: Floats) -> Floats:
    """Return the proportion at the harmonic mean of the sizes.

    Source: Miller 1978, Am Stat 32:138. Beyond the value of no event, and of events only, it is
    0 and 1.
    """
    size = float(len(n) / (1 / n).sum())
    least, most = (float(_double_arcsines(np.array(x), np.array(size))[0]) for x in (0.0, size))
    value = np.asarray(value, dtype=np.float64)
    inner = np.clip(value, least, most)
    with np.errstate(invalid="ignore", divide="ignore"):
        sine = np.sin(2 * inner)
        root = 1 - (sine + (sine - 1 / sine) / size) ** 2
        share = (1 - np.sign(np.cos(2 * inner)) * np.sqrt(np.maximum(root, 0))) / 2
    return np.where(value <= least, 0.0, np.where(value >= most, 1.0, share))


SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        "logit": Scale(
            _logits,
            expit,
            "Logits; a half is added to the events and to the others of a study that has no "
            "event, or events only.",
        ),
        "freeman-tukey": Scale(
            _double_arcsines,
            _from_double_arcsines,
            "Double arcsines (Freeman and Tukey), taken back at the harmonic mean of the sizes "
            "(Miller): where sizes are far apart that can mislead (Schwarzer 2019).",
        ),
        "arcsine": Scale(_arcsines, _from_arcsines, "Arcsines of the roots."),
    }
)
