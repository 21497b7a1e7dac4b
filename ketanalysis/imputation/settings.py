"""How scores are imputed: the choices of the analysis plan, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ketanalysis.definition import Definition, check_number, frozen, points_words
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


@dataclass(frozen=True, repr=False)
class Imputation(Definition):
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
        Arm to points that are added to its imputed scores (a tipping point's shift), such as
        ``{"ketamine": 5}``.

    Examples
    --------
    >>> from ketanalysis import Imputation
    >>> print(Imputation("bayes", draws=100, seed=1).sentence("MADRS").partition("; ")[2])
    100 data sets, seed 1; after the last score.
    """

    name: ClassVar[str] = "imputation"

    method: str
    draws: int | None = None
    seed: int | None = None
    reference: str | None = None
    covariates: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    after_events: str | None = None
    by_arm: bool = False
    delta: Mapping[str, float] | tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        check_one_of("method", self.method, tuple(METHODS))
        object.__setattr__(self, "delta", _shifts(self.delta))
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

    @property
    def shifts(self) -> dict[str, float]:
        """The points that are added to the imputed scores, by arm."""
        return dict(self.delta)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings that were declared; shifts as a table."""
        declared = super().to_dict()
        return declared | {"delta": self.shifts} if self.delta else declared

    def sentence(self, scale: str | None = None) -> str:
        """Return how scores are imputed, as a sentence of a protocol."""
        draws = f"; {self.draws} data sets, seed {self.seed}" if self.draws else ""
        among = f"; covariates {', '.join(self.covariates)}" if self.covariates else ""
        visits = f"; model of {', '.join(self.visits)}" if self.visits else ""
        reference = f"; reference {self.reference}" if self.reference else ""
        moved = "".join(
            f"; imputed scores of {arm} shifted by {points_words(points)}"
            for arm, points in self.shifts.items()
        )
        return (
            f"Missing {scale + ' ' if scale else ''}scores: {METHODS[self.method]}{draws}{visits}"
            f"{among}; after {self.since()}{reference}{moved}."
        )

    def since(self) -> str:
        """Return from when on a strategy applies."""
        if not self.events:
            return "the last score"
        return f"{' or '.join(self.events)}, {AFTER[str(self.after_events)]}"

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


def _shifts(given: Any) -> tuple[tuple[str, float], ...]:
    """Return the shifts as pairs of arm and points."""
    pairs = frozen(given)
    is_pairs = isinstance(pairs, tuple) and all(
        isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs
    )
    if not is_pairs:
        raise ArgumentError(
            f'delta must be a table of arm and points, such as {{"ketamine": 5}}, not {given!r}.'
        )
    for arm, points in pairs:
        check_number(f"delta of {arm}", points)
    return tuple((arm, points) for arm, points in pairs if points)
