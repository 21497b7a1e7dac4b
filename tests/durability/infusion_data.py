"""The trials of tests/oracle/infusions.R, and what R made of them."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.definitions import Remission, Response
from ketanalysis.trial import Trial
from tests.shared import ORACLE

RULES: dict[str, Any] = {"half": Response(at_least=0.5), "ten": Remission(at_most=10)}
PLANS: dict[str, dict[str, Any]] = {
    "day_after": {"within": (20, 30), "take": "first"},
    "week": {"within": (0, 168), "take": "last"},
    "early": {"within": (0, 72), "take": "first"},
}
TRIALS = ("ties", "gaps", "unbalanced")
ARMS = ["placebo", "ketamine"]
HALF = RULES["half"]


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def trial_of(name: str) -> Trial:
    """One of the trials of tests/oracle/infusions.R, its rows shuffled."""
    scores = pl.DataFrame([row for row in oracle("infusions_scores") if row["trial"] == name])
    given = pl.DataFrame([row for row in oracle("infusions_given") if row["trial"] == name])
    return ka.as_trial(
        scores.sample(fraction=1, shuffle=True, seed=1),
        subject="id",
        visit="visit",
        visits=[str(i) for i in range(11)],
        hour="hour",
        scores={"MADRS": "score"},
        baseline_visit="0",
        subjects=scores.select("id", "arm").unique(),
        arm="arm",
        arms=ARMS,
        infusions=given.select(
            USUBJID="id", EXSEQ=pl.col("seq").cast(pl.Int64), AFRLT=pl.col("hour").cast(pl.Float64)
        ).sample(fraction=1, shuffle=True, seed=2),
    )


def number(text: str) -> float | None:
    return float(text) if text else None


def close(ours: float | None, theirs: str) -> bool:
    """Products of ratios in another order: a relative 1e-9 is far above their rounding."""
    expected = number(theirs)
    if expected is None or ours is None:
        return expected is None and (ours is None or not np.isfinite(ours))
    return ours == pytest.approx(expected, rel=1e-9)


@cache
def ketamine() -> Trial:
    return ka.load_example("ketamine")
