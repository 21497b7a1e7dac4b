"""Who enters a curve: those who met a rule at a visit, after an infusion, or at first sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from ketanalysis.definition import Definition, check_number, frozen, points_words
from ketanalysis.errors import ArgumentError, check_one_of, listed, near_miss
from ketanalysis.response import Remission, Response
from ketanalysis.sustained import Sustained

EntryRule = Response | Remission | Sustained
RULES: dict[str, type[EntryRule]] = {
    "response": Response,
    "remission": Remission,
    "sustained": Sustained,
}
TAKES = ("first", "last")


@dataclass(frozen=True, repr=False)
class Among(Definition):
    """Who enters a curve: the subjects who meet a rule, by observed scores.

    When it must be met is written in one of three ways: `visit`, `infusion` or `first_met`.

    Parameters
    ----------
    rule
        A `Response`, a `Remission`, or a `Sustained` one, whose last visit is `visit`.
    visit
        The visit at which it must be met. A subject without a score there does not enter,
        and is counted.
    infusion, within, take
        The number of the infusion after which it must be met, the least and most hours after
        its start at which the score of an infusion is taken, and whether the "first" or the
        "last" score then counts where there are several. A score after the start of the next
        infusion belongs to that one.
    first_met
        True: each subject enters at the first assessment after the first infusion at which the
        rule is met, whenever that is (the time "criterion met").

    Raises
    ------
    ArgumentError
        Another rule, or the time of entry left open or given twice.

    Examples
    --------
    >>> from ketanalysis import Among, Response
    >>> print(Among(Response(at_least=0.5), visit="Day 14"))
    Entered are subjects who met this at Day 14: Response is an improvement of at least 50 % \
from baseline.
    >>> print(Among(Response(at_least=0.5), infusion=6, within=(20, 96), take="first"))
    Entered are subjects who met this at the first score 20 to 96 hours after infusion 6: Response \
is an improvement of at least 50 % from baseline.
    """

    name: ClassVar[str] = "among"

    rule: EntryRule
    visit: str = ""
    infusion: int | None = None
    within: tuple[float, float] | None = None
    take: str | None = None
    first_met: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "within", frozen(self.within))
        if not isinstance(self.rule, Response | Remission | Sustained):
            raise ArgumentError(
                f"Among needs a Response, a Remission or a Sustained first, not {self.rule!r}."
            )
        written = [
            name for name in ("visit", "infusion", "first_met") if not _is_open(getattr(self, name))
        ]
        if len(written) != 1 or not isinstance(self.visit, str):
            raise ArgumentError(
                "Among needs one of visit= (the visit at which the rule must be met), infusion= "
                "(the number of the infusion after which it must be met) and first_met=True; "
                f"given: {listed(written) or 'none'}."
            )
        if isinstance(self.rule, Sustained) and not self.visit:
            raise ArgumentError(
                "A sustained rule is met at the last of its visits: write Among(..., visit=...)."
            )
        self._check_infusion()

    @property
    def when(self) -> str:
        """When the rule must be met: ``Day 14``, ``infusion 6``, ``any visit``."""
        if self.infusion is not None:
            return f"infusion {self.infusion}"
        return self.visit or "any visit"

    def _check_infusion(self) -> None:
        if self.infusion is None:
            for name in ("within", "take"):
                if getattr(self, name) is not None:
                    raise ArgumentError(f"{name} belongs to infusion=.")
            return
        is_count = isinstance(self.infusion, int) and not isinstance(self.infusion, bool)
        if not is_count or self.infusion < 1:
            raise ArgumentError(
                f"infusion must be the number of an infusion, 1 or more, not {self.infusion!r}."
            )
        if not isinstance(self.within, tuple) or len(self.within) != 2:
            raise ArgumentError(
                "Among(infusion=...) needs within=: the least and most hours after its start at "
                f"which its score is taken, such as (20, 96); not {self.within!r}."
            )
        for hours in self.within:
            check_number("within", hours)
        if not 0 <= self.within[0] < self.within[1]:
            raise ArgumentError(
                f"within must be (least, most) hours, 0 or more and rising; not {self.within!r}."
            )
        if self.take is None:
            raise ArgumentError(
                "Among(infusion=...) needs take=: which score counts where an infusion has "
                'several, "first" or "last".'
            )
        check_one_of("take", self.take, TAKES)

    def sentence(self, scale: str | None = None) -> str:
        """Return who enters, with the rule in full."""
        return f"Entered are subjects who met this {self._when()}: {self.rule.sentence(scale)}"

    def _when(self) -> str:
        if self.within is not None:
            least, most = map(points_words, self.within)
            return (
                f"at the {self.take} score {least} to {most} hours after infusion {self.infusion}"
            )
        if self.first_met:
            return "at any assessment after the first infusion, and from the first such one"
        ending = "over the visits that end with" if isinstance(self.rule, Sustained) else "at"
        return f"{ending} {self.visit}"

    def to_dict(self) -> dict[str, Any]:
        """Return when and the rule, ready for TOML."""
        shown = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self._set_fields().items()
            if key != "rule"
        }
        return {**shown, self.rule.name: self.rule.to_dict()}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the entry set from its fields and one table of the rule."""
        known = [field.name for field in fields(cls) if field.name != "rule"]
        given = dict(table) if isinstance(table, Mapping) else {}
        keys = [key for key in given if key in RULES]
        if len(keys) != 1:
            raise ArgumentError(
                "among needs visit (or infusion, or first_met) and one table: response, remission "
                "or sustained."
            )
        rule = RULES[keys[0]].from_dict(given.pop(keys[0]))
        for key in given:
            if key not in known:
                raise ArgumentError(
                    f"Among has no field {key!r}; it has {listed(known, 20)}."
                    f"{near_miss(key, known)}"
                )
        return cls(rule, **{key: frozen(value) for key, value in given.items()})


def _is_open(given: object) -> bool:
    return given is None or given is False or given == ""
