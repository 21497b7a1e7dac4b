"""Two proportions: R's values, tables worked by hand, published figures, properties."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.table_tests import table_test
from ketanalysis.rates.two_by_two import Table
from ketanalysis.rates.two_proportions import (
    RISK_DIFFERENCES,
    RISK_RATIOS,
    Estimate,
    fisher_exact,
    number_needed,
    odds_ratio,
    pearson_chi_square,
    risk_difference,
    risk_ratio,
)
from tests.shared import ORACLE, reference, requires_shared

R = pl.read_csv(ORACLE / "two_proportions.csv", null_values="NA", infer_schema=False).cast(
    pl.Float64
)

# Both sides solve the score equations to the last digit (bisection here, uniroot there), and
# glm stops at 1e-12 of the deviance. The absolute part is for ends near 0 in large groups.
RTOL, ATOL = 1e-9, 1e-13

Z95 = 1.959963984540054  # R: format(qnorm(0.975), digits = 16)
F = Z95**2

groups = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(groups, groups).map(lambda two: (*two[0], *two[1]))
differences = st.sampled_from(sorted(RISK_DIFFERENCES))
SCORES = ("miettinen-nurminen", "mee")


def numbers(estimate: Estimate) -> tuple[float, float, float, float]:
    return estimate.estimate, estimate.low, estimate.high, estimate.p_value


def agree(ours: tuple[float, ...], theirs: tuple[object, ...], where: str) -> None:
    expected = [math.nan if value is None else value for value in theirs]
    np.testing.assert_allclose(ours, expected, rtol=RTOL, atol=ATOL, err_msg=where)


# --- R ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['conf_level']}")
def test_every_table_is_that_of_r(row: dict[str, float]) -> None:
    level, r = row["conf_level"], row
    counts = (r["x1"], r["n1"], r["x0"], r["n0"])
    where = f"{counts} at {level}"

    mn = risk_difference(*counts, "miettinen-nurminen", level)
    agree(numbers(mn), (r["difference"], r["mn_low"], r["mn_high"], r["mn_p"]), where)
    mee = risk_difference(*counts, "mee", level)
    agree(numbers(mee), (r["difference"], r["mee_low"], r["mee_high"], r["chi_square_p"]), where)
    newcombe = risk_difference(*counts, "newcombe", level)
    ends = (r["newcombe_low"], r["newcombe_high"])
    agree(numbers(newcombe), (r["difference"], *ends, r["chi_square_p"]), where)
    agree(pearson_chi_square(*counts), (r["chi_square"], r["chi_square_p"]), where)

    ratio = risk_ratio(*counts, "miettinen-nurminen", level)
    ends = (r["ratio_mn_low"], r["ratio_mn_high"])
    agree(numbers(ratio), (r["ratio"], *ends, r["mn_p"]), where)

    for method, name, p in (
        ("cornfield", "cornfield", r["chi_square_p"]),
        ("miettinen-nurminen", "odds_mn", r["mn_p"]),
    ):
        odds = odds_ratio(*counts, method, level)
        ends = (r[f"{name}_low"], r[f"{name}_high"])
        agree(numbers(odds)[1:], (*ends, p), f"{where} {method}")
    corrected = table_test(*counts, "pearson-corrected")
    agree((corrected.statistic, corrected.p_value), (r["yates"], r["yates_p"]), where)

    if r["odds_ratio"] is not None:  # the models in R need four cells that are not empty
        wald = risk_difference(*counts, "wald", level)
        agree(numbers(wald)[1:], (r["wald_low"], r["wald_high"], r["wald_p"]), where)
        katz = risk_ratio(*counts, "katz", level)
        agree(numbers(katz), (r["katz"], r["katz_low"], r["katz_high"], r["katz_p"]), where)
        odds = odds_ratio(*counts, "wald", level)
        ends = (r["odds_low"], r["odds_high"])
        agree(numbers(odds), (r["odds_ratio"], *ends, r["odds_p"]), where)


def test_the_oracle_is_whole() -> None:
    assert R.height == 78
    assert R["odds_ratio"].null_count() == 42  # 14 tables with an empty cell, at three levels
    ends = R.select(pl.col("^(mn|mee|newcombe|ratio_mn)_(low|high)$"))
    assert ends.null_count().sum_horizontal().item() == 0


# --- The reference file -----------------------------------------------------------------------


def references(held: object, path: str = "") -> list[tuple[str, dict[str, object]]]:
    """Every entry of the reference file that compares two proportions."""
    if not isinstance(held, dict):
        return []
    if "rd_miettinen_nurminen" in held:
        return [(path, held)]
    return [found for name, below in held.items() for found in references(below, f"{path}/{name}")]


def as_number(value: object) -> float:
    return math.nan if value is None else float(value)  # type: ignore[arg-type]


@requires_shared
@pytest.mark.parametrize(
    ("ours", "estimate", "interval"),
    [
        (lambda *t: risk_difference(*t), "rd", "rd_miettinen_nurminen"),
        (lambda *t: risk_difference(*t, "mee"), "rd", "rd_mee"),
        (lambda *t: risk_difference(*t, "newcombe"), "rd", "rd_newcombe_hybrid_score"),
        (lambda *t: risk_difference(*t, "wald"), "rd", "rd_wald"),
        (lambda *t: risk_ratio(*t), "rr", "rr_miettinen_nurminen"),
        (lambda *t: risk_ratio(*t, "katz"), "rr", "rr_katz_log"),
        (lambda *t: odds_ratio(*t), "or_sample", "or_wald"),
        (lambda *t: odds_ratio(*t, "miettinen-nurminen"), "or_sample", "or_miettinen_nurminen"),
    ],
)
def test_every_reference_comparison(ours: object, estimate: str, interval: str) -> None:
    entries = references(reference()["results"])
    assert len(entries) >= 41  # 6 of the antidepressant trial, 24 of Linde 2005, and published

    for path, held in entries:
        counts = tuple(held["counts"][name] for name in ("x1", "n1", "x2", "n2"))
        found = ours(*counts)  # type: ignore[operator]
        expected = [as_number(held[estimate]), *map(as_number, held[interval])]
        if interval in ("rr_katz_log", "or_wald") and math.isnan(expected[1]):
            expected[2] = math.nan  # with an empty cell R's formula gives NA to Inf: no interval
        # 1e-5 is what the file states (ratesci stops its search there); we are closer.
        np.testing.assert_allclose(
            [found.estimate, found.low, found.high], expected, rtol=1e-5, err_msg=path
        )


@requires_shared
def test_every_reference_test_and_number_needed() -> None:
    for path, held in references(reference()["results"]):
        counts = tuple(held["counts"][name] for name in ("x1", "n1", "x2", "n2"))
        chi = held["chisq_pearson"]
        expected = [as_number(chi["stat"]), as_number(chi["p"]), held["p_fisher"]]
        found = [*pearson_chi_square(*counts), fisher_exact(*counts).p_value]
        np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=path)
        rd = risk_difference(*counts)
        yates = table_test(*counts, "pearson-corrected")
        expected = [as_number(held["chisq_yates"][name]) for name in ("stat", "p")]
        np.testing.assert_allclose(yates[2:3] + yates[:1], expected, rtol=1e-9, err_msg=path)
        needed = number_needed(rd.estimate, rd.low, rd.high)
        np.testing.assert_allclose(needed.estimate, as_number(held["nnt"]), rtol=1e-9)


# --- Published --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [("newcombe", 0.0524, 0.3339), ("miettinen-nurminen", 0.0528, 0.3382), ("mee", 0.0533, 0.3377)],
)
def test_newcombe_1998_example_a(method: str, low: float, high: float) -> None:
    # Newcombe (1998), Stat Med 17:873-890, example (a): 56/70 against 48/80.
    found = risk_difference(56, 70, 48, 80, method)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.5e-4)


def test_published_trials() -> None:
    # Abbar 2022: an odds ratio of 3.7 from 46/73 against 25/79 (as the abstract's percentages).
    assert odds_ratio(46, 73, 25, 79).estimate == pytest.approx(3.68, abs=0.005)
    # With the arms as the abstract swaps them it would be 2.39.
    assert odds_ratio(46, 83, 25, 73).estimate == pytest.approx(2.39, abs=0.005)
    # ELEKT-D 2023: 14.2 percentage points, 95 % CI 3.9 to 24.2.
    elekt_d = risk_difference(108, 195, 70, 170)
    per_cent = [100 * value for value in numbers(elekt_d)[:3]]
    assert per_cent == pytest.approx([14.2, 3.9, 24.2], abs=0.05)


# --- By hand ----------------------------------------------------------------------------------


def test_nobody_in_either_group_by_hand() -> None:
    # 0/10 against 0/15. Below 0 the likeliest rates are p1 = 0, p0 = -d, so that at the low end
    # d**2 = z**2 f (-d)(1 + d) / 15 with f = 25/24; above 0 the same with 10 subjects.
    f = F * 25 / 24
    found = risk_difference(0, 10, 0, 15)
    assert found.estimate == 0
    assert (found.low, found.high) == pytest.approx((-f / (15 + f), f / (10 + f)), rel=1e-13)
    assert math.isnan(found.p_value)
    assert found.note == "No variation: no subject has the outcome, so there is nothing to test."


def test_everybody_in_both_groups_by_hand() -> None:
    # 10/10 against 15/15: above 1 the likeliest rates are p1 = 1, p0 = 1 / r, so that at the high
    # end of the ratio (r - 1)**2 = z**2 f (r - 1) / 15.
    f = F * 25 / 24
    found = risk_ratio(10, 10, 15, 15)
    assert (found.low, found.high) == pytest.approx((1 / (1 + f / 10), 1 + f / 15), rel=1e-13)
    assert found.note == (
        "No variation: every subject has the outcome, so there is nothing to test."
    )
    found = risk_difference(10, 10, 15, 15)
    assert (found.low, found.high) == pytest.approx((-f / (10 + f), f / (15 + f)), rel=1e-13)


def test_one_subject_in_each_group_by_hand() -> None:
    # 1/1 against 0/1: the likeliest rates are p1 = (1 + d) / 2 and p0 = (1 - d) / 2, N / (N - 1)
    # is 2, so that (1 - d)**2 = z**2 (1 - d**2).
    found = risk_difference(1, 1, 0, 1)
    assert (found.low, found.high) == pytest.approx(((1 - F) / (1 + F), 1.0), rel=1e-13)
    assert found.high == 1.0
    # Chi-square is 2, times (N - 1) / N is 1.
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(1 / 2)), rel=1e-14)


# --- Where there is no number, the reason -----------------------------------------------------


def test_an_empty_cell_has_no_wald_interval_and_says_which_cell() -> None:
    odds = odds_ratio(10, 25, 0, 25)
    assert odds.estimate == math.inf
    assert all(math.isnan(value) for value in numbers(odds)[1:])
    assert odds.note == ("The interval is not estimable: no subject with the outcome in group 0.")
    assert odds_ratio(0, 25, 25, 25).note == (
        "The interval is not estimable: no subject with the outcome in group 1 and none "
        "without the outcome in group 0."
    )
    katz = risk_ratio(0, 25, 25, 25, "katz")
    assert (katz.estimate, math.isnan(katz.low)) == (0.0, True)
    assert katz.note == ("The interval is not estimable: no subject with the outcome in group 1.")
    score = risk_ratio(10, 25, 0, 25)
    assert (score.estimate, score.high) == (math.inf, math.inf)
    assert score.note == "The interval has no upper end: no subject with the outcome in group 0."
    assert score.low == pytest.approx(2.86648040515465, rel=1e-8)  # ratesci


def test_no_variation_has_no_ratio_but_a_reason() -> None:
    note = "No variation: no subject has the outcome, so there is nothing to test."
    for found in (odds_ratio(0, 5, 0, 6), risk_ratio(0, 5, 0, 6, "katz")):
        assert all(math.isnan(value) for value in numbers(found))
        assert found.note == note
    score = risk_ratio(0, 5, 0, 6)
    assert math.isnan(score.estimate)
    assert (score.low, score.high, score.note) == (0.0, math.inf, note)
    assert all(math.isnan(value) for value in pearson_chi_square(0, 5, 0, 6))


def test_wald_without_width_says_so() -> None:
    found = risk_difference(10, 10, 0, 10, "wald")
    assert (found.low, found.high) == (1.0, 1.0)
    assert math.isnan(found.p_value)
    assert found.note == (
        "Wald's interval has no width: in each group all subjects, or none, have the outcome."
    )


def test_every_estimate_names_its_interval_and_its_test() -> None:
    counts = (17, 31, 9, 30)
    named = [(e.method, e.test) for e in (risk_difference(*counts, m) for m in RISK_DIFFERENCES)]
    named += [(e.method, e.test) for e in (risk_ratio(*counts, m) for m in RISK_RATIOS)]
    named += [(e.method, e.test) for e in (odds_ratio(*counts), fisher_exact(*counts))]
    assert named == [
        ("miettinen-nurminen", "miettinen-nurminen score"),
        ("mee", "pearson chi-square"),
        ("newcombe", "pearson chi-square"),
        ("wald", "wald"),
        ("miettinen-nurminen", "miettinen-nurminen score"),
        ("katz", "wald on the log"),
        ("wald", "wald on the log"),
        ("conditional exact", "fisher exact"),
    ]


def test_unknown_methods_name_what_there_is() -> None:
    with pytest.raises(ArgumentError) as refusal:
        risk_difference(1, 2, 1, 2, "newcomb")
    assert str(refusal.value) == (
        "method must be one of 'miettinen-nurminen', 'mee', 'newcombe', 'wald', not 'newcomb'. "
        "Did you mean newcombe?"
    )
    with pytest.raises(ArgumentError) as refusal:
        risk_ratio(1, 2, 1, 2, "log")
    assert str(refusal.value) == "method must be one of 'miettinen-nurminen', 'katz', not 'log'."


def test_counts_of_32_bits_do_not_wrap_round() -> None:
    narrow = [np.uint32(count) for count in (40_000, 70_000, 30_000, 69_000)]
    wide = (40_000.0, 70_000.0, 30_000.0, 69_000.0)
    assert risk_difference(*narrow) == risk_difference(*wide)
    assert odds_ratio(*narrow) == odds_ratio(*wide)
    assert pearson_chi_square(*narrow) == pearson_chi_square(*wide)


# --- Properties -------------------------------------------------------------------------------


@given(tables, differences)
def test_swapping_the_groups_turns_the_difference_round(
    counts: tuple[int, int, int, int], method: str
) -> None:
    x1, n1, x0, n0 = counts
    ours, swapped = risk_difference(*counts, method), risk_difference(x0, n0, x1, n1, method)
    assert ours.estimate == -swapped.estimate
    assert (ours.low, ours.high) == pytest.approx((-swapped.high, -swapped.low), abs=1e-14)
    assert ours.p_value == pytest.approx(swapped.p_value, rel=1e-12, nan_ok=True)


@given(tables, differences)
def test_the_complement_turns_the_difference_round(
    counts: tuple[int, int, int, int], method: str
) -> None:
    x1, n1, x0, n0 = counts
    ours = risk_difference(*counts, method)
    complement = risk_difference(n1 - x1, n1, n0 - x0, n0, method)
    assert (ours.low, ours.high) == pytest.approx((-complement.high, -complement.low), abs=1e-12)
    assert ours.p_value == pytest.approx(complement.p_value, rel=1e-12, nan_ok=True)


@given(tables)
def test_swapping_the_groups_inverts_the_ratios(counts: tuple[int, int, int, int]) -> None:
    x1, n1, x0, n0 = counts
    assume(x1 > 0 and x0 > 0)
    for function in (risk_ratio, odds_ratio):
        ours, swapped = function(*counts), function(x0, n0, x1, n1)
        assume(0 < ours.estimate < math.inf)
        assert (ours.low, ours.high) == pytest.approx(
            (1 / swapped.high, 1 / swapped.low), rel=1e-10, nan_ok=True
        )


@given(tables, differences, st.floats(0.5, 0.999))
def test_the_interval_holds_the_estimate(
    counts: tuple[int, int, int, int], method: str, level: float
) -> None:
    found = risk_difference(*counts, method, level)
    # Newcombe's and Wald's may have no width at the boundary: 1e-15 is rounding.
    assert found.low - 1e-15 <= found.estimate <= found.high + 1e-15
    if method in SCORES or method == "newcombe":
        assert found.low + 1e-15 >= -1
        assert found.high - 1e-15 <= 1
    ratio = risk_ratio(*counts, conf_level=level)
    assert math.isnan(ratio.estimate) or ratio.low <= ratio.estimate <= ratio.high


@given(tables, differences)
def test_a_higher_level_is_wider(counts: tuple[int, int, int, int], method: str) -> None:
    narrow, wide = (risk_difference(*counts, method, level) for level in (0.9, 0.99))
    assert wide.low <= narrow.low + 1e-15
    assert narrow.high <= wide.high + 1e-15
    narrow, wide = (risk_ratio(*counts, conf_level=level) for level in (0.9, 0.99))
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@given(tables, st.sampled_from(SCORES), st.floats(0.5, 0.999))
def test_the_score_interval_and_its_test_say_the_same(
    counts: tuple[int, int, int, int], method: str, level: float
) -> None:
    found = risk_difference(*counts, method, level)
    assume(not math.isnan(found.p_value) and abs(found.p_value - (1 - level)) > 1e-9)
    is_rejected = found.p_value < 1 - level
    assert is_rejected == (not found.low <= 0 <= found.high)
    if method == "miettinen-nurminen":
        ratio = risk_ratio(*counts, conf_level=level)
        assert ratio.p_value == found.p_value
        assert is_rejected == (not ratio.low <= 1 <= ratio.high)


def test_every_small_table_has_its_numbers() -> None:
    # All tables of up to 4 subjects a group: nothing is NaN but what has no variation.
    for n1, n0 in itertools.product(range(1, 5), repeat=2):
        for x1, x0 in itertools.product(range(n1 + 1), range(n0 + 1)):
            varies = Table(x1, n1, x0, n0).obstacle == ""
            for method in SCORES:
                found = risk_difference(x1, n1, x0, n0, method)
                assert -1 <= found.low <= found.estimate <= found.high <= 1
                assert found.low < found.high
                assert math.isnan(found.p_value) != varies
            ratio = risk_ratio(x1, n1, x0, n0)
            assert 0 <= ratio.low < ratio.high
