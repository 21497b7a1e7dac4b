"""When does it start: time from the first infusion to the first visit with response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.adtte import AT_FLOOR, Rows, at_floor, check_times, with_everybody
from ketanalysis.durability.curve import derived_curve
from ketanalysis.errors import ArgumentError
from ketanalysis.frames import is_pandas, like_given
from ketanalysis.grid import Grid, by_columns, score_grid
from ketanalysis.population import refuse_selected
from ketanalysis.rates.criteria import met_by
from ketanalysis.survival.results import SurvivalResult

PARAMCDS = {"response": "TTRESP", "remission": "TTREMIS"}
WAITING = {
    "response": "not yet responding on {scale}",
    "remission": "not yet in remission on {scale}",
}


def time_to_response(
    data: Any,
    scale: str,
    rule: Response | Remission,
    by: str | Sequence[str] | None = None,
    *,
    population: str = "ITT",
) -> Any:
    """Derive time to first response: one ADTTE row a subject, with the reason of each.

    Answers "when was each subject first seen to respond?". A response that is lost again still
    counts; for response at a fixed visit use `estimate_response`.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns with AFRLT and a baseline.
    scale, rule, population
        As in `estimate_response`; the rule can be a `Remission`, which needs no baseline.
    by
        Columns of ADSL to carry along; a subject without a value in one does not enter. The
        trial's arm is carried in any case.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        As `time_to_relapse`, with PARAMCD "TTRESP" ("TTREMIS" for a remission); AVAL is days
        since the first infusion of the first visit with response (CNSR 0), or of the last
        score (CNSR 1). A subject without any score after baseline is censored at 0.

    Raises
    ------
    ArgumentError
        As `estimate_response`.
    ContractError
        A subject who enters has a score without a time.

    Notes
    -----
    Scores at or before the first infusion are not judged. A subject without a baseline does
    not enter, nor one whose baseline is the scale's lowest score.
    Checked against: worked by hand, and by a loop, in tests/durability/test_onset.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> tte = ka.time_to_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5))
    >>> tte["PARAMCD"][0]
    'TTRESP'
    """
    tte, _ = _derived(data, scale, rule, by, population)

    return like_given(tte, from_pandas=is_pandas(data))


def estimate_time_to_response(
    data: Any,
    scale: str,
    rule: Response | Remission,
    by: str | None = None,
    *,
    population: str = "ITT",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    known_at: str | float | None = None,
) -> SurvivalResult:
    """Estimate the share not yet responding over time (Kaplan-Meier).

    Answers "how soon does response come?". Not for the share that responds at a visit
    (`estimate_response`): here a response that was lost again still counts.

    Parameters
    ----------
    data, scale, rule, by, population
        As in `time_to_response`.
    conf_type, conf_level
        As in `estimate_survival`.
    known_at
        As in `estimate_relapse`.

    Returns
    -------
    SurvivalResult
        As `estimate_survival`; the event is the first response.

    Raises
    ------
    ArgumentError, ContractError
        As `time_to_response`.

    Notes
    -----
    Checked against: rows as `time_to_response`, curve as `estimate_survival`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> onset = ka.estimate_time_to_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P")
    >>> onset.medians.height
    2
    """
    tte, grid = _derived(data, scale, rule, by, population)

    return derived_curve(
        tte,
        data,
        grid,
        by,
        what=WAITING[rule.name].format(scale=scale),
        definition=rule,
        notes=(rule.sentence(scale), "The clock starts at the first infusion."),
        entry=None,
        conf_type=conf_type,
        conf_level=conf_level,
        known_at=known_at,
    )


def _derived(
    data: Any,
    scale: str,
    rule: Response | Remission,
    by: str | Sequence[str] | None,
    population: str,
) -> tuple[pl.DataFrame, Grid]:
    """Return the ADTTE rows and the scores they come from."""
    if not isinstance(rule, Response | Remission):
        raise ArgumentError(f"rule must be a Response or a Remission, not {rule!r}.")
    columns = by_columns(by)

    refuse_selected(population, "Time to response")
    grid = score_grid(data, scale, columns, population=population)
    rows = _rows(grid, rule)
    param = f"Time to first {rule.label} on {scale} (days since the first infusion)"
    frame = rows.frame(grid.subjects, PARAMCDS[rule.name], param)
    return with_everybody(frame, data, grid, columns, population), grid


def _rows(grid: Grid, rule: Response | Remission) -> Rows:
    rows = Rows(grid.n)
    if isinstance(rule, Response):
        rows.keep_out(np.isnan(grid.baseline), "no baseline")
        rows.keep_out(at_floor(grid, rule), AT_FLOOR)
    check_times(grid, rows.entered, "Time to response")
    rows.origin[:], rows.entry[:] = 0.0, 0.0
    judged = ~np.isnan(grid.scores) & (grid.hours > 0)
    met = judged & met_by(grid, rule, grid.scores)
    responded = np.where(met, grid.hours, np.inf).min(axis=0, initial=np.inf)
    happened = rows.entered & np.isfinite(responded)

    free = judged & (grid.hours < responded)
    rows.last_free = np.where(free, grid.hours, 0.0).max(axis=0, initial=0.0)
    rows.end = rows.last_free.copy()
    rows.say(rows.entered, "end of observation")
    rows.say(rows.entered & ~judged.any(axis=0), "no score after baseline")
    rows.happen(happened, responded, responded, f"first {rule.label}")
    return rows
