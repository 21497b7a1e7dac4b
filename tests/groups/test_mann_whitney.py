"""The rank test against R (base, coin, exactRankTests), pingouin and full enumeration."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pingouin
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups import mann_whitney as module
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.mann_whitney import average_ranks, mann_whitney
from ketanalysis.groups.two_samples import TOO_FEW
from tests.groups.oracles import TWO_GROUPS, of_set
from tests.groups.two_sample_data import TWO_SAMPLES, from_r
from tests.shared import DATA, is_close, reference_value, requires_shared

# Sums of ranks and counts are exact in both programs; the normal tail is good to 1e-14.
COUNTED = 1e-10
# R searches the interval with uniroot(tol = 1e-4), ours is the difference it searches for.
R_SEARCH = 2e-4

scores = st.lists(st.integers(0, 12), min_size=2, max_size=7)
untied = [name for name in TWO_SAMPLES if not math.isnan(from_r(name)["exact_p_base"])]


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_the_asymptotic_test_is_rs(name):
    found, r = mann_whitney(*TWO_SAMPLES[name]), from_r(name)
    assert found.statistic == r["w"]
    assert is_close(found.p_value, r["rank_p"], rtol=COUNTED)
    assert is_close(found.superiority, r["superiority"], rtol=COUNTED)
    assert is_close(found.rank_biserial, r["rank_biserial"], rtol=COUNTED)
    assert is_close(found.shift, r["shift"], rtol=COUNTED)
    assert found.conf_low == pytest.approx(r["rank_low"], abs=R_SEARCH)
    assert found.conf_high == pytest.approx(r["rank_high"], abs=R_SEARCH)


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_the_exact_p_value_is_coins_with_ties_too(name):
    found, r = mann_whitney(*TWO_SAMPLES[name], method="exact"), from_r(name)
    assert is_close(found.p_value, r["exact_p_coin"], rtol=COUNTED)
    assert is_close(found.p_value, r["exact_p_exactranktests"], rtol=COUNTED)


@pytest.mark.parametrize("name", untied)
def test_without_ties_the_exact_test_is_base_rs(name):
    found, r = mann_whitney(*TWO_SAMPLES[name], method="exact"), from_r(name)
    assert not found.is_tied
    assert is_close(found.p_value, r["exact_p_base"], rtol=COUNTED)
    # Both are differences of two data values.
    assert found.conf_low == pytest.approx(r["exact_low_base"], rel=1e-12)
    assert found.conf_high == pytest.approx(r["exact_high_base"], rel=1e-12)


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_the_exact_interval_inverts_coins_exact_test_with_ties_too(name):
    found, r = mann_whitney(*TWO_GROUPS[name], method="exact"), of_set("exact_shift.csv", name)
    # Both are differences of two data values.
    ends = [r["low"], r["high"]]
    assert [found.conf_low, found.conf_high] == pytest.approx(ends, rel=1e-12, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(a=scores, b=scores, level=st.sampled_from([0.8, 0.9, 0.95]))
def test_halving_finds_the_limits_that_a_search_of_all_steps_finds(a, b, level):
    assume(np.ptp([*a, *b]) > 0 and len({*a, *b}) < len(a) + len(b))
    found = mann_whitney(a, b, "exact", level)
    x, y = np.sort(np.array(a, float)), np.sort(np.array(b, float))
    steps = np.unique(np.subtract.outer(x, y))
    between = [steps[0] - 1, *(steps[1:] + steps[:-1]) / 2, steps[-1] + 1]
    tail = (1 - level) / 2
    up = [module._upper_p(x - at, y) for at in between]
    if up[0] > tail * (1 + 1e-9):
        assert math.isnan(found.conf_low)
        return
    first = next(k for k, p in enumerate(up) if k and p >= tail * (1 - 1e-9))
    assert found.conf_low == steps[first - 1]


def test_with_ties_and_many_subjects_the_interval_is_the_one_without_ties(monkeypatch):
    a, b = TWO_SAMPLES["one_group_constant"]
    exact = mann_whitney(a, b, "exact")
    monkeypatch.setattr(module, "EXACT_TIES", 5)
    wider = mann_whitney(a, b, "exact")
    assert wider.p_value == exact.p_value
    assert wider.conf_low <= exact.conf_low
    assert wider.conf_high >= exact.conf_high


def test_two_data_sets_have_no_ties():
    assert untied == ["missing", "equal_without_ties"]


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_pingouin_agrees_where_it_computes_the_same(name):
    ours = mann_whitney(*TWO_SAMPLES[name])
    theirs = pingouin.mwu(*TWO_SAMPLES[name], method="asymptotic").iloc[0]
    assert ours.statistic == theirs["U_val"]
    assert ours.p_value == pytest.approx(theirs["p_val"], rel=1e-12)
    assert ours.rank_biserial == pytest.approx(theirs["RBC"], rel=1e-12)
    assert ours.superiority == pytest.approx(theirs["CLES"], rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(a=scores, b=scores)
def test_the_exact_p_value_counts_every_split(a, b):
    pooled = np.array([*a, *b], dtype=float)
    assume(np.ptp(pooled) > 0)
    ranks = average_ranks(pooled)
    centre = ranks.mean() * len(a)
    seen = abs(ranks[: len(a)].sum() - centre)
    splits = np.array([ranks[list(s)].sum() for s in combinations(range(pooled.size), len(a))])
    as_far = np.mean(np.abs(splits - centre) >= seen - 1e-9)
    assert mann_whitney(a, b, method="exact").p_value == pytest.approx(as_far, rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(a=scores, b=scores, method=st.sampled_from(["asymptotic", "exact"]))
def test_swapping_the_groups_turns_it_round(a, b, method):
    assume(np.ptp([*a, *b]) > 0)
    one, other = mann_whitney(a, b, method), mann_whitney(b, a, method)
    assert one.statistic + other.statistic == len(a) * len(b)
    assert one.superiority + other.superiority == pytest.approx(1)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-12)
    assert one.shift == -other.shift
    assert str(one.conf_low) == str(-other.conf_high) or one.conf_low == -other.conf_high


@settings(max_examples=50, deadline=None)
@given(a=scores, b=scores, shift=st.integers(-50, 50), scale=st.sampled_from([1, 2, 8]))
def test_only_the_order_of_the_scores_counts(a, b, shift, scale):
    assume(np.ptp([*a, *b]) > 0)
    before = mann_whitney(a, b)
    after = mann_whitney(*(shift + scale * np.array(x) for x in (a, b)))
    cubed = mann_whitney(*(np.array(x) ** 3 for x in (a, b)))
    assert after.p_value == before.p_value == cubed.p_value
    assert after.shift == scale * before.shift


@settings(max_examples=30, deadline=None)
@given(a=scores, b=scores, seed=st.integers(0, 99))
def test_neither_order_nor_missing_values_change_a_number(a, b, seed):
    assume(np.ptp([*a, *b]) > 0)
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation([*x, math.nan]) for x in (a, b)]
    assert str(mann_whitney(a, b)) == str(mann_whitney(*shuffled))


def test_all_equal_is_not_estimable_and_not_p_1():
    for method in ("asymptotic", "exact"):
        found = mann_whitney([4, 4, 4], [4, 4], method)
        assert found.reason == ALL_EQUAL
        assert math.isnan(found.p_value)
        assert math.isnan(found.superiority)


def test_one_subject_is_too_few():
    found = mann_whitney([4], [1, 2, 3])
    assert found.reason == TOO_FEW
    assert math.isnan(found.p_value)


def test_two_constant_groups_that_differ_have_an_exact_p_value():
    # 2 of the choose(6, 3) = 20 splits are as far apart as the one seen.
    assert mann_whitney([0, 0, 0], [1, 1, 1], "exact").p_value == pytest.approx(0.1)


def test_groups_too_small_for_the_level_have_no_interval():
    # With 2 and 3 subjects the exact p value is never below 0.2: only an 80 % interval exists.
    found = mann_whitney([10, 25], [30, 50, 55], "exact")
    assert found.shift == -27.5
    assert math.isnan(found.conf_low)
    assert math.isnan(found.conf_high)
    at_80 = mann_whitney([10, 25], [30, 50, 55], "exact", conf_level=0.8)
    assert (at_80.conf_low, at_80.conf_high) == (-45, -5)


def test_exact_is_refused_for_many_subjects():
    with pytest.raises(ArgumentError) as refusal:
        mann_whitney(range(200), range(150), "exact")
    assert str(refusal.value) == (
        'method "exact" needs at most 300 subjects, not 350. Take method="asymptotic".'
    )


def test_an_unknown_method_is_refused():
    with pytest.raises(ArgumentError) as refusal:
        mann_whitney([1, 2], [3, 4], "asymtotic")  # type: ignore[arg-type]
    assert str(refusal.value) == (
        "method must be one of 'asymptotic', 'exact', not 'asymtotic'. Did you mean asymptotic?"
    )


def test_an_infinite_value_is_refused():
    with pytest.raises(ContractError, match=r"^b must be finite, but 1 of its values are infinite"):
        mann_whitney([1, 2], [3, math.inf])


def test_the_shift_is_left_out_where_there_are_too_many_pairs(monkeypatch):
    monkeypatch.setattr(module, "MOST_PAIRS", 5)
    found = mann_whitney([1, 2, 3], [2, 4, 7])
    assert math.isnan(found.shift)
    # W = 1.5 of 9 pairs, one tie of two: z = (3 - 0.5) / sqrt(9 / 12 * (7 - 6 / 30)).
    assert found.p_value == pytest.approx(math.erfc(2.5 / math.sqrt(5.1) / math.sqrt(2)))


def test_ranks_of_ties_are_averaged():
    assert average_ranks(np.array([3.0, 1.0, 3.0, 0.0])).tolist() == [3.5, 2, 3.5, 1]


@requires_shared
@pytest.mark.parametrize(
    ("dataset", "name", "file", "column", "split", "first"),
    [
        ("aSAH", "group_s100b", "aSAH.csv", "s100b", "outcome", "Poor"),
        ("btheb", "baseline_bdi_pre_compare", "btheb_wide.csv", "bdi_pre", "treatment", "BtheB"),
    ],
)
def test_real_data_give_the_numbers_of_r(dataset, name, file, column, split, first):
    import polars as pl

    frame, r = pl.read_csv(DATA / file), reference_value(dataset, name)
    is_first = frame[split] == first
    a, b = frame[column].filter(is_first), frame[column].filter(~is_first)
    found, exact = mann_whitney(a, b), mann_whitney(a, b, "exact")
    assert found.statistic == r["mann_whitney_W"]
    assert is_close(found.p_value, r["mw_asymp_cc_p"], rtol=COUNTED)
    assert is_close(exact.p_value, r["mw_exact_p_with_ties"], rtol=COUNTED)
    assert is_close(found.rank_biserial, r["rank_biserial"]["r_rank_biserial"], rtol=COUNTED)
    assert is_close(found.superiority, r["prob_superiority_a_gt_b"], rtol=COUNTED)
    assert is_close(found.shift, r["hodges_lehmann_median_of_differences"], rtol=COUNTED)
    assert found.conf_low == pytest.approx(r["hodges_lehmann_R_asymp"]["lo"], abs=R_SEARCH)
    assert found.conf_high == pytest.approx(r["hodges_lehmann_R_asymp"]["hi"], abs=R_SEARCH)
