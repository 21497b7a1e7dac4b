"""Several groups at once against R: F, Welch's F, H, permutation, and their effect sizes."""

from __future__ import annotations

import math

import numpy as np
import pingouin
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups import permutation_anova as permuting
from ketanalysis.groups.analysis_of_variance import (
    CONSTANT_GROUP,
    NO_VARIATION_WITHIN,
    TOO_FEW_SUBJECTS,
    anova,
    epsilon_squared,
    eta_squared,
    omega_squared,
    welch_anova,
)
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.kruskal_wallis import (
    NO_RANK_INTERVAL,
    kruskal_wallis,
    rank_epsilon_squared,
)
from ketanalysis.groups.permutation_anova import permutation_anova
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_samples import student, welch
from tests.groups.oracles import of_set
from tests.groups.several_groups_data import SEVERAL

FORMULA = 1e-10
# R sums the series of pf to an error of 1e-9, which the solved noncentrality magnifies.
NONCENTRAL = 1e-6
FILE = "several_groups.csv"
groups_of = st.lists(st.lists(st.integers(0, 12), min_size=2, max_size=4), min_size=2, max_size=3)


def values(name):
    return list(SEVERAL[name].values())


@pytest.mark.parametrize("name", SEVERAL)
def test_fishers_f_is_rs(name):
    found, r = anova(values(name)), of_set(FILE, name)
    ours = [found.statistic, found.df_num, found.df_den, found.p_value]
    assert ours == pytest.approx([r["f"], r["df_num"], r["df_den"], r["p"]], rel=FORMULA)


@pytest.mark.parametrize("name", SEVERAL)
def test_welchs_f_is_rs_and_pingouins(name):
    found, r = welch_anova(values(name)), of_set(FILE, name)
    ours = [found.statistic, found.df_num, found.df_den, found.p_value]
    theirs = [r["welch_f"], r["df_num"], r["welch_df"], r["welch_p"]]
    assert ours == pytest.approx(theirs, rel=FORMULA)
    frame = pl.DataFrame(
        [(g, v) for g, scores in SEVERAL[name].items() for v in scores if not math.isnan(v)],
        schema=["g", "y"],
        orient="row",
    ).to_pandas()
    row = pingouin.welch_anova(frame, dv="y", between="g").iloc[0]
    assert found.statistic == pytest.approx(row["F"], rel=FORMULA)
    assert found.p_value == pytest.approx(row["p_unc"], rel=FORMULA)


@pytest.mark.parametrize("name", SEVERAL)
def test_h_is_rs(name):
    found, r = kruskal_wallis(values(name)), of_set(FILE, name)
    assert [found.statistic, found.p_value] == pytest.approx([r["h"], r["h_p"]], rel=FORMULA)
    assert found.df_num == r["df_num"]
    assert math.isnan(found.df_den)


@pytest.mark.parametrize("name", SEVERAL)
def test_the_effect_sizes_are_effectsizes(name):
    r = of_set(FILE, name)
    for size, column in ((eta_squared, "eta"), (omega_squared, "omega")):
        assert size(values(name)).estimate == pytest.approx(r[column], rel=FORMULA)
    assert epsilon_squared(values(name)).estimate == pytest.approx(r["epsilon"], rel=FORMULA)
    ranks = rank_epsilon_squared(values(name))
    assert ranks.estimate == pytest.approx(r["rank_epsilon"], rel=FORMULA)
    assert ranks.reason == NO_RANK_INTERVAL
    assert math.isnan(ranks.conf_low)


@pytest.mark.parametrize("name", SEVERAL)
def test_the_interval_of_the_share_is_steigers(name):
    r = of_set(FILE, name)
    for size in (eta_squared, omega_squared, epsilon_squared):
        found, narrow = size(values(name)), size(values(name), 0.9)
        ends = [r["share_low"], r["share_high"]]
        assert [found.conf_low, found.conf_high] == pytest.approx(ends, rel=NONCENTRAL, abs=1e-12)
        ends = [r["share_low_90"], r["share_high_90"]]
        assert [narrow.conf_low, narrow.conf_high] == pytest.approx(ends, rel=NONCENTRAL, abs=1e-12)


@pytest.mark.parametrize("name", SEVERAL)
def test_effectsize_has_the_same_noncentrality_over_another_total(name):
    r, n = of_set(FILE, name), sum(np.sum(~np.isnan(v)) for v in values(name))
    found = eta_squared(values(name))
    for ours, column in ((found.conf_low, "effectsize_low"), (found.conf_high, "effectsize_high")):
        noncentrality = ours * n / (1 - ours)
        theirs = noncentrality / (noncentrality + r["df_den"])
        # effectsize searches both limits at once with optim's default tolerance.
        assert theirs == pytest.approx(r[column], rel=2e-4, abs=2e-4)


