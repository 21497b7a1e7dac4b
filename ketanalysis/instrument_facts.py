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
    """How many items, the lowest and highest total, and the floor of a per cent reduction."""

    items: int
    low: float
    high: float
    floor: float


@dataclass(frozen=True, kw_only=True)
class Scoring(Fact):
    """How items become the score; `item_high` is one number for all items, or one an item."""

    rule: str
    item_low: float
    item_high: tuple[float, ...]
    reversed_items: tuple[int, ...] = ()
    domains: tuple[tuple[int, ...], ...] = ()

    def limits(self, items: int) -> tuple[float, float]:
        """Return the lowest and highest score that `items` items can give by the rule."""
        if len(self.item_high) not in (1, items):
            raise ContractError(
                f"item_high must hold one number, or one for each of {items} items, "
                f"not {len(self.item_high)}."
            )
        if any(not 1 <= item <= items for domain in self.domains for item in domain):
            raise ContractError(f"domains must name items between 1 and {items}.")

        highest = self.item_high * items if len(self.item_high) == 1 else self.item_high
        if self.rule == "domain maximum":
            tops = [max(highest[item - 1] for item in domain) for domain in self.domains]
            return self.item_low * len(self.domains), sum(tops)
        total = (self.item_low * items, sum(highest))
        return total if self.rule == "sum" else (total[0] / items, total[1] / items)


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
