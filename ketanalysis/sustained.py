"""Sustained outcomes: a response or remission that holds at several visits, with its excuses.

How many visits, how many excursions and how many missed visits are parts of the definition, and
trials differ in each of them: nothing here has a default that a plan decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from ketanalysis.definition import Definition, either, frozen, without_numpy
from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.response import Remission, Response

RULES: dict[str, type[Response | Remission]] = {"response": Response, "remission": Remission}


@dataclass(frozen=True, repr=False)
class Sustained(Definition):
    """Sustained response or remission: a rule that is met at several visits, not at one.

    Parameters
    ----------
    rule
        The `Response` or `Remission` that must be met.
    visits
        At how many visits it must be met.
    of
        Of which visits: a number (4: the last four of the visits that the estimate names), or
        their names.
    excursions
        At how many of them it may be missed by the score. Written wherever `visits` is less
        than `of`.
    missed
        At how many of them there may be no score. Written wherever `visits` is less than `of`.
    still
        A weaker rule that must hold even in an excursion; None asks nothing of it.
    only_at
        Names of the visits at which an excursion or a missed visit is allowed; empty for all.

    Raises
    ------
    ArgumentError
        A part is left open, or the numbers contradict each other.

    Notes
    -----
    Stable remission of SUSTAIN-1 (NCT02493868): a MADRS of at most 12 at three or more of the
    last four weeks, one excursion or one missing assessment allowed at week 13 or 14; both
    together are not, because three of four must be met. Consistent remission of the ASPIRE
    trials (doi 10.1186/s12888-023-05017-y) is ``Sustained(Remission(at_most=12), visits=2,
    of=2)`` for `estimate_ever_response`.

    Examples
    --------
    >>> from ketanalysis import Remission, Sustained
    >>> print(Sustained(Remission(at_most=12), visits=3, of=4, excursions=1, missed=1))
    Sustained remission is remission at 3 or more of the last 4 visits, with at most 1 excursion \
and at most 1 visit without a score. Remission is a score of at most 12.
    >>> print(Sustained(Remission(at_most=12), visits=2, of=2))
    Sustained remission is remission at each of the last 2 visits. Remission is a score of at \
