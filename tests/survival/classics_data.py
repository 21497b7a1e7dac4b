"""Classics of survival analysis: data sets that come with R, and what R says of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from tests.shared import ORACLE

DATA = pl.read_csv(ORACLE / "survival_classics_data.csv", infer_schema_length=None)
FOUND = pl.read_csv(
    ORACLE / "survival_classics.csv",
    infer_schema_length=None,
    schema_overrides={"name": pl.String, "value": pl.Float64},
    null_values=["NA"],
)


@cache
def classic(dataset: str) -> pl.DataFrame:
    """The rows with a group: id, start, time, status, group, stratum, x1, x2."""
    rows = DATA.filter(pl.col("dataset") == dataset, pl.col("group").is_not_null())
    return rows.with_columns(pl.col("group", "stratum").cast(pl.String))


def is_late(dataset: str) -> bool:
    return bool((classic(dataset)["start"] > 0).any())


def sets_with(record: str) -> list[str]:
    """The data sets of which R says this, in order."""
    return FOUND.filter(record=record)["dataset"].unique(maintain_order=True).to_list()


def numbers(dataset: str, record: str, group: int | None = None) -> dict[str, float]:
    """What R found, by name; what R calls NA is NaN."""
    rows = FOUND.filter(pl.col("dataset") == dataset, pl.col("record") == record)
    if group is not None:
        rows = rows.filter(pl.col("group") == group)
    return dict(rows.select("name", pl.col("value").fill_null(np.nan)).rows())
