"""Standardised differences: a page worked by hand, R, and what must hold of any data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.participants.standardised import (
    NO_SHARED_LEVEL,
    NO_VARIATION,
    ONE_LEVEL,
    TOO_FEW,
    Standardised,
    by_chance,
    standardised_means,
    standardised_share,
    standardised_shares,
)
from ketanalysis.participants.summary_statistics import summarise
from tests.participants.baseline_data import CATEGORIES, NUMBERS, counts_of, from_r, groups_of

FEW = settings(max_examples=30)
# Closed forms in both programs; R's distance solves the same small system in another order.
CLOSED_FORM = 1e-10

# --- a page worked by hand --------------------------------------------------------------------


def test_numbers_worked_by_hand() -> None:
    """Group 1 3 5 7: mean 4, variance 20/3. Reference 2 4: mean 3, variance 2.

    Pooled variance (3 * 20/3 + 1 * 2) / 4 = 11/2; d = 1 / root(11/2).
    Mean of the variances (20/3 + 2) / 2 = 13/3; d = 1 / root(13/3).
    """
    group, reference = summarise([1, 3, 5, 7]), summarise([2, 4])
    pooled = standardised_means(group, reference).estimate
    average = standardised_means(group, reference, "average").estimate
    assert pooled == pytest.approx(math.sqrt(2 / 11), rel=1e-14)
    assert average == pytest.approx(math.sqrt(3 / 13), rel=1e-14)


def test_shares_worked_by_hand() -> None:
    """12 of 24 and 6 of 24: 1/2 and 1/4, variances 1/4 and 3/16, their mean 7/32.

    d = 1/4 over root(7/32) = root(1/16 * 32/7) = root(2/7).
    """
    assert standardised_share(12, 24, 6, 24).estimate == pytest.approx(math.sqrt(2 / 7), rel=1e-14)
    assert standardised_share(6, 24, 12, 24).estimate == pytest.approx(-math.sqrt(2 / 7), rel=1e-14)


def test_three_categories_worked_by_hand() -> None:
    """10, 10, 20 and 20, 10, 10 of 40: shares 1/4 1/4 1/2 and 1/2 1/4 1/4.

    Without the middle one T = (-1/4, 1/4). S has (3/16 + 1/4) / 2 = 7/32 twice on the diagonal
    and -(1/8 + 1/8) / 2 = -1/8 off it. T is an eigenvector of S with 7/32 + 1/8 = 11/32, so
    T' S^-1 T = (1/8) / (11/32) = 4/11.
    """
    found = standardised_shares([10, 10, 20], [20, 10, 10])
    assert found.estimate == pytest.approx(math.sqrt(4 / 11), rel=1e-14)


# --- R ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pooling", ["pooled", "average"])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_those_of_r(name: str, pooling: str) -> None:
    expected = from_r(name, pooling)
    groups = {group: summarise(values) for group, values in groups_of(name).items()}
    assert len(expected) == len(groups) * (len(groups) - 1) / 2
    for contrast, value in expected.items():
        group, reference = contrast.split(" - ")
        found = standardised_means(groups[group], groups[reference], pooling)
        assert found.estimate == pytest.approx(value, rel=CLOSED_FORM), contrast


@pytest.mark.parametrize("name", CATEGORIES)
def test_categories_are_those_of_r(name: str) -> None:
    counts, expected = counts_of(name), from_r(name, "mahalanobis")
    assert expected
    for contrast, value in expected.items():
        group, reference = contrast.split(" - ")
        found = standardised_shares(counts[group], counts[reference])
        assert found.estimate == pytest.approx(value, rel=CLOSED_FORM), contrast


@pytest.mark.parametrize("name", ["sex", "rare"])
def test_two_categories_as_a_share_are_those_of_r(name: str) -> None:
    counts, expected = counts_of(name), from_r(name, "share")["b - a"]
    (a, b) = counts["a"], counts["b"]
    found = standardised_share(b[0], sum(b), a[0], sum(a))
    assert found.estimate == pytest.approx(expected, rel=CLOSED_FORM)


# --- what has no number -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "group, reference, reason",
    [
        ([5.0], [1.0, 2.0], TOO_FEW),
        ([], [1.0, 2.0], TOO_FEW),
        ([3.0, 3.0], [3.0, 3.0], NO_VARIATION),
        ([0.1, 0.1, 0.1], [0.3, 0.3], NO_VARIATION),
    ],
)
def test_numbers_that_have_no_difference(
    group: list[float], reference: list[float], reason: str
) -> None:
    assert standardised_means(summarise(group), summarise(reference)) == Standardised(reason=reason)


def test_one_constant_group_still_has_a_difference() -> None:
    found = standardised_means(summarise([3.0, 3.0]), summarise([1.0, 3.0]))
    assert found.estimate == pytest.approx(1.0)  # pooled variance (0 + 2) / 2, difference 1


@pytest.mark.parametrize(
    "group, reference, reason",
    [
        ([5, 0], [7, 0], ONE_LEVEL),
        ([5, 0, 0], [0, 4, 3], NO_SHARED_LEVEL),
        ([0, 1], [3, 3], TOO_FEW),
        ([0, 0], [3, 3], TOO_FEW),
    ],
)
def test_categories_that_have_no_difference(
    group: list[int], reference: list[int], reason: str
) -> None:
    assert standardised_shares(group, reference) == Standardised(reason=reason)


def test_a_flag_that_all_or_none_have_varies_in_neither_group() -> None:
    assert standardised_share(5, 5, 5, 5) == Standardised(reason=NO_VARIATION)
    assert standardised_share(5, 5, 0, 5) == Standardised(reason=NO_VARIATION)


def test_refusals() -> None:
    with pytest.raises(ArgumentError) as refused:
        standardised_means(summarise([1, 2]), summarise([1, 2]), "mean")
    assert str(refused.value) == "pooling must be one of 'pooled', 'average', not 'mean'."
    with pytest.raises(ArgumentError) as refused:
        standardised_shares([1, 2], [1, 2, 3])
    assert str(refused.value) == ("Both groups must have one count a category, not [(2,), (3,)].")
    with pytest.raises(ArgumentError) as refused:
        standardised_shares([1.5, 2], [1, 2])
    assert str(refused.value) == "A count must be a whole number of subjects, 0 or more."


# --- what must hold of any data ---------------------------------------------------------------

scores = st.lists(st.integers(0, 60), min_size=2, max_size=10)
counts = st.lists(st.integers(0, 30), min_size=3, max_size=3)


@FEW
@given(scores, scores, st.sampled_from(["pooled", "average"]))
def test_swapping_the_groups_turns_the_sign(a: list[int], b: list[int], pooling: str) -> None:
    one = standardised_means(summarise(a), summarise(b), pooling)
    other = standardised_means(summarise(b), summarise(a), pooling)
    assert one.reason == other.reason
    assert (one.estimate or 0) == pytest.approx(-(other.estimate or 0), abs=1e-12)


@FEW
@given(scores, scores)
def test_a_standardised_difference_has_no_unit(a: list[int], b: list[int]) -> None:
    one = standardised_means(summarise(a), summarise(b))
    other = standardised_means(summarise(np.array(a) * 2.0 + 5), summarise(np.array(b) * 2.0 + 5))
    assert (one.estimate or 0) == pytest.approx(other.estimate or 0, rel=1e-9, abs=1e-12)


@FEW
@given(scores, st.lists(st.integers(0, 60), min_size=2, max_size=10))
def test_both_poolings_agree_in_groups_of_one_size(a: list[int], b: list[int]) -> None:
    n = min(len(a), len(b))
    one, other = (
        standardised_means(summarise(a[:n]), summarise(b[:n]), pooling)
        for pooling in ("pooled", "average")
    )
    assert (one.estimate or 0) == pytest.approx(other.estimate or 0, rel=1e-12, abs=1e-15)


@FEW
@given(counts, counts, st.permutations([0, 1, 2]))
def test_the_order_of_categories_and_groups_does_not_matter(
    a: list[int], b: list[int], order: list[int]
) -> None:
    one = standardised_shares(a, b)
    other = standardised_shares([b[i] for i in order], [a[i] for i in order])
    assert one.reason == other.reason
    assert (one.estimate or 0) == pytest.approx(other.estimate or 0, rel=1e-9, abs=1e-9)


@FEW
@given(counts, counts)
def test_more_subjects_of_the_same_shares_change_nothing(a: list[int], b: list[int]) -> None:
    one = standardised_shares(a, b)
    other = standardised_shares([7 * x for x in a], [7 * x for x in b])
    if one.reason != TOO_FEW:
        assert one.reason == other.reason
        assert (one.estimate or 0) == pytest.approx(other.estimate or 0, rel=1e-9, abs=1e-9)


@FEW
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_two_categories_are_a_share_without_its_sign(a: int, b: int, c: int, d: int) -> None:
    share = standardised_share(a, a + b, c, c + d)
    assert standardised_shares([a, b], [c, d]).estimate == pytest.approx(abs(share.estimate or 0))


def test_the_limit_of_chance_is_kept_by_19_of_20_differences() -> None:
    """600 pairs of normal samples; Monte Carlo error of a share of 0.05 is 0.009, three of it."""
    rng = np.random.default_rng(20260301)
    draws = rng.normal(size=(600, 80))
    beyond = 0
    for row in draws:
        found = standardised_means(summarise(row[:50]), summarise(row[50:])).estimate
        beyond += abs(found or 0) > by_chance(50, 30)
    assert abs(beyond / 600 - 0.05) < 0.027
