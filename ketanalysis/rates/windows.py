"""Outcomes over several visits: at any of them, at a subject's end, sustained over a run of them.

Each is counted once a subject, in the form of `ketanalysis.rates.handling.Counted` with one row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.rates.criteria import Rule, met_by, obstacles
from ketanalysis.rates.handling import Counted, Reasons
from ketanalysis.sustained import Sustained

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def rows_of(grid: Grid, visits: Sequence[str], argument: str) -> list[int]:
    """Return the rows of named visits, in the order of the visits."""
    return sorted({grid.visit_index(visit, argument) for visit in visits})


def ever(grid: Grid, rule: Rule | Sustained, rows: Sequence[int], handling: str) -> Counted:
    """Count who meets the rule at any of the visits `rows`; of a sustained rule, in any run.

    Under "observed" and "locf" those are counted who have a score at one of them at least (of
    a sustained rule: who have enough scores in one run at least).
    """
    if isinstance(rule, Sustained):
        runs = _runs(grid, rule, rows)
        held = [_held(grid, rule, run, handling) for run in runs]
        met = np.asarray(np.stack([one[0] for one in held]).any(axis=0))
        enough = np.asarray(np.stack([one[1] for one in held]).any(axis=0))
        return _of_run(grid, rule.rule, met, enough, handling)

    scores = _scores(grid, handling)[list(rows)]
    scored = ~np.isnan(scores)
    met = np.asarray((met_by(grid, rule, scores) & scored).any(axis=0))
    n_scored = scored.sum(axis=0)
    reasons = (
        ("included", "scored at every named visit", n_scored == len(rows)),
        ("included", "scored at some of the named visits", _some(n_scored, len(rows))),
        ("excluded", "scored at none of the named visits", n_scored == 0),
    )
    return _counted(grid, rule, met, n_scored > 0, reasons, handling)


def at_end(
    grid: Grid, rule: Rule | Sustained, rows: Sequence[int], end: str, handling: str
) -> Counted:
    """Count who meets the rule at the end: the last of the visits `rows`, or the last scored.

    `end` is "last scheduled" or "last observed"; a sustained rule is judged in the run that
    ends there.
    """
    if end == "last scheduled":
        return _at_last(grid, rule, rows, handling)
    if isinstance(rule, Sustained):
        return _run_to_last_scored(grid, rule, rows, handling)

    scored = ~np.isnan(grid.scores[list(rows)])
    place = _last_true(scored)
    own = np.take_along_axis(grid.scores[list(rows)], np.maximum(place, 0)[None], axis=0)[0]
    met = met_by(grid, rule, own) & (place >= 0)
    last = tuple(
        ("included", f"last scored at {grid.visits[row]}", place == i) for i, row in enumerate(rows)
    )
    never = ("excluded", "scored at none of the named visits", place < 0)
    return _counted(grid, rule, met, place >= 0, (*last, never), handling)


def sustained(grid: Grid, rule: Sustained, rows: Sequence[int], handling: str) -> Counted:
    """Count who meets a sustained rule in the run that ends at the last of the visits `rows`."""
    met, enough = _held(grid, rule, _runs(grid, rule, rows)[-1], handling)
    return _of_run(grid, rule.rule, met, enough, handling)


def held_until(grid: Grid, rule: Sustained, visit: int) -> tuple[Bools, Bools, list[int]]:
    """Return who meets a sustained rule in the run that ends at a visit, by observed scores.

    Also who misses no visit too many, both (n,), and the visits of the run.
    """
    run = _runs(grid, rule, range(visit + 1))[-1]
    held, enough = _held(grid, rule, run, "observed")
    return held, enough, run


def run_rows(grid: Grid, rule: Sustained, rows: Sequence[int]) -> list[int]:
    """Return the visits that a sustained rule looks at: those it names, or the last ones."""
    return _runs(grid, rule, rows)[-1]


def _at_last(grid: Grid, rule: Rule | Sustained, rows: Sequence[int], handling: str) -> Counted:
    if isinstance(rule, Sustained):
        return sustained(grid, rule, rows, handling)
    scores = _scores(grid, handling)[rows[-1]]
    scored = ~np.isnan(scores)
    own = ~np.isnan(grid.scores[rows[-1]])
    reasons = (
        ("included", "scored at the visit", own),
        ("included", "last earlier score carried forward", scored & ~own),
        ("excluded", "no score after baseline" if handling == "locf" else NO_SCORE, ~scored),
    )
    return _counted(grid, rule, met_by(grid, rule, scores) & scored, scored, reasons, handling)


NO_SCORE = "no score at the visit"


def _run_to_last_scored(grid: Grid, rule: Sustained, rows: Sequence[int], handling: str) -> Counted:
    if rule.named:
        raise ArgumentError(
            'end="last observed" cannot go with a rule that names its visits: they are the same '
            'for everybody. Write of=NUMBER in the rule, or end="last scheduled".'
        )
    place = _last_true(~np.isnan(grid.scores[list(rows)]))
    met = np.zeros(grid.n, dtype=bool)
    enough = met.copy()
    for run in _runs(grid, rule, rows):
        theirs = place == list(rows).index(run[-1])
        held, seen = _held(grid, rule, run, handling)
        met |= held & theirs
        enough |= seen & theirs
    return _of_run(grid, rule.rule, met, enough, handling)


def _runs(grid: Grid, rule: Sustained, rows: Sequence[int]) -> list[list[int]]:
    """Return every run of neighbouring visits that is as long as the rule asks."""
    if rule.named:
        return [rows_of(grid, rule.named, "of")]
    if rule.length > len(rows):
        raise ArgumentError(
            f"The rule asks for {rule.length} visits, but visits= names {len(rows)}: name at "
            f"least {rule.length}."
        )
    ends = range(rule.length, len(rows) + 1)
    return [list(rows[end - rule.length : end]) for end in ends]


def _held(grid: Grid, rule: Sustained, run: Sequence[int], handling: str) -> tuple[Bools, Bools]:
    """Return who meets a sustained rule in a run of visits, and who misses no visit too many.

    Both have shape (n,). A visit is an excursion where it was scored and the rule was not met.
    """
    for visit in rule.only_at:
        grid.visit_index(visit, "only_at")
    scores = _scores(grid, handling)[list(run)]
    scored = ~np.isnan(scores)
    met = met_by(grid, rule.rule, scores) & scored
    strayed, unseen = scored & ~met, ~scored
    is_excused = np.array([not rule.only_at or grid.visits[row] in rule.only_at for row in run])

    forbidden = strayed & ~is_excused[:, None]
    if rule.still is not None:
        forbidden |= strayed & ~met_by(grid, rule.still, scores)
    enough = unseen.sum(axis=0) <= (rule.missed or 0)
    enough &= ~(unseen & ~is_excused[:, None]).any(axis=0)
    held = met.sum(axis=0) >= rule.visits
    held &= strayed.sum(axis=0) <= (rule.excursions or 0)
    return held & enough & ~forbidden.any(axis=0), enough


def _of_run(
    grid: Grid, rule: Response | Remission, met: Bools, enough: Bools, handling: str
) -> Counted:
    reasons = (
        ("included", "no more visits without a score than the rule allows", enough),
        ("excluded", "more visits without a score than the rule allows", ~enough),
    )
    return _counted(grid, rule, met, enough, reasons, handling)


def _counted(
    grid: Grid, rule: Rule, met: Bools, usable: Bools, reasons: Reasons, handling: str
) -> Counted:
    """Return one row a subject; under "nri" who cannot be counted is counted as failure."""
    can_judge = np.ones(grid.n, dtype=bool)
    for _, who in obstacles(grid, rule):
        can_judge &= ~who

    judged = [(status, why, who & can_judge) for status, why, who in reasons]
    judged += [("excluded", why, who) for why, who in obstacles(grid, rule)]
    counted = usable & can_judge
    if handling == "nri":
        counted = np.ones(grid.n, dtype=bool)
        judged = [
            (status, why, who)
            if status == "included"
            else ("included", f"{why}: counted as failure", who)
            for status, why, who in judged
        ]
    shown = tuple((status, why, who[None]) for status, why, who in judged)
    return Counted((met & can_judge)[None], counted[None], shown)


def _scores(grid: Grid, handling: str) -> Floats:
    return grid.carried_forward() if handling == "locf" else grid.scores


def _some(n_scored: NDArray[np.int64], n_visits: int) -> Bools:
    return np.asarray((n_scored > 0) & (n_scored < n_visits))


def _last_true(flags: Bools) -> NDArray[np.int64]:
    """Return the last row that is true in each column, shape (n,), or -1."""
    place = len(flags) - 1 - np.argmax(flags[::-1], axis=0)
    return np.where(flags.any(axis=0), place, -1)
