"""The analysis of a study: what the plan asks is answered, and without a plan nothing is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan
from ketanalysis.study.running import load_analysis

ANALYSE: Any = load_analysis("blinding").analyse


def test_a_plan_without_a_guess_is_not_answered() -> None:
    assert ANALYSE(ka.load_example("ketamine"), ketamine_plan()) == {}


def test_what_the_plan_asks() -> None:
    trial = ka.load_example("ketamine")
    own = trial.adsl["TRT01P"].cast(pl.String)
    told = trial.adsl.with_columns(GUESS=own.shift(1).fill_null("?"), EARLY=own.shift(3))
    plan = SimpleNamespace(
        scale="MADRS",
        visit="Day 14",
        response=ka.Response(at_least=0.5),
        conf_level=0.9,
        blinding=ka.Blinding(guess=("GUESS", "EARLY"), dont_know="?"),
    )
    found = ANALYSE(trial.with_(adsl=told), plan)
    assert list(found) == ["blinding", "effect_by_guess"]
    assert found["blinding"].guesses == ("GUESS", "EARLY")
    assert found["effect_by_guess"].guess == "GUESS"
    assert {result.conf_level for result in found.values()} == {0.9}
    assert found["effect_by_guess"].responses.height == 6
