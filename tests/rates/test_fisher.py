"""Fisher's exact test: R's fisher.test, the same equations solved further, and by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ketanalysis.rates.fisher import conditional_mid_p, fisher_exact
from ketanalysis.rates.fixed_margins import conditional_on_margins
from ketanalysis.rates.two_by_two import as_table
from tests.shared import ORACLE, reference_value, requires_shared

R = pl.read_csv(ORACLE / "fisher.csv", null_values="NA", infer_schema=False).cast(pl.Float64)

groups = st.integers(1, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(groups, groups).map(lambda two: (*two[0], *two[1]))


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['conf_level']}")
def test_every_mid_p_is_that_of_r(row: dict[str, float]) -> None:
    counts = (row["x1"], row["n1"], row["x0"], row["n0"])

    found = conditional_mid_p(*counts, row["conf_level"])

    assert (found.low, found.high) == pytest.approx((row["mid_low"], row["mid_high"]), rel=1e-9)
    assert found.p_value == pytest.approx(row["central_mid_p"], rel=1e-9)
    given_margins = conditional_on_margins([as_table(*counts)])
    assert given_margins.mid_p(row["x1"]) == pytest.approx(row["mid_p"], rel=1e-9)


def searched(odds_ratio: float) -> float:
    """The scale on which fisher.test searches: the odds ratio, or its inverse above 1."""
    return odds_ratio if odds_ratio <= 1 else 1 / odds_ratio


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['conf_level']}")
def test_every_table_is_that_of_r(row: dict[str, float]) -> None:
    counts = (row["x1"], row["n1"], row["x0"], row["n0"])

    found = fisher_exact(*counts, row["conf_level"])

    assert found.p_value == pytest.approx(row["p"], rel=1e-9)
    estimate = math.nan if row["estimate"] is None else row["estimate"]
    # The equations are solved to the last digit on both sides; sums of logarithms here,
    # dhyper there.
    np.testing.assert_allclose(
        [found.estimate, found.low, found.high], [estimate, row["low"], row["high"]], rtol=1e-9
    )
    # fisher.test itself stops at uniroot's default, .Machine$double.eps^0.25 = 1.2e-4.
    ends = [(found.low, row["r_low"]), (found.high, row["r_high"])]
    ends += [] if math.isnan(estimate) else [(found.estimate, row["r_estimate"])]
    for ours, theirs in ends:
        assert searched(ours) == pytest.approx(searched(theirs), abs=1.3e-4)


def test_mid_p_of_the_lady_tasting_tea_as_exact_fractions() -> None:
    # Weights 1, 16, 36, 16, 1: half of 16, and 1, of 70, in each tail; both tails for the test
    # by probability, where the observed 16 counts half and the other 16 in full.
    found = conditional_mid_p(3, 4, 1, 4)
    assert found.p_value == pytest.approx(2 * 9 / 70, rel=1e-14)
    given_margins = conditional_on_margins([as_table(3, 4, 1, 4)])
    assert given_margins.mid_p(3) == pytest.approx((8 + 16 + 1 + 1) / 70, rel=1e-14)
    assert (found.method, found.test) == (
        "conditional mid-p",
        "fisher exact, mid-p, twice the smaller tail",
    )


@given(tables, st.floats(0.5, 0.999))
def test_the_mid_p_interval_is_shorter_and_agrees_with_its_test(
    counts: tuple[int, ...], level: float
) -> None:
    exact, found = fisher_exact(*counts, level), conditional_mid_p(*counts, level)
    assert exact.low <= found.low <= found.high <= exact.high
    assume(abs(found.p_value - (1 - level)) > 1e-9)
    assert (found.low <= 1 <= found.high) == (found.p_value > 1 - level)


@requires_shared
def test_the_trials_of_the_reference() -> None:
    trials = reference_value("linde2005", "per_trial_two_prop")
    assert len(trials) == 24
    for name, held in trials.items():
        found = fisher_exact(*(held["counts"][key] for key in ("x1", "n1", "x2", "n2")))
        assert found.p_value == pytest.approx(held["p_fisher"], rel=1e-9), name
        # The file's odds ratios are fisher.test's: its search, not the stated 1e-5, is the limit.
        for ours, theirs in zip((found.low, found.high), held["or_fisher_ci"], strict=True):
            assert searched(ours) == pytest.approx(searched(float(theirs)), abs=1.3e-4), name
        if not math.isnan(found.estimate):
            theirs = searched(float(held["or_fisher_cmle"]))
            assert searched(found.estimate) == pytest.approx(theirs, abs=1.3e-4), name


def test_the_lady_tasting_tea_as_exact_fractions() -> None:
    # 3/4 against 1/4: weights 1, 16, 36, 16, 1 times the odds ratio to the power of 0 to 4.
    found = fisher_exact(3, 4, 1, 4)
    weights = (1, 16, 36, 16, 1)

    def probability(odds_ratio: float) -> list[Fraction]:
        tilted = [w * Fraction(odds_ratio) ** k for k, w in enumerate(weights)]
        return [t / sum(tilted) for t in tilted]

    assert found.p_value == pytest.approx(34 / 70, rel=1e-14)  # 16 + 16 + 1 + 1 of 70
    # 1e-13: what the last digits of the odds ratio move these probabilities.
    assert abs(sum(probability(found.low)[3:]) - Fraction(1, 40)) < 1e-13
    assert abs(sum(probability(found.high)[:4]) - Fraction(1, 40)) < 1e-13
    expected = sum(k * p for k, p in enumerate(probability(found.estimate)))
    assert abs(expected - 3) < 1e-13


def test_one_subject_in_each_group_by_hand() -> None:
    # 1/1 against 0/1: the upper tail is w / (1 + w), so the low end is (1/40) / (39/40).
    found = fisher_exact(1, 1, 0, 1)
    assert (found.estimate, found.high, found.p_value) == (math.inf, math.inf, 1.0)
    assert found.low == pytest.approx(1 / 39, rel=1e-13)
    assert fisher_exact(0, 1, 1, 1).high == pytest.approx(39, rel=1e-13)


def test_no_variation_has_no_estimate_but_r_says_0() -> None:
    for counts in ((0, 10, 0, 15), (10, 10, 15, 15)):
        found = fisher_exact(*counts)
        assert math.isnan(found.estimate)
        assert (found.low, found.high, found.p_value) == (0.0, math.inf, 1.0)
        assert found.note.startswith("No variation: ")


def test_nobody_responds_to_placebo() -> None:
    # 10/25 against 0/25: both tails, twice C(25, 10) / C(50, 10).
    found = fisher_exact(10, 25, 0, 25)
    assert found.p_value == pytest.approx(2 * math.comb(25, 10) / math.comb(50, 10), rel=1e-12)
    assert found.estimate == math.inf


@given(tables)
def test_swapping_the_groups_inverts(counts: tuple[int, int, int, int]) -> None:
    x1, n1, x0, n0 = counts
    ours, swapped = fisher_exact(*counts), fisher_exact(x0, n0, x1, n1)
    assert ours.p_value == pytest.approx(swapped.p_value, rel=1e-12)
    assert ours.low * swapped.high == pytest.approx(1, rel=1e-9) or ours.low == 0
    assert (ours.low == 0) == (swapped.high == math.inf)


@given(tables, st.floats(0.5, 0.999))
def test_the_interval_holds_the_estimate(counts: tuple[int, ...], level: float) -> None:
    found = fisher_exact(*counts, level)
    assume(not math.isnan(found.estimate))
    assert found.low <= found.estimate <= found.high
    wider = fisher_exact(*counts, (1 + level) / 2)
    assert wider.low <= found.low
    assert found.high <= wider.high


@given(tables)
def test_p_is_the_sum_over_tables_no_more_probable(counts: tuple[int, int, int, int]) -> None:
    x1, n1, x0, n0 = counts
    m = x1 + x0
    ways = {
        k: math.comb(n1, k) * math.comb(n0, m - k) for k in range(max(0, m - n0), min(n1, m) + 1)
    }
    exact = Fraction(sum(w for w in ways.values() if w <= ways[x1]), math.comb(n1 + n0, m))
    found = fisher_exact(*counts).p_value
    assert found <= 1
    assert found == pytest.approx(float(exact), rel=1e-11)
