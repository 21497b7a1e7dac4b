"""The permutation test of two means against coin, exactRankTests and every split."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups import permutation as module
from ketanalysis.groups import resampling
from ketanalysis.groups.permutation import common_step, permutation, ways_by_size
from ketanalysis.groups.resampling import Draws, all_splits
from ketanalysis.groups.two_samples import NO_VARIATION, TOO_FEW
from tests.groups.oracles import TWO_GROUPS, of_set

# Counts are exact in both programs.
COUNTED = 1e-10
scores = st.lists(st.integers(0, 12), min_size=2, max_size=6)


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_the_p_value_is_coins_and_exactranktests(name):
    found, r = permutation(*TWO_GROUPS[name]), of_set("permutation.csv", name)
    assert found.difference == pytest.approx(r["difference"], rel=1e-12)
    assert found.p_value == pytest.approx(r["p_coin"], rel=COUNTED)
    if not math.isnan(r["p_exactranktests"]):
        assert found.p_value == pytest.approx(r["p_exactranktests"], rel=COUNTED)


@pytest.mark.parametrize(
    "name", ["missing", "four_against_27", "equal_without_ties", "one_group_constant", "apart"]
)
def test_the_interval_comes_from_every_split(name):
    found, r = permutation(*TWO_GROUPS[name]), of_set("permutation.csv", name)
    assert [found.conf_low, found.conf_high] == pytest.approx([r["low"], r["high"]], rel=COUNTED)


def test_too_few_splits_for_the_level_leave_the_interval_out():
    found = permutation(*TWO_GROUPS["few"])
    assert math.isnan(of_set("permutation.csv", "few")["low"])
    assert math.isnan(found.conf_low)
    assert found.reason is None
    assert found.p_value == pytest.approx(5 / 35)


@settings(max_examples=50, deadline=None)
@given(a=scores, b=scores)
def test_counting_sums_is_counting_splits(a, b):
    pooled = np.array([*a, *b], dtype=float)
    assume(np.ptp(pooled) > 0)
    splits = [list(s) for s in combinations(range(pooled.size), len(a))]
    sums = np.array([pooled[s].sum() for s in splits])
    centre = len(a) * pooled.mean()
    as_far = np.mean(np.abs(sums - centre) >= abs(sum(a) - centre) - 1e-9)
    found = permutation(a, b)
    assert found.p_value == pytest.approx(as_far, rel=1e-12)
    assert found.method == "permutation, all splits counted"


@settings(max_examples=20, deadline=None)
@given(a=scores, b=scores)
def test_enumerating_and_counting_agree(a, b):
    assume(np.ptp([*a, *b]) > 0)
    counted = permutation(a, b)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_WORK", 0)
        listed = permutation(a, b)
    assert "all splits counted" not in listed.method
    assert listed.p_value == pytest.approx(counted.p_value, rel=1e-12)
    ends = [counted.conf_low, counted.conf_high]
    assert [listed.conf_low, listed.conf_high] == pytest.approx(ends, rel=1e-12, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(a=scores, b=scores, shift=st.integers(-30, 30), scale=st.sampled_from([1, 2, 0.5]))
def test_swap_shift_and_scale(a, b, shift, scale):
    assume(np.ptp([*a, *b]) > 0)
    one, other = permutation(a, b), permutation(b, a)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-12)
    assert one.difference == pytest.approx(-other.difference)
    assert str(one.conf_low) == str(-other.conf_high) or one.conf_low == pytest.approx(
        -other.conf_high
    )
    moved = permutation(*(shift + scale * np.array(x) for x in (a, b)))
    assert moved.p_value == pytest.approx(one.p_value, rel=1e-12)
    ends = [scale * one.conf_low, scale * one.conf_high]
    assert [moved.conf_low, moved.conf_high] == pytest.approx(ends, nan_ok=True)


def test_the_interval_and_the_one_sided_tests_agree():
    a, b = TWO_GROUPS["ties_and_zeros"]
    found = permutation(a, b)
    pooled_p = []
    for shift in (found.conf_low - 0.25, found.conf_low + 0.25):
        moved = np.array(a) - shift
        rng = np.random.default_rng(1)
        pooled = np.concatenate([moved, b])
        drawn = rng.random((40_000, pooled.size)).argsort(axis=1)[:, : len(a)]
        sums = pooled[drawn].sum(axis=1)
        pooled_p.append(np.mean(sums >= moved.sum() - 1e-9))
    # Monte Carlo error of 2.5 % in 40,000 draws: 0.0008.
    assert pooled_p[0] < 0.025 + 0.0024
    assert pooled_p[1] > 0.025 - 0.0024


def test_row_order_changes_no_draw():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=30), rng.normal(size=25)
    one = permutation(a, b, draws=Draws(11, 999))
    assert one == permutation(a[::-1], rng.permutation(b), draws=Draws(11, 999))
    assert one.method == "permutation, 999 random splits, seed 11"
    assert one.p_value * 1000 == pytest.approx(round(one.p_value * 1000))
    assert one.p_value == permutation(b, a, draws=Draws(11, 999)).p_value


def test_a_resampled_p_value_is_near_the_counted_one(monkeypatch):
    a, b = TWO_GROUPS["ties_and_zeros"]
    exact = permutation(a, b)
    monkeypatch.setattr(module, "MOST_WORK", 0)
    drawn = permutation(a, b, draws=Draws(5, 20_000))
    # Monte Carlo error of a share of 0.0057 in 20,000: 0.0005.
    assert drawn.p_value == pytest.approx(exact.p_value, abs=3 * 0.0005)
    # The limits are order statistics near the 2.5 % points, where the spread is about 2 points.
    assert drawn.conf_low == pytest.approx(exact.conf_low, abs=2)


def test_a_resampled_p_value_is_never_0(monkeypatch):
    monkeypatch.setattr(module, "MOST_WORK", 0)
    monkeypatch.setattr(resampling, "MOST_SPLITS", 1)
    found = permutation(range(20), range(40, 60), draws=Draws(1, 99))
    assert found.p_value == 1 / 100


def test_what_cannot_be_estimated_says_why():
    assert permutation([3, 3], [3, 3]).reason == NO_VARIATION
    assert permutation([3], [1, 2]).reason == TOO_FEW
    with pytest.raises(ContractError, match=r"^a must be finite"):
        permutation([math.inf, 1], [1, 2])


def test_two_constant_groups_that_differ_have_a_p_value():
    # 2 of the choose(6, 3) = 20 splits are as far apart as the one seen.
    assert permutation([0, 0, 0], [1, 1, 1]).p_value == pytest.approx(0.1)


def test_resamples_need_a_seed():
    rng = np.random.default_rng(4)
    with pytest.raises(ArgumentError) as refusal:
        permutation(rng.normal(size=20), rng.normal(size=20))
    assert str(refusal.value) == (
        "test 'permutation' cannot count every split of 40 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999."
    )


@pytest.mark.parametrize(
    ("values", "step"),
    [([0, 5, 20], 5), ([0.5, 1.25], 0.75), ([1.83, 0.5], 1.33), ([1 / 3, 2], 0), ([7, 7], 1)],
)
def test_the_common_step(values, step):
    assert common_step(np.array(values, dtype=float)) == pytest.approx(step)


def test_subsets_are_counted_by_size_and_sum():
    ways = ways_by_size(np.array([1, 2, 2]), 2)
    assert [row.tolist() for row in ways] == [[1], [0, 1, 2], [0, 0, 0, 2, 1]]


def test_all_splits_come_in_blocks_and_once():
    rows = np.concatenate(list(all_splits(6, 2)))
    assert rows.tolist() == [list(c) for c in combinations(range(6), 2)]
