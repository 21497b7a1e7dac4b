"""The data of tests/oracle/cox.csv, and the model that R fitted to them."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from ketanalysis.survival.cox import fit_cox
from ketanalysis.survival.cox_result import CoxResult
from tests.shared import ORACLE

TABLE = pl.read_csv(ORACLE / "cox.csv", infer_schema_length=None)
MODELS = TABLE.select("dataset", "model").unique(maintain_order=True).rows()


@cache
def data_of(dataset: str) -> pl.DataFrame:
    rows = pl.read_csv(ORACLE / "cox_data.csv", infer_schema_length=None).filter(
        pl.col("dataset") == dataset
    )
    return rows.with_columns(pl.col("arm").cast(pl.String), USUBJID=pl.col("id").cast(pl.String))


def fitted(dataset: str, model: str, **options: Any) -> CoxResult:
    """Fit the model of R: arms, age and base, perhaps stratified by site."""
    ties, kind = model.split()
    rows = data_of(dataset)
    is_late = bool((rows["start"] > 0).any())
    return fit_cox(
        rows if is_late else rows.drop("start"),
        "arm + age + base",
        time="time",
        event="status",
        start="start" if is_late else None,
        strata="site" if kind == "strata" else None,
        ties=ties,
        known_at="baseline",
        **options,
    )


def values(dataset: str, model: str, record: str) -> dict[str, float]:
    """What R found, by name."""
    found = TABLE.filter(
        pl.col("dataset") == dataset, pl.col("model") == model, pl.col("record") == record
    )
    assert found.height > 0, (dataset, model, record)
    return dict(found.select("name", "value").rows())
