"""The Brunner-Munzel test against R, scipy, published examples and full enumeration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups import resampling
from ketanalysis.groups.brunner_munzel import (
    NO_QUANTILE,
    SEPARATED,
    brunner_munzel,
    brunner_munzel_permutation,
)
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_samples import TOO_FEW
from tests.groups.oracles import TWO_GROUPS, of_set

# Sums of ranks, and one call of the t distribution.
FORMULA = 1e-10
FILE = "brunner_munzel.csv"
scores = st.lists(st.integers(0, 12), min_size=2, max_size=6)
overlapping = [name for name in TWO_GROUPS if name != "apart"]
enumerated = [name for name in TWO_GROUPS if not math.isnan(of_set(FILE, name)["perm_p"])]


@pytest.mark.parametrize("name", overlapping)
def test_the_t_approximation_is_the_formula_in_r(name):
    found, r = brunner_munzel(*TWO_GROUPS[name]), of_set(FILE, name)
    ours = [found.superiority, found.std_error, found.statistic, found.df, found.p_value]
    theirs = [r["share"], r["se"], r["w"], r["df"], r["p"]]
    assert ours == pytest.approx(theirs, rel=FORMULA)
    assert [found.conf_low, found.conf_high] == pytest.approx([r["low"], r["high"]], rel=FORMULA)


@pytest.mark.parametrize("name", overlapping)
def test_scipy_agrees_where_it_computes_the_same(name):
    a, b = (np.array(x)[~np.isnan(x)] for x in TWO_GROUPS[name])
    ours, theirs = brunner_munzel(a, b), stats.brunnermunzel(b, a)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-10)


def test_the_pain_scores_give_what_was_published():
    # The example of R's brunnermunzel: statistic 3.1375, df 17.683, p 0.005786,
    # 0.788961 (0.5952169 to 0.9827052).
    found = brunner_munzel(*TWO_GROUPS["pain_scores"])
    assert round(found.statistic, 4) == 3.1375
    assert round(found.df, 3) == 17.683
    assert round(found.p_value, 6) == 0.005786
    assert round(found.superiority, 6) == 0.788961
    assert (round(found.conf_low, 7), round(found.conf_high, 7)) == (0.5952169, 0.9827052)


@pytest.mark.parametrize("name", enumerated)
def test_the_permutation_counts_every_split_as_r_does(name):
    found, r = brunner_munzel_permutation(*TWO_GROUPS[name]), of_set(FILE, name)
    assert found.p_value == pytest.approx(r["perm_p"], rel=FORMULA)
    if name != "apart":
        ends = [r["perm_low"], r["perm_high"]]
        ours = [found.conf_low, found.conf_high]
        assert ours == pytest.approx(ends, rel=FORMULA, nan_ok=True)
    assert "all " in found.method


def test_the_permutation_of_the_pain_scores_gives_what_was_published(monkeypatch):
    # R's brunnermunzel.permutation.test: p 0.008038, all 4,457,400 splits; here resampled.
    drawn = brunner_munzel_permutation(*TWO_GROUPS["pain_scores"], draws=Draws(1, 200_000))
    # Monte Carlo error of a share of 0.008 in 200,000: 0.0002.
    assert drawn.p_value == pytest.approx(0.008038, abs=3 * 0.0002)
    assert drawn.method == "studentised permutation, 200,000 random splits, seed 1"


def test_a_resampled_p_value_is_never_0(monkeypatch):
    monkeypatch.setattr(resampling, "MOST_SPLITS", 1)
    a, b = [1.0, 2, 3, 4, 5, 6, 7], [8.0, 9, 10, 11, 12, 13, 14]
    drawn = brunner_munzel_permutation(a, b, draws=Draws(3, 99))
    assert drawn.p_value >= 1 / 100


@settings(max_examples=30, deadline=None)
@given(a=scores, b=scores)
def test_swapping_the_groups_turns_it_round(a, b):
    assume(np.ptp([*a, *b]) > 0)
    for test in (brunner_munzel, brunner_munzel_permutation):
        one, other = test(a, b), test(b, a)
        assert one.superiority + other.superiority == pytest.approx(1)
        assert one.p_value == pytest.approx(other.p_value, rel=1e-12, nan_ok=True)
        assert one.conf_low == pytest.approx(1 - other.conf_high, abs=1e-12, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(a=scores, b=scores, seed=st.integers(0, 99))
def test_only_the_order_of_the_scores_counts(a, b, seed):
    assume(np.ptp([*a, *b]) > 0)
    rng = np.random.default_rng(seed)
    cubed = [np.array(rng.permutation([*x, math.nan])) ** 3 - 7 for x in (a, b)]
    for test in (brunner_munzel, brunner_munzel_permutation):
        assert str(test(a, b)) == str(test(*cubed))


def test_groups_that_do_not_overlap_have_a_probability_and_a_permutation_p():
    found = brunner_munzel([4, 5, 6], [1, 2, 3])
    assert (found.superiority, found.reason) == (1, SEPARATED)
    assert math.isnan(found.p_value)
    assert math.isnan(found.conf_low)
    # 2 of the choose(6, 3) = 20 splits do not overlap.
    exact = brunner_munzel_permutation([4, 5, 6], [1, 2, 3])
    assert exact.p_value == pytest.approx(0.1)
    assert exact.reason == "interval not estimable: the groups do not overlap"


def test_too_few_splits_for_the_level_leave_the_interval_out():
    found = brunner_munzel_permutation([1, 5], [2, 3])
    assert found.reason == NO_QUANTILE
    assert math.isnan(found.conf_low)
    assert found.p_value == 1


def test_what_cannot_be_estimated_says_why():
    for test in (brunner_munzel, brunner_munzel_permutation):
        assert test([3, 3], [3, 3, 3]).reason == ALL_EQUAL
        assert test([3], [1, 2, 3]).reason == TOO_FEW
        assert test([math.nan, 2], [1, 2]).reason == TOO_FEW
        with pytest.raises(ContractError, match=r"^a must be finite"):
            test([math.inf, 2], [1, 2])


def test_resamples_need_a_seed_and_a_number():
    a, b = list(range(15)), list(range(3, 18))
    for draws in (Draws(), Draws(seed=1), Draws(resamples=999)):
        with pytest.raises(ArgumentError) as refusal:
            brunner_munzel_permutation(a, b, draws=draws)
        assert str(refusal.value) == (
            "test 'brunner-munzel-permutation' cannot count every split of 30 subjects, and needs "
            "both seed= and resamples=, for example seed=1, resamples=9999."
        )
    one = brunner_munzel_permutation(a, b, draws=Draws(7, 999))
    assert one == brunner_munzel_permutation(a, b, draws=Draws(7, 999))
    assert one.p_value != brunner_munzel_permutation(a, b, draws=Draws(8, 999)).p_value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 1.5}, "seed must be a whole number from 0, not 1.5."),
        ({"seed": True}, "seed must be a whole number from 0, not True."),
        ({"resamples": 10}, "resamples must be a whole number from 99, not 10."),
    ],
)
def test_draws_are_whole_numbers(options, message):
    with pytest.raises(ArgumentError) as refusal:
        Draws(**options)
    assert str(refusal.value) == message