most 12.
    """

    name: ClassVar[str] = "sustained"

    rule: Response | Remission
    visits: int = 0
    of: int | tuple[str, ...] = 0
    excursions: int | None = None
    missed: int | None = None
    still: Response | Remission | None = None
    only_at: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("visits", "of", "excursions", "missed", "only_at"):
            given: Any = getattr(self, name)
            several = (given,) if isinstance(given, str) else given
            object.__setattr__(self, name, without_numpy(frozen(several)))
        if not isinstance(self.rule, Response | Remission):
            raise ArgumentError(
                f"Sustained needs a Response or a Remission first, not {self.rule!r}."
            )
        self._check_visits()
        self._check_excuses()
        if self.still is not None:
            self._check_still(self.still)
        _check_names("only_at", self.only_at)
        absent = [name for name in self.only_at if self.named and name not in self.named]
        if absent:
            raise ArgumentError(
                f"only_at must name visits of of=, which are {listed(map(repr, self.named), 20)}; "
                f"not {absent[0]!r}.{near_miss(absent[0], self.named)}"
            )

    @property
    def named(self) -> tuple[str, ...]:
        """The visits that were named, or an empty tuple where a number was given."""
        return self.of if isinstance(self.of, tuple) else ()

    @property
    def length(self) -> int:
        """How many visits are looked at."""
        return len(self.of) if isinstance(self.of, tuple) else self.of

    @property
    def label(self) -> str:
        """What is sustained: "sustained response", for example."""
        return f"sustained {self.rule.label}"

    def _check_visits(self) -> None:
        _check_names("of", self.named)
        if not _is_count(self.length, 1):
            raise ArgumentError(
                "Sustained needs of=: a number of visits (of=4: the last 4), or their names; "
                f"not {self.of!r}."
            )
        if not _is_count(self.visits, 1) or self.visits > self.length:
            raise ArgumentError(
                f"Sustained needs visits=: at how many of the {self.length} visits the rule must "
                f"be met, 1 to {self.length}; not {self.visits!r}."
            )

    def _check_excuses(self) -> None:
        spare = self.length - self.visits
        for name in ("excursions", "missed"):
            given = getattr(self, name)
            if given is None and spare:
                raise ArgumentError(
                    f"Sustained(visits={self.visits}) of {self.length} visits needs excursions= "
                    "and missed=: at how many the rule may fail, and at how many the score may "
                    f"be missing (0 to {spare} each); {name} is not written."
                )
            if given is not None and (not _is_count(given, 0) or given > spare):
                raise ArgumentError(
                    f"{name} must be a whole number from 0 to {spare}, because the rule must be "
                    f"met at {self.visits} of {self.length} visits; not {given!r}."
                )
        needed = self.length - (self.excursions or 0) - (self.missed or 0)
        if needed > self.visits:
            raise ArgumentError(
                f"excursions={self.excursions} and missed={self.missed} leave {needed} of "
                f"{self.length} visits at which the rule must be met: write visits={needed}."
            )
        if self.only_at and not spare:
            raise ArgumentError("only_at belongs to visits= below of=: there is no excuse here.")

    def _check_still(self, still: object) -> None:
        if not isinstance(still, Response | Remission):
            raise ArgumentError(f"still must be a Response or a Remission, not {still!r}.")
        if not self.excursions:
            raise ArgumentError("still belongs to excursions=1 or more: there is no excursion.")
        if still == self.rule:
            raise ArgumentError("still must be weaker than the rule; it is the same.")

    def sentence(self, scale: str | None = None) -> str:
        """Return the whole rule: how many visits, which excuses, and what must be met."""
        what = self.rule.label
        parts = [f"{self.label.capitalize()} is {what} at {self._visits()}"]
        excuses = self._excuses()
        if excuses:
            parts.append(f", with {excuses}")
        if self.only_at:
            parts.append(f" (at {either(self.only_at)} only)")
        parts.append(f". {self.rule.sentence(scale)}")
        if self.still is not None:
            parts.append(f" In an excursion this must still hold: {self.still.sentence(scale)}")
        return "".join(parts)

    def _visits(self) -> str:
        which = f"the last {self.length} visits"
        if self.named:
            *first, last = self.named
            which = f"the visits {', '.join(first)} and {last}" if first else f"the visit {last}"
        if self.length == 1:
            return which.replace("1 visits", "visit")
        if self.visits == self.length:
            return f"each of {which}"
        return f"{self.visits} or more of {which}"

    def _excuses(self) -> str:
        if self.visits == self.length:
            return ""
        n, m = self.excursions or 0, self.missed or 0
        failed = f"at most {n} excursion{'s' * (n > 1)}" if n else "no excursion"
        missed = f"at most {m} visit{'s' * (m > 1)} without a score" if m else "every visit scored"
        return f"{failed} and {missed}"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that were set, ready for TOML; each rule as a table by its name."""
        table = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self._set_fields().items()
            if key not in ("rule", "still")
        }
        table[self.rule.name] = self.rule.to_dict()
        if self.still is not None:
            table["still"] = {self.still.name: self.still.to_dict()}
        return table

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the definition from its fields and one table ``response`` or ``remission``."""
        known = [field.name for field in fields(cls) if field.name != "rule"]
        if not isinstance(table, Mapping):
            raise ArgumentError(f"sustained must be a table, not {table!r}.")
        for key in table:
            if key not in (*known, *RULES):
                raise ArgumentError(
                    f"Sustained has no field {key!r}; it has {listed([*known, *RULES], 20)}."
                    f"{near_miss(key, [*known, *RULES])}"
                )
        values = {key: frozen(value) for key, value in table.items() if key in known}
        if "still" in table:
            values["still"] = _rule_of(table["still"], "still")
        return cls(_rule_of({k: v for k, v in table.items() if k in RULES}, "sustained"), **values)


def _rule_of(table: object, where: str) -> Response | Remission:
    if not isinstance(table, Mapping) or len(table) != 1 or not set(table) <= set(RULES):
        raise ArgumentError(f"{where} needs one table, response or remission.")
    ((name, fields_),) = table.items()
    return RULES[name].from_dict(fields_)


def _check_names(argument: str, names: Sequence[Any]) -> None:
    for name in names:
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"{argument} must hold names of visits, not {name!r}.")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ArgumentError(f"{argument} cannot name the visit {twice[0]!r} twice.")


def _is_count(given: object, least: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= least
