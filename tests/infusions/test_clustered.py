"""Means and shares over infusions against R's survey package, and what must hold for any."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.infusions.clustered import clustered_mean, clustered_share
from tests.shared import ORACLE

ROWS = list(csv.DictReader((ORACLE / "clustered.csv").open(encoding="utf-8")))


@cache
def drawn(name: str) -> tuple[np.ndarray, np.ndarray]:
    rows = pl.read_csv(ORACLE / "clustered_data.csv").filter(data=name)
    return rows["value"].cast(pl.Float64).to_numpy(), rows["subject"].to_numpy()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['data']} {row['level']}")
def test_means_and_shares_are_those_of_survey(row: dict[str, str]) -> None:
    values, subject = drawn(row["data"])
    level = float(row["level"])
    # Closed forms on both sides: only rounding and the t quantile differ.
    mean = clustered_mean(values, subject, level)
    theirs = [float(row[name]) for name in ("mean", "mean_se", "mean_low", "mean_high")]
    assert list(mean) == pytest.approx(theirs, rel=1e-12)
    share = clustered_share(values >= float(row["bound"]), subject, level)
    theirs = [float(row[name]) for name in ("share", "share_se", "share_low", "share_high")]
    assert list(share) == pytest.approx(theirs, rel=1e-12)


def test_two_subjects_by_hand() -> None:
    # Means 2 and 8 of subjects with 2 and 1 infusions; the mean of all is 4. The totals of the
    # deviations are -4 and 4, so that the variance is 2/1 * (16 + 16) / 9 = 64/9.
    mean = clustered_mean(np.array([1.0, 3.0, 8.0]), np.array([0, 0, 1]))
    assert mean.estimate == 4
    assert mean.std_error == pytest.approx(8 / 3, rel=1e-15)
    # t with 1 degree of freedom: tan(0.475 pi) = 12.7062047
    assert mean.conf_high == pytest.approx(4 + 8 / 3 * 12.706204736174694, rel=1e-12)


def test_one_infusion_each_is_the_ordinary_interval() -> None:
    values = np.array([3.0, 5.0, 5.0, 9.0])
    mean = clustered_mean(values, np.arange(4))
    assert mean.std_error == pytest.approx(values.std(ddof=1) / 2, rel=1e-15)


def test_what_cannot_be_estimated_has_no_interval() -> None:
    nobody = clustered_mean(np.array([]), np.array([], dtype=np.int64))
    assert np.isnan(nobody).all()
    assert np.isnan(clustered_share(np.array([], dtype=bool), np.array([], dtype=np.int64))).all()
    one = clustered_mean(np.array([1.0, 2.0]), np.array([7, 7]))
    assert one.estimate == 1.5
    assert np.isnan(one[1:]).all()
    same = clustered_mean(np.array([2.0, 2.0, 2.0]), np.array([0, 0, 1]))
    assert (same.estimate, same.std_error) == (2, 0)
    assert np.isnan(same[2:]).all()
    for met in ([True, True, True], [False, False, False]):
        share = clustered_share(np.array(met), np.array([0, 0, 1]))
        assert share.estimate == float(met[0])
        assert np.isnan(share[1:]).all()
    alike = clustered_share(np.array([True, False, True, False]), np.array([0, 0, 1, 1]))
    assert alike.estimate == 0.5
    assert np.isnan(alike[1:]).all()


def test_infusions_that_are_alike_make_the_interval_wider() -> None:
    values = np.repeat(np.arange(10.0), 6)
    naive = clustered_mean(values, np.arange(60)).std_error
    assert clustered_mean(values, np.repeat(np.arange(10), 6)).std_error > 2 * naive


@given(st.data())
def test_the_order_of_rows_and_the_labels_of_subjects_change_nothing(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 30))
    values = np.array(data.draw(st.lists(st.integers(-99, 99), min_size=n, max_size=n)), float)
    subject = np.array(data.draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)))
    order = np.array(data.draw(st.permutations(range(n))))
    first = clustered_mean(values, subject)
    assert clustered_mean(values[order], subject[order]) == pytest.approx(
        first, rel=0, abs=0, nan_ok=True
    )
    moved = clustered_mean(values + 1000, 50 - subject)
    assert moved.estimate == pytest.approx(first.estimate + 1000, rel=1e-12)
    assert moved.std_error == pytest.approx(first.std_error, rel=1e-9, abs=1e-9, nan_ok=True)
    met = values > 0
    share, other = clustered_share(met, subject), clustered_share(~met, subject)
    assert other.conf_low == pytest.approx(1 - share.conf_high, rel=1e-9, nan_ok=True)


def test_a_level_out_of_place_is_refused() -> None:
    for estimate in (clustered_mean, clustered_share):
        with pytest.raises(ArgumentError, match="conf_level must be between 0 and 1"):
            estimate(np.array([1.0]), np.array([0]), 95)
