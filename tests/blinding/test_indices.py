"""The indices against R's published formulas, printed digits, and what must hold for any table."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.blinding.indices import Index, bang_index, james_index
from ketanalysis.blinding.score_interval import restricted_shares
from tests.shared import ORACLE

# Guesses of drug, placebo, "don't know" in drug, then in placebo; see tests/oracle/blinding.R.
TABLES = {
    "crisp": (82, 25, 170, 27, 29, 83),
    "investigators": (48, 4, 330, 22, 30, 319),
    "coordinators": (94, 11, 289, 52, 44, 284),
    "patients": (143, 14, 188, 104, 57, 175),
    "disulfiram": (145, 71, 76, 34, 59, 38),
    "small": (11, 2, 3, 6, 7, 2),
    "sure": (14, 2, 0, 8, 7, 0),
    "empty": (7, 0, 3, 4, 4, 2),
    "opposite": (1, 9, 2, 8, 3, 1),
    "crisp five": (38, 44, 21, 4, 170, 11, 16, 21, 8, 83),
    "stata five": (2, 5, 3, 4, 6, 2, 4, 3, 5, 8),
    "few five": (3, 4, 1, 1, 2, 1, 2, 4, 3, 5),
    "crisp second": (38, 44, 21, 4, 79, 86, 5, 11, 16, 21, 8, 36, 45, 2),
}
WORTH = {
    3: (1.0, -1.0, 0.0),
    5: (1.0, 0.5, -0.5, -1.0, 0.0),
    7: (1.0, 0.5, -0.5, -1.0, 0.25, -0.25, 0.0),
}


@cache
def oracle() -> list[dict[str, str]]:
    with (ORACLE / "blinding.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def found(row: dict[str, str]) -> Index:
    counts = np.array(TABLES[row["table"]], dtype=float).reshape(2, -1)
    if row["measure"] == "james":
        return james_index(counts.T, row["method"])
    place = ("drug", "placebo").index(row["group"])
    worth = np.array(WORTH[counts.shape[1]]) * (1, -1)[place]
    return bang_index(worth, counts[place], row["method"])


@pytest.mark.parametrize("name", TABLES)
def test_indices_are_those_of_the_published_formulas(name: str) -> None:
    rows = [row for row in oracle() if row["table"] == name]
    assert len(rows) == (6 if len(TABLES[name]) == 6 else 4)
    for row in rows:
        ours = found(row)
        # Closed forms, 15 digits written. The score ends are roots, which uniroot finds to some
        # 1e-13 of the index; relative 1e-9 leaves room for that near 0.
        for name_of in ("estimate", "std_error", "conf_low", "conf_high"):
            assert getattr(ours, name_of) == pytest.approx(float(row[name_of]), rel=1e-9, abs=1e-10)


def test_the_digits_that_others_print() -> None:
    """The investigators of Houweling et al. (2014), as R package BI prints them."""
    counts = np.array(TABLES["investigators"], dtype=float).reshape(2, 3)
    james = james_index(counts.T, "wald")
    drug = bang_index(np.array([1.0, -1, 0]), counts[0], "wald")
    placebo = bang_index(np.array([-1.0, 1, 0]), counts[1], "wald")
    printed = {
        james: (0.896, 0.011, 0.875, 0.918),
        drug: (0.115, 0.018, 0.08, 0.15),
        placebo: (0.022, 0.019, -0.016, 0.06),
    }
    for one, digits in printed.items():
        shown = (one.estimate, one.std_error, one.conf_low, one.conf_high)
        assert tuple(round(number, 3) for number in shown) == digits


def test_a_page_by_hand() -> None:
    """Of 10 in an arm 6 are right, 2 wrong, 2 do not know.

    Index (6 - 2) / 10 = 0.4; variance (0.6 + 0.2 - 0.16) / 10 = 0.064. At an index of 0 the
    likeliest shares of right and wrong are 0.4 each, so that z = 4 / sqrt(6 + 2).
    """
    wald = bang_index(np.array([1.0, -1, 0]), np.array([6.0, 2, 2]), "wald")
    score = bang_index(np.array([1.0, -1, 0]), np.array([6.0, 2, 2]), "score")
    assert wald.estimate == score.estimate == pytest.approx(0.4, rel=1e-15)
    assert wald.std_error == pytest.approx(0.064**0.5, rel=1e-14)
    assert wald.statistic == pytest.approx(0.4 / 0.064**0.5, rel=1e-14)
    assert score.statistic == pytest.approx(4 / 8**0.5, rel=1e-12)


def test_james_by_hand() -> None:
    """Two by two without "don't know": index = observed / (2 expected) disagreement.

    Of 20 a third cell count: right 7 and 6, wrong 3 and 4. Guessed drug 7 + 4 = 11, placebo 9,
    arms 10 and 10: expected (11 x 10 + 9 x 10) / 400 = 1/2, observed 7/20, index 0.35.
    """
    ours = james_index(np.array([[7.0, 4], [3, 6], [0, 0]]))
    assert ours.estimate == pytest.approx(0.35, rel=1e-14)


EDGES = [
    ((0, 0, 12), "score", 0.0, "all answered that they do not know: no test"),
    ((0, 0, 12), "wald", 0.0, "all answers are worth the same: no Wald interval"),
    ((10, 0, 0), "score", 1.0, ""),
    ((10, 0, 0), "wald", 1.0, "all answers are worth the same: no Wald interval"),
    ((0, 8, 0), "score", -1.0, ""),
]


@pytest.mark.parametrize("counts, ci, estimate, reason", EDGES)
def test_an_arm_that_answers_as_one(counts, ci, estimate, reason) -> None:
    ours = bang_index(np.array([1.0, -1, 0]), np.array(counts, dtype=float), ci)
    assert (ours.estimate, ours.reason) == (estimate, reason)
    assert np.isnan(ours.std_error)  # 0 by the formula, which would read as certainty
    assert np.isnan(ours.conf_low) == (ci == "wald")
    if ci == "score":
        assert ours.conf_low < ours.conf_high
        assert ours.conf_low <= estimate <= ours.conf_high


def test_the_score_interval_of_an_arm_that_is_all_right() -> None:
    """By hand: with all of n right the ends solve (1 - t)^2 = z^2 (1 - t^2) / n, or t = 1.

    For n = 10: 1 - t = z^2 (1 + t) / 10, t = (10 - z^2) / (10 + z^2).
    """
    z2 = 1.959963984540054**2
    ours = bang_index(np.array([1.0, -1, 0]), np.array([10.0, 0, 0]))
    assert ours.conf_low == pytest.approx((10 - z2) / (10 + z2), rel=1e-9)
    assert ours.conf_high == 1.0


def test_nobody_answered_and_one_side() -> None:
    nobody = bang_index(np.array([1.0, -1, 0]), np.zeros(3))
    assert (nobody.reason, np.isnan(nobody.estimate)) == (
        "not estimable: nobody of the arm answered",
        True,
    )
    unsure = james_index(np.array([[0.0, 0], [0, 0], [5, 6]]))
    assert (unsure.estimate, unsure.reason) == (
        1.0,
        "all answered that they do not know: no interval",
    )
    one_side = james_index(np.array([[7.0, 0], [0, 0], [1, 2]]))
    assert one_side.reason == ("not estimable: all who guessed, or their arms, are on one side")
    right = james_index(np.array([[7.0, 0], [0, 6], [0, 0]]))
    assert (right.estimate, right.reason) == (0.0, "the answers leave no variance: no interval")


COUNTS = st.lists(st.integers(0, 12), min_size=3, max_size=3).filter(lambda c: sum(c) > 0)


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_right_and_wrong_exchanged_turn_the_sign(counts) -> None:
    worth = np.array([1.0, -1.0, 0.0])
    one = bang_index(worth, np.array(counts, dtype=float))
    other = bang_index(-worth, np.array(counts, dtype=float))
    assert one.estimate == pytest.approx(-other.estimate, abs=1e-12)
    assert one.conf_low == pytest.approx(-other.conf_high, abs=1e-9)
    assert one.conf_low - 1e-12 <= one.estimate <= one.conf_high + 1e-12


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.floats(-0.95, 0.95))
def test_the_likeliest_shares_keep_the_value(counts, value) -> None:
    worth = np.array([1.0, -1.0, 0.0])
    shares = restricted_shares(worth, np.array(counts, dtype=float), value)
    assert shares.sum() == pytest.approx(1.0, abs=1e-9)
    assert worth @ shares == pytest.approx(value, abs=1e-7)
    assert (shares >= -1e-12).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=6, max_size=6))
def test_james_does_not_care_for_names_or_order(counts) -> None:
    table = np.array(counts, dtype=float).reshape(3, 2)
    swapped = table[[1, 0, 2]][:, [1, 0]]
    one, other = james_index(table), james_index(swapped)
    assert one.estimate == pytest.approx(other.estimate, rel=1e-12)
    assert one.std_error == pytest.approx(other.std_error, rel=1e-9)
    twice = james_index(table * 2)
    assert twice.estimate == pytest.approx(one.estimate, rel=1e-12)
    assert twice.std_error == pytest.approx(one.std_error / 2**0.5, rel=1e-9)


@pytest.mark.parametrize("ci", ["score", "wald"])
@pytest.mark.parametrize(
    "count",
    [(0, 0, 0), (4, 0, 0), (0, 4, 0), (0, 0, 4), (1, 0, 0), (0, 0, 1), (1, 1, 0), (2, 0, 2)],
)
def test_what_bangs_index_lacks_has_a_reason(ci, count):
    """Nobody, one subject, all alike: a number that is not there is said, and none is endless."""
    found = bang_index(np.array([1.0, -1.0, 0.0]), np.array(count, dtype=float), ci)
    numbers = [found.estimate, found.conf_low, found.conf_high, found.p_value]
    assert not np.isinf(numbers).any()
    assert bool(np.isnan(numbers).any()) == (found.reason != "")
    assert np.isnan(found.p_value) or found.p_value > 0


@pytest.mark.parametrize("count", [(0, 0, 4), (0, 0, 1)])
def test_an_arm_that_does_not_know_has_an_index_and_no_test(count):
    found = bang_index(np.array([1.0, -1.0, 0.0]), np.array(count, dtype=float))
    assert found.estimate == 0
    assert found.conf_low == -found.conf_high < 0
    assert np.isnan(found.p_value)
    assert found.reason == "all answered that they do not know: no test"
