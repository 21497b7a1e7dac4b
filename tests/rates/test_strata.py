"""Two groups in strata: R's values, published examples, tables by hand, properties."""

from __future__ import annotations

import csv
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.homogeneity import breslow_day
from ketanalysis.rates.mantel_haenszel import (
    cmh_exact,
    cmh_test,
    common_conditional_odds_ratio,
    common_difference,
    common_odds_ratio,
    common_risk_ratio,
)
from ketanalysis.rates.strata import Strata, as_strata
from ketanalysis.rates.stratified_score import stratified_difference, stratum_weights
from ketanalysis.rates.table_tests import table_test
from ketanalysis.rates.two_by_two import Estimate
from ketanalysis.rates.two_proportions import odds_ratio, risk_difference, risk_ratio
from tests.rates.test_fisher import searched
from tests.shared import DATA, ORACLE, reference_value, requires_shared

DATA_ROWS = pl.read_csv(ORACLE / "strata_data.csv")
R = pl.read_csv(ORACLE / "strata.csv", null_values="NA", schema_overrides={"set": pl.String})
R = R.with_columns(pl.exclude("set").cast(pl.Float64))
# mantelhaen.test and rma.mh are closed forms; ours and theirs differ by rounding. The score
# limits and the conditional odds ratios are solved to the last digits on both sides.
RTOL, ATOL = 1e-9, 1e-12

cell = st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
stratum = st.tuples(cell, cell).map(lambda two: (*two[0], *two[1]))
WEIGHTED = st.sampled_from(["cmh", "mn", "sample-size"])
some_strata = st.lists(stratum, min_size=1, max_size=5)


def made(rows: list[tuple[int, ...]]) -> Strata:
    return as_strata(*zip(*rows, strict=True))


def set_of(name: str) -> Strata:
    rows = DATA_ROWS.filter(pl.col("set") == name).drop("set")
    return as_strata(*[rows[column].to_list() for column in ("x1", "n1", "x0", "n0")])


def agree(ours: Any, theirs: Any, where: str) -> None:
    expected = [math.nan if value is None else value for value in theirs]
    np.testing.assert_allclose(ours, expected, rtol=RTOL, atol=ATOL, err_msg=where)


def three(found: Estimate) -> tuple[float, float, float]:
    return found.estimate, found.low, found.high


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['set']}-{r['conf_level']}")
def test_every_set_is_that_of_r(row: dict[str, Any]) -> None:
    strata, level, where = set_of(row["set"]), row["conf_level"], row["set"]
    if row["cmh"] is not None:
        for found, name in (
            (cmh_test(strata), "cmh"),
            (cmh_test(strata, is_corrected=True), "corrected"),
        ):
            agree((found.statistic, found.p_value), (row[name], row[f"{name}_p"]), where)
        agree(cmh_exact(strata).p_value, [row["exact_p"]], where)
    agree(cmh_exact(strata, is_mid_p=True).p_value, [row["mid_p"]], where)

    if row["odds_low"] is not None:
        keys = ("odds_ratio", "odds_low", "odds_high")
        agree(three(common_odds_ratio(strata, level)), [row[key] for key in keys], where)
    exact = common_conditional_odds_ratio(strata, level)
    agree(three(exact), [row[k] for k in ("conditional", "exact_low", "exact_high")], where)
    mid = common_conditional_odds_ratio(strata, level, is_mid_p=True)
    agree((mid.low, mid.high), (row["mid_low"], row["mid_high"]), where)

    sato = common_difference(strata, level)
    agree(three(sato), [row[k] for k in ("difference", "sato_low", "sato_high")], where)
    agree(sato.p_value, [row["sato_p"]], where)
    robins = common_difference(strata, level, variance="greenland-robins")
    agree((robins.low, robins.high), (row["robins_low"], row["robins_high"]), where)
    if row["log_ratio"] is not None:
        ratio = common_risk_ratio(strata, level)
        half = row["log_ratio_error"] * (math.log(ratio.high) - math.log(ratio.estimate))
        agree(math.log(ratio.estimate), [row["log_ratio"]], where)
        z = half / row["log_ratio_error"] ** 2
        agree(0.5 * math.erfc(z / math.sqrt(2)), [(1 - level) / 2], where)
        agree(ratio.p_value, [row["ratio_p"]], where)

    for weights in ("cmh", "mn"):
        found = stratified_difference(strata, weights, level)
        keys = tuple(f"{weights}_{part}" for part in ("estimate", "low", "high"))
        agree(three(found), [row[key] for key in keys], f"{where} {weights}")
        if row["cmh_p"] is not None:
            agree(found.p_value, [row["cmh_p"]], where)


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['set']}-{r['conf_level']}")
def test_every_homogeneity_is_that_of_r(row: dict[str, Any]) -> None:
    for with_tarone, name in ((False, "breslow_day"), (True, "tarone")):
        if row[f"{name}_p"] is not None:
            found = breslow_day(set_of(row["set"]), with_tarone=with_tarone)
            # rma.mh solves the fitted cells as roots of a quadratic: it keeps ten digits.
            np.testing.assert_allclose(
                (found.statistic, found.p_value), (row[name], row[f"{name}_p"]), rtol=1e-8
            )


