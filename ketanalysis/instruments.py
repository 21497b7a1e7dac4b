"""What a rating scale is: its range, scoring, bands and cut-offs, each with who says so.

One TOML file an instrument lies in ``ketanalysis/registry/``; adding an instrument is copying
one file. Every fact carries a citation and says whether that source could be read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, near_miss
from ketanalysis.instrument_facts import Bands, CutOff, Fact, MinimalDifference, Scoring, Structure
from ketanalysis.toml_records import read_record

REGISTRY = Path(__file__).parent / "registry"

ALLOWED: dict[str, tuple[str, ...]] = {
    "direction": ("higher is worse", "higher is better", "higher is stronger"),
    "rater": ("clinician", "self"),
    "rule": ("sum", "mean", "domain maximum"),
    "purpose": ("remission", "response", "relapse", "severity"),
    "quantity": ("score", "per cent reduction"),
    "comparator": ("<", "<=", ">", ">="),
    "unit": ("points", "per cent of baseline"),
}

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


@dataclass(frozen=True, kw_only=True, repr=False)
class Instrument:
    """A rating scale. ``print`` gives its card; no item wording is held anywhere.

    Attributes
    ----------
    id
        The value of PARAMCD.
    direction
        "higher is worse", "higher is better", or "higher is stronger" where a high score is
        neither (a drug effect); a response can be defined for the first two only.
    structure
        Items, range and floor, in points.
    """

    id: str
    name: str
    measures: str
    rater: str
    direction: str
    structure: Structure
    scoring: Scoring
    aliases: tuple[str, ...] = ()
    bands: Bands | None = None
    cutoffs: tuple[CutOff, ...] = ()
    mcid: tuple[MinimalDifference, ...] = ()
    missing_items: Fact | None = None
    recall: Fact | None = None
    licence: Fact | None = None

    def __post_init__(self) -> None:
        """Refuse a range that the items cannot give, and bands that do not fill it."""
        possible = self.scoring.limits(self.items)
        if possible != (self.low, self.high):
            raise ContractError(
                f"The range of {self.id} must be {possible[0]:g} to {possible[1]:g} by its "
                f"scoring ({self.scoring.rule}), not {self.low:g} to {self.high:g}."
            )
        if self.bands is not None:
            ends = (self.bands.levels[0].low, self.bands.levels[-1].high)
            if ends != possible:
                raise ContractError(
                    f"The bands of {self.id} must run from {self.low:g} to {self.high:g}, "
                    f"not from {ends[0]:g} to {ends[1]:g}."
                )

    @property
    def items(self) -> int:
        """Number of items."""
        return self.structure.items

    @property
    def low(self) -> float:
        """Lowest possible score."""
        return self.structure.low

    @property
    def high(self) -> float:
        """Highest possible score."""
        return self.structure.high

    @property
    def floor(self) -> float:
        """The score of no symptoms, from which a per cent reduction is taken."""
        return self.structure.floor

    @property
    def higher_is_worse(self) -> bool:
        """Whether a high score is the worse one; refused where it is neither (a drug effect)."""
        if self.direction == "higher is stronger":
            raise ArgumentError(
                f"{self.id} measures how strong an effect is: a high score is neither better nor "
                "worse, so no response can be defined on it."
            )
        return self.direction == "higher is worse"

    def severity(self, score: float | None) -> str | None:
        """Return the label of the severity band that a score falls in.

        A prorated score between two bands (6.5) belongs to the lower: a band is reached at
        its lower limit. Not for defining response or remission: name a cut-off for those.

        Parameters
        ----------
        score
            A score in points, or None.

        Returns
        -------
        The label, or None for a missing score (None or NaN).

        Raises
        ------
        ArgumentError
            Where the scale has no bands, or the score lies outside its range.

        Examples
        --------
        >>> instrument("MADRS").severity(22)
        'moderate'
        """
        if self.bands is None:
            raise ArgumentError(f"{self.id} has no severity bands in the registry.")
        if score is None or math.isnan(score):
            return None
        if not self.low <= score <= self.high:
            raise ArgumentError(
                f"score must be between {self.low:g} and {self.high:g} for {self.id}, "
                f"not {score:g}."
            )

        return next(level.label for level in reversed(self.bands.levels) if score >= level.low)

    def __str__(self) -> str:
        from ketanalysis.instrument_card import card

        return card(self)

    def __repr__(self) -> str:
        return f"instrument({self.id!r})"


def instrument(name: str, *, folder: Path = REGISTRY) -> Instrument:
    """Return one rating scale of the registry by id or alias: which range, which cut-offs?

    Capital letters do not matter; nothing else is forgiven, so that no scale is mistaken
    for another.

    Parameters
    ----------
    name
        An id ("MADRS") or an alias ("HAM-D17").
    folder
        Folder of TOML files; the shipped registry unless named.

    Returns
    -------
    Instrument
        Range, direction, scoring, bands and cut-offs, each with its source.

    Raises
    ------
    ArgumentError
        Where no instrument has the name; the message lists all ids.
    ContractError
        Where a file of the folder does not keep the form of the registry.

    Examples
    --------
    >>> instrument("phq-9").high
    27
    """
    found = find_instrument(name, folder=folder)
    if found is None:
        held = read_instruments(Path(folder))
        spellings = [spelling for one in held.values() for spelling in (one.id, *one.aliases)]
        raise ArgumentError(
            f"instrument must be one of {', '.join(held)}, not {name!r}."
            f"{near_miss(name, spellings)}"
        )
    return found


def find_instrument(name: str, *, folder: Path = REGISTRY) -> Instrument | None:
    """Return one rating scale by id or alias as `instrument`, or None where none has the name."""
    wanted = str(name).casefold()
    for one in read_instruments(Path(folder)).values():
        if wanted in {spelling.casefold() for spelling in (one.id, *one.aliases)}:
            return one
    return None


def instruments(*, folder: Path = REGISTRY) -> pl.DataFrame:
    """Return the registry, one row an instrument: which scales are known?

    Parameters
    ----------
    folder
        As in `instrument`.

    Returns
    -------
    polars.DataFrame
        ``scale`` (the PARAMCD), ``name``, ``measures``, ``rater``, ``items``, ``low``,
        ``high``, ``floor`` (points), ``direction``, ``scoring``, ``aliases``, and ``verified``
        (whether the source of the range could be read).

    Examples
    --------
    >>> instruments()["scale"].to_list()[:3]
    ['ASC_ANX', 'ASC_AVS', 'ASC_BLISS']
    """
    rows = [
        {
            "scale": one.id,
            "name": one.name,
            "measures": one.measures,
            "rater": one.rater,
            "items": one.items,
            "low": float(one.low),
            "high": float(one.high),
            "floor": float(one.floor),
            "direction": one.direction,
            "scoring": one.scoring.rule,
            "aliases": ", ".join(one.aliases),
            "verified": one.structure.verified,
        }
        for one in read_instruments(Path(folder)).values()
    ]
    return pl.DataFrame(rows)


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
    bands = scale.bands
    if bands is None:
        return []
    return [
        CutOff(
            purpose="severity",
            comparator=">=",
            value=level.low,
            used_by=level.label,
            citation=bands.citation,
            locator=bands.locator,
            verified=bands.verified,
        )
        for level in bands.levels[1:]
    ]


@cache
def read_instruments(folder: Path) -> Mapping[str, Instrument]:
    """Return the instruments of a folder by id, in alphabetical order, each file checked.

    Raises
    ------
    ContractError
        Where a file has an unknown, missing or mistyped field, where bands leave a gap, or
        where two files claim one name.
    """
    read = sorted(
        (read_record(path, Instrument, ALLOWED) for path in folder.glob("*.toml")),
        key=lambda one: one.id,
    )
    owners: dict[str, str] = {}
    for one in read:
        for spelling in {name.casefold() for name in (one.id, *one.aliases)}:
            if spelling in owners:
                raise ContractError(
                    f"A name must belong to one instrument; {spelling!r} is claimed by "
                    f"{owners[spelling]} and {one.id} in {folder.name}/."
                )
            owners[spelling] = one.id
    return MappingProxyType({one.id: one for one in read})
