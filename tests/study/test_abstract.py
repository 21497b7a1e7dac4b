"""The structured abstract: what the plan declares, and a conclusion that says no more than that."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.study.abstract import _change, _rate
from ketanalysis.study.document import keep_arm
from ketanalysis.study.running import StudyResults, run_study
from ketanalysis.study.sections import Section
from ketanalysis.study.sharing import SharedSection

PLAN = ka.Plan(
    scale="MADRS",
    visit="Day 14",
    missing="nri",
    response=ka.Response(at_least=0.5),
    protocol=ka.Protocol(
        objective="does it work?",
        design="randomised, two groups",
        registration="NCT01",
        funding="a fund",
    ),
)
STUDY = ka.Study(ka.load_example("ketamine"), PLAN, "A study")


@cache
def results() -> StudyResults:
    return run_study(STUDY, only=("response",))


def points(found: StudyResults, kind: type[Section] = Section, *more: int) -> dict[str, str]:
    """Return the points of the abstract by their lead."""
    [said] = kind(found, None, *more).summary().pieces
    assert not isinstance(said, str)
    return {one.lead: one.text.replace("\N{NO-BREAK SPACE}", " ") for one in said}  # type: ignore[union-attr]


def planned(plan: ka.Plan) -> dict[str, str]:
    held = results()
    return points(replace(held, study=replace(held.study, plan=plan)))


def test_every_part_of_the_abstract_stands_in_its_order() -> None:
    said = points(results())
    assert list(said) == [
        "Objective.",
        "Design and participants.",
        "Interventions.",
        "Outcome.",
        "How many responded?",
        "Conclusion.",
        "Registration.",
        "Funding.",
    ]
    assert said["Objective."] == "Does it work?"
    assert said["Design and participants."] == (
        "Randomised, two groups. 2 arms, midazolam, ketamine; 96 subjects."
    )
    assert said["Interventions."] == "Not declared."
    assert said["Outcome."] == (
        "Response on MADRS at Day 14. Response is an improvement in MADRS of at least 50 % from "
        "baseline. Missing scores, primary analysis: non-responder imputation (missing counts as "
        "failure)."
    )
    assert (said["Registration."], said["Funding."]) == ("NCT01.", "A fund.")
    assert said["Conclusion."] == (
        "Response on MADRS at Day 14 was 21 percentage points more frequent with ketamine than "
        "with midazolam; the 95 % confidence interval reaches from 1 to 39 percentage points more "
        "frequent. The data are simulated: nothing follows for patients."
    )


def test_what_the_plan_does_not_say_is_not_declared() -> None:
    said = planned(replace(PLAN, protocol=None, remission=ka.Remission(at_most=10)))
    assert said["Objective."] == said["Registration."] == said["Funding."] == "Not declared."
    assert said["Outcome."].startswith(
        "MADRS at Day 14; which of its analyses is the primary one is not declared."
    )
    assert said["Conclusion."] == (
        "None is drawn: the plan does not declare which analysis is the primary one."
    )


def test_the_declared_endpoint_is_concluded_on_and_no_other() -> None:
    plan = replace(
        PLAN, model=ka.MixedModel(df="satterthwaite"), protocol=ka.Protocol(primary="response")
    )
    assert planned(plan)["Conclusion."].startswith("Response on MADRS")
    listed = ka.Sensitivity(missing=("nri", "observed"), endpoints=("response", "change"))
    assert planned(replace(plan, protocol=None, sensitivity=listed))["Conclusion."].startswith(
        "Response on MADRS"
    )
    changed = planned(replace(plan, protocol=ka.Protocol(primary="change")))
    assert "Conclusion." not in changed  # the model was not asked of this report
    assert changed["Outcome."] == ("Change in MADRS from baseline at Day 14, by the mixed model.")


@pytest.mark.parametrize(
    ("estimate", "low", "high", "words"),
    [
        (0.21, 0.01, 0.39, "21 {p} more frequent with {a}; {i} from 1 to 39 {p} more frequent."),
        (-0.21, -0.39, -0.01, "21 {p} less frequent with {a}; {i} from 39 to 1 {p} less frequent."),
        (
            0.02,
            -0.14,
            0.18,
            "2 {p} more frequent with {a}; {i} from 14 {p} less frequent to 18 more frequent.",
        ),
    ],
)
def test_a_rate_in_plain_words(estimate: float, low: float, high: float, words: str) -> None:
    row = {"contrast": "ketamine - midazolam", "estimate": estimate}
    said = _rate(STUDY, "response", {**row, "conf_low": low, "conf_high": high}, 0.95)
    filled = words.format(
        p="percentage points",
        a="ketamine than with midazolam",
        i="the 95 % confidence interval reaches",
    )
    assert said == f"Response on MADRS at Day 14 was {filled}"


def test_equal_rates_and_changes_in_plain_words() -> None:
    row = {"contrast": "ketamine - midazolam", "estimate": 0.0, "conf_low": -0.1, "conf_high": 0.1}
    assert "was as frequent with ketamine as with midazolam; " in _rate(
        STUDY, "remission", row, 0.9
    )
    change = row | {"estimate": -1.04, "conf_low": -4.3, "conf_high": 2.3}
    assert _change(STUDY, "change", change, 0.95) == (
        "MADRS at Day 14, adjusted for baseline, was on average 1.0 points lower with ketamine "
        "than with midazolam; the 95 % confidence interval reaches from 4.3 points lower to 2.3 "
        "higher."
    )
    unknown = row | {"estimate": None, "conf_low": None, "conf_high": None}
    assert _rate(STUDY, "response", unknown, 0.95) == (
        "Response on MADRS at Day 14: the difference between ketamine and midazolam could not be "
        "estimated."
    )


def test_one_arm_is_compared_with_nobody() -> None:
    said = points(run_study(keep_arm(STUDY, "ketamine"), only=("response",)))
    assert said["Design and participants."].endswith("One arm; 48 subjects.")
    assert "Difference" not in said["How many responded?"]
    assert said["Conclusion."].startswith(
        "Response on MADRS at Day 14 was seen in 48 %; the 95 % confidence interval reaches from "
        "34 to 62 %. Nothing is compared: there is one arm."
    )


def test_no_records_of_adverse_events_are_said() -> None:
    held = results()
    bare = replace(held.study, trial=held.study.trial.with_(adae=None))
    assert points(replace(held, study=bare))["Harms."] == (
        "No records of adverse events were given."
    )


def test_a_shared_report_concludes_nothing_on_what_it_holds_back() -> None:
    held = results()
    shown = points(held, SharedSection, 5)["Conclusion."]
    assert shown.startswith("Response on MADRS at Day 14 was 21")
    assert points(held, SharedSection, 20)["Conclusion."] == (
        "Held back: it would tell a count of fewer than 20 subjects."
    )


def test_protocol_keys_are_checked() -> None:
    table = {"scale": "MADRS", "visit": "Day 14", "missing": "nri"}
    with pytest.raises(ka.ArgumentError) as error:
        ka.Plan.from_dict({**table, "protocol": {"registraton": "x"}})
    assert str(error.value) == (
        "[plan.protocol] has no key 'registraton'; it has objective, design, primary, "
        "registration, funding. Did you mean registration?"
    )
    with pytest.raises(ka.ArgumentError) as error:
        ka.Plan.from_dict({**table, "protocol": {"primary": "response"}})
    assert str(error.value) == (
        'The plan has primary = "response", and no section for it: add [plan.response].'
    )
    with pytest.raises(ka.ArgumentError) as error:
        replace(
            PLAN,
            protocol=ka.Protocol(primary="response"),
            sensitivity=ka.Sensitivity(missing=("nri",), endpoints=("change",)),
        )
    assert str(error.value) == (
        'The plan has primary = "response" in [plan.protocol], and "change" first in the endpoints '
        "of [plan.sensitivity]: these must be the same."
    )
    assert ka.Plan.from_dict(PLAN.to_dict()) == PLAN


def test_masked_arms_are_masked_in_the_protocol() -> None:
    from ketanalysis.study.masking import mask_arms

    named = replace(PLAN, protocol=ka.Protocol(objective="is ketamine better than midazolam"))
    masked = mask_arms(replace(STUDY, plan=named), 1)
    assert masked.study.plan.protocol is not None
    assert "ketamine" not in (masked.study.plan.protocol.objective or "")
    assert masked.study.trial.adsl.schema["TRT01P"] == pl.Enum(["Arm A", "Arm B"])
