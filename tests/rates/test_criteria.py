"""The scale decides what a share is taken from, and on which side of a cut-off health lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.instruments import find_instrument, instrument
from ketanalysis.rates import criteria
from ketanalysis.rates.criteria import met_by, obstacles, scale_shape


def grid(scale: str, baseline: list[float], scores: list[list[float]]) -> Grid:
    matrix = np.array(scores, dtype=float)
    return Grid(
        scale=scale,
        visits=tuple(f"Day {i}" for i in range(1, len(scores) + 1)),
        subjects=pl.DataFrame({"USUBJID": [str(i) for i in range(len(baseline))]}),
        scores=matrix,
        hours=np.full(matrix.shape, np.nan),
        baseline=np.array(baseline, dtype=float),
    )


def met(scale: str, rule: Response | Remission, baseline: list[float], scores: list[float]):
    one = grid(scale, baseline, [scores])
    return met_by(one, rule, one.scores)[0].tolist()


def test_a_response_is_judged_from_zero_on_a_scale_that_starts_there():
    half = Response(at_least=0.5)
    assert met("MADRS", half, [40, 40, 41], [20, 21, 20.5]) == [True, False, True]
    assert met("MADRS", Response(above=0.5), [40, 40], [20, 19]) == [False, True]


def test_stais_starts_at_twenty_and_a_share_must_say_of_what():
    with pytest.raises(ArgumentError) as refusal:
        met("STAIS", Response(at_least=0.5), [60], [40])
    assert str(refusal.value) == (
        "STAIS starts at 20, so a share of the score is not a share of the symptoms. Declare "
        "from_floor=True (from the lowest score) or from_floor=False (of the raw score) in the "
        "rule."
    )
    # 60 -> 40 is half of the way to 20, and a third of the score.
    assert met("STAIS", Response(at_least=0.5, from_floor=True), [60, 60], [40, 41]) == [
        True,
        False,
    ]
    assert met("STAIS", Response(at_least=0.5, from_floor=False), [60, 60], [40, 30]) == [
        False,
        True,
    ]
    assert met("STAIS", Response(at_least=0.5, floor=20), [60], [40]) == [True]


def test_without_a_rule_the_registry_says_the_direction_alone():
    assert scale_shape("STAIS") == (0.0, True)
    assert scale_shape("MADRS", Response(at_least=0.5)) == (0.0, True)
    assert scale_shape("STAIS", Response(at_least=0.5, from_floor=True)) == (20.0, True)
    assert scale_shape("STAIS", Response(at_least=0.5, from_floor=False)) == (0.0, True)


def test_an_alias_is_the_instrument():
    assert find_instrument("HAM-D17") is find_instrument("HAMD17")
    assert find_instrument("MY_SCALE") is None


def test_a_scale_that_nobody_knows_must_be_declared():
    with pytest.raises(ArgumentError) as refusal:
        met("WELL", Response(at_least=0.5), [10], [20])
    assert str(refusal.value) == (
        "WELL is not in the registry of instruments, so its direction is not known. Declare it "
        'in the rule: Response(..., better="lower", floor=0).'
    )
    with pytest.raises(ArgumentError) as refusal:
        met("WELL", Response(at_least=0.5, better="higher", from_floor=True), [10], [20])
    assert str(refusal.value) == (
        "WELL is not in the registry of instruments, so its lowest score is not known. Declare "
        "it in the rule: Response(..., floor=0)."
    )
    assert met("WELL", Response(at_least=0.5, better="higher"), [10, 10], [15, 14]) == [True, False]
    assert scale_shape("WELL", Response(at_least=0.5, better="lower")) == (0.0, True)
    lower = Response(at_least=0.5, better="lower", floor=10)
    assert met("WELL", lower, [30, 30], [20, 21]) == [True, False]


def test_a_rule_cannot_contradict_the_registry():
    with pytest.raises(ArgumentError) as refusal:
        met("MADRS", Response(at_least=0.5, better="higher"), [40], [20])
    assert str(refusal.value) == (
        "MADRS is in the registry of instruments, where lower scores are better, not higher. "
        "Leave better= out of the rule."
    )
    with pytest.raises(ArgumentError) as refusal:
        met("MADRS", Response(at_least=0.5, floor=10), [40], [20])
    assert str(refusal.value) == (
        "MADRS is in the registry of instruments with the lowest score 0, not 10. Leave floor= "
        "out of the rule."
    )
    assert met("MADRS", Response(at_least=0.5, better="lower", floor=0), [40], [20]) == [True]


def test_no_response_is_defined_on_the_strength_of_an_effect():
    with pytest.raises(ArgumentError, match=r"^ASC_BLISS measures how strong an effect is"):
        met("ASC_BLISS", Response(at_least=0.5), [40], [20])
    with pytest.raises(ArgumentError, match=r"^ASC_BLISS measures how strong an effect is"):
        met("ASC_BLISS", Remission(at_most=10), [40], [20])


def test_a_remission_lies_on_the_healthy_side():
    assert met("MADRS", Remission(at_most=10), [np.nan] * 3, [10, 11, np.nan]) == [
        True,
        False,
        False,
    ]
    assert met("MADRS", Remission(below=10), [40, 40], [10, 9]) == [False, True]
    with pytest.raises(ArgumentError) as refusal:
        met("MADRS", Remission(at_least=10), [40], [20])
    assert str(refusal.value) == (
        "Remission(at_least=...) cannot be remission on MADRS, where higher scores are worse: "
        "write at_most= or below=."
    )
    assert met("WELL", Remission(at_least=50), [20, 20], [50, 49]) == [True, False]


def test_on_a_registered_scale_where_higher_is_better_the_registry_answers(monkeypatch):
    better = replace(instrument("MADRS"), id="WHO5", direction="higher is better")
    monkeypatch.setattr(criteria, "find_instrument", lambda name: better)
    assert met("WHO5", Response(at_least=0.5), [20, 20], [30, 29]) == [True, False]
    assert met("WHO5", Remission(at_least=50), [20, 20], [50, 49]) == [True, False]
    with pytest.raises(ArgumentError) as refusal:
        met("WHO5", Remission(at_most=10), [20], [10])
    assert str(refusal.value) == (
        "Remission(at_most=...) cannot be remission on WHO5, where lower scores are worse: write "
        "at_least= or above=."
    )


def test_a_response_cannot_be_judged_without_a_baseline_that_has_a_share():
    one = grid("MADRS", [30, np.nan, 0, 20], [[10, 10, 0, 10]])
    found = {why: who.tolist() for why, who in obstacles(one, Response(at_least=0.5))}
    assert found == {
        "no baseline": [False, True, False, False],
        "baseline of 0 or less, which has no share": [False, False, True, False],
    }
    assert obstacles(one, Remission(at_most=10)) == ()
    state = grid("STAIS", [20, 21], [[20, 20]])
    found = dict(obstacles(state, Response(at_least=0.5, from_floor=True)))
    assert found["baseline of 20 or less, which has no share"].tolist() == [True, False]
