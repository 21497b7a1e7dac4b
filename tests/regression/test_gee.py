"""Generalised estimating equations against R's geepack, and what must hold for any data."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.regression.gee import SEPARATED, GeeFit, fit_gee
from ketanalysis.regression.logistic import fit_by_likelihood, probability
from tests.shared import DATA, ORACLE, reference_value, requires_shared

with (ORACLE / "gee.csv").open(encoding="utf-8") as _file:
    ROWS = list(csv.DictReader(_file))
MODELS = list(dict.fromkeys((row["data"], row["correlation"]) for row in ROWS))


@cache
def drawn(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = pl.read_csv(ORACLE / "gee_data.csv").filter(data=name)
    terms = ["arm"] if name == "single" else ["arm", "infusion"]
    x = np.column_stack([np.ones(rows.height), *(rows[t].cast(pl.Float64) for t in terms)])
    return x, rows["y"].cast(pl.Float64).to_numpy(), rows["subject"].to_numpy()


def fitted(name: str, correlation: str, variance: str = "sandwich") -> GeeFit:
    return fit_gee(*drawn(name), correlation=correlation, variance=variance)


@pytest.mark.parametrize(("name", "correlation"), MODELS)
def test_geepack(name: str, correlation: str) -> None:
    theirs = [r for r in ROWS if (r["data"], r["correlation"]) == (name, correlation)]
    fit = fitted(name, correlation)
    # Both programs iterate until a step is below 1e-12; geepack's alternation of coefficients
    # and correlation stops some 1e-9 from the fixed point.
    close = {"rel": 1e-7, "abs": 1e-9}
    assert fit.coefficients.tolist() == pytest.approx(
        [float(r["estimate"]) for r in theirs], **close
    )
    assert fit.std_error.tolist() == pytest.approx([float(r["std_error"]) for r in theirs], **close)
    assert fit.correlation == pytest.approx(float(theirs[0]["alpha"]), **close)
    assert fit.scale == pytest.approx(float(theirs[0]["scale"]), **close)
    for variance in ("mancl-derouen", "kauermann-carroll"):
        corrected = fitted(name, correlation, variance).std_error.tolist()
        column = variance.replace("-", "_")
        assert corrected == pytest.approx([float(r[column]) for r in theirs], **close)


@requires_shared
def test_response_of_the_antidepressant_trial_over_visits() -> None:
    theirs = reference_value("antidepressant_data", "gee_response_exchangeable")
    rows = pl.read_csv(DATA / "antidepressant_trial.csv", null_values=["NA", ""])
    rows = rows.drop_nulls("HAMDTL17")
    columns = [np.ones(rows.height), (rows["THERAPY"] == "DRUG").cast(pl.Float64).to_numpy()]
    columns += [(rows["VISIT"] == visit).cast(pl.Float64).to_numpy() for visit in (5, 6, 7)]
    columns += [rows["BASVAL"].cast(pl.Float64).to_numpy()]
    y = (rows["HAMDTL17"] <= 0.5 * rows["BASVAL"]).cast(pl.Float64).to_numpy()
    subject = rows["PATIENT"].rank("dense").cast(pl.Int64).to_numpy()
    fit = fit_gee(np.column_stack(columns), y, subject, correlation="exchangeable")
    # geepack ran there with its default epsilon of 1e-4, hence the file's 1e-3.
    values = np.asarray(theirs["coef"]["values"])
    assert fit.coefficients == pytest.approx(values[:, 0], rel=1e-3)
    assert fit.std_error == pytest.approx(values[:, 1], rel=1e-3)
    assert fit.correlation == pytest.approx(theirs["alpha"], rel=1e-3)


def test_two_subjects_by_hand() -> None:
    # One of four infusions with the outcome, both subjects have two: p = 1/4. The score of
    # subject 0 is 1/2, that of 1 is -1/2; the bread is 1 / (4 * 3/16) = 4/3: 16/9 * 1/2 = 8/9.
    fit = fit_gee(np.ones((4, 1)), np.array([1.0, 0, 0, 0]), np.array([0, 0, 1, 1]))
    assert probability(fit.coefficients)[0] == pytest.approx(0.25, rel=1e-12)
    assert fit.covariance[0, 0] == pytest.approx(8 / 9, rel=1e-12)
    # One column, equal sizes: the leverage of each subject is 1/2, its residuals are doubled.
    wider = fit_gee(
        np.ones((4, 1)), np.array([1.0, 0, 0, 0]), np.array([0, 0, 1, 1]), variance="mancl-derouen"
    )
    assert wider.covariance[0, 0] == pytest.approx(32 / 9, rel=1e-12)
    half = fit_gee(
        np.ones((4, 1)),
        np.array([1.0, 0, 0, 0]),
        np.array([0, 0, 1, 1]),
        variance="kauermann-carroll",
    )
    assert half.covariance[0, 0] == pytest.approx(16 / 9, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_order_and_names_of_subjects_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, subject = drawn("unbalanced")
    turned = rng.permutation(len(y))
    renamed = rng.permutation(1000)[subject]
    for correlation in ("independence", "exchangeable"):
        fit = fit_gee(x, y, subject, correlation=correlation)
        again = fit_gee(x[turned], y[turned], renamed[turned], correlation=correlation)
        # Sums in another order: rounding only.
        assert again.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
        assert again.covariance == pytest.approx(fit.covariance, rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5))
def test_infusions_written_several_times_leave_estimate_and_variance(times: int) -> None:
    x, y, subject = drawn("equal")
    fit = fit_gee(x, y, subject)
    again = fit_gee(np.repeat(x, times, 0), np.repeat(y, times), np.repeat(subject, times))
    assert again.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
    assert again.covariance == pytest.approx(fit.covariance, rel=1e-8)


def test_independence_has_the_coefficients_of_logistic_regression() -> None:
    x, y, subject = drawn("rare")
    logistic = fit_by_likelihood(x, y).coefficients
    assert fit_gee(x, y, subject).coefficients == pytest.approx(logistic, rel=1e-9)


def test_refusals() -> None:
    x, y, subject = drawn("equal")
    with pytest.raises(EstimationError) as caught:
        fit_gee(x, np.zeros(len(y)), subject)
    assert str(caught.value) == SEPARATED
    with pytest.raises(EstimationError) as caught:
        fit_gee(x, y, np.zeros(len(y), dtype=np.int64))
    assert str(caught.value) == ("The sandwich variance needs two subjects or more; there is one.")
    alike = np.repeat([1.0, 0, 1, 0], 3)
    with pytest.raises(EstimationError) as caught:
        fit_gee(np.ones((12, 1)), alike, np.repeat(np.arange(4), 3), correlation="exchangeable")
    assert str(caught.value) == (
        "The exchangeable correlation would be 1, which no such data can have: the outcomes of a "
        'subject are all alike, or nearly. Name correlation="independence".'
    )
    alone = np.array([1.0, 0, 1, 0, 1, 0])
    arm = np.column_stack((np.ones(6), [1.0, 1, 0, 0, 0, 0]))
    with pytest.raises(EstimationError) as caught:
        fit_gee(arm, alone, np.array([0, 0, 1, 1, 2, 2]), variance="mancl-derouen")
    assert str(caught.value) == (
        "A subject alone decides a coefficient, so that nothing is left over to tell how subjects "
        'differ; name variance="sandwich", and read its interval as too short.'
    )
    with pytest.raises(ArgumentError, match="correlation must be one of"):
        fit_gee(x, y, subject, correlation="ar1")
    with pytest.raises(ArgumentError, match="variance must be one of"):
        fit_gee(x, y, subject, variance="naive")
