"""The published rules: every one can be built, and what a source leaves open must be written."""

from __future__ import annotations

import pytest

import ketanalysis as ka

OPEN = {"unconfirmed": "censor", "dated": "confirming"}


def test_the_list() -> None:
    rules = ka.relapse_rules()
    assert rules.columns == [
        *("name", "summary", "scale", "citation", "verified", "dating_verified", "open"),
    ]
    assert rules["name"].to_list() == [
        *("sustain1", "madrs22_single", "ibrahim25", "loss50", "qids11"),
        *("hamd18x2", "escape", "phq_loss50", "elektd"),
    ]
    # read in a registry or an abstract; the others are known from elsewhere
    verified = rules.filter("verified")["name"].to_list()
    assert verified == ["sustain1", "madrs22_single", "qids11", "hamd18x2"]


@pytest.mark.parametrize("name", ka.relapse_rules()["name"])
def test_every_rule_can_be_built_and_has_a_sentence(name: str) -> None:
    row = ka.relapse_rules().filter(name=name).row(0, named=True)
    given = {field: OPEN[field] for field in row["open"].split(", ") if field}
    rule = ka.relapse_rule(name, **given)
    assert rule.sentence(row["scale"] or None).startswith("Relapse is a")
    assert ka.Relapse.from_dict(rule.to_dict()) == rule
    if row["scale"]:
        assert ka.instrument(row["scale"]).id == row["scale"]


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
            "'hamd18x2', 'escape', 'phq_loss50', 'elektd', not 'sustain'. Did you mean sustain1?",
        ),
    ],
)
def test_what_is_open_or_unknown(name: str, message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.relapse_rule(name)
    assert str(refused.value) == message
