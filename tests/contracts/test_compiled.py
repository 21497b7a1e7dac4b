"""The rules of a contract as Pandera's checks: which are broken, and one that stops."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.contracts.compiled import broken_rules, usable
from ketanalysis.contracts.contract import shipped_contract
from ketanalysis.contracts.rule import Rule
from tests.contracts.rule_data import course


def test_pandera_and_the_rules_agree_on_what_is_broken() -> None:
    visits = ["Baseline", "Day 1", "Day 7"] * 2
    visits[-1] = "Day 7 "
    frame = course(AVAL=[0.0, 70.0, 14.0, 28.0, 27.0, 30.0], AVISIT=visits)
    contract = shipped_contract("adqs")
    able = [r for r in contract.rules() if usable(frame, contract).issuperset(r.needs)]
    by_rule = {(rule.column, rule.id) for rule in able if rule.mask(frame).any()}
    assert broken_rules(contract, able, frame) >= by_rule
    assert by_rule == {("AVAL", "scale_range"), ("AVAL", "baseline_zero"), ("AVISIT", "trimmed")}


def test_a_rule_that_stops_is_named_and_the_others_are_asked() -> None:
    def stops(frame: pl.DataFrame) -> pl.Expr:
        return pl.col("NO_SUCH_COLUMN") > 0

    frame = course(AVAL=[0.0, 70.0, 14.0, 28.0, 27.0, 30.0])
    contract = shipped_contract("adqs")
    held = contract.rules()
    broken = Rule(
        id="stops", column="AVAL", needs=(), demand="must be", advice="Nothing.", fails=stops
    )
    expected = broken_rules(contract, held, frame)
    assert ("AVAL", "scale_range") in expected
    with pytest.raises(RuntimeError) as caught:
        broken_rules(contract, [*held, broken], frame)
    source = contract.source
    assert str(caught.value) == f"{source}: the rule stops on AVAL cannot be applied."
