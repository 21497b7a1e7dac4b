"""The data of tests/oracle/interval_censored.R, and small frames made by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import strategies as st

from ketanalysis.interval_censored.interval_survival import estimate_interval_survival
from ketanalysis.interval_censored.results import IntervalSurvivalResult
from ketanalysis.survival.risk_sets import Floats
from tests.shared import ORACLE

NAMES = ("cosmesis", "planned", "mixed")


@cache
def oracle(name: str) -> pl.DataFrame:
    return pl.read_csv(ORACLE / f"{name}.csv", infer_schema_length=None)


def data_of(name: str) -> pl.DataFrame:
    """One data set: low, high (infinite where not seen), group, site, age."""
    rows = oracle("interval_data").filter(pl.col("data") == name)
    return rows.with_columns(pl.col("low", "high").cast(pl.Float64))


def ends_of(rows: pl.DataFrame) -> tuple[Floats, Floats]:
    return rows["low"].to_numpy(), rows["high"].to_numpy()


def adtte(name: str = "cosmesis", arms: tuple[str, ...] = ("RT", "RCT", "X")) -> pl.DataFrame:
    """A data set as rows of ADTTE, its groups as arms in order."""
    rows = data_of(name)
    groups = rows["group"].unique().sort()
    named = pl.Series([arms[g] for g in rows["group"]], dtype=pl.Enum(arms[: len(groups)]))
    return pl.DataFrame(
        {
            "USUBJID": [f"{i:03d}" for i in range(rows.height)],
            "TRT01P": named,
            "SITEID": rows["site"].cast(pl.String),
            "AGE": rows["age"],
            "AVALLO": rows["low"],
            "AVALHI": pl.Series(rows["high"]).replace(np.inf, None),
        }
    )


def interval_survival(arms: tuple[str, ...], n: int = 12) -> IntervalSurvivalResult:
    """Return n subjects an arm, seen weekly: every fourth is never seen with the event."""
    rows = [
        {
            "USUBJID": f"{arm}-{i}",
            "ARM": arm,
            "AVALLO": 7.0 * (i % 5),
            "AVALHI": None if i % 4 == 3 else 7.0 * (i % 5 + 1 + (i + a) % 2),
        }
        for a, arm in enumerate(arms)
        for i in range(n)
    ]
    return estimate_interval_survival(
        pl.DataFrame(rows), by="ARM", groups=arms, known_at="baseline", resamples=99, seed=1
    )


@st.composite
def intervals(draw: st.DrawFn, most: int = 12) -> tuple[Floats, Floats]:
    """Few subjects on a grid of days: exact, left-, right- and interval-censored, with ties."""
    n = draw(st.integers(1, most))
    low = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), dtype=float)
    width = np.array(draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)), dtype=float)
    seen = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return low, np.where(seen, low + width, np.inf)


def message(of: Callable[[], Any], error: type[Exception]) -> str:
    with pytest.raises(error) as caught:
        of()
    return str(caught.value)
