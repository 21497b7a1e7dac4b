"""Numeric Bayes factors against R's BayesFactor, the integral, and the published example."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.bayes_factor import PRIOR_SCALES, bayes_factor, log_jzs
from ketanalysis.groups.two_samples import NO_VARIATION, TOO_FEW
from tests.groups.anxiety_oracle import of
from tests.groups.two_sample_data import TWO_SAMPLES

scores = st.lists(st.integers(0, 100), min_size=3, max_size=12)


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_it_is_that_of_r(name):
    for scale in PRIOR_SCALES.values():
        ours = bayes_factor(*TWO_SAMPLES[name], prior_scale=scale)
        theirs = of("bayes", name)
        # integrate() and our rule both reach about ten digits of a smooth integrand
        assert ours.bayes_factor == pytest.approx(theirs[f"by_g_{scale:.3f}"], rel=1e-9)
        # BayesFactor states its error as below 1e-4 and reaches 1e-9 here
        assert ours.bayes_factor == pytest.approx(theirs[f"package_{scale:.3f}"], rel=1e-7)
        assert np.exp(ours.log_bayes_factor) == pytest.approx(ours.bayes_factor, rel=1e-12)


def test_of_any_t_and_size():
    for key, theirs in of("bayes_t").items():
        t, n_a, n_b = (float(part) for part in key.split(";"))
        ours = np.exp(log_jzs(t, n_a * n_b / (n_a + n_b), n_a + n_b - 2, 1.0))
        assert ours == pytest.approx(theirs["by_g"], rel=1e-8), key
        if t <= 5:  # beyond, BayesFactor says that it approximates
            assert ours == pytest.approx(theirs["package"], rel=1e-7), key


def test_the_published_example():
    """Rouder et al. (2009): t(79) of 2.03 and 2.24 are 1.56 and 1.02 to 1 for the null, scale 1."""
    for t, published in ((2.03, 1.56), (2.24, 1.02)):
        assert round(float(np.exp(-log_jzs(t, 80, 79, 1.0))), 2) == published


def test_endless_evidence_has_a_logarithm():
    found = bayes_factor(
        np.arange(400.0), 1e7 + np.arange(400.0), prior_scale=PRIOR_SCALES["medium"]
    )
    assert found.bayes_factor == float("inf")
    assert 2000 < found.log_bayes_factor < float("inf")
    assert found.reason == "larger than a number can be; see its logarithm"


def test_there_is_none_without_variation():
    assert bayes_factor([1, 1], [1, 1], prior_scale=1).reason == NO_VARIATION
    assert bayes_factor([1], [1, 2], prior_scale=1).reason == TOO_FEW
    assert np.isnan(bayes_factor([1, 1], [1, 1], prior_scale=1).bayes_factor)


@pytest.mark.parametrize("scale", [0, -1, float("inf"), "medium", True])
def test_a_scale_must_be_a_number(scale):
    with pytest.raises(ArgumentError) as caught:
        bayes_factor([1, 2], [3, 5], prior_scale=scale)
    assert str(caught.value) == (
        "prior_scale must be a number above 0, the scale of the Cauchy prior in SD, such as 0.707 "
        f"(medium), 1 (wide), 1.41 (ultrawide); not {scale!r}."
    )


@settings(max_examples=40, deadline=None)
@given(scores, scores, st.integers(1, 50), st.integers(-40, 40))
def test_units_and_sides_do_not_matter(a, b, factor, shift):
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    plain = bayes_factor(a, b, prior_scale=1).log_bayes_factor
    turned = bayes_factor(b[::-1], a, prior_scale=1).log_bayes_factor
    other = bayes_factor(
        [factor * v + shift for v in a], [factor * v + shift for v in b], prior_scale=1
    ).log_bayes_factor
    assert turned == pytest.approx(plain, abs=1e-9)
    assert other == pytest.approx(plain, abs=1e-8)
