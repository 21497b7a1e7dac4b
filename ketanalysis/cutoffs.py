"""The published cut-offs of a rating scale: which are in use, by whom, with which comparator?"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ketanalysis.instrument_facts import CutOff
from ketanalysis.instruments import REGISTRY, Instrument, instrument

CUTOFF_SCHEMA = {
    "scale": pl.String,
    "purpose": pl.String,
    "quantity": pl.String,
    "comparator": pl.String,
    "value": pl.Float64,
    "used_by": pl.String,
    "citation": pl.String,
    "verified": pl.Boolean,
}


def cutoffs(name: str, *, folder: Path = REGISTRY) -> pl.DataFrame:
    """Return the published cut-offs of a scale, one row a cut-off and user: which is meant?

    There is no default among them: the definition in the analysis plan names one. The lower
    limits of the severity bands stand last, with purpose "severity".

    Parameters
    ----------
    name, folder
        As in `instrument`.

    Returns
    -------
    polars.DataFrame
        ``scale``, ``purpose``, ``quantity`` ("score" in points, or "per cent reduction" from
        baseline), ``comparator``, ``value``, ``used_by``, ``citation``, ``verified``.

    Raises
    ------
    ArgumentError
        Where no instrument has the name.

    Examples
    --------
    >>> cutoffs("PHQ9").row(0)[:5]
    ('PHQ9', 'remission', 'score', '<', 5.0)
    """
    scale = instrument(name, folder=folder)
    cuts = [*scale.cutoffs, *_band_limits(scale)]
    rows = [
        {
            "scale": scale.id,
            "purpose": cut.purpose,
            "quantity": cut.quantity,
            "comparator": cut.comparator,
            "value": float(cut.value),
            "used_by": cut.used_by,
            "citation": cut.source,
            "verified": cut.verified,
        }
        for cut in cuts
    ]
    return pl.DataFrame(rows, schema=CUTOFF_SCHEMA)


def _band_limits(scale: Instrument) -> list[CutOff]:
    every = ([scale.bands] if scale.bands else []) + [*scale.other_bands]
    return [
        CutOff(
            purpose="severity",
            comparator=">=",
            value=level.low,
            used_by=f"{bands.name}: {level.label}" if bands.name else level.label,
            citation=bands.citation,
            locator=bands.locator,
            verified=bands.verified,
        )
        for bands in every
        for level in bands.levels[1:]
    ]
