"""Analysis of covariance, means and contrasts against lm, emmeans, sandwich and mvtnorm."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

import ketanalysis as ka
from tests.mmrm.test_reference import antidepressant
from tests.shared import ORACLE, reference, requires_shared

FIRST = {"iris": "setosa", "plants": "ctrl", "ties": "p"}
FORMULA = "y ~ base + arm + site"


@cache
def data(name: str) -> pl.DataFrame:
    rows = pl.read_csv(ORACLE / "ancova_data.csv", schema_overrides={"y": pl.Float64}).filter(
        pl.col("set") == name
    )
    arms = list(dict.fromkeys([FIRST[name], *rows["arm"]]))
    return rows.with_columns(pl.col("arm").cast(pl.Enum(arms)))


@cache
def oracle(name: str) -> dict[tuple[str, str], float]:
    rows = pl.read_csv(ORACLE / "ancova.csv", schema_overrides={"value": pl.Float64})
    rows = rows.filter(pl.col("set") == name).with_columns(pl.col("key").fill_null(""))
    return {(row["key"], row["what"]): row["value"] for row in rows.to_dicts()}


@pytest.mark.parametrize("name", FIRST)
def test_coefficients_as_lm(name: str) -> None:
    """Relative 1e-9: the variance comes from the likelihood's maximum, found to 1e-10 or better."""
    fit, theirs = ka.fit_ancova(data(name), FORMULA), oracle(name)
    for row in fit.table.to_dicts():
        for what in ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"):
            assert row[what] == pytest.approx(theirs[row["term"], what], rel=1e-9), what
        assert row["df"] == theirs[row["term"], "df"]
    for what in ("log_likelihood", "aic", "bic"):
        assert fit.criteria[what].item() == pytest.approx(theirs["", what], rel=1e-10)


@pytest.mark.parametrize(
    "vcov, theirs",
    [("empirical", "HC0"), ("empirical-bias-reduced", "HC2"), ("empirical-jackknife", "HC3")],
)
@pytest.mark.parametrize("name", FIRST)
def test_robust_errors_as_sandwich(name: str, vcov: str, theirs: str) -> None:
    for row in ka.fit_ancova(data(name), FORMULA, vcov=vcov).table.to_dicts():
        assert row["std_error"] == pytest.approx(oracle(name)[row["term"], theirs], rel=1e-9)


@pytest.mark.parametrize("weights", ["equal", "proportional"])
@pytest.mark.parametrize("name", FIRST)
def test_means_as_emmeans(name: str, weights: str) -> None:
    fit = ka.fit_ancova(data(name), FORMULA)
    for row in ka.estimate_means(fit, "arm", weights=weights).table.to_dicts():
        key = f"{weights} {row['arm']}"
        assert row["estimate"] == pytest.approx(oracle(name)[key, "mean"], rel=1e-10)
        assert row["std_error"] == pytest.approx(oracle(name)[key, "mean_se"], rel=1e-9)


@pytest.mark.parametrize("name", FIRST)
def test_tukey_as_emmeans(name: str) -> None:
    """ptukey is good to about 1e-10 in absolute terms, so tiny p values are only that near."""
    fit = ka.fit_ancova(data(name), FORMULA)
    found = ka.estimate_contrasts(fit, "arm", contrast="pairwise", adjust="tukey").table
    for row in found.to_dicts():
        theirs = oracle(name)
        assert row["p_adjusted"] == pytest.approx(
            theirs[row["contrast"], "tukey_p"], rel=1e-6, abs=1e-9
        )
        assert row["conf_low"] == pytest.approx(theirs[row["contrast"], "tukey_low"], rel=1e-6)


@pytest.mark.parametrize("name", FIRST)
def test_dunnett_as_mvtnorm(name: str) -> None:
    """mvtnorm's quasi-random integration was run to 1e-7, which moves a quantile by 1e-6."""
    fit = ka.fit_ancova(data(name), FORMULA)
    for row in ka.estimate_contrasts(fit, "arm", adjust="dunnett").table.to_dicts():
        theirs = oracle(name)
        assert row["p_adjusted"] == pytest.approx(theirs[row["contrast"], "dunnett_p"], abs=1e-6)
        assert row["conf_low"] == pytest.approx(theirs[row["contrast"], "dunnett_low"], rel=1e-5)


