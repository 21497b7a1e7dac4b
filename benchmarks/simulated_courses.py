"""Courses after a response: eight visits, up to six infusions, in CDISC columns; some missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

DAYS = np.array([-0.1, 7, 14, 21, 28, 42, 56, 84])
VISITS = ("Baseline", *(f"Day {day:g}" for day in DAYS[1:]))
INFUSIONS = np.array([0.0, 2, 4, 7, 9, 11])
SEED = 20_240_302


def simulated_courses(n: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return MADRS scores and infusions of n subjects, in order of subject and time.

    One row in ten is absent, visits are up to a day early or late, and one subject in five had
    fewer than six infusions. USUBJID is text, the visits are categories.
    """
    random = np.random.default_rng(SEED)
    baseline = random.integers(22, 46, n)
    share = np.array([0, 0.5, 0.6, 0.55, 0.45, 0.35, 0.3, 0.25]) + random.normal(0, 0.1, (n, 1))
    noise = random.normal(0, 6, (n, len(DAYS)))
    score = np.clip(np.round(baseline[:, None] * (1 - share) + noise), 0, 60)
    score[:, 0] = baseline
    hour = 24 * DAYS + np.round(random.uniform(-24, 24, score.shape) * (DAYS > 0))
    is_there = random.random(score.shape) >= 0.1
    is_there[:, 0] = True
    subject, visit = np.nonzero(is_there)
    ids = pl.Series([f"KET-{i // 1000:04d}-{i % 1000:03d}" for i in range(n)], dtype=pl.String)
    scores = pl.DataFrame(
        {
            "USUBJID": ids.gather(subject),
            "PARAMCD": pl.Series(["MADRS"], dtype=pl.Enum(["MADRS"])).gather(0 * visit),
            "AVISIT": pl.Series(VISITS, dtype=pl.Enum(VISITS)).gather(visit),
            "AFRLT": hour[subject, visit],
            "AVAL": score[subject, visit],
            "ABLFL": pl.Series(["Y", None], dtype=pl.Enum(["Y"])).gather((visit > 0).astype(int)),
        }
    )
    received = np.where(random.random(n) < 0.2, random.integers(1, 6, n), 6)
    infused, number = np.nonzero(np.arange(6) < received[:, None])
    infusions = {
        "USUBJID": ids.gather(infused),
        "EXSEQ": number + 1,
        "AFRLT": 24 * INFUSIONS[number],
    }
    return scores, pl.DataFrame(infusions)


def write_courses(folder: Path, n: int) -> None:
    """Write scores and infusions as Parquet for Python and CSV for R."""
    for name, frame in zip(("scores", "infusions"), simulated_courses(n), strict=True):
        frame.write_parquet(folder / f"{name}.parquet")
        frame.write_csv(folder / f"{name}.csv")
