"""Relapse: a criterion of one assessment, how often it must be met in a row, events, the date.

Rules combine with & and |, and print as one sentence of a protocol. Which scores come from
where, and what happened to whom, is for `ketanalysis.durability`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple, Self, cast

from ketanalysis.definition import Definition, check_number, check_share, frozen, one_bound
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.relapse_words import bare_sentence, rule_sentence

Dating = Literal["first", "confirming", "midpoint"]
Unconfirmed = Literal["censor", "event"]
RiseFrom = Literal["baseline", "entry", "best"]
DATINGS = ("first", "confirming", "midpoint")
RISES = ("baseline", "entry", "best")
POINTS = ("at_least", "above", "at_most", "below")
SHARES = ("improvement_below", "lost_at_least", "return_to")
CRITERIA = (*POINTS, *SHARES, "rise_at_least")
RUN = ("consecutive", "gap_days", "excursions", "missed", "within_days", "dated", "unconfirmed")
INTERCURRENT_EVENTS = (
    "rescue",
    "ECT",
    "extra infusion",
    "discontinuation",
    "hospitalisation",
    "suicidality",
    "death",
)


class Route(NamedTuple):
    """One way into relapse: what must be met at an assessment, and the run that it must make."""

    criterion: RelapseRule
    run: Relapse


class RelapseRule(Definition):
    """A rule of relapse: a `Relapse`, or several joined by & and |."""

    name: ClassVar[str] = "relapse"

    @property
    def routes(self) -> tuple[Route, ...]:
        """The ways into relapse, of which the earliest counts; none for a criterion alone."""
        raise NotImplementedError

    @property
    def leaves(self) -> tuple[Relapse, ...]:
        """Every single criterion of the rule, from left to right."""
        raise NotImplementedError

    @property
    def counted(self) -> tuple[str, ...]:
        """The intercurrent events that count as relapse, each once."""
        return tuple(dict.fromkeys(event for leaf in self.leaves for event in leaf.events))

    @property
    def limit_days(self) -> float | None:
        """How many days after the origin the rule ends; None for no end."""
        return next((route.run.within_days for route in self.routes), None)

    def sentence(self, scale: str | None = None) -> str:
        """Return the whole rule: criterion, run, events, dating, and the unconfirmed."""
        if not self.routes:
            return bare_sentence(self, scale)
        return rule_sentence(self, scale)

    def __or__(self, other: RelapseRule) -> CombinedRelapse:
        return CombinedRelapse("|", self, other)

    def __and__(self, other: RelapseRule) -> CombinedRelapse:
        return CombinedRelapse("&", self, other)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the rule from its fields, or from ``any`` or ``all`` with a list of tables."""
        joined = [key for key in JOINED if isinstance(table, Mapping) and key in table]
        if joined:
            return cast(Self, _joined(table, joined[0]))
        made = super().from_dict(table) if cls is Relapse else Relapse.from_dict(table)
        return cast(Self, made)


