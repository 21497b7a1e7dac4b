"""From scores, infusions and events to relapse: who enters, and when and how each leaves.

Everything is an array over subjects. `ketanalysis.durability.relapse` checks the plan and shows the
result; the runs of qualifying assessments are found by `ketanalysis.durability.runs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.comparison import holds, improvement_holds
from ketanalysis.definitions import Among, Relapse, Response
from ketanalysis.durability.adtte import AT_FLOOR, HOURS_PER_DAY, Rows, at_floor, check_times
from ketanalysis.durability.runs import SLACK, Bools, Floats, Runs, find_runs, in_order_of_time
from ketanalysis.errors import ArgumentError, ContractError, listed
from ketanalysis.grid import Grid
from ketanalysis.rates.criteria import met_by, scale_shape
from ketanalysis.trial import Trial

FURTHER = "further infusion"
UNCONFIRMED = "last assessment qualified, not confirmed"


@dataclass(frozen=True)
class Happenings:
    """Infusions or intercurrent events of the grid's subjects, in order of subject and time.

    Arrays of shape (m,): the subject's column in the grid, the hour (NaN where unknown), what.
    """

    subject: NDArray[np.int64]
    hour: Floats
    kind: NDArray[np.object_]

    def among(self, kinds: tuple[str, ...]) -> Happenings:
        """Return those of some kinds only."""
        kept = np.isin(self.kind, kinds)
        return Happenings(self.subject[kept], self.hour[kept], self.kind[kept])

    def first_after(self, start: Floats, stop: Floats) -> tuple[Floats, NDArray[np.object_]]:
        """Return when and what happened first after `start`, until `stop`; infinite for none."""
        when, what = np.full(len(start), np.inf), np.full(len(start), "", dtype=object)
        after = self.hour > start[self.subject] + SLACK
        kept = after & (self.hour <= stop[self.subject] + SLACK)
        who, place = np.unique(self.subject[kept], return_index=True)
        when[who], what[who] = self.hour[kept][place], self.kind[kept][place]
        return when, what

    def last_until(self, stop: Floats) -> Floats:
        """Return when the last one happened until `stop`; NaN for none."""
        last = np.full(len(stop), -np.inf)
        kept = self.hour <= stop[self.subject] + SLACK
        np.maximum.at(last, self.subject[kept], self.hour[kept])
        return np.where(np.isfinite(last), last, np.nan)


@dataclass(frozen=True)
class Course:
    """What happened to the subjects beside their scores."""

    infusions: Happenings
    events: Happenings


def course_of(data: Any, grid: Grid) -> Course:
    """Return the infusions and events of the subjects in the grid; none for a bare frame."""
    is_trial = isinstance(data, Trial)
    return Course(
        _happenings(data.adex if is_trial else None, grid, "ADEX", None),
        _happenings(data.adice if is_trial else None, grid, "ADICE", "ICECAT"),
    )


def _happenings(table: pl.DataFrame | None, grid: Grid, name: str, kind: str | None) -> Happenings:
    """Sort a table by subject and time; without a column of kinds all are further infusions."""
    if table is None:
        none = np.array([], dtype=np.float64)
        return Happenings(none.astype(np.int64), none, none.astype(object))
    columns = ["AFRLT", *([kind] if kind else [])]
    for column in columns:
        if column not in table.columns:
            raise ArgumentError(f"{name} needs the column {column} for the time to relapse.")
    index = grid.subjects.select("USUBJID").with_row_index("column")
    found = (
        table.select("USUBJID", *columns)
        .join(index, on="USUBJID", how="inner")
        .sort("column", *columns, nulls_last=True)
    )
    kinds = found[kind].cast(pl.String).to_list() if kind else [FURTHER] * found.height
    return Happenings(
        found["column"].to_numpy().astype(np.int64),
        found["AFRLT"].cast(pl.Float64).to_numpy(),
        np.asarray(kinds, dtype=object),
    )


def relapse_rows(
    grid: Grid,
    course: Course,
    rule: Relapse,
    among: Among,
    origin: str | float,
    redose: str | None,
) -> Rows:
    """Return who enters, and when and how each leaves, by the rule."""
    visit = grid.visit_index(among.visit, "among visit")
    rows = _entered(grid, rule, among, visit)
    check_times(grid, rows.entered, "Time to relapse")
    _check_known(course, grid, rows.entered, rule, origin, redose)
    rows.entry = np.where(rows.entered, grid.hours[visit], np.nan)
    rows.origin = _origin(course, rows, origin)
    _check_origin(rows, among, origin)
    _follow(rows, grid, rule, among, course, redose)
    return rows


def _entered(grid: Grid, rule: Relapse, among: Among, visit: int) -> Rows:
    rows = Rows(grid.n)
    if isinstance(among.rule, Response) or rule.improvement_below is not None:
        rows.keep_out(np.isnan(grid.baseline), "no baseline")
    rows.keep_out(np.isnan(grid.scores[visit]), f"no score at {among.visit}")
    for share in _shares(rule, among):
        rows.keep_out(at_floor(grid, share), AT_FLOOR)
    met = met_by(grid, among.rule, grid.scores[visit])
    rows.keep_out(~met, f"no {among.rule.name} at {among.visit}")
    return rows


def _shares(rule: Relapse, among: Among) -> list[Response]:
    """Return the rules by which a share of the baseline is judged, at entry or later."""
    at_entry = [among.rule] if isinstance(among.rule, Response) else []
    return at_entry or ([Response(at_least=0.5)] if rule.improvement_below is not None else [])


def _check_known(
    course: Course,
    grid: Grid,
    entered: Bools,
    rule: Relapse,
    origin: str | float,
    redose: str | None,
) -> None:
    """Refuse infusions and events that decide, and have no time."""
    infusions = origin == "last infusion" or redose in {"censor", "event"}
    for decides, table, happened in (
        (infusions, "ADEX", course.infusions),
        (bool(rule.events), "ADICE", course.events.among(rule.events)),
    ):
        lacking = np.isnan(happened.hour) & entered[happened.subject]
        if decides and lacking.any():
            who = grid.subjects["USUBJID"][np.unique(happened.subject[lacking])].sort()
            raise ContractError(
                f"{table}.AFRLT must be known for the subjects who enter; rows without "
                f"it: {int(lacking.sum())}.\n  Subjects {listed(who, 3)}.\n"
                "  Fill it in, or remove what did not take place."
            )


def _origin(course: Course, rows: Rows, origin: str | float) -> Floats:
    if origin == "entry":
        return rows.entry.copy()
    if origin == "last infusion":
        last = course.infusions.last_until(rows.entry)
        rows.keep_out(np.isnan(last), "no infusion before entry")
        return last
    days = 0.0 if origin == "first infusion" else float(origin)
    return np.full(rows.n, days * HOURS_PER_DAY)


def _check_origin(rows: Rows, among: Among, origin: str | float) -> None:
    early = rows.entered & (rows.origin > rows.entry + SLACK)
    if early.any():
        words = repr(origin) if isinstance(origin, str) else f"{float(origin):g}"
        raise ArgumentError(
            f"origin={words} must not be later than {among.visit}, at which subjects enter; it "
            f"is for {int(early.sum())} of the {int(rows.entered.sum())} who enter, the earliest "
            f"of them on day {float(rows.entry[early].min()) / HOURS_PER_DAY:g}. Name a later "
            "visit in among=, or an earlier origin."
        )


def _follow(
    rows: Rows, grid: Grid, rule: Relapse, among: Among, course: Course, redose: str | None
) -> None:
    """Let whatever comes first end each subject's time: scores, events, infusions."""
    never = np.full(rows.n, np.inf)
    stop = never
    if redose in {"event", "censor"}:
        stop, _ = course.infusions.first_after(rows.entry, never)
    hours = np.where(np.isnan(grid.scores), np.nan, grid.hours)
    hours, scores = in_order_of_time(hours, grid.scores)
    judged = (hours > rows.entry + SLACK) & (hours <= stop + SLACK) & rows.entered
    met = judged & _qualifies(scores, grid, rule, among)
    least, most = rule.gap_days or (0.0, np.inf)
    gap = (least * HOURS_PER_DAY, most * HOURS_PER_DAY)
    runs = find_runs(hours, met, judged & ~met, rows.entry, rule.consecutive or 1, gap)

    _let_relapse(rows, runs, rule)
    counted = course.events.among(rule.events)
    _let_happen(rows, *counted.first_after(rows.entry, stop))
    if redose == "event":
        _let_happen(rows, stop, np.full(rows.n, FURTHER, dtype=object))
    late_event = np.isfinite(counted.first_after(stop, never)[0])
    seen_later = (hours >= stop - SLACK).any(axis=0) | late_event
    _let_censor(rows, runs, np.asarray(~judged.any(axis=0)), stop, seen_later)


