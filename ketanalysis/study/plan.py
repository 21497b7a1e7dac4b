"""The analysis plan: what is asked of a trial, declared before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ketanalysis.definition import Definition
from ketanalysis.definitions import Among, Estimand, RelapseRule, Remission, Response
from ketanalysis.errors import ArgumentError, check_conf_level
from ketanalysis.imputation.settings import Imputation
from ketanalysis.rates.handling import IMPUTED, chosen_handlings
from ketanalysis.study.anxiety_sections import AcuteEffects, Anxiety
from ketanalysis.study.durability_section import Durability
from ketanalysis.study.further_sections import Blinding, Prediction
from ketanalysis.study.keys import (
    as_section,
    check_number,
    check_text,
    refuse_unknown,
    require_keys,
    texts,
)
from ketanalysis.study.plan_sections import Baseline, MixedModel, Protocol, Sensitivity
from ketanalysis.study.subgroup_sections import Subgroups, SuicidalIdeation
from ketanalysis.trial import Trial

DEFINITIONS: dict[str, type[Definition]] = {
    "response": Response,
    "remission": Remission,
    "relapse": RelapseRule,
    "among": Among,
    "estimand": Estimand,
    "imputation": Imputation,
}
SECTIONS: dict[str, Any] = {
    "protocol": Protocol,
    "anxiety": Anxiety,
    "acute": AcuteEffects,
    "baseline": Baseline,
    "model": MixedModel,
    "sensitivity": Sensitivity,
    "prediction": Prediction,
    "blinding": Blinding,
    "subgroups": Subgroups,
    "suicidality": SuicidalIdeation,
    "durability": Durability,
}


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
        Handlings of missing scores; the first is primary. Those that impute need `imputation`.
    baseline
        The baseline characteristics that Table 1 describes.
    imputation
        How scores are imputed.
    model
        The mixed model of the change from baseline.
    sensitivity
        The sensitivity analyses.
    prediction
        What is asked of response beforehand.
    blinding
        The guesses of the treatment.
    relapse, among, origin, redose
        The durability question; all are needed for it (`redose` where there are infusions).
    durability
        What stands beside the primary relapse curve.
    anxiety
        The comparison between responders and non-responders.
    acute
        A rating during infusions.
    subgroups
        The effect by subgroup.
    suicidality
        Remission of suicidal ideation.
    estimand
        ICH E9(R1); what is not declared prints so.
    protocol
        What the protocol says of the trial as a whole: objective, design, registration, funding.
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
    acute: AcuteEffects | None = None
    baseline: Baseline | None = None
    imputation: Imputation | None = None
    model: MixedModel | None = None
    sensitivity: Sensitivity | None = None
    prediction: Prediction | None = None
    blinding: Blinding | None = None
    subgroups: Subgroups | None = None
    suicidality: SuicidalIdeation | None = None
    durability: Durability | None = None
    estimand: Estimand = field(default_factory=Estimand)
    protocol: Protocol | None = None
    conf_level: float = 0.95

    def __post_init__(self) -> None:
        missing = None if self.missing is None else texts("Plan(missing=...)", self.missing)
        object.__setattr__(self, "missing", chosen_handlings(missing, imputed=True))
        check_text("Plan", scale=self.scale, visit=self.visit)
        self._check_imputation()
        self._check_primary()
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
        for name, part in SECTIONS.items():
            if name in values:
                where = f"[plan.{name}]"
                section = as_section(values[name], where)
                refuse_unknown(section, [f.name for f in fields(part)], where)
                require_keys(section, part.needed, where)
                values[name] = part(**section)
        return cls(**values)

    def _check_imputation(self) -> None:
        """Refuse handlings that impute where the plan does not say how."""
        others = self.sensitivity.missing if self.sensitivity is not None else ()
        imputed = [name for name in (*self.missing, *others) if name in IMPUTED]
        if imputed and self.imputation is None:
            raise ArgumentError(
                f'The plan names missing = "{imputed[0]}", and not how scores are imputed: add '
                "imputation=Imputation(...), in a study file [plan.imputation]."
            )

    def _check_primary(self) -> None:
        """Refuse a primary endpoint that the plan does not ask, or names otherwise elsewhere."""
        primary = None if self.protocol is None else self.protocol.primary
        if primary is None:
            return
        part = "model" if primary == "change" else primary
        if getattr(self, part) is None:
            raise ArgumentError(
                f'The plan has primary = "{primary}", and no section for it: add [plan.{part}].'
            )
        first = primary if self.sensitivity is None else self.sensitivity.endpoints[0]
        if first != primary:
            raise ArgumentError(
                f'The plan has primary = "{primary}" in [plan.protocol], and "{first}" first in '
                "the endpoints of [plan.sensitivity]: these must be the same."
            )

    def seeds(self) -> dict[str, int]:
        """Return the seed of every section that draws at random, by the name of the section."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        found = {name: getattr(part, "seed", None) for name, part in parts.items()}
        return {name: seed for name, seed in found.items() if seed is not None}

    def imputation_for(self, missing: Sequence[str]) -> Imputation | None:
        """Return how scores are imputed, where one of the handlings does."""
        return self.imputation if any(name in IMPUTED for name in missing) else None

    def relapse_options(self, trial: Trial) -> dict[str, Any]:
        """Return who, since when and between whom: what every estimate of relapse is given."""
        return {
            "by": "TRT01P" if trial.arms else None,
            "among": self.among,
            "origin": self.origin,
            "redose": self.redose,
            "conf_level": self.conf_level,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as the ``[plan]`` table of a study file."""
        shown = {f.name: _as_toml(getattr(self, f.name)) for f in fields(self)}
        # A section without keys still asks for its analysis; an estimand without any says nothing.
        is_empty: dict[str, Any] = {"estimand": {}}
        return {
            name: value
            for name, value in shown.items()
            if value is not None and value != is_empty.get(name)
        }

    def sentences(self) -> list[str]:
        """Return every definition of the plan as a sentence of the protocol."""
        rules = (self.response, self.remission, self.relapse, self.among)
        found = [rule.sentence(self.scale) for rule in rules if rule is not None]
        if self.imputation is not None:
            found.append(self.imputation.sentence(self.scale))
        return [*found, f"Estimand: {self.estimand.sentence()}."]


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
    if isinstance(value, tuple(SECTIONS.values())):
        part: Any = value
        shown = {f.name: _as_toml(getattr(part, f.name)) for f in fields(part)}
        tables = getattr(part, "tables", ())
        shown |= {name: dict(shown[name]) for name in tables}
        said = {name: each for name, each in shown.items() if each is not False}
        kept = {name: each for name, each in said.items() if each not in (None, [], {})}
        return {**{name: [] for name in part.needed if shown[name] == []}, **kept}
    return [_as_toml(each) for each in value] if isinstance(value, tuple) else value
