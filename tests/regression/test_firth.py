"""Firth's penalty: R's brglm2, the penalised likelihood profiled in R, logistf, by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from ketanalysis.regression.firth import fit_firth
from ketanalysis.regression.logistic import fit_by_likelihood
from ketanalysis.regression.profiles import profile
from tests.regression.logistic_data import SETS, sample

ROWS = pl.read_csv("tests/oracle/logistic.csv")


@pytest.mark.parametrize("name", SETS)
def test_every_coefficient_is_that_of_brglm2(name: str) -> None:
    x, y = sample(name).x, sample(name).y
    size = np.sqrt((x**2).mean(axis=0))
    found, theirs = fit_firth(x / size, y), ROWS.filter(set=name)
    # brglm2 stops where its steps are below 1e-12 of the scores.
    np.testing.assert_allclose(found.coefficients / size, theirs["firth"], rtol=1e-7)
    np.testing.assert_allclose(found.std_error / size, theirs["firth_error"], rtol=1e-7)


def test_profiles_are_those_of_the_penalised_likelihood() -> None:
    x, y = sample("small").x, sample("small").y
    for place, row in enumerate(ROWS.filter(set="small").iter_rows(named=True)):
        found = profile(x, y, place, 0.95)
        # optim's differences of the likelihood leave six digits of the ends.
        assert (found.low, found.high) == pytest.approx(
            (row["firth_low"], row["firth_high"]), rel=1e-6
        )
        assert found.statistic == pytest.approx(row["firth_lr"], rel=1e-6)
        assert found.p_value == pytest.approx(math.erfc(math.sqrt(row["firth_lr"] / 2)), rel=1e-5)


def test_a_2_x_2_table_by_hand() -> None:
    # With one binary column Firth's penalty adds half a subject to each of the four cells.
    x = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    y, weights = np.array([1.0, 0, 1, 0]), np.array([0.0, 15, 10, 15])
    found = fit_firth(x, y, weights)
    expected = math.log(0.5 / 15.5), math.log(10.5 / 15.5) - math.log(0.5 / 15.5)
    assert found.coefficients == pytest.approx(expected, rel=1e-9)


def test_it_is_finite_where_the_likelihood_is_not_and_nearer_to_0_where_it_is() -> None:
    x = np.column_stack((np.ones(6), [1.0, 2, 3, 4, 5, 6]))
    found = fit_firth(x, np.array([0.0, 0, 0, 1, 1, 1]))
    assert np.isfinite(found.coefficients).all()
    y = np.array([0.0, 0, 1, 0, 1, 1])
    assert abs(fit_firth(x, y).coefficients[1]) < abs(fit_by_likelihood(x, y).coefficients[1])


def test_a_held_coefficient_stays() -> None:
    x, y = sample("small").x, sample("small").y
    held = fit_firth(x, y, fixed={1: 0.7})
    assert held.coefficients[1] == 0.7
    assert held.log_likelihood < fit_firth(x, y).log_likelihood


@pytest.mark.parametrize("outcome", [0, 1])
@pytest.mark.parametrize("others", [(2, 1), (0, 3), (3, 0), (1, 1)])
def test_a_subject_alone_in_a_category(outcome, others):
    """One row a category: the penalty adds a half to each cell (Firth 1993, section 3.3)."""
    had, had_not = others
    y = np.array([1.0] * had + [0.0] * had_not + [outcome])
    x = np.column_stack([np.ones(len(y)), np.arange(len(y)) == had + had_not])
    first = math.log((had + 0.5) / (had_not + 0.5))
    alone = math.log((outcome + 0.5) / (1 - outcome + 0.5))
    # the search ends at steps of 1e-11 standard errors, which are at most 2 here
    np.testing.assert_allclose(fit_firth(x, y).coefficients, [first, alone - first], atol=1e-9)
