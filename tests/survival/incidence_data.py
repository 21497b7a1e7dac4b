"""Competing causes for the tests: R's data sets and answers, and random subjects."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import strategies as st

from tests.shared import ORACLE

DATA = pl.read_csv(ORACLE / "cumulative_incidence_data.csv", infer_schema_length=None)
CURVES = pl.read_csv(ORACLE / "cumulative_incidence.csv", infer_schema_length=None)
TESTS = pl.read_csv(ORACLE / "gray_test.csv", infer_schema_length=None)
GROUPS = CURVES.select("dataset", "group").unique(maintain_order=True).rows()

# A subject: time, cause (0 is censored), group.
subjects = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40
)


def data_of(dataset: str) -> pl.DataFrame:
    """The subjects of a data set: time, cause, group, stratum, entry."""
    return DATA.filter(pl.col("dataset") == dataset)


def arrays(people: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, causes and groups of random subjects."""
    time, cause, group = (np.asarray(part) for part in zip(*people, strict=True))
    return time.astype(float), cause, group


def column(frame: pl.DataFrame, name: str) -> np.ndarray:
    """A column as floats, NaN where R has NA."""
    return frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
