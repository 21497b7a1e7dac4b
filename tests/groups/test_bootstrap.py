"""The vectorised bootstrap: scipy's interval from the same resamples, and all resamples."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.bootstrap import SIZES, bca, bootstrap, replicates
from ketanalysis.groups.dominance import cliffs_delta, superiority
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.two_samples import NO_VARIATION, TOO_FEW, hedges_g, welch
from tests.groups.two_sample_data import TWO_SAMPLES

DRAWS = Draws(3, 999)


def kept(values):
    array = np.asarray(values, dtype=float)
    return np.sort(array[~np.isnan(array)])


@pytest.mark.parametrize("name", [n for n in TWO_SAMPLES if n != "one_group_constant"])
def test_estimates_are_those_of_the_formulas(name):
    a, b = TWO_SAMPLES[name]
    expected = {
        "difference": welch(a, b).difference,
        "hedges-g": hedges_g(a, b).estimate,
        "superiority": superiority(a, b).estimate,
        "cliffs-delta": cliffs_delta(a, b).estimate,
    }
    for effect, value in expected.items():
        found = bootstrap(a, b, effect, draws=DRAWS)
        assert found.estimate == pytest.approx(value, rel=1e-10)
        assert found.conf_low <= found.conf_high
        assert found.method == "BCa bootstrap, 999 random resamples, seed 3"


@pytest.mark.parametrize("effect", SIZES)
@pytest.mark.parametrize("name", ["ties_and_zeros", "missing", "four_against_27"])
def test_the_interval_is_that_of_scipy_on_the_same_resamples(name, effect):
    a, b = (kept(values) for values in TWO_SAMPLES[name])
    middle = np.concatenate([a, b]).mean()
    a, b, size = a - middle, b - middle, SIZES[effect]
    drawn = replicates(a, b, size, DRAWS)
    estimate = float(size(a[np.newaxis], b[np.newaxis])[0])
    drawn = np.where(np.abs(drawn - estimate) < 1e-9, estimate, drawn)  # scipy counts ties exactly
    done = stats._resampling.BootstrapResult(None, drawn, np.nan)
    theirs = stats.bootstrap(
        (a, b),
        lambda x, y, axis=-1: size(np.atleast_2d(x), np.atleast_2d(y)).reshape(x.shape[:-1]),
        vectorized=True,
        n_resamples=0,
        bootstrap_result=done,
        method="BCa",
    ).confidence_interval
    ours = bootstrap(a, b, effect, draws=DRAWS)
    # one formula on one set of resamples; centring changes the last digits of squares
    assert ours.conf_low == pytest.approx(theirs.low, rel=1e-8)
    assert ours.conf_high == pytest.approx(theirs.high, rel=1e-8)


def test_every_resample_of_a_small_set():
    """27 x 27 resamples written down one by one: their quantiles against many drawn ones."""
    a, b = np.array([1.0, 4.0, 6.0]), np.array([2.0, 7.0, 12.0])
    every = np.array(
        [np.mean(x) - np.mean(y) for x in product(a, repeat=3) for y in product(b, repeat=3)]
    )
    drawn = replicates(a, b, SIZES["difference"], Draws(8, 20_000))
    assert every.size == 729
    # the standard error of a drawn mean is its spread over the root of 20,000
    assert drawn.mean() == pytest.approx(every.mean(), abs=4 * every.std() / np.sqrt(20_000))
    assert drawn.std() == pytest.approx(every.std(), rel=4 / np.sqrt(2 * 20_000))
    jack = (np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.5, 4.0]))
    low, high = bca(float(every.mean()), every, jack, 0.9)
    assert every.min() <= low < high <= every.max()


def test_what_cannot_be_resampled():
    assert bootstrap([1], [1, 2], draws=DRAWS).reason == TOO_FEW
    assert bootstrap([2, 2], [2, 2], draws=DRAWS).reason == NO_VARIATION
    alike = bootstrap([5, 5, 5], [1, 1, 1], "superiority", draws=DRAWS)
    assert alike.estimate == 1
    assert np.isnan(alike.conf_low)
    assert alike.reason == "interval not estimable: the resamples do not vary"
    few = bootstrap([1, 2, 2], [3, 3, 4], draws=DRAWS)
    assert few.n_without > 0
    assert few.conf_low < few.estimate
    with pytest.raises(ArgumentError) as caught:
        bootstrap([1, 2], [3, 4], draws=Draws(seed=1))
    assert str(caught.value) == (
        "test 'bootstrap' cannot count every split of 4 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999."
    )


scores = st.lists(st.integers(0, 50), min_size=4, max_size=15)


@settings(max_examples=30, deadline=None)
@given(scores, scores, st.sampled_from(sorted(SIZES)))
def test_order_and_units(a, b, effect):
    plain = bootstrap(a, b, effect, draws=DRAWS)
    scaled = bootstrap([4 * v + 3 for v in a], [4 * v + 3 for v in b], effect, draws=DRAWS)
    for other, factor in (
        (bootstrap(a[::-1], [*b[::-1], np.nan], effect, draws=DRAWS), 1),
        (scaled, 4 if effect == "difference" else 1),
    ):
        for name in ("estimate", "conf_low", "conf_high"):
            assert getattr(other, name) == pytest.approx(
                factor * getattr(plain, name), rel=1e-6, abs=1e-9, nan_ok=True
            )
