"""Parts of a plan on what was felt at infusions: anxiety by response, the course within one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ketanalysis.definition import frozen
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.groups.bayes_factor import PRIOR_SCALES
from ketanalysis.groups.equivalence import check_margin
from ketanalysis.rates.handling import HANDLINGS
from ketanalysis.study.keys import check_number, check_text, texts

Table = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Anxiety:
    """The comparison of a score between responders and non-responders.

    Attributes
    ----------
    outcomes
        PARAMCD of the scores that are compared.
    visit
        The visit of the scores.
    missing
        Handling of missing response scores in the primary row.
    p_adjust
        Adjustment over several outcomes; None for one outcome.
    primary
        The primary test, as in `compare_responders`; Welch's without it.
    adjust
        Covariates beside the arm, as in `compare_responders`: "BASE", columns of ADSL.
    margin
        The smallest difference in points that would matter; without it equivalence is not asked.
    prior
        The prior scale of the Bayes factors, "medium", "wide" or "ultrawide"; without it they
        have no table.
    two_part
        Those of the outcomes that many subjects score 0 on: any, and how much.
    repeated, infusions, covariance
        The score that was taken at infusions 1 to k, its visits in order, and the covariance of
        the mixed model; all three or none.
    seed, resamples
        Of permutations and of bootstrap intervals; both or neither.
    allow
        A reason, as in `compare_responders`.
    """

    needed: ClassVar[tuple[str, ...]] = ("outcomes", "visit")

    outcomes: tuple[str, ...]
    visit: str
    missing: str = "observed"
    p_adjust: str | None = None
    primary: str | None = None
    adjust: tuple[str, ...] = ()
    margin: float | None = None
    prior: str | None = None
    two_part: tuple[str, ...] = ()
    repeated: str | None = None
    infusions: tuple[str, ...] = ()
    covariance: str | None = None
    seed: int | None = None
    resamples: int | None = None
    allow: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", texts("Anxiety(outcomes=...)", self.outcomes))
        for name in ("adjust", "two_part", "infusions"):
            given = getattr(self, name)
            if given:
                given = texts(f"Anxiety({name}=...)", given)
            object.__setattr__(self, name, tuple(given))
        check_text("Anxiety", visit=self.visit)
        for name in ("p_adjust", "primary", "repeated", "covariance", "allow"):
            if getattr(self, name) is not None:
                check_text("Anxiety", **{name: getattr(self, name)})
        for name in ("seed", "resamples"):
            if getattr(self, name) is not None:
                check_number("Anxiety", **{name: getattr(self, name)})
        check_one_of("missing", self.missing, tuple(HANDLINGS))
        if self.prior is not None:
            check_one_of("prior", self.prior, tuple(PRIOR_SCALES))
        if self.margin is not None:
            check_margin(self.margin)
        for name in self.two_part:
            check_one_of("two_part", name, self.outcomes)
        _check_pairs(self)


def _check_pairs(asked: Anxiety) -> None:
    """Refuse half of what belongs together."""
    course = (asked.repeated, asked.infusions or None, asked.covariance)
    if any(course) and not all(course):
        raise ArgumentError(
            "Anxiety(repeated=...), infusions= and covariance= belong together: the score, its "
            "visits, and how the scores of a subject go together over them."
        )
    if (asked.seed is None) != (asked.resamples is None):
        raise ArgumentError("Anxiety(seed=...) and resamples= belong together: both, or neither.")


@dataclass(frozen=True)
class AcuteEffects:
    """A rating during infusions: its course within one, its peak, its waning over several.

    Attributes
    ----------
    scales
        PARAMCD of the ratings, such as "CADSS"; one or two.
    pre_within, until
        Minutes before and after the start within which a rating belongs to an infusion.
    points
        The planned time points: name → (from, to) in minutes since the start.
    flag
        "published" for the cut-off of the registry, for the first scale; None for no flag.
    covariance, fallback
        Of the mixed model over infusions, as in `estimate_acute_effects`.
    """

    needed: ClassVar[tuple[str, ...]] = ("scales", "pre_within", "until", "points")
    tables: ClassVar[tuple[str, ...]] = ("points",)

    scales: tuple[str, ...]
    pre_within: float
    until: float
    points: Mapping[str, Any] | Table
    flag: str | None = None
    covariance: str = "us"
    fallback: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        scales = texts("AcuteEffects(scales=...)", self.scales)
        if len(set(scales)) != len(scales) or len(scales) > 2:
            raise ArgumentError(
                f"AcuteEffects(scales=...) must name one scale or two, not {list(scales)!r}."
            )
        object.__setattr__(self, "scales", scales)
        if self.fallback:
            given = texts("AcuteEffects(fallback=...)", self.fallback)
            object.__setattr__(self, "fallback", given)
        object.__setattr__(self, "fallback", tuple(self.fallback))
        check_number("AcuteEffects", pre_within=self.pre_within, until=self.until)
        check_text("AcuteEffects", covariance=self.covariance)
        if self.flag is not None:
            check_one_of("flag", self.flag, ("published",))
        pairs = frozen(self.points)
        if not pairs or not _are_points(pairs):
            raise ArgumentError(
                "AcuteEffects(points=...) must name time points by two minutes each, such as "
                f'{{"40 min": (20, 60)}}, not {self.points!r}.'
            )
        object.__setattr__(self, "points", pairs)


def _are_points(pairs: Any) -> bool:
    return isinstance(pairs, tuple) and all(
        isinstance(pair, tuple)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], tuple)
        and len(pair[1]) == 2
        and all(isinstance(m, int | float) and not isinstance(m, bool) for m in pair[1])
        for pair in pairs
    )
