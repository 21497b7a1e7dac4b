"""Who enters a prediction: the outcome of each subject, the predictors, and everybody counted.

A frame has one row a subject and its outcome in a column. Of a trial the outcome is a rule on a
scale at a visit, and a predictor is a column of ADSL, BASE, or a score at a visit that is given
a name in ``scores``. Subjects are numbered in the order of their values, so that the order of
rows changes no sum and no draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    check_reason,
    listed,
    near_miss,
)
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import Grid, score_grid
from ketanalysis.prediction.scores import Scores, check_scores, score_columns, values_at
from ketanalysis.rates.handling import HANDLINGS, chosen_handlings, count_met
from ketanalysis.results import AUDIT_SCHEMA
from ketanalysis.trial import Trial

EVENT = "event "  # the outcome beside the predictors; a blank at the end is no column's name
POOLED = (
    "The trial has several arms ({arms}), which differ in response and in much that is measured "
    "after treatment began: pooled without the arm, a score predicts the arm. Put TRT01P among "
    'the predictors, take one arm (arm="{last}"), or give allow="the reason" (printed in the '
    "result)."
)


@dataclass(frozen=True, eq=False)
class Asked:
    """What is to be predicted, and in whom: the arguments that all questions share.

    ``outcome`` and ``event`` are of a frame; the others of a trial.
    """

    outcome: str | None = None
    event: Any = None
    scale: str | None = None
    rule: Any = None
    visit: str | None = None
    missing: str | None = None
    scores: Scores | None = None
    arm: str | None = None
    population: str = "ITT"
    allow: str | None = None


@dataclass(frozen=True, eq=False)
class Subjects:
    """Subjects with a known outcome and no missing predictor.

    Attributes
    ----------
    rows
        Their predictors, one row a subject, in order of outcome and values; no ids.
    event
        Who had the outcome, shape (n,).
    outcome
        What is predicted, in words.
    audit
        Subjects in and out, by reason.
    """

    rows: pl.DataFrame
    event: NDArray[np.bool_]
    outcome: str
    audit: pl.DataFrame
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    definition: Any = None
    simulated: bool = False
    from_pandas: bool = False

    @property
    def y(self) -> NDArray[np.float64]:
        """The outcome as 0 and 1, shape (n,)."""
        return self.event.astype(np.float64)


def subjects_of(data: Any, columns: Sequence[str], asked: Asked) -> Subjects:
    """Return the subjects of a trial or a frame with their outcome and the columns asked for.

    Raises
    ------
    ArgumentError
        A column that does not exist, an outcome with more than two values, arms pooled.
    ContractError
        Two rows of a subject, or an infinite predictor.
    EstimationError
        No subject is left, or all or none of them had the outcome.
    """
    names = tuple(dict.fromkeys(columns))
    if isinstance(data, Trial):
        found = _of_trial(data, names, asked)
    else:
        found = _of_frame(data, names, asked)
    _check_two(found)
    return found


def _of_trial(trial: Trial, names: tuple[str, ...], asked: Asked) -> Subjects:
    rule, visit, handling = _check_trial_arguments(trial, asked)
    reason = _check_arms(trial, names, asked)
    check_scores(trial, asked.scores, names)
    grid = score_grid(trial, str(asked.scale), population=asked.population)
    row = grid.visit_index(visit)
    counted = count_met(grid, rule, handling)
    status = np.where(counted.counted[row], counted.met[row].astype(np.float64), np.nan)
    rows, out = _in_arm(_predictors(trial, grid, names, asked.scores, status), trial, asked.arm)
    complete, left = _complete(rows, names, "response not known")
    scored, shared = score_columns(trial, asked, visit)
    words = f"{rule.label} on {asked.scale} at {visit}"
    notes = (
        rule.sentence(asked.scale),
        f"Population: {grid.population}{_arm_words(asked.arm)}.",
        f"Missing response scores: {handling}: {HANDLINGS[handling]}.",
        *scored,
        *reason,
    )
    return _subjects(
        complete,
        names,
        outcome=words,
        aside=(*grid.set_aside, *out, *left),
        notes=notes,
        warnings=(*grid.warnings, *shared),
        definition=rule,
        simulated=grid.simulated,
    )


def _check_trial_arguments(trial: Trial, asked: Asked) -> tuple[Any, str, str]:
    for name in ("outcome", "event"):
        if getattr(asked, name) is not None:
            raise ArgumentError(
                f"{name}= is for a frame; of a trial the outcome is scale=, rule= and visit=."
            )
    if not isinstance(asked.rule, Response | Remission):
        raise ArgumentError(
            "rule= must say what is predicted in a trial: a Response or a Remission, such as "
            f"Response(at_least=0.5), not {asked.rule!r}."
        )
    if asked.scale is None:
        raise ArgumentError(f"scale= must name the scale of the outcome: {listed(trial.scales)}.")
    if asked.visit is None:
        raise ArgumentError(
            f"visit= must name the visit of the outcome: {listed(map(repr, trial.visits), 20)}."
        )
    handling, *more = chosen_handlings(asked.missing)
    if more:
        raise ArgumentError("missing= must be one handling; fit the model again for another.")
    return asked.rule, asked.visit, handling


def _check_arms(trial: Trial, names: tuple[str, ...], asked: Asked) -> tuple[str, ...]:
    """Refuse arms that are pooled without a reason; return the reason as a note."""
    allow = asked.allow
    check_reason(allow)
    if asked.arm is not None and asked.arm not in trial.arms:
        raise ArgumentError(
            f"arm= must be one of the trial's arms: {listed(map(repr, trial.arms))}; not "
            f"{asked.arm!r}.{near_miss(asked.arm, trial.arms)}"
        )
    if len(trial.arms) < 2 or asked.arm is not None or {"TRT01P", "TRT01A"} & {*names}:
        return ()
    if allow is None:
        raise ArgumentError(POOLED.format(arms=listed(trial.arms), last=trial.arms[-1]))
    return (f"Arms are pooled, with the reason: {allow.rstrip('.')}.",)


def _arm_words(arm: str | None) -> str:
    return "" if arm is None else f", arm {arm}"


def _predictors(
    trial: Trial,
    grid: Grid,
    names: tuple[str, ...],
    scores: Scores | None,
    status: NDArray[np.float64],
) -> pl.DataFrame:
    """Return outcome and predictors of the grid's subjects; what is missing is null."""
    named = scores or {}
    made = {name: values_at(trial, *named[name]) for name in names if name in named}
    own = [name for name in names if name not in made and name != "BASE"]
    for name in own:
        if name not in trial.adsl.columns:
            known = [*named, "BASE", *trial.adsl.columns]
            raise ArgumentError(
                f"A predictor must be BASE, a name of scores=, or a column of ADSL, not {name!r}; "
                f"ADSL has {listed(trial.adsl.columns, 30)}.{near_miss(name, known)}"
            )
    arms = [name for name in ("TRT01P",) if name in trial.adsl.columns and name not in own]
    rows = grid.subjects.select("USUBJID").with_columns(
        pl.Series(EVENT, status).fill_nan(None), pl.Series("BASE", grid.baseline).fill_nan(None)
    )
    keep = trial.adsl.select("USUBJID", *own, *arms)
    rows = rows.join(keep, on="USUBJID", how="left", maintain_order="left")
    for name, values in made.items():
        column = values.rename({"value": name})
        rows = rows.join(column, on="USUBJID", how="left", maintain_order="left")
    return rows


