"""The part of a plan that says what stands beside the primary relapse curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from ketanalysis.durability.plan import REDOSE
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.interval_censored.scores import SCORES
from ketanalysis.literature.published import published
from ketanalysis.study.keys import check_number, texts


@dataclass(frozen=True)
class Durability:
    """What is asked of relapse beside its primary curve; what is left out is not done.

    Attributes
    ----------
    milestones
        Days after the origin at which the share free of relapse is given.
    horizon
        Days up to which the restricted mean time free of relapse is taken.
    rule_sensitivity
        Whether the curve is drawn by the variants of the rule: single or confirmed, each
        dating, the other fate of the unconfirmed.
    redose
        Further choices of what an infusion after entry does, beside the plan's.
    interval_origin
        The origin of the interval-censored estimate, as in `estimate_relapse`; it takes no late
        entry, so that "entry" fits where the plan's origin lies before entry.
    interval_test
        The scores by which the arms are compared in it, as in `compare_interval_survival`: "sun",
        "finkelstein" or "wilcoxon".
    resamples, seed
        Of the bootstrap of that estimate; both or neither.
    published
        Studies of `published` that are laid beside the curve.
    """

    needed: ClassVar[tuple[str, ...]] = ()

    milestones: tuple[float, ...] = ()
    horizon: float | None = None
    rule_sensitivity: bool = False
    redose: tuple[str, ...] = ()
    interval_origin: str | float | None = None
    interval_test: str | None = None
    resamples: int | None = None
    seed: int | None = None
    published: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "milestones", _days("milestones", self.milestones))
        if self.horizon is not None:
            (horizon,) = _days("horizon", (self.horizon,))
            object.__setattr__(self, "horizon", horizon)
        if not isinstance(self.rule_sensitivity, bool):
            raise ArgumentError(
                "Durability(rule_sensitivity=...) must be true or false, not "
                f"{self.rule_sensitivity!r}."
            )
        for name in ("redose", "published"):
            if getattr(self, name):
                given = texts(f"Durability({name}=...)", getattr(self, name))
                object.__setattr__(self, name, given)
        for choice in self.redose:
            check_one_of("redose", choice, tuple(REDOSE))
        for study in self.published:
            check_one_of(
                "published", study, published()["study"].unique(maintain_order=True).to_list()
            )
        self._check_interval()

    def _check_interval(self) -> None:
        if self.interval_origin is not None and not isinstance(self.interval_origin, str):
            check_number("Durability", interval_origin=self.interval_origin)
        if self.interval_test is not None:
            check_one_of("interval_test", self.interval_test, tuple(SCORES))
            if self.interval_origin is None:
                raise ArgumentError(
                    "Durability(interval_test=...) is of the interval-censored estimate, which is "
                    'not asked for: write interval_origin=, such as "entry".'
                )
        if (self.resamples is None) != (self.seed is None):
            raise ArgumentError(
                "Durability(resamples=...) and seed= belong together: the bootstrap of the "
                "interval-censored estimate."
            )
        if self.resamples is not None and self.interval_origin is None:
            raise ArgumentError(
                "Durability(resamples=...) is of the interval-censored estimate, which is not "
                'asked for: write interval_origin=, such as "entry".'
            )


def _days(name: str, given: Any) -> tuple[float, ...]:
    values = (given,) if isinstance(given, Real) else tuple(given)
    for value in values:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value <= 0:
            raise ArgumentError(f"Durability({name}=...) must be days above 0, not {value!r}.")
    return tuple(float(value) for value in values)
