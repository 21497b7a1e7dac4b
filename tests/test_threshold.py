"""Thresholds are values: sentence, constructor, TOML, and the comparison at the boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.threshold import AnyThreshold, Threshold

HIGH = Threshold("SYSBP", at_least=180, unit="mmHg")
RISE = Threshold("SYSBP", rise_at_least=40, unit="mmHg")
WIDE = Threshold("DIABP", rise_above=25, unit="mmHg")
LOW = Threshold("SPO2", below=90, unit="%")
FALL = Threshold("SPO2", fall_at_least=4, unit="%")


@pytest.mark.parametrize(
    "threshold, words, sentence",
    [
        (
            HIGH,
            "SYSBP of at least 180 mmHg",
            "Crossed where SYSBP is at least 180 mmHg after the start of the infusion.",
        ),
        (
            WIDE,
            "DIABP rise of more than 25 mmHg",
            "Crossed where DIABP rises by more than 25 mmHg after the start of the infusion.",
        ),
        (
            LOW,
            "SPO2 of less than 90 %",
            "Crossed where SPO2 is less than 90 % after the start of the infusion.",
        ),
        (
            FALL,
            "SPO2 fall of at least 4 %",
            "Crossed where SPO2 falls by at least 4 % after the start of the infusion.",
        ),
        (
            RISE | WIDE,
            "SYSBP rise of at least 40 mmHg or DIABP rise of more than 25 mmHg",
            "Crossed where any is after the start of the infusion: SYSBP rise of at least 40 mmHg "
            "or DIABP rise of more than 25 mmHg.",
        ),
    ],
)
def test_words_and_sentence(threshold: Any, words: str, sentence: str) -> None:
    assert threshold.words == words
    assert str(threshold) == sentence
    assert type(threshold).from_toml(threshold.to_toml()) == threshold
    assert hash(threshold) == hash(type(threshold).from_toml(threshold.to_toml()))


def test_repr_is_the_constructor() -> None:
    assert repr(HIGH) == "Threshold(parameter='SYSBP', at_least=180, unit='mmHg')"
    assert eval(repr(HIGH), {"Threshold": Threshold}) == HIGH
    assert eval(repr(RISE | WIDE), {"Threshold": Threshold}) == RISE | WIDE
    assert (RISE | WIDE | LOW).parts == (RISE | (WIDE | LOW)).parts == (RISE, WIDE, LOW)
    assert ka.Threshold is Threshold


@pytest.mark.parametrize(
    "threshold, values, expected",
    [
        (HIGH, [179, 180, 181, np.nan], [False, True, True, False]),
        (Threshold("x", above=180, unit="u"), [180, 180.1], [False, True]),
        (Threshold("x", at_most=90, unit="u"), [90, 90.1], [True, False]),
        (LOW, [90, 89.9], [False, True]),
        (RISE, [159, 160], [False, True]),
        (Threshold("x", rise_above=40, unit="u"), [160, 160.1], [False, True]),
        (Threshold("x", fall_at_least=4, unit="u"), [116, 116.1, np.nan], [True, False, False]),
        (Threshold("x", fall_above=4, unit="u"), [116, 115.9], [False, True]),
    ],
)
def test_the_boundary(threshold: Threshold, values: list[float], expected: list[bool]) -> None:
    given = np.array(values, dtype=float)
    assert threshold.crossed(given, np.full(len(given), 120.0)).tolist() == expected


def test_decimals_at_the_boundary_are_not_a_matter_of_luck() -> None:
    # 13.3 - 11.3 is 2.0000000000000018 in binary, 14.1 - 12.1 is 1.9999999999999991.
    after, before = np.array([13.3, 14.1, 15.2]), np.array([11.3, 12.1, 13.3])
    at_least = Threshold("SYSBP", rise_at_least=2, unit="kPa")
    above = Threshold("SYSBP", rise_above=2, unit="kPa")
    assert at_least.crossed(after, before).tolist() == [True, True, False]
    assert above.crossed(after, before).tolist() == [False, False, False]


def test_without_a_value_before_no_rise_is_known_and_a_level_is() -> None:
    nothing = np.array([np.nan])
    assert not RISE.crossed(np.array([200.0]), nothing).item()
    assert HIGH.crossed(np.array([200.0]), nothing).item()


@pytest.mark.parametrize(
    "given, message",
    [
        (
            {"parameter": "SYSBP", "unit": "mmHg"},
            "Threshold needs exactly one of at_least=, above=, at_most=, below=, rise_at_least=, "
            "rise_above=, fall_at_least=, fall_above=, not none: the comparator is never implied.",
        ),
        (
            {"parameter": "SYSBP", "at_least": 180, "rise_above": 3, "unit": "mmHg"},
            "Threshold needs exactly one of at_least=, above=, at_most=, below=, rise_at_least=, "
            "rise_above=, fall_at_least=, fall_above=, not at_least=, rise_above=: the comparator "
            "is never implied.",
        ),
        (
            {"parameter": "SYSBP", "at_least": 180},
            'Threshold needs unit=, such as Threshold("SYSBP", at_least=180, unit="mmHg"), '
            "not ''.",
        ),
        (
            {"parameter": 7, "at_least": 180, "unit": "mmHg"},
            'Threshold needs parameter=, such as Threshold("SYSBP", at_least=180, unit="mmHg"), '
            "not 7.",
        ),
        (
            {"parameter": "SYSBP", "rise_at_least": 0, "unit": "mmHg"},
            "rise_at_least= must be above 0, not 0; a fall is written as fall_at_least= or "
            "fall_above=.",
        ),
        (
            {"parameter": "SYSBP", "at_least": "180", "unit": "mmHg"},
            "Threshold(at_least=...) must be a finite number, not '180'.",
        ),
    ],
)
def test_a_threshold_that_is_not_whole_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        Threshold(**given)
    assert str(refused.value) == message


def test_the_comparator_is_written_by_name() -> None:
    with pytest.raises(TypeError, match="positional argument"):
        Threshold("SYSBP", 180, unit="mmHg")  # type: ignore[misc]


def test_any_needs_several_thresholds() -> None:
    with pytest.raises(ArgumentError) as refused:
        AnyThreshold((HIGH,))
    assert str(refused.value) == (
        f"AnyThreshold needs two or more Thresholds, joined by |, not ({HIGH!r},)."
    )
    with pytest.raises(ArgumentError, match="any_threshold must be a table with parts, not"):
        AnyThreshold.from_dict({"part": []})
    with pytest.raises(TypeError, match="unsupported operand"):
        HIGH | 180  # type: ignore[operator]
    with pytest.raises(TypeError, match="unsupported operand"):
        (RISE | WIDE) | "x"  # type: ignore[operator]
