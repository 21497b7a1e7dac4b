"""The curve of derived time-to-event rows: what relapse and onset of response share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.grid import Grid
from ketanalysis.results import Result
from ketanalysis.survival.estimates import SurvivalResult, estimate_survival
from ketanalysis.survival.event_times import BASELINE_COLUMNS
from ketanalysis.trial import Trial

R = TypeVar("R", bound=Result)


def derived_curve(
    tte: pl.DataFrame,
    data: Any,
    grid: Grid,
    by: str | None,
    *,
    what: str,
    definition: Any,
    notes: Sequence[str],
    entry: str | None,
    conf_type: str,
    conf_level: float,
    known_at: str | float | None,
) -> SurvivalResult:
    """Return the Kaplan-Meier curve of rows that were derived from scores.

    `what` stands in the title after the method; `notes` stand before those of the curve.
    Columns of a trial's ADSL count as known at baseline. In a bare frame that must be declared
    by `known_at`, unless the column is one of the usual ones. `known_at` can also be the days
    after the origin at which the groups were known: subjects are at risk from then.
    """
    check_known_at(known_at)
    result = estimate_survival(
        tte,
        by=by,
        entry=entry,
        conf_type=conf_type,
        conf_level=conf_level,
        known_at=known_from(data, by, known_at),
    )
    title = f"Kaplan-Meier with {conf_type} {100 * conf_level:g} % intervals: {what}"
    return of_trial(result, grid, title, by, definition, notes)


def of_trial(
    result: R, grid: Grid, title: str, by: str | None, definition: Any, notes: Sequence[str]
) -> R:
    """Return an estimate of derived rows with what the trial knows: title, rule, notes, source."""
    return replace(
        result,
        title=f"{title}, by {by}" if by else title,
        definition=definition,
        notes=(*notes, *result.notes),
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
    )


def check_known_at(known_at: object) -> None:
    """Refuse a word for when the groups were known that is not "baseline"."""
    if isinstance(known_at, str):
        check_one_of("known_at", known_at, ("baseline",))


# Columns of ADSL that CDISC defines by how the study went, and the first letters of outcomes.
KNOWN_LATER = (
    *("EOSSTT", "EOTSTT", "DCSREAS", "DCTREAS", "DCSREASP", "DCTREASP", "COMPLFL", "DTHFL"),
    *("EOSDT", "EOTDT", "DTHDT", "LSTALVDT", "TRTDURD"),
)
OUTCOMES = ("RESP", "REMI", "RELAP", "COMPL", "NONRESP", "RESCUE")


def known_from(data: Any, by: str | None, known_at: str | float | None) -> str | float | None:
    """Return from when the groups are known: columns of a trial's ADSL from baseline.

    A column that by its name is known only in the course of the trial is refused without
    `known_at`.
    """
    if known_at is not None or by is None or by in BASELINE_COLUMNS or not isinstance(data, Trial):
        return known_at
    if by in KNOWN_LATER or by.upper().startswith(OUTCOMES):
        raise ArgumentError(
            f"by={by!r} looks like something that is known only in the course of the trial. "
            "Whoever has it must have stayed in the trial, free of the event, until it was known, "
            "so the curve of that group begins with time in which nothing could happen (immortal "
            "time).\n"
            "  Give known_at= as the days from the origin to when it was known, and subjects are "
            "at risk from then (late entry); start the clock there (origin=, a landmark); model "
            'it as a time-dependent covariate; or say known_at="baseline" if it was known at the '
            "origin."
        )
    return "baseline"
