"""One rounding rule, and signs for what has no number."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.rounding import (
    decimals,
    interval,
    number,
    p_digits,
    p_value,
    percent,
    round_half_up,
)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(2.5, 0, 3.0), (-2.5, 0, -3.0), (2.675, 2, 2.68), (0.285, 2, 0.29), (1e20, 0, 1e20)],
)
def test_half_is_rounded_away_from_zero_as_sas_does(
    value: float, digits: int, expected: float
) -> None:
    assert round_half_up(value, digits) == expected


@given(st.integers(-100_000, 100_000), st.integers(0, 3))
def test_rounding_of_short_decimals_is_exact(thousandths: int, digits: int) -> None:
    value = Fraction(thousandths, 1000)
    scaled = abs(value) * 10**digits
    nearest = (scaled + Fraction(1, 2)).__floor__()
    expected = Fraction(nearest, 10**digits) * (1 if value >= 0 else -1)
    assert round_half_up(thousandths / 1000, digits) == float(expected)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.25, 1, "1.3"),
        (-1.25, 1, "−1.3"),
        (-0.04, 1, "0.0"),
        (None, 1, "NE"),
        (float("nan"), 1, "NE"),
        (float("inf"), 1, "NE"),
    ],
)
def test_number(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


def test_an_infinite_median_is_not_reached() -> None:
    assert number(float("inf"), 1, infinite="NR") == "NR"
    assert interval(3.0, float("inf"), infinite="NR") == "3.0 to NR"
    assert interval(3.0, None) == "3.0 to NE"


@pytest.mark.parametrize(
    ("share", "text"), [(17 / 31, "55"), (0.285, "29"), (None, "NE"), (0.0, "0"), (1.0, "100")]
)
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_percent_rounds_the_decimal_that_a_person_sees() -> None:
    # 0.145 * 100 is 14.499999999999998 in binary.
    assert percent(0.145) == "15"


@pytest.mark.parametrize(
    ("p", "sentence", "cell"),
    [
        (0.03149, "p = 0.031", "0.031"),
        (0.0005, "p < 0.001", "<0.001"),
        (0.0, "p < 0.001", "<0.001"),
        (1.0, "p > 0.999", ">0.999"),
        (None, "p not estimable", "NE"),
        (float("nan"), "p not estimable", "NE"),
    ],
)
def test_p_values_never_print_as_zero_or_one(p: float | None, sentence: str, cell: str) -> None:
    assert p_digits(p) == cell
    assert p_value(p) == sentence


@pytest.mark.parametrize(
    ("low", "high", "digits"),
    [(-21.8, 0.4, 1), (0.114, 0.358, 2), (0.00114, 0.00358, 4), (None, 1.0, 1), (1.0, 1.0, 1)],
)
def test_an_interval_is_shown_to_two_digits_of_its_width(
    low: float | None, high: float, digits: int
) -> None:
    assert decimals(low, high) == digits
