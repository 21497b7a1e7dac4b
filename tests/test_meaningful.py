"""Meaningful and reliable change as values: sentences, TOML, the registry, refusals."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ketanalysis.definitions import Remission
from ketanalysis.errors import ArgumentError
from ketanalysis.meaningful import (
    MeaningfulChange,
    ReliableChange,
    meaningful_change,
    meaningful_changes,
)

POINTS = MeaningfulChange(at_least=4, unit="points", source="Toussaint 2020")
SHARE = MeaningfulChange(
    at_least=0.32, unit="share of baseline", source="Button 2015", from_floor=True
)
RELIABLE = ReliableChange(reliability=0.8, sd=7.5, source="retest of our own sample")
RECOVERED = ReliableChange(
    reliability=0.9, sd=6, source="alpha", recovered=Remission(below=10), better="lower"
)
NAMES = {
    "MeaningfulChange": MeaningfulChange,
    "ReliableChange": ReliableChange,
    "Remission": Remission,
}


@pytest.mark.parametrize("rule", [POINTS, SHARE, RELIABLE, RECOVERED], ids=str)
def test_a_rule_shows_its_constructor_and_survives_toml(rule: Any) -> None:
    assert eval(repr(rule), NAMES) == rule
    assert type(rule).from_toml(rule.to_toml()) == rule
    assert hash(eval(repr(rule), NAMES)) == hash(rule)


def test_the_sentences_of_a_protocol() -> None:
    assert POINTS.sentence("GAD7") == (
        "Meaningful change is an improvement in GAD7 of at least 4 points from baseline (source: "
        "Toussaint 2020)."
    )
    assert SHARE.sentence("BDI2") == (
        "Meaningful change is an improvement in BDI2 of at least 32 % of baseline (source: Button "
        "2015)."
    )
    assert str(MeaningfulChange(at_least=1, unit="points", source="x", better="higher")) == (
        "Meaningful change is an improvement (higher scores are better) of at least 1 point from "
        "baseline (source: x)."
    )
    assert RELIABLE.sentence("MADRS") == (
        "Reliable change is a change in MADRS from baseline of more than 9.30 points: 1.96 times "
        "the standard error of a difference, from a reliability of 0.8 and a standard deviation "
        "of 7.5 points (source: retest of our own sample)."
    )
    assert RECOVERED.sentence("MADRS").endswith(
        " Recovered is who improved reliably and came to a MADRS score of less than 10 from "
        "outside it."
    )


def test_the_threshold_by_hand() -> None:
    """SD 7.5, reliability 0.80: SE = 7.5 * sqrt(0.2) = 3.354, difference 4.743, times 1.96."""
    assert RELIABLE.threshold == pytest.approx(1.96 * 4.743416490252569, rel=1e-15)
    twice = ReliableChange(reliability=0.5, sd=10, source="x", criterion=1)
    assert twice.threshold == 10.0
    assert math.isclose(RECOVERED.threshold, 1.96 * 6 * math.sqrt(0.2))


def test_the_registry_has_changes_with_their_source() -> None:
    held = meaningful_changes("BDI-II")
    assert held.select("scale", "low", "unit", "citation", "verified").rows() == [
        ("BDI2", 17.5, "per cent of baseline", "Button 2015, PMC4611356", True),
        ("BDI2", 32.0, "per cent of baseline", "Button 2015, PMC4611356", True),
    ]
    assert meaningful_changes("HAMA").is_empty()
    rule = meaningful_change("BDI2", 17.5)
    assert (rule.amount, rule.unit, rule.verified) == (0.175, "share of baseline", True)
    assert meaningful_change("GAD7").amount == 4
    unread = meaningful_change("PHQ9")
    assert str(unread).endswith("5 points from baseline (source: general knowledge; not verified).")
    assert meaningful_change("QIDSSR16", 4).amount == 4


REFUSED: list[tuple[Any, str]] = [
    (
        lambda: MeaningfulChange(at_least=4, source="x"),
        "unit must be one of 'points', 'share of baseline', not None.",
    ),
    (
        lambda: MeaningfulChange(at_least=4, unit="points"),
        "MeaningfulChange needs source=: where its numbers are from, not ''.",
    ),
    (
        lambda: MeaningfulChange(unit="points", source="x"),
        "MeaningfulChange(at_least=...) must be a finite number, not None.",
    ),
    (
        lambda: MeaningfulChange(at_least=17.5, unit="share of baseline", source="x"),
        "MeaningfulChange(at_least=...) must be above 0 and below 1 (0.175 is 17.5 %), not 17.5.",
    ),
    (
        lambda: MeaningfulChange(at_least=0, unit="points", source="x"),
        "MeaningfulChange(at_least=...) must be above 0, not 0.",
    ),
    (
        lambda: MeaningfulChange(at_least=4, unit="points", source="x", floor=20),
        'floor belongs to unit="share of baseline".',
    ),
    (
        lambda: MeaningfulChange(at_least=4, unit="points", source="x", better="low"),  # type: ignore
        "better must be one of 'lower', 'higher', not 'low'. Did you mean lower?",
    ),
    (
        lambda: ReliableChange(sd=6, source="x"),
        "ReliableChange(reliability=...) must be a finite number, not None.",
    ),
    (
        lambda: ReliableChange(reliability=1, sd=6, source="x"),
        "ReliableChange(reliability=...) must lie between 0 and 1, not 1: at 1 every change would "
        "be reliable.",
    ),
    (
        lambda: ReliableChange(reliability=0.9, sd=0, source="x"),
        "ReliableChange(sd=...) must be above 0, not 0.",
    ),
    (
        lambda: ReliableChange(reliability=0.9, sd=6),
        "ReliableChange needs source=: where its numbers are from, not ''.",
    ),
    (
        lambda: ReliableChange(reliability=0.9, sd=6, source="x", recovered=10),  # type: ignore
        "recovered must be a Remission, not 10.",
    ),
    (
        lambda: ReliableChange.from_toml("[reliable_change]\nsdd = 6"),
        "ReliableChange has no field 'sdd'; it has reliability, sd, source, criterion, recovered, "
        "better. Did you mean sd?",
    ),
    (
        lambda: meaningful_change("BDI2"),
        "at_least= must be one of the published changes of BDI2: 17.5 per cent of baseline "
        "(change within a person; Button 2015, PMC4611356), 32 per cent of baseline (change within "
        "a person with treatment-resistant depression; Button 2015, PMC4611356); not None.",
    ),
    (
        lambda: meaningful_change("MADRS"),
        "The registry has for MADRS only a difference between groups (1.6 to 1.9 points), which "
        "is not a change within a person. Declare one: MeaningfulChange(at_least=..., "
        'unit="points", source="...").',
    ),
    (
        lambda: meaningful_change("HAMA"),
        "The registry has no meaningful change of HAMA. Declare one: "
        'MeaningfulChange(at_least=..., unit="points", source="...").',
    ),
]


@pytest.mark.parametrize("make, message", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_says_what_must_be_and_what_was_given(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert str(refusal.value) == message
