"""Gray's test: R's cuminc, the log-rank score without competing events, and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.survival.gray import GrayTest, gray_test
from ketanalysis.survival.logrank import logrank
from tests.survival.incidence_data import TESTS, arrays, column, data_of, subjects

# Sums of up to 250 products and a solve of at most 3 equations; R wrote 15 digits.
RTOL = 1e-9
PARTS = TESTS.select("dataset", "rho", "stratified", "cause").rows()


@pytest.mark.parametrize(("dataset", "rho", "stratified", "cause"), PARTS)
def test_statistic_and_p_are_cumincs(
    dataset: str, rho: float, stratified: bool, cause: int
) -> None:
    data = data_of(dataset)
    theirs = TESTS.filter(dataset=dataset, rho=rho, stratified=stratified, cause=cause)
    ours = gray_test(
        column(data, "time"),
        data["cause"].to_numpy(),
        data["group"].to_numpy() - 1,
        data["stratum"].to_numpy() if stratified else None,
        n_causes=int(data["cause"].max()),
        of=cause,
        rho=rho,
    )

    assert ours.df == theirs["df"].item()
    assert ours.statistic == pytest.approx(theirs["statistic"].item(), rel=RTOL)
    assert ours.p_value == pytest.approx(theirs["p_value"].item(), rel=RTOL)


def test_what_cannot_be_tested_is_nan_where_r_prints_minus_one() -> None:
    never = gray_test([1, 2, 3, 4], [2, 0, 2, 0], [0, 1, 0, 1], n_causes=2)
    assert np.isnan(never.statistic)
    assert np.isnan(never.p_value)
    apart = gray_test([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 2, 1], [0, 0, 0, 1, 1, 1], n_causes=2)
    assert np.isnan(apart.p_value)


def test_refusals() -> None:
    with pytest.raises(ArgumentError, match=r"of must be a cause from 1 to 2, not 3\."):
        gray_test([1, 2], [1, 2], [0, 1], n_causes=2, of=3)
    with pytest.raises(ArgumentError, match=r"rho must be a number \(0 weighs all times alike\)"):
        gray_test([1, 2], [1, 2], [0, 1], n_causes=2, rho=float("nan"))
    with pytest.raises(ArgumentError, match=r"group must hold at least two groups"):
        gray_test([1, 2], [1, 2], [0, 0], n_causes=2)


def of_people(people: list, **options: float) -> GrayTest | None:
    """The test of random subjects in two groups or more; None with one."""
    time, cause, group = arrays(people)
    group = np.unique(group, return_inverse=True)[1]
    return gray_test(time, cause, group, n_causes=2, **options) if group.max() else None


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_without_competing_events_the_score_is_the_log_ranks(people: list) -> None:
    test = of_people([(time, int(cause == 1), group) for time, cause, group in people])
    if test is None:
        return
    time, cause, group = arrays(people)
    plain = logrank(time, cause == 1, np.unique(group, return_inverse=True)[1])
    np.testing.assert_allclose(test.score, plain.observed - plain.expected, atol=1e-12)
    np.testing.assert_allclose(test.score.sum(), 0, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(people=subjects, seed=st.integers(0, 1000), rho=st.sampled_from([0.0, 1.0]))
def test_order_unit_and_names_do_not_matter(people: list, seed: int, rho: float) -> None:
    once = of_people(people, rho=rho)
    order = np.random.default_rng(seed).permutation(len(people))
    mixed = [people[i] for i in order]
    again = of_people([(7 * time, cause, 2 - group) for time, cause, group in mixed], rho=rho)
    if once is None or again is None:
        return
    np.testing.assert_allclose(again.score, once.score[::-1], atol=1e-11)
    np.testing.assert_allclose(again.statistic, once.statistic, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_a_stratum_twice_is_twice_the_test(people: list) -> None:
    time, cause, group = arrays(people)
    group = np.unique(group, return_inverse=True)[1]
    if not group.max():
        return
    once = gray_test(time, cause, group, n_causes=2)
    stratum = np.repeat([0, 1], len(people))
    twice = gray_test(np.tile(time, 2), np.tile(cause, 2), np.tile(group, 2), stratum, n_causes=2)
    np.testing.assert_allclose(twice.score, 2 * once.score, atol=1e-12)
    np.testing.assert_allclose(twice.variance, 2 * once.variance, atol=1e-12)