def test_r_itself_stops_short_of_the_conditional_odds_ratio() -> None:
    for row in R.filter(pl.col("r_estimate").is_finite()).iter_rows(named=True):
        found = common_conditional_odds_ratio(set_of(row["set"]), row["conf_level"])
        for ours, theirs in zip(
            three(found), (row["r_estimate"], row["r_low"], row["r_high"]), strict=True
        ):
            # uniroot's default, .Machine$double.eps^0.25 = 1.2e-4, on the odds or its inverse.
            assert searched(ours) == pytest.approx(searched(theirs), abs=1.3e-4)


# --- Published --------------------------------------------------------------------------------


def test_the_published_example_of_metalite_ae() -> None:
    # The help page of rate_compare prints, for these 4 strata with sample size weights, est
    # 0.3998397, z_score 5.712797, lower 0.2684383 and upper 0.5172779 (alpha = 0.05); its limits
    # come from a bisection to 1e-6.
    stratum = [*([1, 2, 3, 4] * 12), 1, 3, 3, 1, *([1, 2, 3, 4] * 12), *([1, 2, 3, 4] * 25)]
    response = [0] * 80 + [1] * 20 + [0] * 40 + [1] * 60
    counts: dict[int, list[int]] = {name: [0, 0, 0, 0] for name in (1, 2, 3, 4)}
    for place, (name, met) in enumerate(zip(stratum, response, strict=True)):
        first = 2 if place < 100 else 0
        counts[name][first] += met
        counts[name][first + 1] += 1
    found = stratified_difference(made([tuple(row) for row in counts.values()]), "sample-size")
    assert found.estimate == pytest.approx(0.3998397, abs=0.5e-7)
    assert math.sqrt(found.statistic) == pytest.approx(5.712797, abs=0.5e-6)
    assert (found.low, found.high) == pytest.approx((0.2684383, 0.5172779), abs=1e-6)


@requires_shared
def test_the_trials_of_linde_2005_as_strata() -> None:
    with (DATA / "linde2005_stjohnswort_response_counts.csv").open(encoding="utf-8") as file:
        trials = [row for row in csv.DictReader(file) if row["ai"] and row["ci"]]
    rows = [tuple(int(row[name]) for name in ("ai", "n1i", "ci", "n2i")) for row in trials]
    theirs = reference_value("linde2005", "cmh_all_trials")
    strata = made(rows)
    test, odds = cmh_test(strata), common_odds_ratio(strata)
    assert test.statistic == pytest.approx(theirs["stat"], rel=1e-9)
    assert test.p_value == pytest.approx(theirs["p"], rel=1e-9)
    assert three(odds) == pytest.approx((theirs["or"], theirs["lo"], theirs["hi"]), rel=1e-9)
    assert stratified_difference(strata).p_value == test.p_value
    # 24 trials and 3000 subjects: the exact test and the interval still come, and are near.
    exact = common_conditional_odds_ratio(strata)
    assert exact.low < theirs["or"] < exact.high


# --- By hand ----------------------------------------------------------------------------------


