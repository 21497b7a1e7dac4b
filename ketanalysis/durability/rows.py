"""From scores, infusions and events to relapse: when and how each subject leaves the curve.

Everything is an array over subjects. `ketanalysis.durability.relapse` checks the plan and shows
the result; who enters is decided in `ketanalysis.durability.entry`, the origin in
`ketanalysis.durability.origin`, and runs are found by `ketanalysis.durability.runs`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.definitions import Among, RelapseRule
from ketanalysis.durability.adtte import HOURS_PER_DAY, Rows
from ketanalysis.durability.assessments import Assessments, assessments_of, other_grids
from ketanalysis.durability.criteria import Judge
from ketanalysis.durability.entry import enter, needs_baseline, share_rule
from ketanalysis.durability.happenings import FURTHER, Course
from ketanalysis.durability.origin import check_not_late, origin_hours
from ketanalysis.durability.runs import SLACK, Bools, Floats, Runs, find_runs
from ketanalysis.errors import ContractError, listed
from ketanalysis.grid import Grid
from ketanalysis.relapse import Relapse, Route

UNCONFIRMED = "last assessment qualified, not confirmed"
BLOCK = 1 << 14  # subjects whose scores are judged at a time
COMPETING = 2  # the code of a further infusion in event_code, and in CNSR
DECIDING = ("event", "censor", "competing")  # what `redose` can say, where infusions matter


@dataclass(frozen=True)
class Watch:
    """What is looked at from one hour to another, and by which rule.

    Attributes
    ----------
    given
        The assessments.
    judge
        How a criterion is judged.
    rule
        The rule of relapse.
    course
        Infusions and events.
    start, stop
        Shape (n,): assessments count that are later than `start` and not later than `stop`.
    who
        Shape (n,): the subjects who are looked at.
    """

    given: Assessments
    judge: Judge
    rule: RelapseRule
    course: Course
    start: Floats
    stop: Floats
    who: Bools

    def part(self, of: slice) -> Watch:
        """Return what is looked at in some of the subjects; the course is that of all."""
        judge = self.judge.part(of)
        start, stop, who = self.start[of], self.stop[of], self.who[of]
        return replace(self, given=judge.given, judge=judge, start=start, stop=stop, who=who)


@dataclass(frozen=True)
class Seen:
    """What was seen: by scores, and by events that count; arrays of shape (n,), hours.

    Attributes
    ----------
    relapse, last_free, first_met
        The earliest relapse by a confirmed run on the day that the rule names (infinite for
        none), the last assessment free of it, and the first that qualified.
    unconfirmed, unconfirmed_free
        The first of the last assessments that qualify without confirmation, where the rule
        counts them (infinite for none), and the last free one before.
    waiting
        Whether the last assessments qualify without confirmation.
    free_until
        The last assessment that is judged and does not qualify by any part of the rule.
    judged
        Whether anything was judged.
    event, kind
        The first event that counts (infinite for none), and its place in the kinds of events.
    """

    relapse: Floats
    last_free: Floats
    first_met: Floats
    unconfirmed: Floats
    unconfirmed_free: Floats
    waiting: Bools
    free_until: Floats
    judged: Bools
    event: Floats
    kind: NDArray[np.int64]


def relapse_rows(
    data: Any,
    grid: Grid,
    course: Course,
    rule: RelapseRule,
    among: Among,
    origin: str | float,
    redose: str | None,
) -> Rows:
    """Return who enters, and when and how each leaves, by the rule."""
    rows, hour, score = enter(grid, course, rule, among)
    rows.entry = hour
    rows.origin = origin_hours(data, grid, rows, course, among, origin)
    _check_known(course, grid, rows.entered, rule, origin, redose)
    check_not_late(rows, among, origin)
    others = other_grids(data, grid, rule)
    given = assessments_of(grid, others, rule, hour, score, rows.entered)
    _keep_out_unjudged(rows, given, rule, grid.scale)
    start = np.fmax(hour, rows.origin)
    judge = Judge(given, grid.scale, share_rule(among), start)
    _keep_out_before_origin(
        rows, Watch(given, judge, rule, course, hour, start, rows.entered), redose
    )
    rows.entry = np.where(rows.entered, start, np.nan)
    met = _any([judge.at_entry(route.criterion) for route in rule.routes])
    rows.met_at_entry = int((met & rows.entered).sum())
    _follow(rows, given, judge, rule, course, redose)
    return rows


def _check_known(
    course: Course,
    grid: Grid,
    entered: Bools,
    rule: RelapseRule,
    origin: str | float,
    redose: str | None,
) -> None:
    """Refuse infusions and events that decide, and have no time."""
    infusions = origin == "last infusion" or redose in DECIDING
    for decides, table, happened in (
        (infusions, "ADEX", course.infusions),
        (bool(rule.counted), "ADICE", course.events.among(rule.counted)),
    ):
        lacking = np.isnan(happened.hour) & entered[happened.subject]
        if decides and lacking.any():
            who = grid.subjects["USUBJID"][np.unique(happened.subject[lacking])].sort()
            raise ContractError(
                f"{table}.AFRLT must be known for the subjects who enter; rows without it: "
                f"{int(lacking.sum())}.\n  Subjects {listed(who, 3)}.\n"
                "  Fill it in, or remove what did not take place."
            )


def _keep_out_unjudged(rows: Rows, given: Assessments, rule: RelapseRule, scale: str) -> None:
    """Keep out who lacks what a criterion on another scale is measured from."""
    for leaf in rule.leaves:
        if leaf.scale in (None, scale):
            continue
        if needs_baseline(leaf):
            rows.keep_out(np.isnan(given.baseline[leaf.scale]), f"no baseline of {leaf.scale}")
        if leaf.rise_from in ("entry", "best") or leaf.lost_at_least is not None:
            rows.keep_out(
                np.isnan(given.at_entry[leaf.scale]), f"no score of {leaf.scale} until entry"
            )


def _keep_out_before_origin(rows: Rows, watch: Watch, redose: str | None) -> None:
    """Keep out who relapsed or left between entry and a later origin (a landmark)."""
    late = rows.entered & (watch.stop > watch.start + SLACK)
    if not late.any():
        return
    seen = _look(watch)
    known = np.fmin(seen.event, np.where(np.isfinite(seen.relapse), seen.first_met, np.inf))
    rows.keep_out(late & np.isfinite(known), "relapse before the origin")
    infused, _ = watch.course.infusions.first_after(watch.start, watch.stop)
    if redose in DECIDING:
        rows.keep_out(late & np.isfinite(infused), "further infusion before the origin")
    last = np.fmax(
        np.fmax.reduce(watch.given.hours, axis=0, initial=-np.inf),
        watch.course.events.last_of_all(rows.n),
    )
    rows.keep_out(late & (last < watch.stop - SLACK), "not seen at or after the origin")


def _follow(
    rows: Rows,
    given: Assessments,
    judge: Judge,
    rule: RelapseRule,
    course: Course,
    redose: str | None,
) -> None:
    """Let whatever comes first end each subject's time: scores, events, infusions."""
    never = np.full(rows.n, np.inf)
    limit = never
    if rule.limit_days is not None:
        limit = rows.origin + rule.limit_days * HOURS_PER_DAY
    stop = never
    if redose in DECIDING:
        stop, _ = course.infusions.first_after(rows.entry, limit)
    until = np.minimum(stop, limit)
    seen = _look(Watch(given, judge, rule, course, rows.entry, until, rows.entered))

    _let_relapse(rows, seen, course.events.kinds)
    if redose == "event":
        _let_happen(rows, stop, FURTHER)
    competing = rows.entered & np.isfinite(stop) & (redose == "competing")
    competing &= ~rows.is_event | (stop < rows.end - SLACK)
    rows.is_event &= ~competing
    _let_censor(rows, seen, stop, _seen_later(given, course, rule, stop, never), competing)
    if redose == "competing":
        rows.event_code = np.where(rows.is_event, 1, np.where(competing, COMPETING, 0))


