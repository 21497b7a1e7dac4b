"""Mean, SD, median, quartiles and range of one group, against R and at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.participants.summary_statistics import Summary, summarise
from tests.participants.baseline_data import NUMBERS, from_r, groups_of

FEW = settings(max_examples=30)
# The same few additions in another order: what is left is the last digit of double precision.
CLOSED_FORM = 1e-12
FIELDS = ("n", "mean", "sd", "median", "q1", "q3", "min", "max")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", NUMBERS)
def test_each_statistic_is_that_of_r(name: str, field: str) -> None:
    expected = from_r(name, field)
    assert expected
    for group, values in groups_of(name).items():
        found = getattr(summarise(values), field)
        assert found == pytest.approx(expected[group], rel=CLOSED_FORM), group


def test_nothing_is_described_where_nothing_is() -> None:
    assert summarise([math.nan]) == summarise([]) == Summary(n=0)


def test_one_value_has_no_sd() -> None:
    assert summarise([7.0]) == Summary(
        n=1, mean=7.0, sd=None, median=7.0, q1=7.0, q3=7.0, min=7.0, max=7.0
    )


def test_equal_values_have_an_sd_of_exactly_0() -> None:
    """0.1 + 0.1 + 0.1 is not 0.3: an SD of 1e-17 would make standardised differences huge."""
    found = summarise([0.1, 0.1, 0.1])
    assert (found.mean, found.sd) == (0.1, 0.0)


@pytest.mark.parametrize("factor", [1e-200, 1.0, 1e200])
def test_an_sd_is_found_at_any_size_of_the_values(factor: float) -> None:
    found = summarise(np.array([1.0, 2.0, 4.0]) * factor)
    assert found.sd == pytest.approx(math.sqrt(7 / 3) * factor, rel=1e-12)


values = st.lists(st.integers(-1000, 1000), min_size=1, max_size=12)


@FEW
@given(values, st.randoms(use_true_random=False))
def test_the_order_of_the_values_does_not_matter(numbers: list[int], chance: object) -> None:
    shuffled = list(numbers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summarise(shuffled) == summarise(numbers)


@FEW
@given(values)
def test_other_units_change_what_has_a_unit_and_nothing_else(numbers: list[int]) -> None:
    one, other = summarise(numbers), summarise(np.array(numbers) * 4.0 + 8.0)
    assert other.n == one.n
    for field in ("mean", "median", "q1", "q3", "min", "max"):
        assert getattr(other, field) == pytest.approx(4 * getattr(one, field) + 8, abs=1e-9)
    assert (one.sd is None) == (other.sd is None)
    assert (other.sd or 0) == pytest.approx(4 * (one.sd or 0), abs=1e-9)
