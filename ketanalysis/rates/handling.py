"""Missing scores in a rate: observed, last carried forward, counted as failure.

The three differ in their denominators: those scored at the visit; those with any score after
baseline; the whole population. Each is counted here, with a reason for every subject.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.grid import Grid, Groups, names_given
from ketanalysis.rates.criteria import Rule, met_by, obstacles

HANDLINGS = {
    "observed": "subjects scored at the visit",
    "locf": "last score after baseline carried forward",
    "nri": "a missing score counts as failure",
}
# Handlings by multiple imputation, what each assumes, and its strategy in `imputation`.
IMPUTED = {
    "mi": "imputed many times, missing at random",
    "j2r": "imputed many times, jump to reference",
    "cr": "imputed many times, copy reference",
    "cir": "imputed many times, copy increments in reference",
    "lmcf": "imputed many times, last mean carried forward",
}
STRATEGY_OF = {"mi": "mar", **{name: name for name in IMPUTED if name != "mi"}}
Reasons = tuple[tuple[str, str, NDArray[np.bool_]], ...]
Obstacles = tuple[tuple[str, NDArray[np.bool_]], ...]


@dataclass(frozen=True, eq=False)
class Counted:
    """Who meets the rule and who is in the denominator, each (n_visits, n), and why.

    ``reasons`` are pairwise disjoint and cover everybody: status, reason, (n_visits, n).
    """

    met: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    reasons: Reasons


def chosen_handlings(
    missing: str | Sequence[str] | None, *, imputed: bool = False
) -> tuple[str, ...]:
    """Return the handlings of missing scores that were written; none written is refused.

    `imputed` says that those by multiple imputation are there too.
    """
    chosen = () if missing is None else names_given("missing", missing, "a handling")
    if not any(chosen):
        words = ", ".join(f'"{name}" ({what})' for name, what in HANDLINGS.items())
        raise ArgumentError(
            f"missing= must say how a missing score is handled: {words}, or several of them."
        )
    for handling in chosen:
        check_one_of("missing", handling, (*HANDLINGS, *(IMPUTED if imputed else ())))
    return tuple(dict.fromkeys(chosen))


def count_met(grid: Grid, rule: Rule, handling: str) -> Counted:
    """Count who meets the rule at each visit, under one handling of missing scores.

    Parameters
    ----------
    grid
        The scores, shape (n_visits, n).
    rule
        The definition.
    handling
        "observed", "locf" or "nri".

    Returns
    -------
    Counted
        Under "nri" everybody is in the denominator; under the others only those who have a
        score (their own, or one carried forward) and in whom the rule can be judged.
    """
    return count_judged(
        grid, lambda scores: met_by(grid, rule, scores), obstacles(grid, rule), handling
    )


def count_judged(
    grid: Grid,
    is_met: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    why_not: Obstacles,
    handling: str,
) -> Counted:
    """Count as `count_met`, by any judgement of scores of shape (n_visits, n).

    ``why_not`` names those in whom it cannot be judged at all, each with who, shape (n,).
    """
    scores = grid.carried_forward() if handling == "locf" else grid.scores
    has_score = ~np.isnan(scores)
    obstructed = [(why, np.broadcast_to(who, scores.shape)) for why, who in why_not]
    can_judge = np.ones(grid.n, dtype=bool)  # the same at every visit
    for _, who in why_not:
        can_judge &= ~who

    usable = has_score & can_judge
    met = is_met(scores) & usable
    seen = usable if scores is grid.scores else ~np.isnan(grid.scores) & can_judge
    scored = ("included", "scored at the visit", seen)
    unscored = can_judge & ~usable
    if handling == "nri":
        failures = [("no score at the visit", unscored), *obstructed]
        counted_so = (("included", f"{why}: counted as failure", who) for why, who in failures)
        return Counted(met, np.broadcast_to(np.True_, usable.shape), (scored, *counted_so))
    left_out = tuple(("excluded", why, who) for why, who in obstructed)
    if handling == "locf":
        carried = ("included", "last earlier score carried forward", usable & ~seen)
        never = ("excluded", "no score after baseline", unscored)
        return Counted(met, usable, (scored, carried, never, *left_out))
    absent = ("excluded", "no score at the visit", unscored)
    return Counted(met, usable, (scored, absent, *left_out))


def count_rows(
    counted: Counted, groups: Groups, visits: dict[str, int], handling: str
) -> list[dict[str, Any]]:
    """Return one row a group and visit: by-columns, AVISIT, missing, count, n.

    ``visits`` maps each visit to its row in the arrays.
    """
    return [
        {
            **key,
            "AVISIT": visit,
            "missing": handling,
            "count": np.count_nonzero(counted.met[row] & mask),
            "n": np.count_nonzero(counted.counted[row] & mask),
        }
        for key, mask in groups
        for visit, row in visits.items()
    ]


def audit_rows(
    counted: Counted, groups: Groups, visits: dict[str, int], handling: str
) -> list[dict[str, Any]]:
    """Return one row a group, visit and reason that applies to somebody: how many subjects."""
    rows = [
        {
            **key,
            "AVISIT": visit,
            "missing": handling,
            "status": status,
            "reason": reason,
            "count": np.count_nonzero(who[row] & mask),
        }
        for key, mask in groups
        for visit, row in visits.items()
        for status, reason, who in counted.reasons
    ]
    return [row for row in rows if row["count"]]


def with_set_aside(audit: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """Add the subjects who are not in the population at all, by reason."""
    aside = [
        {"status": "excluded", "reason": reason, "count": count} for reason, count in grid.set_aside
    ]
    return with_rows(audit, aside)


def with_rows(audit: pl.DataFrame, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Add rows of status, reason and count that belong to no group, visit or handling."""
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    more = pl.DataFrame(list(rows), schema=schema)
    return pl.concat([audit, more], how="diagonal") if more.height else audit
