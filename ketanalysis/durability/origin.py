"""Where the clock starts: each subject's origin on the analysis clock, and who has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Among
from ketanalysis.durability.adtte import HOURS_PER_DAY, Rows
from ketanalysis.durability.entry import first_meeting
from ketanalysis.durability.happenings import Course
from ketanalysis.durability.runs import SLACK, Floats
from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.grid import Grid
from ketanalysis.rates.criteria import met_by
from ketanalysis.sustained import Sustained
from ketanalysis.trial import Trial

ORIGINS = {
    "last infusion": "the last infusion before entry",
    "first infusion": "the first infusion",
    "randomisation": "randomisation",
    "criterion met": "the first assessment that met the entry rule",
    "entry": "the visit at which the entry rule was met",
}


def origin_words(origin: str | float) -> str:
    """Return the origin as it stands in a sentence."""
    if not isinstance(origin, str):
        return f"day {origin:g} after the first infusion"
    return ORIGINS.get(origin, f"the visit {origin} (landmark)")


def origin_hours(
    data: Any, grid: Grid, rows: Rows, course: Course, among: Among, origin: str | float
) -> Floats:
    """Return the origin of each subject in hours, shape (n,); who has none does not enter.

    `rows.entry` holds the hour of entry.
    """
    if not isinstance(origin, str):
        return np.full(rows.n, origin * HOURS_PER_DAY)
    if origin == "entry":
        return rows.entry.copy()
    if origin == "last infusion":
        last = course.infusions.last_until(rows.entry)
        rows.keep_out(np.isnan(last), "no infusion before entry")
        return last
    if origin == "first infusion":
        return np.zeros(rows.n)
    if origin == "criterion met":
        return _first_met(grid, rows, among)
    if origin == "randomisation":
        hours = randomised_at(data, grid.subjects["USUBJID"])
        rows.keep_out(np.isnan(hours), "not randomised")
        return hours
    if origin not in grid.visits:
        known = (*ORIGINS, *grid.visits)
        raise ArgumentError(
            f"origin must be one of {listed(map(repr, ORIGINS))}, a visit after baseline at which "
            f"{grid.scale} was scored ({listed(map(repr, grid.visits), 20)}), or a number of days "
            f"since the first infusion; not {origin!r}.{near_miss(origin, known)}"
        )
    visit = grid.visits.index(origin)
    seen = ~np.isnan(grid.scores[visit])
    rows.keep_out(~seen, f"no score at {origin}")
    return np.where(seen, grid.hours[visit], np.nan)


def check_not_late(rows: Rows, among: Among, origin: str | float) -> None:
    """Refuse an origin that must lie before entry and does not."""
    if origin != "first infusion":
        return
    early = rows.entered & (rows.origin > rows.entry + SLACK)
    if early.any():
        raise ArgumentError(
            f"origin={origin!r} must not be later than {among.when}, at which subjects enter; it "
            f"is for {int(early.sum())} of the {int(rows.entered.sum())} who enter, the earliest "
            f"of them on day {float(rows.entry[early].min()) / HOURS_PER_DAY:g}. Name a later "
            "visit in among=, or an earlier origin."
        )


def _first_met(grid: Grid, rows: Rows, among: Among) -> Floats:
    if isinstance(among.rule, Sustained):
        raise ArgumentError(
            'origin="criterion met" is for a Response or a Remission; a sustained rule is met at '
            'the last of its visits: write origin="entry".'
        )
    scored = ~np.isnan(grid.scores) & (grid.hours <= rows.entry + SLACK)
    return first_meeting(grid, met_by(grid, among.rule, grid.scores) & scored)[0]


def has_randomisation(data: Any) -> bool:
    """Whether the day of randomisation can be told from ADSL."""
    columns = set(data.adsl.columns) if isinstance(data, Trial) else set()
    return "RANDDY" in columns or {"RANDDT", "TRTSDT"} <= columns


def randomised_at(trial: Trial, subjects: pl.Series) -> Floats:
    """Return when each subject was randomised, in hours since the first infusion, shape (n,).

    Days alone are known: RANDDY, a study day, which has no day 0, else RANDDT less TRTSDT.
    """
    needed = [c for c in ("RANDDY", "RANDDT", "TRTSDT") if c in trial.adsl.columns]
    own = trial.adsl.select("USUBJID", *needed)
    adsl = subjects.to_frame().join(own, on="USUBJID", how="left", maintain_order="left")
    if "RANDDY" in adsl.columns:
        day = adsl["RANDDY"].cast(pl.Float64)
        elapsed = (day - (day > 0).cast(pl.Float64)).to_numpy()
    else:
        elapsed = (_date(adsl, "RANDDT") - _date(adsl, "TRTSDT")).dt.total_days().to_numpy()
    return np.asarray(elapsed, dtype=np.float64) * HOURS_PER_DAY


def _date(adsl: pl.DataFrame, column: str) -> pl.Series:
    given = adsl[column]
    if given.dtype == pl.Date:
        return given
    if given.dtype == pl.Datetime:
        return given.dt.date()
    text = given.cast(pl.String).str.slice(0, 10)
    dates = text.str.to_date("%Y-%m-%d", strict=False)
    unread = text.is_not_null() & (text != "") & dates.is_null()
    if unread.any():
        wrong = listed(map(repr, text.filter(unread).unique().sort()), 3)
        raise ContractError(f"ADSL.{column} must hold dates as YYYY-MM-DD, not {wrong}.")
    return dates
