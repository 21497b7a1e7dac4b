"""Scores that are mostly 0: both parts and their sum against R, and every way to have none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.groups.mann_whitney import mann_whitney
from ketanalysis.groups.two_part import two_part
from ketanalysis.rates.two_proportions import risk_difference
from tests.groups.anxiety_oracle import of
from tests.groups.two_sample_data import TWO_SAMPLES

SETS = {
    **{k: TWO_SAMPLES[k] for k in ("ties_and_zeros", "one_group_constant", "four_against_27")},
    "ones": ([0, 0, 0, 1, 1, 0], [0, 1, 1, 1, 0, 1, 1]),
    "one_with_any": ([0, 0, 5, 0], [0, 7, 3, 0, 9, 0]),
    "many": ([0, 0, 3, 0, 12, 7, 0, 3, 0], [5, 0, 9, 3, 0, 22, 31, 14, 3, 0, 8]),
}
FEW_AMOUNTS = "fewer than 2 subjects of a group have any: the test is that of any alone"
scores = st.lists(st.integers(0, 6), min_size=1, max_size=12)


@pytest.mark.parametrize("name", SETS)
def test_both_together_are_those_of_r(name):
    ours, theirs = two_part(*SETS[name]), of("two_part", name)
    for column in ("statistic", "df", "p_value"):
        # sums of squares of ranks and counts: exact but for the last digits
        assert getattr(ours, column) == pytest.approx(theirs[column], rel=1e-9), column


def test_each_part_is_its_own_comparison():
    a, b = SETS["many"]
    found = two_part(a, b)
    assert (found.any_a, found.n_a, found.any_b, found.n_b) == (4, 9, 8, 11)
    assert found.any == risk_difference(4, 9, 8, 11)
    some_a, some_b = [v for v in a if v], [v for v in b if v]
    assert found.amount == mann_whitney(some_a, some_b, "exact")
    assert found.reason is None
    assert found.df == 2


@pytest.mark.parametrize(
    ("a", "b", "df", "reason"),
    [
        ([], [0, 1], None, "not estimable: fewer than 2 subjects in a group"),
        ([0, 1], [], None, "not estimable: fewer than 2 subjects in a group"),
        ([3], [0, 1, 2, 4], None, "not estimable: fewer than 2 subjects in a group"),
        ([0, 1, 2, 4], [0], None, "not estimable: fewer than 2 subjects in a group"),
        ([np.nan, np.nan, 5], [0, 1, 2], None, "not estimable: fewer than 2 subjects in a group"),
        ([3], [1], None, "not estimable: fewer than 2 subjects in a group"),
        ([0, 0], [0, 0], None, "not estimable: all scores are 0"),
        ([2, 2], [2, 2], None, "not estimable: no variation in either group"),
        ([1, 2], [3, 4], 1, "no score is 0: the test is that of the amounts alone"),
        ([0, 0], [0, 3], 1, "only one group has any: the test is that of any alone"),
        ([0, 3, 3], [3, 3], 1, "all scores above 0 are equal: the test is that of any alone"),
        ([0, 3], [3, 3], 1, FEW_AMOUNTS),
        ([0, 3], [0, 4], 1, FEW_AMOUNTS),
        ([0, 3, 5], [0, 0, 4], 1, FEW_AMOUNTS),
        ([0, 3, 5], [0, 2, 4], 2, None),
    ],
)
def test_what_is_not_there_is_said(a, b, df, reason):
    found = two_part(a, b)
    assert found.reason == reason
    if df is None:
        assert math.isnan(found.p_value)
        assert math.isnan(found.statistic)
        assert math.isnan(found.amount.p_value)
        assert found.any is None or math.isnan(found.any.p_value)
    else:
        assert found.df == df
        assert 0 < found.p_value <= 1


def test_the_floor_may_be_another():
    raised = two_part([20, 20, 25], [20, 33, 41], zero=20)
    plain = two_part([0, 0, 5], [0, 13, 21])
    assert raised.p_value == plain.p_value
    assert raised.any_a == plain.any_a == 1
    assert two_part([20, 20], [20, 20], zero=20).reason == "not estimable: all scores are 20"


@settings(max_examples=40, deadline=None)
@given(scores, scores)
def test_order_sides_and_units_do_not_matter(a, b):
    plain, turned = two_part(a, b), two_part(b[::-1], a)
    bigger = two_part([10 * v for v in a], [10 * v for v in b] + [np.nan])
    for other in (turned, bigger):
        assert other.p_value == pytest.approx(plain.p_value, rel=1e-9, nan_ok=True)
        assert other.df == plain.df or math.isnan(plain.statistic)
    assert (plain.any_a, plain.any_b) == (turned.any_b, turned.any_a)