def test_the_permutation_counts_every_split_as_r_does():
    found, r = permutation_anova(values("four_small")), of_set(FILE, "four_small")
    assert found.p_value == pytest.approx(r["permutation_p"], rel=FORMULA)
    assert found.statistic == pytest.approx(r["f"], rel=FORMULA)
    assert found.method == "F, permutation, all 1,680 splits"


def test_a_resampled_p_value_is_near_the_enumerated_one(monkeypatch):
    exact = permutation_anova(values("four_small"))
    monkeypatch.setattr(permuting, "MOST_SPLITS", 1)
    drawn = permutation_anova(values("four_small"), Draws(2, 10_000))
    # Monte Carlo error of a share of 0.33 in 10,000: 0.005.
    assert drawn.p_value == pytest.approx(exact.p_value, abs=3 * 0.005)
    assert drawn.method == "F, permutation, 10,000 random splits, seed 2"
    with pytest.raises(ArgumentError) as refusal:
        permutation_anova(values("four_small"))
    assert str(refusal.value).startswith("test 'permutation-anova' cannot count every split of 9")


@settings(max_examples=30, deadline=None)
@given(groups=groups_of, seed=st.integers(0, 99))
def test_order_of_groups_and_rows_labels_and_units_change_nothing(groups, seed):
    assume(any(np.ptp(group) > 0 for group in groups))
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation([*group, math.nan]) * 4 + 7 for group in groups]
    turned = [shuffled[at] for at in rng.permutation(len(groups))]
    for test in (anova, welch_anova, kruskal_wallis, permutation_anova):
        one, other = test(groups), test(turned)
        assert one.p_value == pytest.approx(other.p_value, rel=1e-9, nan_ok=True)
        assert one.statistic == pytest.approx(other.statistic, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(groups=groups_of)
def test_ranks_know_order_alone(groups):
    assume(np.ptp(np.concatenate(groups)) > 0)
    cubed = [np.array(group) ** 3 for group in groups]
    assert kruskal_wallis(groups) == kruskal_wallis(cubed)


@settings(max_examples=30, deadline=None)
@given(a=st.lists(st.integers(0, 20), min_size=2, max_size=8), seed=st.integers(0, 99))
def test_with_two_groups_f_is_t_squared(a, seed):
    b = np.random.default_rng(seed).integers(0, 20, 5)
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    pairs = ((anova, student), (welch_anova, welch))
    for of_several, of_two in pairs:
        several, two = of_several([a, b]), of_two(a, b)
        assert several.statistic == pytest.approx(two.statistic**2, rel=1e-9, abs=1e-12)
        assert several.p_value == pytest.approx(two.p_value, rel=1e-9)


def test_scipy_agrees_on_fishers_f():
    name = "unbalanced"
    theirs = stats.f_oneway(*values(name))
    assert anova(values(name)).p_value == pytest.approx(theirs.pvalue, rel=FORMULA)


def test_what_cannot_be_estimated_says_why():
    tests = (anova, welch_anova, permutation_anova, eta_squared, omega_squared)
    for test in tests:
        assert test([[3, 3], [5, 5], [4, 4]]).reason == NO_VARIATION_WITHIN
        assert test([[1, 2], [3], [4, 5]]).reason == TOO_FEW_SUBJECTS
        assert test([[1, 2], [], [4, 5]]).reason == TOO_FEW_SUBJECTS
    for test in (kruskal_wallis, rank_epsilon_squared):
        assert test([[3, 3], [3, 3]]).reason == ALL_EQUAL
        assert test([[1, 2], [3]]).reason == TOO_FEW_SUBJECTS
    assert welch_anova([[3, 3], [5, 6], [4, 9]]).reason == CONSTANT_GROUP
    assert anova([[3, 3], [5, 6], [4, 9]]).p_value < 1
    with pytest.raises(ContractError, match=r"^group 2 must be finite"):
        anova([[1, 2], [math.inf, 3]])


def test_a_share_below_0_is_given_as_0():
    groups = [[1, 5, 9], [2, 5, 8], [3, 5, 7]]
    assert omega_squared(groups).estimate == epsilon_squared(groups).estimate == 0
    assert eta_squared(groups).estimate == 0
    assert eta_squared(groups).conf_low == 0
