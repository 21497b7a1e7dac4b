"""What a logistic model refuses or warns of: separation, constants, missing values, trials."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.prediction.logistic import fit_logistic
from tests.prediction.test_logistic import data

HALF = ka.Response(at_least=0.5)
PLAN: dict[str, Any] = {"scale": "MADRS", "rule": HALF, "visit": "Day 14", "missing": "nri"}


def test_a_separated_outcome_is_refused_and_the_penalty_offered():
    with pytest.raises(EstimationError) as refusal:
        fit_logistic(data("apart"), "y ~ anx + base")
    assert str(refusal.value) == (
        "The outcome (y) is separated by anx: the odds ratio runs off to infinity, and no maximum "
        'likelihood estimate exists. Write penalty="firth" (Firth\'s penalised likelihood, which '
        "has one), or take the term out."
    )
    fit = fit_logistic(data("apart"), "y ~ anx + base", penalty="firth")
    assert fit.table["conf_high"].is_finite().all()
    assert fit.criteria["aic"][0] is None


def small(**columns: Any) -> pl.DataFrame:
    base = {"y": [0, 1, 0, 1, 1, 0, 1, 0], "x": [1, 2, 3, 4, 5, 6, 7, 8]}
    return pl.DataFrame({**base, **columns})


REFUSED: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (
        small(y=[0] * 8),
        {},
        EstimationError,
        "None of the 8 subjects with outcome and predictors had the outcome (y): there is nothing "
        "to predict.",
    ),
    (
        small(y=[1] * 8),
        {},
        EstimationError,
        "All of the 8 subjects with outcome and predictors had the outcome (y): there is nothing "
        "to predict.",
    ),
    (
        small(x=[None] * 8).with_columns(pl.col("x").cast(pl.Float64)),
        {},
        EstimationError,
        "No subject has outcome and predictors (no x: 8).",
    ),
    (
        small(x=[3.0] * 8),
        {},
        EstimationError,
        "No predictor varies among the subjects of the model, so there is nothing to predict "
        "from: x.",
    ),
    (
        small().head(2),
        {},
        EstimationError,
        "The model has 2 coefficients and 2 subjects: nothing is left to estimate from. Take terms "
        "out of the model.",
    ),
    (
        small(x=[1.0, float("inf"), 3, 4, 5, 6, 7, 8]),
        {},
        ContractError,
        "x must be finite; some rows are not.",
    ),
    (
        small(y=list("ababbaba")),
        {},
        ArgumentError,
        "event= must say which value of y is the event, since it holds 'a', 'b' and not 0 and 1.",
    ),
    (
        small(y=list("ababbabc")),
        {"event": "a"},
        ArgumentError,
        "The outcome must have two values; y has 3: 'a', 'b', 'c'. Make a column that says who had "
        "the event.",
    ),
    (
        small(USUBJID=["1", "2", "1", "3", "4", "5", "6", "7"]),
        {},
        ContractError,
        "The frame must have one row a subject; USUBJID 1 has several. Keep the rows of one visit.",
    ),
    (
        small(),
        {"formula": "y ~ z"},
        ArgumentError,
        "'z' is no column of the frame; there are y, x.",
    ),
    (
        small(),
        {"penalty": "ridge"},
        ArgumentError,
        "penalty must be one of None, 'firth', not 'ridge'.",
    ),
    (
        small(),
        {"visit": "Day 14"},
        ArgumentError,
        "visit= is for a trial; a frame has one row a subject, the outcome in one of its columns "
        "and the predictors in others.",
    ),
    (
        small(),
        {"formula": None},
        ArgumentError,
        'Give either a formula, such as "RESPONDER ~ ANX + BASE", or predictors= (and outcome= of '
        "a frame).",
    ),
    (
        small(),
        {"formula": "y ~ 0 + x"},
        ArgumentError,
        "A logistic model here has an intercept; take the 0 out of the formula.",
    ),
]


@pytest.mark.parametrize("frame, changes, kind, text", REFUSED, ids=[c[3][:40] for c in REFUSED])
def test_what_cannot_be_fitted_says_why(frame, changes, kind, text):
    options = {"formula": "y ~ x"} | changes
    with pytest.raises(kind) as refusal:
        fit_logistic(frame, options.pop("formula"), **options)
    assert str(refusal.value) == text


def test_a_constant_predictor_is_named_and_changes_nothing():
    alone = fit_logistic(small(), "y ~ x")
    beside = fit_logistic(
        small(k=[5.0] * 8, twice=[2 * v for v in range(1, 9)]), "y ~ x + k + twice"
    )
    assert beside.table.row(1, named=True) == alone.table.row(1, named=True)
    assert beside.table["estimate"].to_list()[2:] == [None, None]
    assert beside.table["note"].to_list()[2:] == ["follows from the other terms"] * 2
    assert beside.warnings[0] == (
        "Without effect, being constant or following from the others: k, twice."
    )


def test_one_event_is_estimated_and_warned_of():
    frame = small(y=[0, 0, 0, 1, 0, 0, 0, 0])
    fit = fit_logistic(frame, "y ~ x", penalty="firth")
    assert fit.criteria["events_per_parameter"][0] == 1
    assert fit.warnings == (
        "Few events: 1 of the rarer outcome for 1 coefficient, 1.0 each (fewer than 10). Odds "
        "ratios are biased away from 1 and a prediction is too sure of itself.",
    )


def test_missing_values_are_counted():
    frame = small(x=[1, None, 3, 4, 5, 6, 7, 8], y=[0, 1, 0, 1, 1, None, 1, 0])
    fit = fit_logistic(frame, "y ~ x")
    assert fit.audit.rows() == [
        ("included", "outcome and predictors known", 6),
        ("excluded", "no y", 1),
        ("excluded", "no x", 1),
    ]
    assert fit.warnings[0] == (
        "Left out for a missing value: 2 of 8 (no y: 1, no x: 1). What is estimated is of those "
        "with all values, who may differ from the others."
    )


# --- trials -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trial() -> ka.Trial:
    return ka.load_example("ketamine")


def test_a_trial_gives_what_its_columns_give(trial):
    scores = {"ANX": ("ASC_ANX", "4 h"), "EARLY": ("MADRS", "24 h", "percent change")}
    fit = fit_logistic(trial, "response ~ ANX + EARLY + TRT01P + BASE", scores=scores, **PLAN)
    wide = ka.derive_change(trial)
    at = {v: wide.filter(AVISIT=v, PARAMCD="MADRS") for v in ("24 h", "Day 14")}
    anx = trial.scores("ASC_ANX").filter(AVISIT="4 h").select("USUBJID", ANX="AVAL")
    base = wide.filter(PARAMCD="MADRS", ABLFL="Y").select("USUBJID", "BASE")
    frame = (
        trial.adsl.select("USUBJID", "TRT01P")
        .join(base, on="USUBJID", how="left")
        .join(anx, on="USUBJID", how="left")
        .join(at["24 h"].select("USUBJID", EARLY="PCHG"), on="USUBJID", how="left")
        .join(at["Day 14"].select("USUBJID", late="CHG"), on="USUBJID", how="left")
        .with_columns(y=(-2 * pl.col("late") >= pl.col("BASE")).fill_null(False))
    )
    assert fit_logistic(frame, "y ~ ANX + EARLY + TRT01P + BASE").table.equals(fit.table)
    assert fit.table["term"].to_list()[3] == "TRT01Pketamine"
    assert fit.warnings[0] == (
        "EARLY and response are both changes from the same baseline score: part of their link is "
        "by construction."
    )
    assert "EARLY is per cent change in MADRS at 24 h." in fit.notes


def test_arms_are_not_pooled_without_a_reason(trial):
    with pytest.raises(ArgumentError) as refusal:
        fit_logistic(trial, "response ~ BASE", **PLAN)
    assert str(refusal.value) == (
        "The trial has several arms (midazolam, ketamine), which differ in response and in much "
        "that is measured after treatment began: pooled without the arm, a score predicts the "
        'arm. Put TRT01P among the predictors, take one arm (arm="ketamine"), or give allow="the '
        'reason" (printed in the result).'
    )
    pooled = fit_logistic(trial, "response ~ BASE", allow="a look at baseline", **PLAN)
    assert "Arms are pooled, with the reason: a look at baseline." in pooled.notes


TRIAL_REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"formula": "remission ~ BASE"},
        'The left side of a trial\'s formula must be the name of its rule, "response ~ ...", not '
        "'remission'.",
    ),
    (
        {"missing": ["nri", "observed"]},
        "missing= must be one handling; fit the model again for another.",
    ),
    (
        {"arm": "ketmine"},
        "arm= must be one of the trial's arms: 'midazolam', 'ketamine'; not 'ketmine'. Did you "
        "mean ketamine?",
    ),
    (
        {"scores": {"ANX": ("ASC_ANX", "4 h")}},
        "scores= names 'ANX', which is no predictor; there are BASE.",
    ),
    (
        {"formula": "response ~ ANX", "scores": {"ANX": "ASC_ANX"}},
        "scores= must give 'ANX' a scale and a visit, and perhaps a measure ('score', 'change', "
        '\'percent change\'): {"ANX": ("MADRS", "24 h", "change")}, not \'ASC_ANX\'.',
    ),
    (
        {"rule": None},
        "rule= must say what is predicted in a trial: a Response or a Remission, such as "
        "Response(at_least=0.5), not None.",
    ),
    (
        {"visit": None},
        "visit= must name the visit of the outcome: 'Baseline', 'Infusion 1 before', "
        "'Infusion 1 at 40 min', '40 min', 'Infusion 1 at 2 h', '4 h', '24 h', "
        "'Infusion 2 before', 'Infusion 2 at 40 min', 'Infusion 2 at 2 h', 'Infusion 3 before', "
        "'Infusion 3 at 40 min', 'Infusion 3 at 2 h', 'Day 7', 'Infusion 4 before', "
        "'Infusion 4 at 40 min', 'Infusion 4 at 2 h', 'Infusion 5 before', "
        "'Infusion 5 at 40 min', 'Infusion 5 at 2 h' and 10 more.",
    ),
]


@pytest.mark.parametrize(
    "changes, text", TRIAL_REFUSED, ids=[str(c)[:40] for c, _ in TRIAL_REFUSED]
)
def test_what_a_trial_must_be_asked(trial, changes, text):
    options = {"formula": "response ~ BASE", "arm": "ketamine"} | PLAN | changes
    with pytest.raises(ArgumentError) as refusal:
        fit_logistic(trial, options.pop("formula"), **options)
    assert str(refusal.value) == text


def test_a_predictor_after_the_outcome_is_warned_of(trial):
    late = {"LATE": ("HAMA", "Day 28"), "SAME": ("HAMA", "Day 14")}
    fit = fit_logistic(trial, "response ~ LATE + SAME", arm="ketamine", scores=late, **PLAN)
    said = [words for words in fit.warnings if "measured" in words]
    assert said == [
        "LATE was measured at Day 28, after Day 14: the outcome was already known, and the score "
        "cannot be read as predicting it.",
        "SAME was measured at Day 14, together with the outcome, and cannot be read as predicting "
        "it.",
    ]


def test_nearly_separated_data_name_the_ways_out() -> None:
    """Age all but separates: the fit has a maximum, and no profile of its likelihood an end."""
    from tests.figures.made_prediction import sheet

    ways = {"outcome": "y", "predictors": ["ANX", "AGE"]}
    with pytest.raises(EstimationError) as refused:
        fit_logistic(sheet(), **ways)
    assert str(refused.value) == (
        "The profile of the likelihood has no end that can be found: the covariates all but "
        'separate the outcome. Write ci="wald", which needs no profile and is rough here, or take '
        "a term out."
    )
    assert fit_logistic(sheet(), ci="wald", **ways).table.height == 3
