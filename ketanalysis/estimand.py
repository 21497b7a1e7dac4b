"""The estimand of ICH E9(R1): what exactly a trial estimates, in five attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ketanalysis.definition import Definition, pairs_of


@dataclass(frozen=True, repr=False, kw_only=True)
class Estimand(Definition):
    """The five attributes of ICH E9(R1); one that is not written prints "not declared".

    Parameters
    ----------
    population, treatment, endpoint, summary
        A sentence each: who, which conditions are compared, what is measured, and the measure
        that sums it up.
    intercurrent
        Event → strategy, such as ``{"rescue": "composite"}``.

    Examples
    --------
    >>> from ketanalysis import Estimand
    >>> print(Estimand(population="all randomised").sentence().split("; ")[1])
    treatment: not declared
    """

    name: ClassVar[str] = "estimand"

    population: str | None = None
    treatment: str | None = None
    endpoint: str | None = None
    intercurrent: tuple[tuple[str, str], ...] | Mapping[str, str] | None = None
    summary: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "intercurrent", pairs_of("intercurrent", self.intercurrent))

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes that were declared; intercurrent events as a table."""
        declared = self._set_fields()
        if self.intercurrent is not None:
            declared["intercurrent"] = dict(self.intercurrent)
        return declared

    def sentence(self, scale: str | None = None) -> str:
        """Return the five attributes, each declared or not."""
        pairs = dict(self.intercurrent or ()).items()
        strategies = ", ".join(f"{event} ({how})" for event, how in pairs)
        declared = {
            "population": self.population,
            "treatment": self.treatment,
            "endpoint": self.endpoint,
            "intercurrent events": strategies,
            "summary": self.summary,
        }
        return "; ".join(f"{name}: {text or 'not declared'}" for name, text in declared.items())