def test_pairs_are_mcnemars_test_by_hand() -> None:
    # 12 pairs with the outcome in group 1 alone, 5 in group 0 alone: (12 - 5)**2 / 17, odds ratio
    # 12 / 5; and given 17 discordant pairs the exact test is the binomial test of 12 of 17.
    pairs = made([(1, 1, 0, 1)] * 12 + [(0, 1, 1, 1)] * 5 + [(1, 1, 1, 1)] * 8)
    test = cmh_test(pairs)
    assert test.statistic == pytest.approx(49 / 17, rel=1e-14)
    assert common_odds_ratio(pairs).estimate == pytest.approx(12 / 5, rel=1e-14)
    assert common_conditional_odds_ratio(pairs).estimate == pytest.approx(12 / 5, rel=1e-10)
    tail = sum(math.comb(17, k) for k in range(6)) / 2**17
    assert cmh_exact(pairs).p_value == pytest.approx(2 * tail, rel=1e-12)
    assert common_difference(pairs).estimate == pytest.approx(7 / 25, rel=1e-14)


def test_the_weights_of_both_kinds() -> None:
    strata = made([(8, 20, 3, 20), (5, 10, 2, 30)])
    # n1 n0 / N is 10 and 7.5.
    assert stratum_weights(strata, "cmh", 0.1) == pytest.approx([10 / 17.5, 7.5 / 17.5])
    # Without a difference both groups have the same mean rate: the same weights.
    assert stratum_weights(strata, "mn", 0.0) == pytest.approx([10 / 17.5, 7.5 / 17.5])
    # Under a difference they are inverse to the variance at the mean rates.
    from ketanalysis.rates.score_interval import restricted_rates

    weights = stratum_weights(strata, "mn", 0.3)
    rates = np.array([restricted_rates(table, 0.3) for table in strata.tables])
    mean1, mean0 = weights @ rates
    spread = mean1 * (1 - mean1) / strata.n1 + mean0 * (1 - mean0) / strata.n0
    assert weights == pytest.approx((1 / spread) / (1 / spread).sum(), rel=1e-12)


def test_strata_without_a_group_are_laid_aside_and_known() -> None:
    strata = as_strata([3, 0, 4], [10, 0, 12], [1, 2, 2], [9, 8, 11])
    assert (strata.size, strata.left_out) == (2, (1,))
    two = made([(3, 10, 1, 9), (4, 12, 2, 11)])
    assert three(stratified_difference(strata)) == three(stratified_difference(two))


# --- Where there is no number, the reason -----------------------------------------------------

ALL = (
    stratified_difference,
    common_difference,
    common_risk_ratio,
    common_odds_ratio,
    common_conditional_odds_ratio,
)


@pytest.mark.parametrize("estimate", ALL)
def test_no_stratum_with_both_groups(estimate: Any) -> None:
    found = estimate(as_strata([0, 3], [0, 8], [2, 0], [9, 0]))
    assert all(math.isnan(value) for value in three(found))
    assert found.note == "Not estimable: no stratum has subjects in both groups."


@pytest.mark.parametrize("estimate", ALL)
def test_no_variation_in_any_stratum(estimate: Any) -> None:
    found = estimate(made([(0, 4, 0, 5), (3, 3, 6, 6)]))
    assert math.isnan(found.p_value)
    assert found.note == (
        "No variation: in every stratum all subjects, or none, have the outcome, so there is "
        "nothing to test."
    )


def test_an_outcome_in_one_group_alone_has_ratios_without_interval() -> None:
    strata = made([(5, 12, 0, 11), (3, 14, 0, 9)])
    odds, ratio = common_odds_ratio(strata), common_risk_ratio(strata)
    assert (odds.estimate, ratio.estimate) == (math.inf, math.inf)
    assert math.isnan(odds.low)
    assert odds.note == (
        "The interval is not estimable: no stratum has both subjects without the outcome in group "
        "1 and with it in group 0."
    )
    assert ratio.note == ("The interval is not estimable: no subject with the outcome in group 0.")
    exact = common_conditional_odds_ratio(strata)
    assert (exact.estimate, exact.high) == (math.inf, math.inf)
    assert exact.note == (
        "The interval has no upper end: the total in group 1 is at the end of what its margins "
        "allow."
    )
    assert breslow_day(strata).note == (
        "Not estimable: the Mantel-Haenszel odds ratio is 0 or has no upper end."
    )


