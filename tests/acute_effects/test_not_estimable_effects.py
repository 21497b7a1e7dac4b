"""Acute effects without an answer: mediation, moderation and waning say why they have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ContractError, EstimationError
from tests.by_accident import accidents

RNG = np.random.default_rng(1)
N = 12
DRUG = [0] * 6 + [1] * 6
M, Y, C = (RNG.normal(size=N).tolist() for _ in range(3))
TREATED = [float(x) for x in DRUG]
YES = [0.0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1]
EXACT = (
    "The linear model fits every subject exactly: no variation is left, and there is no standard "
    "error."
)
FOLLOWS = "A term of the linear model follows from the others, or is constant."
PREFIX = "The effects are not estimable: "
SEPARATED = (
    PREFIX
    + "the response is separated by the terms of its model, or a term follows from the others."
)


def rows(y: Any = Y, m: Any = M, drug: Any = DRUG, c: Any = C) -> pl.DataFrame:
    return pl.DataFrame({"drug": drug, "m": m, "y": y, "c": c}, strict=False)


def mediation(data: pl.DataFrame, **options: Any) -> Any:
    asked = {"mediator_hours": 1, "outcome_hours": 24, "resamples": 100, "seed": 1} | options
    return ka.estimate_mediation(data, mediator="m", outcome="y", arm="drug", **asked)


def moderation(data: pl.DataFrame, **options: Any) -> Any:
    return ka.estimate_moderation(data, moderator="m", outcome="y", arm="drug", **options)


NO_MEDIATION = {
    "constant mediator": (rows(m=[3.0] * N), PREFIX + "m is the same in all 12 subjects."),
    "mediator is the treatment": (rows(m=TREATED), PREFIX + "m follows from the treatment."),
    "mediator of treatment": (
        rows(m=[2 + 3 * x for x in TREATED]),
        PREFIX + "m follows from the treatment.",
    ),
    "constant outcome": (rows(y=[7.0] * N), PREFIX + "y is the same in all 12 subjects."),
    "no responder": (rows(y=[0.0] * N), PREFIX + "y is the same in all 12 subjects."),
    "no non-responder": (rows(y=[1.0] * N), PREFIX + "y is the same in all 12 subjects."),
    "one responder": (rows(y=[1.0] + [0.0] * 11), SEPARATED),
    "no responder in one arm": (rows(y=[0.0] * 7 + [1.0, 1, 0, 1, 1]), SEPARATED),
    "outcome is the mediator": (rows(y=M), EXACT),
    "outcome of both": (rows(y=[2 * a + b for a, b in zip(M, DRUG, strict=True)]), EXACT),
    "one subject in an arm": (
        rows(drug=[0] * 11 + [1]),
        PREFIX + "arm '1' has one subject, whose spread is not known.",
    ),
    "nobody with a mediator": (
        rows(m=[None] * N),
        "No subject has both a mediator and an outcome.",
    ),
}


@pytest.mark.parametrize("name", NO_MEDIATION)
def test_mediation_that_is_not_estimable_is_refused_with_its_reason(name):
    data, reason = NO_MEDIATION[name]
    with pytest.raises(EstimationError) as refusal:
        mediation(data)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (rows(m=C), PREFIX + "m follows from the treatment and the covariates."),
        (rows(c=TREATED), PREFIX + "a covariate follows from the treatment."),
    ],
)
def test_collinear_covariates_of_mediation_are_named(data, reason):
    with pytest.raises(EstimationError) as refusal:
        mediation(data, covariates="c")
    assert str(refusal.value) == reason


def test_an_effect_that_no_resample_moves_has_no_interval():
    """One subject without the drug has the drug's mediator: the direct effect is 2 in each draw."""
    found = mediation(
        rows(y=[1.0, 1, 2, 2, 1, 1] + [3.0] * 6, m=[0.0] * 5 + [1.0] + [1.0] * 6), ci="percentile"
    )
    direct = found.table.filter(term="direct").row(0, named=True)
    assert direct["estimate"] == pytest.approx(2)
    assert (direct["std_error"], direct["conf_low"]) == (None, None)
    assert direct["note"] == "every resample gives the same: no standard error and no interval"
    assert accidents(found) == []


@pytest.mark.parametrize(
    "data",
    [rows(), rows(y=YES), rows(y=[1.0, 3, 4, 9], m=[2.0, 4, 1, 2], drug=[0, 0, 1, 1], c=[1.0] * 4)],
)
def test_small_mediation_has_no_number_by_accident(data):
    assert accidents(mediation(data)) == []


