"""The data sets of tests/oracle/logistic.R, as model matrices."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.regression.design import Design, design_of
from tests.shared import ORACLE

SETS = {"small": ["base"], "three": ["base", "sex", "site"], "strong": ["base", "sex"]}
ARMS = ("placebo", "ketamine", "esketamine")


class Sample(NamedTuple):
    """One data set: outcome, arm as a number, covariates, and the whole model matrix."""

    y: NDArray[np.float64]
    group: NDArray[np.int64]
    n_groups: int
    covariates: Design
    x: NDArray[np.float64]


@cache
def sample(name: str) -> Sample:
    rows = pl.read_csv(ORACLE / "logistic_data.csv").filter(pl.col("set") == name)
    group = np.array([ARMS.index(arm) for arm in rows["arm"]])
    n_groups = int(group.max()) + 1
    covariates = design_of(rows.select(SETS[name]))
    dummies = (group[:, None] == np.arange(1, n_groups)).astype(float)
    x = np.hstack((np.ones((len(group), 1)), dummies, covariates.columns))
    return Sample(rows["y"].to_numpy().astype(float), group, n_groups, covariates, x)
