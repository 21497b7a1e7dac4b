"""Published definitions of relapse, as data with citation: the trials' own rules by name."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from ketanalysis.definitions import Relapse
from ketanalysis.errors import ArgumentError, check_one_of, listed

EXAMPLES = {"unconfirmed": "censor", "dated": "confirming"}


def relapse_rules() -> pl.DataFrame:
    """Return the published relapse rules, one row each.

    Returns
    -------
    polars.DataFrame
        name, summary, scale, citation, verified (whether the rule was read in the source),
        dating_verified, open (what the source leaves open and `relapse_rule` needs).

    Examples
    --------
    >>> "sustain1" in relapse_rules()["name"]
    True
    """
    rows = [
        {
            "name": name,
            **{k: rule[k] for k in ("summary", "scale", "citation", "verified", "dating_verified")},
            "open": ", ".join(rule["open"]),
        }
        for name, rule in _library().items()
    ]
    return pl.DataFrame(rows)


def relapse_rule(name: str, **open_fields: Any) -> Relapse:
    """Return a published relapse rule by name.

    Parameters
    ----------
    name
        As in `relapse_rules`.
    **open_fields
        What the source leaves open, such as ``unconfirmed="censor"``; also a field that is to
        differ from the source.

    Returns
    -------
    Relapse
        The rule as a value.

    Raises
    ------
    ArgumentError
        The name does not exist, or an open field is not written.

    Examples
    --------
    >>> relapse_rule("sustain1", unconfirmed="censor").at_least
    22
    """
    check_one_of("name", name, tuple(_library()))
    entry = _library()[name]
    lacking = [field for field in entry["open"] if field not in open_fields]
    if lacking:
        written = ", ".join(f'{field}="{EXAMPLES[field]}"' for field in lacking)
        raise ArgumentError(
            f"The source of {name!r} leaves {listed(lacking)} open: write what holds, for example "
            f"relapse_rule({name!r}, {written})."
        )
    return Relapse.from_dict({**entry["rule"], **open_fields})


@cache
def _library() -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
