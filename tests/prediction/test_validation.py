"""Optimism against models refitted in R, the same bytes with many workers, small and separated."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.prediction.delong import area
from ketanalysis.prediction.logistic import fit_logistic
from ketanalysis.prediction.optimism import (
    apparent,
    averaged,
    bootstrap_block,
    cross_predictions,
    folds_of,
    harrell,
    pair_area,
    point_632_plus,
    pooled,
)
from ketanalysis.prediction.performance import MEASURES, areas
from ketanalysis.prediction.resampled_fits import fit_each
from ketanalysis.prediction.validation import validate_model
from ketanalysis.regression.firth import fit_firth
from ketanalysis.regression.logistic import fit_by_likelihood
from tests.prediction.test_logistic import data
from tests.shared import ORACLE

# glm and we go to the end of Newton's method; means of 60 resamples keep eight digits
NEAR = {"rel": 1e-7, "abs": 1e-9}


@cache
def rare() -> tuple[Any, Any]:
    d = data("rare").sort("y", "anx", "base")
    x = np.column_stack((np.ones(d.height), d["anx"], d["base"])).astype(float)
    return x, d["y"].to_numpy().astype(float)


@cache
def oracle(name: str) -> list[float]:
    with (ORACLE / "validation.csv").open(encoding="utf-8") as file:
        rows = {(r["name"], r["measure"]): r["value"] for r in csv.DictReader(file)}
    return [float(rows[name, m].replace("NA", "nan")) for m in MEASURES]


def test_every_correction_is_that_of_models_refitted_in_r():
    x, y = rare()
    counts = np.loadtxt(ORACLE / "validation_counts.csv", delimiter=",")
    block = bootstrap_block(x, y, counts, "none")
    optimism, behind = harrell([block])
    assert behind.tolist() == [len(counts)] * 4 == [60] * 4
    assert apparent(x, y, "none") == pytest.approx(oracle("apparent"), rel=1e-7, abs=1e-7)
    assert optimism == pytest.approx(oracle("optimism"), **NEAR)
    assert point_632_plus(x, y, [block], "none") == pytest.approx(oracle("0.632+")[:2], **NEAR)
    one, _ = cross_predictions(x, y, np.arange(len(y)), "none")
    assert pooled(y, one) == pytest.approx(oracle("leave-one-out"), **NEAR)
    fold = (np.arange(1, len(y) + 1) * 7) % 5
    five, _ = cross_predictions(x, y, fold, "none")
    assert pooled(y, five) == pytest.approx(oracle("pooled"), **NEAR)
    mean, known = averaged(y, five, fold)
    assert mean == pytest.approx(oracle("averaged"), **NEAR)
    assert known.tolist() == [5] * 4
    assert pair_area(x, y, "none") == (pytest.approx(oracle("leave-pair-out")[0], **NEAR), 0)


@pytest.mark.parametrize("penalty", ["none", "firth"])
@pytest.mark.parametrize("name", ["small", "rare"])
def test_many_fits_at_once_are_the_single_fits(name, penalty):
    d = data(name)
    x = np.column_stack((np.ones(d.height), d["anx"], 1e4 * d["base"])).astype(float)
    y = d["y"].to_numpy().astype(float)
    counts = np.random.default_rng(5).multinomial(len(y), np.full(len(y), 1 / len(y)), 12)
    many = fit_each(x, y, counts.astype(float), penalty)
    one = fit_firth if penalty == "firth" else fit_by_likelihood
    for found, row in zip(many, counts, strict=True):
        if np.isnan(found).any():
            with pytest.raises(ka.EstimationError):
                one(x[row > 0], y[row > 0], row[row > 0].astype(float))
            continue
        alone = one(x[row > 0], y[row > 0], row[row > 0].astype(float))
        assert found == pytest.approx(alone.coefficients, rel=1e-6)


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=4, max_size=25
    )
)
@settings(max_examples=40)
def test_a_weighted_area_is_that_of_repeated_subjects(rows):
    p, y, w = (np.array(column) for column in zip(*rows, strict=True))
    again = np.repeat(np.arange(len(y)), w)
    alone = area(p[again].astype(float), y[again]).auc
    found = areas(y.astype(float), p[np.newaxis] / 6, w[np.newaxis].astype(float))[0]
    assert found == pytest.approx(alone, nan_ok=True, abs=1e-12)


# --- the question ---------------------------------------------------------------------------------


def test_workers_and_repetition_change_no_byte():
    fit = fit_logistic(data("rare"), "y ~ anx + base")
    asked: dict[str, Any] = {"seed": 7, "resamples": 450}
    one = validate_model(fit, ["bootstrap", "0.632+"], **asked).table
    assert validate_model(fit, ["bootstrap", "0.632+"], workers=2, **asked).table.equals(one)
    other = validate_model(fit, "bootstrap", seed=8, resamples=450).table
    assert not other["corrected"].equals(one["corrected"][:4])


def test_the_order_of_rows_changes_no_resample():
    mixed = data("rare").sample(fraction=1, shuffle=True, seed=2)
    tables = [
        validate_model(
            fit_logistic(frame, "y ~ anx + base"),
            ["bootstrap", "k-fold"],
            seed=1,
            resamples=99,
            folds=5,
            aggregate="pooled",
        ).table
        for frame in (data("rare"), mixed)
    ]
    assert tables[0].equals(tables[1])


def test_a_predictor_of_noise_is_seen_through():
    """Five columns of noise, 40 subjects: the apparent area is far above 1/2, the other not."""
    generator = np.random.default_rng(4)
    columns = {f"x{k}": generator.normal(size=40) for k in range(5)}
    frame = pl.DataFrame({"y": np.arange(40) % 2, **columns})
    fit = fit_logistic(frame, "y ~ x0 + x1 + x2 + x3 + x4")
    found = validate_model(fit, "bootstrap", seed=1, resamples=400)
    row = found.table.row(0, named=True)
    assert row["estimate"] > 0.65
    assert abs(row["corrected"] - 0.5) < abs(row["estimate"] - 0.5) / 1.5
    slope = found.table.filter(measure="calibration slope").row(0, named=True)
    assert slope["estimate"] == pytest.approx(1)
    assert slope["corrected"] < 0.8


def test_resamples_without_a_model_are_counted():
    """All but one of 24 subjects are divided by anx: many resamples leave that one out."""
    apart = data("apart").sort("anx")
    flipped = pl.Series([1 - v if k == 3 else v for k, v in enumerate(apart["y"])])
    nearly = apart.with_columns(y=flipped)
    fit = fit_logistic(nearly, "y ~ anx")
    found = validate_model(fit, "bootstrap", seed=1, resamples=200)
    behind = found.table["n_resamples"][0]
    assert 0 < behind < 200
    assert found.warnings[-1] == (
        f"bootstrap: in {200 - behind} of 200 resamples the model does not exist (the outcome is "
        "separated, or one-sided); they are left out, and the rest is too well behaved. "
        'penalty="firth" has a model in nearly all.'
    )
    firth = fit_logistic(nearly, "y ~ anx", penalty="firth")
    again = validate_model(firth, "bootstrap", seed=1, resamples=200)
    assert again.table["n_resamples"][0] > behind
    assert again.warnings[-1].startswith("Firth's penalty draws predicted probabilities towards")


def test_folds_share_out_the_event():
    y = np.array([1.0] * 7 + [0.0] * 13)
    fold = folds_of(y, 5, 3)
    assert np.bincount(fold).tolist() == [4] * 5
    assert set(np.bincount(fold[y == 1]).tolist()) == {1, 2}
    assert not np.array_equal(fold, folds_of(y, 5, 4))


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"method": "bootstrap"},
        "The bootstrap needs seed= and resamples=, for example seed=1, resamples=1000.",
    ),
    (
        {"method": "k-fold", "folds": 5, "seed": 1},
        'k-fold cross-validation needs folds=, seed= and aggregate= ("pooled": measures of all '
        'predictions together, or "averaged": means over the folds).',
    ),
    (
        {"method": "k-fold", "folds": 500, "seed": 1, "aggregate": "pooled"},
        "folds must be a whole number from 2 to 150, not 500.",
    ),
    (
        {"method": "jackknife"},
        "method must be one of 'bootstrap', '0.632+', 'leave-one-out', 'leave-pair-out', 'k-fold', "
        "not 'jackknife'.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_write(changes, text):
    fit = fit_logistic(data("rare"), "y ~ anx")
    options = dict(changes)
    with pytest.raises(ArgumentError) as refusal:
        validate_model(fit, options.pop("method"), **options)
    assert str(refusal.value) == text


def test_what_is_no_fit_is_refused():
    with pytest.raises(ArgumentError) as refusal:
        validate_model(data("rare"), "bootstrap")  # type: ignore[arg-type]
    assert str(refusal.value) == "validate_model needs a result of fit_logistic, not DataFrame."


def test_the_sentence():
    fit = fit_logistic(data("rare"), "y ~ anx + base")
    found = validate_model(fit, "leave-pair-out")
    for style in ("plain", "apa", "jama"):
        assert found.text(style) == (
            "Logistic regression of y: performance corrected for optimism. Leave a pair out: area "
            "under the curve 0.81, corrected for optimism 0.81. Apparent: in the subjects of the "
            "fit. A slope below 1 says that predictions are too extreme. What was chosen before "
            "the fit is not corrected for."
        )
    assert found.inline("area under the curve") == "0.81, corrected for optimism 0.81"
