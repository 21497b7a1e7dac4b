"""Power by the noncentral t, what a cut costs, and two one-sided tests against R."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.detectable import (
    detectable_difference,
    half_width,
    kept_by_cut,
    power_of_t,
)
from ketanalysis.groups.equivalence import equivalence
from ketanalysis.groups.two_samples import NO_VARIATION, TOO_FEW
from tests.groups.anxiety_oracle import of
from tests.groups.two_sample_data import TWO_SAMPLES


def sizes(key):
    n_a, n_b, last = key.split(";")
    return int(n_a), int(n_b), float(last)


def test_power_is_that_of_r():
    for key, theirs in of("power").items():
        n_a, n_b, d = sizes(key)
        # R's pt with ncp is good to about 1e-12 absolute in its tails
        assert power_of_t(d, n_a, n_b) == pytest.approx(theirs["power"], abs=1e-9), key
        assert power_of_t(-d, n_b, n_a) == pytest.approx(theirs["power"], abs=1e-9), key
    (equal,) = of("power_equal").values()
    assert power_of_t(0.3, 60, 60) == pytest.approx(equal["power"], abs=1e-9)


def test_the_detectable_difference_is_the_root_in_r():
    for key, theirs in of("detectable").items():
        n_a, n_b, power = sizes(key)
        # both solve to 1e-12; the slope of power loses a few digits where it is flat
        assert detectable_difference(n_a, n_b, power) == pytest.approx(theirs["d"], rel=1e-8), key


def test_what_is_said_of_17_and_14():
    assert round(detectable_difference(17, 14, 0.8), 2) == 1.05
    assert round(detectable_difference(17, 14, 0.5), 2) == 0.73
    assert round(half_width(17, 14, 0.90), 2) == 0.61
    for found in (power_of_t(1, 1, 30), detectable_difference(30, 1), half_width(0, 30, 0.9)):
        assert math.isnan(found)


def test_power_lies_between_level_and_1():
    with pytest.raises(ArgumentError) as caught:
        detectable_difference(17, 14, 0.04)
    assert str(caught.value) == (
        "power must be between 0.05 (the level of the test) and 1, not 0.04."
    )
    assert power_of_t(0, 17, 14) == pytest.approx(0.05, abs=1e-12)


def test_what_a_cut_keeps_is_that_of_r():
    for share, theirs in of("cut").items():
        assert kept_by_cut(float(share)) == pytest.approx(theirs["kept"], rel=1e-10)
    assert kept_by_cut(0.5) == pytest.approx(2 / math.pi, rel=1e-12)
    assert math.isnan(kept_by_cut(0))
    assert math.isnan(kept_by_cut(1))


# --- equivalence --------------------------------------------------------------------------------


def test_equivalence_is_two_t_tests_of_r():
    for key, theirs in of("equivalence").items():
        name, kind, margin = key.split(";")
        ours = equivalence(*TWO_SAMPLES[name], float(margin), kind=kind)
        for column in ("p_low", "p_high", "conf_low", "conf_high", "df"):
            # closed formulas; a p value of 1e-10 keeps nine digits
            assert getattr(ours, column) == pytest.approx(theirs[column], rel=1e-9), (key, column)
        assert ours.p_value == max(ours.p_low, ours.p_high)


def test_equivalence_that_cannot_be():
    assert equivalence([3, 3], [3, 3], 2).reason == NO_VARIATION
    assert equivalence([3], [3, 4], 2).reason == TOO_FEW
    for margin in (0, -2, float("nan"), float("inf"), "5", True):
        with pytest.raises(ArgumentError) as caught:
            equivalence([1, 2], [3, 5], margin)
        assert str(caught.value) == (
            "margin must be a number of points above 0: the smallest difference that would "
            f"matter, judged before the data; not {margin!r}."
        )


scores = st.lists(st.integers(0, 60), min_size=3, max_size=12)


@settings(max_examples=40, deadline=None)
@given(scores, scores, st.integers(1, 40))
def test_p_and_interval_tell_one_thing(a, b, margin):
    found = equivalence(a, b, margin)
    assume(found.reason is None)
    turned = equivalence(b, a, margin)
    assert turned.p_value == pytest.approx(found.p_value, abs=1e-12)
    is_inside = -margin < found.conf_low and found.conf_high < margin
    assume(abs(found.p_value - 0.05) > 1e-9)
    assert is_inside == (found.p_value < 0.05)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(2, 60))
def test_no_margin_below_the_half_width_can_be_shown(n_a, n_b):
    """Groups exactly alike, with the SD that both were given, at a margin just below."""
    width = half_width(n_a, n_b, 0.90)
    assert width == pytest.approx(half_width(n_b, n_a, 0.90))
    assert half_width(n_a + 1, n_b, 0.90) < width
