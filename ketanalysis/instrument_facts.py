"""The facts that make up a rating scale, each with its source and whether that could be read."""

from __future__ import annotations

from dataclasses import dataclass

from ketanalysis.errors import ContractError


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A statement with its source; ``verified`` where that source could be read."""

    citation: str
    verified: bool
    locator: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse a verified fact that nobody can look up."""
        if self.verified and not self.locator:
            raise ContractError(
                f"A verified fact must have a locator, not {self.citation!r} alone."
            )

    @property
    def source(self) -> str:
        """The citation with its DOI or page."""
        return f"{self.citation}, {self.locator}" if self.locator else self.citation

    @property
    def remark(self) -> str:
        """The source for a printed line, with ``not verified`` where it was not read."""
        return f"[{self.source}]" if self.verified else f"(not verified; {self.source})"


@dataclass(frozen=True, kw_only=True)
class Structure(Fact):
    """How many items, the lowest and highest total, and the floor of a per cent reduction.

    Attributes
    ----------
    items
        Items that are scored.
    asked
        Items on the form, where more are asked than scored; None where all are scored.
    items_elsewhere
        Other numbers of items that a source gives for the same score.
    """

    items: int
    low: float
    high: float
    floor: float
    asked: int | None = None
    items_elsewhere: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MissingItems(Fact):
    """What is done about unanswered items: up to `at_most` are replaced by the mean of the others.

    ``at_most`` counts items, or domains where the highest item of a domain counts; 0 is never;
    None where the scale has no rule of its own.
    """

    at_most: int | None = None


@dataclass(frozen=True, kw_only=True)
class Band:
    """A severity band; both ends belong to it."""

    label: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Bands(Fact):
    """The severity bands; the limits may be verified while the words are not."""

    levels: tuple[Band, ...]
    labels_verified: bool
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse bands that overlap or leave a whole score out."""
        super().__post_init__()
        if not self.levels:
            raise ContractError("Bands must have at least one level.")
        for lower, upper in zip(self.levels, self.levels[1:], strict=False):
            if upper.low != lower.high + 1:
                raise ContractError(
                    f"Band {upper.label!r} must start at {lower.high + 1:g}, one above "
                    f"{lower.label!r}, not at {upper.low:g}."
                )


@dataclass(frozen=True, kw_only=True)
class CutOff(Fact):
    """A published cut-off with its comparator and who uses it."""

    purpose: str
    comparator: str
    value: float
    used_by: str
    quantity: str = "score"


@dataclass(frozen=True, kw_only=True)
class MinimalDifference(Fact):
    """The smallest difference that matters, as one value or a range of values."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, kw_only=True)
class Subscale(Fact):
    """A score of some of the items, by the rule of the whole scale.

    ``direction`` and ``measures`` are those of the whole scale unless they are given.
    """

    id: str
    name: str
    items: tuple[int, ...]
    aliases: tuple[str, ...] = ()
    direction: str = ""
    measures: str = ""
    cutoffs: tuple[CutOff, ...] = ()
