"""Keys and values of a study file, checked: a key that is unknown, a value of the wrong kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ketanalysis.errors import ArgumentError, listed, near_miss


def refuse_unknown(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Raise `ArgumentError` for the first key that a section does not have."""
    for key in table:
        if key not in known:
            raise ArgumentError(
                f"{where} has no key {key!r}; it has {listed(known, 40)}.{near_miss(key, known)}"
            )


def require_keys(table: Mapping[str, Any], needed: Sequence[str], where: str) -> None:
    """Raise `ArgumentError` naming the keys that a section lacks."""
    lacking = [name for name in needed if name not in table]
    if lacking:
        raise ArgumentError(f"{where} must have {' and '.join(lacking)}.")


def as_section(value: Any, where: str) -> dict[str, Any]:
    """Return a section of a study file, or say that it must be one."""
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{where} must be a section with keys, not {value!r}.")
    return dict(value)


def check_text(owner: str, **values: object) -> None:
    """Raise `ArgumentError` for a value that is no text."""
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise ArgumentError(f"{owner}({name}=...) must be a text, not {value!r}.")


def check_number(owner: str, **values: object) -> None:
    """Raise `ArgumentError` for a value that is no number."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ArgumentError(f"{owner}({name}=...) must be a number, not {value!r}.")


def texts(what: str, given: object) -> tuple[str, ...]:
    """Return one text or a list of texts as a tuple; anything else is refused."""
    held = (given,) if isinstance(given, str) else given
    if isinstance(held, Sequence) and held and all(isinstance(e, str) and e for e in held):
        return tuple(held)
    raise ArgumentError(f"{what} must be a text or a list of texts, not {given!r}.")
