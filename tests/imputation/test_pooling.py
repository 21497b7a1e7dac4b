"""Rubin's rules against mice, and the jackknife by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.imputation.pooling import pool_jackknife
from tests.shared import ORACLE

ROWS = pl.read_csv(
    ORACLE / "pooling.csv", schema_overrides={"df_complete": pl.String, "df": pl.String}
).to_dicts()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['set']}-{row['df_complete']}")
def test_rubin_as_mice(row: dict[str, str]) -> None:
    q, u = ([float(x) for x in row[name].split()] for name in ("q", "u"))
    found = ka.pool_rubin(q, u, float(row["df_complete"]))
    assert found.estimate == pytest.approx(float(row["estimate"]), rel=1e-12)
    assert found.std_error**2 == pytest.approx(float(row["total"]), rel=1e-12)
    assert found.df == pytest.approx(float(row["df"]), rel=1e-10)
    assert found.fraction_missing == pytest.approx(float(row["fmi"]), rel=1e-10)


def test_equal_data_sets_leave_the_complete_analysis() -> None:
    found = ka.pool_rubin([1.5, 1.5, 1.5], [0.2, 0.2, 0.2], 20)
    assert (found.estimate, found.between) == (1.5, 0.0)
    assert found.std_error == pytest.approx(np.sqrt(0.2))
    assert found.df == pytest.approx(21 / 23 * 20)  # Barnard and Rubin's, with nothing missing


def test_the_order_of_the_data_sets_does_not_count() -> None:
    one = ka.pool_rubin([1.0, 2.0, 4.0], [0.3, 0.2, 0.4], 30)
    two = ka.pool_rubin([4.0, 1.0, 2.0], [0.4, 0.3, 0.2], 30)
    assert one.std_error == pytest.approx(two.std_error, rel=1e-14)


def test_the_jackknife_by_hand() -> None:
    """Of a mean the jackknife's standard error is sd / sqrt(n)."""
    values = np.array([3.0, 5.0, 10.0, 4.0])
    without = [(values.sum() - v) / 3 for v in values]
    found = pool_jackknife(values.mean(), without)
    assert found.std_error == pytest.approx(values.std(ddof=1) / 2, rel=1e-12)
    assert np.isinf(found.df)


@pytest.mark.parametrize(
    "q, u, said",
    [
        (
            [1.0],
            [1.0],
            "estimates and variances must be two lists of one length, with at least two numbers, "
            "not of the shapes (1,) and (1,).",
        ),
        (
            [1.0, np.nan],
            [1.0, 1.0],
            "estimates must be finite, and variances finite and not negative.",
        ),
    ],
)
def test_what_cannot_be_pooled(q: list[float], u: list[float], said: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.pool_rubin(q, u)
    assert str(refused.value) == said
