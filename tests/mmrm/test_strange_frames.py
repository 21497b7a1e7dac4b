"""The mixed model on frames as people bring them: odd names and types, thin data, broken rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from tests.mmrm.test_hard_cases import FORMULA, fitted, made, refusal

V = pl.col("AVISIT")


def contrasts(frame: object, formula: str = FORMULA, by: str = "AVISIT") -> list[float]:
    fit: Any = fitted(frame, formula)
    return ka.estimate_contrasts(fit, "TRT01P", by=by).table["estimate"].to_list()


@pytest.mark.parametrize(
    "change",
    [
        V.cast(pl.Enum(["V0", "V1", "V2", "V3", "V4"])),
        V.cast(pl.Categorical),
        pl.col("USUBJID").cast(pl.Int64),
        pl.col("USUBJID").cast(pl.Categorical),
        pl.col("BASE").cast(pl.Decimal(20, 12)),
        pl.lit(None).alias("EMPTY"),
    ],
    ids=["enum", "categorical", "whole numbers as ids", "categories as ids", "decimal", "empty"],
)
def test_types_that_change_nothing(change: pl.Expr) -> None:
    """Relative 1e-8: a decimal rounds at the twelfth digit, another order sums otherwise."""
    assert contrasts(made().with_columns(change)) == pytest.approx(contrasts(made()), rel=1e-8)


def test_a_pandas_category_and_other_doors() -> None:
    frame = made()
    given = (frame.to_pandas().astype({"AVISIT": "category"}), frame.lazy(), frame.to_arrow())
    for other in given:
        assert contrasts(other) == contrasts(frame)


def test_visits_that_are_numbers() -> None:
    frame = made().with_columns(V.str.slice(1).cast(pl.Int64))
    factor = FORMULA.replace("*AVISIT", "*factor(AVISIT)")
    assert contrasts(frame, factor) == pytest.approx(contrasts(made()), rel=1e-10)
    with pytest.raises(ka.ArgumentError) as refused:
        contrasts(frame)
    assert str(refused.value) == (
        "'AVISIT' is no factor of the model; there are TRT01P. It is a number there: write "
        "factor(AVISIT) in the formula, or give text."
    )


def test_names_in_backticks_may_hold_anything() -> None:
    frame = made().rename(
        {"CHG": "change, pts", "BASE": "base | line", "TRT01P": "arm: K/P", "AVISIT": "visit (no.)",
         "USUBJID": "the subject"}
    )  # fmt: skip
    formula = (
        "`change, pts` ~ `base | line`*`visit (no.)` + `arm: K/P`*`visit (no.)` "
        "+ us(`visit (no.)` | `the subject`)"
    )
    fit: Any = fitted(frame, formula)
    found = ka.estimate_contrasts(fit, "arm: K/P", by="visit (no.)").table["estimate"].to_list()
    assert found == contrasts(made())
    grouped = formula.replace("| `the", "| `arm: K/P` / `the")
    assert fitted(frame, grouped).covariance["group"].unique().sort().to_list() == ["K", "P"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change, said",
    [
        (
            pl.lit(None, dtype=pl.Float64).alias("BASE"),
            "No row has all of CHG, BASE, AVISIT, TRT01P, USUBJID, so there is nothing to fit.",
        ),
        (pl.lit(None).alias("CHG"), "The response CHG must hold numbers, not Null."),
        (
            pl.lit(float("nan")).alias("CHG"),
            "No row has all of CHG, BASE, AVISIT, TRT01P, USUBJID, so there is nothing to fit.",
        ),
        (pl.col("CHG").cast(pl.String), "The response CHG must hold numbers, not String."),
        (pl.lit(np.inf).alias("BASE"), "BASE must be finite; some rows are not."),
        (
            pl.when((pl.col("USUBJID") == "003") & (V == "V2"))
            .then(pl.lit("P"))
            .otherwise(pl.col("TRT01P").cast(pl.String))
            .cast(pl.Enum(["P", "K"]))
            .alias("TRT01P"),
            "TRT01P must be the same in all rows of a subject; USUBJID 003 has 'K', 'P'. Correct "
            "the arm.",
        ),
    ],
)
def test_columns_that_cannot_be_used(change: pl.Expr, said: str) -> None:
    assert refusal(made().with_columns(change)) == said


def test_times_and_weights_must_be_numbers() -> None:
    said = refusal(made(), "CHG ~ BASE + TRT01P + sp_exp(AVISIT | USUBJID)")
    assert said == "Times must be numbers; AVISIT holds String."
    said = refusal(made().with_columns(pl.lit("a").alias("W")), weights="W")
    assert said == "Weights must be numbers; W holds String."


def test_the_response_is_no_term_of_its_own() -> None:
    assert refusal(made(), "CHG ~ CHG + TRT01P + us(AVISIT | USUBJID)") == (
        "'CHG' is the response and cannot be a term of its own model: "
        "'CHG ~ CHG + TRT01P + us(AVISIT | USUBJID)'."
    )


def test_too_few_subjects_and_arms() -> None:
    for n, p in ((1, 4), (2, 8)):
        few = made().filter(pl.col("USUBJID").cast(pl.Int64) < n)
        assert refusal(few) == (
            f"The model has {p} coefficients and {p} rows: nothing is left to estimate the "
            "variance from. Take terms out of the model."
        )
    one_arm = made().filter(pl.col("TRT01P") == "K")
    with pytest.raises(ka.ArgumentError) as refused:
        contrasts(one_arm)
    assert str(refused.value) == (
        "TRT01P must have two levels or more among the rows of the model to be compared; there is "
        "only 'K'."
    )
    assert refusal(pl.DataFrame()) == "'CHG' in the formula is no column; there are none."


@pytest.mark.parametrize(
    "change, formula, named",
    [
        (
            V.str.slice(1).cast(pl.Float64).alias("W"),
            FORMULA.replace("BASE*", "W + BASE*"),
            "AVISITV4",
        ),
        (
            pl.when(V == "V4").then(0.0).otherwise(pl.col("BASE")).alias("W"),
            FORMULA.replace("BASE", "W"),
            "W:AVISITV4",
        ),
        ((pl.col("BASE") + 1e8).alias("BASE"), FORMULA, "BASE, BASE:AVISITV2, BASE:AVISITV3, "),
    ],
    ids=["it tells the visit", "constant at one visit", "lost beside a large constant"],
)
def test_a_covariate_that_cannot_be_told_apart(change: pl.Expr, formula: str, named: str) -> None:
    """It is left out and named, and what does not need it is estimated."""
    frame = made().with_columns(change)
    fit: Any = fitted(frame, formula)
    start = "Columns of the design that are combinations of others, and so cannot be estimated: "
    assert fit.warnings[0].startswith(start + named)
    found = ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table
    assert found["estimate"].null_count() == 0


def test_a_large_constant_in_the_scores_moves_the_intercept_alone() -> None:
    shifted = made().with_columns(pl.col("CHG") + 1e8)
    assert contrasts(shifted) == pytest.approx(contrasts(made()), rel=1e-6)  # 8 digits are gone


def dense(frame: pl.DataFrame, fit: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and their model-based errors by generalised least squares, row by row."""
    sigma = fit.covariance["covariance"].to_numpy().reshape(4, 4)
    visit = frame["AVISIT"].str.slice(1).cast(pl.Int64).to_numpy() - 1
    base, arm = frame["BASE"].to_numpy(), (frame["TRT01P"] == "K").to_numpy().astype(float)
    at = np.eye(4)[visit][:, 1:]
    x = np.column_stack([np.ones(len(at)), base, arm, at])
    ids = frame["USUBJID"].to_numpy()
    whole = np.where(ids[:, None] == ids[None, :], sigma[np.ix_(visit, visit)], 0.0)
    inverse = np.linalg.inv(whole)
    phi = np.linalg.inv(x.T @ inverse @ x)
    beta = phi @ x.T @ inverse @ frame["CHG"].to_numpy()
    return beta, np.sqrt(np.diag(phi))


