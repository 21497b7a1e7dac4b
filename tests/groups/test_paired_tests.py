"""Pairs against R: t, Wilcoxon, sign test, permutation of signs, effect sizes, Friedman."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pingouin
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups import sign_flips as flipping
from ketanalysis.groups.assumptions import shapiro
from ketanalysis.groups.friedman import ALL_TIED, TOO_FEW_COMPLETE, friedman, kendalls_w
from ketanalysis.groups.paired_differences import (
    ALL_ZERO,
    ONE_DIFFERENCE,
    PAIRED_EFFECTS,
    TOO_FEW_PAIRS,
    cohens_dav,
    cohens_dz,
    complete_pairs,
    differences_of,
    hedges_gav,
    matched_rank_biserial,
    paired_t,
)
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.sign_flips import sign_flips
from ketanalysis.groups.signed_rank import sign_test, wilcoxon
from tests.groups.oracles import of_set
from tests.groups.paired_data_sets import PAIRS, VISITS
from tests.shared import is_close

FORMULA = 1e-10
COUNTED = 1e-10
# R searches the asymptotic interval with uniroot(tol = 1e-4).
R_SEARCH = 2e-4
# effectsize minimises both limits at once, with optim's default tolerance.
EFFECTSIZE_SEARCH = 1e-5

pairs_of = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=2, max_size=8)


def r_of(name):
    return of_set("paired.csv", name)


@pytest.mark.parametrize("name", PAIRS)
def test_the_t_test_is_rs(name):
    found, narrow, r = paired_t(*PAIRS[name]), paired_t(*PAIRS[name], 0.8), r_of(name)
    ours = [found.difference, found.statistic, found.df, found.p_value, found.std_error]
    assert ours == pytest.approx([r[k] for k in ("difference", "t", "df", "p", "se")], rel=FORMULA)
    assert [found.conf_low, found.conf_high] == pytest.approx([r["low"], r["high"]], rel=FORMULA)
    ends = [r["low_80"], r["high_80"]]
    assert [narrow.conf_low, narrow.conf_high] == pytest.approx(ends, rel=FORMULA)


@pytest.mark.parametrize("name", ["without_ties", "all_one_way", "decimals"])
def test_pingouin_agrees_on_the_t_test(name):
    theirs = pingouin.ttest(*PAIRS[name], paired=True).iloc[0]
    found = paired_t(*PAIRS[name])
    assert found.statistic == pytest.approx(theirs["T"], rel=1e-9)
    assert found.p_value == pytest.approx(theirs["p_val"], rel=1e-9)


@pytest.mark.parametrize("name", PAIRS)
def test_wilcoxons_test_is_rs(name):
    found, r = wilcoxon(*PAIRS[name]), r_of(name)
    assert found.statistic == r["v"]
    assert is_close(found.p_value, r["signed_p"], rtol=COUNTED)
    assert is_close(found.shift, r["pseudo_median"], rtol=COUNTED)
    if not math.isnan(r["signed_low"]):
        assert found.conf_low == pytest.approx(r["signed_low"], abs=R_SEARCH)
        assert found.conf_high == pytest.approx(r["signed_high"], abs=R_SEARCH)


@pytest.mark.parametrize("name", PAIRS)
def test_the_exact_test_is_coins_and_exactranktests_with_ties_too(name):
    found, r = wilcoxon(*PAIRS[name], method="exact"), r_of(name)
    assert is_close(found.p_value, r["exact_p_coin"], rtol=COUNTED)
    assert is_close(found.p_value, r["exact_p_exactranktests"], rtol=COUNTED)
    ends = [r["exact_low"], r["exact_high"]]
    assert [found.conf_low, found.conf_high] == pytest.approx(ends, rel=1e-9)
    if not math.isnan(r["exact_p_base"]):
        assert not found.is_tied
        assert is_close(found.p_value, r["exact_p_base"], rtol=COUNTED)
        assert found.conf_low == pytest.approx(r["exact_low_base"], rel=1e-9)
        assert found.conf_high == pytest.approx(r["exact_high_base"], rel=1e-9)


def test_one_data_set_has_no_ties():
    untied = [name for name in PAIRS if not math.isnan(r_of(name)["exact_p_base"])]
    assert untied == ["without_ties"]


def test_zeros_have_no_rank_but_stay_in_the_pseudo_median():
    found = wilcoxon([0, 0, 0, 0, 0, 0, 5, 6], [0] * 8, "exact")
    assert (found.statistic, found.n_zero) == (3, 6)
    # R drops the zeros here too, and says 5.5.
    assert found.shift == 0
    assert found.p_value == 0.5


@pytest.mark.parametrize("name", PAIRS)
def test_the_sign_test_is_rs(name):
    found, r = sign_test(*PAIRS[name]), r_of(name)
    assert is_close(found.p_value, r["sign_p"], rtol=COUNTED)
    ours = [found.shift, found.conf_low, found.conf_high]
    theirs = [r["sign_median"], r["sign_low"], r["sign_high"]]
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_the_permutation_of_signs_is_coins_and_counts_every_way(name):
    found, r = sign_flips(*PAIRS[name]), r_of(name)
    assert is_close(found.p_value, r["flip_p"], rtol=COUNTED)
    assert is_close(found.p_value, r["flip_p_coin"], rtol=COUNTED)
    ends = [r["flip_low"], r["flip_high"]]
    assert [found.conf_low, found.conf_high] == pytest.approx(ends, rel=1e-9)


@pytest.mark.parametrize("name", PAIRS)
def test_the_effect_sizes_are_rs(name):
    r = r_of(name)
    dz = cohens_dz(*PAIRS[name])
    assert is_close(dz.estimate, r["dz"], rtol=FORMULA)
    assert is_close(dz.conf_low, r["dz_low_root"], rtol=1e-8)
    assert is_close(dz.conf_high, r["dz_high_root"], rtol=1e-8)
    assert is_close(dz.conf_low, r["dz_low"], rtol=EFFECTSIZE_SEARCH, atol=1e-6)
    assert is_close(dz.conf_high, r["dz_high"], rtol=EFFECTSIZE_SEARCH, atol=1e-6)
    for size, column in ((cohens_dav, "dav"), (hedges_gav, "gav")):
        found = size(*PAIRS[name])
        ours = [found.estimate, found.conf_low, found.conf_high]
        theirs = [r[column], r[f"{column}_low"], r[f"{column}_high"]]
        assert ours == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("name", [name for name in PAIRS if name != "all_one_way"])
def test_the_rank_biserial_correlation_is_effectsizes(name):
    found, r = matched_rank_biserial(*PAIRS[name]), r_of(name)
    ours = [found.estimate, found.conf_low, found.conf_high]
    assert ours == pytest.approx([r["r"], r["r_low"], r["r_high"]], rel=1e-9)


@pytest.mark.parametrize("name", PAIRS)
def test_shapiro_wilk_of_the_differences_is_rs(name):
    found = shapiro(differences_of(*complete_pairs(*PAIRS[name])))
    assert found["statistic"] == pytest.approx(r_of(name)["shapiro_w"], rel=1e-6)
    assert found["p_value"] == pytest.approx(r_of(name)["shapiro_p"], rel=1e-6)


@pytest.mark.parametrize("name", VISITS)
def test_friedman_is_rs(name):
    found, size, r = friedman(VISITS[name]), kendalls_w(VISITS[name]), of_set("friedman.csv", name)
    ours = [found.statistic, found.df_num, found.p_value]
    assert ours == pytest.approx([r["q"], r["k"] - 1, r["p"]], rel=FORMULA)
    assert size.estimate == pytest.approx(r["w"], rel=FORMULA)
    # effectsize computes it from the ranks, without the chi-square.
    assert size.estimate == pytest.approx(r["w_plain"], rel=FORMULA)


# --- what holds for every data set ---------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(pairs=pairs_of)
def test_the_exact_p_values_count_every_way_to_turn_signs(pairs):
    x, y = np.array(pairs, dtype=float).T
    difference = x - y
    assume(difference.any())
    signs = np.array(list(product([1, -1], repeat=difference.size)))
    as_far = np.abs(signs @ np.abs(difference)) >= abs(difference.sum()) - 1e-9
    assert sign_flips(x, y).p_value == pytest.approx(as_far.mean(), rel=1e-12)
    ranked = difference[difference != 0]
    order = np.array(
        [(np.abs(ranked) < v).sum() + (np.abs(ranked) == v).sum() / 2 + 0.5 for v in np.abs(ranked)]
    )
    signs = np.array(list(product([1, -1], repeat=ranked.size)))
    as_far = np.abs(signs @ order) >= abs((np.sign(ranked) * order).sum()) - 1e-9
    assert wilcoxon(x, y, "exact").p_value == pytest.approx(as_far.mean(), rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(pairs=pairs_of)
def test_the_other_reference_flips_the_signs(pairs):
    x, y = np.array(pairs, dtype=float).T
    assume((x != y).any())
    flipped = (
        (paired_t, "difference"),
        (wilcoxon, "shift"),
        (sign_test, "shift"),
        (sign_flips, "difference"),
        *((e.estimate, "estimate") for e in PAIRED_EFFECTS.values()),
    )
    for test, field in flipped:
        one, other = test(x, y), test(y, x)
        assert getattr(one, field) == pytest.approx(-getattr(other, field), nan_ok=True)
        assert one.conf_low == pytest.approx(-other.conf_high, nan_ok=True)
        if hasattr(one, "p_value"):
            assert one.p_value == pytest.approx(other.p_value, rel=1e-9, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(pairs=pairs_of, seed=st.integers(0, 99), shift=st.integers(-20, 20))
def test_order_missing_values_units_and_a_common_shift(pairs, seed, shift):
    x, y = np.array(pairs, dtype=float).T
    assume((x != y).any())
    rng = np.random.default_rng(seed)
    order = rng.permutation(x.size + 2)
    moved_x = np.array([*(2 * x + shift), math.nan, 4])[order]
    moved_y = np.array([*(2 * y + shift), 3, math.nan])[order]
    for test, scaled in ((paired_t, "difference"), (wilcoxon, "shift"), (sign_flips, "difference")):
        one, moved = test(x, y), test(moved_x, moved_y)
        assert moved.p_value == pytest.approx(one.p_value, rel=1e-9, nan_ok=True)
        assert getattr(moved, scaled) == pytest.approx(2 * getattr(one, scaled), nan_ok=True)
        assert moved.conf_low == pytest.approx(2 * one.conf_low, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=9))
def test_enumerating_and_counting_agree(pairs):
    x, y = np.array(pairs, dtype=float).T
    assume((x != y).any())
    counted = sign_flips(x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flipping, "MOST_WORK", -1)
        listed = sign_flips(x, y)
    assert counted.method == "permutation of signs, all ways counted"
    assert listed.method == f"permutation of signs, all {2**x.size:,} ways"
    assert listed.p_value == pytest.approx(counted.p_value, rel=1e-12)
    ends = [counted.conf_low, counted.conf_high]
    assert [listed.conf_low, listed.conf_high] == pytest.approx(ends, nan_ok=True)


def test_differences_that_are_equal_on_paper_are_tied():
    assert 21.6 - 21.3 != 0.9 - 0.6
    assert differences_of(np.array([21.6, 0.9]), np.array([21.3, 0.6])).tolist() == [0.3, 0.3]


def test_drawn_ways_need_a_seed_and_give_the_same_every_time(monkeypatch):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=40), rng.normal(size=40)
    with pytest.raises(ArgumentError) as refusal:
        sign_flips(x, y)
    assert str(refusal.value) == (
        "test 'permutation' cannot count every split of 40 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999."
    )
    one = sign_flips(x, y, draws=Draws(3, 999))
    assert one == sign_flips(x[::-1], y[::-1], draws=Draws(3, 999))
    assert one.method == "permutation of signs, 999 random ways, seed 3"
    monkeypatch.setattr(flipping, "MOST_WORK", 0)
    monkeypatch.setattr(flipping, "MOST_ENUMERATED", 1)
    a, b = PAIRS["ties_and_zeros"]
    drawn = sign_flips(a, b, draws=Draws(4, 20_000))
    # Monte Carlo error of a share of 0.0016 in 20,000: 0.0003.
    assert drawn.p_value == pytest.approx(r_of("ties_and_zeros")["flip_p"], abs=3 * 0.0003)


def test_what_cannot_be_estimated_says_why():
    for test in (wilcoxon, sign_test, sign_flips):
        assert test([3, 4], [3, 4]).reason == ALL_ZERO
        assert test([3], [4]).reason == TOO_FEW_PAIRS
        assert test([], []).reason == TOO_FEW_PAIRS
    assert matched_rank_biserial([3, 4], [3, 4]).reason == ALL_ZERO
    for test in (paired_t, cohens_dz, cohens_dav, hedges_gav):
        assert test([3, 4, 9], [1, 2, 7]).reason == ONE_DIFFERENCE
        assert test([3], [4]).reason == TOO_FEW_PAIRS
    assert paired_t([3, 4, 9], [1, 2, 7]).difference == 2
    # 2 of 8 ways are as far: a difference that all share is no certainty.
    assert sign_flips([3, 4, 9], [1, 2, 7]).p_value == 0.25
    found = matched_rank_biserial([3, 4], [1, 1])
    assert found.reason == "interval not estimable: Fisher's z has no value at -1 and 1"
    for test in (paired_t, wilcoxon, sign_flips):
        with pytest.raises(ContractError, match=r"^y must be finite"):
            test([1, 2], [math.inf, 3])
        with pytest.raises(ArgumentError) as refusal:
            test([1, 2], [3])
        assert str(refusal.value) == "x and y must have one length, not 2 and 1."
    with pytest.raises(ArgumentError) as refusal:
        wilcoxon(range(301), range(1, 302), "exact")
    assert str(refusal.value) == (
        'method "exact" needs at most 300 pairs, not 301. Take method="asymptotic".'
    )


def test_few_pairs_have_no_interval():
    for test in (wilcoxon, sign_test, sign_flips):
        found = test([1, 4, 2], [5, 6, 7])
        assert math.isnan(found.conf_low)
        assert found.reason is None
    at_50 = sign_test([1, 4, 2], [5, 6, 7], 0.5)
    assert (at_50.conf_low, at_50.conf_high) == (-5, -2)


def test_friedman_without_differences_or_subjects():
    assert friedman(np.array([[2.0, 2, 2], [3, 3, 3]])).reason == ALL_TIED
    assert friedman(np.array([[2.0, 1, 3]])).reason == TOO_FEW_COMPLETE
    assert kendalls_w(np.empty((0, 3))).reason == TOO_FEW_COMPLETE
