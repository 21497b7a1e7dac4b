"""What the analysis plan declares of vital signs: windows, margins, thresholds; no defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ketanalysis.definition import check_number
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import names_given
from ketanalysis.infusions.courses import Windows
from ketanalysis.threshold import AnyThreshold, Threshold


def named_parameters(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return the vital signs that were named, each once."""
    names = names_given("parameter", given, "a vital sign (PARAMCD)")
    if not names or len(set(names)) < len(names):
        raise ArgumentError(f"parameter must name vital signs, each once, not {given!r}.")
    return names


def declared_windows(
    pre_within: float | None,
    until: float | None,
    return_within: float | Mapping[str, float] | None,
    return_stays: bool | None,
    parameters: tuple[str, ...],
) -> Windows:
    """Return what the plan declares; what it must declare is refused when left out."""
    if pre_within is None:
        raise ArgumentError(
            "pre_within= must be written: within how many minutes before the start of the infusion "
            "the last reading counts as the pre-infusion value."
        )
    check_number("pre_within", pre_within)
    if pre_within < 0:
        raise ArgumentError(f"pre_within must be minutes, 0 or more, not {pre_within:g}.")
    if until is not None:
        check_number("until", until)
        if until <= 0:
            raise ArgumentError(f"until must be minutes above 0, not {until:g}.")
    if return_within is None:
        if return_stays is not None:
            raise ArgumentError("return_stays belongs to return_within=, which is not given.")
        return Windows(float(pre_within), until)
    if not isinstance(return_stays, bool):
        raise ArgumentError(
            "return_within= needs return_stays=: True if all later readings must be back too, "
            f"False if the first reading back counts; not {return_stays!r}."
        )
    margins = tuple((name, _margin(name, return_within)) for name in parameters)
    return Windows(float(pre_within), until, margins, return_stays)


def _margin(name: str, given: float | Mapping[str, float]) -> float:
    margin = given.get(name) if isinstance(given, Mapping) else given
    if margin is None:
        raise ArgumentError(f"return_within must name a margin for {name}, or be one number.")
    check_number(f"return_within of {name}", margin)
    if margin < 0:
        raise ArgumentError(f"return_within of {name} must be 0 or more, not {margin:g}.")
    return float(margin)


def declared_thresholds(
    given: Any, parameters: tuple[str, ...]
) -> tuple[Threshold | AnyThreshold, ...]:
    """Return the thresholds as a tuple; one on a vital sign that is not estimated is refused."""
    levels = (given,) if isinstance(given, Threshold | AnyThreshold) else given
    if isinstance(levels, str) or not isinstance(levels, Iterable):
        raise ArgumentError(f"thresholds must be a Threshold or a list of them, not {given!r}.")
    levels = tuple(levels)
    for level in levels:
        if not isinstance(level, Threshold | AnyThreshold):
            raise ArgumentError(
                'thresholds must be Thresholds, such as Threshold("SYSBP", at_least=180, '
                f'unit="mmHg"), not {level!r}.'
            )
        for part in level.parts:
            if part.parameter not in parameters:
                raise ArgumentError(
                    f"The threshold {level.words} needs {part.parameter} in parameter=, which "
                    f"names {', '.join(parameters)}."
                )
    return levels


def check_units(levels: tuple[Threshold | AnyThreshold, ...], units: Mapping[str, str]) -> None:
    """Refuse a threshold in another unit than the readings."""
    for part in (part for level in levels for part in level.parts):
        if part.unit != units[part.parameter]:
            raise ArgumentError(
                f"The threshold {part.words} must be in the unit of the readings, "
                f"{units[part.parameter]}, not {part.unit}. Convert the threshold: 1 kPa is "
                "7.50062 mmHg."
            )
