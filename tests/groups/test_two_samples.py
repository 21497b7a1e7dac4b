"""t tests and standardised differences against R, pingouin and their own symmetries."""

from __future__ import annotations

import math

import numpy as np
import pingouin
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups.two_samples import (
    NO_INTERVAL,
    NO_VARIATION,
    OUT_OF_RANGE,
    TOO_FEW,
    EffectSize,
    MeanDifference,
    cohens_d,
    hedges_g,
    student,
    welch,
)
from tests.groups.two_sample_data import TWO_SAMPLES, from_r
from tests.shared import DATA, is_close, reference_value, requires_shared

# Closed forms in both programs; what is left is the inverse t distribution, good to 1e-12 here.
CLOSED_FORM = 1e-10
# effectsize finds the noncentrality with optim(), stopped at 1e-9 of probability.
EFFECTSIZE_SEARCH = 1e-5
# R's pt() for noncentral t is good to about 1e-12 of probability, uniroot to 1e-13.
R_ROOT = 1e-8

scores = st.lists(st.integers(0, 100), min_size=2, max_size=12)


@pytest.mark.parametrize("name", TWO_SAMPLES)
@pytest.mark.parametrize(("test", "prefix"), [(welch, "welch"), (student, "student")])
def test_t_tests_are_those_of_r(name, test, prefix):
    found, r = test(*TWO_SAMPLES[name]), from_r(name)
    ours = {
        "t": found.statistic,
        "df": found.df,
        "p": found.p_value,
        "se": found.std_error,
        "low": found.conf_low,
        "high": found.conf_high,
    }
    wrong = {
        column: (number, r[f"{prefix}_{column}"])
        for column, number in ours.items()
        if not is_close(number, r[f"{prefix}_{column}"], rtol=CLOSED_FORM)
    }
    assert not wrong
    assert found.difference == pytest.approx(r["mean_a"] - r["mean_b"], rel=1e-14)
    assert found.reason is None


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_another_level_gives_the_interval_of_r(name):
    found, r = welch(*TWO_SAMPLES[name], conf_level=0.8), from_r(name)
    assert is_close(found.conf_low, r["welch_low_80"], rtol=CLOSED_FORM)
    assert is_close(found.conf_high, r["welch_high_80"], rtol=CLOSED_FORM)


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_effect_sizes_are_those_of_r(name):
    d, g, r = cohens_d(*TWO_SAMPLES[name]), hedges_g(*TWO_SAMPLES[name]), from_r(name)
    assert is_close(d.estimate, r["d"], rtol=CLOSED_FORM)
    assert is_close(g.estimate, r["g"], rtol=CLOSED_FORM)
    for ours, prefix in ((d, "d"), (g, "g")):
        assert is_close(ours.conf_low, r[f"{prefix}_low"], rtol=EFFECTSIZE_SEARCH)
        assert is_close(ours.conf_high, r[f"{prefix}_high"], rtol=EFFECTSIZE_SEARCH)
    assert is_close(d.conf_low, r["d_low_root"], rtol=R_ROOT)
    assert is_close(d.conf_high, r["d_high_root"], rtol=R_ROOT)


@pytest.mark.parametrize("name", [name for name in TWO_SAMPLES if name != "one_group_constant"])
@pytest.mark.parametrize("is_welch", [True, False])
def test_the_interval_is_pingouins_before_it_rounds(name, is_welch):
    a, b = (np.array(x, dtype=float) for x in TWO_SAMPLES[name])
    ours = (welch if is_welch else student)(a, b)
    before = pingouin.options["round.column.CI95"]
    rounded = pingouin.ttest(a, b, correction=is_welch)["CI95"].iloc[0]
    try:
        pingouin.options["round.column.CI95"] = None
        exact = pingouin.ttest(a, b, correction=is_welch)["CI95"].iloc[0]
    finally:
        pingouin.options["round.column.CI95"] = before
    # The same formula in another order of operations.
    assert [ours.conf_low, ours.conf_high] == pytest.approx(exact.tolist(), rel=1e-11)
    # This is why pingouin's own interval is not taken.
    assert [ours.conf_low, ours.conf_high] != pytest.approx(rounded.tolist(), rel=1e-6)


def test_the_sign_that_pingouin_drops_is_kept():
    a, b = TWO_SAMPLES["ties_and_zeros"]
    assert pingouin.ttest(a, b, correction=False)["cohen_d"].iloc[0] > 0
    signed = pingouin.compute_effsize(a, b, eftype="cohen")
    assert cohens_d(a, b).estimate == pytest.approx(signed, rel=1e-12)
    assert signed < 0


def test_equal_groups_still_get_welch():
    a, b = TWO_SAMPLES["equal_without_ties"]
    assert pingouin.ttest(a, b)["dof"].iloc[0] == 16  # pingouin's "auto" is Student's here
    assert welch(a, b).df == pytest.approx(from_r("equal_without_ties")["welch_df"], rel=1e-10)
    assert welch(a, b).df < 15.8


