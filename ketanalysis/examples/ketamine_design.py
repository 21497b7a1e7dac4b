"""The design of the simulated ketamine trial: its visits, and every rate that was put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

SEED = 20260101
PER_ARM = 48
LABEL = "Simulated ketamine trial"
ARMS = ("midazolam", "ketamine")

# Planned hours since the start of the first infusion.
VISITS = {
    "Baseline": -1.0,
    "40 min": 0.67,
    "4 h": 4.0,
    "24 h": 24.0,
    "Day 7": 168.0,
    "Day 14": 336.0,
    "Day 21": 504.0,
    "Day 28": 672.0,
    "Day 42": 1008.0,
    "Day 56": 1344.0,
    "Day 70": 1680.0,
    "Day 84": 2016.0,
}
FOUR_HOURS, ONE_DAY, DAY_7, DAY_14 = 2, 3, 4, 5
INFUSION_DAYS = np.array([0, 2, 4, 7, 9, 11])
# Largest distance of a visit from its plan, in hours; follow-up visits stay 5 to 15 days apart.
WINDOW = np.array([0, 0, 0.2, 2, 1, *[11] * 7], dtype=np.float64)

# MADRS at baseline: the whole numbers 26 to 42, weighted as a normal curve around 33. Up to 42,
# half of the baseline is below 22, so that "22 or more" and "response lost" are one event here.
BASELINE_SCORES = np.arange(26, 43)
BASELINE_WEIGHTS = np.exp(-0.5 * ((BASELINE_SCORES - 33) / 4.0) ** 2)
BASELINE_WEIGHTS /= BASELINE_WEIGHTS.sum()

# Response on day 14 (MADRS at least 50 % below baseline), by arm; then the improvement as a
# share of baseline: start, width and shape of a beta distribution, for each kind of subject.
RESPONSE = np.array([0.25, 0.55])
RESPONDER_SHARE = (0.5, 0.48, 1.5, 2.5)
NON_RESPONDER_SHARE = (0.5, -0.65, 2.0, 3.0)

# Before day 14: part of the later improvement that is there, and what the arm adds for the day.
EARLY_PART = np.array([0.30, 0.55, 0.75, 0.85])
EARLY_GAIN = np.array([[0.03, 0.03, 0.02, 0.00], [0.03, 0.08, 0.10, 0.03]])
EARLY_SD = 0.10

# Responders relapse after day 14 by a Weibull law; days are counted from day 14.
RELAPSE_SHAPE = 1.2
RELAPSE_MEDIAN = 42.5  # ketamine; day 14 is 3 days after the last infusion
RELAPSE_HAZARD_RATIO = np.array([1.5, 1.0])  # against ketamine
RELAPSE_SCORE = 22

# Anxiety of the first infusion (ASC_ANX): a normal score cut off at 0 and 100.
ANXIETY_MEAN = np.array([-10.0, 12.0])
ANXIETY_SD = 22.0
ANXIETY_NON_RESPONDER = np.array([0.0, 11.38])  # in non-responders, before the cut: d = 0.5

# Leaving before a visit: log odds at a last seen MADRS of 20, and per point above it.
LEAVING = {DAY_7: -2.90, DAY_14: -2.40, **dict.fromkeys(range(DAY_14 + 1, len(VISITS)), -3.20)}
LEAVING_PER_POINT = 0.06


@dataclass(frozen=True)
class Courses:
    """What happens to n subjects at the 12 visits; nobody has missed one yet.

    Attributes
    ----------
    arm, baseline, responder, relapse_hour, anxiety
        Shape (n,): number of the arm; MADRS at baseline; whether a responder on day 14; hour
        of relapse (infinite where none is to come); ASC_ANX of the first infusion.
    hours, madrs, hama
        Shape (n, 12): when each visit takes place, and the scores.
    left, left_hour
        Shape (n,): the first visit not attended (12 where all were), and the hour of leaving.
    """

    arm: Integers
    baseline: Floats
    responder: Flags
    relapse_hour: Floats
    anxiety: Floats
    hours: Floats
    madrs: Floats
    hama: Floats
    left: Integers
    left_hour: Floats

    @property
    def attended(self) -> Flags:
        """Whether each subject came to each visit, shape (n, 12)."""
        return np.arange(len(VISITS)) < self.left[:, None]
