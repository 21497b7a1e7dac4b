"""Logistic models against R, the antidepressant trial, separation, and what must hold."""

from __future__ import annotations

import csv
import re
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.prediction.logistic import fit_logistic
from tests.shared import DATA, ORACLE, is_close, reference_value, requires_shared

FORMULAS = {
    "small": "y ~ anx + base",
    "sites": "y ~ anx + base + site",
    "rare": "y ~ anx",
    "apart": "y ~ anx + base",
}
PENALTIES = {"none": None, "firth": "firth"}


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"prediction_{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def data(name: str) -> pl.DataFrame:
    return pl.read_csv(ORACLE / "prediction_data.csv").filter(pl.col("set") == name)


CASES = sorted({(row["set"], row["penalty"]) for row in oracle("models")})


@pytest.mark.parametrize("name, penalty", CASES)
def test_coefficients_intervals_and_tests_are_those_of_r(name, penalty):
    by_profile = fit_logistic(data(name), FORMULAS[name], penalty=PENALTIES[penalty])
    by_wald = fit_logistic(data(name), FORMULAS[name], penalty=PENALTIES[penalty], ci="wald")
    theirs = [row for row in oracle("models") if (row["set"], row["penalty"]) == (name, penalty)]
    assert by_profile.table["term"].to_list() == [row["term"] for row in theirs]
    for one, wald, row in zip(
        by_profile.table.iter_rows(named=True), by_wald.table.iter_rows(named=True), theirs,
        strict=True,
    ):  # fmt: skip
        r = {
            key: float(value)
            for key, value in row.items()
            if key[:4] != "mass" and value[-1:].isdigit()
        }
        # Newton to the end in both; brglm2 stops at 1e-8 of its scores, hence 1e-6 there
        rel = 1e-8 if penalty == "none" else 1e-6
        for column, value in (
            ("estimate", r["estimate"]), ("std_error", r["std_error"]),
            ("statistic", r["z"]), ("p_value", r["wald_p"]),
            ("conf_low", r["wald_low"]), ("conf_high", r["wald_high"]),
        ):  # fmt: skip
            assert wald[column] == pytest.approx(value, rel=rel, abs=1e-7 * r["std_error"])
        # the ends: roots of the same equation, of which uniroot has 1e-13 and we 1e-10 of a SE
        near = {"rel": 1e-6, "abs": 1e-6 * r["std_error"]}
        assert one["conf_low"] == pytest.approx(r["low"], **near)
        assert one["conf_high"] == pytest.approx(r["high"], **near)
        assert one["statistic"] == pytest.approx(r["ratio"], rel=1e-6)
        assert one["p_value"] == pytest.approx(r["ratio_p"], rel=1e-6)
        assert one["odds_ratio"] == pytest.approx(np.exp(r["estimate"]), rel=1e-5)
        if row["mass_low"]:  # MASS interpolates the profile with a spline: 2 thousandths of a SE
            assert one["conf_low"] == pytest.approx(
                float(row["mass_low"]), abs=2e-3 * r["std_error"]
            )
            assert one["conf_high"] == pytest.approx(
                float(row["mass_high"]), abs=2e-3 * r["std_error"]
            )


@pytest.mark.parametrize("name, penalty", CASES)
def test_tests_of_terms_and_criteria_are_those_of_r(name, penalty):
    fit = fit_logistic(data(name), FORMULAS[name], penalty=PENALTIES[penalty])
    ours = {row["term"]: row for row in fit.tests.iter_rows(named=True)}
    theirs = [row for row in oracle("tests") if (row["set"], row["penalty"]) == (name, penalty)]
    assert len(ours) == len(theirs)
    rel = 1e-8 if penalty == "none" else 1e-6  # as above
    for row in theirs:
        one = ours[row["term"]]
        assert one["df"] == float(row["df"])
        assert one["statistic"] == pytest.approx(float(row["statistic"]), rel=rel)
        assert one["p_value"] == pytest.approx(float(row["p"]), rel=1e-6)
    (row,) = (r for r in oracle("fit") if (r["set"], r["penalty"]) == (name, penalty))
    own = fit.criteria.row(0, named=True)
    assert (own["n"], own["n_event"]) == (int(row["n"]), int(row["events"]))
    pairs = {"log_likelihood": "full", "log_likelihood_null": "null", "aic": "aic", "bic": "bic"}
    pairs |= {"cox_snell": "cox", "nagelkerke": "nagelkerke", "tjur": "tjur"}
    for column, theirs_of in pairs.items():
        expected = None if row[theirs_of] == "" else pytest.approx(float(row[theirs_of]), rel=1e-7)
        assert own[column] == expected, column


