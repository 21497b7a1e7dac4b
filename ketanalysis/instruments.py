"""What a rating scale is: its range, scoring, bands and cut-offs, each with who says so.

One TOML file an instrument lies in ``ketanalysis/registry/``; adding an instrument is copying
one file. Every fact carries a citation and says whether that source could be read. The subscales
of an instrument are part of its file and are found by their own names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.instrument_facts import (
    Bands,
    CutOff,
    Fact,
    MinimalDifference,
    MissingItems,
    Structure,
    Subscale,
)
from ketanalysis.instrument_scoring import Scoring
from ketanalysis.toml_records import read_record

REGISTRY = Path(__file__).parent / "registry"

ALLOWED: dict[str, tuple[str, ...]] = {
    "direction": (
        "higher is worse",
        "higher is better",
        "higher is stronger",
        "lower is stronger",
        "depends on the anchors",
    ),
    "rater": ("clinician", "self"),
    "rule": ("sum", "mean", "domain maximum"),
    "numbering": ("form", "edition"),
    "purpose": ("remission", "response", "relapse", "severity", "screening", "dissociation"),
    "quantity": ("score", "per cent reduction"),
    "comparator": ("<", "<=", ">", ">="),
    "unit": ("points", "per cent of baseline"),
}

NO_DIRECTION = {
    "higher is stronger": "measures how strong an effect is: a high score is neither better nor "
    "worse, so no response can be defined on it.",
    "lower is stronger": "measures how strong an effect is: a low score is neither better nor "
    "worse, so no response can be defined on it.",
    "depends on the anchors": "has the direction that its anchors give it, which differs between "
    "studies: name the scores otherwise, and declare the direction in the rule, "
    "Response(..., better=...).",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Instrument:
    """A rating scale. ``print`` gives its card; no item wording is held anywhere.

    Attributes
    ----------
    id
        The value of PARAMCD.
    direction
        "higher is worse", "higher is better", or one of three that define no response:
        "higher is stronger" and "lower is stronger" where a score is neither good nor bad (a
        drug effect), "depends on the anchors" (a visual analogue scale).
    structure
        Items, range and floor, in points.
    part_of
        The instrument on whose form the items stand, if it is another.
    family
        A name that several instruments share, so that it cannot stand for one of them.
    version
        Which form is meant, where several are in use.
    other_bands
        Further sets of severity bands that are in use.
    """

    id: str
    name: str
    measures: str
    rater: str
    direction: str
    structure: Structure
    scoring: Scoring
    aliases: tuple[str, ...] = ()
    part_of: str = ""
    family: str = ""
    version: Fact | None = None
    bands: Bands | None = None
    other_bands: tuple[Bands, ...] = ()
    cutoffs: tuple[CutOff, ...] = ()
    mcid: tuple[MinimalDifference, ...] = ()
    subscales: tuple[Subscale, ...] = ()
    missing_items: MissingItems | None = None
    recall: Fact | None = None
    licence: Fact | None = None

    def __post_init__(self) -> None:
        """Refuse a range that the items cannot give, and bands that do not fill it."""
        possible = self.scoring.limits(self.items)
        if possible not in (None, (self.low, self.high)):
            assert possible is not None
            raise ContractError(
                f"The range of {self.id} must be {possible[0]:g} to {possible[1]:g} by its "
                f"scoring ({self.scoring.rule}), not {self.low:g} to {self.high:g}."
            )
        for bands in (*((self.bands,) if self.bands else ()), *self.other_bands):
            ends = (bands.levels[0].low, bands.levels[-1].high)
            if ends != (self.low, self.high):
                raise ContractError(
                    f"The bands of {self.id} must run from {self.low:g} to {self.high:g}, "
                    f"not from {ends[0]:g} to {ends[1]:g}."
                )
        for one in self.subscales:
            unknown = [item for item in one.items if item not in self.item_numbers]
            if unknown or not one.items:
                raise ContractError(
                    f"The subscale {one.id} must name items of {self.id}, not "
                    f"{unknown[0] if unknown else 'none'}."
                )

    @property
    def item_numbers(self) -> tuple[int, ...]:
        """The number of each scored item on the form."""
        return self.scoring.numbers(self.items)

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
        if self.direction in NO_DIRECTION:
            raise ArgumentError(f"{self.id} {NO_DIRECTION[self.direction]}")
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
    if found is not None:
        return found
    members = family_members(name, folder=folder)
    if members:
        shown = listed((f"{one.id} ({one.low:g} to {one.high:g})" for one in members), 20)
        raise ArgumentError(
            f"{name} is several instruments of the registry: {shown}. Name the one that was used."
        )
    every = _every_instrument(Path(folder))
    spellings = [spelling for one in every.values() for spelling in (one.id, *one.aliases)]
    raise ArgumentError(
        f"instrument must be one of {', '.join(read_instruments(Path(folder)))}, or one of their "
        f"subscales, not {name!r}.{near_miss(name, spellings)}"
    )


def find_instrument(name: str, *, folder: Path = REGISTRY) -> Instrument | None:
    """Return one rating scale by id or alias as `instrument`, or None where none has the name."""
    return _spellings(Path(folder)).get(str(name).casefold())


def family_members(name: str, *, folder: Path = REGISTRY) -> tuple[Instrument, ...]:
    """Return the instruments that share a name which cannot stand for one of them ("BPRS")."""
    wanted = str(name).casefold()
    held = read_instruments(Path(folder)).values()
    return tuple(one for one in held if one.family and one.family.casefold() == wanted)


def form_numbers(scale: Instrument) -> set[int]:
    """Return every item number of the form that the scale's items stand on."""
    whole = find_instrument(scale.part_of) if scale.part_of else None
    held = set(scale.item_numbers) | (form_numbers(whole) if whole is not None else set())
    last = scale.structure.asked or (0 if scale.part_of else max(held))
    return held | set(range(1, last + 1))


