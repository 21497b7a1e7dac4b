"""How the items of a rating scale become its score: the rule as data, and as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ketanalysis.errors import ContractError
from ketanalysis.instrument_facts import Fact
from ketanalysis.item_totals import Key


@dataclass(frozen=True, kw_only=True)
class Scoring(Fact):
    """How items become the score.

    Attributes
    ----------
    rule
        "sum", "mean" or "domain maximum" (a domain counts its highest item).
    item_low, item_high
        The lowest and highest answer: one number for all items, or one an item in the order
        of `item_numbers`. `item_high` is empty where the answers of single items are not
        known; such a scale has a range but cannot be scored from its items.
    item_numbers
        The numbers of the scored items on the form; empty: 1, 2, 3 and so on.
    numbering
        "form" where all editions count the items alike, "edition" where they do not: the
        caller then gives a map of the items.
    reversed_items
        Items that are turned round first: lowest plus highest answer minus the answer.
    subtracted_items
        Items that are taken off instead of added.
    lettered_items
        Items with options such as 1a and 1b, whose letter does not count.
    domains
        Item numbers of each domain, for "domain maximum".
    continuous
        Whether an answer may be a fraction (a visual analogue scale).
    not_asked
        The score that is given where the items were not asked, because there was nothing to
        rate; None where there is no such score.
    """

    rule: str
    item_low: tuple[float, ...]
    item_high: tuple[float, ...]
    item_numbers: tuple[int, ...] = ()
    numbering: str = "form"
    reversed_items: tuple[int, ...] = ()
    subtracted_items: tuple[int, ...] = ()
    lettered_items: tuple[int, ...] = ()
    domains: tuple[tuple[int, ...], ...] = ()
    continuous: bool = False
    not_asked: float | None = None

    def numbers(self, items: int) -> tuple[int, ...]:
        """Return the number of each scored item on the form."""
        return self.item_numbers or tuple(range(1, items + 1))

    def ends(self, items: int) -> dict[int, tuple[float, float]]:
        """Return the lowest and highest answer of each item by its number; none if not known."""
        if not self.item_high:
            return {}
        low, high = (
            one * items if len(one) == 1 else one for one in (self.item_low, self.item_high)
        )
        return dict(zip(self.numbers(items), zip(low, high, strict=True), strict=True))

    def key(self, items: int) -> Key:
        """Return the rule as numbers, in the order of `numbers`.

        Raises
        ------
        ContractError
            Where the answers of single items are not known.
        """
        numbers, ends = self.numbers(items), self.ends(items)
        if not ends:
            raise ContractError("item_high must be known for items to be scored.")
        place = {number: i for i, number in enumerate(numbers)}
        domains = self.domains if self.rule == "domain maximum" else ((n,) for n in numbers)
        return Key(
            low=np.array([ends[number][0] for number in numbers], dtype=np.float64),
            high=np.array([ends[number][1] for number in numbers], dtype=np.float64),
            is_reversed=np.isin(numbers, self.reversed_items),
            is_subtracted=np.isin(numbers, self.subtracted_items),
            domains=tuple(tuple(place[number] for number in domain) for domain in domains),
            is_mean=self.rule == "mean",
        )

    def limits(self, items: int) -> tuple[float, float] | None:
        """Return the lowest and highest score that `items` items can give; None if not known."""
        self._check(items)
        if not self.item_high:
            return None
        low, high = self.key(items).limits()
        return (low if self.not_asked is None else min(low, self.not_asked)), high

    def of(self, numbers: tuple[int, ...], items: int, fact: Fact) -> Scoring:
        """Return the same rule for some of the items: how a subscale is scored."""
        ends = self.ends(items)
        chosen = {n: ends[n] for n in numbers} if ends else {}
        return replace(
            self,
            item_numbers=numbers,
            item_low=tuple(low for low, _ in chosen.values()) or self.item_low[:1],
            item_high=tuple(high for _, high in chosen.values()),
            reversed_items=tuple(n for n in self.reversed_items if n in numbers),
            subtracted_items=(),
            lettered_items=tuple(n for n in self.lettered_items if n in numbers),
            not_asked=None,
            citation=fact.citation,
            locator=fact.locator,
            verified=fact.verified,
            text=fact.text,
        )

    def _check(self, items: int) -> None:
        numbers = self.numbers(items)
        if len(numbers) != items or len(set(numbers)) != items:
            raise ContractError(
                f"item_numbers must hold {items} different numbers, not {len(set(numbers))}."
            )
        for name in ("item_low", "item_high"):
            given = len(getattr(self, name))
            if given not in (1, items) and not (name == "item_high" and given == 0):
                raise ContractError(
                    f"{name} must hold one number, or one for each of {items} items, not {given}."
                )
        named = {
            "reversed_items": self.reversed_items,
            "subtracted_items": self.subtracted_items,
            "lettered_items": self.lettered_items,
            "domains": tuple(item for domain in self.domains for item in domain),
        }
        for name, held in named.items():
            unknown = [item for item in held if item not in numbers]
            if unknown:
                span = f"between {min(numbers)} and {max(numbers)}"
                raise ContractError(f"{name} must name items {span}, not {unknown[0]}.")
        if (self.rule == "domain maximum") != bool(self.domains):
            raise ContractError(
                'domains must be given for the rule "domain maximum", and only there.'
            )
