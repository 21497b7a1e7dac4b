"""A threshold of a vital sign as a value: a level, or a rise or fall from before the infusion.

Thresholds belong to a protocol or a label and are always written by the caller, comparator and
unit included; there is no default. ``|`` joins several to one that is crossed where any is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ketanalysis.comparison import COMPARATORS, SLACK, WORDS, Comparator
from ketanalysis.definition import Definition, one_bound, points_words
from ketanalysis.errors import ArgumentError

RISES: dict[str, Comparator] = {"rise_at_least": "at_least", "rise_above": "above"}
FALLS: dict[str, Comparator] = {"fall_at_least": "at_least", "fall_above": "above"}
LEVELS: dict[str, Comparator] = {name: name for name in COMPARATORS}
BOUNDS = LEVELS | RISES | FALLS


@dataclass(frozen=True, repr=False)
class Threshold(Definition):
    """A level that a vital sign may cross at an infusion, or a rise or fall from before it.

    Parameters
    ----------
    parameter
        PARAMCD of the vital sign, such as "SYSBP".
    at_least, above, at_most, below
        A level: crossed where a reading after the start of the infusion is so.
    rise_at_least, rise_above, fall_at_least, fall_above
        A rise or fall from the pre-infusion value, above 0. Exactly one of all is written.
    unit
        The unit of the bound, as in AVALU; never guessed.

    Raises
    ------
    ArgumentError
        No bound or several, a bound that is no number, a rise or fall of 0 or less, or no unit.

    Examples
    --------
    >>> from ketanalysis import Threshold
    >>> print(Threshold("SYSBP", rise_at_least=40, unit="mmHg"))
    Crossed where SYSBP rises by at least 40 mmHg after the start of the infusion.
    >>> either = Threshold("SYSBP", rise_at_least=40, unit="mmHg") | Threshold(
    ...     "DIABP", rise_at_least=25, unit="mmHg")
    >>> either.words
    'SYSBP rise of at least 40 mmHg or DIABP rise of at least 25 mmHg'
    """

    name: ClassVar[str] = "threshold"

    parameter: str
    _: KW_ONLY
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    rise_at_least: float | None = None
    rise_above: float | None = None
    fall_at_least: float | None = None
    fall_above: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        for name in ("parameter", "unit"):
            given = getattr(self, name)
            if not isinstance(given, str) or not given.strip():
                raise ArgumentError(
                    f'Threshold needs {name}=, such as Threshold("SYSBP", at_least=180, '
                    f'unit="mmHg"), not {given!r}.'
                )
        if self.is_change and self.bound <= 0:
            raise ArgumentError(
                f"{self.written}= must be above 0, not {self.bound:g}; a fall is written as "
                "fall_at_least= or fall_above=."
            )

    @property
    def written(self) -> str:
        """The one bound that was written, by its name."""
        return str(one_bound(self, tuple(BOUNDS))[0])

    @property
    def bound(self) -> float:
        """The level, or the size of the rise or fall, in `unit`."""
        return one_bound(self, tuple(BOUNDS))[1]

    @property
    def is_change(self) -> bool:
        """Whether it is a rise or a fall, which needs a pre-infusion value."""
        return self.written not in LEVELS

    @property
    def parts(self) -> tuple[Threshold, ...]:
        """The threshold alone: what `AnyThreshold` has several of."""
        return (self,)

    @property
    def words(self) -> str:
        """Return for example ``SYSBP of at least 180 mmHg``."""
        way = "rise of" if self.written in RISES else "fall of" if self.written in FALLS else "of"
        return f"{self.parameter} {way} {self._amount()}"

    def sentence(self, scale: str | None = None) -> str:
        """Return when it is crossed, as a sentence of a protocol."""
        way = {**dict.fromkeys(RISES, "rises by"), **dict.fromkeys(FALLS, "falls by")}
        does = f"{self.parameter} {way.get(self.written, 'is')} {self._amount()}"
        return f"Crossed where {does} after the start of the infusion."

    def _amount(self) -> str:
        return f"{WORDS[BOUNDS[self.written]]} {points_words(self.bound)} {self.unit}"

    def crossed(
        self, values: NDArray[np.float64], before: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which readings cross it, shape (n,); a missing value (NaN) never does.

        `before` holds the pre-infusion value of each reading, (n,). The comparison has a slack
        of 1e-9 of the readings, which absorbs the binary form of decimals such as 13.3 - 11.3.
        """
        measured = values - before if self.is_change else values
        measured = -measured if self.written in FALLS else measured
        slack = SLACK * np.fmax(np.fmax(np.abs(values), np.abs(before)), 1.0)
        comparator = BOUNDS[self.written]
        if comparator in ("at_most", "below"):
            measured, bound = -measured, -self.bound
        else:
            bound = self.bound
        has_ties = comparator in ("at_least", "at_most")
        found = measured >= bound - slack if has_ties else measured > bound + slack
        return np.asarray(found, dtype=bool)

    def __or__(self, other: object) -> AnyThreshold:
        if not isinstance(other, Threshold | AnyThreshold):
            return NotImplemented
        return AnyThreshold((*self.parts, *other.parts))


@dataclass(frozen=True, repr=False)
class AnyThreshold(Definition):
    """Several thresholds as one: crossed where any of them is.

    Made by ``|``: a label may count a rise in systolic or in diastolic pressure.

    Raises
    ------
    ArgumentError
        Fewer than two, or one that is no `Threshold`.
    """

    name: ClassVar[str] = "any_threshold"

    parts: tuple[Threshold, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        if len(self.parts) < 2 or not all(isinstance(part, Threshold) for part in self.parts):
            raise ArgumentError(
                f"AnyThreshold needs two or more Thresholds, joined by |, not {self.parts!r}."
            )

    @property
    def words(self) -> str:
        """Return the words of the parts, with "or" between them."""
        return " or ".join(part.words for part in self.parts)

    def sentence(self, scale: str | None = None) -> str:
        """Return when it is crossed, as a sentence of a protocol."""
        return f"Crossed where any is after the start of the infusion: {self.words}."

    def to_dict(self) -> dict[str, Any]:
        """Return the parts, ready for TOML."""
        return {"parts": [part.to_dict() for part in self.parts]}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the thresholds from their parts."""
        if not isinstance(table, Mapping) or list(table) != ["parts"]:
            raise ArgumentError(f"any_threshold must be a table with parts, not {table!r}.")
        return cls(tuple(Threshold.from_dict(part) for part in table["parts"]))

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.parts))

    def __or__(self, other: object) -> AnyThreshold:
        if not isinstance(other, Threshold | AnyThreshold):
            return NotImplemented
        return AnyThreshold((*self.parts, *other.parts))
