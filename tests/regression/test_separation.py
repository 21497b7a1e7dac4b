"""Separation: data sets by hand, and every pattern of small tables against its empty cells."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.regression.separation import separated
from tests.regression.logistic_data import SETS, sample


def with_intercept(*columns: list[float]) -> np.ndarray:
    return np.column_stack((np.ones(len(columns[0])), *columns)).astype(float)


@pytest.mark.parametrize(
    ("score", "y", "expected"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], True),  # complete
        ([1, 2, 2, 3], [0, 0, 1, 1], True),  # quasi-complete: both outcomes at 2
        ([1, 2, 3, 4], [0, 1, 0, 1], False),
        ([1, 2, 2, 3], [0, 1, 0, 1], True),  # 1 and 3 are on their own sides of 2
        ([2, 2, 2, 3], [0, 1, 0, 1], True),  # the 3 alone
        ([2021, 2022, 2023, 2024], [1, 1, 0, 0], True),
        ([2021, 2022, 2023, 2024], [1, 0, 1, 0], False),
    ],
)
def test_one_score_by_hand(score: list[float], y: list[float], expected: bool) -> None:
    assert separated(with_intercept(score), np.array(y, dtype=float)).any() == expected


def test_nobody_and_everybody_are_separated_by_the_intercept() -> None:
    x = with_intercept([3.0, 1, 2])
    assert separated(x, np.zeros(3)).tolist()[0]
    assert separated(x, np.ones(3)).tolist()[0]


def test_only_the_columns_that_divide_are_named() -> None:
    # All women responded and some men; the score is mixed among men and women.
    woman = [1.0, 1, 1, 1, 0, 0, 0, 0]
    score = [5.0, 1, 3, 2, 4, 1, 2, 3]
    y = np.array([1.0, 1, 1, 1, 1, 0, 0, 1])
    assert separated(with_intercept(woman, score), y).tolist() == [True, True, False]
    assert separated(with_intercept(score, woman), y).tolist() == [True, False, True]


def test_only_two_together_divide() -> None:
    # Neither score divides, their difference does.
    a, b = [1.0, 5, 9, 1, 5, 9], [2.0, 6, 10, 0, 4, 8]
    y = np.array([0.0, 0, 0, 1, 1, 1])
    assert not separated(with_intercept(a), y).any()
    assert separated(with_intercept(a, b), y).tolist()[1:] == [True, True]


def test_every_2_x_2_table() -> None:
    # With one binary column the estimate exists exactly where no cell is empty.
    x = with_intercept([0.0, 0, 0, 1, 1, 1])
    for outcome in itertools.product((0.0, 1.0), repeat=6):
        y = np.array(outcome)
        cells = {(group, met) for group, met in zip(x[:, 1], y, strict=True)}
        assert separated(x, y).any() == (len(cells) < 4), outcome


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=3, max_size=14))
def test_one_score_is_separated_where_its_ranges_do_not_overlap(
    rows: list[tuple[int, int]],
) -> None:
    y, score = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if np.ptp(score) == 0 or np.ptp(y) == 0:
        return
    with_it, without = score[y == 1], score[y == 0]
    apart = with_it.min() >= without.max() or without.min() >= with_it.max()
    assert separated(with_intercept(list(score)), y).any() == apart
    # Units and the order of subjects do not matter.
    moved = separated(with_intercept(list(1e6 * score[::-1] + 5e7)), y[::-1])
    assert moved.any() == apart


@pytest.mark.parametrize("name", SETS)
def test_the_sets_of_the_oracle_are_not(name: str) -> None:
    assert not separated(sample(name).x, sample(name).y).any()
