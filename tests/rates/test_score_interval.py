"""Rates fitted under a restriction: by hand, against exact fractions, and their score."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.rates.score_interval import (
    bisect,
    restricted_rates,
    restricted_rates_of_ratio,
    score_difference,
    score_ratio,
)
from ketanalysis.rates.two_by_two import Table

inner_tables = st.tuples(*[st.integers(1, 10**6)] * 4).map(
    lambda cells: Table(cells[0], cells[0] + cells[1], cells[2], cells[2] + cells[3])
)


def test_restricted_rates_by_hand() -> None:
    # Without a difference both are the pooled rate.
    assert restricted_rates(Table(17, 31, 9, 30), 0.0) == pytest.approx((26 / 61, 26 / 61))
    # 1/1 against 0/1: (p0 + d)(1 - p0) is largest at p0 = (1 - d) / 2.
    for d in (-0.9, -0.2, 0.3, 0.8):
        assert restricted_rates(Table(1, 1, 0, 1), d) == pytest.approx(((1 + d) / 2, (1 - d) / 2))
    # Nobody with the outcome: as few as the difference allows.
    assert restricted_rates(Table(0, 10, 0, 15), 0.3) == (0.3, 0.0)
    assert restricted_rates(Table(0, 10, 0, 15), -0.3) == (0.0, 0.3)
    # A difference of 1 leaves one choice.
    assert restricted_rates(Table(3, 10, 4, 15), 1.0) == (1.0, 0.0)
    assert restricted_rates(Table(3, 10, 4, 15), -1.0) == (0.0, 1.0)


def test_restricted_rates_of_ratio_by_hand() -> None:
    assert restricted_rates_of_ratio(Table(17, 31, 9, 30), 1.0) == pytest.approx((26 / 61, 26 / 61))
    # Everybody with the outcome: as many as the ratio allows.
    assert restricted_rates_of_ratio(Table(10, 10, 15, 15), 2.0) == pytest.approx((1.0, 0.5))
    assert restricted_rates_of_ratio(Table(10, 10, 15, 15), 0.5) == pytest.approx((0.5, 1.0))
    assert restricted_rates_of_ratio(Table(0, 10, 0, 15), 2.0) == (0.0, 0.0)


@given(inner_tables, st.floats(-0.99, 0.99))
def test_restricted_rates_against_exact_fractions(table: Table, difference: float) -> None:
    p1, p0 = restricted_rates(table, difference)
    x1, n1, x0, n0 = (int(count) for count in table)
    d = Fraction(difference)

    def rises(p: Fraction) -> bool:
        """Whether the likelihood still rises at p0 = p: its derivative without the poles."""
        q, r, s = 1 - p, p + d, 1 - p - d
        return x0 * r * q * s + x1 * p * q * s > (n0 - x0) * p * r * s + (n1 - x1) * p * r * q

    # The exact root lies within 1e-13 of ours, relative to the nearer boundary, plus what the
    # last digits of p0 and of 1 - p0 - d leave open.
    low, high = max(Fraction(0), -d), min(Fraction(1), 1 - d)
    boundary = min(Fraction(p0) - low, high - Fraction(p0))
    near = Fraction(1, 10**13) * boundary + Fraction(4, 10**15) * Fraction(p0)
    assert Fraction(p0) - near <= low or rises(Fraction(p0) - near)
    assert Fraction(p0) + near >= high or not rises(Fraction(p0) + near)
    assert p1 == pytest.approx(p0 + difference, abs=1e-15)


@given(
    st.sampled_from([(0, 7, 0, 9), (7, 7, 9, 9), (7, 7, 0, 9), (0, 7, 9, 9), (1, 7, 9, 9)]),
    st.floats(-1, 1),
)
def test_rates_at_the_boundary_are_rates(counts: tuple[int, ...], difference: float) -> None:
    # A rate of 1 + 1e-16 would have a negative variance.
    table = Table(*counts)
    ratio = math.exp(100 * difference)
    for rate in (*restricted_rates(table, difference), *restricted_rates_of_ratio(table, ratio)):
        assert 0 <= rate <= 1


def test_rare_outcomes_in_large_groups_keep_their_digits() -> None:
    # Groups of n and 2 n with one and three events under a difference of d = c / n: as n grows,
    # p0 n tends to the root u of 1/(u + c) + 3/u = 3, here c = 1: 3 u**2 - u - 3 = 0.
    n = 10**9
    _, p0 = restricted_rates(Table(1, n, 3, 2 * n), 1 / n)
    # The limit is reached to about 1 / n; the closed form would be wrong in the first digit.
    assert p0 * n == pytest.approx((1 + math.sqrt(37)) / 6, rel=1e-8)


@given(inner_tables, st.floats(1, 3.5))
def test_the_score_at_both_ends_is_z(table: Table, z: float) -> None:
    observed = table.p1 - table.p0
    for end, sign in zip(score_difference(table, z, 1.0), (1, -1), strict=True):
        p1, p0 = restricted_rates(table, end)
        error = math.sqrt(p1 * (1 - p1) / table.n1 + p0 * (1 - p0) / table.n0)
        # An end is known to 1e-16 or so, which in standard errors is more.
        assert sign * (observed - end) / error == pytest.approx(z, rel=1e-9, abs=1e-13 / error)
    for end, sign in zip(score_ratio(table, z, 1.0), (1, -1), strict=True):
        p1, p0 = restricted_rates_of_ratio(table, end)
        error = math.sqrt(p1 * (1 - p1) / table.n1 + end**2 * p0 * (1 - p0) / table.n0)
        assert sign * (table.p1 - end * table.p0) / error == pytest.approx(z, rel=1e-8)


def test_the_score_falls_with_the_difference_so_that_the_interval_is_one_piece() -> None:
    grid = np.linspace(-0.975, 0.975, 40)
    for n1, n0 in itertools.product((1, 2, 5), repeat=2):
        for x1, x0 in itertools.product(range(n1 + 1), range(n0 + 1)):
            table = Table(x1, n1, x0, n0)
            scores = []
            for d in grid:
                p1, p0 = restricted_rates(table, d)
                variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
                scores.append((table.p1 - table.p0 - d) / math.sqrt(variance))
            assert (np.diff(scores) < 0).all(), table


def test_bisect_finds_the_change_and_never_tries_the_ends() -> None:
    tried = []

    def is_below(value: float) -> bool:
        tried.append(value)
        return value < 1 / 3

    assert bisect(is_below, 0.0, 1.0) == pytest.approx(1 / 3, rel=1e-15)
    assert 0.0 not in tried
    assert 1.0 not in tried
