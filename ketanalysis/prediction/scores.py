"""Scores of a trial as predictors: a scale at a visit under a name, and what it must not be.

A predictor is measured before the outcome. Its change shares the baseline with a response on the
same scale, so that part of their link is by construction; both are said in the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from ketanalysis.definitions import Response
from ketanalysis.derive import derive_change
from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.trial import Trial

if TYPE_CHECKING:
    from ketanalysis.prediction.subjects import Asked

Scores: TypeAlias = Mapping[str, Sequence[str]]
MEASURES = {"score": "AVAL", "change": "CHG", "percent change": "PCHG"}
WORDS = {"score": "", "change": "change in ", "percent change": "per cent change in "}


def check_scores(trial: Trial, scores: Scores | None, names: Sequence[str]) -> None:
    """Refuse scores that are no scale and visit of the trial, or hide another column."""
    if scores is None:
        return
    if not isinstance(scores, Mapping):
        raise ArgumentError(
            'scores= must map a name to a scale and a visit: scores={"ANX": ("ASC_ANX", "4 h")}, '
            f"not {scores!r}."
        )
    for name, where in scores.items():
        if name == "BASE" or name in trial.adsl.columns:
            raise ArgumentError(f"scores= cannot name a score {name!r}: that is a column of ADSL.")
        if name not in names:
            raise ArgumentError(
                f"scores= names {name!r}, which is no predictor; there are {listed(names)}."
                f"{near_miss(name, names)}"
            )
        _check_where(trial, name, where)


def _check_where(trial: Trial, name: str, where: Sequence[str]) -> None:
    if isinstance(where, str) or len(where) not in (2, 3):
        raise ArgumentError(
            f"scores= must give {name!r} a scale and a visit, and perhaps a measure "
            f"({listed(map(repr, MEASURES))}): "
            f'{{"{name}": ("MADRS", "24 h", "change")}}, not {where!r}.'
        )
    trial.scores(where[0])
    check_one_of("the visit of a score", where[1], trial.visits)
    if len(where) == 3:
        check_one_of("the measure of a score", where[2], tuple(MEASURES))


def values_at(trial: Trial, scale: str, visit: str, measure: str = "score") -> pl.DataFrame:
    """Return USUBJID and value: a scale at a visit, or its change from baseline there."""
    rows = trial.scores(scale)
    if measure != "score":
        rows = derive_change(rows)
    at = rows.filter(pl.col("AVISIT").cast(pl.String) == visit)
    found = at.select("USUBJID", value=pl.col(MEASURES[measure]).cast(pl.Float64))
    found = found.filter(pl.col("value").is_not_null())
    twice = found.filter(pl.col("USUBJID").is_duplicated())["USUBJID"].unique().sort()
    if len(twice):
        raise ContractError(
            f"A subject can have one {scale} score at {visit}; {len(twice)} have several "
            f"({listed(twice, 3)}). Keep the right row, or name the second assessment as a visit "
            "of its own."
        )
    if found.is_empty():
        raise ArgumentError(f"{scale} has no {measure} at {visit!r}.")
    return found


def score_columns(
    trial: Trial, asked: Asked, visit: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what each named score is, and warnings of scores that cannot predict."""
    notes, warnings = [], []
    for name, where in (asked.scores or {}).items():
        scale, at, measure = [*where, "score"][:3]
        notes.append(f"{name} is {WORDS[measure]}{scale} at {at}.")
        warnings += _order(trial.visits, name, at, visit)
        if measure != "score" and scale == asked.scale and isinstance(asked.rule, Response):
            warnings.append(
                f"{name} and response are both changes from the same baseline score: part of "
                "their link is by construction."
            )
    return tuple(notes), tuple(warnings)


def _order(visits: Sequence[str], name: str, at: str, visit: str) -> list[str]:
    if visits.index(at) > visits.index(visit):
        return [
            f"{name} was measured at {at}, after {visit}: the outcome was already known, and the "
            "score cannot be read as predicting it."
        ]
    if at == visit:
        return [
            f"{name} was measured at {at}, together with the outcome, and cannot be read as "
            "predicting it."
        ]
    return []
