"""Runs of qualifying assessments, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ketanalysis.durability.runs import Runs, find_runs, in_order_of_time

NAN = float("nan")


def runs_of(
    marks: str, days: list[float], needed: int, gap: tuple[float, float] = (0, np.inf)
) -> Runs:
    """Find the runs of one subject; x qualifies, o does not, a blank is no assessment."""
    hours = np.array([[NAN if mark == " " else day] for mark, day in zip(marks, days, strict=True)])
    met = np.array([[mark == "x"] for mark in marks])
    free = np.array([[mark == "o"] for mark in marks])
    return find_runs(hours, met, free, np.array([-1.0]), needed, gap)


@pytest.mark.parametrize(
    "marks, days, needed, gap, first, confirming, last_free",
    [
        ("x", [3], 1, (0, np.inf), 3, 3, -1),
        ("ox", [1, 3], 1, (0, np.inf), 3, 3, 1),
        ("xx", [3, 5], 2, (0, np.inf), 3, 5, -1),
        ("x x", [3, 4, 5], 2, (0, np.inf), 3, 5, -1),
        ("xoxx", [3, 4, 5, 6], 2, (0, np.inf), 5, 6, 4),
        ("xxx", [0, 3, 17], 2, (5, 15), 3, 17, -1),
        ("xxx", [0, 3, 9], 2, (5, 15), 0, 9, -1),
        ("xxxx", [0, 4, 8, 12], 3, (5, 15), NAN, NAN, -1),
        ("xxxxx", [0, 4, 8, 12, 14], 3, (5, 15), 0, 14, -1),
        ("xx", [0, 5], 2, (5, 5), 0, 5, -1),
        ("xx", [3, 3], 2, (0, np.inf), NAN, NAN, -1),  # one hour confirms nothing
        ("xxx", [3, 3, 5], 2, (0, np.inf), 3, 5, -1),
        ("oo", [1, 2], 1, (0, np.inf), NAN, NAN, 2),
    ],
)
def test_a_run(
    marks: str,
    days: list[float],
    needed: int,
    gap: tuple[float, float],
    first: float,
    confirming: float,
    last_free: float,
) -> None:
    found = runs_of(marks, days, needed, gap)
    np.testing.assert_array_equal(found.first, [first])
    np.testing.assert_array_equal(found.confirming, [confirming])
    np.testing.assert_array_equal(found.last_free, [last_free])
    assert found.confirmed.tolist() == [not np.isnan(first)]


@pytest.mark.parametrize(
    "marks, days, waits_from",
    [
        ("x", [3], 3),
        ("ox ", [1, 3, 4], 3),
        ("xx", [0, 40], 0),
        ("xo", [0, 4], NAN),
        ("xox", [0, 4, 9], 9),
        ("  ", [0, 4], NAN),
        ("xx", [0, 7], NAN),  # confirmed
    ],
)
def test_waiting_for_confirmation(marks: str, days: list[float], waits_from: float) -> None:
    found = runs_of(marks, days, 2, (5, 15))
    np.testing.assert_array_equal(found.waiting_from, [waits_from])
    assert found.waiting.tolist() == [not np.isnan(waits_from)]


def test_time_decides_the_order_and_ties_stay() -> None:
    hours = np.array([[1.0, 5.0, NAN], [2.0, 3.0, 4.0], [3.0, 3.0, 1.0]])
    scores = np.array([[1.0, 2.0, NAN], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    sorted_hours, sorted_scores = in_order_of_time(hours, scores)
    np.testing.assert_array_equal(sorted_hours, [[1, 3, 1], [2, 3, 4], [3, 5, NAN]])
    np.testing.assert_array_equal(sorted_scores, [[1, 4, 8], [3, 7, 5], [6, 2, NAN]])
    same_hours, same_scores = in_order_of_time(sorted_hours, sorted_scores)
    assert same_hours is sorted_hours
    assert same_scores is sorted_scores
