"""Changes that count in one person: the smallest meaningful change, and reliable change.

Both are values with a source. The published ones come from the registry of instruments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import polars as pl

from ketanalysis.definition import Definition, check_number, points_words, share_words
from ketanalysis.definitions import Remission
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.instrument_facts import MinimalDifference
from ketanalysis.instruments import instrument

UNITS = ("points", "share of baseline")
BETWEEN_GROUPS = "difference between groups"


@dataclass(frozen=True, repr=False, kw_only=True)
class MeaningfulChange(Definition):
    """The smallest improvement that matters to a person (MCID, minimal important difference).

    Parameters
    ----------
    at_least
        The improvement, in `unit`.
    unit
        "points", or "share of baseline" (0.175 is 17.5 %).
    source
        Where the number is from; printed with it.
    verified
        Whether that source could be read; None where the caller declared the number.
    from_floor, floor, better
        As in `Response`; `floor` and `from_floor` belong to a share.

    Raises
    ------
    ArgumentError
        A part is left open, or the number is out of its range.

    Examples
    --------
    >>> from ketanalysis import MeaningfulChange
    >>> print(MeaningfulChange(at_least=4, unit="points", source="Toussaint 2020"))
    Meaningful change is an improvement of at least 4 points from baseline (source: Toussaint \
2020).
    """

    name: ClassVar[str] = "meaningful_change"
    label: ClassVar[str] = "meaningful change"

    at_least: float | None = None
    unit: Literal["points", "share of baseline"] | None = None
    source: str = ""
    verified: bool | None = None
    from_floor: bool | None = None
    floor: float | None = None
    better: Literal["lower", "higher"] | None = None

    def __post_init__(self) -> None:
        check_one_of("unit", self.unit, UNITS)
        check_number("MeaningfulChange(at_least=...)", self.at_least)
        highest = math.inf if self.unit == "points" else 1.0
        if not 0 < self.amount < highest:
            raise ArgumentError(
                "MeaningfulChange(at_least=...) must be above 0"
                f"{' and below 1 (0.175 is 17.5 %)' if self.unit != 'points' else ''}, not "
                f"{self.at_least!r}."
            )
        _check_source("MeaningfulChange", self.source)
        _check_better(self.better)
        if self.floor is not None:
            check_number("MeaningfulChange(floor=...)", self.floor)
        for name in ("floor", "from_floor"):
            if self.unit == "points" and getattr(self, name) is not None:
                raise ArgumentError(f'{name} belongs to unit="share of baseline".')

    @property
    def amount(self) -> float:
        """The improvement: points, or a share of baseline."""
        return float(self.at_least or 0.0)

    def sentence(self, scale: str | None = None) -> str:
        """Return the change with its source."""
        where = f" in {scale}" if scale else ""
        better = f" ({self.better} scores are better)" if self.better else ""
        amount = f"{share_words(self.amount)} of"
        if self.unit == "points":
            amount = f"{points_words(self.amount)} point{'s' * (self.amount != 1)} from"
        read = "; not verified" if self.verified is False else ""
        return (
            f"Meaningful change is an improvement{where}{better} of at least {amount} baseline "
            f"(source: {self.source}{read})."
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class ReliableChange(Definition):
    """Reliable change: more than the error of measurement explains (Jacobson and Truax).

    Parameters
    ----------
    reliability
        Reliability of the scale, 0 to 1.
    sd
        Standard deviation of the scale in the sample that the reliability belongs to, points.
    source
        Where both numbers are from; printed with them.
    criterion
        The reliable change index that must be exceeded; 1.96 as in the source.
    recovered
        The healthy side of a cut-off, for clinically significant change: reliably improved,
        and come from the other side of it. None for reliable change alone.
    better
        Whether "lower" or "higher" scores are better, for a scale not in the registry.

    Raises
    ------
    ArgumentError
        A part is left open, or a number is out of its range.

    Notes
    -----
    The threshold is ``criterion * sd * sqrt(2 * (1 - reliability))`` points. A retest
    correlation over weeks holds real change too, and makes the threshold too wide; an internal
    consistency (Cronbach's alpha) makes it narrow. State which it is in `source`.
    Jacobson and Truax (1991), J Consult Clin Psychol 59:12-19.

    Examples
    --------
    >>> from ketanalysis import ReliableChange
    >>> rule = ReliableChange(reliability=0.9, sd=6.5, source="alpha and SD of our own sample")
    >>> f"{rule.threshold:.2f}"
    '5.70'
    """

    name: ClassVar[str] = "reliable_change"
    label: ClassVar[str] = "reliable change"

    reliability: float | None = None
    sd: float | None = None
    source: str = ""
    criterion: float = 1.96
    recovered: Remission | None = None
    better: Literal["lower", "higher"] | None = None

    def __post_init__(self) -> None:
        for name in ("reliability", "sd", "criterion"):
            check_number(f"ReliableChange({name}=...)", getattr(self, name))
        if not 0 < float(self.reliability or 0) < 1:
            raise ArgumentError(
                f"ReliableChange(reliability=...) must lie between 0 and 1, not "
                f"{self.reliability!r}: at 1 every change would be reliable."
            )
        for name in ("sd", "criterion"):
            if not getattr(self, name) > 0:
                raise ArgumentError(
                    f"ReliableChange({name}=...) must be above 0, not {getattr(self, name)!r}."
                )
        _check_source("ReliableChange", self.source)
        _check_better(self.better)
        if self.recovered is not None and not isinstance(self.recovered, Remission):
            raise ArgumentError(f"recovered must be a Remission, not {self.recovered!r}.")

    @property
    def threshold(self) -> float:
        """The change in points that must be exceeded."""
        sd, reliability = float(self.sd or 0), float(self.reliability or 0)
        return self.criterion * sd * math.sqrt(2 * (1 - reliability))

    def sentence(self, scale: str | None = None) -> str:
        """Return the change in points, what it is made of, and the cut-off of recovery."""
        where = f" in {scale}" if scale else ""
        text = (
            f"Reliable change is a change{where} from baseline of more than "
            f"{self.threshold:.2f} points: {self.criterion:g} times the standard error of a "
            f"difference, from a reliability of {self.reliability:g} and a standard deviation of "
            f"{points_words(float(self.sd or 0))} points (source: {self.source})."
        )
        if self.recovered is None:
            return text
        cutoff = self.recovered.sentence(scale).removeprefix("Remission is ").rstrip(".")
        return f"{text} Recovered is who improved reliably and came to {cutoff} from outside it."

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that were set; the cut-off as a table."""
        table = self._set_fields()
        if self.recovered is not None:
            table["recovered"] = self.recovered.to_dict()
        return table

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the definition from its fields; the cut-off is a table of `Remission`."""
        made = super().from_dict(
            {key: value for key, value in table.items() if key != "recovered"}
            if isinstance(table, Mapping)
            else table
        )
        if "recovered" not in table:
            return made
        return replace(made, recovered=Remission.from_dict(table["recovered"]))


def meaningful_changes(scale: str) -> pl.DataFrame:
    """Return the published meaningful changes of a scale: which are there, and from whom?

    Parameters
    ----------
    scale
        The scale, by id or alias.

    Returns
    -------
    polars.DataFrame
        ``scale``, ``low`` and ``high`` (one number, or the ends of a range), ``unit``,
        ``text`` (of what it is a change), ``citation``, ``verified``.

    Raises
    ------
    ArgumentError
        Where no instrument has the name.

    Examples
    --------
    >>> meaningful_changes("BDI2")["low"].to_list()
    [17.5, 32.0]
    """
    one = instrument(scale)
    rows = [
        {
            "scale": one.id,
            "low": float(found.low),
            "high": float(found.high),
            "unit": found.unit,
            "text": found.text,
            "citation": found.source,
            "verified": found.verified,
        }
        for found in one.mcid
    ]
    texts = dict.fromkeys(("unit", "text", "citation"), pl.String)
    numbers = dict.fromkeys(("low", "high"), pl.Float64)
    schema = {"scale": pl.String, **numbers, **texts, "verified": pl.Boolean}
    return pl.DataFrame(rows, schema=schema)


def meaningful_change(scale: str, at_least: float | None = None) -> MeaningfulChange:
    """Return a published meaningful change of a scale as a rule, with its citation.

    Parameters
    ----------
    scale
        The scale, by id or alias.
    at_least
        The number as `meaningful_changes` shows it (17.5, in per cent of baseline); needed
        where there are several, or a range. A number that is not published is declared with
        `MeaningfulChange` itself.

    Returns
    -------
    MeaningfulChange
        The rule, which names its source and whether that was read.

    Raises
    ------
    ArgumentError
        Where the registry has none, several fit, or it is a difference between groups: what
        matters between two means is much less than what matters to one person.

    Examples
    --------
    >>> print(meaningful_change("GAD7"))
    Meaningful change is an improvement of at least 4 points from baseline (source: Toussaint \
2020, fis.uke.de).
    """
    one = instrument(scale)
    within = [found for found in one.mcid if found.text != BETWEEN_GROUPS]
    if not within:
        raise ArgumentError(_none_within(one.id, one.mcid))
    fitting = [f for f in within if at_least is None or f.low <= at_least <= f.high]
    amount = at_least
    if len(fitting) == 1 and at_least is None and fitting[0].low == fitting[0].high:
        amount = fitting[0].low
    if len(fitting) != 1 or amount is None:
        shown = listed(f"{_words(found)} ({found.text}; {found.source})" for found in within)
        raise ArgumentError(
            f"at_least= must be one of the published changes of {one.id}: {shown}; not "
            f"{at_least!r}."
        )
    (found,) = fitting
    is_points = found.unit == "points"
    return MeaningfulChange(
        at_least=float(amount) if is_points else float(amount) / 100,
        unit="points" if is_points else "share of baseline",
        source=found.source,
        verified=found.verified,
    )


def _none_within(scale: str, held: tuple[MinimalDifference, ...]) -> str:
    declare = 'Declare one: MeaningfulChange(at_least=..., unit="points", source="...").'
    if not held:
        return f"The registry has no meaningful change of {scale}. {declare}"
    return (
        f"The registry has for {scale} only a difference between groups "
        f"({listed(map(_words, held))}), which is not a change within a person. {declare}"
    )


def _words(found: MinimalDifference) -> str:
    ends = f"{found.low:g}" if found.low == found.high else f"{found.low:g} to {found.high:g}"
    return f"{ends} {found.unit}"


def _check_source(owner: str, source: object) -> None:
    if not isinstance(source, str) or not source.strip():
        raise ArgumentError(f"{owner} needs source=: where its numbers are from, not {source!r}.")


def _check_better(better: object) -> None:
    if better is not None:
        check_one_of("better", better, ("lower", "higher"))
