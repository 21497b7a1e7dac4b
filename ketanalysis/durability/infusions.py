"""Which score belongs to which infusion, and how many infusions each subject received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definition import check_number, points_words
from ketanalysis.durability.adtte import check_times
from ketanalysis.durability.happenings import Happenings, course_of
from ketanalysis.durability.runs import SLACK
from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import Grid, score_grid
from ketanalysis.population import Population, is_baseline_row
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]
TAKES = ("first", "last")


@dataclass(frozen=True, eq=False)
class Infused:
    """The scores by infusion.

    Attributes
    ----------
    grid
        The subjects and their baseline.
    scores
        Shape (k, n): the score that belongs to infusion 1, ..., k; NaN where there is none.
    received
        Shape (n,): how many infusions each subject received.
    note
        Which score belongs to an infusion, in words.
    """

    grid: Grid
    scores: Floats
    received: NDArray[np.int64]
    note: str


def infused(
    data: Any,
    scale: str,
    by: Sequence[str],
    population: Population,
    within: tuple[float, float] | None,
    take: str | None,
    infusion: str | None,
    received: str | None,
) -> Infused:
    """Return the score of each infusion by the declared rule; the arguments are the estimate's."""
    if isinstance(data, Trial):
        least, most = _checked(data, within, take, infusion, received)
        grid = score_grid(data, scale, by, population=population)
        return _from_trial(data, grid, least, most, str(take))
    if within is not None or take is not None or infusion is None:
        raise ArgumentError(
            "A bare frame needs infusion=: the column that numbers the infusion to which each "
            "score belongs (1 is the first); within= and take= are for a trial with ADEX."
        )
    return _from_frame(data, scale, by, population, infusion, received)


def _checked(
    trial: Trial, within: Any, take: object, infusion: object, received: object
) -> tuple[float, float]:
    if infusion is not None or received is not None:
        raise ArgumentError(
            "infusion= and received= are columns of a bare frame; a trial has its infusions in "
            "ADEX. Write within= and take= instead."
        )
    if trial.adex is None:
        raise ArgumentError(
            "Response by infusion needs ADEX: give the infusions in as_trial(..., infusions=...)."
        )
    if not isinstance(within, tuple | list) or len(within) != 2:
        raise ArgumentError(
            "within= must say when the score of an infusion is taken, as (least, most) hours "
            f"after its start, such as (20, 28); not {within!r}. A score after the start of the "
            "next infusion belongs to that one in any case."
        )
    for hours in within:
        check_number("within", hours)
    if not 0 <= within[0] < within[1]:
        raise ArgumentError(
            f"within must be (least, most) hours, 0 or more and rising; not {within!r}."
        )
    if take is None:
        raise ArgumentError(
            'take= must say which score counts where an infusion has several: "first" or "last".'
        )
    check_one_of("take", take, TAKES)
    return float(within[0]), float(within[1])


def _from_trial(trial: Trial, grid: Grid, least: float, most: float, take: str) -> Infused:
    infusions = course_of(trial, grid).infusions
    scores, _, received = scores_after(grid, infusions, (least, most), take)
    which = f"{points_words(least)} to {points_words(most)} hours after its start"
    note = (
        f"The score of an infusion is the {take} one {which}, and not after the start of the next "
        "(a score at that very time is of the infusion before)."
    )
    return Infused(grid, scores, received, note)


