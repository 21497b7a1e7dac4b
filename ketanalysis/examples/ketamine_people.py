"""History, disposition and concomitant treatments of the simulated ketamine trial.

Drawn from streams of their own, so that scores, infusions and events do not depend on them.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from ketanalysis.examples.ketamine_design import INFUSION_DAYS, VISITS, Courses, Floats
from ketanalysis.examples.ketamine_infusions import END_OF_STUDY

# The current episode in months: the logarithm is normal, so that a few episodes are very long.
EPISODE_MEDIAN, EPISODE_SPREAD, EPISODE_MISSING = 14.0, 0.9, 0.06
FAILED = ((2, 3, 4, 5, 6), (0.42, 0.28, 0.16, 0.09, 0.05))
HOSPITAL_BEFORE = 0.34

# Why subjects left, and how much more often for want of effect when the last MADRS was high.
REASONS = ("WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP", "ADVERSE EVENT", "LACK OF EFFICACY")
REASON_ODDS = np.array([0.30, 0.25, 0.15, 0.30])
STILL_ILL, ILL_FACTOR = 25, 3.0

# Class, treatment, share of subjects who take it all along, and of those who begin in the trial.
TREATMENTS = (
    ("ANTIDEPRESSANTS", "SERTRALINE", 0.30, 0.01),
    ("ANTIDEPRESSANTS", "VENLAFAXINE", 0.28, 0.02),
    ("ANTIDEPRESSANTS", "BUPROPION", 0.14, 0.03),
    ("ANXIOLYTICS", "LORAZEPAM", 0.16, 0.06),
    ("HYPNOTICS AND SEDATIVES", "ZOPICLONE", 0.12, 0.04),
    ("ANTIPSYCHOTICS", "QUETIAPINE", 0.10, 0.03),
    ("ANTIEMETICS", "ONDANSETRON", 0.00, 0.10),
    ("ANALGESICS", "PARACETAMOL", 0.08, 0.15),
)
STOPPED_BEFORE = 0.08  # of those who take none of it: who gave it up in the year before


def draw_history(rng: Generator, n: int) -> pl.DataFrame:
    """Return what n subjects bring along: the episode, failed treatments, hospital stays."""
    months = EPISODE_MEDIAN * np.exp(EPISODE_SPREAD * rng.normal(size=n))
    months = np.where(rng.random(n) < EPISODE_MISSING, np.nan, np.maximum(np.rint(months), 1))
    return pl.DataFrame(
        {
            "EPIDUR": pl.Series(months).fill_nan(None),
            "NFAILAD": rng.choice(FAILED[0], n, p=FAILED[1]).astype(np.int64),
            "HOSPFL": np.where(rng.random(n) < HOSPITAL_BEFORE, "Y", "N"),
        }
    )


def draw_disposition(
    rng: Generator, courses: Courses, infusions: pl.DataFrame, ids: NDArray[np.str_]
) -> pl.DataFrame:
    """Return who left treatment and study and why: those who leave in `courses`, no others.

    Treatment is complete with the last infusion; who left before has left both for one reason.
    """
    n = len(ids)
    last_seen = courses.madrs[np.arange(n), courses.left - 1]
    odds = np.tile(REASON_ODDS, (n, 1))
    odds[last_seen >= STILL_ILL, REASONS.index("LACK OF EFFICACY")] *= ILL_FACTOR
    ends = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    reason = np.array(REASONS)[(rng.random(n)[:, None] > ends[:, :-1]).sum(axis=1)]
    has_left = courses.left < len(VISITS)
    given = infusions.group_by("USUBJID").agg(pl.len().alias("given"))
    counted = pl.DataFrame({"USUBJID": ids}).join(given, on="USUBJID", maintain_order="left")
    is_short = counted["given"].to_numpy() < len(INFUSION_DAYS)
    return pl.DataFrame(
        {
            "RANDFL": ["Y"] * n,
            "EOTSTT": np.where(is_short, "DISCONTINUED", "COMPLETED"),
            "DCTREAS": _where(is_short, reason),
            "EOSSTT": np.where(has_left, "DISCONTINUED", "COMPLETED"),
            "DCSREAS": _where(has_left, reason),
        }
    )


def _where(is_there: NDArray[np.bool_], texts: NDArray[np.str_]) -> pl.Series:
    pairs = zip(is_there.tolist(), texts.tolist(), strict=True)
    return pl.Series([text if there else None for there, text in pairs], dtype=pl.String)


def draw_treatments(rng: Generator, ids: NDArray[np.str_], courses: Courses) -> pl.DataFrame:
    """Return what the subjects took beside: all along, given up before, or begun in the trial."""
    n = len(ids)
    stay = np.minimum(courses.left_hour, END_OF_STUDY)
    parts = []
    for group, name, always, begins in TREATMENTS:
        draw = rng.random(n)
        start = -24.0 * rng.uniform(30, 400, n)
        stopped = start * rng.uniform(0.05, 0.6, n)
        begun = rng.uniform(24, 1900, n)
        short = begun + rng.uniform(24, 240, n)
        is_always = draw < always
        is_stopped = ~is_always & (draw > 1 - STOPPED_BEFORE * (always > 0))
        is_begun = ~is_always & ~is_stopped & (draw < always + begins) & (begun < stay)
        ongoing = np.full(n, np.nan)
        parts += [
            _treatment(ids, group, name, start, ongoing, is_always),
            _treatment(ids, group, name, start, stopped, is_stopped),
            _treatment(ids, group, name, begun, np.minimum(short, stay), is_begun),
        ]
    return pl.concat(parts).sort("USUBJID", "AFRLT", maintain_order=True)


def _treatment(
    ids: NDArray[np.str_],
    group: str,
    name: str,
    start: Floats,
    end: Floats,
    takes: NDArray[np.bool_],
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "USUBJID": ids[takes],
            "CMDECOD": pl.Series([name] * int(takes.sum()), dtype=pl.String),
            "CMCLAS": pl.Series([group] * int(takes.sum()), dtype=pl.String),
            "AFRLT": start[takes].round(2),
            "AFRLTEND": pl.Series(end[takes].round(2)).fill_nan(None),
        }
    )
