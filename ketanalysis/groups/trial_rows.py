"""A trial as the frame that a comparison takes: a row a subject, or a row a subject and visit."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.trial import Trial

BASE = "BASE"


def baseline_column(scale: str) -> str:
    """Return the name under which the baseline of a scale stands in `subject_rows`."""
    return f"{BASE} of {scale}"


def subject_rows(trial: Trial, scales: Sequence[str], visit: str | None) -> pl.DataFrame:
    """Return one row a subject of ADSL: its columns, each scale at the visit, its baseline.

    A subject without a score at the visit is there, with null.
    """
    if visit is None:
        raise ArgumentError(
            f"visit must be named for a Trial: one of {listed(map(repr, trial.visits), 20)}."
        )
    if visit not in trial.visits:
        raise ArgumentError(
            f"visit must be one of {listed(map(repr, trial.visits), 20)}; not {visit!r}."
            f"{near_miss(visit, trial.visits)}"
        )
    rows = trial.adsl
    for scale in scales:
        scores = trial.scores(scale)
        at_visit = scores.filter(pl.col("AVISIT").cast(pl.String) == visit)
        rows = _joined(rows, at_visit, scale)
        if "ABLFL" in scores.columns:
            rows = _joined(rows, scores.filter(pl.col("ABLFL") == "Y"), baseline_column(scale))
    return rows


def visit_rows(trial: Trial, scales: Sequence[str]) -> pl.DataFrame:
    """Return one row a subject and visit at which any of the scales was scored, with ADSL.

    A subject of ADSL without any score has one row, with neither visit nor score.
    """
    keys = ["USUBJID", "AVISIT"]
    scored = trial.adqs.filter(pl.col("PARAMCD").cast(pl.String).is_in(list(scales)))
    rows = scored.filter(pl.col("AVAL").is_not_null()).select(keys).unique(maintain_order=True)
    for scale in scales:
        own = trial.scores(scale).select(*keys, pl.col("AVAL").alias(scale))
        rows = rows.join(own, on=keys, how="left", maintain_order="left")
    return trial.adsl.join(rows, on="USUBJID", how="left", maintain_order="left")


def _joined(rows: pl.DataFrame, scores: pl.DataFrame, name: str) -> pl.DataFrame:
    own = scores.select("USUBJID", pl.col("AVAL").alias(name))
    return rows.join(own, on="USUBJID", how="left", maintain_order="left")
