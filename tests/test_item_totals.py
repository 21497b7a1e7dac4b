"""The arithmetic of scores without any frame: reversal, signs, domains, missing items."""

from __future__ import annotations

import numpy as np
import pytest

from ketanalysis.item_totals import Key, item_totals, unit_values

NAN = np.nan


def key(
    low: list[float],
    high: list[float],
    *,
    reversed_: tuple[int, ...] = (),
    subtracted: tuple[int, ...] = (),
    domains: tuple[tuple[int, ...], ...] = (),
    is_mean: bool = False,
) -> Key:
    places = np.arange(len(low))
    return Key(
        low=np.array(low, dtype=float),
        high=np.array(high, dtype=float),
        is_reversed=np.isin(places, reversed_),
        is_subtracted=np.isin(places, subtracted),
        domains=domains or tuple((int(i),) for i in places),
        is_mean=is_mean,
    )


def test_reversed_and_subtracted_items() -> None:
    rule = key([1, 1, 0], [4, 5, 3], reversed_=(0, 1), subtracted=(1,))
    assert unit_values(np.array([[1.0, 2.0, 3.0]]), rule).tolist() == [[4.0, -4.0, 3.0]]
    assert rule.limits() == (1 - 5 + 0, 4 - 1 + 3)
    assert item_totals(np.array([[1.0, 2.0, 3.0]]), rule).score.tolist() == [3.0]


def test_a_domain_is_the_highest_answered_item() -> None:
    rule = key([0, 0, 0], [3, 3, 2], domains=((0, 1), (2,)))
    answers = np.array([[1, 3, 2], [1, NAN, 2], [NAN, NAN, 2], [NAN, NAN, NAN]])
    found = item_totals(answers, rule)
    assert found.score.tolist()[:2] == [5.0, 3.0]
    assert np.isnan(found.score[2:]).all()
    assert found.n_missing.tolist() == [0, 0, 1, 2]
    assert rule.limits() == (0, 5)


def test_a_missing_item_takes_the_share_of_the_others() -> None:
    rule = key([0, 0, 1], [4, 2, 3])
    answers = np.array([[2.0, NAN, 2.0], [NAN, NAN, 3.0], [NAN, NAN, NAN], [4.0, 2.0, 3.0]])
    found = item_totals(answers, rule, 2)
    # Row 1: 2 + 1 of 6 possible points above the lowest, so 4 of 8, and the lowest total is 1.
    assert found.score.tolist()[:2] == [5.0, 9.0]
    assert np.isnan(found.score[2])  # nothing to go by, however many may be missing
    assert found.score[3] == 9.0
    assert found.is_prorated.tolist() == [True, True, False, False]
    assert np.isnan(item_totals(answers, rule, 1).score[1])


def test_means_are_of_the_units() -> None:
    rule = key([0, 0, 0], [100, 100, 100], is_mean=True)
    answers = np.array([[10.0, 20.0, 60.0], [10.0, NAN, 60.0]])
    assert item_totals(answers, rule).score.tolist()[0] == 30.0
    assert item_totals(answers, rule, 1).score.tolist() == [30.0, pytest.approx(35.0)]
    assert rule.limits() == (0, 100)


def test_no_assessment_is_no_score() -> None:
    found = item_totals(np.empty((0, 3)), key([0, 0, 0], [1, 1, 1]))
    assert found.score.shape == found.n_missing.shape == (0,)
