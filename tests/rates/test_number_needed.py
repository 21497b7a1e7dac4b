"""The number needed to treat: intervals that pass infinity, worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.number_needed import NumberNeeded, number_needed


@pytest.mark.parametrize(
    ("rd", "low", "high", "text"),
    [
        # Altman's case: a gain of 10 points, 95 % CI -5 to 25.
        (0.10, -0.05, 0.25, "NNTB 10.0 (NNTB 4.0 to infinity to NNTH 20.0)"),
        (-0.10, -0.25, 0.05, "NNTH 10.0 (NNTH 4.0 to infinity to NNTB 20.0)"),
        (0.25, 0.10, 0.50, "NNTB 4.0 (NNTB 2.0 to NNTB 10.0)"),
        (-0.25, -0.50, -0.10, "NNTH 4.0 (NNTH 2.0 to NNTH 10.0)"),
        (0.25, 0.0, 0.50, "NNTB 4.0 (NNTB 2.0 to infinity)"),
        (-0.25, -0.50, 0.0, "NNTH 4.0 (NNTH 2.0 to infinity)"),
        (0.0, -0.20, 0.10, "infinity (NNTB 10.0 to infinity to NNTH 5.0)"),
        (1.0, 0.8, 1.0, "NNTB 1.0 (NNTB 1.0 to NNTB 1.3)"),  # 1.25, half away from zero
        (0.25, math.nan, math.nan, "NNTB 4.0 (NE)"),
        (math.nan, math.nan, math.nan, "NE (NE)"),
    ],
)
def test_text_as_altman_writes_it(rd: float, low: float, high: float, text: str) -> None:
    assert number_needed(rd, low, high).text() == text


def test_decimals_are_the_callers() -> None:
    assert number_needed(0.3, 0.07, 0.5).text(0) == "NNTB 3 (NNTB 2 to NNTB 14)"


def test_a_bad_outcome_turns_benefit_and_harm_round() -> None:
    # Relapse 27 % against 45 %: fewer relapses are benefit.
    fewer = number_needed(-0.2, -0.4, -0.1, is_outcome_good=False)
    assert fewer == NumberNeeded(5.0, 0.1, 0.4)
    assert fewer.text() == "NNTB 5.0 (NNTB 2.5 to NNTB 10.0)"
    assert number_needed(0.2, -0.1, 0.4, is_outcome_good=False).text() == (
        "NNTH 5.0 (NNTH 2.5 to infinity to NNTB 10.0)"
    )


def test_the_estimate_is_signed_and_infinite_at_0() -> None:
    assert number_needed(0.2, 0.1, 0.3).estimate == 5.0
    assert number_needed(-0.2, -0.3, 0.3).estimate == -5.0
    assert number_needed(0.0, -0.3, 0.3).estimate == math.inf
    assert math.isnan(number_needed(math.nan, math.nan, math.nan).estimate)


@given(st.tuples(*[st.floats(-1, 1).map(lambda rd: round(rd, 4))] * 3).map(sorted), st.booleans())
def test_a_range_through_infinity_is_said_exactly_when_0_is_inside(
    ends: list[float], is_outcome_good: bool
) -> None:
    low, rd, high = ends
    needed = number_needed(rd, low, high, is_outcome_good=is_outcome_good)
    assert ("to infinity to" in needed.text(4)) == (low < 0 < high)
    turned = number_needed(0 - rd, 0 - high, 0 - low, is_outcome_good=not is_outcome_good)
    assert needed == turned


def test_an_estimate_outside_its_interval_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        number_needed(0.5, 0.1, 0.2)
    assert str(refusal.value) == "rd must lie between low and high, not 0.5 in 0.1 to 0.2."
