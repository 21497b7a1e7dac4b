"""Score tests of interval-censored times: published, R by numbers, and without intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.permutation import permutation
from ketanalysis.interval_censored.scores import SCORES, chi_square, score_test
from ketanalysis.survival.logrank import logrank
from ketanalysis.survival.risk_sets import Counts, Floats
from tests.interval_censored.interval_data import (
    NAMES,
    data_of,
    ends_of,
    intervals,
    message,
    oracle,
)


def columns_of(group: Counts) -> Floats:
    return (group[:, None] == np.unique(group)[1:]).astype(float)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scores", SCORES)
def test_sums_and_statistics_are_those_of_r(name: str, scores: str) -> None:
    rows = data_of(name)
    columns = columns_of(rows["group"].to_numpy())
    theirs = oracle("interval_tests").filter(data=name, scores=scores).row(0, named=True)
    permuted = score_test(*ends_of(rows), columns, scores)
    informed = score_test(*ends_of(rows), columns, scores, "information")
    assert permuted.excess[0] == pytest.approx(theirs["excess"], rel=1e-7, abs=1e-8)
    # First derivatives by numbers have about nine digits, second derivatives about seven.
    assert permuted.statistic == pytest.approx(theirs["permutation"], rel=1e-6)
    assert informed.statistic == pytest.approx(theirs["information"], rel=1e-5)


# Fay and Shaw 2010, J Stat Softw 36(2), pages 13 to 17: ictest of R's interval.
PUBLISHED = [
    ("sun", "permutation", 9.141846, 2.6684, 0.007622),
    ("finkelstein", "permutation", 9.944182, 2.6839, 0.007277),
    ("wilcoxon", "permutation", 5.656724, 2.1672, 0.03022),
    ("finkelstein", "information", 9.944182, np.sqrt(7.8749), 0.005012),
]


@pytest.mark.parametrize("scores, variance, excess, z, p", PUBLISHED)
def test_the_breast_cosmesis_data_as_published(
    scores: str, variance: str, excess: float, z: float, p: float
) -> None:
    rows = data_of("cosmesis")
    found = score_test(*ends_of(rows), columns_of(rows["group"].to_numpy()), scores, variance)
    assert round(float(found.excess[0]), 6) == excess
    assert np.sqrt(found.statistic) == pytest.approx(z, abs=6e-5)  # printed to four decimals
    assert float(f"{found.p_value:.4g}") == p


def test_the_scores_that_are_fractions() -> None:
    # Fay and Shaw 2010, page 29: 5/7, 11/35, 18/35, 18/35, -24/35, -13/70, -83/70.
    low = np.array([2.0, 5, 1, 1, 9, 8, 10])
    high = np.array([3.0, 6, 7, 7, 12, 10, 13])
    group = np.array([0, 0, 1, 1, 0, 1, 0])
    test = score_test(low, high, columns_of(group))
    assert (70 * test.scores) == pytest.approx([50, 22, 36, 36, -48, -13, -83], rel=1e-8)


def test_an_exact_permutation_test_as_published() -> None:
    # Fay and Shaw 2010, page 27: subjects 1 to 5 and 50 to 65, tsmethod = "abs".
    rows = data_of("cosmesis")[[*range(5), *range(49, 65)]]
    group = rows["group"].to_numpy()
    test = score_test(*ends_of(rows), columns_of(group))
    assert round(float(test.excess[0]), 6) == 1.514936
    exact = permutation(test.scores[group == 0], test.scores[group == 1])
    assert round(exact.p_value, 4) == 0.2899


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=4, max_size=20))
def test_without_intervals_the_sums_are_those_of_the_log_rank_test(
    rows: list[tuple[int, bool]],
) -> None:
    time = np.array([t for t, _ in rows], dtype=float)
    event = np.array([e for _, e in rows])
    group = np.arange(len(rows)) % 2
    known = logrank(time, event, group)
    found = score_test(time, np.where(event, time, np.inf), columns_of(group))
    assert found.excess[0] == pytest.approx(known.observed[1] - known.expected[1], abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(intervals(), st.sampled_from(SCORES))
def test_the_scores_sum_to_zero(ends: tuple[Floats, Floats], scores: str) -> None:
    found = score_test(*ends, np.arange(len(ends[0]))[:, None] * 1.0, scores)
    # A sum of n quotients, each uncertain by the conditions (1e-10) over its probability.
    assert found.scores.sum() == pytest.approx(0, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(intervals(most=10), st.sampled_from(SCORES), st.sampled_from([0, 1, 2]))
def test_which_group_is_the_reference_changes_no_statistic(
    ends: tuple[Floats, Floats], scores: str, turn: int
) -> None:
    group = np.arange(len(ends[0])) % 3
    one = score_test(*ends, np.eye(3)[group][:, 1:], scores)
    other = score_test(*ends, np.eye(3)[(group + turn) % 3][:, 1:], scores)
    if len(ends[0]) > 3:
        assert other.statistic == pytest.approx(one.statistic, rel=1e-6, abs=1e-9, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(intervals(most=10), st.sampled_from(SCORES))
def test_doubling_the_data_doubles_the_information(
    ends: tuple[Floats, Floats], scores: str
) -> None:
    column = (np.arange(len(ends[0])) % 2)[:, None] * 1.0
    once = score_test(*ends, column, scores, "information")
    doubled = (np.tile(ends[0], 2), np.tile(ends[1], 2))
    twice = score_test(*doubled, np.tile(column, (2, 1)), scores, "information")
    assert twice.excess == pytest.approx(2 * once.excess, abs=1e-6)
    assert twice.variance == pytest.approx(2 * once.variance, rel=1e-4, abs=1e-6)


def test_strata_add_up() -> None:
    rows = data_of("cosmesis")
    group, site = rows["group"].to_numpy(), rows["site"].to_numpy()
    low, high = ends_of(rows)
    both = score_test(low, high, columns_of(group), stratum=site)
    parts = [
        score_test(low[site == s], high[site == s], columns_of(group[site == s])) for s in (0, 1)
    ]
    assert both.excess == pytest.approx(sum(part.excess for part in parts), rel=1e-12)
    assert both.variance == pytest.approx(sum(part.variance for part in parts), rel=1e-12)


def test_nothing_to_test_is_no_number_and_never_p_of_one() -> None:
    low, high = np.array([5.0, 9.0]), np.array([np.inf, np.inf])
    for variance in ("permutation", "information"):
        found = score_test(low, high, np.array([[0.0], [1.0]]), "sun", variance)
        assert np.isnan(found.p_value)
    assert np.isnan(chi_square(np.array([1.0, 1]), np.ones((2, 2)))[2])


def test_names_are_checked() -> None:
    one = np.ones(1)
    assert message(lambda: score_test(one, one, one[:, None], "logrank1"), ArgumentError) == (
        "scores must be one of 'sun', 'finkelstein', 'wilcoxon', not 'logrank1'."
    )
    assert message(lambda: score_test(one, one, one[:, None], "sun", "pclt"), ArgumentError) == (
        "variance must be one of 'permutation', 'information', not 'pclt'."
    )
