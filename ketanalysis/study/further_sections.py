"""Parts of a plan on what predicts response and on whether the treatment was guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ketanalysis.definition import frozen
from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError
from ketanalysis.study.keys import as_section, check_number, check_text, texts

Table = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Blinding:
    """The question whether the treatment was guessed.

    Attributes
    ----------
    guess
        Columns of ADSL that hold the guesses, as in `estimate_blinding`.
    dont_know
        Answers that mean "don't know"; empty where the question had none.
    answers
        What other answers mean: answer → treatment, or (treatment, certainty).
    """

    needed: ClassVar[tuple[str, ...]] = ("guess", "dont_know")
    tables: ClassVar[tuple[str, ...]] = ("answers",)

    guess: tuple[str, ...]
    dont_know: tuple[str, ...]
    answers: Mapping[str, Any] | Table = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "guess", texts("Blinding(guess=...)", self.guess))
        told = texts("Blinding(dont_know=...)", self.dont_know) if self.dont_know else ()
        object.__setattr__(self, "dont_know", told)
        _freeze(self, "answers")


@dataclass(frozen=True)
class Prediction:
    """What is asked of response beforehand: a model, scores alone, early improvement.

    Attributes
    ----------
    predictors, scores, arm, penalty
        The model, as in `fit_logistic`.
    missing
        Handling of missing response scores; the plan's first where it is not written.
    seed, resamples
        Of the validation of the model; without them it is not validated.
    thresholds
        Of the decision curve.
    direction, cutoffs
        Of scores that are looked at alone: score → "higher" or "lower", and score → cut-offs.
    early, early_visit
        The early improvement that is looked at, and its visit.
    """

    needed: ClassVar[tuple[str, ...]] = ()
    tables: ClassVar[tuple[str, ...]] = ("scores", "direction", "cutoffs")

    predictors: tuple[str, ...] = ()
    scores: Mapping[str, Any] | Table = ()
    arm: str | None = None
    missing: str | None = None
    penalty: str | None = None
    seed: int | None = None
    resamples: int | None = None
    thresholds: tuple[float, ...] = ()
    direction: Mapping[str, str] | Table = ()
    cutoffs: Mapping[str, Any] | Table = ()
    early: Response | None = None
    early_visit: str | None = None

    def __post_init__(self) -> None:
        if self.predictors:
            given = texts("Prediction(predictors=...)", self.predictors)
            object.__setattr__(self, "predictors", given)
        for name in self.tables:
            _freeze(self, name)
        object.__setattr__(self, "thresholds", tuple(self.thresholds))
        for threshold in self.thresholds:
            check_number("Prediction", thresholds=threshold)
        early: Any = self.early  # a table, where it comes from a study file
        if early is not None and not isinstance(early, Response):
            table = as_section(early, "[plan.prediction] early")
            object.__setattr__(self, "early", Response.from_dict(table))
        for name, value in dict(self.scores).items():
            if not isinstance(value, tuple) or len(value) not in (2, 3):
                raise ArgumentError(
                    "Prediction(scores=...) must name a scale and a visit for each score, such as "
                    f'{{"ANX": ("ASC_ANX", "4 h")}}, not {name!r}: {value!r}.'
                )
        if (self.early is None) != (self.early_visit is None):
            raise ArgumentError(
                "Prediction(early=...) and early_visit= belong together: the improvement, and when "
                "it is looked at."
            )
        if self.early_visit is not None:
            check_text("Prediction", early_visit=self.early_visit)


def _freeze(part: Any, name: str) -> None:
    """Keep a table as pairs, so that the plan can be hashed; what is no table is refused."""
    pairs = frozen(getattr(part, name))
    is_pairs = isinstance(pairs, tuple) and all(
        isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs
    )
    if not is_pairs:
        raise ArgumentError(
            f"{type(part).__name__}({name}=...) must be a table of names and values, not "
            f"{getattr(part, name)!r}."
        )
    object.__setattr__(part, name, pairs)