def test_one_subject_a_pattern() -> None:
    """Every one of 15 patterns of visits, once in each arm, as least squares row by row."""
    patterns = [[(code >> v) & 1 for v in range(4)] for code in range(1, 16)] * 2
    whole = made(30, 4, drop=0.0)
    seen = [bool(patterns[i][v]) for i in range(30) for v in range(4)]
    frame = whole.with_columns(
        pl.Series("TRT01P", np.repeat(["P", "K"], 60), dtype=pl.Enum(["P", "K"]))
    ).filter(pl.Series(seen))
    fit: Any = fitted(
        frame, "CHG ~ BASE + TRT01P + AVISIT + us(AVISIT | USUBJID)", df="satterthwaite"
    )
    beta, errors = dense(frame, fit)
    assert fit.table["estimate"].to_numpy() == pytest.approx(beta, rel=1e-8)
    assert fit.table["std_error"].to_numpy() == pytest.approx(errors, rel=1e-8)


def test_eight_visits_with_heavy_drop_out() -> None:
    """Enough subjects: an answer at every visit. Too few: the visit is named, or the fallback."""
    fit: Any = fitted(made(200, 8, drop=0.25))
    found = ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table
    assert found["estimate"].null_count() == 0
    assert found["df"][-1] < found["df"][0]  # the fewer stay, the less is known
    thin = made(60, 8, drop=0.35, seed=5)
    said = (
        "The scores at 'V8' do not vary beyond what the model's terms determine, so there is no "
        "variance to estimate. Leave the visit out, or take terms out of the model."
    )
    assert refusal(thin) == said
    taken: Any = fitted(thin, fallback=["toeph", "cs"])
    assert taken.structure == "cs"
    why = "Another structure was taken, because the first did not fit"
    assert taken.warnings[1:] == (f"{why}: us: {said}", f"{why}: toeph: {said}")


