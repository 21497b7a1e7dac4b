"""A trial of twelve subjects in two arms, one named at will: enough for a report."""

from __future__ import annotations

import polars as pl

import ketanalysis as ka

PLAN = ka.Plan(
    scale="MADRS", visit="d14", missing=("observed",), response=ka.Response(at_least=0.5)
)


def twelve_subjects(arm: str) -> ka.Trial:
    """Return the trial: every other subject has placebo, and responds."""
    frame = pl.DataFrame(
        {
            "id": [f"SUBJECT-{i:02}" for i in range(12)],
            "arm": ["placebo", arm] * 6,
            "madrs_0h": [30 + i for i in range(12)],
            "madrs_d14": [12, 25] * 6,
        }
    )
    return ka.as_trial(
        frame,
        subject="id",
        arm="arm",
        arms=["placebo", arm],
        wide={"MADRS": "madrs_{visit}"},
        visits={"0h": 0, "d14": 336},
        baseline_visit="0h",
    )
