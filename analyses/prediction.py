"""What predicts response: a model, its optimism, the ROC of each marker, early improvement.

The plan's section ``prediction`` says what is looked at, beforehand; without it nothing is. Its
keys: ``predictors`` and ``scores`` (as in `fit_logistic`), ``arm``, ``missing``, ``penalty``,
``direction`` and ``cutoffs`` (of the scores that are looked at alone), ``thresholds``, ``seed`` and
``resamples``, ``early`` and ``early_visit``; each part is done where its keys are there.
"""

from __future__ import annotations

from typing import Any

import ketanalysis as ka


def analyse(trial: ka.Trial, plan: ka.Plan) -> dict[str, ka.Result]:
    """Return the results of what the plan asks for, each arm apart or in the arm it names."""
    asked = plan.prediction
    if asked is None or plan.response is None:
        return {}
    return {**_model(trial, plan, asked), **_roc(trial, plan, asked), **_early(trial, plan, asked)}


def _outcome(plan: ka.Plan, asked: ka.Prediction) -> dict[str, Any]:
    return {
        "scale": plan.scale,
        "rule": plan.response,
        "visit": plan.visit,
        "missing": asked.missing or plan.missing[0],
        "scores": dict(asked.scores),
        "arm": asked.arm,
        "conf_level": plan.conf_level,
    }


def _model(trial: ka.Trial, plan: ka.Plan, asked: ka.Prediction) -> dict[str, ka.Result]:
    predictors = asked.predictors
    if not predictors:
        return {}
    shared = _outcome(plan, asked)
    fit = ka.fit_logistic(trial, predictors=list(predictors), penalty=asked.penalty, **shared)
    found: dict[str, ka.Result] = {"prediction": fit}
    seed, resamples = asked.seed, asked.resamples
    if seed is not None and resamples is not None:
        ways = ["bootstrap", "leave-pair-out"]
        found["prediction_validated"] = ka.validate_model(fit, ways, seed=seed, resamples=resamples)
    found["prediction_calibration"] = ka.estimate_calibration(
        fit, groups=4, conf_level=plan.conf_level
    )
    thresholds = asked.thresholds
    if thresholds:
        found["prediction_benefit"] = ka.estimate_net_benefit(
            fit, thresholds=thresholds, conf_level=plan.conf_level
        )
    return found


def _roc(trial: ka.Trial, plan: ka.Plan, asked: ka.Prediction) -> dict[str, ka.Result]:
    direction = dict(asked.direction)
    if not direction:
        return {}
    shared = _outcome(plan, asked)
    shared["scores"] = {name: shared["scores"][name] for name in direction}
    cutoffs = dict(asked.cutoffs) or None
    roc = ka.estimate_roc(trial, list(direction), direction=direction, cutoffs=cutoffs, **shared)
    return {"prediction_roc": roc}


def _early(trial: ka.Trial, plan: ka.Plan, asked: ka.Prediction) -> dict[str, ka.Result]:
    early, visit = asked.early, asked.early_visit
    if early is None or visit is None or plan.response is None:
        return {}
    found = ka.estimate_early_improvement(
        trial,
        plan.scale,
        early,
        visit,
        plan.response,
        plan.visit,
        by="TRT01P" if trial.arms else None,
        missing=plan.missing,
        early_missing="observed",
        conf_level=plan.conf_level,
    )
    return {"early_improvement": found}
