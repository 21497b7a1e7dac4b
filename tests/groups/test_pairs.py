"""Pairs after a test of several groups: Tukey, Games-Howell, Dunnett and Dunn against R."""

from __future__ import annotations

import math

import numpy as np
import pingouin
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.groups.analysis_of_variance import NO_VARIATION_WITHIN, TOO_FEW_SUBJECTS
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.pairs import PAIR_CONSTANT, dunn, dunnett, games_howell, tukey
from ketanalysis.groups.simultaneous import dunnett_p, dunnett_quantile, range_p, range_quantile
from ketanalysis.multiplicity import adjust_p
from tests.groups.oracles import number, rows
from tests.groups.several_groups_data import SEVERAL

FORMULA = 1e-10
# The oracles are nested integrations with a tolerance of 1e-10, and TVPACK for two groups.
INTEGRAL = 1e-8
# R's ptukey and qtukey, with ten degrees of freedom or more; with fewer they lose digits.
PTUKEY = 1e-6
NUMBERS = ("estimate", "std_error", "df", "p_value")


def cases(test):
    return [row for row in rows("pairs.csv") if row["test"] == test]


def identity(row):
    return f"{row['dataset']}-{row['first']}-{row['second']}"


def placed(row):
    groups = SEVERAL[row["dataset"]]
    names = list(groups)
    return list(groups.values()), (names.index(row["first"]), names.index(row["second"]))


def check(found, row, tolerance):
    ours = [getattr(found, name) for name in NUMBERS]
    assert ours == pytest.approx([number(row[name]) for name in NUMBERS], rel=FORMULA)
    assert found.p_adjusted == pytest.approx(number(row["p_adjusted"]), **tolerance)
    ends = [number(row["conf_low"]), number(row["conf_high"])]
    # R's root search for the quantile stops at 1e-10, qtukey at 1e-4 of a tail of 0.05.
    slack = {"rel": 1e-6, "abs": 1e-6 if row["test"] != "tukey" else 1e-4}
    assert [found.conf_low, found.conf_high] == pytest.approx(ends, **slack)


@pytest.mark.parametrize("row", cases("tukey"), ids=identity)
def test_tukey_is_rs(row):
    groups, place = placed(row)
    (found,) = tukey(groups, [place])
    check(found, row, {"rel": INTEGRAL})
    assert found.p_adjusted == pytest.approx(number(row["printed"]), rel=PTUKEY)


@pytest.mark.parametrize("row", cases("games-howell"), ids=identity)
def test_games_howell_is_the_formula_in_r_and_rstatix(row):
    groups, place = placed(row)
    (found,) = games_howell(groups, [place])
    check(found, row, {"rel": INTEGRAL})
    # rstatix prints three digits.
    assert found.p_adjusted == pytest.approx(number(row["printed"]), rel=0.1, abs=5.1e-4)


@pytest.mark.parametrize("name", ["missing", "unbalanced"])
def test_pingouin_agrees_on_games_howell_and_tukey(name):
    frame = pl.DataFrame(
        [(g, v) for g, scores in SEVERAL[name].items() for v in scores if not math.isnan(v)],
        schema=["g", "y"],
        orient="row",
    ).to_pandas()
    names, groups = list(SEVERAL[name]), list(SEVERAL[name].values())
    for theirs, test in (
        (pingouin.pairwise_gameshowell(frame, dv="y", between="g"), games_howell),
        (pingouin.pairwise_tukey(frame, dv="y", between="g"), tukey),
    ):
        column = "pval" if "pval" in theirs else "p_tukey" if "p_tukey" in theirs else "p_corr"
        for _, row in theirs.iterrows():
            place = names.index(row["A"]), names.index(row["B"])
            (found,) = test(groups, [place])
            assert found.estimate == pytest.approx(row["diff"], rel=1e-9)
            assert found.p_adjusted == pytest.approx(row[column], rel=1e-6)


@pytest.mark.parametrize("row", cases("dunnett"), ids=identity)
def test_dunnett_is_mvtnorms(row):
    groups, (first, second) = placed(row)
    assert second == 0
    found = dunnett(groups, 0)[first - 1]
    check(found, row, {"rel": INTEGRAL, "abs": 1e-12})
    # multcomp::glht draws random points beyond two groups: seen 2e-7 off, 1e-6 of its own error.
    assert found.p_adjusted == pytest.approx(number(row["printed"]), abs=2e-6)