def subscale_instrument(whole: Instrument, part: Subscale) -> Instrument:
    """Return a subscale as an instrument of its own, with the range that its items give."""
    text = part.text or (
        f"{whole.scoring.rule.capitalize()} of {len(part.items)} items of {whole.id}: "
        f"{', '.join(map(str, part.items))}."
    )
    scoring = whole.scoring.of(part.items, whole.items, replace(part, text=text))
    low, high = scoring.limits(len(part.items)) or (whole.low, whole.high)
    structure = Structure(
        items=len(part.items),
        low=low,
        high=high,
        floor=low,
        citation=part.citation,
        locator=part.locator,
        verified=part.verified,
    )
    return Instrument(
        id=part.id,
        name=part.name,
        measures=part.measures or whole.measures,
        rater=whole.rater,
        direction=part.direction or whole.direction,
        structure=structure,
        scoring=scoring,
        aliases=part.aliases,
        part_of=whole.id,
        cutoffs=part.cutoffs,
        recall=whole.recall,
        licence=whole.licence,
    )


def instruments(*, folder: Path = REGISTRY) -> pl.DataFrame:
    """Return the registry, one row an instrument or subscale: which scales are known?

    Parameters
    ----------
    folder
        As in `instrument`.

    Returns
    -------
    polars.DataFrame
        ``scale`` (the PARAMCD), ``name``, ``part_of`` (the instrument on whose form the items
        stand, if it is another), ``measures``, ``rater``, ``items``, ``low``, ``high``,
        ``floor`` (points), ``direction``, ``scoring``, ``aliases``, and ``verified`` (whether
        the source of the range could be read).

    Examples
    --------
    >>> instruments()["scale"].to_list()[:3]
    ['ASC_AED', 'ASC_ANX', 'ASC_AUDIT']
    """
    rows = [
        {
            "scale": one.id,
            "name": one.name,
            "part_of": one.part_of or None,
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
        for one in _every_instrument(Path(folder)).values()
    ]
    return pl.DataFrame(rows)


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
    _check_names(_with_subscales(read), folder)
    return MappingProxyType({one.id: one for one in read})


def _with_subscales(read: Iterable[Instrument]) -> list[Instrument]:
    """Return instruments and, after each, its subscales."""
    return [
        one
        for whole in read
        for one in (whole, *(subscale_instrument(whole, part) for part in whole.subscales))
    ]


def _check_names(every: Sequence[Instrument], folder: Path) -> None:
    owners = {one.family.casefold(): "a family of instruments" for one in every if one.family}
    for one in every:
        for spelling in {name.casefold() for name in (one.id, *one.aliases)}:
            if spelling in owners:
                raise ContractError(
                    f"A name must belong to one instrument; {spelling!r} is claimed by "
                    f"{owners[spelling]} and {one.id} in {folder.name}/."
                )
            owners[spelling] = one.id


@cache
def _every_instrument(folder: Path) -> Mapping[str, Instrument]:
    every = _with_subscales(read_instruments(folder).values())
    return MappingProxyType({one.id: one for one in every})


@cache
def _spellings(folder: Path) -> Mapping[str, Instrument]:
    every = _every_instrument(folder).values()
    return {name.casefold(): one for one in every for name in (one.id, *one.aliases)}
