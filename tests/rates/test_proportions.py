"""Intervals of one proportion: R's values, cells worked by hand, coverage, properties."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.exact_proportions import binomial_p
from ketanalysis.rates.proportions import (
    INTERVALS,
    agresti_coull,
    clopper_pearson,
    jeffreys,
    mid_p,
    normal_quantile,
    proportion_interval,
    wald,
    wilson,
    wilson_corrected,
)
from tests.shared import ORACLE, reference, reference_value, requires_shared

R = pl.read_csv(ORACLE / "proportions.csv", infer_schema_length=None)
COVERAGE = pl.read_csv(ORACLE / "proportion_coverage.csv", infer_schema_length=None)

# Closed forms differ from R by rounding alone; quantiles of the beta distribution come from two
# libraries that both stop near the last digit. The absolute part is for ends near 0.
# uniroot on the logarithm of the rate, and pbinom, keep ten digits of the mid-p ends.
RTOL = {name: 1e-12 for name in INTERVALS} | {
    "clopper-pearson": 1e-10,
    "jeffreys": 1e-10,
    "mid-p": 1e-9,
}
ATOL = 1e-14

Z95 = 1.959963984540054  # R: format(qnorm(0.975), digits = 16)

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
methods = st.sampled_from(sorted(INTERVALS))
levels = st.floats(0.5, 0.999)


@pytest.mark.parametrize("conf_level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("method", INTERVALS)
def test_every_end_is_that_of_r(method: str, conf_level: float) -> None:
    theirs = R.filter(pl.col("conf_level") == conf_level)
    assert theirs.height == 33

    low, high = proportion_interval(theirs["count"], theirs["n"], method, conf_level)

    np.testing.assert_allclose(low, theirs[f"{method}.low"], rtol=RTOL[method], atol=ATOL)
    np.testing.assert_allclose(high, theirs[f"{method}.high"], rtol=RTOL[method], atol=ATOL)


def test_p_values_are_those_of_binom_test() -> None:
    for row in R.filter(pl.col("conf_level") == 0.95).iter_rows(named=True):
        ours = binomial_p(row["count"], row["n"], 0.3)
        # Log factorials lose digits in large groups: 3e6 subjects leave nine of them.
        assert ours == pytest.approx(row["p_against_0.3"], rel=1e-9, abs=1e-300)
    assert math.isnan(binomial_p(0, 0, 0.3))
    assert binomial_p(0, 4, 0.0) == 1.0


def all_prop_references() -> list[tuple[str, dict[str, object]]]:
    """Every entry of the reference file that holds the intervals of one proportion."""
    found: list[tuple[str, dict[str, object]]] = []

    def walk(path: str, held: object) -> None:
        if isinstance(held, dict):
            if "clopper_pearson" in held:
                found.append((path, held))
            else:
                for name, below in held.items():
                    walk(f"{path}/{name}", below)

    walk("", reference()["results"])
    return found


IN_REFERENCE = {name: name.replace("-", "_") for name in INTERVALS if name != "mid-p"} | {
    "wilson-corrected": "wilson_cc"
}


@requires_shared
@pytest.mark.parametrize("method", IN_REFERENCE)
def test_every_reference_interval(method: str) -> None:
    entries = all_prop_references()
    assert len(entries) >= 16

    for path, held in entries:
        ends = proportion_interval(held["x"], held["n"], method)
        # The file states 1e-6 (1e-5 for the boundary cells); its digits allow 1e-9.
        np.testing.assert_allclose(
            ends, held[IN_REFERENCE[method]], rtol=1e-9, atol=1e-15, err_msg=path
        )


@requires_shared
def test_aust_17_of_31_in_the_reference() -> None:
    theirs = reference_value("published_ketamine_aggregates", "Aust2019_response_ci")
    assert clopper_pearson(17, 31) == pytest.approx(theirs["clopper_pearson"], rel=1e-12)


@pytest.mark.parametrize(
    ("count", "n", "per_cent"),
    [
        pytest.param(17, 31, (36.0, 72.7), id="Aust 2019, responders"),
        pytest.param(41, 91, (34.6, 55.8), id="KetECT, remission with ketamine"),
    ],
)
def test_published_exact_intervals(count: int, n: int, per_cent: tuple[float, float]) -> None:
    low, high = clopper_pearson(count, n)
    # Half a unit of the last printed digit.
    assert (float(low) * 100, float(high) * 100) == pytest.approx(per_cent, abs=0.05)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # One end is 0 or 1, the other solves p**n = 0.025 or (1 - p)**n = 0.025.
        (0, 1, 0.0, 0.975),
        (1, 1, 0.025, 1.0),
        (0, 10, 0.0, 1 - 0.025**0.1),
        (10, 10, 0.025**0.1, 1.0),
        # 1 - (1 - p)**2 = 0.025 and 1 - p**2 = 0.025
        (1, 2, 1 - math.sqrt(0.975), math.sqrt(0.975)),
    ],
)
def test_clopper_pearson_by_hand(count: int, n: int, low: float, high: float) -> None:
    ours = clopper_pearson(count, n)
    assert (float(ours[0]), float(ours[1])) == pytest.approx((low, high), rel=1e-14)


def binomial(n: int, rate: Fraction, of: range) -> Fraction:
    """Exact binomial probability of the counts."""
    return sum((math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in of), Fraction(0))


def test_clopper_pearson_17_of_31_as_exact_fractions() -> None:
    low, high = (Fraction(float(end)) for end in clopper_pearson(17, 31))

    # The two one-sided binomial tests at the ends, in whole numbers: 2.5 % each. 1e-14 is what
    # the last digit of an end moves them.
    assert abs(binomial(31, low, range(17, 32)) - Fraction(25, 1000)) < 1e-14
    assert abs(binomial(31, high, range(18)) - Fraction(25, 1000)) < 1e-14


def test_mid_p_17_of_31_as_exact_fractions() -> None:
    low, high = (Fraction(float(end)) for end in mid_p(17, 31))

    # Half of the observed count's probability and all beyond it: 2.5 % at each end.
    observed = binomial(31, low, range(17, 18)) / 2
    assert abs(observed + binomial(31, low, range(18, 32)) - Fraction(25, 1000)) < 1e-14
    observed = binomial(31, high, range(17, 18)) / 2
    assert abs(observed + binomial(31, high, range(17)) - Fraction(25, 1000)) < 1e-14


@pytest.mark.parametrize("n", [1, 10, 31, 5000])
def test_mid_p_at_the_boundary_by_hand(n: int) -> None:
    # At 0 of n half of (1 - p)**n is 0.025, so that (1 - p)**n = 0.05.
    none, every = mid_p(0, n), mid_p(n, n)
    assert (none[0], every[1]) == (0.0, 1.0)
    assert float(none[1]) == pytest.approx(-math.expm1(math.log(0.05) / n), rel=1e-13)
    assert float(every[0]) == pytest.approx(0.05 ** (1 / n), rel=1e-13)


def test_the_correction_is_half_a_subject() -> None:
    # 17 of 31: |p_hat - p| - 1 / 62 = z sqrt(p (1 - p) / n) at both ends; also at half of n,
    # where prop.test drops the correction.
    for count, n in ((17, 31), (5, 10)):
        for end in wilson_corrected(count, n):
            gap = abs(count / n - end) - 1 / (2 * n)
            assert gap == pytest.approx(Z95 * math.sqrt(end * (1 - end) / n), rel=1e-12)
    assert wilson_corrected(0, 10)[0] == 0
    assert wilson_corrected(10, 10)[1] == 1


@pytest.mark.parametrize("n", [1, 10, 31, 5000])
def test_wilson_at_the_boundary_by_hand(n: int) -> None:
    # At 0 of n the score equation n p = z**2 (1 - p) is left: p = z**2 / (n + z**2).
    none, every = wilson(0, n), wilson(n, n)

    assert none[0] == 0.0
    assert not math.copysign(1, none[0]) < 0
    assert float(none[1]) == pytest.approx(Z95**2 / (n + Z95**2), rel=1e-14)
    assert float(every[0]) == pytest.approx(n / (n + Z95**2), rel=1e-14)
    assert every[1] == 1.0


def test_wilson_solves_its_equation() -> None:
    # 17 of 31: (p_hat - p)**2 = z**2 p (1 - p) / n at both ends.
    for end in wilson(17, 31):
        assert (17 / 31 - end) ** 2 == pytest.approx(Z95**2 * end * (1 - end) / 31, rel=1e-12)


def test_the_other_three_by_hand() -> None:
    # 1 of 2: the midpoint is 1/2 in every one of them.
    half = Z95 * math.sqrt(1 / 8)
    assert [float(end) for end in wald(1, 2)] == pytest.approx([0.5 - half, 0.5 + half])
    half = Z95 * math.sqrt(1 / 4 / (2 + Z95**2))
    assert [float(end) for end in agresti_coull(1, 2)] == pytest.approx([0.5 - half, 0.5 + half])
    # Jeffreys at 1 of 2 needs the median of beta(3/2, 3/2) to lie in the middle.
    low, high = jeffreys(1, 2)
    assert float(low + high) == pytest.approx(1.0, rel=1e-14)


def test_agresti_coull_and_wald_may_leave_0_to_1_and_say_so() -> None:
    assert agresti_coull(0, 10)[0] == pytest.approx(-0.0433545058876565, rel=1e-12)
    assert agresti_coull(10, 10)[1] == pytest.approx(1.0433545058876565, rel=1e-12)
    assert wald(1, 10)[0] < 0
    assert [float(end) for end in wald(0, 10)] == [0.0, 0.0]


@pytest.mark.parametrize("method", INTERVALS)
def test_no_subjects_and_missing_counts_give_nan(method: str) -> None:
    low, high = proportion_interval([0, 3, None, 2], [0, None, 5, 4], method)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, True, False]


def test_counts_of_32_bits_do_not_wrap_round() -> None:
    narrow = wilson(np.array([40_000], dtype=np.uint32), np.array([70_000], dtype=np.uint32))
    series = wilson(pl.Series([40_000], dtype=pl.UInt32), pl.Series([70_000], dtype=pl.UInt32))
    assert np.array(narrow).tolist() == np.array(series).tolist()
    assert np.array(narrow).tolist() == np.array(wilson([40_000.0], [70_000.0])).tolist()


def test_shapes_broadcast() -> None:
    low, high = wilson([[0], [5]], [10, 20, 30])
    assert low.shape == high.shape == (2, 3)
    assert low[1, 2] == wilson(5, 30)[0]


def test_wilson_covers_95_per_cent_on_average_and_clopper_pearson_never_less() -> None:
    n, ks = 31, np.arange(32)
    ends = {"wilson": wilson(ks, n), "clopper_pearson": clopper_pearson(ks, n)}
    probability = [
        np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
        for p in COVERAGE["rate"]
    ]
    for method, (low, high) in ends.items():
        ours = [
            chances[(low <= p) & (p <= high)].sum()
            for p, chances in zip(COVERAGE["rate"], probability, strict=True)
        ]
        # Sums of 32 products: rounding alone.
        np.testing.assert_allclose(ours, COVERAGE[method], rtol=1e-12)
        if method == "clopper_pearson":
            assert min(ours) >= 0.95
        else:
            assert min(ours) < 0.95
            assert abs(np.mean(ours) - 0.95) < 0.01


@given(counts, methods, levels)
def test_complement_is_symmetric(cell: tuple[int, int], method: str, level: float) -> None:
    count, n = cell
    low, high = proportion_interval(count, n, method, level)
    other_low, other_high = proportion_interval(n - count, n, method, level)
    assert (float(low), float(high)) == pytest.approx(
        (1 - float(other_high), 1 - float(other_low)), abs=1e-12
    )


@given(counts, methods, levels)
def test_the_interval_holds_the_estimate(cell: tuple[int, int], method: str, level: float) -> None:
    count, n = cell
    low, high = proportion_interval(count, n, method, level)
    assert low - 1e-15 <= count / n <= high + 1e-15


@given(counts, methods)
def test_a_higher_level_is_wider(cell: tuple[int, int], method: str) -> None:
    # Between 0 and 1: how far Agresti and Coull's ends pass a boundary falls with the level.
    low, high = np.clip(proportion_interval(*cell, method, 0.9), 0, 1)
    wider_low, wider_high = np.clip(proportion_interval(*cell, method, 0.99), 0, 1)
    assert wider_low <= low
    assert high <= wider_high


@given(st.integers(2, 200), methods, levels)
def test_ends_rise_with_the_count(n: int, method: str, level: float) -> None:
    low, high = proportion_interval(np.arange(1, n), n, method, level)
    if method == "wald":  # its ends turn back near 0 and 1: only the middle rises
        low, high = low + high, low + high
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) > 0).all()


@given(counts, levels)
def test_wilson_and_exact_stay_within_0_and_1(cell: tuple[int, int], level: float) -> None:
    for method in ("wilson", "wilson-corrected", "clopper-pearson", "mid-p", "jeffreys"):
        low, high = proportion_interval(*cell, method, level)
        assert 0 <= low <= high <= 1


def test_normal_quantile() -> None:
    assert normal_quantile(0.95) == pytest.approx(Z95, rel=1e-15)


@pytest.mark.parametrize(
    ("count", "n", "message"),
    [
        (5, 3, "count must be whole subjects between 0 and n, not 5 of 3 (cell 1)."),
        ([1, -1], 3, "count must be whole subjects between 0 and n, not -1 of 3 (cell 2)."),
        (0.55, 31, "count must be whole subjects between 0 and n, not 0.55 of 31 (cell 1)."),
        (1, 2.5, "count must be whole subjects between 0 and n, not 1 of 2.5 (cell 1)."),
        (1, math.inf, "count must be whole subjects between 0 and n, not 1 of inf (cell 1)."),
        ([1, 2], [3, 4, 5], "count and n must have shapes that broadcast, not (2,) and (3,)."),
    ],
)
@pytest.mark.parametrize("method", INTERVALS)
def test_impossible_counts_are_refused(method: str, count: object, n: object, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        proportion_interval(count, n, method)  # type: ignore[arg-type]
    assert str(refusal.value) == message


@pytest.mark.parametrize("method", INTERVALS)
def test_a_level_in_per_cent_is_refused(method: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        proportion_interval(1, 2, method, 95)
    assert str(refusal.value) == "conf_level must be between 0 and 1 (0.95 is 95 %), not 95."


def test_an_unknown_method_names_all_seven() -> None:
    with pytest.raises(ArgumentError) as refusal:
        proportion_interval(1, 2, "Wilsen")
    assert str(refusal.value) == (
        "method must be one of 'wilson', 'wilson-corrected', 'clopper-pearson', 'mid-p', "
        "'agresti-coull', 'jeffreys', 'wald', not 'Wilsen'. Did you mean wilson?"
    )
