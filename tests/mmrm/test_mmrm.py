"""The mixed model against nlme, lme4, lmerTest, pbkrtest and emmeans on three data sets."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from tests.shared import ORACLE

SETS = ("growth", "sleep", "trial")
FORMULA = "y ~ base + arm * v + {}(v | id)"


@cache
def data(name: str) -> pl.DataFrame:
    rows = pl.read_csv(
        ORACLE / "mmrm_data.csv", schema_overrides={"id": pl.String, "base": pl.Float64}
    ).filter(pl.col("set") == name)
    visits = [str(visit) for visit in sorted(rows["visit"].cast(pl.Int64).unique())]
    return rows.with_columns(
        pl.col("arm").cast(pl.Enum(["a", "b"])),
        pl.col("visit").cast(pl.Int64).cast(pl.String).cast(pl.Enum(visits)).alias("v"),
    )


@cache
def oracle() -> dict[tuple[str, str, str, str], float]:
    rows = pl.read_csv(ORACLE / "mmrm.csv", schema_overrides={"value": pl.Float64})
    rows = rows.with_columns(pl.col("term").fill_null(""))
    return {(r["set"], r["model"], r["term"], r["what"]): r["value"] for r in rows.to_dicts()}


def compare(fit: ka.Result, name: str, model: str, *, rtol: float, factor: float = 1.0) -> int:
    """Compare every coefficient with R; `factor` multiplies our standard errors."""
    found = {row["term"]: row for row in fit.table.to_dicts()}
    seen = 0
    for (dataset, theirs, term, what), value in oracle().items():
        if (dataset, theirs) == (name, model) and what in ("estimate", "std_error", "df"):
            if term not in found:
                continue
            ours = found[term][what] * (factor if what == "std_error" else 1.0)
            assert ours == pytest.approx(value, rel=rtol, abs=rtol * 1e-2), (term, what)
            seen += 1
    return seen


@pytest.mark.parametrize("name", SETS)
def test_unstructured_as_gls(name: str) -> None:
    """gls stops about 1e-11 of log likelihood short, which is 1e-4 of a coefficient near zero."""
    fit = ka.fit_mmrm(data(name), FORMULA.format("us"), df="satterthwaite")
    assert compare(fit, name, "us_REML", rtol=5e-5) > 10
    ours = fit.criteria["log_likelihood"].item()
    assert ours == pytest.approx(oracle()[name, "us_REML", "", "log_likelihood"], rel=1e-9)
    assert ours >= oracle()[name, "us_REML", "", "log_likelihood"] - 1e-9


@pytest.mark.parametrize("name", SETS)
def test_maximum_likelihood_as_gls(name: str) -> None:
    """Of nlme's standard errors by ML the squares are multiplied by N / (N - p)."""
    fit = ka.fit_mmrm(data(name), FORMULA.format("us"), df="satterthwaite", reml=False)
    n, p = fit.criteria["n_observations"].item(), fit.table.height
    factor = np.sqrt(n / (n - p))
    assert compare(fit, name, "us_ML", rtol=2e-4, factor=factor) > 10
    ours = fit.criteria["log_likelihood"].item()
    assert ours == pytest.approx(oracle()[name, "us_ML", "", "log_likelihood"], rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_compound_symmetry_as_a_random_intercept(name: str) -> None:
    """lme4's optimiser stops within 1e-8; lmerTest takes derivatives by differences."""
    fit = ka.fit_mmrm(data(name), FORMULA.format("cs"), df="satterthwaite")
    assert fit.covariance["correlation"].min() > 0  # type: ignore[operator]
    assert compare(fit, name, "cs", rtol=2e-6) > 15
    assert fit.criteria["log_likelihood"].item() == pytest.approx(
        oracle()[name, "cs", "", "log_likelihood"], rel=1e-10
    )


@pytest.mark.parametrize("name", SETS)
def test_kenward_roger_with_expected_information_as_pbkrtest(name: str) -> None:
    fit = ka.fit_mmrm(data(name), FORMULA.format("cs"), df="kenward-roger-expected")
    assert compare(fit, name, "cs_pbkrtest", rtol=1e-6) > 10
    joint = ka.compare_terms(fit).table.filter(pl.col("term") == "arm:v").row(0, named=True)
    for what in ("statistic", "df_den", "p_value"):
        theirs = oracle()[name, "cs_pbkrtest", "arm:v", what]
        assert joint[what] == pytest.approx(theirs, rel=1e-5), what  # F from two lme4 fits
    for row in ka.estimate_means(fit, "arm", by="v").table.to_dicts():
        key = f"{row['arm']} {row['v']}"
        for what, ours in {
            "mean": "estimate",
            "mean_std_error": "std_error",
            "mean_df": "df",
            "mean_low": "conf_low",
        }.items():
            theirs = oracle()[name, "cs_pbkrtest", key, what]
            assert row[ours] == pytest.approx(theirs, rel=1e-6), (key, what)


@pytest.mark.parametrize("name", SETS)
def test_the_three_kenward_rogers_share_their_estimates(name: str) -> None:
    fits = [
        ka.fit_mmrm(data(name), FORMULA.format("us"), df=df)
        for df in ("kenward-roger", "kenward-roger-linear", "kenward-roger-expected")
    ]
    first, linear, expected = (fit.table for fit in fits)
    assert first["estimate"].equals(linear["estimate"])
    assert first["df"].equals(linear["df"])  # the second derivatives move the errors only
    assert not np.allclose(first["std_error"], linear["std_error"], rtol=1e-4)
    assert not np.allclose(linear["df"], expected["df"], rtol=1e-4)
    notes = [next(n for n in fit.notes if n.startswith("Degrees")) for fit in fits]
    assert notes == [
        "Degrees of freedom: Kenward-Roger (R mmrm's default: observed information, second "
        "derivatives in mmrm's Cholesky parameters).",
        "Degrees of freedom: Kenward-Roger, linear (R mmrm's Kenward-Roger-Linear and, on an "
        "unstructured matrix, SAS DDFM=KR: observed information, no second derivatives).",
        "Degrees of freedom: Kenward-Roger, expected information (as R pbkrtest: expected "
        "information, no second derivatives).",
    ]
