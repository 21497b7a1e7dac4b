"""Everybody whom the data hold: one row a subject, their scores, and what other tables say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.grid import in_order_of_arms, visit_order
from ketanalysis.participants.dropout import Seen, read_seen
from ketanalysis.participants.flow import LEAVING, Known, status_of
from ketanalysis.trial import Trial


@dataclass(frozen=True, eq=False)
class Everybody:
    """Everybody, their scores, and what else the data say.

    Attributes
    ----------
    subjects
        One row a subject, with the columns of ADSL (of scores: USUBJID and the arm).
    who
        How the subjects came into it, in words.
    seen
        Who was scored when; None where there are no scores.
    visits
        All visits in order, also those at which nobody was seen.
    known
        What infusions, intercurrent events and last scores say.
    """

    subjects: pl.DataFrame
    who: str
    seen: Seen | None
    visits: tuple[str, ...]
    known: Known
    from_pandas: bool = False
    simulated: bool = False


def everybody_of_trial(trial: Trial, scale: str | None) -> Everybody:
    """Return all of ADSL, whatever their population."""
    scores = trial.adqs if scale is None else trial.scores(scale)
    ids = trial.adsl["USUBJID"]
    everybody = "all of ADSL" if trial.subjects_given else "a row of scores (no ADSL was given)"
    infused = None if trial.adex is None else ids.is_in(trial.adex["USUBJID"].implode()).to_numpy()
    left = None if trial.adice is None else _leaving(trial.adice, ids)
    seen = _seen(scores, trial.adsl, trial.visits, scale)
    known = _with_last(Known(infused=infused, left=left), seen)
    subjects = in_order_of_arms(trial.adsl, trial.arms)
    return Everybody(subjects, everybody, seen, trial.visits, known, simulated=trial.simulated)


def everybody_of_frame(frame: Any, scale: str | None, subject: str, by: str | None) -> Everybody:
    """Return a bare frame of scores, or of subjects, as what it is."""
    data = to_polars(frame, what="data")
    if subject not in data.columns:
        raise ArgumentError(
            f"subject must name a column of the frame, not {subject!r}; it has "
            f"{listed(data.columns, 20)}.{near_miss(subject, data.columns)}"
        )
    ids = id_text(data[subject], subject)
    if ids.null_count():
        raise ContractError(
            f"{subject} must hold the subject's id in every row, but {ids.null_count()} have none."
        )
    data = data.with_columns(ids.alias("USUBJID"))
    if not {"AVISIT", "AVAL"} <= set(data.columns):
        if scale is not None:
            raise ArgumentError("scale= needs scores: a Trial, or a frame with AVISIT and AVAL.")
        _check_unique(data, subject)
        return Everybody(data, "all rows of the frame", None, (), Known(), is_pandas(frame))
    if scale is not None:
        held = data["PARAMCD"].unique().to_list() if "PARAMCD" in data.columns else []
        check_one_of("scale", scale, held)
        data = data.filter(pl.col("PARAMCD") == scale)
    kept = ["USUBJID", *([by] if by is not None and by in data.columns else [])]
    subjects = data.select(kept).unique().sort("USUBJID")
    _check_unique(subjects, f"{by} of a subject" if by else subject)
    order = tuple(visit_order(data))
    seen = _seen(data, subjects, order, scale)
    known = _with_last(Known(), seen)
    return Everybody(subjects, "a row of scores", seen, order, known, is_pandas(frame))


def _check_unique(subjects: pl.DataFrame, what: str) -> None:
    twice = subjects.filter(pl.col("USUBJID").is_duplicated())["USUBJID"].unique().sort()
    if len(twice):
        raise ContractError(
            f"{what} must be the same in all rows, and a subject on one row; it is not for "
            f"{len(twice)} ({listed(twice, 3)})."
        )


def _leaving(events: pl.DataFrame, ids: pl.Series) -> tuple[str, ...]:
    """Return the first event of each subject that ended the study, "" for none."""
    ending = events.filter(pl.col("ICECAT").cast(pl.String).is_in(LEAVING)).sort("AFRLT")
    first = dict(
        ending.unique("USUBJID", keep="first", maintain_order=True)
        .select("USUBJID", pl.col("ICECAT").cast(pl.String))
        .iter_rows()
    )
    return tuple(first.get(one, "") for one in ids)


def _with_last(known: Known, seen: Seen | None) -> Known:
    if seen is None:
        return known
    last = tuple(seen.visits[i] if i >= 0 else "" for i in seen.last)
    return Known(known.infused, known.left, last, seen.visits[-1])


def _seen(
    scores: pl.DataFrame, subjects: pl.DataFrame, visits: Sequence[str], scale: str | None
) -> Seen | None:
    """Return who was scored when, and who is still in the study by EOSSTT."""
    ongoing = np.zeros(subjects.height, dtype=bool)
    if "EOSSTT" in subjects.columns:
        statuses = status_of(subjects, "EOSSTT")
        ongoing = np.array([status == "ONGOING" for status in statuses], dtype=bool)
    held = read_seen(scores, subjects["USUBJID"], visits, scale or "", ongoing)
    return held if held.visits else None
