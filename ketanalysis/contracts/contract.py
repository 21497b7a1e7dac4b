"""The contracts of the tables: TOML files that say what the data must be, and their schemas.

`read_contract` reads one; `schema` compiles a shipped one to a real Pandera schema.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketanalysis.contracts import column_rules
from ketanalysis.contracts.column_rules import KINDS, NUMBERS
from ketanalysis.contracts.findings import SEVERITIES
from ketanalysis.contracts.rule import Rule
from ketanalysis.contracts.rules import RULES, named_rule
from ketanalysis.contracts.subject_rules import unique_key
from ketanalysis.errors import ContractError, check_one_of, near_miss
from ketanalysis.shipped import room

if TYPE_CHECKING:
    import pandera.polars as pa

CONTRACTS = ("adsl", "adqs", "adqsitem", "adex", "adae", "adice", "adcm", "advs", "adtte")
CHOICES: dict[str, tuple[str, ...]] = {
    "type": tuple(KINDS),
    "missing": ("allowed", "refused"),
    "infinite": ("allowed", "refused"),
    "severity": SEVERITIES,
}
TABLE_KEYS: dict[str, type | tuple[type, ...]] = {
    "dataset": str,
    "label": str,
    "one_row_per": list,
    "one_row_per_if_present": list,
    "may_be_empty": bool,
    "columns": dict,
}
COLUMN_KEYS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "label": str,
    "unit": str,
    "required": bool,
    "missing": str,
    "infinite": str,
    "at_least": (int, float),
    "at_most": (int, float),
    "values": list,
    "severity": str,
    "rules": list,
}
WORDS = {str: "text", bool: "true or false", list: "a list", dict: "a table"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """What one column must be; the attributes are the keys of the TOML file."""

    name: str
    type: str
    label: str
    unit: str = ""
    required: bool = True
    missing: str = "refused"
    infinite: str = "refused"
    at_least: float | None = None
    at_most: float | None = None
    values: tuple[str | float, ...] = ()
    severity: str = "error"
    rules: tuple[str, ...] = ()

    def own_rules(self) -> list[Rule]:
        """Return the rules on this column: on single cells first, then those by name."""
        is_number = self.type in NUMBERS
        values = self.values or (("Y", "N") if self.type == "flag" else ())
        found: list[Rule] = []
        if self.missing == "refused":
            found.append(column_rules.not_missing(self.name, self.type, self.severity))
        if is_number and self.infinite == "refused":
            found.append(column_rules.finite(self.name))
        if self.type == "integer":
            found.append(column_rules.whole(self.name))
        if self.at_least is not None or self.at_most is not None:
            ends = (self.at_least, self.at_most)
            found.append(column_rules.within(self.name, *ends, self.unit, self.severity))
        if values:
            found.append(column_rules.one_of(self.name, self.type, values, self.severity))
        return [*found, *(named_rule(rule, self.name) for rule in self.rules)]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one table must be. `source` is its file, as messages name it."""

    dataset: str
    label: str
    source: str
    columns: tuple[Column, ...]
    one_row_per: tuple[str, ...] = ()
    one_row_per_if_present: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the file."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """Return one column, or None where the contract does not name it."""
        return next((column for column in self.columns if column.name == name), None)

    def rules(self) -> list[Rule]:
        """Return all rules of the table, the key first."""
        found = [rule for column in self.columns for rule in column.own_rules()]
        if self.one_row_per:
            found.insert(0, unique_key(self.one_row_per, self.one_row_per_if_present))
        return found


def schema(name: str) -> pa.DataFrameSchema:
    """Return the Pandera schema of a table: does my frame keep the contract?

    For use in pipelines that speak Pandera: ``schema("adqs").validate(frame, lazy=True)``. Not
    for reading what is wrong: `ketanalysis.check_trial` lists that with subject and visit, and
    rules of severity warning and info are only there. Types are checked and never changed; a
    number may have any numeric type here, and `as_trial` makes it Float64.

    It closes what Pandera leaves open: the values of a LazyFrame are checked (it is collected),
    a table without rows is refused, a column that the key needs must be there, NaN is missing,
    and no check looks at the frame as a whole, so that an error names one column and never
    holds whole rows as text. (Pandera's `SchemaErrors` hold the frame as ``.data``: do not log
    or pickle them.)

    Parameters
    ----------
    name
        "adsl", "adqs", "adqsitem", "adex", "adae", "adice", "adcm", "advs" or "adtte".

    Returns
    -------
    pandera.polars.DataFrameSchema
        For polars frames. A pandas frame goes through `ketanalysis.as_trial`.

    Raises
    ------
    ArgumentError
        Where there is no table of that name.

    Examples
    --------
    >>> import polars as pl
    >>> rows = {"USUBJID": ["01", "02"], "AGE": [44, 51]}
    >>> schema("adsl").validate(pl.DataFrame(rows)).height
    2
    """
    from ketanalysis.contracts.compiled import compile_schema

    contract = shipped_contract(name)
    return compile_schema(contract, [r for r in contract.rules() if r.severity == "error"])


@cache
def shipped_contract(name: str) -> Contract:
    """Return the contract of a table that ships with the package."""
    check_one_of("name", name, CONTRACTS)
    return read_contract(room("schemas") / f"{name}.toml")


def read_contract(path: Path) -> Contract:
    """Read the contract of one table from its TOML file.

    Raises
    ------
    ContractError
        Naming the file: it is no TOML; a key, type, choice or rule is unknown (with the nearest
        one); a key is missing or of another kind; ``one_row_per`` names a column that is not
        there or not required.
    """
    path = Path(path)
    source = f"{path.parent.name}/{path.name}"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(f"{source} cannot be read as TOML: {error}.") from None
    _check_keys(raw, TABLE_KEYS, ("dataset", "label", "columns"), source)
    columns = [_column(name, fields, source) for name, fields in raw["columns"].items()]
    contract = Contract(
        dataset=raw["dataset"],
        label=raw["label"],
        source=source,
        columns=tuple(columns),
        one_row_per=tuple(raw.get("one_row_per", ())),
        one_row_per_if_present=tuple(raw.get("one_row_per_if_present", ())),
        may_be_empty=raw.get("may_be_empty", False),
    )
    _check_key_columns(contract)
    return contract


def _column(name: str, fields: Any, source: str) -> Column:
    where = f"{source}, column {name}"
    if not isinstance(fields, dict):
        raise ContractError(f"{where}: the column must be a table [columns.{name}].")
    _check_keys(fields, COLUMN_KEYS, ("type", "label"), where)
    for key, allowed in CHOICES.items():
        if key in fields and fields[key] not in allowed:
            raise ContractError(
                f"{where}: {key} must be one of {', '.join(allowed)}, not {fields[key]!r}."
                f"{near_miss(fields[key], allowed)}"
            )
    for rule in fields.get("rules", ()):
        if rule not in RULES:
            raise ContractError(
                f"{where}: a rule must be one of {', '.join(RULES)}, not {rule!r}."
                f"{near_miss(rule, RULES)}"
            )
    if fields["type"] not in NUMBERS and not fields.keys().isdisjoint(
        {"at_least", "at_most", "infinite"}
    ):
        raise ContractError(f"{where}: at_least, at_most and infinite are for numbers only.")
    frozen: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    return Column(name=name, **frozen)


def _check_keys(
    given: dict[str, Any],
    known: dict[str, type | tuple[type, ...]],
    needed: Collection[str],
    where: str,
) -> None:
    for key, value in given.items():
        if key not in known:
            raise ContractError(
                f"{where}: a key must be one of {', '.join(known)}, not {key!r}."
                f"{near_miss(key, known)}"
            )
        kind = known[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            word = "a number" if isinstance(kind, tuple) else WORDS[kind]
            raise ContractError(f"{where}: {key} must be {word}, not {value!r}.")
    for key in needed:
        if key not in given:
            raise ContractError(f"{where}: the key {key} must be given.")


def _check_key_columns(contract: Contract) -> None:
    for name in (*contract.one_row_per, *contract.one_row_per_if_present):
        if name not in contract.names:
            raise ContractError(
                f"{contract.source}: one_row_per must name columns of the contract, not {name!r}."
                f"{near_miss(name, contract.names)}"
            )
    for column in contract.columns:
        if column.name in contract.one_row_per and not column.required:
            raise ContractError(
                f"{contract.source}: {column.name} must be required, for one_row_per names it. "
                "A key column that may be absent goes to one_row_per_if_present."
            )