@dataclass(frozen=True, repr=False, kw_only=True)
class Relapse(RelapseRule):
    """Relapse: a bad score, or loss of improvement, confirmed or not, or an event.

    Two rules are joined by ``|`` (either) and ``&`` (both at the same assessment). One of them
    may be a criterion alone, without `consecutive` and `dated`: the run and the date of the
    other then hold for both, ``Relapse(at_least=20, consecutive=2, dated="first",
    unconfirmed="censor") & Relapse(scale="CGII", at_least=6)``. Two rules with a run of their
    own are joined by ``|`` as two ways into relapse, of which the earlier counts.

    Parameters
    ----------
    at_least, above
        The score from which it counts as relapse, in points.
    at_most, below
        The same for a scale on which higher scores are better.
    improvement_below
        The share of improvement from baseline below which it counts, 0 to 1
        (0.5 is loss of response).
    lost_at_least
        The share, 0 to 1, that is lost of the improvement reached at entry.
    return_to
        The share of the baseline score, 0 to 1, to which the score is back (0.8: back to at
        least 80 % of baseline, which is an improvement of at most 20 %).
    rise_at_least, rise_from
        A rise by so many points, from "baseline", "entry" or the "best" score since entry.
        Exactly one criterion is written; more are joined by ``&``.
    scale
        PARAMCD of another scale than the one that relapse is asked of.
    consecutive
        Assessments in a row that must qualify: 1 for a single visit, 2 for a confirmed one.
    gap_days
        With `consecutive` of 2 or more, the least and most days between the qualifying
        assessments; None allows any. A qualifying assessment nearer than the least is
        passed over; one that does not qualify breaks the run, unless it is an excursion.
    excursions
        With `consecutive` of 2 or more, how many assessments within a run may not qualify.
    missed
        With `consecutive` of 2 or more, how many visits within a run may be without a score;
        None passes all of them over.
    within_days
        Only so many days after the origin count; None for no limit.
    events
        Intercurrent events that count as relapse on their own day.
    dated
        The day of the relapse: the "first" qualifying assessment, the "confirming" one, or
        the "midpoint" between the last relapse-free and the first qualifying one.
    unconfirmed
        What becomes of a subject whose last assessments qualify without confirmation:
        "censor" at the last relapse-free assessment, or "event" at the first qualifying one.
        Must be written when `consecutive` is 2 or more.

    Raises
    ------
    ArgumentError
        No criterion or several, or a part of the rule left open.

    Examples
    --------
    >>> from ketanalysis import Relapse
    >>> print(Relapse(at_least=22, consecutive=1, dated="first").sentence("MADRS"))
    Relapse is a MADRS score of at least 22 at a single assessment. It is dated at the \
first qualifying assessment.
    >>> core = Relapse(at_least=16, consecutive=2, dated="first", unconfirmed="censor")
    >>> print(core & Relapse(rise_at_least=10, rise_from="entry"))
    Relapse is a score of at least 16 and a rise of at least 10 points from entry at 2 consecutive \
assessments. It is dated at the first qualifying assessment; without confirmation the subject is \
censored at the last relapse-free assessment.
    """

    scale: str | None = None
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    improvement_below: float | None = None
    lost_at_least: float | None = None
    return_to: float | None = None
    rise_at_least: float | None = None
    rise_from: RiseFrom | None = None
    consecutive: int | None = None
    gap_days: tuple[float, float] | None = None
    excursions: int = 0
    missed: int | None = None
    within_days: float | None = None
    events: tuple[str, ...] = ()
    dated: Dating | None = None
    unconfirmed: Unconfirmed | None = None

    def __post_init__(self) -> None:
        events: Any = self.events
        events = (events,) if isinstance(events, str) else events
        object.__setattr__(self, "events", frozen(events))
        object.__setattr__(self, "gap_days", frozen(self.gap_days))
        self._check_criterion()
        for event in self.events:
            check_one_of("events", event, INTERCURRENT_EVENTS)
        if self.has_run:
            self._check_run()

    @property
    def criterion(self) -> tuple[str, float]:
        """The criterion that was written and its bound."""
        return one_bound(self, CRITERIA)

    @property
    def has_run(self) -> bool:
        """Whether anything is said of the run and its date; else it is a criterion alone."""
        return any(getattr(self, name) not in (None, 0) for name in RUN) or self.consecutive == 0

    @property
    def run(self) -> tuple[Any, ...]:
        """Everything that is said of the run and its date."""
        return tuple(getattr(self, name) for name in RUN)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The rule itself, where it has a run."""
        return (Route(self, self),) if self.has_run else ()

    @property
    def leaves(self) -> tuple[Relapse, ...]:
        """The rule itself."""
        return (self,)

    def _check_criterion(self) -> None:
        name, bound = self.criterion
        if name in SHARES:
            check_share(f"Relapse({name}=...)", getattr(self, name))
        if name != "rise_at_least":
            if self.rise_from is not None:
                raise ArgumentError("rise_from belongs to rise_at_least=.")
        elif self.rise_from is None:
            raise ArgumentError(
                'Relapse(rise_at_least=...) needs rise_from=: "baseline", "entry", or "best" (the '
                "best score since entry)."
            )
        else:
            check_one_of("rise_from", self.rise_from, RISES)
            if bound <= 0:
                raise ArgumentError(f"rise_at_least must be more than 0 points, not {bound:g}.")
        if self.scale is not None and (not isinstance(self.scale, str) or not self.scale):
            raise ArgumentError(f"scale must be the PARAMCD of a scale, not {self.scale!r}.")

    def _check_run(self) -> None:
        count = self.consecutive
        if not _is_count(count, 1):
            raise ArgumentError(
                "Relapse needs consecutive=: 1 for a single qualifying assessment, "
                f"2 for a confirmed one; not {count!r}."
            )
        if self.dated is None:
            raise ArgumentError(
                'Relapse needs dated=: "first", "confirming" or "midpoint" '
                "(a two-visit rule dated at confirmation is one visit later)."
            )
        check_one_of("dated", self.dated, DATINGS)
        if count == 1:
            self._check_single()
        elif self.unconfirmed is None:
            raise ArgumentError(
                "A confirmed rule needs unconfirmed=: what becomes of a subject whose last "
                'assessment qualifies without confirmation, "censor" or "event".'
            )
        if self.unconfirmed is not None:
            check_one_of("unconfirmed", self.unconfirmed, ("censor", "event"))
        if self.gap_days is not None:
            _check_gap(self.gap_days)
        self._check_excuses()

    def _check_single(self) -> None:
        for name in ("gap_days", "unconfirmed", "missed", "excursions"):
            if getattr(self, name) not in (None, 0):
                raise ArgumentError(f"{name} belongs to consecutive=2 or more.")

    def _check_excuses(self) -> None:
        for name in ("excursions", "missed"):
            given = getattr(self, name)
            if given is not None and not _is_count(given, 0):
                raise ArgumentError(f"{name} must be a whole number of 0 or more, not {given!r}.")
        if self.within_days is not None:
            check_number("within_days", self.within_days)
            if self.within_days <= 0:
                raise ArgumentError(f"within_days must be more than 0, not {self.within_days:g}.")


@dataclass(frozen=True, repr=False)
class CombinedRelapse(RelapseRule):
    """Two rules of relapse joined by ``|`` or ``&``, as they are written: ``left | right``.

    Attributes
    ----------
    how
        "|": either counts; "&": both at the same assessment.
    left, right
        The two rules. `Relapse` says what becomes of their runs.
    """

    how: str
    left: RelapseRule
    right: RelapseRule

    def __post_init__(self) -> None:
        check_one_of("how", self.how, ("|", "&"))
        for part in (self.left, self.right):
            if not isinstance(part, RelapseRule):
                raise ArgumentError(f"{self.how} joins two rules of relapse, not {part!r}.")
        both = bool(self.left.routes) and bool(self.right.routes)
        if self.how == "&" and both and not self._is_one_run():
            raise ArgumentError(
                "& joins criteria of the same assessment, so there can be one run only: write "
                "consecutive=, dated= and what belongs to them in one of the two rules, or the "
                "same in both."
            )
        if self.how == "|" and not both and len(self.left.routes) + len(self.right.routes) > 1:
            raise ArgumentError(
                "| joins a criterion without a run to several rules with one each, and it is open "
                "whose run it takes: write consecutive= and dated= in it."
            )
        limits = {route.run.within_days for part in self.parts for route in part.routes}
        if len(limits) > 1:
            raise ArgumentError("within_days must be the same in all parts of a rule.")

    @property
    def parts(self) -> tuple[RelapseRule, RelapseRule]:
        """The two rules."""
        return self.left, self.right

    @property
    def leaves(self) -> tuple[Relapse, ...]:
        """Every single criterion of the rule, from left to right."""
        return (*self.left.leaves, *self.right.leaves)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The ways into relapse, of which the earliest counts; none for criteria alone."""
        left, right = self.left.routes, self.right.routes
        if self.how == "|" and left and right:
            return (*left, *right)
        if self.how == "|":
            return tuple(Route(self, route.run) for route in (*left, *right))
        if left and right:
            return (Route(self, left[0].run),)
        with_run, alone = (left, self.right) if left else (right, self.left)
        if len(with_run) < 2:
            return tuple(Route(self, route.run) for route in with_run)
        return tuple(
            Route(CombinedRelapse("&", _alone(r.criterion), _alone(alone)), r.run) for r in with_run
        )

    def to_dict(self) -> dict[str, Any]:
        """Return ``any`` or ``all`` with the two rules, ready for TOML."""
        key = "any" if self.how == "|" else "all"
        return {key: [part.to_dict() for part in self.parts]}

    def __repr__(self) -> str:
        return f"({self.left!r} {self.how} {self.right!r})"

    def _is_one_run(self) -> bool:
        runs = [route.run.run for part in self.parts for route in part.routes]
        return len(runs) == 2 and runs[0] == runs[1]


