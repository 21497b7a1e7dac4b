"""A frozen value from a TOML file, or a refusal that names the file and the field.

The dataclass is the contract: its field names, their types, and which may be left out.
"""

from __future__ import annotations

import tomllib
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ketanalysis.errors import ContractError, near_miss

T = TypeVar("T")

WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def read_record(path: Path, kind: type[T], allowed: Mapping[str, Sequence[str]]) -> T:
    """Return the value that a TOML file holds, as the dataclass `kind`.

    Parameters
    ----------
    path
        The file; its folder and name stand in every message.
    kind
        A frozen dataclass; nested dataclasses are tables, tuples of them arrays of tables.
    allowed
        Allowed texts by field name, wherever the field stands.

    Raises
    ------
    ContractError
        Where the file is not TOML, or a field is unknown, missing, of another type, or not
        one of its allowed texts.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(f"{where} cannot be read as TOML: {error}.") from error
    return _record(raw, kind, where, allowed)


def _record(raw: Any, kind: type[T], where: str, allowed: Mapping[str, Sequence[str]]) -> T:
    if not isinstance(raw, dict):
        raise ContractError(f"{where} must be a table, not {raw!r}.")
    known = fields(kind)  # type: ignore[arg-type]
    names = [one.name for one in known]
    for name in raw:
        if name not in names:
            raise ContractError(
                f"{where}: the field must be one of {', '.join(names)}, not {name!r}."
                f"{near_miss(name, names)}"
            )
    for one in known:
        if one.name not in raw and one.default is MISSING:
            raise ContractError(f"{where} must have the field {one.name!r}.")

    hints = get_type_hints(kind)
    values = {
        name: _value(value, hints[name], f"{where}: {name}", allowed) for name, value in raw.items()
    }
    for name in values.keys() & allowed.keys():
        if values[name] not in allowed[name]:
            listing = ", ".join(repr(text) for text in allowed[name])
            raise ContractError(
                f"{where}: {name} must be one of {listing}, not {values[name]!r}."
                f"{near_miss(values[name], allowed[name])}"
            )
    return _constructed(kind, values, where)


def _constructed(kind: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return kind(**values)
    except ContractError as error:
        message = str(error)
        raise (
            error if message.startswith(where) else ContractError(f"{where}: {message}")
        ) from None


def _value(value: Any, hint: Any, where: str, allowed: Mapping[str, Sequence[str]]) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ContractError(f"{where} must be a list, not {value!r}.")
        return tuple(_value(one, get_args(hint)[0], where, allowed) for one in value)
    if is_dataclass(hint):
        return _record(value, hint, where, allowed)  # type: ignore[arg-type]
    accepted = (int, float) if hint is float else (hint,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
        raise ContractError(f"{where} must be {WORDS[hint]}, not {value!r}.")
    return value
