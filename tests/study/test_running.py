"""Running a study: every analysis of the plan, and a refusal stops nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan
from ketanalysis.shipped import room
from ketanalysis.study.folder import Study
from ketanalysis.study.running import ORDER, as_study, load_analysis

TRIAL = ka.load_example("ketamine")
PLAN = ka.Plan(scale="MADRS", visit="Day 14", missing="nri", response=ka.Response(at_least=0.5))


def said(call: object) -> str:
    with pytest.raises(ka.ArgumentError) as refused:
        call()  # type: ignore[operator]
    return str(refused.value)


def test_every_shipped_analysis_is_run() -> None:
    assert sorted(ORDER) == sorted(path.stem for path in room("analyses").glob("*.py"))


def test_the_whole_plan() -> None:
    results = ka.run_study(TRIAL, ketamine_plan())
    assert list(results) == [
        *("baseline", "disposition", "change", "course"),
        *("model_means", "model_contrasts", "model"),
        *("response", "response_by_visit", "remission", "sensitivity", "relapse"),
        *("relapse_milestones", "relapse_means", "relapse_rules", "relapse_visits"),
        *("relapse_visits_test", "relapse_published"),
        *("infusion_anxiety", "acute_effects"),
        *("prediction", "prediction_validated", "prediction_calibration", "prediction_roc"),
        *("early_improvement", "subgroups", "adverse_events", "adverse_events_by_infusion"),
    ]
    assert results.refused == {}
    assert len(results) == 28
    assert isinstance(results["relapse"], ka.Result)


def test_what_the_plan_does_not_ask_is_not_run() -> None:
    assert list(ka.run_study(TRIAL, PLAN)) == [
        *("baseline", "disposition", "change", "course", "response", "response_by_visit"),
        "adverse_events",
        "adverse_events_by_infusion",
    ]


def test_a_refusal_says_why_and_does_not_stop_the_others() -> None:
    plan = ka.Plan(
        scale="MADRS",
        visit="Day 99",
        missing="nri",
        response=ka.Response(at_least=0.5),
        relapse=ka.relapse_rule("madrs22_single"),
    )
    results = ka.run_study(TRIAL, plan)
    assert list(results) == [
        *("baseline", "disposition", "adverse_events", "adverse_events_by_infusion"),
    ]
    assert set(results.refused) == {"change", "response", "relapse"}
    assert results.refused["response"].startswith(
        "visits must be a visit after baseline at which MADRS was scored: '40 min', "
    )
    assert "among" in results.refused["relapse"]


def test_what_can_be_run() -> None:
    study = as_study(TRIAL, PLAN)
    assert isinstance(study, Study)
    assert (study.title, study.folder) == ("Simulated ketamine trial", None)
    assert as_study(study) is study
    assert said(lambda: as_study(TRIAL)) == (
        "A trial needs plan=: a Plan with scale, visit and definitions."
    )
    assert said(lambda: as_study(study, PLAN)) == (
        "plan= is for a trial in memory; a study has its own plan."
    )
    assert said(lambda: as_study(TRIAL.adqs)) == (  # type: ignore[arg-type]
        "study must be a study, a study folder or a trial, not DataFrame."
    )
    assert said(lambda: as_study(Path("nowhere-at-all"))) == ("There is no folder nowhere-at-all.")


def test_an_analysis_by_name() -> None:
    assert load_analysis("change").__doc__ is not None
    assert said(lambda: load_analysis("chance")) == (
        f"analysis must be one of {', '.join(map(repr, ORDER))}, not 'chance'. Did you mean change?"
    )
