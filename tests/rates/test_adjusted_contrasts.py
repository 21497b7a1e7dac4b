"""Rates adjusted for covariates: the real trial, the kernel, who is left out, what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.rates.standardised import MEASURES, standardise, standardised_contrast
from ketanalysis.regression.design import Design
from tests.rates.test_stratified_contrasts import ARMS, HALF, measures
from tests.shared import reference_value, requires_shared
from tests.test_real_trial import trial


def frame(n: int = 40, **columns: Any) -> pl.DataFrame:
    """n subjects, alternately on p and k, with baselines that go with the response."""
    rows = []
    for i in range(n):
        base = 26.0 + (7 * i) % 15
        score = base / 2 - 1 if (i * i + 3 * (i % 2) + int(base)) % 5 < 2 + i % 2 else base - 1
        arm, sex = ("p", "k")[i % 2], "FFM"[i % 3]
        rows += [(f"{i:02}", arm, sex, "0", base, "Y"), (f"{i:02}", arm, sex, "1", score, None)]
    schema = ["USUBJID", "TRT01P", "SEX", "AVISIT", "AVAL", "ABLFL"]
    made = pl.DataFrame(rows, schema=schema, orient="row")
    return made.with_columns(
        pl.col("TRT01P").cast(ARMS), pl.col("AVISIT").cast(pl.Enum(["0", "1"]))
    ).with_columns(**columns)


def adjusted(data: Any = None, **options: Any) -> Any:
    data = frame() if data is None else data
    given = {"by": "TRT01P", "missing": "nri", "adjust": ["BASE", "SEX"]} | options
    return ka.estimate_response(data, "MADRS", HALF, **given)


@requires_shared
def test_the_antidepressant_trial_adjusted_for_its_baseline() -> None:
    # The file holds the coefficients of the logistic model; the standardised rates are the means
    # of their predictions over all 172 subjects.
    (intercept, drug, slope), *_ = zip(
        *reference_value("antidepressant_data", "logistic_response_nri")["coef"]["values"],
        strict=True,
    )
    found = ka.estimate_response(
        trial(), "HAMD17", HALF, by="TRT01P", missing="nri", visits="7", adjust="BASE"
    )
    rows = trial().adqs.filter((pl.col("PARAMCD") == "HAMD17") & (pl.col("ABLFL") == "Y"))
    base = rows["AVAL"].to_numpy()
    rates = [np.mean(1 / (1 + np.exp(-intercept - move - slope * base))) for move in (0.0, drug)]
    # The file's coefficients have 15 digits of a fit that stops at 1e-8.
    assert found.standardised["estimate"].to_list() == pytest.approx(rates, rel=1e-7)
    rd = measures(found)["risk difference"]
    assert rd["estimate"] == pytest.approx(rates[1] - rates[0], rel=1e-6)
    assert rd["method"] == "g-computation, m-estimation"


@pytest.mark.parametrize("variance", ["m-estimation", "ye", "delta"])
def test_the_contrasts_are_those_of_the_kernel(variance: str) -> None:
    data = frame()
    found = adjusted(data, variance=variance)
    subjects = data.filter(pl.col("AVISIT") == "0")
    after = data.filter(pl.col("AVISIT") == "1")
    y = (after["AVAL"] <= subjects["AVAL"] / 2).cast(pl.Float64).to_numpy()
    columns = np.column_stack((subjects["AVAL"], (subjects["SEX"] == "M").cast(pl.Float64)))
    group = (subjects["TRT01P"].cast(pl.String) == "k").cast(pl.Int64).to_numpy()
    expected = standardise(y, group, ["p", "k"], Design(columns, ("BASE", "SEX: M")), variance)
    for measure in MEASURES:
        row, theirs = measures(found)[measure], standardised_contrast(expected, 1, measure)
        ours = (row["estimate"], row["conf_low"], row["conf_high"], row["p_value"])
        assert ours == (theirs.estimate, theirs.low, theirs.high, theirs.p_value)
    rates = found.standardised
    assert rates["estimate"].to_list() == expected.rates.tolist()
    assert rates["std_error"].to_list() == np.sqrt(np.diag(expected.covariance)).tolist()
    # On the log odds: 1.96 standard errors over rate (1 - rate).
    rate, error = expected.rates[1], math.sqrt(expected.covariance[1, 1])
    half = 1.959963984540054 * error / (rate * (1 - rate))
    low = 1 / (1 + math.exp(-math.log(rate / (1 - rate)) + half))
    assert rates["conf_low"][1] == pytest.approx(low, rel=1e-12)


def test_the_variance_is_named() -> None:
    words = {
        "m-estimation": "M-estimation (sandwich, for the population that the subjects come from)",
        "ye": "Ye et al. 2023 (for the population that the subjects come from)",
        "delta": "the delta method (for subjects with these covariates, and relying on the model)",
    }
    for variance, said in words.items():
        assert adjusted(variance=variance).notes[-1] == (
            "Contrasts adjusted for BASE, SEX: rates standardised over all subjects in the model, "
            "a logistic regression with the groups and the covariates (g-computation); variance "
            f"by {said}."
        )


def test_a_missing_covariate_is_counted_and_changes_no_rate() -> None:
    sex = pl.when(pl.col("USUBJID").is_in(["03", "07"])).then(None).otherwise(pl.col("SEX"))
    found, whole = adjusted(frame(SEX=sex)), adjusted()
    assert found.table.equals(whole.table)
    assert found.standardised["n"].sum() == 38
    assert found.audit.rows()[-1] == (
        None, None, None, "excluded", "no SEX, so not in the adjusted contrasts", 2,
    )  # fmt: skip
    assert found.warnings == (
        "Subjects who are counted in the rates but not in the adjusted contrasts: 2 (no SEX).",
    )


def test_separation_is_refused_with_its_reason_and_the_way_round() -> None:
    # Everybody below 33 points responded and nobody above.
    base = pl.col("AVAL").filter(pl.col("ABLFL") == "Y").first().over("USUBJID")
    score = pl.when(pl.col("ABLFL") == "Y").then(base).when(base < 33).then(1.0).otherwise(base)
    found = adjusted(frame(AVAL=score), adjust="BASE")
    reason = (
        "Not estimable: the outcome is separated by BASE, so the logistic model has no maximum "
        "likelihood estimate. Leave out adjust= for the unadjusted contrasts."
    )
    assert found.contrasts["estimate"].to_list() == [None] * 4
    assert found.contrasts["note"].to_list() == [reason] * 4
    assert found.warnings == (f"An adjusted contrast is missing. {reason}",)
    assert found.standardised["note"].to_list() == [reason] * 2
    assert found.table["estimate"].null_count() == 0


def test_an_arm_without_subjects_leaves_the_others() -> None:
    three = pl.Enum(["p", "k", "e"])
    arm = pl.col("TRT01P").cast(pl.String)
    drug = pl.when(pl.col("USUBJID").is_in(["01", "03", "05"])).then(pl.lit("e")).otherwise(arm)
    score = pl.when((drug == "e") & (pl.col("AVISIT") == "1")).then(None).otherwise("AVAL")
    data = frame(AVAL=score, TRT01P=drug.cast(three))
    found = adjusted(data, missing="observed")
    rows = found.contrasts.filter(pl.col("measure") == "risk difference").to_dicts()
    assert [row["contrast"] for row in rows] == ["k - p", "e - p"]
    assert rows[0]["estimate"] is not None
    assert (rows[1]["estimate"], rows[1]["note"]) == (
        None,
        "Not estimable: a group has no subject with all covariates.",
    )
    assert found.standardised.filter(pl.col("n") == 0)["TRT01P"].to_list() == ["e"]


def test_no_reference_has_no_contrast_and_says_so() -> None:
    score = pl.when((pl.col("TRT01P") == "p") & (pl.col("AVISIT") == "1")).then(None)
    found = adjusted(frame(AVAL=score.otherwise("AVAL")), missing="observed")
    assert found.contrasts["estimate"].null_count() == 4
    assert set(found.contrasts["note"]) == {
        "Not estimable: a group has no subject with all covariates."
    }


def test_a_constant_covariate_is_named_and_changes_nothing() -> None:
    found = adjusted(frame(REGION=pl.lit("CH")), adjust=["BASE", "REGION"])
    assert found.contrasts["estimate"].equals(adjusted(adjust="BASE").contrasts["estimate"])
    more = adjusted(frame(HALF=pl.lit(1.0)), adjust=["BASE", "HALF"])
    assert set(more.standardised["note"]) == {
        "Without effect, being constant or following from the others: HALF."
    }


def test_within_other_by_columns_and_several_handlings() -> None:
    found = adjusted(by=["TRT01P", "SEX"], adjust="BASE", missing=["nri", "observed"])
    rows = found.contrasts.filter(pl.col("measure") == "risk difference")
    assert rows.select("SEX", "missing", "contrast").rows() == [
        ("F", "nri", "k - p"),
        ("M", "nri", "k - p"),
        ("F", "observed", "k - p"),
        ("M", "observed", "k - p"),
    ]


def test_in_words_and_with_a_number_needed() -> None:
    found = adjusted()
    words = found.inline(measure="risk difference")
    assert "; g-computation, M-estimation; Wald, p " in words
    assert found.inline(measure="number needed to treat") == (
        "NNTH 4.8 (95 % CI NNTH 1.9 to infinity to NNTB 10.6)"
    )
    assert "interval by g-computation, M-estimation, p by Wald." in " ".join(
        found.summary().split()
    )


REFUSED = [
    (
        {"by": None},
        "adjust= belongs to a comparison of groups, and by= names none. Name the column of the "
        'groups: by="TRT01P".',
    ),
    (
        {"adjust": "AGE"},
        "adjust needs the column AGE, which the frame does not have; it has USUBJID, TRT01P, SEX, "
        "AVISIT, AVAL, ABLFL.",
    ),
    (
        {"difference": "newcombe"},
        "difference= belongs to unadjusted rates: with adjust= the interval and the test are "
        "Wald's, with the variance that variance= names. Leave it out.",
    ),
    (
        {"test": "fisher"},
        "test= belongs to unadjusted rates: with adjust= the interval and the test are Wald's, "
        "with the variance that variance= names. Leave it out.",
    ),
    (
        {"variance": "robust"},
        "variance must be one of 'm-estimation', 'ye', 'delta', not 'robust'.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        adjusted(**changes)
    assert str(refusal.value) == text
