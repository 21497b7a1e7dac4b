"""Classics of interval-censored times against R's interval and icenReg."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ketanalysis.interval_censored.interval_comparison import compare_interval_survival
from ketanalysis.interval_censored.interval_regression import fit_interval_regression
from ketanalysis.interval_censored.interval_survival import estimate_interval_survival
from tests.interval_censored.interval_data import oracle

SETS = oracle("interval_classics")["dataset"].unique(maintain_order=True).to_list()
SCORES = {"sun": "logrank1", "finkelstein": "logrank2", "wilcoxon": "wmw"}
FORMS = {"permutation": "pclt", "information": "scoretest"}


def rows_of(dataset: str) -> pl.DataFrame:
    given = oracle("interval_classics_data").filter(dataset=dataset)
    return given.select(
        AVALLO=pl.col("low").cast(pl.Float64),
        AVALHI=pl.col("high").cast(pl.Float64).replace(np.inf, None),
        ARM=pl.col("group").cast(pl.String),
    )


def found(dataset: str, record: str) -> dict[str, float]:
    rows = oracle("interval_classics").filter(dataset=dataset, record=record)
    return dict(rows.select("name", "value").rows())


@pytest.mark.parametrize("dataset", SETS)
def test_the_curve_is_icfits(dataset: str) -> None:
    rows = rows_of(dataset)
    result = estimate_interval_survival(rows)
    curve = result.curves["overall"]
    low, high = rows["AVALLO"].to_numpy(), rows["AVALHI"].fill_null(np.inf).to_numpy()
    log_likelihood = result.convergence["log_likelihood"].item()
    assert result.convergence["gap"].item() < 1e-10
    theirs = found(dataset, "log likelihood")["all"]
    # interval's EM algorithm stops just below the maximum: never above ours.
    assert log_likelihood == pytest.approx(theirs, rel=1e-9)
    assert log_likelihood >= theirs - 1e-9
    for place, share in found(dataset, "share").items():
        a, b = low[int(place) - 1], high[int(place) - 1]
        inside = (curve.left >= a) & (curve.right <= b) & ((curve.right > a) | (a == b))
        assert curve.mass[inside].sum() == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize("dataset", SETS)
@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("form", FORMS)
def test_p_values_are_ictests(dataset: str, scores: str, form: str) -> None:
    result = compare_interval_survival(
        rows_of(dataset), "ARM", scores=scores, form=form, known_at="baseline"
    )
    theirs = found(dataset, f"{SCORES[scores]} {FORMS[form]}")["p"]
    # Its curve is that of an EM algorithm, about 1e-6 from the maximum in a share.
    assert result.table["p_value"].item() == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("dataset", [name for name in SETS if found(name, "weibull")])
@pytest.mark.parametrize("distribution", ["weibull", "log-logistic"])
def test_regressions_are_ic_pars(dataset: str, distribution: str) -> None:
    fit = fit_interval_regression(
        rows_of(dataset), "ARM", distribution=distribution, known_at="baseline"
    )
    theirs = found(dataset, distribution.replace("-", ""))
    # Proportional odds there are those of being free of the event.
    sign = 1 if distribution == "weibull" else -1
    row = fit.table.filter(pl.col("measure") != "time ratio").row(0, named=True)
    # ic_par stops at 1e-6 or so, with a covariance by differences: one digit fewer than survreg's.
    assert np.log(row["estimate"]) == pytest.approx(sign * theirs["log ratio"], rel=1e-4)
    assert row["std_error"] == pytest.approx(theirs["survreg se"], rel=1e-6)
    assert row["std_error"] == pytest.approx(theirs["se"], rel=2e-3)
    assert fit.fit["log_likelihood"].item() == pytest.approx(theirs["log likelihood"], rel=1e-8)
