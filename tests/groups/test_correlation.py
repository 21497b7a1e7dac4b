"""Pearson and Spearman against R, and their symmetries."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups.correlation import CONSTANT, PERFECT, TOO_FEW_PAIRS, pearson, spearman
from tests.shared import DATA, ORACLE, is_close, reference_value, requires_shared

NAN = float("nan")
# The data sets of tests/oracle/correlation.R.
PAIRS = {
    "ties_and_zeros": (
        [0, 0, 0, 5, 5, 10, 10, 20, 35, 60, 0, 0, 90, 15],
        [-60, -55, -55, -70, -10, -20, -50, -5, 0, 10, -80, -30, 5, -30],
    ),
    "missing": (
        [12.5, NAN, 9, 14, 7.25, 3, 11, 16.5, NAN, 8],
        [18, 15.5, NAN, 13, 21, 17.75, 12, NAN, NAN, 19],
    ),
    "five_with_a_far_value": ([1, 2, 3, 4, 100], [2.5, 1, 4, 3, 50]),
    "four": ([1, 2, 3, 4], [2, 1, 4, 3]),
}
# Closed forms; 1 - r of the far value (0.001) costs three digits of the last place.
CLOSED_FORM = 1e-9

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(-100, 100)), min_size=4, max_size=20)


def from_r(name):
    with (ORACLE / "correlation.csv").open(encoding="utf-8", newline="") as file:
        rows = {row.pop("dataset"): row for row in csv.DictReader(file)}
    return {column: float(text) for column, text in rows[name].items()}


@pytest.mark.parametrize("name", PAIRS)
def test_correlations_are_those_of_r(name):
    line, rank, r = pearson(*PAIRS[name]), spearman(*PAIRS[name]), from_r(name)
    narrow = pearson(*PAIRS[name], conf_level=0.8)
    ours = {
        "r": line.estimate,
        "r_low": line.conf_low,
        "r_high": line.conf_high,
        "r_low_80": narrow.conf_low,
        "r_high_80": narrow.conf_high,
        "t": line.statistic,
        "df": line.df,
        "r_p": line.p_value,
        "rho": rank.estimate,
        "rho_low": rank.conf_low,
        "rho_high": rank.conf_high,
        "rho_p": rank.p_value,
        "n": line.n,
    }
    assert ours.keys() == r.keys()
    wrong = {
        column: (number, r[column])
        for column, number in ours.items()
        if not is_close(number, r[column], rtol=CLOSED_FORM)
    }
    assert not wrong


def test_the_missing_are_counted():
    found = pearson(*PAIRS["missing"])
    assert (found.n, found.n_missing) == (6, 4)


def test_the_standard_errors_of_z_are_the_stated_ones():
    x, y = PAIRS["ties_and_zeros"]
    assert pearson(x, y).std_error == pytest.approx(1 / math.sqrt(11))
    rho = spearman(x, y).estimate
    assert spearman(x, y).std_error == pytest.approx(math.sqrt((1 + rho**2 / 2) / 11))


@pytest.mark.parametrize("function", [pearson, spearman])
@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1, 1, 1, 1], [1, 2, 3, 4], CONSTANT),
        ([1, 2, NAN, 4], [1, 2, 3, NAN], TOO_FEW_PAIRS),
        ([], [], TOO_FEW_PAIRS),
    ],
)
def test_what_cannot_be_estimated_says_so(function, x, y, reason):
    found = function(x, y)
    assert found.reason == reason
    assert math.isnan(found.estimate)
    assert math.isnan(found.p_value)


@pytest.mark.parametrize("function", [pearson, spearman])
def test_a_perfect_correlation_has_no_p_value_of_zero(function):
    found = function([1, 2, 3, 4, 5], [-0.1, -0.2, -0.3, -0.4, -0.5])
    assert found.estimate == -1
    assert found.reason == PERFECT
    assert math.isnan(found.p_value)
    assert math.isnan(found.conf_low)


def test_three_pairs_have_a_p_value_and_no_interval():
    found = pearson([1, 2, 3], [1, 3, 2])
    assert found.estimate == pytest.approx(0.5)
    assert found.p_value == pytest.approx(2 / 3)  # t = 1 / sqrt(3) with one degree of freedom
    assert math.isnan(found.conf_low)


@pytest.mark.parametrize("function", [pearson, spearman])
def test_refusals(function):
    with pytest.raises(ArgumentError) as refusal:
        function([1, 2, 3], [1, 2])
    assert str(refusal.value) == "x and y must have one length, not 3 and 2."
    with pytest.raises(ContractError) as infinite:
        function([1, 2, 3], [1, 2, math.inf])
    assert str(infinite.value) == "y must be finite, but 1 of its values are infinite."


@settings(max_examples=60, deadline=None)
@given(points=pairs, seed=st.integers(0, 99))
def test_symmetries(points, seed):
    x, y = (np.array(side, dtype=float) for side in zip(*points, strict=True))
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    order = np.random.default_rng(seed).permutation(x.size)
    for function in (pearson, spearman):
        found = function(x, y)
        assert str(found) == str(function(x[order], y[order]))
        assert -1 <= found.estimate <= 1
        assert found.estimate == pytest.approx(function(y, x).estimate, abs=1e-12)
        assert found.estimate == pytest.approx(-function(x, 7 - 2 * y).estimate, abs=1e-12)
        if found.reason is None:
            assert found.conf_low < found.estimate < found.conf_high
    assert spearman(x, y).estimate == pytest.approx(spearman(x**3, y).estimate, abs=1e-12)


@requires_shared
def test_the_real_trial_gives_the_numbers_of_r():
    import polars as pl

    trial = pl.read_csv(DATA / "antidepressant_trial.csv").sort("PATIENT", "VISIT")
    last = trial.group_by("PATIENT", maintain_order=True).agg(
        pl.col("HAMDTL17").last(),
        pl.col("BASVAL").last(),
        pl.col("HAMATOTL").filter(pl.col("VISIT") == 4).first(),
    )
    change = 100 * (last["HAMDTL17"] - last["BASVAL"]) / last["BASVAL"]
    r = reference_value("antidepressant_data", "spearman_kendall_week1_HAMA_pct_change")
    line, rank = pearson(last["HAMATOTL"], change), spearman(last["HAMATOTL"], change)
    ours = [line.estimate, line.conf_low, line.conf_high, line.p_value, rank.estimate, rank.p_value]
    theirs = [*(r["pearson"][key] for key in ("r", "lo", "hi", "p")), *r["spearman"].values()]
    assert ours == pytest.approx(theirs, rel=1e-9)
