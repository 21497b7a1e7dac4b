"""The curve of derived time-to-event rows: what relapse and onset of response share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.grid import Grid
from ketanalysis.survival.estimates import SurvivalResult, estimate_survival
from ketanalysis.survival.event_times import BASELINE_COLUMNS
from ketanalysis.trial import Trial


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
    known_at: str | None,
) -> SurvivalResult:
    """Return the Kaplan-Meier curve of rows that were derived from scores.

    `what` stands in the title after the method; `notes` stand before those of the curve.
    Columns of a trial's ADSL count as known at baseline. In a bare frame that must be declared
    by `known_at`, unless the column is one of the usual ones.
    """
    if known_at is not None:
        check_one_of("known_at", known_at, ("baseline",))
    result = estimate_survival(
        tte,
        by=by,
        entry=entry,
        conf_type=conf_type,
        conf_level=conf_level,
        known_at=known_from(data, by, known_at),
    )
    grouped = f", by {by}" if by else ""
    return replace(
        result,
        title=f"Kaplan-Meier with {conf_type} {100 * conf_level:g} % intervals: {what}{grouped}",
        definition=definition,
        notes=(*notes, *result.notes),
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
    )


def known_from(data: Any, by: str | None, known_at: str | None) -> str | None:
    """Return from when the groups are known: columns of a trial's ADSL from baseline."""
    if by is None or by in BASELINE_COLUMNS:
        return None
    return "baseline" if isinstance(data, Trial) else known_at