NO_MODERATION = {
    "constant moderator": (
        rows(m=[3.0] * N),
        "The effect cannot be told at values of m: m is the same in all 12 subjects.",
    ),
    "one category": (
        rows(m=["a"] * N),
        "The effect cannot be told at values of m: m is the same in all 12 subjects.",
    ),
    "constant outcome": (
        rows(y=[0.0] * N),
        "The effect cannot be told at values of m: y is the same in all 12 subjects.",
    ),
    "moderator is the treatment": (rows(m=TREATED), FOLLOWS),
    "one subject in an arm": (rows(drug=[0] * 11 + [1]), FOLLOWS),
    "exact": (rows(y=[2 * a + b for a, b in zip(M, DRUG, strict=True)]), EXACT),
    "one subject a cell": (
        rows(Y[:4], list("abab"), [0, 0, 1, 1], C[:4]),
        "The linear model has 4 terms and 4 subjects; it needs more subjects than terms.",
    ),
    "a category in one arm": (
        rows(m=list("aaabbbcccccc")),
        "The effect in m 'a' is not estimable: only one arm has subjects there. Leave the category "
        "out, or join it with another.",
    ),
    "nobody with a moderator": (
        rows(m=[None] * N),
        "No subject has treatment, moderator, outcome and covariates.",
    ),
}


@pytest.mark.parametrize("name", NO_MODERATION)
def test_moderation_that_is_not_estimable_is_refused_with_its_reason(name):
    data, reason = NO_MODERATION[name]
    with pytest.raises(EstimationError) as refusal:
        moderation(data)
    assert str(refusal.value) == reason


@pytest.mark.parametrize("call", [mediation, moderation])
def test_an_infinite_outcome_is_refused(call):
    with pytest.raises(ContractError, match="outcome must be finite; 1 rows are not"):
        call(rows(y=[float("inf"), *Y[1:]]))


@pytest.mark.parametrize("data", [rows(), rows(y=YES), rows(m=list("abc") * 4)])
def test_small_moderation_has_no_number_by_accident(data):
    assert accidents(moderation(data)) == []


def ratings(value: Any, subjects: int = 6, infusions: int = 3) -> pl.DataFrame:
    made = [
        (f"S{i}", "pk"[i % 2], k, hours, point, value(i, k, hours))
        for i in range(subjects)
        for k in range(1, infusions + 1)
        for hours, point in ((-0.5, "before"), (0.67, "40 min"), (2.0, "2 h"))
    ]
    types = {"USUBJID": pl.String, "TRT01P": pl.Enum(["p", "k"]), "EXSEQ": pl.Int64}
    types |= {"ARRLT": pl.Float64, "ATPT": pl.String, "AVAL": pl.Float64}
    return pl.DataFrame(made, schema=types, orient="row")


def drawn(i: int, k: int, hours: float) -> float:
    return float((7 * i + 5 * k + int(10 * hours) * (i + k)) % 19)


RATINGS = {
    "all zero": ratings(lambda i, k, t: 0.0),
    "all equal": ratings(lambda i, k, t: 7.0),
    "the same in every subject": ratings(lambda i, k, t: 10.0 * (t > 0) - k),
    "the same at every infusion": ratings(lambda i, k, t: float(i) * (t > 0)),
    "one infusion": ratings(drawn, infusions=1),
    "one infusion, all zero": ratings(lambda i, k, t: 0.0, infusions=1),
    "one subject an arm": ratings(drawn, subjects=2),
    "one subject": ratings(drawn, subjects=1),
    "one subject, one infusion": ratings(drawn, subjects=1, infusions=1),
    "one arm all zero": ratings(lambda i, k, t: 0.0 if i % 2 else drawn(i, k, t)),
    "nothing before": ratings(drawn).filter(pl.col("ARRLT") > 0),
    "nothing after": ratings(drawn).filter(pl.col("ARRLT") < 0),
}


@pytest.mark.parametrize("covariance", ["us", "cs"])
@pytest.mark.parametrize("by", [None, "TRT01P"])
@pytest.mark.parametrize("name", RATINGS)
def test_ratings_have_no_number_by_accident(name, by, covariance):
    asked = {"pre_within": 60, "flag": "published", "covariance": covariance}
    found = ka.estimate_acute_effects(RATINGS[name], "CADSS", by, **asked)
    assert accidents(found) == []
