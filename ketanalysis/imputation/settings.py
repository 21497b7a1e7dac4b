"""How scores are imputed: the choices of the analysis plan, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ketanalysis.errors import ArgumentError, check_one_of

METHODS = {
    "approximate-bayes": "multiple imputation, the model refitted to bootstrap samples",
    "bayes": "multiple imputation, the model drawn from its posterior (data augmentation)",
    "conditional-mean": "conditional mean imputation, jackknife standard errors",
}
AFTER = {
    "discard": "scores after the event are set aside (a hypothetical strategy)",
    "keep": "scores after the event are kept (a treatment policy strategy)",
}


@dataclass(frozen=True)
class Imputation:
    """How missing scores are imputed. Nothing that a plan decides has a default.

    Attributes
    ----------
    method
        "approximate-bayes", "bayes" or "conditional-mean" (changes from baseline only).
    draws
        Imputed data sets; None for "conditional-mean".
    seed
        Makes the draws exact; None for "conditional-mean".
    reference
        The arm that reference-based strategies (j2r, cr, cir) take; they need it.
    covariates
        Columns of ADSL (or the frame) in the imputation model beside arm and baseline, each
        with an effect of its own at each visit.
    visits
        Visits of the imputation model; empty for all at which the scale was scored after
        baseline. Few subjects cannot carry many visits.
    events
        Kinds of intercurrent events (ADICE) from which on a strategy applies; without any, it
        applies after a subject's last score.
    after_events
        "discard" or "keep" the scores after an event; needed with `events`.
    by_arm
        Whether each arm has a covariance of its own.
    delta
        Arm to points that are added to its imputed scores (a tipping point's shift).
    """

    method: str
    draws: int | None = None
    seed: int | None = None
    reference: str | None = None
    covariates: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    after_events: str | None = None
    by_arm: bool = False
    delta: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_one_of("method", self.method, tuple(METHODS))
        for name in ("covariates", "visits", "events"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
        if self.method == "conditional-mean":
            self._refuse_randomness()
        else:
            self._check_randomness()
        if self.method == "bayes" and self.by_arm:
            raise ArgumentError(
                'by_arm=True needs method="approximate-bayes" or "conditional-mean".'
            )
        if self.events:
            if self.after_events is None:
                raise ArgumentError(
                    'after_events= must say what becomes of scores after an event: "discard" or '
                    '"keep".'
                )
            check_one_of("after_events", self.after_events, tuple(AFTER))

    def _refuse_randomness(self) -> None:
        if self.draws is not None or self.seed is not None:
            raise ArgumentError(
                'Nothing is random in method="conditional-mean": leave out draws= and seed=.'
            )

    def _check_randomness(self) -> None:
        for name in ("draws", "seed"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise ArgumentError(
                    f'{name}= must be a whole number with method="{self.method}", not {value!r}.'
                )
        assert self.draws is not None
        assert self.seed is not None
        if self.draws < 2 or self.seed < 0:
            raise ArgumentError("draws= must be at least 2, and seed= 0 or more.")