def _look(watch: Watch) -> Seen:
    """Judge the assessments of a time by every route of the rule, and find the events.

    Scores are judged block by block: no subject hangs on another, and the arrays of a block stay
    in the cache of the processor.
    """
    begins = range(0, max(len(watch.start), 1), BLOCK)
    parts = [_scores_say(watch.part(slice(begin, begin + BLOCK))) for begin in begins]
    event, kind = watch.course.events.among(watch.rule.counted).first_after(watch.start, watch.stop)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Seen(**joined, event=event, kind=kind)


def _scores_say(watch: Watch) -> dict[str, Any]:
    """Return what the scores alone say: `Seen` but for the events."""
    given, n = watch.given, len(watch.start)
    inside = given.within(watch.start, watch.stop, SLACK) & watch.who
    relapse, unconfirmed = np.full(n, np.inf), np.full(n, np.inf)
    last_free, first_met, before = (np.full(n, np.nan) for _ in range(3))
    waiting = np.zeros(n, dtype=bool)
    mets: list[Bools] = []
    frees: list[Bools] = []
    for route in watch.rule.routes:
        judged = watch.judge.judge(route.criterion)
        met, free = judged.met & inside, judged.free & inside
        mets.append(met)
        frees.append(free)
        runs = _runs(given, met, free, watch.start, route.run)
        date = _date(runs, route)
        sooner = runs.confirmed & (date < relapse)
        np.copyto(relapse, date, where=sooner)
        np.copyto(last_free, runs.last_free, where=sooner)
        np.copyto(first_met, runs.first, where=sooner)
        waiting |= runs.waiting
        if route.run.unconfirmed == "event":
            sooner = runs.waiting & (runs.waiting_from < unconfirmed)
            np.copyto(unconfirmed, runs.waiting_from, where=sooner)
            np.copyto(before, runs.last_free, where=sooner)
    any_met, any_free = _any(mets), _any(frees)
    return {
        "relapse": relapse,
        "last_free": last_free,
        "first_met": first_met,
        "unconfirmed": unconfirmed,
        "unconfirmed_free": before,
        "waiting": waiting,
        "free_until": _last_where(given.hours, any_free & ~any_met, watch.start),
        "judged": np.asarray(any_met.any(axis=0) | any_free.any(axis=0)),
    }


