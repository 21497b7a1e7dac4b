"""Regression of ready frames: ratios as survreg's coefficients give them, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.interval_censored.interval_regression import fit_interval_regression
from tests.interval_censored.interval_data import adtte, message, oracle


@pytest.mark.parametrize("distribution", ["weibull", "log-logistic", "exponential"])
def test_ratios_are_those_of_survreg(distribution: str) -> None:
    theirs = oracle("interval_regression").filter(
        data="cosmesis", distribution=distribution.replace("-", "")
    )
    fit = fit_interval_regression(
        adtte(), ["TRT01P", "AGE"], distribution=distribution, known_at="baseline"
    )
    values, errors = theirs["estimate"].to_numpy(), theirs["std_error"].to_numpy()
    scale = np.exp(values[3]) if len(values) > 3 else 1.0
    assert fit.table["term"].to_list() == ["TRT01P: RCT"] * 2 + ["AGE"] * 2
    times = fit.table.filter(measure="time ratio")
    # survreg stops at 1e-8 in a coefficient, see test_parametric.py.
    assert np.log(times["estimate"].to_numpy()) == pytest.approx(values[1:3], rel=1e-6)
    assert times["std_error"].to_numpy() == pytest.approx(errors[1:3], rel=1e-6)
    width = 1.959963984540054 * errors[1:3]
    assert times["conf_low"].to_numpy() == pytest.approx(np.exp(values[1:3] - width), rel=1e-6)
    assert times["statistic"].to_numpy() == pytest.approx(values[1:3] / errors[1:3], rel=1e-5)
    others = fit.table.filter(pl.col("measure") != "time ratio")
    assert np.log(others["estimate"].to_numpy()) == pytest.approx(-values[1:3] / scale, rel=1e-6)
    assert fit.coefficients["estimate"].to_numpy() == pytest.approx(values, rel=1e-6)
    assert fit.coefficients["std_error"].to_numpy() == pytest.approx(errors, rel=1e-6)
    assert fit.fit["log_likelihood"].item() == pytest.approx(theirs["log_likelihood"][0])
    assert fit.fit["aic"].item() == pytest.approx(2 * len(values) - 2 * theirs["log_likelihood"][0])


def test_measures_are_named_by_the_model() -> None:
    def measures(distribution: str) -> list[str]:
        fit = fit_interval_regression(adtte(), "TRT01P", distribution=distribution)
        return fit.table["measure"].to_list()

    assert measures("weibull") == measures("exponential") == ["hazard ratio", "time ratio"]
    assert measures("log-logistic") == ["odds ratio of the event", "time ratio"]


def test_a_missing_covariate_leaves_a_subject_out_and_is_counted() -> None:
    rows = adtte().with_columns(AGE=pl.when(pl.col("USUBJID") > "003").then("AGE"))
    fit = fit_interval_regression(rows, "AGE", distribution="weibull", known_at="baseline")
    assert fit.fit["n"].item() == 90
    assert fit.warnings == ("Subjects left out because a covariate is missing: 4.",)
    assert ("excluded", "no covariate", 4) in fit.audit.rows()


def test_every_column_is_in_the_glossary() -> None:
    fit = fit_interval_regression(adtte(), "TRT01P", distribution="weibull")
    for table in (fit.table, fit.coefficients, fit.fit, fit.audit):
        assert {column for column in table.columns if column.islower()} <= set(GLOSSARY)


REFUSED: list[tuple[pl.DataFrame, Any, dict[str, Any], type[Exception], str]] = [
    (
        adtte(),
        "AGE",
        {},
        ArgumentError,
        "AGE may have been known only after the origin, and a subject may have had to stay free "
        "of the event until then (immortal time).\n"
        '  Say known_at="baseline" if all covariates were known at the origin.',
    ),
    (adtte(), [], {}, ArgumentError, "covariates must name at least one column."),
    (
        adtte().with_columns(TWICE=2 * pl.col("AGE")),
        ["AGE", "TWICE"],
        {"known_at": "baseline"},
        ArgumentError,
        "Columns of the model must not follow from one another, and TWICE does from those before "
        "it. Leave it out.",
    ),
    (
        adtte().filter(TRT01P="RT").with_columns(pl.col("TRT01P").cast(pl.String)),
        "TRT01P",
        {},
        ArgumentError,
        "TRT01P has one value only: there is nothing to compare.",
    ),
    (
        adtte().with_columns(AVALHI=pl.when(pl.col("AVALLO") == 0).then(0.0).otherwise("AVALHI")),
        "TRT01P",
        {},
        ContractError,
        "An exact time of 0 has no logarithm, and weibull models have none; 5 subjects have the "
        "event at 0.\n  Give AVALHI the time of the first assessment after it, or exclude them.",
    ),
]


@pytest.mark.parametrize("rows, covariates, options, error, text", REFUSED, ids=range(5))
def test_what_must_change_is_named(
    rows: pl.DataFrame,
    covariates: Any,
    options: dict[str, Any],
    error: type[Exception],
    text: str,
) -> None:
    def fit() -> Any:
        return fit_interval_regression(rows, covariates, distribution="weibull", **options)

    assert message(fit, error) == text
