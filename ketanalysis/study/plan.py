"""The analysis plan: what is asked of a trial, declared before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ketanalysis.definition import Definition
from ketanalysis.definitions import Among, Estimand, RelapseRule, Remission, Response
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed, near_miss
from ketanalysis.rates.handling import HANDLINGS, chosen_handlings

DEFINITIONS: dict[str, type[Definition]] = {
    "response": Response,
    "remission": Remission,
    "relapse": RelapseRule,
    "among": Among,
    "estimand": Estimand,
}


@dataclass(frozen=True)
class Anxiety:
    """The comparison of a score between responders and non-responders.

    Attributes
    ----------
    outcomes
        PARAMCD of the scores that are compared.
    visit
        The visit of the scores.
    missing
        Handling of missing response scores in the primary row.
    p_adjust
        Adjustment over several outcomes; None for one outcome.
    """

    outcomes: tuple[str, ...]
    visit: str
    missing: str = "observed"
    p_adjust: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", texts("Anxiety(outcomes=...)", self.outcomes))
        check_text("Anxiety", visit=self.visit)
        if self.p_adjust is not None:
            check_text("Anxiety", p_adjust=self.p_adjust)
        check_one_of("missing", self.missing, tuple(HANDLINGS))


@dataclass(frozen=True)
class Plan:
    """What the analyses of a study need to know; what is left out is not analysed.

    Attributes
    ----------
    scale, visit
        The primary scale and the visit of the primary comparison.
    response, remission
        Definitions; a study without one has no such section.
    missing
        Handlings of missing scores; the first is primary.
    relapse, among, origin, redose
        The durability question; all are needed for it (`redose` where there are infusions).
    anxiety
        The comparison between responders and non-responders.
    estimand
        ICH E9(R1); what is not declared prints so.
    conf_level
        Confidence level of every interval.
    """

    scale: str
    visit: str
    missing: tuple[str, ...]
    response: Response | None = None
    remission: Remission | None = None
    relapse: RelapseRule | None = None
    among: Among | None = None
    origin: str | float | None = None
    redose: str | None = None
    anxiety: Anxiety | None = None
    estimand: Estimand = field(default_factory=Estimand)
    conf_level: float = 0.95

    def __post_init__(self) -> None:
        missing = None if self.missing is None else texts("Plan(missing=...)", self.missing)
        object.__setattr__(self, "missing", chosen_handlings(missing))
        check_text("Plan", scale=self.scale, visit=self.visit)
        if self.redose is not None:
            check_text("Plan", redose=self.redose)
        if self.origin is not None and not isinstance(self.origin, str):
            check_number("Plan", origin=self.origin)
        check_number("Plan", conf_level=self.conf_level)
        check_conf_level(self.conf_level)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Plan:
        """Return the plan from the ``[plan]`` table of a study file."""
        refuse_unknown(table, [f.name for f in fields(cls)], "[plan]")
        require_keys(table, ("scale", "visit", "missing"), "[plan]")
        values = dict(table)
        for name, kind in DEFINITIONS.items():
            if name in values:
                values[name] = _definition(kind, values[name], f"[plan.{name}]")
        if "anxiety" in values:
            section = as_section(values["anxiety"], "[plan.anxiety]")
            refuse_unknown(section, [f.name for f in fields(Anxiety)], "[plan.anxiety]")
            require_keys(section, ("outcomes", "visit"), "[plan.anxiety]")
            values["anxiety"] = Anxiety(**section)
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as the ``[plan]`` table of a study file."""
        shown = {f.name: _as_toml(getattr(self, f.name)) for f in fields(self)}
        return {name: value for name, value in shown.items() if value not in (None, {})}

    def sentences(self) -> list[str]:
        """Return every definition of the plan as a sentence of the protocol."""
        rules = (self.response, self.remission, self.relapse, self.among)
        found = [rule.sentence(self.scale) for rule in rules if rule is not None]
        return [*found, f"Estimand: {self.estimand.sentence()}."]


def refuse_unknown(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Raise `ArgumentError` for the first key that a section does not have."""
    for key in table:
        if key not in known:
            raise ArgumentError(
                f"{where} has no key {key!r}; it has {listed(known, 20)}.{near_miss(key, known)}"
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


def _definition(kind: type[Definition], value: Any, where: str) -> Definition:
    section = as_section(value, where)
    try:
        made = kind.from_dict(section)
        made.sentence()  # finds what only shows when it is used: intercurrent = 5
    except ArgumentError as error:
        raise ArgumentError(f"{where}: {error}") from None
    except (TypeError, ValueError, IndexError):
        raise ArgumentError(f"{where} has a value of the wrong kind: {section!r}.") from None
    return made


def _as_toml(value: Any) -> Any:
    if isinstance(value, Definition):
        return value.to_dict()
    if isinstance(value, Anxiety):
        shown = {f.name: _as_toml(getattr(value, f.name)) for f in fields(value)}
        return {name: each for name, each in shown.items() if each is not None}
    return list(value) if isinstance(value, tuple) else value