@pytest.mark.parametrize("name", FIRST)
def test_effect_sizes_as_emmeans(name: str) -> None:
    """eff_size gives d; ours is g, which is J(df) d, J by Hedges' exact formula."""
    from math import gamma, sqrt

    fit = ka.fit_ancova(data(name), FORMULA)
    df = fit.table["df"][0]
    j = gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
    found = ka.estimate_contrasts(fit, "arm", effect_sd="residual").table.to_dicts()
    for i, row in enumerate(found, start=1):
        assert row["effect_size"] == pytest.approx(j * oracle(name)[f"d{i}", "d"], rel=1e-9)
        assert row["effect_low"] == pytest.approx(j * oracle(name)[f"d{i}", "d_low"], rel=1e-9)


@pytest.mark.parametrize("name", FIRST)
def test_terms_as_emmeans(name: str) -> None:
    for denominator in ("joint", "smallest"):  # one and the same in a linear model
        found = ka.compare_terms(ka.fit_ancova(data(name), FORMULA), denominator=denominator)
        for row in found.table.to_dicts():
            theirs = oracle(name)[row["term"], "joint_p"]
            assert row["p_value"] == pytest.approx(theirs, rel=1e-8)


@requires_shared
@pytest.mark.parametrize("name", ["ancova_visit7_observed"])
def test_the_antidepressant_trial(name: str) -> None:
    theirs = reference()["results"]["antidepressant_data"][name]["value"]
    frame = antidepressant().filter(pl.col("VISIT").cast(pl.String) == "7")
    fit = ka.fit_ancova(frame, "CHANGE ~ BASVAL + THERAPY", subject="PATIENT")
    for row, numbers in zip(fit.table.to_dicts(), theirs["coef"]["values"], strict=True):
        for what, number in zip(
            ("estimate", "std_error", "statistic", "p_value"), numbers, strict=True
        ):
            assert row[what] == pytest.approx(number, rel=1e-8)
    for row, mean in zip(
        ka.estimate_means(fit, "THERAPY").table.to_dicts(), theirs["lsmeans"], strict=True
    ):
        assert row["estimate"] == pytest.approx(mean["estimate"], rel=1e-8)
        assert row["conf_high"] == pytest.approx(mean["upper.CL"], rel=1e-8)


def test_a_trial_needs_the_visit() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.fit_ancova(ka.load_example("ketamine"), "AVAL ~ BASE + TRT01P", scale="MADRS")
    assert str(refused.value).startswith(
        "visit= must name the visit of a trial's analysis of covariance: "
    )


def test_two_rows_of_a_subject_are_refused() -> None:
    frame = {"USUBJID": ["1", "1", "2", "3"], "y": [1.0, 2.0, 3.0, 5.0], "x": [1.0, 2.0, 2.0, 1.0]}
    with pytest.raises(ka.ContractError) as refused:
        ka.fit_ancova(frame, "y ~ x")
    assert str(refused.value) == (
        "The frame must have one row a subject; USUBJID 1 has several. Keep the rows of one visit."
    )


def test_an_adjustment_goes_with_its_contrasts() -> None:
    fit = ka.fit_ancova(data("ties"), FORMULA)
    with pytest.raises(ka.ArgumentError) as refused:
        ka.estimate_contrasts(fit, "arm", adjust="tukey")
    assert str(refused.value) == 'adjust="tukey" goes with contrast="pairwise", not "reference".'
    with pytest.raises(ka.ArgumentError) as refused:
        ka.estimate_means(fit, "base")
    assert str(refused.value) == "'base' is no factor of the model; there are arm, site."
    with pytest.raises(ka.ArgumentError) as refused:
        ka.estimate_contrasts(fit, "arm", reference="q")
    assert str(refused.value) == "reference must be a level of arm: p, k, e; not 'q'."
