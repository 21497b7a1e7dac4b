"""Standardised rates: R's glm and stacked equations, tables by hand, and what must hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.standardised import MEASURES, VARIANCES, standardise, standardised_contrast
from ketanalysis.regression.design import Design
from tests.regression.logistic_data import ARMS, sample
from tests.shared import ORACLE

R = pl.read_csv(ORACLE / "standardised.csv")
Z95 = 1.959963984540054  # R: format(qnorm(0.975), digits = 16)
TWO = ARMS[:2]


@pytest.mark.parametrize(
    "row", R.rows(named=True), ids=lambda r: f"{r['set']}-{r['arm']}-{r['variance']}"
)
def test_every_contrast_is_that_of_r(row: dict[str, Any]) -> None:
    data, place = sample(row["set"]), ARMS.index(row["arm"])
    found = standardise(data.y, data.group, ARMS[: data.n_groups], data.covariates, row["variance"])
    assert found.rates[[place, 0]] == pytest.approx((row["rate"], row["reference"]), rel=1e-9)
    # glm's covariance is of the step before its last one; the stacked equations' derivative is
    # numerical: both are right to about 1e-8.
    assert math.sqrt(found.covariance[place, place]) == pytest.approx(row["rate_error"], rel=1e-7)
    for measure, name in zip(MEASURES, ("difference", "log_ratio", "log_odds"), strict=True):
        ours = standardised_contrast(found, place, measure)
        on_scale = (lambda v: v) if measure == "risk difference" else math.log
        assert on_scale(ours.estimate) == pytest.approx(row[name], rel=1e-9)
        half = (on_scale(ours.high) - on_scale(ours.low)) / 2
        assert half == pytest.approx(Z95 * row[f"{name}_error"], rel=1e-7)
        z = abs(row[name]) / row[f"{name}_error"]
        assert ours.p_value == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-5)


def no_covariates(n: int) -> Design:
    return Design(np.empty((n, 0)), ())


@pytest.mark.parametrize("variance", VARIANCES)
def test_without_covariates_it_is_the_raw_difference_by_hand(variance: str) -> None:
    # 12/20 against 5/16: p (1 - p) / n, with n - 1 for Ye's sample variances.
    y = np.concatenate((np.repeat([1.0, 0], [5, 11]), np.repeat([1.0, 0], [12, 8])))
    group = np.repeat([0, 1], [16, 20])
    found = standardise(y, group, TWO, no_covariates(36), variance)
    rd = standardised_contrast(found, 1, "risk difference")
    assert rd.estimate == pytest.approx(12 / 20 - 5 / 16, rel=1e-12)
    less = 1 if variance == "ye" else 0
    # Ye's residual variance is divided by the share of the group, 20/36, and n, 36.
    variances = [p * (1 - p) * n / (n - less) / n for p, n in ((12 / 20, 20), (5 / 16, 16))]
    half = Z95 * math.sqrt(sum(variances))
    assert (rd.low, rd.high) == pytest.approx((rd.estimate - half, rd.estimate + half), rel=1e-9)


def test_a_binary_covariate_by_hand() -> None:
    # A saturated model would give the stratum rates; with main effects the fitted counts of each
    # group and of each stratum are the observed ones, and the means are over all subjects.
    cells = [(0, 0, 3, 10), (0, 1, 5, 8), (1, 0, 4, 9), (1, 1, 9, 11)]  # arm, sex, with, all
    rows = [(a, s, m) for a, s, x, n in cells for m, k in ((1, x), (0, n - x)) for _ in range(k)]
    group, sex, y = (np.array(column) for column in zip(*rows, strict=True))
    found = standardise(
        y.astype(float), group, TWO, Design(sex[:, None].astype(float), ("SEX: M",))
    )
    weights = np.array([n for *_, n in cells for _ in (1, 0)], dtype=float)
    assert weights.sum() == 2 * found.n
    # Odds ratio and rates of the fitted table: solved for the group by bisection.
    low, high = -5.0, 5.0
    for _ in range(200):
        b = (low + high) / 2
        fitted, alpha = 0.0, []
        for s in (0, 1):
            x = sum(c[2] for c in cells if c[1] == s)
            n0, n1 = (next(c[3] for c in cells if c[:2] == (arm, s)) for arm in (0, 1))
            a0, a1 = -20.0, 20.0
            for _ in range(200):
                a = (a0 + a1) / 2
                total = n0 / (1 + math.exp(-a)) + n1 / (1 + math.exp(-a - b))
                a0, a1 = (a, a1) if total < x else (a0, a)
            alpha.append((a0, n0 + n1))
            fitted += n1 / (1 + math.exp(-a0 - b))
        low, high = (b, high) if fitted < 13 else (low, b)
    rates = [sum(n / (1 + math.exp(-a - move)) for a, n in alpha) / found.n for move in (0.0, low)]
    assert found.rates == pytest.approx(rates, rel=1e-9)


def test_weights_are_subjects() -> None:
    data = sample("small")
    twice = np.repeat(2.0, len(data.y))
    whole = standardise(
        np.tile(data.y, 2),
        np.tile(data.group, 2),
        TWO,
        Design(np.tile(data.covariates.columns, (2, 1)), data.covariates.terms),
    )
    for variance in ("m-estimation", "delta"):
        weighted = standardise(data.y, data.group, TWO, data.covariates, variance, twice)
        assert weighted.rates == pytest.approx(whole.rates, rel=1e-9)
        assert weighted.n == whole.n == 62
    weighted = standardise(data.y, data.group, TWO, data.covariates, "m-estimation", twice)
    assert weighted.covariance == pytest.approx(whole.covariance, rel=1e-9)


# --- Where there is no number, the reason -----------------------------------------------------


def test_a_separated_outcome_is_refused_by_name() -> None:
    score = Design(np.array([[30.0], [26], [34], [29], [27], [35], [31], [28]]), ("BASE",))
    group = np.repeat([0, 1], 4)
    found = standardise((score.columns[:, 0] < 30).astype(float), group, TWO, score)
    assert found.reason == (
        "Not estimable: the outcome is separated by BASE, so the logistic model has no maximum "
        "likelihood estimate. Leave out adjust= for the unadjusted contrasts."
    )
    ratio = standardised_contrast(found, 1, "risk ratio")
    assert math.isnan(ratio.estimate)
    assert ratio.note == found.reason
    nobody = standardise(np.zeros(8), group, TWO, score)
    assert nobody.reason == (
        "No variation: no subject has the outcome, so there is nothing to test."
    )
    all_of_one = standardise(np.repeat([0.0, 1, 0, 1], [2, 2, 0, 4]), group, TWO, no_covariates(8))
    assert all_of_one.reason.startswith("Not estimable: the outcome is separated by ketamine, so ")


def test_a_group_without_subjects_and_groups_not_apart() -> None:
    group, y = np.array([0, 0, 1, 1]), np.array([0.0, 1, 0, 1])
    same = Design(np.array([[1.0], [1], [3], [3]]), ("DOSE",))
    assert standardise(y, group, TWO, same).reason == (
        "Not estimable: the groups cannot be told apart from the covariates."
    )
    assert standardise(y, group, ARMS, no_covariates(4)).reason == (
        "Not estimable: a group has no subject with all covariates."
    )


def test_a_covariate_that_says_nothing_is_named_and_changes_nothing() -> None:
    data = sample("small")
    more = np.hstack((data.covariates.columns, np.ones((31, 1)), 2 * data.covariates.columns))
    found = standardise(data.y, data.group, TWO, Design(more, ("base", "one", "twice")))
    plain = standardise(data.y, data.group, TWO, data.covariates)
    assert found.dependent == ("one", "twice")
    assert found.rates == pytest.approx(plain.rates, rel=1e-12)


def test_an_unknown_variance_names_all() -> None:
    with pytest.raises(ArgumentError) as refusal:
        standardise(np.zeros(2), np.array([0, 1]), 2, no_covariates(2), "robust")
    assert str(refusal.value) == (
        "variance must be one of 'm-estimation', 'ye', 'delta', not 'robust'."
    )


# --- What must always hold --------------------------------------------------------------------

rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(10, 40)), min_size=12, max_size=40
)


@settings(max_examples=40)
@given(rows, st.sampled_from(sorted(VARIANCES)))
def test_order_units_and_labels_change_nothing(
    subjects: list[tuple[int, int, int]], variance: str
) -> None:
    y, group, score = (np.array(column) for column in zip(*subjects, strict=True))
    column = score[:, None].astype(float)
    found = standardise(y.astype(float), group, TWO, Design(column, ("BASE",)), variance)
    other = standardise(
        y[::-1].astype(float), group[::-1], TWO, Design(1e3 * column[::-1] - 7, ("X",)), variance
    )
    assert bool(found.reason) == bool(other.reason)
    if found.reason:
        return
    assert found.rates == pytest.approx(other.rates, rel=1e-7)
    assert found.covariance == pytest.approx(other.covariance, rel=1e-6, abs=1e-12)
    swapped = standardise(y.astype(float), 1 - group, TWO, Design(column, ("BASE",)), variance)
    rd, back = (standardised_contrast(f, 1, "risk difference") for f in (found, swapped))
    assert (rd.estimate, rd.low) == pytest.approx((-back.estimate, -back.high), rel=1e-6, abs=1e-9)
    opposite = standardise(1.0 - y, group, TWO, Design(column, ("BASE",)), variance)
    assert opposite.rates == pytest.approx(1 - found.rates, rel=1e-7)
    odds, inverse = (standardised_contrast(f, 1, "odds ratio") for f in (found, opposite))
    assert odds.estimate * inverse.estimate == pytest.approx(1, rel=1e-6)
