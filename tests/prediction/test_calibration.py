"""Calibration and net benefit against R, by hand, what does not exist, refusals, sentences."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.prediction.calibration import CONSTANT, NO_CURVE, SEPARATED, estimate_calibration
from ketanalysis.prediction.logistic import fit_logistic
from ketanalysis.prediction.net_benefit import estimate_net_benefit
from tests.prediction.test_logistic import data
from tests.shared import ORACLE

NEAR = {"rel": 1e-7, "abs": 1e-9}  # Newton to the end in both; loess solves the same equations


@cache
def oracle() -> dict[tuple[str, int], dict[str, float]]:
    found: dict[tuple[str, int], dict[str, float]] = {}
    with (ORACLE / "calibration.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            held = found.setdefault((row["set"], int(row["degree"])), {})
            held[row["name"]] = float(row["value"])
    return found


def predicted(name: str) -> pl.DataFrame:
    """The predictions of tests/oracle/calibration.R."""
    d = data(name)
    anx, base = d["anx"].to_numpy(), d["base"].to_numpy()
    p = 1 / (1 + np.exp(-(-1 + 0.03 * base + 0.013 * anx - 0.0007 * anx * base)))
    return pl.DataFrame({"y": d["y"], "p": np.round(p, 2) if name == "rare" else p})


@pytest.mark.parametrize("name, degree", oracle())
def test_every_measure_is_that_of_r(name, degree):
    r = oracle()[name, degree]
    found = estimate_calibration(
        predicted(name), "p", outcome="y", groups=5, degree=degree, test="hosmer-lemeshow"
    )
    rows = {row["measure"]: row for row in found.table.iter_rows(named=True)}
    names = {"calibration slope": "slope", "calibration intercept": "intercept"}
    for measure, theirs in (names | {"calibration in the large": "large"}).items():
        assert rows[measure]["estimate"] == pytest.approx(r[theirs], **NEAR)
        assert rows[measure]["std_error"] == pytest.approx(r[f"{theirs}_se"], **NEAR)
        if theirs != "large":  # rms stops at 1e-4 of its scores
            assert rows[measure]["estimate"] == pytest.approx(r[f"rms_{theirs}"], rel=1e-4)
    assert rows["Brier score"]["estimate"] == pytest.approx(r["rms_brier"], **NEAR)
    pairs = {"Brier score": "brier", "Brier score, scaled": "scaled", "ICI": "ici", "E50": "e50"}
    pairs |= {"E90": "e90", "Emax": "emax", "observed over expected": "ratio"}
    pairs |= {name: name for name in ("reliability", "resolution", "uncertainty")}
    for measure, theirs in pairs.items():
        assert rows[measure]["estimate"] == pytest.approx(r[theirs], **NEAR), measure
    hosmer = rows["Hosmer-Lemeshow"]
    assert hosmer["df"] == r["hl_df"]
    assert hosmer["statistic"] == pytest.approx(r["hl"], **NEAR)
    assert hosmer["p_value"] == pytest.approx(r["hl_p"], **NEAR)


@pytest.mark.parametrize("name", ["small", "sites", "rare"])
def test_net_benefit_is_that_of_r(name):
    r = oracle()[name, 1]
    found = estimate_net_benefit(predicted(name), "p", outcome="y", thresholds=0.4)
    model, everybody, nobody = found.table.iter_rows(named=True)
    assert model["estimate"] == pytest.approx(r["nb"], rel=1e-10)
    assert model["std_error"] == pytest.approx(r["nb_se"], rel=1e-10)
    assert everybody["estimate"] == pytest.approx(r["nb_all"], rel=1e-10)
    assert nobody["estimate"] == 0


def test_a_model_in_its_own_subjects_is_calibrated_and_says_so():
    fit = fit_logistic(data("rare"), "y ~ anx + base")
    found = estimate_calibration(fit, groups=5, test="hosmer-lemeshow")
    rows = {row["measure"]: row for row in found.table.iter_rows(named=True)}
    assert rows["calibration slope"]["estimate"] == pytest.approx(1)
    assert rows["calibration in the large"]["estimate"] == pytest.approx(0, abs=1e-9)
    assert rows["observed over expected"]["estimate"] == pytest.approx(1)
    assert rows["Hosmer-Lemeshow"]["df"] == 3  # two fewer than outside
    assert found.warnings == (
        "Apparent: the model is tried in the subjects it was fitted to, where it is too well "
        "calibrated (by maximum likelihood its slope is 1 and its intercept 0 by construction). "
        "See validate_model.",
        "The Hosmer-Lemeshow test depends on how the groups are cut, sees little in few subjects "
        "and everything in many, and does not say what is wrong: read slope, intercept and curve.",
    )


def test_what_does_not_exist_says_why():
    def notes(y: list[int], p: list[float]) -> dict[str, str | None]:
        found = estimate_calibration({"y": y, "p": p}, "p", outcome="y", groups=2)
        assert found.curve.height == 0
        return dict(found.table.select("measure", "note").rows())

    flat = notes([0, 1, 0, 1, 1, 0], [0.5] * 6)
    assert flat["calibration slope"] == CONSTANT
    assert flat["ICI"] == NO_CURVE
    apart = notes([0, 0, 0, 1, 1, 1], [0.2, 0.2, 0.2, 0.7, 0.7, 0.7])
    assert apart["calibration slope"] == SEPARATED
    sure = estimate_calibration(
        {"y": [0, 1, 0, 1], "p": [0.0, 1.0, 1.0, 1.0]}, "p", outcome="y", groups=2
    )
    assert sure.table["estimate"].is_finite().any()


@given(
    rows=st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=8, max_size=40).filter(
        lambda rows: 0 < sum(had for _, had in rows) < len(rows)
    ),
    groups=st.integers(2, 6),
)
@settings(max_examples=40)
def test_the_parts_of_the_brier_score_add_up(rows, groups):
    p, y = (list(column) for column in zip(*rows, strict=True))
    frame = {"y": [int(had) for had in y], "p": [value / 10 for value in p]}
    found = estimate_calibration(frame, "p", outcome="y", groups=groups)
    part = dict(found.table.select("measure", "estimate").rows())
    whole = part["reliability"] - part["resolution"] + part["uncertainty"] + part["within groups"]
    assert whole == pytest.approx(part["Brier score"])
    assert found.groups["n"].sum() == len(p)
    assert found.groups["count"].sum() == sum(y)
    turned = {"y": [1 - v for v in frame["y"]], "p": [1 - v for v in frame["p"]]}
    other = estimate_calibration(turned, "p", outcome="y", groups=groups).table
    assert other.filter(measure="Brier score")["estimate"][0] == pytest.approx(part["Brier score"])


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"predicted": None},
        ArgumentError,
        "predicted= must name the column of predicted probabilities (or give a result of "
        "fit_logistic).",
    ),
    (
        {"predicted": "odds"},
        ContractError,
        "odds must hold probabilities from 0 to 1; it goes from 0.1 to 4.",
    ),
    ({"groups": 1}, ArgumentError, "groups must be a whole number from 2, not 1."),
    ({"span": 0}, ArgumentError, "span must be above 0 and at most 1, not 0."),
    ({"degree": 3}, ArgumentError, "degree must be one of 1, 2, not 3."),
]


@pytest.mark.parametrize("changes, kind, text", REFUSED, ids=[str(c) for c, _, _ in REFUSED])
def test_what_is_refused(changes, kind, text):
    frame = {"y": [0, 1, 0, 1], "p": [0.1, 0.5, 0.6, 0.8], "odds": [0.1, 1, 1.5, 4]}
    options = {"predicted": "p", "outcome": "y"} | changes
    with pytest.raises(kind) as refusal:
        estimate_calibration(frame, **options)
    assert str(refusal.value) == text


def test_thresholds_are_written():
    frame = {"y": [0, 1, 0, 1], "p": [0.1, 0.5, 0.6, 0.8]}
    with pytest.raises(ArgumentError) as refusal:
        estimate_net_benefit(frame, "p", outcome="y")
    assert str(refusal.value) == (
        "thresholds= must say from which predicted probabilities one would treat, for example "
        "thresholds=[0.2, 0.3, 0.4, 0.5]."
    )
    with pytest.raises(ArgumentError) as refusal:
        estimate_net_benefit(frame, "p", outcome="y", thresholds=[0.2, 1])
    assert str(refusal.value) == "A threshold must be between 0 and 1, not 1."


def test_net_benefit_by_hand_and_in_words():
    """At 20 % one true positive is worth four false ones: (2 - 2 / 4) / 4; all: (2 - 2 / 4) / 4."""
    frame = {"y": [0, 1, 0, 1], "p": [0.1, 0.5, 0.6, 0.8]}
    found = estimate_net_benefit(frame, "p", outcome="y", thresholds=[0.5, 0.2])
    model = found.table.filter(strategy="model")
    assert model["threshold"].to_list() == [0.2, 0.5]
    assert model["estimate"].to_list() == pytest.approx([(2 - 1 / 4) / 4, (2 - 1) / 4])
    assert model["count"].to_list() == [3, 3]
    assert found.text("apa").startswith(
        "Net benefit of treating by predictions of y: at 20% 0.438 (95% CI [−0.207, 1.082]), of "
        "treating everybody 0.375; at 50% 0.250 (95% CI [−0.688, 1.188]), of treating everybody "
        "0.000. "
    )
    assert found.inline("model", threshold=0.5) == "0.250 (95 % CI −0.688 to 1.188)"


def test_calibration_in_words():
    found = estimate_calibration(predicted("rare"), "p", outcome="y", groups=5)
    start = "Calibration of predictions of y: calibration slope "
    assert found.text().startswith(f"{start}{found.inline('calibration slope')}; ")
    assert f"{start}−3.97 (95% CI [−6.70, −1.24]; p < .001); " in found.text("apa")
    assert "; Brier score 0.23; " in found.text("jama")
    assert found.inline("Brier score") == "0.23"
