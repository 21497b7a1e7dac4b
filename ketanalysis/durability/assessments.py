"""The scores that a rule of relapse looks at: of its scale and of any other that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import RelapseRule
from ketanalysis.durability.adtte import check_times
from ketanalysis.durability.runs import SLACK, Bools, Floats, Integers, in_order_of_time
from ketanalysis.errors import ArgumentError, listed
from ketanalysis.frames import to_polars
from ketanalysis.grid import Grid, fill_grid
from ketanalysis.population import places_of
from ketanalysis.trial import Trial


@dataclass(frozen=True)
class Assessments:
    """The assessments of n subjects, each subject's in the order of time.

    Attributes
    ----------
    hours
        Shape (n_visits, n): when each was made; NaN where nothing was scored.
    scores
        By scale, shape (n_visits, n).
    baseline, at_entry
        By scale, shape (n,): the baseline, and the last score until entry.
    missing_before
        Shape (n_visits, n): how many visits before each one have no score; None where the rule
        does not ask.
    """

    hours: Floats
    scores: dict[str, Floats]
    baseline: dict[str, Floats]
    at_entry: dict[str, Floats]
    missing_before: Integers | None

    def part(self, of: slice) -> Assessments:
        """Return the assessments of some of the subjects."""
        missing = self.missing_before
        return Assessments(
            hours=self.hours[:, of],
            scores={scale: scores[:, of] for scale, scores in self.scores.items()},
            baseline={scale: scores[of] for scale, scores in self.baseline.items()},
            at_entry={scale: scores[of] for scale, scores in self.at_entry.items()},
            missing_before=None if missing is None else missing[:, of],
        )

    def within(self, start: Floats, stop: Floats, slack: float) -> Bools:
        """Whether each assessment is later than `start` and not later than `stop`, (n,)."""
        return (self.hours > start + slack) & (self.hours <= stop + slack)


def other_grids(data: Any, grid: Grid, rule: RelapseRule) -> dict[str, Grid]:
    """Return the scores of the further scales that a rule names, for the subjects of `grid`."""
    named = {leaf.scale for leaf in rule.leaves if leaf.scale not in (None, grid.scale)}
    return {str(scale): _same_subjects(data, grid, str(scale)) for scale in sorted(map(str, named))}


def _same_subjects(data: Any, grid: Grid, scale: str) -> Grid:
    rows = data.scores(scale) if isinstance(data, Trial) else _of_scale(data, scale)
    place = places_of(rows["USUBJID"], grid.subjects["USUBJID"])
    rows, place = rows.filter(place >= 0), place[place >= 0]
    return fill_grid(rows, place, grid.subjects, scale)


def _of_scale(data: Any, scale: str) -> Any:
    frame = to_polars(data, what="data")
    has_scales = "PARAMCD" in frame.columns
    held = frame["PARAMCD"].cast(pl.String).unique().sort().to_list() if has_scales else []
    if scale not in held:
        raise ArgumentError(
            f"The rule judges {scale}, and the frame has no scores of it"
            + (f"; PARAMCD holds {listed(held)}." if held else ": it has no column PARAMCD.")
        )
    return frame.filter(frame["PARAMCD"].cast(pl.String) == scale)


def assessments_of(
    grid: Grid,
    others: dict[str, Grid],
    rule: RelapseRule,
    entry: Floats,
    at_entry: Floats,
    entered: Bools,
) -> Assessments:
    """Sort the scores of all scales by visit and time.

    `entry` and `at_entry` have shape (n,): the hour of entry and the score of `grid` then. A
    visit has the time of the score of `grid`, and without one that of another scale.
    """
    visits = list(grid.visits)
    for scale, other in others.items():
        check_times(other, entered, f"Time to relapse by {scale}")
        visits += [visit for visit in other.visits if visit not in visits]
    hours = _laid_out(grid, visits, grid.hours)
    scores = {grid.scale: _laid_out(grid, visits, grid.scores)}
    for scale, other in others.items():
        scores[scale] = _laid_out(other, visits, other.scores)
        own = _laid_out(other, visits, other.hours)
        hours = np.where(np.isnan(hours), own, hours)
    counts = (
        [_missing_before(hours)] if any(leaf.missed is not None for leaf in rule.leaves) else []
    )
    names = list(scores)
    hours, *rest = in_order_of_time(hours, *scores.values(), *counts)
    scores = dict(zip(names, rest, strict=False))
    return Assessments(
        hours=hours,
        scores=scores,
        baseline={grid.scale: grid.baseline} | {s: g.baseline for s, g in others.items()},
        at_entry={grid.scale: at_entry} | {s: _last_until(hours, scores[s], entry) for s in others},
        missing_before=rest[-1] if counts else None,
    )


def _missing_before(hours: Floats) -> Integers:
    missing = np.isnan(hours)
    return (np.cumsum(missing, axis=0) - missing).astype(np.int16)


def _laid_out(grid: Grid, visits: list[str], values: Floats) -> Floats:
    """Return values of a grid, shape (n_visits, n), in the rows of all `visits`."""
    if tuple(visits) == grid.visits:
        return values
    out = np.full((len(visits), grid.n), np.nan)
    out[[visits.index(visit) for visit in grid.visits]] = values
    return out


def _last_until(hours: Floats, scores: Floats, entry: Floats) -> NDArray[np.float64]:
    """Return the last score of each subject that was not later than its entry, (n,)."""
    last = np.full(len(entry), np.nan)
    for own, score in zip(hours, scores, strict=True):
        np.copyto(last, score, where=(own <= entry + SLACK) & ~np.isnan(score))
    return last
