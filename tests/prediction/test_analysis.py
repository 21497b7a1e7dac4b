"""The analysis `prediction`: what the plan asks for is done, and nothing without it."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace
from typing import Any

import ketanalysis as ka
from tests.shared import ROOT

HALF = ka.Response(at_least=0.5)


def analyse(plan: Any) -> dict[str, ka.Result]:
    path = ROOT / "analyses" / "prediction.py"
    spec = importlib.util.spec_from_file_location("_analysis_of_prediction", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, ka.Result] = module.analyse(ka.load_example("ketamine"), plan)
    return found


def plan(**prediction: Any) -> SimpleNamespace:
    """Return a plan with the section `prediction`."""
    base = {"scale": "MADRS", "visit": "Day 14", "missing": ("nri",), "response": HALF}
    return SimpleNamespace(**base, conf_level=0.95, prediction=ka.Prediction(**prediction))


def test_without_the_section_nothing_is_looked_at():
    assert analyse(ka.Plan(scale="MADRS", visit="Day 14", missing="nri", response=HALF)) == {}
    assert analyse(plan()) == {}


def test_each_part_is_done_where_its_keys_are_there():
    found = analyse(
        plan(
            predictors=["ANX", "BASE"],
            scores={"ANX": ("ASC_ANX", "4 h")},
            arm="ketamine",
            seed=1,
            resamples=99,
            thresholds=(0.3, 0.5),
            direction={"ANX": "lower"},
            cutoffs={"ANX": 20},
            early=HALF,
            early_visit="24 h",
        )
    )
    assert list(found) == [
        "prediction",
        "prediction_validated",
        "prediction_calibration",
        "prediction_benefit",
        "prediction_roc",
        "early_improvement",
    ]
    assert found["prediction"].table["term"].to_list() == ["(Intercept)", "ANX", "BASE"]
    assert found["early_improvement"].table["missing"].unique().to_list() == ["nri"]
