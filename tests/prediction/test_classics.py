"""Data sets that come with R: logistic models, areas and clustered outcomes as R gives them."""

from __future__ import annotations

import csv
import math
from functools import cache

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import EstimationError
from ketanalysis.prediction.logistic import fit_logistic
from ketanalysis.prediction.roc import estimate_roc
from ketanalysis.regression.gee import GeeFit, fit_gee
from tests.shared import ORACLE

MARKERS = ("x1", "x2", "x3")
# Ratios of whole numbers and short sums of them; R wrote 15 digits.
NEAR = {"rel": 1e-10, "abs": 1e-12}


@cache
def oracle(*what: str) -> list[dict[str, str]]:
    with (ORACLE / "classics.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["what"] in what]


@cache
def data(name: str) -> pl.DataFrame:
    return pl.read_csv(
        ORACLE / "classics_data.csv", null_values=[""], infer_schema_length=None
    ).filter(set=name)


def case(row: dict[str, str]) -> str:
    return "-".join(row[name] for name in ("set", "what", "term"))


@pytest.mark.parametrize("row", oracle("ml", "wald", "firth"), ids=case)
def test_odds_and_their_intervals_are_those_of_r(row):
    """Pima.tr2 lacks values in 99 of 300; NV separates endometrial, hence Firth alone."""
    asked = {"penalty": "firth" if row["what"] == "firth" else None}
    asked["ci"] = "wald" if row["what"] == "wald" else "profile"
    fit = fit_logistic(data(row["set"]), "y ~ x1 + x2 + x3", **asked)
    (one,) = fit.table.filter(term=row["term"]).to_dicts()
    # glm steps to 1e-14 of the deviance, brglm2 to 1e-8 of its scores; profiles of Firth's
    # likelihood come from optim, whose value is good to some 1e-10 and the end to its root.
    firth = row["what"] == "firth"
    error = float(row["std_error"])
    assert one["estimate"] == pytest.approx(float(row["estimate"]), rel=1e-6 if firth else 1e-8)
    assert one["std_error"] == pytest.approx(error, rel=1e-6 if firth else 1e-8)
    near = {"rel": 1e-6, "abs": 1e-5 * error if firth else 1e-6 * error}
    assert one["conf_low"] == pytest.approx(float(row["low"]), **near)
    assert one["conf_high"] == pytest.approx(float(row["high"]), **near)
    assert one["statistic"] == pytest.approx(float(row["statistic"]), rel=1e-5)
    assert one["p_value"] == pytest.approx(float(row["p"]), rel=1e-4 if firth else 1e-5)


def test_subjects_without_a_value_are_counted():
    fit = fit_logistic(data("pima"), "y ~ x1 + x2 + x3")
    assert fit.criteria["n"].item() == data("pima").drop_nulls().height == 201


def test_the_separated_trial_is_refused_without_the_penalty():
    with pytest.raises(EstimationError, match="x1"):
        fit_logistic(data("endometrial"), "y ~ x1 + x2 + x3")


@pytest.mark.parametrize("row", oracle("auc"), ids=case)
def test_areas_and_delongs_intervals_are_those_of_proc(row):
    own = data(row["set"]).drop_nulls(row["term"])
    (one,) = estimate_roc(own, row["term"], outcome="y", direction="higher").table.to_dicts()
    for column, theirs in (("estimate",) * 2, ("std_error",) * 2, ("conf_low", "low")):
        assert one[column] == pytest.approx(float(row[theirs]), **NEAR)
    assert one["conf_high"] == pytest.approx(float(row["high"]), **NEAR)


@pytest.mark.parametrize("row", oracle("auc-paired"), ids=case)
def test_paired_areas_are_those_of_proc(row):
    own = data(row["set"]).drop_nulls(["x1", "x3"])
    found = estimate_roc(own, ["x1", "x3"], outcome="y", direction="higher")
    (one,) = found.contrasts.to_dicts()
    assert one["contrast"] == row["term"]
    for column, theirs in (("estimate",) * 2, ("conf_low", "low"), ("conf_high", "high")):
        assert one[column] == pytest.approx(float(row[theirs]), **NEAR)
    assert one["statistic"] == pytest.approx(float(row["statistic"]), rel=1e-9)
    assert one["p_value"] == pytest.approx(float(row["p"]), rel=1e-8)


@cache
def clustered(name: str, correlation: str) -> GeeFit:
    rows = data(name).sort("id")
    terms = MARKERS[:2] if name == "ohio" else MARKERS
    x = np.column_stack([np.ones(rows.height), *(rows[t].cast(pl.Float64) for t in terms)])
    y = rows["y"].cast(pl.Float64).to_numpy()
    return fit_gee(x, y, rows["id"].to_numpy(), correlation=correlation)


@pytest.mark.parametrize("row", oracle("independence", "exchangeable"), ids=case)
def test_clustered_odds_are_those_of_geepack(row):
    fit = clustered(row["set"], row["what"])
    place = 0 if row["term"] == "(Intercept)" else int(row["term"][1:])
    # Both stop at steps of 1e-12; geepack's alternation stays some 1e-8 from the fixed point.
    close = {"rel": 1e-6, "abs": 1e-8}
    assert fit.coefficients[place] == pytest.approx(float(row["estimate"]), **close)
    assert fit.std_error[place] == pytest.approx(float(row["std_error"]), **close)
    z = abs(fit.coefficients[place] / fit.std_error[place])
    assert z == pytest.approx(float(row["statistic"]), rel=1e-5)
    assert math.erfc(z / math.sqrt(2)) == pytest.approx(float(row["p"]), rel=1e-3, abs=1e-12)


def test_one_case_a_matched_set_has_no_exchangeable_estimate():
    """The working correlation is -1/2 in sets of three: R's geeglm gives what did not converge."""
    with pytest.raises(EstimationError):
        clustered("infert", "exchangeable")
