"""The rules of relapse as a slow loop over one subject, from their text and not from the code.

Days throughout. Every combination of assessments is tried, nothing is vectorised, nothing shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from ketanalysis.definitions import CombinedRelapse, Relapse, RelapseRule
from tests.durability.relapse_data import Subject

INF = float("inf")
ALIKE = ("consecutive", "gap_days", "excursions", "missed", "within_days", "dated", "unconfirmed")


class Found(NamedTuple):
    """What the rows say of a subject; days since the origin. CNSR and so on are None for out."""

    aval: float | None
    cnsr: int | None
    reason: str
    low: float | None
    high: float | None
    entry: float | None = None


def slow_row(
    subject: Subject,
    rule: RelapseRule,
    *,
    entry: float,
    origin: float,
    redose: str,
    visits: Sequence[float] = (),
) -> Found:
    """Return the row of a subject who met the entry rule at `entry`; `visits` are the trial's."""
    further = sorted(day for day in subject.infusions if day > entry)
    scales = {leaf.scale or "MADRS" for leaf in leaves_of(rule)}
    days = sorted({day for scale in scales for day in scored(subject, scale)})
    if origin > entry:
        before = watch(subject, rule, entry, origin, entry, visits)
        if before["events"] or before["relapses"]:
            return Found(None, None, "relapse before the origin", None, None)
        if redose != "ignore" and further and further[0] <= origin:
            return Found(None, None, "further infusion before the origin", None, None)
        all_events = [day for day, _ in subject.events]
        if max([*days, *all_events], default=-INF) < origin:
            return Found(None, None, "not seen at or after the origin", None, None)
    start = max(entry, origin)
    limits = [leaf.within_days for leaf in leaves_of(rule) if leaf.within_days is not None]
    limit = origin + limits[0] if limits else INF
    further = [day for day in further if start < day <= limit]
    stop = further[0] if further and redose != "ignore" else INF
    seen = watch(subject, rule, start, min(stop, limit), entry, visits)
    found = [*seen["relapses"], *seen["unconfirmed"], *seen["events"]]
    if redose == "event" and stop < INF:
        found.append((stop, 3, "further infusion", stop, stop))
    if found:
        date, _, what, low, high = min(found)
        return Found(date - origin, 0, what, low - origin, high - origin, start - origin)

    free = seen["free_until"]
    counted = [day for day, what in subject.events if what in events_of(rule)]
    is_later = max([*days, *counted], default=-INF) >= stop
    if redose == "competing" and stop < INF:
        end, code, why = stop, 2, "further infusion"
    elif seen["waits"]:
        end, code, why = free, 1, "last assessment qualified, not confirmed"
    elif stop < INF and is_later:
        end, code, why = stop, 2, "further infusion"
    else:
        end, code = free, 1
        why = "end of observation" if seen["judged"] else "no score after entry"
    return Found(end - origin, code, why, free - origin, None, start - origin)


def watch(
    subject: Subject,
    rule: RelapseRule,
    start: float,
    stop: float,
    entry: float,
    visits: Sequence[float],
) -> dict[str, Any]:
    """Return what is seen after `start` until `stop`: dates with (rank of ties, what, from, to)."""
    scales = {leaf.scale or "MADRS" for leaf in leaves_of(rule)}
    scored_on = sorted({day for scale in scales for day in scored(subject, scale)})
    days = [day for day in scored_on if start < day <= stop]
    missing = [day for day in visits if day not in scored_on]
    relapses, unconfirmed, waits = [], [], False
    met_by_any: dict[float, bool] = {}
    for criterion, run in ways_of(rule):
        said = {day: judge(criterion, subject, day, entry, start) for day in days}
        bad = [day for day in days if said[day] is True]
        good = [day for day in days if said[day] is False]
        for day in (*bad, *good):
            met_by_any[day] = met_by_any.get(day, False) or day in bad
        first = first_run(bad, good, missing, run)
        if first:
            low = max([start, *(day for day in good if day < first[0])])
            date = {"first": first[0], "confirming": first[-1], "midpoint": (low + first[0]) / 2}
            relapses.append((date[str(run.dated)], 0, "relapse", low, first[0]))
            continue
        last_good = max([start, *good])
        tail = [day for day in bad if day > last_good]
        waits = waits or bool(tail)
        if tail and run.unconfirmed == "event":
            unconfirmed.append((tail[0], 1, "relapse, not confirmed", last_good, tail[0]))
    events = [
        (day, 2, what, day, day)
        for day, what in subject.events
        if what in events_of(rule) and start < day <= stop
    ]
    return {
        "relapses": relapses,
        "unconfirmed": unconfirmed,
        "events": events,
        "waits": waits,
        "judged": bool(met_by_any),
        "free_until": max([start, *(day for day, is_met in met_by_any.items() if not is_met)]),
    }