JOINED = {"any": "|", "all": "&"}


def _alone(rule: RelapseRule) -> RelapseRule:
    """Return the criterion of a rule without what is said of its run."""
    if isinstance(rule, CombinedRelapse):
        return CombinedRelapse(rule.how, _alone(rule.left), _alone(rule.right))
    empty = {name: 0 if name == "excursions" else None for name in RUN}
    return replace(cast(Relapse, rule), **empty)  # type: ignore[arg-type]


def _joined(table: Mapping[str, Any], key: str) -> CombinedRelapse:
    parts = table[key]
    if len(table) != 1 or not isinstance(parts, list | tuple) or len(parts) < 2:
        raise ArgumentError(
            f"relapse needs one of any and all with a list of two tables or more, not {table!r}."
        )
    first, *rest = (RelapseRule.from_dict(part) for part in parts)
    for part in rest:
        first = CombinedRelapse(JOINED[key], first, part)
    return cast(CombinedRelapse, first)


def _check_gap(gap_days: Any) -> None:
    if isinstance(gap_days, tuple) and len(gap_days) == 2:
        for days in gap_days:
            check_number("gap_days", days)
        if 0 <= gap_days[0] <= gap_days[1]:
            return
    raise ArgumentError(f"gap_days must be (least, most) in days, not {gap_days!r}.")


def _is_count(given: object, least: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= least
