"""Odds ratios by the name of their interval: by hand, with empty cells, and their tests."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.fisher import conditional_mid_p, fisher_exact
from ketanalysis.rates.odds_ratios import ODDS_RATIOS, odds_ratio
from ketanalysis.rates.two_proportions import risk_ratio

groups = st.integers(1, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(groups, groups).map(lambda two: (*two[0], *two[1]))
SCORES = ("cornfield", "miettinen-nurminen")
Z95 = 1.959963984540054  # R: format(qnorm(0.975), digits = 16)


def test_ratios_by_hand() -> None:
    # 4/8 against 2/8: ratio 2 with variance 1/4 - 1/8 + 1/2 - 1/8 = 1/2, odds ratio 3 with
    # variance 1/4 + 1/4 + 1/2 + 1/6 = 7/6.
    katz, odds = risk_ratio(4, 8, 2, 8, "katz"), odds_ratio(4, 8, 2, 8)
    spread = math.exp(Z95 * math.sqrt(1 / 2))
    assert (katz.estimate, katz.low, katz.high) == pytest.approx(
        (2, 2 / spread, 2 * spread), rel=1e-14
    )
    spread = math.exp(Z95 * math.sqrt(7 / 6))
    assert (odds.estimate, odds.low, odds.high) == pytest.approx(
        (3, 3 / spread, 3 * spread), rel=1e-14
    )
    assert odds.p_value == pytest.approx(
        math.erfc(math.log(3) / math.sqrt(7 / 6) / math.sqrt(2)), rel=1e-13
    )


@pytest.mark.parametrize("method, factor", [("cornfield", 1.0), ("miettinen-nurminen", 16 / 15)])
def test_the_score_equation_by_hand(method: str, factor: float) -> None:
    # 4/8 against 2/8: at an end the fitted cells a, 8 - a, 6 - a, 2 + a give the odds ratio, and
    # (4 - a)**2 (1/a + 1/(8 - a) + 1/(6 - a) + 1/(2 + a)) = z**2 (times the factor).
    found = odds_ratio(4, 8, 2, 8, method)
    assert found.estimate == 3.0
    for odds in (found.low, found.high):
        # a (2 + a) = odds (8 - a) (6 - a)
        b, c = 2 + 14 * odds, -48 * odds
        a = (-b + math.sqrt(b * b - 4 * (1 - odds) * c)) / (2 * (1 - odds)) if odds != 1 else -c / b
        kept = (4 - a) ** 2 * (1 / a + 1 / (8 - a) + 1 / (6 - a) + 1 / (2 + a))
        assert kept == pytest.approx(factor * Z95**2, rel=1e-11)


def test_an_empty_cell_leaves_one_end_open_and_says_so() -> None:
    for method in (*SCORES, "conditional-exact", "conditional-mid-p"):
        none = odds_ratio(10, 25, 0, 25, method)
        assert (none.estimate, none.high) == (math.inf, math.inf)
        assert 1 < none.low < math.inf
        assert none.note == (
            "The interval has no upper end: no subject with the outcome in group 0."
        )
        swapped = odds_ratio(0, 25, 10, 25, method)
        assert (swapped.estimate, swapped.low) == (0.0, 0.0)
        assert swapped.high == pytest.approx(1 / none.low, rel=1e-9)
        assert swapped.note == "The interval starts at 0: no subject with the outcome in group 1."


@pytest.mark.parametrize("method", ODDS_RATIOS)
def test_no_variation_and_no_subjects_have_no_odds_ratio(method: str) -> None:
    found = odds_ratio(0, 5, 0, 6, method)
    assert math.isnan(found.estimate)
    assert math.isnan(found.p_value)
    assert found.note == "No variation: no subject has the outcome, so there is nothing to test."
    found = odds_ratio(0, 0, 2, 6, method)
    assert all(math.isnan(value) for value in (found.estimate, found.low, found.high))
    assert found.note == "No subjects in group 1."


def test_the_conditional_methods_are_those_of_fisher() -> None:
    for name, of in (("conditional-exact", fisher_exact), ("conditional-mid-p", conditional_mid_p)):
        named, full = odds_ratio(17, 31, 9, 30, name), of(17, 31, 9, 30)
        assert (named.estimate, named.low, named.high) == (full.estimate, full.low, full.high)
        assert (named.p_value, named.test, named.method) == (full.p_value, full.test, name)


@given(tables, st.sampled_from(SCORES), st.floats(0.5, 0.999))
def test_interval_and_test_are_one(
    counts: tuple[int, int, int, int], method: str, level: float
) -> None:
    found = odds_ratio(*counts, method, level)
    assume(not math.isnan(found.p_value) and abs(found.p_value - (1 - level)) > 1e-9)
    assert found.low <= found.estimate <= found.high
    assert (found.low <= 1 <= found.high) == (found.p_value > 1 - level)


@given(tables, st.sampled_from(sorted(ODDS_RATIOS)))
def test_swapping_the_groups_inverts(counts: tuple[int, int, int, int], method: str) -> None:
    x1, n1, x0, n0 = counts
    ours, swapped = odds_ratio(*counts, method), odds_ratio(x0, n0, x1, n1, method)
    for end, other in ((ours.low, swapped.high), (ours.high, swapped.low)):
        if end in (0.0, math.inf):
            assert other in (0.0, math.inf)
        elif not math.isnan(end):
            assert end * other == pytest.approx(1, rel=1e-8)


def test_an_unknown_method_names_all() -> None:
    with pytest.raises(ArgumentError) as refusal:
        odds_ratio(1, 2, 1, 2, "woolf")
    assert str(refusal.value) == (
        "method must be one of 'wald', 'cornfield', 'miettinen-nurminen', 'conditional-exact', "
        "'conditional-mid-p', not 'woolf'."
    )
