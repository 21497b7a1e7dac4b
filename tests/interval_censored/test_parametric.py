"""Parametric regression of interval-censored times: R's survreg, and derivatives by numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.interval_censored.parametric import (
    DISTRIBUTIONS,
    FAMILIES,
    ParametricFit,
    _derivatives,
    _log_likelihood,
    _sample,
    fit_parametric,
)
from ketanalysis.survival.risk_sets import Floats
from tests.interval_censored.interval_data import NAMES, data_of, message, oracle

R_NAMES = {"weibull": "weibull", "log-logistic": "loglogistic", "exponential": "exponential"}


def model(name: str) -> tuple[Floats, Floats, Floats]:
    """The data of a model with groups and age; exact times of 0 have no logarithm."""
    rows = data_of(name)
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    usable = ~((low == 0) & (high == 0))
    group = rows["group"].to_numpy()
    dummies = group[:, None] == np.unique(group)[1:]
    x = np.column_stack((np.ones(len(low)), dummies, rows["age"].to_numpy()))
    return low[usable], high[usable], x[usable]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_coefficients_and_errors_are_those_of_survreg(name: str, distribution: str) -> None:
    fit = fit_parametric(*model(name), distribution)
    theirs = oracle("interval_regression").filter(data=name, distribution=R_NAMES[distribution])
    error = np.sqrt(np.diag(fit.covariance_of_beta()))
    estimate = [*fit.beta, *([-np.log(fit.tau)] if len(error) > len(fit.beta) else [])]
    # survreg stops where the likelihood moves by 1e-14 of itself: about 1e-8 in a coefficient.
    assert estimate == pytest.approx(theirs["estimate"].to_list(), rel=1e-6)
    assert error == pytest.approx(theirs["std_error"].to_numpy(), rel=1e-6)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"][0], rel=1e-10)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_derivatives_are_those_by_numbers(distribution: str) -> None:
    low, high, x = model("mixed")
    sample, family = _sample(low, high, x), FAMILIES[distribution]
    theta = np.array([1.9, -0.3, 0.01, 1.3])
    gradient, information = _derivatives(theta, sample, family)
    step = 1e-5 * np.eye(4)
    by_number = [
        (_log_likelihood(theta + h, sample, family) - _log_likelihood(theta - h, sample, family))
        / 2e-5
        for h in step
    ]
    assert gradient == pytest.approx(by_number, rel=1e-5, abs=1e-5)  # of central differences
    second = [
        (_derivatives(theta + h, sample, family)[0] - _derivatives(theta - h, sample, family)[0])
        / 2e-5
        for h in step
    ]
    assert -information == pytest.approx(np.array(second), rel=1e-5, abs=1e-4)


def test_an_exponential_of_exact_times_is_events_over_time() -> None:
    time = np.array([2.0, 5.0, 9.0, 4.0])
    high = np.array([2.0, 5.0, 9.0, np.inf])
    fit = fit_parametric(time, high, np.ones((4, 1)), "exponential")
    assert np.exp(-fit.beta[0]) == pytest.approx(3 / 20, rel=1e-9)
    assert fit.covariance[0, 0] == pytest.approx(1 / 3, rel=1e-10)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(DISTRIBUTIONS), st.sampled_from([1 / 7, 24.0]), st.integers(0, 99))
def test_unit_order_and_doubling(distribution: str, unit: float, seed: int) -> None:
    low, high, x = model("mixed")
    order = np.random.default_rng(seed).permutation(len(low))
    one = fit_parametric(low, high, x, distribution)
    scaled = fit_parametric(low[order] * unit, high[order] * unit, x[order], distribution)
    assert scaled.beta[1:] == pytest.approx(one.beta[1:], rel=1e-7)
    assert scaled.beta[0] == pytest.approx(one.beta[0] + np.log(unit), rel=1e-7)
    twice = fit_parametric(np.tile(low, 2), np.tile(high, 2), np.tile(x, (2, 1)), distribution)
    assert twice.beta == pytest.approx(one.beta, rel=1e-7)
    assert twice.covariance == pytest.approx(one.covariance / 2, rel=1e-6)


def test_the_direction_of_both_ratios() -> None:
    """A group whose times are twice as long has a hazard that is smaller, by the shape."""
    random = np.random.default_rng(5)
    group = np.arange(4000) % 2
    time = 20 * random.weibull(1.5, 4000) * np.where(group == 1, 2, 1)
    low = np.floor(time / 7) * 7
    x = np.column_stack((np.ones(4000), group))
    fit: ParametricFit = fit_parametric(low, low + 7, x, "weibull")
    assert np.exp(fit.beta[1]) == pytest.approx(2, rel=0.1)  # chance of 4,000 subjects
    assert np.exp(-fit.alpha[1]) == pytest.approx(2**-1.5, rel=0.1)


NO_MAXIMUM = (
    "The likelihood has no finite maximum. Either no event was seen in the subjects that a column "
    "of the model stands for, or the intervals of all subjects, or of each of their groups, share "
    "one time, so that nothing speaks against all events at that time. Leave the column out, or "
    "join categories."
)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_group_without_events_has_no_estimate(distribution: str) -> None:
    low = np.array([0.0, 5, 3, 7, 9, 8])
    high = np.array([5.0, 9, 8, np.inf, np.inf, np.inf])
    x = np.column_stack((np.ones(6), [0, 0, 0, 1, 1, 1]))
    found = message(lambda: fit_parametric(low, high, x, distribution), EstimationError)
    assert found == NO_MAXIMUM


def test_intervals_that_share_a_time_have_no_estimate() -> None:
    low, high = np.array([0.0, 3, 2]), np.array([8.0, 9, 7])
    found = message(lambda: fit_parametric(low, high, np.ones((3, 1)), "weibull"), EstimationError)
    assert found == NO_MAXIMUM


def test_nothing_seen_is_refused() -> None:
    low, high = np.array([4.0, 5.0]), np.array([np.inf, np.inf])
    found = message(lambda: fit_parametric(low, high, np.ones((2, 1)), "weibull"), EstimationError)
    assert found == "No event was seen in any subject: there is nothing to estimate."
    text = "distribution must be one of 'weibull', 'log-logistic', 'exponential', not 'normal'."
    assert message(lambda: fit_parametric(low, high, low[:, None], "normal"), ArgumentError) == text