@pytest.mark.parametrize("row", cases("dunn"), ids=identity)
def test_dunn_is_rstatixs(row):
    groups, place = placed(row)
    (found,) = dunn(groups, [place])
    assert found.p_value == pytest.approx(number(row["p_value"]), rel=FORMULA)
    assert found.statistic == pytest.approx(number(row["printed"]), rel=FORMULA)
    assert math.isnan(found.conf_low)


@pytest.mark.parametrize("name", SEVERAL)
def test_dunn_with_holm_is_rstatixs(name):
    groups = list(SEVERAL[name].values())
    own = [row for row in cases("dunn") if row["dataset"] == name]
    found = dunn(groups, [placed(row)[1] for row in own])
    adjusted = adjust_p([pair.p_value for pair in found], "holm")
    assert adjusted.tolist() == pytest.approx([number(row["p_adjusted"]) for row in own])


# --- the two distributions -----------------------------------------------------------------------


def test_dunnetts_table():
    # Dunnett (1955), table 2 b, two-sided 95 %: df 10 and 20.
    for df, groups, bound in ((10, 2, 2.57), (10, 4, 2.89), (20, 3, 2.54)):
        n = 5
        assert dunnett_quantile(0.95, (n,) * groups, n, df) == pytest.approx(bound, abs=0.0051)


@pytest.mark.parametrize("df", [1, 9, 400])
@pytest.mark.parametrize("sizes", [(5,), (3, 200, 7)])
def test_quantile_and_tail_are_each_others_inverse(df, sizes):
    bound = dunnett_quantile(0.95, sizes, 6, df)
    assert dunnett_p(bound, sizes, 6, df) == pytest.approx(0.05, rel=1e-9)


def test_one_group_is_the_t_test():
    from scipy import stats

    assert dunnett_p(2.3, (7,), 9, 14) == pytest.approx(2 * stats.t.sf(2.3, 14), rel=1e-12)
    assert range_p(2.3, 2, 14) == pytest.approx(2 * stats.t.sf(2.3, 14), rel=1e-9)
    assert range_quantile(0.95, 2, 14) == pytest.approx(stats.t.ppf(0.975, 14), rel=1e-6)


def test_a_tiny_p_value_is_not_0():
    for p in (dunnett_p(40, (10, 10), 10, 27), range_p(40, 3, 27)):
        assert 0 < p < 1e-20


def test_the_tails_lie_between_one_test_and_their_sum():
    from scipy import stats

    single = 2 * stats.t.sf(2.1, 27)
    assert single < dunnett_p(2.1, (10, 10, 10), 10, 27) < range_p(2.1, 4, 27) < 6 * single


# --- what holds for all --------------------------------------------------------------------------

groups_of = st.lists(st.lists(st.integers(0, 12), min_size=2, max_size=4), min_size=3, max_size=3)


@settings(max_examples=5, deadline=None)
@given(groups=groups_of, seed=st.integers(0, 99))
def test_the_other_way_round_flips_the_signs_and_rows_do_not_matter(groups, seed):
    assume(any(np.ptp(group) > 0 for group in groups))
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation([*group, math.nan]) for group in groups]
    for test in (tukey, games_howell, dunn):
        one, other = test(groups, [(1, 0)])[0], test(shuffled, [(0, 1)])[0]
        assert one.estimate == pytest.approx(-other.estimate, nan_ok=True)
        assert one.statistic == pytest.approx(-other.statistic, nan_ok=True)
        assert one.p_value == pytest.approx(other.p_value, nan_ok=True)
        assert one.conf_low == pytest.approx(-other.conf_high, nan_ok=True)


def test_what_cannot_be_estimated_says_why():
    constant, lone = [[3, 3], [5, 5], [4, 4]], [[1, 2], [3], [4, 5]]
    assert [p.reason for p in tukey(constant, [(1, 0), (2, 0)])] == [NO_VARIATION_WITHIN] * 2
    assert [p.reason for p in dunnett(constant, 0)] == [NO_VARIATION_WITHIN] * 2
    assert games_howell([[3, 3], [5, 5], [4, 9]], [(1, 0)])[0].reason == PAIR_CONSTANT
    assert games_howell([[3, 3], [5, 5], [4, 9]], [(2, 0)])[0].reason is None
    for found in (tukey(lone, [(1, 0)]), games_howell(lone, [(1, 0)]), dunn(lone, [(1, 0)])):
        assert found[0].reason == TOO_FEW_SUBJECTS
    assert dunn([[3, 3], [3, 3], [3, 3]], [(1, 0)])[0].reason == ALL_EQUAL
