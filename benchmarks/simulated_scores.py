"""Scores of a simulated trial in CDISC columns: one row a subject and visit, some missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

VISITS = ("Baseline", "4 h", "24 h", "Day 3", "Day 7", "Day 14", "Day 21", "Day 28")
ARMS = ("placebo", "ketamine 0.2 mg/kg", "ketamine 0.5 mg/kg")
SEED = 20_240_229


def simulated_scores(n: int) -> pl.DataFrame:
    """Return MADRS scores of n subjects, in order of subject and visit.

    One row in ten is absent, one score in fifty empty, one baseline in two hundred absent.
    USUBJID is text; the other text columns are categories, as in all contenders' data.
    """
    random = np.random.default_rng(SEED)
    arm = random.integers(0, len(ARMS), n)
    baseline = random.integers(20, 46, n)
    share = np.array([0, 0.2, 0.3, 0.4, 0.45, 0.5, 0.5, 0.5]) + 0.1 * np.outer(arm, [0] + [1] * 7)
    noise = random.normal(0, 7, (n, len(VISITS)))
    score = np.clip(np.round(baseline[:, None] * (1 - share) + noise), 0, 60)
    score[:, 0] = baseline
    score[:, 1:][random.random((n, len(VISITS) - 1)) < 0.02] = np.nan
    is_there = random.random(score.shape) >= 0.1
    is_there[:, 0] = random.random(n) >= 0.005

    subject, visit = np.nonzero(is_there)
    ids = pl.Series([f"KET-{i // 1000:04d}-{i % 1000:03d}" for i in range(n)], dtype=pl.String)
    return pl.DataFrame(
        {
            "USUBJID": ids.gather(subject),
            "TRT01P": pl.Series(ARMS, dtype=pl.Enum(ARMS)).gather(arm[subject]),
            "PARAMCD": pl.Series(["MADRS"], dtype=pl.Enum(["MADRS"])).gather(0 * visit),
            "AVISIT": pl.Series(VISITS, dtype=pl.Enum(VISITS)).gather(visit),
            "AVAL": pl.Series(score[subject, visit]).fill_nan(None),
            "ABLFL": pl.Series(["Y", None], dtype=pl.Enum(["Y"])).gather((visit > 0).astype(int)),
        }
    )


def write_scores(folder: Path, n: int) -> None:
    """Write sorted and shuffled rows, as Parquet for Python and CSV for R."""
    scores = simulated_scores(n)
    shuffled = scores.sample(fraction=1, shuffle=True, seed=SEED)
    for name, frame in (("sorted", scores), ("shuffled", shuffled)):
        frame.write_parquet(folder / f"{name}.parquet")
        frame.write_csv(folder / f"{name}.csv")