def test_one_stratum_has_no_homogeneity() -> None:
    found = breslow_day(made([(5, 12, 2, 11), (0, 14, 0, 9)]))
    assert found.note == "Not estimable: fewer than two strata in which the outcome varies."


def test_full_separation_has_a_difference_without_width() -> None:
    found = common_difference(made([(4, 4, 0, 5), (3, 3, 0, 4)]))
    assert three(found) == (1.0, 1.0, 1.0)
    assert math.isnan(found.p_value)
    assert found.note.startswith("The interval has no width: ")


def test_what_the_caller_must_change() -> None:
    with pytest.raises(ArgumentError) as refusal:
        as_strata([1, 2], [3, 4], [1], [5])
    assert str(refusal.value) == (
        "The counts of the strata must be as many for both groups, not 2, 2, 1 and 1."
    )
    with pytest.raises(ArgumentError) as refusal:
        stratified_difference(made([(1, 2, 1, 2)]), "inverse")
    assert str(refusal.value) == "weights must be one of 'cmh', 'mn', 'sample-size', not 'inverse'."


# --- What must always hold --------------------------------------------------------------------


@settings(max_examples=40)
@given(stratum, WEIGHTED)
def test_one_stratum_is_one_table(row: tuple[int, ...], weights: str) -> None:
    strata, single = made([row]), risk_difference(*row)
    found = stratified_difference(strata, weights)
    assert three(found) == pytest.approx(three(single), rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(single.p_value, rel=1e-9, nan_ok=True)
    odds, ratio = odds_ratio(*row), risk_ratio(*row, "katz")
    assert three(common_odds_ratio(strata)) == pytest.approx(three(odds), rel=1e-9, nan_ok=True)
    assert three(common_risk_ratio(strata)) == pytest.approx(three(ratio), rel=1e-9, nan_ok=True)
    exact = table_test(*row, "fisher").p_value
    assert cmh_exact(strata).p_value == pytest.approx(exact, rel=1e-9, nan_ok=True)


@settings(max_examples=30)  # each solves several score equations
@given(some_strata, st.randoms(use_true_random=False), WEIGHTED)
def test_the_order_of_strata_changes_nothing(rows: list[Any], order: Any, weights: str) -> None:
    mixed = rows.copy()
    order.shuffle(mixed)
    ours, theirs = (stratified_difference(made(some), weights) for some in (rows, mixed))
    assert three(ours) == pytest.approx(three(theirs), rel=1e-8, abs=1e-10)
    for estimate in ALL[1:]:
        ours, theirs = estimate(made(rows)), estimate(made(mixed))
        assert three(ours) == pytest.approx(three(theirs), rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=30)
@given(some_strata, WEIGHTED)
def test_swapping_the_groups_turns_the_sign(rows: list[Any], weights: str) -> None:
    strata = made(rows)
    ours, theirs = (stratified_difference(some, weights) for some in (strata, strata.swapped))
    turned = (-theirs.estimate, -theirs.high, -theirs.low)
    assert three(ours) == pytest.approx(turned, rel=1e-8, abs=1e-10)
    assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-9, nan_ok=True)
    other = common_conditional_odds_ratio(strata.swapped)
    exact = common_conditional_odds_ratio(strata)
    if 0 < exact.low < math.inf and 0 < other.high < math.inf:
        assert exact.low * other.high == pytest.approx(1, rel=1e-8)


@settings(max_examples=30)
@given(some_strata, WEIGHTED, st.floats(0.6, 0.99))
def test_interval_and_test_are_one(rows: list[Any], weights: str, level: float) -> None:
    found = stratified_difference(made(rows), weights, level)
    assert -1 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1
    assume(not math.isnan(found.p_value) and abs(found.p_value - (1 - level)) > 1e-9)
    assert (found.low <= 0 <= found.high) == (found.p_value > 1 - level)


@given(some_strata)
def test_a_stratum_without_variation_changes_no_ratio_test(rows: list[Any]) -> None:
    ours, theirs = (cmh_test(made(some)) for some in (rows, [*rows, (0, 7, 0, 3), (4, 4, 2, 2)]))
    assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-12, nan_ok=True)
