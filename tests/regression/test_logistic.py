"""Logistic regression: R's glm, tables by hand, and what must hold for any data."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ketanalysis.errors import EstimationError
from ketanalysis.regression.logistic import fit_by_likelihood
from ketanalysis.regression.separation import separated
from tests.regression.logistic_data import SETS, sample
from tests.shared import reference_value, requires_shared
from tests.test_real_trial import trial

ROWS = pl.read_csv("tests/oracle/logistic.csv")


@pytest.mark.parametrize("name", SETS)
def test_every_coefficient_is_that_of_r(name: str) -> None:
    found, theirs = fit_by_likelihood(sample(name).x, sample(name).y), ROWS.filter(set=name)
    # glm takes its standard errors from the weights of the step before its last one: 1e-8.
    np.testing.assert_allclose(found.coefficients, theirs["estimate"], rtol=1e-8)
    np.testing.assert_allclose(found.std_error, theirs["std_error"], rtol=1e-7)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"][0], rel=1e-10)


@requires_shared
def test_response_of_the_antidepressant_trial() -> None:
    theirs = reference_value("antidepressant_data", "logistic_response_nri")
    rows = trial().adqs.filter(pl.col("PARAMCD") == "HAMD17")
    last = rows.filter(pl.col("AVISIT") == "7").select("USUBJID", "AVAL")
    subjects = trial().adsl.select("USUBJID", "TRT01P")
    base = rows.filter(pl.col("ABLFL") == "Y").select("USUBJID", BASE="AVAL")
    data = subjects.join(base, on="USUBJID").join(last, on="USUBJID", how="left")
    y = (data["AVAL"] <= data["BASE"] / 2).fill_null(False).cast(pl.Float64).to_numpy()
    drug = (data["TRT01P"].cast(pl.String) == "DRUG").cast(pl.Float64).to_numpy()
    found = fit_by_likelihood(np.column_stack((np.ones(len(y)), drug, data["BASE"])), y)
    values = np.array(theirs["coef"]["values"])
    np.testing.assert_allclose(found.coefficients, values[:, 0], rtol=1e-8)
    np.testing.assert_allclose(found.std_error, values[:, 1], rtol=1e-6)  # the file states 1e-5
    assert found.log_likelihood == pytest.approx(theirs["logLik"], rel=1e-10)


def test_a_2_x_2_table_by_hand() -> None:
    # 10/25 against 5/20: log odds of 5/15, log odds ratio of (10/15)/(5/15), Woolf's variance.
    x = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    y, weights = np.array([1.0, 0, 1, 0]), np.array([5.0, 15, 10, 15])
    found = fit_by_likelihood(x, y, weights)
    assert found.coefficients == pytest.approx([math.log(1 / 3), math.log(2)], rel=1e-12)
    variance = 1 / 5 + 1 / 15, 1 / 5 + 1 / 15 + 1 / 10 + 1 / 15
    assert np.diag(found.covariance) == pytest.approx(variance, rel=1e-12)
    assert found.fitted == pytest.approx([0.25, 0.25, 0.4, 0.4], rel=1e-12)
    likelihood = sum(a * math.log(a / n) for a, n in ((5, 20), (15, 20), (10, 25), (15, 25)))
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40)), min_size=8, max_size=30))
def test_units_and_weights_change_nothing(rows: list[tuple[int, int]]) -> None:
    y, score = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    x = np.column_stack((np.ones(len(y)), score))
    assume(np.ptp(score) > 0 and not separated(x, y).any())
    found = fit_by_likelihood(x, y)
    # The score equations hold: fitted and observed have the same sums.
    assert (x.T @ (y - found.fitted)) == pytest.approx([0, 0], abs=1e-6 * max(score.max(), 1))
    other = fit_by_likelihood(np.column_stack((np.ones(len(y)), 1e6 * score - 3e6)), y)
    assert other.fitted == pytest.approx(found.fitted, rel=1e-6, abs=1e-9)
    cells, counts = np.unique(np.column_stack((x, y)), axis=0, return_counts=True)
    grouped = fit_by_likelihood(cells[:, :2], cells[:, 2], counts)
    assert grouped.coefficients == pytest.approx(found.coefficients, rel=1e-6, abs=1e-9)
    assert grouped.covariance == pytest.approx(found.covariance, rel=1e-6, abs=1e-9)


def test_a_separated_outcome_is_refused() -> None:
    x = np.column_stack((np.ones(6), [1.0, 2, 3, 4, 5, 6]))
    with pytest.raises(EstimationError) as refusal:
        fit_by_likelihood(x, np.array([0.0, 0, 0, 1, 1, 1]))
    assert str(refusal.value) == (
        "The logistic model has no maximum likelihood estimate that can be told from infinity: the "
        "outcome is separated by the covariates, or nearly."
    )


def test_a_column_that_follows_from_the_others_is_refused() -> None:
    x = np.column_stack((np.ones(4), [1.0, 0, 1, 0], [0.0, 1, 0, 1]))
    with pytest.raises(EstimationError) as refusal:
        fit_by_likelihood(x, np.array([0.0, 1, 1, 0]))
    assert str(refusal.value) == (
        "The logistic model has no information left: the outcome is separated by the covariates, "
        "or a covariate follows from the others."
    )
