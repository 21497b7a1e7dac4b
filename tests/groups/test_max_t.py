"""Step-down max-T against every split in R and multtest, and what resampling must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups.brunner_munzel import brunner_munzel
from ketanalysis.groups.max_t import STATISTIC_OF, STATISTICS, max_t
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_samples import student, welch
from tests.groups.anxiety_oracle import of

SCORES = np.array(
    [
        [12, 3, 25, 8, 31, 0, 14, 22, 7],
        [10, 5, 20, 4, 28, 1, 19, 12, 3],
        [0, 0, 5, 0, 0, 9, 0, 2, 0],
        [4, 9, 3, 7, 8, 2, 6, 5, 1],
    ],
    dtype=float,
).T
GROUP = np.array([1, 0, 1, 0, 1, 0, 1, 0, 0])
NAMES = ("one", "two", "three", "four")


@pytest.mark.parametrize("statistic", STATISTICS)
def test_all_splits_are_those_of_r(statistic):
    ours, words = max_t(SCORES, GROUP, statistic)
    theirs = of("max_t", statistic)
    # counts of splits over 126: exact but for the division
    assert ours.tolist() == pytest.approx([theirs[name] for name in NAMES], rel=1e-12)
    assert words == "all 126 splits"


def test_welch_is_multtest():
    theirs = of("max_t", "multtest")
    assert max_t(SCORES, GROUP)[0].tolist() == pytest.approx(
        [theirs[name] for name in NAMES], rel=1e-12
    )


def test_statistics_are_those_of_the_tests():
    rng = np.random.default_rng(4)
    values = np.round(rng.normal(20, 8, 17), 1)
    member = (np.arange(17) < 8).astype(float)[np.newaxis]
    a, b = values[:8], values[8:]
    by_hand = {
        "welch": welch(a, b).statistic,
        "student": student(a, b).statistic,
        "brunner-munzel": brunner_munzel(a, b).statistic,
    }
    for name, expected in by_hand.items():
        assert abs(STATISTICS[name](values, member)[0]) == pytest.approx(abs(expected), rel=1e-10)


def test_one_score_is_the_permutation_test():
    """Alone, max-T with the pooled t orders the splits as the difference of means does."""
    one = max_t(SCORES[:, :1], GROUP, "student")[0][0]
    exact = permutation(SCORES[GROUP == 1, 0], SCORES[GROUP == 0, 0]).p_value
    assert one == pytest.approx(exact, rel=1e-12)
    assert set(STATISTIC_OF.values()) == set(STATISTICS)


def test_drawn_splits_need_a_seed_and_give_nearly_the_same():
    rng = np.random.default_rng(9)
    scores = rng.normal(0, 1, (31, 11)) + rng.normal(0, 1, (31, 1))
    group = np.arange(31) < 17
    scores[group, 0] += 1.6
    with pytest.raises(ArgumentError) as caught:
        max_t(scores, group)
    assert str(caught.value) == (
        "test 'max-t' cannot count every split of 31 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999."
    )
    first, words = max_t(scores, group, draws=Draws(1, 4_999))
    again = max_t(scores, group, draws=Draws(1, 4_999))[0]
    other = max_t(scores, group, draws=Draws(2, 4_999))[0]
    assert words == "4,999 random splits, seed 1"
    assert first.tolist() == again.tolist()
    # two runs of 4,999: each p has a standard error of at most 0.0071
    np.testing.assert_allclose(first, other, atol=4 * 0.0071 * np.sqrt(2))
    assert (first >= 1 / 5_000).all()


def test_missing_scores_and_scores_without_a_statistic():
    scores = SCORES.copy()
    scores[[0, 3], 1] = np.nan
    with_constant = np.column_stack([scores, np.full(9, 7.0), np.full(9, np.nan)])
    found, _ = max_t(with_constant, GROUP)
    assert np.isnan(found[4:]).all()
    assert found[:4].tolist() == max_t(scores, GROUP)[0].tolist()
    unknown = np.append(GROUP.astype(float), np.nan)
    assert max_t(np.vstack([scores, [1, 2, 3, 4]]), unknown)[0].tolist() == found[:4].tolist()
    nothing, words = max_t(np.full((9, 2), 3.0), GROUP)
    assert np.isnan(nothing).all()
    assert words == ""


def test_shapes_and_infinite_scores():
    with pytest.raises(ArgumentError) as caught:
        max_t(SCORES[:, 0], GROUP)
    assert str(caught.value) == (
        "scores must have a row a subject and is_group one value a subject, not the shapes (9,) "
        "and (9,)."
    )
    with pytest.raises(ContractError) as caught:
        max_t(np.where(SCORES == 31, np.inf, SCORES), GROUP)
    assert str(caught.value) == "scores must be finite, but 1 of them are infinite."


tables = st.integers(0, 2**31).map(
    lambda seed: np.random.default_rng(seed).integers(0, 8, (8, 3)).astype(float)
)


@settings(max_examples=25, deadline=None)
@given(tables, st.permutations(range(8)), st.sampled_from(sorted(STATISTICS)))
def test_rows_units_and_columns(scores, order, statistic):
    group = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    plain = max_t(scores, group, statistic)[0]
    moved = max_t(scores[order], group[list(order)], statistic)[0]
    scaled = max_t(3 * scores + 5, group, statistic)[0]
    swapped = max_t(scores[:, ::-1], group, statistic)[0][::-1]
    for other in (moved, scaled, swapped, max_t(scores, 1 - group, statistic)[0]):
        np.testing.assert_allclose(other, plain, rtol=1e-12)
    single = [max_t(scores[:, [j]], group, statistic)[0][0] for j in range(3)]
    known = ~np.isnan(plain)
    assert (plain[known] >= np.array(single)[known] - 1e-12).all()
