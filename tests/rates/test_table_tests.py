"""Tests of one table by name: what each is called, tables by hand, and where there is none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.fisher import fisher_exact
from ketanalysis.rates.table_tests import TESTS, pearson_chi_square, table_test
from ketanalysis.rates.two_proportions import RISK_DIFFERENCES, risk_difference

groups = st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(groups, groups).map(lambda two: (*two[0], *two[1]))

NAMES = {
    "miettinen-nurminen": "miettinen-nurminen score",
    "pearson": "pearson chi-square",
    "pearson-corrected": "pearson chi-square with continuity correction",
    "wald": "wald",
    "fisher": "fisher exact",
    "fisher-mid-p": "fisher exact, mid-p",
    "boschloo": "boschloo exact, unconditional",
    "barnard": "barnard exact, unconditional, score statistic",
}


def test_every_test_says_its_name() -> None:
    assert {name: table_test(3, 4, 1, 4, name).test for name in TESTS} == NAMES


def test_the_lady_tasting_tea_by_hand() -> None:
    # 3/4 against 1/4: chi-square 8 (3 x 3 - 1 x 1)**2 / 4**4 = 2; Yates takes N / 2 = 4 of the 8
    # away, a quarter of 2 is left; of 70 tables given the margins 16 + 16 + 1 + 1 are no more
    # probable than the 16 that show it.
    pearson, yates = (table_test(3, 4, 1, 4, name) for name in ("pearson", "pearson-corrected"))
    assert (pearson.statistic, pearson.df) == (pytest.approx(2, rel=1e-15), 1)
    assert (yates.statistic, yates.df) == (pytest.approx(0.5, rel=1e-15), 1)
    assert yates.p_value == pytest.approx(math.erfc(math.sqrt(0.25)), rel=1e-15)
    score = table_test(3, 4, 1, 4, "miettinen-nurminen")
    assert score.statistic == pytest.approx(2 * 7 / 8, rel=1e-15)
    wald = table_test(3, 4, 1, 4, "wald")
    assert wald.statistic == pytest.approx(0.5**2 / (2 * 3 / 16 / 4), rel=1e-15)
    assert table_test(3, 4, 1, 4, "fisher").p_value == pytest.approx(34 / 70, rel=1e-14)
    assert table_test(3, 4, 1, 4, "fisher-mid-p").p_value == pytest.approx(26 / 70, rel=1e-14)
    assert math.isnan(table_test(3, 4, 1, 4, "fisher").statistic)


def test_chi_square_by_hand() -> None:
    # 56/70 against 48/80: 150 (56 x 32 - 14 x 48)**2 / (70 x 80 x 104 x 46)
    statistic, p = pearson_chi_square(56, 70, 48, 80)
    assert statistic == pytest.approx(150 * 1120**2 / (70 * 80 * 104 * 46), rel=1e-15)
    assert p == pytest.approx(math.erfc(math.sqrt(statistic / 2)), rel=1e-14)


def test_the_correction_never_passes_no_difference() -> None:
    # 5/10 against 6/11 differ by less than the correction: chi-square 0, p = 1.
    found = table_test(5, 10, 6, 11, "pearson-corrected")
    assert (found.statistic, found.p_value) == (0.0, 1.0)
    assert table_test(5, 10, 10, 20, "pearson-corrected").p_value == 1.0


@pytest.mark.parametrize("name", TESTS)
def test_without_variation_there_is_nothing_to_test(name: str) -> None:
    for counts, note in (
        ((0, 5, 0, 6), "No variation: no subject has the outcome, so there is nothing to test."),
        ((5, 5, 6, 6), "No variation: every subject has the outcome, so there is nothing to test."),
        ((0, 0, 3, 6), "No subjects in group 1."),
    ):
        found = table_test(*counts, name)
        assert (math.isnan(found.p_value), found.note) == (True, note)


def test_a_wald_test_needs_a_standard_error() -> None:
    assert math.isnan(table_test(5, 5, 0, 6, "wald").p_value)
    assert table_test(5, 5, 0, 6, "fisher").p_value == pytest.approx(1 / math.comb(11, 5))


@given(tables, st.sampled_from(sorted(TESTS)))
def test_a_risk_difference_takes_any_test_by_name(
    counts: tuple[int, int, int, int], name: str
) -> None:
    own, named = risk_difference(*counts), risk_difference(*counts, test=name)
    found = table_test(*counts, name)
    assert (own.estimate, own.low, own.high) == (named.estimate, named.low, named.high)
    assert named.test == found.test
    assert named.p_value == found.p_value or math.isnan(found.p_value)


@given(tables)
def test_each_method_has_its_own_test(counts: tuple[int, int, int, int]) -> None:
    for method, (_, test) in RISK_DIFFERENCES.items():
        found, expected = risk_difference(*counts, method), table_test(*counts, test)
        assert found.test == expected.test
        assert found.p_value == expected.p_value or math.isnan(expected.p_value)


@given(tables)
def test_fisher_by_name_is_fisher_exact(counts: tuple[int, int, int, int]) -> None:
    named, full = table_test(*counts, "fisher"), fisher_exact(*counts)
    if not named.note:
        assert named.p_value == full.p_value
        statistic, p = pearson_chi_square(*counts)
        pearson = table_test(*counts, "pearson")
        assert (pearson.statistic, pearson.p_value) == (statistic, p)


def test_an_unknown_test_names_all() -> None:
    with pytest.raises(ArgumentError) as refusal:
        table_test(1, 2, 1, 2, "fischer")
    assert str(refusal.value) == (
        "test must be one of 'miettinen-nurminen', 'pearson', 'pearson-corrected', 'wald', "
        "'fisher', 'fisher-mid-p', 'boschloo', 'barnard', not 'fischer'. Did you mean fisher?"
    )