def test_dunnett_lies_between_no_correction_and_bonferroni() -> None:
    frame = made(60).with_columns(
        (pl.col("USUBJID").cast(pl.Int64) % 3)
        .replace_strict({0: "P", 1: "K 0.5", 2: "K 1.0"})
        .cast(pl.Enum(["P", "K 0.5", "K 1.0"]))
        .alias("TRT01P")
    )
    fit: Any = fitted(frame)
    p = {
        how: ka.estimate_contrasts(fit, "TRT01P", by="AVISIT", adjust=how).table["p_adjusted"]
        for how in ("dunnett", "bonferroni")
    }
    alone = ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table["p_value"]
    assert len(alone) == 8
    assert (p["dunnett"] > alone).all()
    assert (p["dunnett"] < p["bonferroni"]).all()
    two: Any = fitted(made())
    exact = ka.estimate_contrasts(two, "TRT01P", by="AVISIT", adjust="dunnett").table
    # one comparison needs no correction; the integral is good to about 1e-8
    assert exact["p_adjusted"].to_list() == pytest.approx(exact["p_value"].to_list(), abs=1e-7)


def test_subjects_without_a_score_after_baseline_in_a_trial() -> None:
    trial = ka.load_example("ketamine")
    formula = "CHG ~ BASE + TRT01P*AVISIT + us(AVISIT | USUBJID)"
    fit: Any = ka.fit_mmrm(trial, formula, scale="MADRS")
    gone = fit.rows["USUBJID"].unique().sort()[:3].to_list()
    first = ~pl.col("USUBJID").is_in(gone) | (pl.col("ABLFL") == "Y").fill_null(False)
    without = ka.as_trial(
        trial.adqs.filter(first),
        parameter="PARAMCD",
        value="AVAL",
        subjects=trial.adsl,
        arm="TRT01P",
        arms=["midazolam", "ketamine"],
    )
    fewer: Any = ka.fit_mmrm(without, formula, scale="MADRS")
    counts = {reason: count for _, reason, count in fewer.audit.rows()}
    assert counts["in the model"] == fit.criteria["n"].item() - 3
    assert counts["no row with response and covariates"] >= 3