@cache
def week_one() -> pl.DataFrame:
    """The antidepressant trial in the shape of its reference: response by LOCF, HAM-A at week 1."""
    rows = pl.read_csv(DATA / "antidepressant_trial.csv", null_values=["NA"]).sort(
        "PATIENT", "VISIT"
    )
    first = rows.filter(pl.col("VISIT") == 4).select("PATIENT", "HAMATOTL", "HAMDTL17")
    last = rows.group_by("PATIENT", maintain_order=True).agg(
        pl.col("HAMDTL17").drop_nulls().last().alias("last"),
        pl.col("BASVAL").first(),
        pl.col("THERAPY").first(),
        pl.col("HAMDTL17").filter(pl.col("VISIT") == 7).first().alias("end"),
    )
    return last.join(first, on="PATIENT").with_columns(
        locf=(pl.col("BASVAL") - pl.col("last")) * 2 >= pl.col("BASVAL"),
        nri=((pl.col("BASVAL") - pl.col("end")) * 2 >= pl.col("BASVAL")).fill_null(False),
        arm=pl.col("THERAPY").cast(pl.Enum(["PLACEBO", "DRUG"])),
    )


@requires_shared
@pytest.mark.parametrize(
    "name, formula",
    [
        ("logistic_response_by_week1_HAMA", "locf ~ HAMATOTL + BASVAL + arm"),
        ("logistic_response_nri", "nri ~ arm + BASVAL"),
    ],
)
def test_the_antidepressant_trial_is_that_of_glm(name, formula):
    value = reference_value("antidepressant_data", name)
    fit = fit_logistic(week_one(), formula)
    wald = fit_logistic(week_one(), formula, ci="wald")
    for i, row in enumerate(wald.table.iter_rows(named=True)):
        found = [row["estimate"], row["std_error"], row["statistic"], row["p_value"]]
        theirs = value["coef"]["values"][i]
        # glm stops at 1e-8 of the deviance; a small p value moves z times as far as z
        assert found == pytest.approx(theirs, rel=1e-4)
        assert found[:3] == pytest.approx(theirs[:3], rel=1e-5)
        ends = value["or_profile"]["values"][i]
        ours = fit.table.row(i, named=True)
        error = row["std_error"]  # MASS interpolates: as above
        for end, theirs_end in zip(("odds_low", "odds_high"), ends, strict=True):
            assert np.log(ours[end]) == pytest.approx(np.log(theirs_end), abs=2e-3 * error)
    for i, one in enumerate(value["lr_tests"]):
        assert is_close(fit.tests["statistic"][i], one["LRT"], rtol=1e-5)
        assert is_close(fit.tests["p_value"][i], one["Pr(>Chi)"], rtol=1e-5)
    assert is_close(fit.criteria["log_likelihood"][0], value["logLik"], rtol=1e-5)


@requires_shared
def test_the_antidepressant_trial_is_that_of_logistf():
    value = reference_value("antidepressant_data", "firth_response_by_week1_HAMA")
    fit = fit_logistic(week_one(), "locf ~ HAMATOTL + BASVAL + arm", penalty="firth")
    names = ("(Intercept)", "HAMATOTL.4", "BASVAL", "THERAPYDRUG")
    for i, (name, row) in enumerate(zip(names, fit.table.iter_rows(named=True), strict=True)):
        assert is_close(row["estimate"], value["coef"][name], rtol=1e-4)
        assert is_close(row["p_value"], value["p_penalised_lr"][name], rtol=1e-4, atol=1e-9)
        low, high = value["ci_profile"]["values"][i]
        # logistf stops its profile at 1e-5 of the likelihood
        assert is_close(row["conf_low"], low, rtol=1e-4, atol=1e-4 * row["std_error"])
        assert is_close(row["conf_high"], high, rtol=1e-4, atol=1e-4 * row["std_error"])
    assert is_close(fit.criteria["log_likelihood"][0], value["loglik"]["full"], rtol=1e-5)
    assert is_close(fit.criteria["log_likelihood_null"][0], value["loglik"]["null"], rtol=1e-5)


