"""The tests of a baseline table against R, and what cannot be tested."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.two_samples import welch
from ketanalysis.participants import baseline_tests as tests
from tests.participants.baseline_data import CATEGORIES, NUMBERS, counts_of, from_r, groups_of

FEW = settings(max_examples=15)
# Closed forms; what is left are the tails of F and chi-square, good to 1e-12 in both programs.
CLOSED_FORM = 1e-10


@pytest.mark.parametrize("name", NUMBERS)
def test_welch_is_that_of_r(name: str) -> None:
    found = tests.welch_means(list(groups_of(name).values()))
    for part, value in from_r(name, "welch").items():
        assert getattr(found, part) == pytest.approx(value, rel=CLOSED_FORM), part


@pytest.mark.parametrize("name", NUMBERS)
def test_kruskal_wallis_is_that_of_r(name: str) -> None:
    found = tests.kruskal_wallis(list(groups_of(name).values()))
    for part, value in from_r(name, "kruskal-wallis").items():
        assert getattr(found, part) == pytest.approx(value, rel=CLOSED_FORM), part


@pytest.mark.parametrize("name", CATEGORIES)
def test_pearson_is_that_of_r(name: str) -> None:
    found = tests.pearson_chi_square(list(counts_of(name).values()))
    for part, value in from_r(name, "pearson").items():
        assert getattr(found, part) == pytest.approx(value, rel=CLOSED_FORM), part


@pytest.mark.parametrize("name", ["sex", "rare"])
def test_fisher_is_that_of_r(name: str) -> None:
    found = tests.fisher_two_by_two(list(counts_of(name).values()))
    assert found.p_value == pytest.approx(from_r(name, "fisher")["p_value"], rel=1e-9)


@pytest.mark.parametrize(
    "test, given_, reason",
    [
        (tests.welch_means, [[1.0], [1.0, 2.0]], tests.TOO_FEW),
        (tests.welch_means, [[3.0, 3.0], [1.0, 2.0]], tests.NO_VARIATION),
        (tests.kruskal_wallis, [[2.0, 2.0], [2.0]], tests.ALL_TIED),
        (tests.kruskal_wallis, [[], [1.0, 2.0]], tests.EMPTY_GROUP),
        (tests.pearson_chi_square, [[3, 0], [4, 0]], tests.ONE_LEVEL),
        (tests.pearson_chi_square, [[0, 0], [4, 1]], tests.EMPTY_GROUP),
        (tests.fisher_two_by_two, [[1, 2, 3], [4, 5, 6]], tests.NOT_TWO_BY_TWO),
        (tests.fisher_two_by_two, [[3, 0], [4, 0]], tests.ONE_LEVEL),
        (tests.fisher_two_by_two, [[0, 0], [4, 1]], tests.EMPTY_GROUP),
    ],
)
def test_what_cannot_be_tested_has_a_reason_and_no_p(
    test: object, given_: object, reason: str
) -> None:
    found = test(given_)  # type: ignore[operator]
    assert found.reason == reason
    assert found.p_value is None
    assert found.statistic is None


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(ArgumentError) as refused:
        tests.welch_means([[1.0, np.inf], [1.0, 2.0]])
    assert str(refused.value) == "The values of a group must be finite."


scores = st.lists(st.integers(0, 60), min_size=3, max_size=10)


@FEW
@given(scores, scores)
def test_welch_of_two_groups_is_welchs_t(a: list[int], b: list[int]) -> None:
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    found, t_test = tests.welch_means([a, b]), welch(a, b)
    assert found.p_value == pytest.approx(t_test.p_value, rel=1e-8)
    assert found.statistic == pytest.approx(t_test.statistic**2, rel=1e-9, abs=1e-12)
    assert found.df_den == pytest.approx(t_test.df, rel=1e-9)


@FEW
@given(scores, scores, scores)
def test_ranks_do_not_change_with_the_scale(a: list[int], b: list[int], c: list[int]) -> None:
    one = tests.kruskal_wallis([a, b, c])
    other = tests.kruskal_wallis([np.exp(np.array(x) / 20.0) for x in (c, a, b)])
    assert one.reason == other.reason
    assert (one.p_value or 0) == pytest.approx(other.p_value or 0, rel=1e-9)