def _qualifies(scores: Floats, grid: Grid, rule: Relapse, among: Among) -> Bools:
    if rule.at_least is not None:
        return holds(scores, rule.at_least, "at_least")
    if rule.above is not None:
        return holds(scores, rule.above, "above")
    assert rule.improvement_below is not None
    (share,) = _shares(rule, among)
    floor, higher_is_worse = scale_shape(grid.scale, share)
    below = rule.improvement_below
    return improvement_holds(
        scores, grid.baseline, below, "below", floor=floor, higher_is_worse=higher_is_worse
    )


def _let_relapse(rows: Rows, runs: Runs, rule: Relapse) -> None:
    """Let those relapse whose scores say so, on the day that the rule names."""
    rows.last_free = runs.last_free.copy()
    date = {
        "first": runs.first,
        "confirming": runs.confirming,
        "midpoint": (runs.last_free + runs.first) / 2,
    }[rule.dated or "first"]
    rows.happen(runs.confirmed, date, runs.first, "relapse")
    if rule.unconfirmed == "event":
        last = runs.waiting_from
        rows.happen(runs.waiting, last, last, "relapse, not confirmed")


def _let_happen(rows: Rows, when: Floats, what: NDArray[np.object_]) -> None:
    """Let what happened at a known time be the event, where nothing came before or with it."""
    sooner = ~rows.is_event | (when < rows.end - SLACK)
    now = rows.entered & np.isfinite(when) & sooner
    rows.happen(now, when, when, what)
    rows.last_free[now] = when[now]


def _let_censor(rows: Rows, runs: Runs, unseen: Bools, stop: Floats, seen_later: Bools) -> None:
    """Censor the others: at a further infusion while still followed, else when last free."""
    left = rows.entered & ~rows.is_event
    rows.end[left] = rows.last_free[left]
    rows.reason[left] = "end of observation"
    rows.reason[left & unseen] = "no score after entry"
    rows.reason[left & runs.waiting] = UNCONFIRMED
    infused = left & ~runs.waiting & np.isfinite(stop) & seen_later
    rows.end[infused], rows.censor_code[infused] = stop[infused], 2
    rows.reason[infused] = FURTHER


def uncounted_events(course: Course, rows: Rows, rule: Relapse) -> dict[str, int]:
    """Return the subjects under observation with each kind of event that the rule passes over."""
    events = course.events
    start, end = rows.entry[events.subject], rows.end[events.subject]
    within = (events.hour > start + SLACK) & (events.hour <= end + SLACK)
    within &= ~np.isin(events.kind, rule.events) & rows.entered[events.subject]
    kinds = sorted({str(kind) for kind in events.kind[within]})
    return {kind: len(np.unique(events.subject[within & (events.kind == kind)])) for kind in kinds}
