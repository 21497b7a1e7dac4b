"""Who enters a curve of relapse, and when: the rule of `Among`, judged by observed scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketanalysis.definitions import Among, Relapse, RelapseRule, Response
from ketanalysis.durability.adtte import AT_FLOOR, Rows, at_floor, check_times
from ketanalysis.durability.criteria import is_worse
from ketanalysis.durability.happenings import Course
from ketanalysis.durability.infusions import scores_after
from ketanalysis.durability.runs import Bools, Floats
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.rates.criteria import met_by
from ketanalysis.rates.windows import held_until
from ketanalysis.sustained import Sustained


class Entered(NamedTuple):
    """Who enters (in `rows`), at which hour and with which score, both of shape (n,)."""

    rows: Rows
    hour: Floats
    score: Floats


def enter(grid: Grid, course: Course, rule: RelapseRule, among: Among) -> Entered:
    """Return who enters, with the reason of everybody who does not."""
    rows = Rows(grid.n)
    inner = among.rule.rule if isinstance(among.rule, Sustained) else among.rule
    own = [leaf for leaf in rule.leaves if leaf.scale in (None, grid.scale)]
    if isinstance(inner, Response) or any(map(needs_baseline, own)):
        rows.keep_out(np.isnan(grid.baseline), "no baseline")
    if among.infusion is not None:
        hour, score = _after_infusion(rows, grid, course, among)
    elif among.first_met:
        hour, score = _at_first(rows, grid, among)
    else:
        hour, score = _at_visit(rows, grid, among)
    if isinstance(inner, Response) or any(map(is_share_of_baseline, own)):
        rows.keep_out(at_floor(grid, share_rule(among)), AT_FLOOR)
    if isinstance(among.rule, Sustained):
        _keep_out_unsustained(rows, grid, among.rule, among.visit)
    else:
        met = met_by(grid, among.rule, score)
        rows.keep_out(~met, f"no {among.rule.name} at {among.when}")
    check_times(grid, rows.entered, "Time to relapse")
    if any(leaf.lost_at_least is not None for leaf in own):
        gained = (
            grid.baseline - score
            if is_worse(grid.scale, share_rule(among))
            else score - grid.baseline
        )
        rows.keep_out(np.asarray(~(gained > 0)), "no improvement at entry")
    return Entered(rows, np.where(rows.entered, hour, np.nan), score)


def needs_baseline(rule: Relapse) -> bool:
    """Whether a criterion cannot be judged without a baseline."""
    name, _ = rule.criterion
    return name in ("improvement_below", "lost_at_least", "return_to") or (
        rule.rise_from == "baseline"
    )


def is_share_of_baseline(rule: Relapse) -> bool:
    """Whether a criterion is a share of the baseline, which must then be above the floor."""
    return rule.improvement_below is not None or rule.return_to is not None


def share_rule(among: Among) -> Response:
    """Return the response by which shares of the baseline are measured, at entry and later."""
    inner = among.rule.rule if isinstance(among.rule, Sustained) else among.rule
    return inner if isinstance(inner, Response) else Response(at_least=0.5)


def _at_visit(rows: Rows, grid: Grid, among: Among) -> tuple[Floats, Floats]:
    visit = grid.visit_index(among.visit, "among visit")
    score, hour = grid.scores[visit], grid.hours[visit]
    if not isinstance(among.rule, Sustained):
        rows.keep_out(np.isnan(score), f"no score at {among.visit}")
        return hour, score
    *_, run = held_until(grid, among.rule, visit)
    if run[-1] > visit:
        raise ArgumentError(
            f"The visits of the sustained rule must not be later than {among.visit!r}, at which "
            f"subjects enter; {grid.visits[run[-1]]!r} is."
        )
    last_score, last_hour = np.full(grid.n, np.nan), np.full(grid.n, np.nan)
    for row in run:  # a visit without a score may be excused: the last one with a score is entry
        scored = ~np.isnan(grid.scores[row])
        np.copyto(last_score, grid.scores[row], where=scored)
        np.copyto(last_hour, grid.hours[row], where=scored)
    return last_hour, last_score


def _keep_out_unsustained(rows: Rows, grid: Grid, rule: Sustained, visit: str) -> None:
    met, enough, _ = held_until(grid, rule, grid.visit_index(visit, "among visit"))
    rows.keep_out(~enough, f"too many visits without a score until {visit}")
    rows.keep_out(~met, f"no {rule.label} at {visit}")


def _after_infusion(rows: Rows, grid: Grid, course: Course, among: Among) -> tuple[Floats, Floats]:
    number, within = among.infusion, among.within
    assert number is not None
    assert within is not None
    scores, hours, received = scores_after(grid, course.infusions, within, str(among.take))
    rows.keep_out(np.asarray(received < number), f"fewer than {number} infusions")
    if number > len(scores):
        none = np.full(grid.n, np.nan)
        return none, none
    rows.keep_out(np.isnan(scores[number - 1]), f"no score after infusion {number}")
    return hours[number - 1], scores[number - 1]


def _at_first(rows: Rows, grid: Grid, among: Among) -> tuple[Floats, Floats]:
    """Return hour and score of the first assessment after the first infusion that meets the rule.

    Where there is none, that of the last assessment, which then does not meet it.
    """
    assert not isinstance(among.rule, Sustained)
    check_times(grid, rows.entered, "Time to relapse")
    scored = ~np.isnan(grid.scores) & (grid.hours > 0)
    rows.keep_out(np.asarray(~scored.any(axis=0)), "no score after the first infusion")
    met = met_by(grid, among.rule, grid.scores) & scored
    return first_meeting(grid, met)


def first_meeting(grid: Grid, met: Bools) -> tuple[Floats, Floats]:
    """Return hour and score of the first assessment in `met`, shape (n_visits, n); NaN for none."""
    hour, score = np.full(grid.n, np.inf), np.full(grid.n, np.nan)
    for own, value, is_met in zip(grid.hours, grid.scores, met, strict=True):
        sooner = is_met & (own < hour)
        np.copyto(hour, own, where=sooner)
        np.copyto(score, value, where=sooner)
    return np.where(np.isfinite(hour), hour, np.nan), score