def scores_after(
    grid: Grid, infusions: Happenings, within: tuple[float, float], take: str
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return the score of each infusion and its hour, shape (k, n), and how many each received."""
    received = np.bincount(infusions.subject, minlength=grid.n)
    check_times(grid, received > 0, "Response by infusion")
    _check_known(infusions, grid)

    starts = np.full((int(received.max(initial=0)), grid.n), np.inf)
    place = np.arange(len(infusions.subject)) - (np.cumsum(received) - received)[infusions.subject]
    starts[place, infusions.subject] = infusions.hour
    scores = np.full(starts.shape, np.nan)
    taken_at = np.full(starts.shape, np.nan)
    for own, hour in zip(grid.scores, grid.hours, strict=True):
        _assign(scores, taken_at, starts, own, hour, within, take)
    return scores, taken_at, received


def _assign(
    scores: Floats,
    taken_at: Floats,
    starts: Floats,
    own: Floats,
    hour: Floats,
    within: tuple[float, float],
    take: str,
) -> None:
    """Give the scores of one visit, shape (n,), to the infusions they belong to, in place."""
    seen = np.flatnonzero(~np.isnan(own))
    number = (starts[:, seen] < hour[seen] - SLACK).sum(axis=0) - 1
    seen, number = seen[number >= 0], number[number >= 0]
    after = hour[seen] - starts[number, seen]
    fits = (after >= within[0] - SLACK) & (after <= within[1] + SLACK)
    seen, number = seen[fits], number[fits]
    held = taken_at[number, seen]
    is_later = hour[seen] > held
    better = np.isnan(held) | (is_later if take == "last" else ~is_later)
    seen, number = seen[better], number[better]
    scores[number, seen], taken_at[number, seen] = own[seen], hour[seen]


def _check_known(infusions: Happenings, grid: Grid) -> None:
    lacking = np.isnan(infusions.hour)
    if lacking.any():
        who = grid.subjects["USUBJID"][np.unique(infusions.subject[lacking])].sort()
        raise ContractError(
            "ADEX.AFRLT must be known to say which score belongs to which infusion; rows without "
            f"it: {int(lacking.sum())}.\n  Subjects {listed(who, 3)}.\n"
            "  Fill it in, or remove what did not take place."
        )


def _from_frame(
    data: Any,
    scale: str,
    by: Sequence[str],
    population: Population,
    infusion: str,
    received: str | None,
) -> Infused:
    frame = to_polars(data, what="data")
    for argument, column in (("infusion", infusion), ("received", received)):
        if column is not None and column not in frame.columns:
            raise ArgumentError(
                f"{argument} must be a column of the frame: {listed(frame.columns, 20)}; not "
                f"{column!r}.{near_miss(column, frame.columns)}"
            )
    if "PARAMCD" in frame.columns:
        frame = frame.filter(pl.col("PARAMCD").cast(pl.String) == scale)
    number = _numbers(frame, infusion)
    numbered = frame.with_columns(AVISIT=number).drop("AFRLT", "AVISITN", strict=False)
    grid = score_grid(numbered, scale, by, population=population)
    grid = replace(grid, from_pandas=is_pandas(data))
    rows = numbered.select("USUBJID", AVISIT="AVISIT")
    highest = rows.group_by("USUBJID").agg(received=pl.col("AVISIT").max())
    note = "Infusions received: the highest number that a subject has a row for."
    if received is not None:
        highest = _declared(frame, received)
        note = f"Infusions received: {received}."
    counts = grid.subjects.join(highest, on="USUBJID", how="left", maintain_order="left")
    own = counts["received"].to_numpy().astype(np.int64)
    scores = np.full((int(own.max(initial=0)), grid.n), np.nan)
    for visit, row in zip(grid.visits, grid.scores, strict=True):
        _check_received(int(visit), row, own, grid, received)
        scores[int(visit) - 1] = row
    return Infused(grid, scores, own, f"The score of an infusion is numbered in {infusion}. {note}")


def _numbers(frame: pl.DataFrame, infusion: str) -> pl.Series:
    """Return the infusion of each row, 0 in baseline rows; anything else is refused."""
    given = frame[infusion]
    is_baseline = frame.with_columns(is_baseline_row(frame).alias("ABLFL"))["ABLFL"]
    if not given.dtype.is_numeric():
        raise ContractError(f"{infusion} must number the infusions (1, 2, ...), not {given.dtype}.")
    whole = given.cast(pl.Float64)
    is_number = whole.is_not_null() & (whole >= 1) & (whole == whole.floor())
    wrong = frame.filter(~is_baseline & ~is_number.fill_null(False))
    if not wrong.is_empty():
        raise ContractError(
            f"{infusion} must number the infusion of every score after baseline (1 is the first); "
            f"{wrong.height} rows have none, first subject {wrong['USUBJID'][0]}. Leave out what "
            'was not scored after an infusion, and flag the baseline (ABLFL = "Y").'
        )
    zero = pl.when(is_baseline).then(0).otherwise(whole.fill_null(0).cast(pl.Int64))
    return frame.select(AVISIT=zero).to_series()


def _declared(frame: pl.DataFrame, received: str) -> pl.DataFrame:
    """Return the declared number of infusions of each subject; it must be one."""
    per = frame.group_by("USUBJID").agg(
        received=pl.col(received).drop_nulls().first().cast(pl.Int64),
        several=pl.col(received).n_unique(),
    )
    wrong = per.filter((pl.col("several") > 1) | pl.col("received").is_null()).sort("USUBJID")
    if not wrong.is_empty():
        raise ContractError(
            f"{received} must be one number of infusions in all rows of a subject; it is not in "
            f"{wrong.height} ({listed(wrong['USUBJID'], 3)})."
        )
    return per.select("USUBJID", "received")


def _check_received(
    number: int, scores: Floats, received: NDArray[np.int64], grid: Grid, column: str | None
) -> None:
    late = ~np.isnan(scores) & (received < number)
    if late.any():
        who = grid.subjects["USUBJID"].filter(pl.Series(late)).sort()
        raise ContractError(
            f"A score cannot belong to an infusion that was not received: {column} is below "
            f"{number} in {int(late.sum())} subjects scored after it ({listed(who, 3)})."
        )