def _any(flags: list[Bools]) -> Bools:
    """Whether any of the arrays holds, in their shape."""
    return flags[0] if len(flags) == 1 else np.logical_or.reduce(flags)


def _runs(given: Assessments, met: Bools, free: Bools, start: Floats, run: Relapse) -> Runs:
    least, most = run.gap_days or (0.0, np.inf)
    return find_runs(
        given.hours,
        met,
        free,
        start,
        run.consecutive or 1,
        (least * HOURS_PER_DAY, most * HOURS_PER_DAY),
        excursions=run.excursions,
        missed=run.missed,
        missing_before=given.missing_before,
    )


def _date(runs: Runs, route: Route) -> Floats:
    return {
        "first": runs.first,
        "confirming": runs.confirming,
        "midpoint": (runs.last_free + runs.first) / 2,
    }[route.run.dated or "first"]


def _last_where(hours: Floats, flags: Bools, start: Floats) -> Floats:
    """Return the hour of the last assessment that is flagged, (n,), or the start without one."""
    last = start.copy()
    for own, flag in zip(hours, flags, strict=True):
        np.copyto(last, own, where=flag)
    return last


def _let_relapse(rows: Rows, seen: Seen, kinds: tuple[str, ...]) -> None:
    """Let those relapse whose scores or events say so, on the day that comes first."""
    rows.last_free = np.where(rows.entered, seen.free_until, np.nan)
    for date, free, met, reason in (
        (seen.relapse, seen.last_free, seen.first_met, "relapse"),
        (seen.unconfirmed, seen.unconfirmed_free, seen.unconfirmed, "relapse, not confirmed"),
    ):
        now = rows.entered & np.isfinite(date) & (~rows.is_event | (date < rows.end))
        rows.happen(now, date, met, reason)
        np.copyto(rows.last_free, free, where=now)
    for place, kind in enumerate(kinds):
        own = np.where(seen.kind == place, seen.event, np.inf)
        _let_happen(rows, own, kind)


def _let_happen(rows: Rows, when: Floats, what: str) -> None:
    """Let what happened at a known time be the event, where nothing came before or with it."""
    sooner = ~rows.is_event | (when < rows.end - SLACK)
    now = rows.entered & np.isfinite(when) & sooner
    rows.happen(now, when, when, what)
    np.copyto(rows.last_free, when, where=now)


def _seen_later(
    given: Assessments, course: Course, rule: RelapseRule, stop: Floats, never: Floats
) -> Bools:
    """Whether a subject was seen at or after a further infusion, so that follow-up went on."""
    if not np.isfinite(stop).any():
        return np.zeros(len(stop), dtype=bool)
    late_event = np.isfinite(course.events.among(rule.counted).first_after(stop, never)[0])
    later = np.fmax.reduce(given.hours, axis=0, initial=-np.inf) >= stop - SLACK
    return np.asarray(later | late_event)


def _let_censor(rows: Rows, seen: Seen, stop: Floats, seen_later: Bools, competing: Bools) -> None:
    """Censor the others: at a further infusion while still followed, else when last free."""
    left = rows.entered & ~rows.is_event
    np.copyto(rows.end, rows.last_free, where=left & ~competing)
    rows.say(left, "end of observation")
    rows.say(left & ~seen.judged, "no score after entry")
    rows.say(left & seen.waiting, UNCONFIRMED)
    infused = left & ~seen.waiting & np.isfinite(stop) & seen_later
    infused |= competing
    np.copyto(rows.last_free, seen.free_until, where=competing)
    np.copyto(rows.end, stop, where=infused)
    rows.censor_code[infused] = COMPETING
    rows.say(infused, FURTHER)


def uncounted_events(course: Course, rows: Rows, rule: RelapseRule) -> dict[str, int]:
    """Return the subjects under observation with each kind of event that the rule passes over."""
    events = course.events.among(tuple(k for k in course.events.kinds if k not in rule.counted))
    start, end = rows.entry[events.subject], rows.end[events.subject]
    within = (events.hour > start + SLACK) & (events.hour <= end + SLACK)
    within &= rows.entered[events.subject]
    counts = {
        kind: len(np.unique(events.subject[within & (events.code == place)]))
        for place, kind in enumerate(events.kinds)
    }
    return {kind: count for kind, count in counts.items() if count}
