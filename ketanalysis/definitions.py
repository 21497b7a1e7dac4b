"""Definitions are values: response, remission, relapse, and who enters a curve.

Each is frozen and hashable, prints as a protocol sentence, shows its constructor as repr, goes
to and from TOML, and never implies a comparator: at_least, above, at_most or below is written.
The decision itself is made by `ketanalysis.comparison`, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from ketanalysis.comparison import COMPARATORS, WORDS, Comparator
from ketanalysis.definition import (
    Bounded,
    Definition,
    check_number,
    check_share,
    either,
    frozen,
    of_scale,
    one_bound,
    points_words,
    share_words,
)
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.estimand import Estimand as Estimand

Dating = Literal["first", "confirming", "midpoint"]
Unconfirmed = Literal["censor", "event"]
DATINGS = ("first", "confirming", "midpoint")
INTERCURRENT_EVENTS = (
    "rescue",
    "ECT",
    "extra infusion",
    "discontinuation",
    "hospitalisation",
    "suicidality",
    "death",
)


@dataclass(frozen=True, repr=False, kw_only=True)
class Response(Bounded):
    """Response: an improvement from baseline by a share of it; partial below a second share.

    Parameters
    ----------
    at_least, above
        The share of improvement, 0 to 1; exactly one of the two is written
        (``at_least=0.5`` includes a reduction of exactly half, ``above=0.5`` does not).
    below, at_most
        For a partial response, the share that the improvement stays below, or does not
        exceed: ``Response(at_least=0.25, below=0.5)`` is a partial response of 25 to 49 %.
        Beside a lower bound only. There is no rule for non-response: it is what is left of
        `estimate_response_levels`, where a missing score can count as one.
    from_floor
        On a scale whose lowest score is above 0 (STAI-S: 20), whether the share is taken of
        the distance to that floor (True) or of the raw score (False). Refused when left out
        on such a scale; without meaning on the others.
    floor, better
        For a scale that is not in the registry: its lowest score, from which the share is
        then taken, and whether "lower" or "higher" scores are better. On registered scales
        the registry answers.

    Raises
    ------
    ArgumentError
        No comparator or two, a share outside 0 to 1, an upper bound that is not above the
        lower one, or a `floor` beside from_floor=False.

    Examples
    --------
    >>> from ketanalysis import Response
    >>> print(Response(at_least=0.5))
    Response is an improvement of at least 50 % from baseline.
    >>> print(Response(at_least=0.25, below=0.5))
    Partial response is an improvement of at least 25 % and less than 50 % from baseline.
    """

    name: ClassVar[str] = "response"
    comparators: ClassVar[tuple[str, ...]] = ("at_least", "above")
    ceilings: ClassVar[tuple[str, ...]] = ("below", "at_most")

    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    at_most: float | None = None
    from_floor: bool | None = None
    floor: float | None = None
    better: Literal["lower", "higher"] | None = None

    def __post_init__(self) -> None:
        self._check_bounds()
        if self.better is not None:
            check_one_of("better", self.better, ("lower", "higher"))
        if self.from_floor is not None:
            check_one_of("from_floor", self.from_floor, (True, False))
        if self.floor is not None:
            check_number("Response(floor=...)", self.floor)
            if self.from_floor is False:
                raise ArgumentError(
                    "floor= is the score that the share is measured from, and from_floor=False "
                    "measures none: give one of the two."
                )

    def _check_bounds(self) -> None:
        written = [name for name in self.ceilings if getattr(self, name) is not None]
        if written and self.at_least is None and self.above is None:
            raise ArgumentError(
                f"Response({written[0]}=...) alone would be non-response, and a missing score that "
                "counts as failure would then count as a good outcome. Estimate the levels "
                "instead: estimate_response_levels(..., levels=(0.25, 0.5))."
            )
        check_share(f"Response({self.comparator}=...)", self.bound)
        if self.ceiling is None:
            return
        comparator, highest = self.ceiling
        check_share(f"Response({comparator}=...)", highest)
        if highest <= self.bound:
            raise ArgumentError(
                f"Response({comparator}={highest:g}) must be above its lower bound, "
                f"{self.comparator}={self.bound:g}."
            )

    @property
    def ceiling(self) -> tuple[Comparator, float] | None:
        """The comparator and the share of the upper bound of a partial response, or None."""
        if self.below is None and self.at_most is None:
            return None
        return one_bound(self, self.ceilings)

    @property
    def label(self) -> str:
        """What the rule defines: "response", or "partial response" below an upper bound."""
        return "response" if self.ceiling is None else "partial response"

    def sentence(self, scale: str | None = None) -> str:
        """Return for example "Response is an improvement of at least 50 % from baseline."."""
        where = f" in {scale}" if scale else ""
        better = f" ({self.better} scores are better)" if self.better else ""
        bounds = [(self.comparator, self.bound), *([self.ceiling] if self.ceiling else [])]
        words = " and ".join(f"{WORDS[name]} {share_words(share)}" for name, share in bounds)
        return (
            f"{self.label.capitalize()} is an improvement{where}{better} of {words} from "
            f"baseline{self._share_of()}."
        )

    def _share_of(self) -> str:
        if self.floor is not None:
            return f", measured from the lowest score, {points_words(self.floor)}"
        if self.from_floor is None:
            return ""
        return (
            ", measured from the scale's lowest score"
            if self.from_floor
            else ", as a share of the raw score"
        )


@dataclass(frozen=True, repr=False, kw_only=True)
class Remission(Bounded):
    """Remission: a score on the healthy side of a cut-off, whatever the baseline.

    Parameters
    ----------
    at_most, below
        The cut-off in points; exactly one comparator is written. For MADRS both
        ``at_most=10`` and ``below=10`` are in use, and ``at_most=12``: there is no default.
    at_least, above
        For a scale on which higher scores are better.

    Raises
    ------
    ArgumentError
        No comparator or several.

    Examples
    --------
    >>> from ketanalysis import Remission
    >>> print(Remission(at_most=10))
    Remission is a score of at most 10.
    """

    name: ClassVar[str] = "remission"
    label: ClassVar[str] = "remission"
    comparators: ClassVar[tuple[str, ...]] = COMPARATORS

    at_most: float | None = None
    below: float | None = None
    at_least: float | None = None
    above: float | None = None

    def __post_init__(self) -> None:
        one_bound(self, self.comparators)

    def sentence(self, scale: str | None = None) -> str:
        """Return for example "Remission is a MADRS score of at most 10."."""
        bound = points_words(self.bound)
        return f"Remission is a {of_scale(scale)}score of {WORDS[self.comparator]} {bound}."


@dataclass(frozen=True, repr=False, kw_only=True)
class Relapse(Definition):
    """Relapse: a bad score, or loss of improvement, confirmed or not, or an event.

    Parameters
    ----------
    at_least, above
        The score from which it counts as relapse, in points.
    improvement_below
        The share of improvement from baseline below which it counts, 0 to 1
        (0.5 is loss of response). Exactly one of the three is written.
    consecutive
        Assessments in a row that must qualify: 1 for a single visit, 2 for a confirmed one.
    gap_days
        With `consecutive` of 2 or more, the least and most days between the qualifying
        assessments; None allows any. A qualifying assessment nearer than the least is
        passed over; one that does not qualify always breaks the run.
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
    """

    name: ClassVar[str] = "relapse"

    at_least: float | None = None
    above: float | None = None
    improvement_below: float | None = None
    consecutive: int | None = None
    gap_days: tuple[float, float] | None = None
    events: tuple[str, ...] = ()
    dated: Dating | None = None
    unconfirmed: Unconfirmed | None = None

    def __post_init__(self) -> None:
        events: Any = self.events
        events = (events,) if isinstance(events, str) else events
        object.__setattr__(self, "events", frozen(events))
        object.__setattr__(self, "gap_days", frozen(self.gap_days))
        one_bound(self, ("at_least", "above", "improvement_below"))
        if self.improvement_below is not None:
            check_share("Relapse(improvement_below=...)", self.improvement_below)
        self._check_run()
        for event in self.events:
            check_one_of("events", event, INTERCURRENT_EVENTS)

    def _check_run(self) -> None:
        count = self.consecutive
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
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
            self._check_gap(self.gap_days)

    def _check_single(self) -> None:
        for name in ("gap_days", "unconfirmed"):
            if getattr(self, name) is not None:
                raise ArgumentError(f"{name} belongs to consecutive=2 or more.")

    @staticmethod
    def _check_gap(gap_days: Any) -> None:
        if isinstance(gap_days, tuple) and len(gap_days) == 2:
            for days in gap_days:
                check_number("gap_days", days)
            if 0 <= gap_days[0] <= gap_days[1]:
                return
        raise ArgumentError(f"gap_days must be (least, most) in days, not {gap_days!r}.")

    def sentence(self, scale: str | None = None) -> str:
        """Return the whole rule: criterion, run, events, dating, and the unconfirmed."""
        parts = [f"Relapse is {self._criterion(scale)} {self._run()}"]
        if self.events:
            parts.append(f", or {either(self.events)}")
        where = {
            "first": "the first qualifying assessment",
            "confirming": "the confirming assessment"
            if (self.consecutive or 1) > 1
            else "the qualifying assessment",
            "midpoint": "the midpoint between the last relapse-free and the first qualifying "
            "assessment",
        }
        parts.append(f". It is dated at {where[self.dated or 'first']}")
        if self.unconfirmed == "censor":
            parts.append(
                "; without confirmation the subject is censored at the last relapse-free assessment"
            )
        if self.unconfirmed == "event":
            parts.append("; a last qualifying assessment counts without confirmation")
        return "".join([*parts, "."])

    def _criterion(self, scale: str | None) -> str:
        if self.improvement_below is not None:
            where = f" in {scale}" if scale else ""
            return (
                f"an improvement{where} from baseline of less than "
                f"{share_words(self.improvement_below)}"
            )
        comparator, bound = one_bound(self, ("at_least", "above"))
        return f"a {of_scale(scale)}score of {WORDS[comparator]} {points_words(bound)}"

    def _run(self) -> str:
        if self.consecutive == 1:
            return "at a single assessment"
        gap = ""
        if self.gap_days is not None:
            least, most = self.gap_days
            gap = f" {points_words(least)} to {points_words(most)} days apart"
        return f"at {self.consecutive} consecutive assessments{gap}"


@dataclass(frozen=True, repr=False)
class Among(Definition):
    """Who enters a curve: the subjects who meet a rule at a named visit, by observed score.

    Parameters
    ----------
    rule
        A `Response` or a `Remission`.
    visit
        The visit at which it must be met. A subject without a score there does not enter,
        and is counted.

    Examples
    --------
    >>> from ketanalysis import Among, Response
    >>> print(Among(Response(at_least=0.5), visit="Day 14"))
    Entered are subjects who met this at Day 14: Response is an improvement of at least 50 % \
from baseline.
    """

    name: ClassVar[str] = "among"

    rule: Response | Remission
    visit: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.rule, Response | Remission):
            raise ArgumentError(f"Among needs a Response or a Remission first, not {self.rule!r}.")
        if not isinstance(self.visit, str) or not self.visit:
            raise ArgumentError("Among needs visit=: the visit at which the rule must be met.")

    def sentence(self, scale: str | None = None) -> str:
        """Return who enters, with the rule in full."""
        return f"Entered are subjects who met this at {self.visit}: {self.rule.sentence(scale)}"

    def to_dict(self) -> dict[str, Any]:
        """Return visit and rule, ready for TOML."""
        return {"visit": self.visit, self.rule.name: self.rule.to_dict()}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the entry set from ``visit`` and one table ``response`` or ``remission``."""
        rules: dict[str, type[Response | Remission]] = {
            "response": Response,
            "remission": Remission,
        }
        keys = set(table) - {"visit"} if isinstance(table, Mapping) else set()
        if len(keys) != 1 or not keys <= set(rules):
            raise ArgumentError("among needs visit and one table, response or remission.")
        (key,) = keys
        return cls(rules[key].from_dict(table[key]), visit=table.get("visit", ""))
