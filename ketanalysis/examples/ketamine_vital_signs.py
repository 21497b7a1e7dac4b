"""Vital signs of the simulated ketamine trial, and the infusions that they stop early.

Blood pressure rises while ketamine runs in and falls back with a half-life; midazolam hardly
moves it. A systolic pressure that is too high at the reading of 20 minutes stops the infusion
there. All of it is drawn from a random stream of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

from ketanalysis.examples.ketamine_design import Flags, Floats, Integers

MINUTES = 40
POINTS = {
    "15 min before": -15.0,
    "10 min": 10.0,
    "20 min": 20.0,
    "40 min": 40.0,
    "60 min": 60.0,
    "90 min": 90.0,
    "120 min": 120.0,
}
PLANNED = np.array(list(POINTS.values()))
WINDOW = np.array([5.0, 1, 1, 1, 3, 5, 5])  # minutes by which a reading may be early or late
AT_20 = 2

# One row a sign: SYSBP, DIABP, HR, SPO2.
SIGNS = ("SYSBP", "DIABP", "HR", "SPO2")
SYSBP, DIABP, SPO2 = 0, 1, 3
UNITS = ("mmHg", "mmHg", "beats/min", "%")
BEFORE = np.array([124.0, 78.0, 72.0, 97.8])
BETWEEN_SD = np.array([11.0, 7.5, 9.0, 0.6])  # of the level, between subjects
DAY_SD = np.array([6.0, 4.0, 4.0, 0.4])  # and from one infusion of a subject to the next
READING_SD = np.array([4.0, 3.0, 3.0, 0.6])
# The change when a whole infusion has run in, by arm (midazolam, ketamine).
RISE = np.array([[-4.0, -2.5, 1.0, -1.2], [18.0, 11.0, 6.0, -0.8]])
RISE_SD = np.array([7.0, 4.0, 4.0, 0.4])  # between subjects
RISE_DAY_SD = np.array([5.0, 3.0, 3.0, 0.3])  # between infusions of a subject
HALF_LIFE = 30.0  # minutes, after the end of the infusion
TOO_HIGH = 160.0  # SYSBP at 20 minutes that stops the infusion
REASON = "blood pressure"
MISSED = 0.02  # of single readings
NONE_BEFORE = 0.015  # of infusions begun without any reading


@dataclass(frozen=True)
class Drawn:
    """What was drawn for m infusions: level and rise (m, 4), noise of the readings (m, 7, 4)."""

    level: Floats
    rise: Floats
    noise: Floats

    def values(self, at: Floats, length: Floats) -> Floats:
        """Return whole readings at minutes ``at`` (m, 7) of infusions so long (m,)."""
        moved = effect(at, length)[:, :, None] * self.rise[:, None, :]
        whole: Floats = np.rint(self.level[:, None, :] + moved + self.noise)
        whole[:, :, SPO2] = np.minimum(whole[:, :, SPO2], 100)
        whole[:, :, DIABP] = np.minimum(whole[:, :, DIABP], whole[:, :, SYSBP] - 10)
        return whole


def draw_vital_signs(
    rng: Generator, arm: Integers, infusions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the infusions, some stopped at 20 minutes, and the vital signs.

    `arm` is the arm of each subject, shape (n,), in the order of the subjects of `infusions`.
    """
    who = infusions["USUBJID"].rle_id().to_numpy().astype(np.int64)
    length = infusions["EXDUR"].to_numpy()
    at = PLANNED + WINDOW * rng.uniform(-1, 1, (len(who), len(PLANNED)))
    drawn = _draw(rng, arm, who)
    too_high = drawn.values(at, length)[:, AT_20, SYSBP] >= TOO_HIGH
    is_stopped = too_high & (length > np.ceil(at[:, AT_20]))
    stopped = np.where(is_stopped, np.ceil(at[:, AT_20]), length)
    taken = _taken(rng, is_stopped)
    readings = _rows(infusions, at, drawn.values(at, stopped), taken)
    return _stopped_early(infusions, is_stopped, stopped), readings


def effect(at: Floats, length: Floats, half_life: float = HALF_LIFE) -> Floats:
    """Return the part of a whole infusion's effect at minutes ``at`` (m, points): 1 at its end.

    It grows in proportion to what has run in, and falls by half in `half_life` after the end.
    """
    run_in = np.clip(at, 0, length[:, None]) / MINUTES
    since_end = np.clip(at - length[:, None], 0, None)
    part: Floats = run_in * 2 ** (-since_end / half_life)
    return part


def _draw(rng: Generator, arm: Integers, who: Integers) -> Drawn:
    n, m = len(arm), len(who)
    level = BEFORE + BETWEEN_SD * rng.normal(size=(n, 4))
    rise = RISE[arm] + RISE_SD * rng.normal(size=(n, 4))
    return Drawn(
        level[who] + DAY_SD * rng.normal(size=(m, 4)),
        rise[who] + RISE_DAY_SD * rng.normal(size=(m, 4)),
        READING_SD * rng.normal(size=(m, len(PLANNED), 4)),
    )


def _taken(rng: Generator, is_stopped: Flags) -> Flags:
    """Return which readings were taken, shape (m, 7, 4); the one that stops an infusion was."""
    taken: Flags = rng.random((len(is_stopped), len(PLANNED), 4)) >= MISSED
    taken[rng.random(len(is_stopped)) < NONE_BEFORE, 0] = False
    taken[is_stopped, AT_20] = True
    return taken


def _stopped_early(infusions: pl.DataFrame, is_stopped: Flags, length: Floats) -> pl.DataFrame:
    stops = pl.lit(pl.Series(is_stopped))
    minutes = pl.lit(pl.Series(length))
    share = minutes / pl.col("EXDUR")
    return infusions.with_columns(
        EXDOSE=pl.when(stops).then((pl.col("EXDOSE") * share).round(4)).otherwise("EXDOSE"),
        EXDUR=minutes,
        EXADJ=pl.when(stops).then(pl.lit(REASON)).otherwise("EXADJ"),
    )


def _rows(infusions: pl.DataFrame, at: Floats, values: Floats, taken: Flags) -> pl.DataFrame:
    row, point, sign = np.nonzero(taken)
    start = infusions["AFRLT"].to_numpy()
    return pl.DataFrame(
        {
            "USUBJID": infusions["USUBJID"].gather(row),
            "PARAMCD": pl.Series(SIGNS).gather(sign),
            "EXSEQ": infusions["EXSEQ"].gather(row),
            "AFRLT": (start[row] + at[row, point] / 60).round(4),
            "ATPT": pl.Series(list(POINTS)).gather(point),
            "ATPTN": PLANNED[point],
            "AVAL": values[row, point, sign],
            "AVALU": pl.Series(UNITS).gather(sign),
        }
    )
