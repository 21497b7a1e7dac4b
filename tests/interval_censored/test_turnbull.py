"""The non-parametric estimate: proofs of its maximum, R, published numbers, Kaplan-Meier."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.interval_censored.likelihood import TOLERANCE
from ketanalysis.interval_censored.scores import support_of
from ketanalysis.interval_censored.turnbull import (
    Turnbull,
    quantile_between,
    survival_between,
    turnbull,
)
from ketanalysis.survival.kaplan_meier import kaplan_meier, quantile
from ketanalysis.survival.risk_sets import Floats
from tests.interval_censored.interval_data import (
    NAMES,
    data_of,
    ends_of,
    intervals,
    message,
    oracle,
)

# --- the conditions of a maximum, by loops ----------------------------------------------------


def lies_in(left: float, right: float, low: float, high: float) -> bool:
    """Whether a piece (left, right], or a time, lies in (low, high], or is that time."""
    if low == high:
        return left == right == low
    if left == right:
        return low < left <= high
    return low <= left and right <= high


def violation(low: Floats, high: Floats, curve: Turnbull) -> tuple[float, float]:
    """Return the largest violation anywhere on the line, and the log likelihood.

    The derivative is taken at every time, between any two, and behind the last; it must be at
    most n everywhere, and n where there is mass.
    """
    pieces = list(zip(curve.left, curve.right, curve.mass, strict=True))
    shares = [
        sum(mass for left, right, mass in pieces if lies_in(left, right, a, b))
        for a, b in zip(low, high, strict=True)
    ]
    times = np.unique(np.concatenate((low, high[np.isfinite(high)])))
    between = [(a + b) / 2 for a, b in pairwise(times)]
    places = [(t, t) for t in (*times, *between, times[-1] + 1)]
    ends = list(zip(low, high, shares, strict=True))

    def derivative(left: float, right: float) -> float:
        return sum(1 / share for a, b, share in ends if lies_in(left, right, a, b))

    n = len(low)
    anywhere = max(derivative(*place) for place in places) / n - 1
    with_mass = max(abs(derivative(left, right) / n - 1) for left, right, _ in pieces)
    return max(anywhere, with_mass), float(np.log(shares).sum())


@settings(max_examples=60, deadline=None)
@given(intervals())
def test_no_other_distribution_is_more_likely(ends: tuple[Floats, Floats]) -> None:
    curve = turnbull(*ends)
    found, log_likelihood = violation(*ends, curve)
    # The loops add the same numbers in another order: a few units of 1e-16 a subject.
    assert found <= TOLERANCE * 1.01 + 1e-12
    assert curve.gap <= TOLERANCE
    assert curve.log_likelihood == pytest.approx(log_likelihood, rel=1e-12, abs=1e-12)
    assert curve.mass.sum() == pytest.approx(1, rel=1e-12)
    assert np.all(curve.mass > 0)
    assert np.all(np.diff(curve.left) >= 0)
    assert np.all(curve.left <= curve.right)


@pytest.mark.parametrize("name", NAMES)
def test_the_conditions_hold_in_the_data_of_r(name: str) -> None:
    ends = ends_of(data_of(name))
    found, _ = violation(*ends, turnbull(*ends))
    assert found <= TOLERANCE * 1.01 + 1e-12


@pytest.mark.parametrize("size, kind", [(2000, "any time"), (5000, "visits"), (3000, "exact")])
def test_the_conditions_hold_for_many_subjects(size: int, kind: str) -> None:
    random = np.random.default_rng(size)
    time, left = random.exponential(60, size), random.exponential(90, size)
    step = 7.0 if kind == "visits" else random.uniform(3, 20, size)
    low = np.floor(np.minimum(time, left) / step) * step
    high = np.where(time <= left, low + step, np.inf)
    if kind == "exact":
        exact = random.random(size) < 0.4
        low, high = np.where(exact, time, low), np.where(exact, time, high)
    curve = turnbull(low, high)
    assert curve.gap <= TOLERANCE
    assert curve.mass.sum() == pytest.approx(1, rel=1e-12)


# --- R and published numbers ------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_interval_has_the_probability_that_r_finds(name: str) -> None:
    rows = data_of(name)
    theirs = oracle("interval_curve").filter(data=name)
    support = support_of(*ends_of(rows))
    ours = support.survival[support.first] - support.survival[support.last]
    # Both keep the conditions to 1e-10, which leaves a probability uncertain by about 1e-8.
    assert ours == pytest.approx(theirs["share"].to_numpy(), rel=1e-7)
    likelihood = turnbull(*ends_of(rows)).log_likelihood
    assert likelihood == pytest.approx(theirs["log_likelihood"][0], abs=1e-8)


# Fay and Shaw 2010, J Stat Softw 36(2), page 11: summary(icfit(...)) of R's interval.
PUBLISHED = {
    0: "4 5 .0463|6 7 .0334|7 8 .0887|11 12 .0708|24 25 .0926|33 34 .0818|38 40 .1209|46 48 .4656",
    1: "4 5 .0433|5 8 .0433|11 12 .0692|16 17 .1454|18 19 .1411|19 20 .1157|24 25 .0999|"
    "30 31 .0709|35 36 .1608|44 48 .0552|48 60 .0552",
}


@pytest.mark.parametrize("group", PUBLISHED)
def test_the_breast_cosmesis_data_as_published(group: int) -> None:
    curve = turnbull(*ends_of(data_of("cosmesis").filter(group=group)))
    theirs = np.array([row.split() for row in PUBLISHED[group].split("|")], dtype=float)
    assert curve.left.tolist() == theirs[:, 0].tolist()
    assert curve.right.tolist() == theirs[:, 1].tolist()
    assert curve.mass.round(4).tolist() == theirs[:, 2].tolist()


def test_the_masses_that_are_fractions() -> None:
    # Fay and Shaw 2010, table 2.
    low, high = [2, 5, 1, 1, 9, 8, 10], [3, 6, 7, 7, 12, 10, 13]
    curve = turnbull(low, high)
    assert curve.left.tolist() == [2, 5, 9, 10]
    assert curve.right.tolist() == [3, 6, 10, 12]
    assert curve.mass == pytest.approx([2 / 7, 2 / 7, 3 / 14, 3 / 14], rel=1e-9)


# --- without intervals: Kaplan-Meier ----------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=25))
def test_exact_and_right_censored_times_give_kaplan_meier(rows: list[tuple[int, bool]]) -> None:
    time = np.array([t for t, _ in rows], dtype=float)
    event = np.array([e for _, e in rows])
    curve = turnbull(time, np.where(event, time, np.inf))
    known = kaplan_meier(time, event)
    low, high = survival_between(curve, known.time)
    until_last_event = known.time <= time[event].max(initial=-1)
    assert low[until_last_event] == pytest.approx(known.survival[until_last_event], abs=1e-14)
    assert high == pytest.approx(known.survival, abs=1e-14)
    if known.survival[-1] < 0.5:
        middle = np.mean(quantile_between(curve, 0.5))
        assert middle == pytest.approx(quantile(known, 0.5).estimate, rel=1e-14)


def test_exact_times_give_the_digits_of_kaplan_meier() -> None:
    random = np.random.default_rng(7)
    time = np.round(random.exponential(30, 400), 1)
    event = random.random(400) < 0.7
    curve = turnbull(time, np.where(event, time, np.inf))
    known = kaplan_meier(time, event)
    at = known.n_event > 0
    assert survival_between(curve, known.time[at])[1] == pytest.approx(
        known.survival[at], rel=1e-12
    )


# --- single cases -----------------------------------------------------------------------------


def test_one_interval_has_all_the_mass() -> None:
    curve = turnbull([3], [9])
    assert (curve.left.tolist(), curve.right.tolist(), curve.mass.tolist()) == ([3], [9], [1])
    assert curve.survival.tolist() == [0]
    assert quantile_between(curve, 0.5) == (3, 9)
    assert curve.log_likelihood == 0


def test_all_right_censored_stays_at_one() -> None:
    curve = turnbull([5, 9, 9], [np.inf] * 3)
    assert (curve.left.tolist(), curve.right.tolist()) == ([9], [np.inf])
    assert [b.tolist() for b in survival_between(curve, np.array([9.0, 10.0]))] == [[1, 0], [1, 1]]
    assert quantile_between(curve, 0.5) == (9, np.inf)


def test_all_left_censored_share_the_first_interval() -> None:
    curve = turnbull([0, 0, 0], [7, 3, 7])
    assert (curve.left.tolist(), curve.right.tolist()) == ([0], [3])


def test_heavy_ties() -> None:
    curve = turnbull([0] * 30 + [7] * 50 + [14] * 20, [7] * 30 + [14] * 50 + [np.inf] * 20)
    assert curve.mass.tolist() == pytest.approx([0.3, 0.5, 0.2], rel=1e-12)


def test_an_event_at_time_zero_and_one_seen_at_the_first_visit() -> None:
    curve = turnbull([0, 0, 0], [0, 7, 7])
    assert curve.left.tolist() == [0, 0]
    assert curve.right.tolist() == [0, 7]
    assert curve.mass == pytest.approx([1 / 3, 2 / 3])
    assert survival_between(curve, np.array([0.0]))[0].tolist() == pytest.approx([2 / 3])


def test_intervals_that_meet_at_a_visit_do_not_overlap() -> None:
    """(0, 7] and (7, 14] have no time in common; closed intervals would share day 7."""
    curve = turnbull([0, 7], [7, 14])
    assert curve.mass.tolist() == [0.5, 0.5]


def test_an_exact_time_at_the_open_end_of_an_interval_is_outside() -> None:
    curve = turnbull([7, 7], [7, 14])
    assert (curve.left.tolist(), curve.right.tolist()) == ([7, 7], [7, 14])
    inside = turnbull([7, 14], [14, 14])
    assert (inside.left.tolist(), inside.right.tolist()) == ([14], [14])


def test_survival_of_exactly_one_half_gives_the_whole_flat_stretch() -> None:
    curve = turnbull([0, 0, 14, 14], [7, 7, 21, 21])
    assert quantile_between(curve, 0.5) == (0, 21)
    assert quantile_between(turnbull([1, 2, 3, 4], [1, 2, 3, 4]), 0.5) == (2, 3)


def test_times_that_differ_by_rounding_are_one() -> None:
    curve = turnbull([0, 0.1 + 0.2], [0.3, 0.6])
    assert curve.left.tolist() == [0, 0.3]
    assert curve.mass.tolist() == [0.5, 0.5]


# --- properties -------------------------------------------------------------------------------

GRID = np.arange(0, 20, 0.5)


def bounds(ends: tuple[Floats, Floats], unit: float = 1.0) -> Floats:
    return np.concatenate(survival_between(turnbull(*ends), GRID * unit))


@settings(max_examples=40, deadline=None)
@given(intervals(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(ends: tuple[Floats, Floats], random: object) -> None:
    order = np.array(sorted(range(len(ends[0])), key=lambda _: random.random()))  # type: ignore[attr-defined]
    assert bounds((ends[0][order], ends[1][order])).tolist() == bounds(ends).tolist()


@settings(max_examples=40, deadline=None)
@given(intervals(), st.sampled_from([1 / 7, 24.0, 0.1]))
def test_the_unit_of_time_changes_nothing(ends: tuple[Floats, Floats], unit: float) -> None:
    scaled = bounds((ends[0] * unit, ends[1] * unit), unit)
    assert scaled == pytest.approx(bounds(ends), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(intervals())
def test_doubling_the_data_changes_no_share(ends: tuple[Floats, Floats]) -> None:
    twice = bounds((np.tile(ends[0], 2), np.tile(ends[1], 2)))
    assert twice == pytest.approx(bounds(ends), abs=1e-7)  # both within the same conditions


@settings(max_examples=40, deadline=None)
@given(intervals())
def test_the_least_is_never_above_the_largest(ends: tuple[Floats, Floats]) -> None:
    low, high = survival_between(turnbull(*ends), GRID)
    assert np.all(low <= high)
    assert np.all(np.diff(low) <= 0)
    assert np.all(np.diff(high) <= 0)


# --- refusals ---------------------------------------------------------------------------------

NO_INTERVAL = (
    "An interval must have 0 <= low <= high, low finite, neither missing; high is infinite where "
    "the event was not seen."
)


@pytest.mark.parametrize(
    "low, high", [([-1], [2]), ([3], [2]), ([np.nan], [2]), ([1], [np.nan]), ([np.inf], [np.inf])]
)
def test_what_is_no_interval_is_refused(low: list[float], high: list[float]) -> None:
    assert message(lambda: turnbull(low, high), ContractError) == NO_INTERVAL


def test_lengths_must_agree() -> None:
    text = "low and high must hold one number a subject each, at least one."
    assert message(lambda: turnbull([1, 2], [3]), ArgumentError) == text
    assert message(lambda: turnbull([], []), ArgumentError) == text
