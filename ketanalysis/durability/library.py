"""Published definitions of relapse and of who enters its curve, as data, by name.

Each has a citation and says whether the rule itself was read in the source. What a source leaves
open is written by the user, and a rule that was not found is named, so that none is made up.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from ketanalysis.definitions import RelapseRule
from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.sustained import Sustained

EXAMPLES = {
    "unconfirmed": '"censor"',
    "dated": '"confirming"',
    "of": '["Week 13", "Week 14", "Week 15", "Week 16"]',
    "only_at": '["Week 13", "Week 14"]',
    "visits": "4",
    "missed": "0",
}
LIBRARIES = {"relapse": "library.toml", "entry": "entries.toml"}


def relapse_rules() -> pl.DataFrame:
    """Return the published relapse rules, one row each.

    Returns
    -------
    polars.DataFrame
        name, summary, scale, citation, verified (whether the rule was read in the source),
        dating_verified, open (what the source leaves open and `relapse_rule` needs), among and
        origin (who entered the curve of the source and from when it counted, in words).

    Examples
    --------
    >>> "sustain1" in relapse_rules()["name"]
    True
    """
    columns = ("summary", "scale", "citation", "verified", "dating_verified")
    return _listed("relapse", columns, ("among", "origin"))


def relapse_rule(name: str, **open_fields: Any) -> RelapseRule:
    """Return a published relapse rule by name.

    Parameters
    ----------
    name
        As in `relapse_rules`.
    **open_fields
        What the source leaves open, such as ``unconfirmed="censor"``; also a field that is to
        differ from the source. In a rule of several criteria it is one of the run and its date.

    Returns
    -------
    Relapse
        The rule as a value.

    Raises
    ------
    ArgumentError
        The name does not exist, its rule was not found, or an open field is not written.

    Examples
    --------
    >>> relapse_rule("sustain1", unconfirmed="censor").at_least
    22
    """
    entry = _entry("relapse", name, open_fields)
    rule = dict(entry["rule"])
    if "all" not in rule:
        return RelapseRule.from_dict({**rule, **open_fields})
    parts = [{**p, **open_fields} if "consecutive" in p else p for p in rule["all"]]
    return RelapseRule.from_dict({"all": parts})


def entry_rules() -> pl.DataFrame:
    """Return the published definitions of sustained response and remission, one row each.

    Returns
    -------
    polars.DataFrame
        name, summary, scale, citation, verified, open (what `entry_rule` needs).

    Examples
    --------
    >>> "sustain1_remission" in entry_rules()["name"]
    True
    """
    return _listed("entry", ("summary", "scale", "citation", "verified"))


def entry_rule(name: str, **open_fields: Any) -> Sustained:
    """Return a published definition of a sustained outcome, for `Among` or `estimate_sustained`.

    Parameters
    ----------
    name
        As in `entry_rules`.
    **open_fields
        What the source leaves to the trial, such as the names of its visits; also a field that
        is to differ from the source.

    Returns
    -------
    Sustained
        The rule as a value.

    Raises
    ------
    ArgumentError
        The name does not exist, its rule was not found, or an open field is not written.

    Examples
    --------
    >>> print(entry_rule("aspire_remission"))
    Sustained remission is remission at each of the last 2 visits. Remission is a score of at \
most 12.
    """
    entry = _entry("entry", name, open_fields)
    return Sustained.from_dict({**entry["rule"], **open_fields})


def _listed(kind: str, columns: tuple[str, ...], last: tuple[str, ...] = ()) -> pl.DataFrame:
    rows = [
        {
            "name": name,
            **{key: rule[key] for key in columns},
            "open": ", ".join(rule["open"]),
            **{key: rule[key] for key in last},
        }
        for name, rule in _library(kind).items()
    ]
    return pl.DataFrame(rows)


def _entry(kind: str, name: str, open_fields: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a rule, or say what of it must still be written."""
    library = _library(kind)
    check_one_of("name", name, tuple(library))
    entry = library[name]
    if "rule" not in entry:
        raise ArgumentError(
            f"The rule of {name!r} cannot be given: {entry['summary']} ({entry['citation']}). "
            "Write the rule of your protocol."
        )
    lacking = [field for field in entry["open"] if field not in open_fields]
    if lacking:
        written = ", ".join(f"{field}={EXAMPLES[field]}" for field in lacking)
        raise ArgumentError(
            f"The source of {name!r} leaves {listed(lacking)} open: write what holds, for example "
            f"{kind}_rule({name!r}, {written})."
        )
    return entry


@cache
def _library(kind: str) -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_name(LIBRARIES[kind])
    return tomllib.loads(path.read_text(encoding="utf-8"))
