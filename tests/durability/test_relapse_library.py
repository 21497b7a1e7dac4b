"""The published rules: every one can be built, and what a source leaves open must be written."""

from __future__ import annotations

from typing import Any

import pytest

import ketanalysis as ka

OPEN = {"unconfirmed": "censor", "dated": "confirming"}


def test_the_list() -> None:
    rules = ka.relapse_rules()
    assert rules.columns == [
        *("name", "summary", "scale", "citation", "verified", "dating_verified", "open"),
        *("among", "origin"),
    ]
    assert rules["name"].to_list() == [
        *("sustain1", "madrs22_single", "ibrahim25", "loss50", "qids11"),
        *("hamd18x2", "escape", "phq_loss50", "elektd", "core_ect", "return80", "riluzole"),
        *("loss50x2", "ketect"),
    ]
    # read in a registry or an abstract; the others are known from elsewhere
    verified = rules.filter("verified")["name"].to_list()
    assert verified == ["sustain1", "madrs22_single", "qids11", "hamd18x2"]


FOUND = [name for name in ka.relapse_rules()["name"] if name != "ketect"]


@pytest.mark.parametrize("name", FOUND)
def test_every_rule_can_be_built_and_has_a_sentence(name: str) -> None:
    row = ka.relapse_rules().filter(name=name).row(0, named=True)
    given = {field: OPEN[field] for field in row["open"].split(", ") if field}
    rule = ka.relapse_rule(name, **given)
    assert rule.sentence(row["scale"] or None).startswith("Relapse is a")
    assert ka.Relapse.from_dict(rule.to_dict()) == rule
    assert type(rule).from_toml(rule.to_toml()) == rule
    for scale in {row["scale"], *(leaf.scale or "" for leaf in rule.leaves)} - {""}:
        assert ka.instrument(scale).id == scale
    assert row["among"]
    assert row["origin"]


def test_rules_of_several_criteria() -> None:
    rule = ka.relapse_rule("riluzole", dated="first", unconfirmed="censor")
    assert rule == ka.Relapse(
        at_least=20, consecutive=2, within_days=32, dated="first", unconfirmed="censor"
    ) & ka.Relapse(scale="CGII", at_least=6)
    assert rule.sentence("MADRS") == (
        "Relapse is a MADRS score of at least 20 and a CGII score of at least 6 at 2 consecutive "
        "assessments, within 32 days of the origin. It is dated at the first qualifying "
        "assessment; without confirmation the subject is censored at the last relapse-free "
        "assessment."
    )
    assert ka.relapse_rule("core_ect", dated="first", unconfirmed="event").counted == (
        *("hospitalisation", "suicidality"),
    )


def test_entry_rules() -> None:
    rules = ka.entry_rules()
    assert rules.columns == ["name", "summary", "scale", "citation", "verified", "open"]
    assert rules.filter("verified")["name"].to_list() == ["sustain1_remission", "aspire_remission"]
    weeks = [f"Week {week}" for week in range(13, 17)]
    stable = ka.entry_rule("sustain1_remission", of=weeks, only_at=weeks[:2])
    assert stable == ka.Sustained(
        ka.Remission(at_most=12), visits=3, of=weeks, excursions=1, missed=1, only_at=weeks[:2]
    )
    assert ka.entry_rule("sustain1_response", of=weeks[2:]).visits == 2
    kept = ka.entry_rule("transform_response", visits=3, of=4, missed=0, only_at=())
    assert kept.still == ka.Response(at_least=0.25)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: ka.relapse_rule("ketect"),
            "The rule of 'ketect' cannot be given: relapse within 12 months in remitters; the rule "
            "itself was not found (KetECT: Ekstrand et al. 2022, Int J Neuropsychopharmacol "
            "25:339). Write the rule of your protocol.",
        ),
        (
            lambda: ka.entry_rule("sustain1_response"),
            "The source of 'sustain1_response' leaves of open: write what holds, for example "
            'entry_rule(\'sustain1_response\', of=["Week 13", "Week 14", "Week 15", '
            '"Week 16"]).',
        ),
    ],
)
def test_what_cannot_be_given(call: Any, message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        call()
    assert str(refused.value) == message


def test_sustain1() -> None:
    rule = ka.relapse_rule("sustain1", unconfirmed="censor")
    assert rule == ka.Relapse(
        at_least=22,
        consecutive=2,
        gap_days=(5, 15),
        events=("hospitalisation", "suicidality"),
        dated="confirming",
        unconfirmed="censor",
    )


def test_a_field_may_differ_from_the_source() -> None:
    assert ka.relapse_rule("loss50", consecutive=2, unconfirmed="event").consecutive == 2


@pytest.mark.parametrize(
    "name, message",
    [
        (
            "sustain1",
            "The source of 'sustain1' leaves unconfirmed open: write what holds, for example "
            "relapse_rule('sustain1', unconfirmed=\"censor\").",
        ),
        (
            "escape",
            "The source of 'escape' leaves dated, unconfirmed open: write what holds, for example "
            'relapse_rule(\'escape\', dated="confirming", unconfirmed="censor").',
        ),
        (
            "sustain",
            "name must be one of 'sustain1', 'madrs22_single', 'ibrahim25', 'loss50', 'qids11', "
            "'hamd18x2', 'escape', 'phq_loss50', 'elektd', 'core_ect', 'return80', 'riluzole', "
            "'loss50x2', 'ketect', not 'sustain'. Did you mean sustain1?",
        ),
    ],
)
def test_what_is_open_or_unknown(name: str, message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.relapse_rule(name)
    assert str(refused.value) == message
