"""Severity bands: which band a score falls in, and who says where the bands begin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketanalysis.comparison import SLACK
from ketanalysis.definition import check_number
from ketanalysis.errors import ArgumentError, listed
from ketanalysis.instruments import find_instrument, instruments

NO_BAND, MISSING = -1, "missing"


@dataclass(frozen=True)
class Severity:
    """Bands in order, each from its lowest score up to the next.

    Attributes
    ----------
    labels, lows
        The bands from the lowest scores to the highest, and where each begins, in points.
    high
        The highest score of the scale; infinite where it is not known.
    source
        A sentence: the bands with their limits, and who says so.
    """

    labels: tuple[str, ...]
    lows: tuple[float, ...]
    high: float
    source: str

    def place(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the band of each score, 0 to k - 1, same shape; -1 for a missing score.

        A score between two bands (6.5) belongs to the lower one, as in `Instrument.severity`.

        Examples
        --------
        >>> severity_bands("MADRS").place(np.array([6.0, 7.0, 60.0, np.nan])).tolist()
        [0, 1, 3, -1]
        """
        found = np.searchsorted(np.array(self.lows) - SLACK, scores, side="right") - 1
        return np.where(np.isnan(scores), NO_BAND, found).astype(np.int64)


def severity_bands(scale: str, bands: Mapping[str, float] | None = None) -> Severity:
    """Return the bands of a scale: those of the registry, or those that were declared.

    Parameters
    ----------
    scale
        PARAMCD.
    bands
        Label → lowest score of the band, from the lowest to the highest; None takes the
        registry's.

    Raises
    ------
    ArgumentError
        A scale without bands in the registry and none declared, or bands out of order.

    Examples
    --------
    >>> severity_bands("MADRS").labels
    ('none', 'mild', 'moderate', 'severe')
    """
    return _registered(scale) if bands is None else _declared(scale, bands)


def _registered(scale: str) -> Severity:
    known = find_instrument(scale)
    if known is None or known.bands is None:
        held = instruments()["scale"].to_list()
        with_bands = [name for name in held if _has_bands(name)]
        raise ArgumentError(
            f"{scale} has no severity bands in the registry; {listed(with_bands, 20)} have. "
            'Declare them: bands={"mild": 0, "moderate": 8, "severe": 15} (label and lowest score).'
        )
    levels = known.bands.levels
    limits = ", ".join(f"{one.label} {one.low:g} to {one.high:g}" for one in levels)
    half = known.bands.verified and not known.bands.labels_verified
    return Severity(
        tuple(one.label for one in levels),
        tuple(float(one.low) for one in levels),
        float(known.high),
        f"Bands of {known.id}: {limits} {known.bands.remark}"
        f"{' (words not verified)' if half else ''}.",
    )


def _has_bands(scale: str) -> bool:
    known = find_instrument(scale)
    return known is not None and known.bands is not None


def _declared(scale: str, bands: Mapping[str, float]) -> Severity:
    if not isinstance(bands, Mapping) or len(bands) < 2:
        raise ArgumentError(
            f"bands must give at least two bands as label and lowest score, not {bands!r}."
        )
    for label, low in bands.items():
        if not isinstance(label, str) or not label.strip():
            raise ArgumentError(f"bands must have texts as labels, not {label!r}.")
        if label == MISSING:
            raise ArgumentError(
                f"bands cannot have the label {MISSING!r}, which is that of subjects without a "
                "score."
            )
        check_number(f"The lowest score of {label!r} in bands", low)
    lows = [float(low) for low in bands.values()]
    if sorted(set(lows)) != lows:
        raise ArgumentError(
            "bands must stand in order, each beginning above the one before; they begin at "
            f"{listed((f'{low:g}' for low in lows), 20)}."
        )
    known = find_instrument(scale)
    if known is not None and known.low < lows[0]:
        raise ArgumentError(
            f"bands must begin at {known.low:g}, the lowest score of {known.id}, not at "
            f"{lows[0]:g}: a score below would have no band."
        )
    limits = ", ".join(f"{label} from {low:g}" for label, low in zip(bands, lows, strict=True))
    return Severity(
        tuple(bands),
        tuple(lows),
        float(known.high) if known else math.inf,
        f"Bands of {scale}: {limits} (declared in the call).",
    )