@pytest.mark.parametrize("test", [welch, student])
@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ([3, 3, 3], [5, 5], NO_VARIATION),
        ([0, 0], [0, 0, 0], NO_VARIATION),
        ([0.1] * 3, [0.7] * 6, NO_VARIATION),  # the SD of three times 0.1 is 1.7e-17
        ([5], [1, 2, 3], TOO_FEW),
        ([math.nan, 5], [1, 2, 3], TOO_FEW),
        ([], [1, 2], TOO_FEW),
        ([1e200, 2e200], [1.0, 2.0], OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_estimated_says_so(test, a, b, reason):
    found = test(a, b)
    assert found.reason == reason
    numbers = [getattr(found, name) for name in MeanDifference.__dataclass_fields__]
    assert all(math.isnan(number) for number in numbers if number is not reason)


@pytest.mark.parametrize("size", [hedges_g, cohens_d])
def test_an_effect_size_without_variation_is_not_infinite(size):
    found = size([3, 3, 3], [5, 5])
    assert found.reason == NO_VARIATION
    assert math.isnan(found.estimate)
    assert math.isnan(found.conf_low)


def test_a_difference_of_a_million_sd_has_no_interval():
    found = hedges_g([1, 2], [5e7, 5e7 + 1])
    assert found.estimate < -1e7
    assert math.isnan(found.conf_low)
    assert math.isnan(found.conf_high)
    assert found.reason == NO_INTERVAL


def test_an_infinite_value_is_refused():
    with pytest.raises(ContractError) as refusal:
        welch([1, 2, math.inf], [1, 2])
    assert str(refusal.value) == "a must be finite, but 1 of its values are infinite."
    with pytest.raises(ContractError) as refusal:
        hedges_g([1, 2], [-math.inf, math.inf])
    assert str(refusal.value) == "b must be finite, but 2 of its values are infinite."


@pytest.mark.parametrize("function", [welch, student, hedges_g, cohens_d])
def test_a_level_in_per_cent_is_refused(function):
    with pytest.raises(ArgumentError) as refusal:
        function([1, 2, 4], [2, 3], conf_level=95)
    assert str(refusal.value) == ("conf_level must be between 0 and 1 (0.95 is 95 %), not 95.")


@settings(max_examples=60, deadline=None)
@given(a=scores, b=scores)
def test_swapping_the_groups_flips_the_signs(a, b):
    assume(np.ptp(a) > 0 or np.ptp(b) > 0)
    for test in (welch, student):
        one, other = test(a, b), test(b, a)
        assert one.difference == -other.difference
        assert one.p_value == pytest.approx(other.p_value, rel=1e-12)
        assert [one.conf_low, one.conf_high] == pytest.approx([-other.conf_high, -other.conf_low])
    g, swapped = hedges_g(a, b), hedges_g(b, a)
    assert g.estimate == pytest.approx(-swapped.estimate, rel=1e-12)
    # Brent's root is found to 1e-12, from the other side.
    assert g.conf_low == pytest.approx(-swapped.conf_high, rel=1e-8, abs=1e-9)
    assert g.conf_low < g.estimate < g.conf_high


@settings(max_examples=60, deadline=None)
@given(a=scores, b=scores, shift=st.integers(-1000, 1000), scale=st.sampled_from([0.5, 2, 10, -1]))
def test_shifting_and_scaling_the_scores(a, b, shift, scale):
    assume(np.ptp(a) > 0 or np.ptp(b) > 0)
    moved = [shift + scale * np.array(x) for x in (a, b)]
    before, after = welch(a, b), welch(*moved)
    # Rounding in the means of shifted scores: 1e3 of level against 1e-1 of spread.
    assert after.difference == pytest.approx(scale * before.difference, rel=1e-9, abs=1e-9)
    assert after.std_error == pytest.approx(abs(scale) * before.std_error, rel=1e-9)
    assert after.p_value == pytest.approx(before.p_value, rel=1e-7)
    g, moved_g = hedges_g(a, b), hedges_g(*moved)
    assert moved_g.estimate == pytest.approx(np.sign(scale) * g.estimate, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(a=scores, b=scores, seed=st.integers(0, 99))
def test_neither_order_nor_missing_values_change_a_number(a, b, seed):
    assume(np.ptp(a) > 0 or np.ptp(b) > 0)
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation([*x, math.nan]) for x in (a, b)]
    assert welch(a, b) == welch(*shuffled)
    assert student(a, b) == student(*shuffled)
    assert hedges_g(a, b) == hedges_g(*shuffled)


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
    found, pooled, d, g = welch(a, b), student(a, b), cohens_d(a, b), hedges_g(a, b)
    pairs = [
        (found.statistic, r["welch"]["t"]),
        (found.df, r["welch"]["df"]),
        (found.p_value, r["welch"]["p"]),
        (found.difference, r["welch"]["diff"]),
        (found.std_error, r["welch"]["se"]),
        (found.conf_low, r["welch"]["lo"]),
        (found.conf_high, r["welch"]["hi"]),
        (pooled.p_value, r["student"]["p"]),
        (pooled.conf_low, r["student"]["lo"]),
        (d.estimate, r["cohens_d_pooled"]["Cohens_d"]),
        (g.estimate, r["hedges_g_pooled"]["Hedges_g"]),
    ]
    assert [ours for ours, _ in pairs] == pytest.approx([theirs for _, theirs in pairs], rel=1e-9)
    assert is_close(g.conf_low, r["hedges_g_pooled"]["CI_low"], rtol=EFFECTSIZE_SEARCH)
    assert is_close(g.conf_high, r["hedges_g_pooled"]["CI_high"], rtol=EFFECTSIZE_SEARCH)


def test_values_are_frozen():
    with pytest.raises(AttributeError):
        EffectSize().estimate = 1.0  # type: ignore[misc]
