"""What all definitions share: the constructor as repr, the sentence as print, TOML, wording."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np

from ketanalysis.comparison import Comparator
from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.rounding import MINUS


class Definition:
    """What all definitions share: the constructor as repr, the sentence as print, TOML."""

    name: ClassVar[str]

    def sentence(self, scale: str | None = None) -> str:
        """Return the definition as a sentence of a protocol."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that were set, ready for TOML."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self._set_fields().items()
        }

    def to_toml(self) -> str:
        """Return the definition as a TOML table named after it."""
        import tomlkit

        return tomlkit.dumps({self.name: self.to_dict()})

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Return the definition from its fields; an unknown key is refused with a hint."""
        known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        if not isinstance(table, Mapping):
            raise ArgumentError(
                f"{cls.name} must be a table of {listed(known, 20)}, not {table!r}."
            )
        for key in table:
            if key not in known:
                raise ArgumentError(
                    f"{cls.__name__} has no field {key!r}; it has {listed(known, 20)}."
                    f"{near_miss(key, known)}"
                )
        return cls(**{key: frozen(value) for key, value in table.items()})

    @classmethod
    def from_toml(cls, toml: str) -> Self:
        """Return the definition from a TOML text made by `to_toml`."""
        import tomllib

        try:
            table = tomllib.loads(toml)
        except tomllib.TOMLDecodeError as error:
            raise ArgumentError(f"The text is not TOML: {error}.") from error
        if list(table) != [cls.name]:
            raise ArgumentError(f"The TOML text must hold one table [{cls.name}].")
        return cls.from_dict(table[cls.name])

    def _set_fields(self) -> dict[str, Any]:
        return {
            field.name: without_numpy(getattr(self, field.name))
            for field in fields(self)  # type: ignore[arg-type]
            if getattr(self, field.name) != field.default
        }

    def __str__(self) -> str:
        return self.sentence()

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self._set_fields().items())
        return f"{type(self).__name__}({shown})"


class Bounded(Definition):
    """A definition by one comparator and its bound, in `comparators` one field each."""

    comparators: ClassVar[tuple[str, ...]]

    @property
    def comparator(self) -> Comparator:
        """The comparator that was written."""
        comparator: Comparator = one_bound(self, self.comparators)[0]
        return comparator

    @property
    def bound(self) -> float:
        """The share of improvement, or the cut-off in points."""
        return one_bound(self, self.comparators)[1]


def one_bound(rule: object, names: tuple[str, ...]) -> tuple[Any, float]:
    """Return the one comparator that was written and its bound; none or two are refused."""
    given = [(name, getattr(rule, name)) for name in names if getattr(rule, name) is not None]
    if len(given) != 1:
        written = ", ".join(f"{name}=" for name, _ in given) or "none"
        raise ArgumentError(
            f"{type(rule).__name__} needs exactly one of "
            f"{', '.join(f'{name}=' for name in names)}, not {written}: "
            "the comparator is never implied."
        )
    name, bound = given[0]
    check_number(f"{type(rule).__name__}({name}=...)", bound)
    return name, float(bound)


def check_number(argument: str, given: object) -> None:
    """Raise `ArgumentError` unless `given` is a finite number."""
    if isinstance(given, bool) or not isinstance(given, Real) or not math.isfinite(given):
        raise ArgumentError(f"{argument} must be a finite number, not {given!r}.")


def check_share(argument: str, share: float) -> None:
    """Raise `ArgumentError` unless the share lies between 0 and 1, neither included."""
    if not 0 < share < 1:
        raise ArgumentError(
            f"{argument} must be a share between 0 and 1 (0.5 is 50 %), not {share!r}."
        )


def pairs_of(argument: str, given: Any) -> tuple[tuple[str, str], ...] | None:
    """Return a table of texts as pairs, or None; anything else is refused."""
    pairs = frozen(given)
    if pairs is None:
        return None
    is_pairs = isinstance(pairs, tuple) and all(
        isinstance(pair, tuple) and [type(word) for word in pair] == [str, str] for pair in pairs
    )
    if not is_pairs:
        raise ArgumentError(
            f'{argument} must be a table of event and strategy, such as {{"rescue": "composite"}}, '
            f"not {given!r}."
        )
    return pairs  # type: ignore[no-any-return]


def frozen(value: Any) -> Any:
    """Return lists and tables as tuples, so that a definition can be hashed."""
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    if isinstance(value, Mapping):
        return tuple((key, frozen(item)) for key, item in value.items())
    return value


def without_numpy(value: Any) -> Any:
    """Return numpy's numbers as Python's, which print as they are written and go into TOML."""
    if isinstance(value, tuple):
        return tuple(without_numpy(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


def share_words(share: float) -> str:
    """Return a share as ``50 %``, with as many decimals as it has, six digits at most."""
    return f"{round(100 * share, 9):.6g} %"


def points_words(points: float) -> str:
    """Return points as ``10`` or ``10.25``, with as many decimals as they have."""
    return f"{points:.6g}".replace("-", MINUS)


def of_scale(scale: str | None) -> str:
    """Return the scale before a noun, or nothing."""
    return f"{scale} " if scale else ""


def either(words: Iterable[str]) -> str:
    """Return ``a, b or c``."""
    *rest, last = words
    return f"{', '.join(rest)} or {last}" if rest else last