def _in_arm(
    rows: pl.DataFrame, trial: Trial, arm: str | None
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    if arm is None:
        return rows, []
    inside = rows.filter(pl.col("TRT01P").cast(pl.String) == arm)
    return inside, [("in another arm", rows.height - inside.height)]


def _of_frame(data: Any, names: tuple[str, ...], asked: Asked) -> Subjects:
    for argument in ("scale", "rule", "visit", "missing", "scores", "arm"):
        if getattr(asked, argument) is not None:
            raise ArgumentError(
                f"{argument}= is for a trial; a frame has one row a subject, the outcome in one "
                "of its columns and the predictors in others."
            )
    if asked.population != "ITT":
        raise ArgumentError(
            f"The {asked.population} population needs a trial with ADSL; filter a bare frame "
            "yourself."
        )
    frame = to_polars(data, what="data")
    if asked.outcome is None:
        raise ArgumentError("outcome= must name the column of the outcome.")
    for name in (asked.outcome, *names):
        if name not in frame.columns:
            raise ArgumentError(
                f"{name!r} is no column of the frame; there are {listed(frame.columns, 30)}."
                f"{near_miss(name, frame.columns)}"
            )
    _check_subjects(frame)
    event, words = _event(frame[asked.outcome], asked.event)
    rows = frame.select(names).with_columns(event.alias(EVENT))
    complete, left = _complete(rows, names, f"no {asked.outcome}")
    return _subjects(
        complete,
        names,
        outcome=words,
        aside=left,
        notes=("Population: all rows of the frame.",),
        from_pandas=is_pandas(data),
    )


def _check_subjects(frame: pl.DataFrame) -> None:
    if "USUBJID" not in frame.columns:
        return
    twice = frame.filter(pl.col("USUBJID").is_duplicated())["USUBJID"].drop_nulls()
    if len(twice):
        raise ContractError(
            f"The frame must have one row a subject; USUBJID {twice[0]} has several. Keep the rows "
            "of one visit."
        )


def _event(column: pl.Series, event: Any) -> tuple[pl.Series, str]:
    """Return the outcome as 0, 1 and null, and its words; which value counts is never guessed."""
    name = column.name
    held = column.drop_nulls().unique().sort().to_list()
    if event is None:
        if column.dtype == pl.Boolean:
            return column.cast(pl.Float64), name
        if column.dtype.is_numeric() and set(held) <= {0, 1}:
            return column.cast(pl.Float64), name
        raise ArgumentError(
            f"event= must say which value of {name} is the event, since it holds "
            f"{listed(map(repr, held), 5)} and not 0 and 1."
        )
    if len(held) > 2:
        raise ArgumentError(
            f"The outcome must have two values; {name} has {len(held)}: "
            f"{listed(map(repr, held), 5)}. Make a column that says who had the event."
        )
    if event not in held:
        raise ArgumentError(
            f"event= must be a value of {name}: {listed(map(repr, held), 5)}; not {event!r}."
            f"{near_miss(event, held)}"
        )
    return (column == event).cast(pl.Float64), f"{name} = {event}"


def _complete(
    rows: pl.DataFrame, names: Sequence[str], unknown: str
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    """Return the rows without a missing value, and how many each reason cost."""
    left = []
    for name, reason in ((EVENT, unknown), *((name, f"no {name}") for name in names)):
        missing = rows[name].null_count()
        if missing:
            left.append((reason, missing))
            rows = rows.filter(pl.col(name).is_not_null())
    for name in names:
        if rows.schema[name].is_float() and rows[name].is_infinite().any():
            raise ContractError(f"{name} must be finite; some rows are not.")
    return rows, left


def _subjects(
    rows: pl.DataFrame,
    names: tuple[str, ...],
    *,
    outcome: str,
    aside: Sequence[tuple[str, int]],
    notes: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    definition: Any = None,
    simulated: bool = False,
    from_pandas: bool = False,
) -> Subjects:
    ordered = rows.select(EVENT, *names).sort(EVENT, *names)
    lost = sum(count for reason, count in aside if reason.startswith("no "))
    audit = [("included", "outcome and predictors known", ordered.height)]
    audit += [("excluded", reason, count) for reason, count in aside if count]
    return Subjects(
        rows=ordered.select(names),
        event=ordered[EVENT].to_numpy() > 0.5,
        outcome=outcome,
        audit=pl.DataFrame(audit, schema=AUDIT_SCHEMA, orient="row"),
        notes=notes,
        warnings=(*warnings, *_lost_words(aside, lost, ordered.height)),
        definition=definition,
        simulated=simulated,
        from_pandas=from_pandas,
    )


def _lost_words(aside: Sequence[tuple[str, int]], lost: int, n: int) -> tuple[str, ...]:
    """Say how many were left out for a missing value, and for which."""
    if not lost:
        return ()
    reasons = ", ".join(f"{reason}: {count}" for reason, count in aside if reason[:3] == "no ")
    return (
        f"Left out for a missing value: {lost} of {lost + n} ({reasons}). What is estimated is of "
        "those with all values, who may differ from the others.",
    )


def _check_two(found: Subjects) -> None:
    n, events = len(found.event), int(found.event.sum())
    if not n:
        reasons: Mapping[str, int] = dict(found.audit.select("reason", "count").rows()[1:])
        said = ", ".join(f"{reason}: {count}" for reason, count in reasons.items())
        raise EstimationError(f"No subject has outcome and predictors ({said}).")
    if events in (0, n):
        who = "None" if not events else "All"
        raise EstimationError(
            f"{who} of the {n} subjects with outcome and predictors had the outcome "
            f"({found.outcome}): there is nothing to predict."
        )
