"""Dissociation during the infusions of the simulated ketamine trial: CADSS before, in and after.

What is felt rises while the drug runs in, is gone two hours later and wanes from one infusion to
the next; whoever has the adverse event "Dissociation" at an infusion is rated higher at it. All of
it is drawn from a random stream of its own.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.random import Generator

from ketanalysis.examples.ketamine_design import (
    INFUSION_DAYS,
    VISITS,
    Courses,
    Flags,
    Floats,
    Integers,
)
from ketanalysis.examples.ketamine_vital_signs import effect

SCALE, HIGHEST = "CADSS", 92
# Minutes since the start of the infusion, and by how many of them a rating may be early or late.
POINTS = {"before": -15.0, "at 40 min": 40.0, "at 2 h": 120.0}
PLANNED = np.array(list(POINTS.values()))
WINDOW = np.array([10.0, 4, 15])

PEAK = np.array([2.0, 12.0])  # median at the end of the first infusion, by arm
WANING = 0.85  # of the peak, from one infusion to the next
BETWEEN_SD, WITHIN_SD = 0.4, 0.3  # of the logarithm of the peak: subjects, infusions of one
WITH_EVENT = 1.5  # times the peak, at an infusion with the adverse event
HALF_LIFE = 20.0  # minutes, after the end of the infusion
AT_REST = 0.3  # mean of what is rated without any drug, a Poisson number
MISSED = 0.02  # of single ratings


def _rating_visits() -> dict[str, float]:
    """Return the visits of the ratings and their planned hours.

    The first infusion starts at hour 0; later ones start within two hours, one on average.
    """
    visits = {}
    for number, day in enumerate(INFUSION_DAYS.tolist(), 1):
        start = 24.0 * day + (number > 1)
        for point, minute in POINTS.items():
            visits[f"Infusion {number} {point}"] = round(start + minute / 60, 4)
    return visits


RATING_VISITS = _rating_visits()
ALL_VISITS = dict(sorted((VISITS | RATING_VISITS).items(), key=lambda visit: visit[1]))


def draw_dissociation(
    rng: Generator, courses: Courses, infusions: pl.DataFrame, adverse_events: pl.DataFrame
) -> pl.DataFrame:
    """Return the ratings around m infusions as rows of scores, none after the subject has left.

    `infusions` are as they were given, all those of a subject together, subjects as in `courses`.
    """
    who = infusions["USUBJID"].rle_id().to_numpy().astype(np.int64)
    peak = _peaks(rng, courses.arm, who, infusions, adverse_events)
    at = PLANNED + WINDOW * rng.uniform(-1, 1, (len(who), len(PLANNED)))
    felt = peak[:, None] * effect(at, infusions["EXDUR"].to_numpy(), HALF_LIFE)
    score = np.rint(felt + rng.poisson(AT_REST, at.shape)).clip(0, HIGHEST)
    hour = (infusions["AFRLT"].to_numpy()[:, None] + at / 60).round(4)
    taken: Flags = rng.random(at.shape) >= MISSED
    return _rows(infusions, score, hour, taken & (hour <= courses.left_hour[who, None]))


def _peaks(
    rng: Generator,
    arm: Integers,
    who: Integers,
    infusions: pl.DataFrame,
    adverse_events: pl.DataFrame,
) -> Floats:
    number = infusions["EXSEQ"].to_numpy()
    reported = adverse_events.filter(AEDECOD="Dissociation").select("USUBJID", "EXSEQ")
    has_event = infusions.select(
        pl.struct("USUBJID", "EXSEQ").is_in(reported.to_struct().implode())
    ).to_series()
    spread = BETWEEN_SD * rng.normal(size=len(arm))[who] + WITHIN_SD * rng.normal(size=len(who))
    raised = np.where(has_event.to_numpy(), WITH_EVENT, 1.0)
    peak: Floats = PEAK[arm[who]] * WANING ** (number - 1) * raised * np.exp(spread)
    return peak


def _rows(infusions: pl.DataFrame, score: Floats, hour: Floats, taken: Flags) -> pl.DataFrame:
    row, point = np.nonzero(taken)
    place = (infusions["EXSEQ"].to_numpy()[row] - 1) * len(POINTS) + point
    return pl.DataFrame(
        {
            "USUBJID": infusions["USUBJID"].gather(row),
            "PARAMCD": [SCALE] * len(row),
            "AVISIT": np.array(list(RATING_VISITS))[place],
            "AFRLT": hour[row, point],
            "AVAL": score[row, point],
        }
    )