# --- what must hold -----------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000), unit=st.sampled_from([1e-3, 2.5, 1e4]))
@settings(max_examples=25)
def test_rows_and_units_do_not_matter(seed, unit):
    frame = data("sites")
    one = fit_logistic(frame, "y ~ anx + base")
    mixed = frame.sample(fraction=1, shuffle=True, seed=seed)
    assert fit_logistic(mixed, "y ~ anx + base").table.equals(one.table)
    other = fit_logistic(frame.with_columns(pl.col("anx") * unit), "y ~ anx + base").table
    assert other["estimate"][1] * unit == pytest.approx(one.table["estimate"][1], rel=1e-7)
    assert other["conf_high"][1] * unit == pytest.approx(one.table["conf_high"][1], rel=1e-6)
    assert other["p_value"].to_list() == pytest.approx(one.table["p_value"].to_list(), rel=1e-6)


@pytest.mark.parametrize("penalty", [None, "firth"])
def test_the_other_outcome_turns_the_signs(penalty):
    one = fit_logistic(data("small"), "y ~ anx + base", penalty=penalty).table
    turned = data("small").with_columns(y=1 - pl.col("y"))
    other = fit_logistic(turned, "y ~ anx + base", penalty=penalty).table
    assert (-other["estimate"]).to_list() == pytest.approx(one["estimate"].to_list(), rel=1e-7)
    assert (-other["conf_low"]).to_list() == pytest.approx(one["conf_high"].to_list(), rel=1e-6)


def test_doubled_subjects_halve_the_variance_by_likelihood():
    one = fit_logistic(data("rare"), "y ~ anx", ci="wald").table
    twice = fit_logistic(pl.concat([data("rare")] * 2), "y ~ anx", ci="wald").table
    assert twice["estimate"].to_list() == pytest.approx(one["estimate"].to_list(), rel=1e-8)
    halved = (one["std_error"] / np.sqrt(2)).to_list()
    assert twice["std_error"].to_list() == pytest.approx(halved, rel=1e-8)


def test_predictors_and_pandas_are_the_same_model():
    frame = data("rare")
    one = fit_logistic(frame, "y ~ anx")
    named = fit_logistic(frame, outcome="y", predictors="anx")
    assert named.table.equals(one.table)
    tidy = fit_logistic(frame.to_pandas(), "y ~ anx").tidy()
    assert isinstance(tidy, pd.DataFrame)
    worded = frame.with_columns(
        y=pl.when(pl.col("y") == 1).then(pl.lit("ill")).otherwise(pl.lit("well"))
    )
    assert fit_logistic(worded, "y ~ anx", event="ill").table.equals(one.table)


def test_sentences_in_three_styles():
    fit = fit_logistic(data("rare"), "y ~ anx")
    start = "Logistic regression of y: 32 of 150 subjects had the outcome. Odds ratios: anx 1.052 "
    end = (
        " Population: all rows of the frame. Maximum likelihood. 95 % intervals: profile of the "
        "likelihood; p values: likelihood ratio test."
    )
    assert fit.text() == f"{start}(95 % CI 1.029 to 1.078; p < 0.001).{end}"
    assert fit.text("apa") == f"{start}(95% CI [1.029, 1.078]; p < .001).{end}"
    assert fit.text("jama") == f"{start}(95% CI, 1.029-1.078; P < .001).{end}"
    assert fit.inline("anx") == "1.052 (95 % CI 1.029 to 1.078; p < 0.001)"
    assert re.search(r"^anx +0\.051 +0\.012 +1\.052 \(1\.029 to 1\.078\) +22\.02 +<0\.001$",
                     fit.summary(), re.MULTILINE)  # fmt: skip
    assert "150 subjects, 32 with the outcome; 32.0 of the rarer outcome for each of 1" in str(fit)