def first_run(
    bad: list[float], good: list[float], missing: list[float], run: Relapse
) -> tuple[float, ...] | None:
    """Try every combination of assessments; the earliest completed, then the earliest begun."""
    least, most = run.gap_days or (0, INF)
    runs = []
    for days in combinations(bad, run.consecutive or 1):
        gaps = [later - sooner for sooner, later in pairwise(days)]
        failed = [day for day in good if days[0] < day < days[-1]]
        missed = [day for day in missing if days[0] < day < days[-1]]
        is_run = all(least <= gap <= most for gap in gaps) and len(failed) <= run.excursions
        if is_run and (run.missed is None or len(missed) <= run.missed):
            runs.append(days)
    return min(runs, key=lambda days: (days[-1], days[0])) if runs else None


def judge(
    rule: RelapseRule, subject: Subject, day: float, entry: float, start: float
) -> bool | None:
    """Return whether the criterion is met on a day; None where a missing score leaves it open."""
    if isinstance(rule, CombinedRelapse):
        both = [judge(part, subject, day, entry, start) for part in (rule.left, rule.right)]
        decides = rule.how == "|"
        if decides in both:
            return decides
        return None if None in both else not decides
    assert isinstance(rule, Relapse)
    own = scored(subject, rule.scale or "MADRS")
    score = own.get(day)
    if score is None:
        return None
    baseline, at_entry = subject.baseline, last_until(own, entry)
    if rule.at_least is not None:
        return score >= rule.at_least
    if rule.above is not None:
        return score > rule.above
    if rule.rise_at_least is not None:
        later = [value for when, value in own.items() if start < when <= day]
        origin = {"baseline": baseline, "entry": at_entry, "best": min([at_entry, *later])}
        return score - origin[str(rule.rise_from)] >= rule.rise_at_least
    assert baseline is not None
    if rule.improvement_below is not None:
        return baseline - score < rule.improvement_below * baseline
    if rule.return_to is not None:
        return score >= rule.return_to * baseline - 1e-9
    assert rule.lost_at_least is not None
    return score - at_entry >= rule.lost_at_least * (baseline - at_entry) - 1e-9


def scored(subject: Subject, scale: str) -> dict[float, float]:
    """Return the scores of a scale by day."""
    if scale == "CGII":
        return dict(subject.impression)
    return {day: score for day, score in subject.scores if score is not None}


def last_until(scores: dict[float, float], day: float) -> float:
    return scores[max(when for when in scores if when <= day)]


def leaves_of(rule: RelapseRule) -> list[Relapse]:
    if isinstance(rule, CombinedRelapse):
        return [*leaves_of(rule.left), *leaves_of(rule.right)]
    assert isinstance(rule, Relapse)
    return [rule]


def events_of(rule: RelapseRule) -> set[str]:
    return {event for leaf in leaves_of(rule) for event in leaf.events}


def ways_of(rule: RelapseRule) -> list[tuple[RelapseRule, Relapse]]:
    """Return the ways into relapse: what must be met at an assessment, and whose run it is."""
    if isinstance(rule, Relapse):
        return [(rule, rule)] if rule.consecutive else []
    assert isinstance(rule, CombinedRelapse)
    left, right = ways_of(rule.left), ways_of(rule.right)
    if left and right and rule.how == "|":
        return left + right
    if left and right:
        return [(rule, left[0][1])]
    alone = rule.right if left else rule.left
    return [(CombinedRelapse(rule.how, way, alone), run) for way, run in left or right]
