"""Every boundary against exact fractions: the comparator decides, never the floating point."""

from __future__ import annotations

import operator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.comparison import COMPARATORS, exact_share, holds, improvement_holds

EXACTLY = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}
SHARES = ("0.2", "0.25", "0.35", "0.5", "0.8")


def expected(base: Fraction, score: Fraction, share: str, comparator: str, floor: int = 0) -> bool:
    return EXACTLY[comparator]((base - score) / (base - floor), Fraction(share))


@pytest.mark.parametrize("comparator", COMPARATORS)
@pytest.mark.parametrize("share", SHARES)
def test_every_pair_of_whole_scores_falls_right(share, comparator):
    base, score = (x.ravel() for x in np.meshgrid(np.arange(1, 61), np.arange(61)))
    met = improvement_holds(score.astype(float), base.astype(float), float(share), comparator)
    for b, s, is_met in zip(base.tolist(), score.tolist(), met.tolist(), strict=True):
        assert is_met == expected(Fraction(b), Fraction(s), share, comparator), (b, s)


@pytest.mark.parametrize("comparator", COMPARATORS)
@pytest.mark.parametrize("share", SHARES)
def test_every_pair_of_scores_with_one_decimal_falls_right(share, comparator):
    # 21.6, as a prorated total, has no exact binary form, nor have 27.0 * 0.8 or 43.2 / 2.
    tenths = np.arange(0, 433)
    for base in (10, 27, 216, 270, 333, 432):
        met = improvement_holds(tenths / 10, np.full(433, base / 10), float(share), comparator)
        for s, is_met in zip(tenths.tolist(), met.tolist(), strict=True):
            exact = expected(Fraction(base, 10), Fraction(s, 10), share, comparator)
            assert is_met == exact, (base / 10, s / 10)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_a_share_is_taken_from_the_floor(comparator):
    base, score = (x.ravel() for x in np.meshgrid(np.arange(21, 81), np.arange(20, 81)))
    met = improvement_holds(score.astype(float), base.astype(float), 0.5, comparator, floor=20.0)
    for b, s, is_met in zip(base.tolist(), score.tolist(), met.tolist(), strict=True):
        assert is_met == expected(Fraction(b), Fraction(s), "0.5", comparator, floor=20), (b, s)


def test_on_a_scale_where_higher_is_better_a_gain_is_an_improvement():
    base = np.array([10.0, 10.0, 10.0])
    score = np.array([14.0, 15.0, 16.0])
    met = improvement_holds(score, base, 0.5, "at_least", higher_is_worse=False)
    assert met.tolist() == [False, True, True]
    above = improvement_holds(score, base, 0.5, "above", higher_is_worse=False)
    assert above.tolist() == [False, False, True]


def test_five_to_four_points_is_a_reduction_of_twenty_per_cent():
    assert improvement_holds(np.array([4.0]), np.array([5.0]), 0.2, "at_least").all()
    assert not improvement_holds(np.array([4.0]), np.array([5.0]), 0.2, "above").any()


def test_a_third_that_was_typed_with_ten_digits_is_a_third():
    assert exact_share(0.3333333333) == Fraction(1, 3)
    assert exact_share(0.35) == Fraction(7, 20)
    assert improvement_holds(np.array([20.0]), np.array([30.0]), 1 / 3, "at_least").all()


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_nothing_holds_where_a_value_is_missing_or_the_baseline_has_no_share(comparator):
    score = np.array([np.nan, 5.0, 0.0, 5.0, 20.0])
    base = np.array([20.0, np.nan, 0.0, 0.0, 20.0])
    assert not improvement_holds(score[:4], base[:4], 0.5, comparator).any()
    assert not improvement_holds(score[4:], base[4:], 0.5, comparator, floor=20.0).any()
    assert not holds(score[:1], 10.0, comparator).any()


def test_visits_are_rows_and_subjects_are_columns():
    score = np.array([[10.0, 16.0], [15.0, np.nan]])
    met = improvement_holds(score, np.array([20.0, 32.0]), 0.5, "at_least")
    assert met.tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize(
    "comparator, met",
    [
        ("at_least", [False, True, True]),
        ("above", [False, False, True]),
        ("at_most", [True, True, False]),
        ("below", [True, False, False]),
    ],
)
def test_a_score_on_the_bound_is_decided_by_the_comparator(comparator, met):
    assert holds(np.array([9.0, 10.0, 11.0]), 10.0, comparator).tolist() == met
    sums = np.array([21.5, 7.2 + 7.2 + 7.2, 21.7])  # 7.2 three times is 21.599999999999998
    assert holds(sums, 21.6, comparator).tolist() == met


def test_a_bound_can_be_one_of_each_subject():
    value, bound = np.array([10.0, 21.6, 30.0]), np.array([10.0, 20.0, 40.0])
    assert holds(value, bound, "at_least").tolist() == [True, True, False]


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=8),
    st.sampled_from(COMPARATORS),
)
def test_one_subject_does_not_change_another(pairs, comparator):
    base = np.array([pair[0] for pair in pairs], dtype=float)
    score = np.array([pair[1] for pair in pairs], dtype=float)
    alone = improvement_holds(score, base, 0.5, comparator)
    beside = improvement_holds(np.append(score, 1e12), np.append(base, 1e12), 0.5, comparator)
    assert beside[:-1].tolist() == alone.tolist()


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 999), st.sampled_from(COMPARATORS))
def test_any_share_with_three_decimals_falls_right(base, score, thousandths, comparator):
    share = thousandths / 1000
    met = improvement_holds(np.array([float(score)]), np.array([float(base)]), share, comparator)
    exact = expected(Fraction(base), Fraction(score), f"{thousandths}/1000", comparator)
    assert met.tolist() == [exact]
