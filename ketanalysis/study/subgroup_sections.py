"""Parts of a plan on subgroups, and on the remission of suicidal ideation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ketanalysis.definitions import Remission
from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.rates.handling import HANDLINGS
from ketanalysis.study.keys import as_section, check_text, texts
from ketanalysis.subgroups.definition import Subgroup

ENDPOINTS = ("response", "remission", "change")
DECLARED = ("before", "after")


@dataclass(frozen=True)
class Subgroups:
    """The effect of the treatment by subgroup, at the primary visit.

    Attributes
    ----------
    declared
        "before" or "after": whether the subgroups were declared before the data were seen.
    missing
        Handling of missing scores; "observed" for a change.
    endpoint
        "response", "remission" (the rules are the plan's) or "change".
    columns
        Columns of ADSL whose categories are subgroups.
    cuts
        `Subgroup` values: cuts of a column or of the baseline score of a scale.
    p_adjust
        Adjustment of the interaction tests; must be written for several subgroups.
    """

    needed: ClassVar[tuple[str, ...]] = ("declared", "missing", "endpoint")

    declared: str
    missing: str
    endpoint: str
    columns: tuple[str, ...] = ()
    cuts: tuple[Subgroup, ...] = ()
    p_adjust: str | None = None

    def __post_init__(self) -> None:
        check_one_of("declared", self.declared, DECLARED)
        check_one_of("missing", self.missing, tuple(HANDLINGS))
        check_one_of("endpoint", self.endpoint, ENDPOINTS)
        _keep_subgroups(self, "[plan.subgroups] cuts")
        if not self.columns and not self.cuts:
            raise ArgumentError(
                "Subgroups needs columns= (categories of ADSL) or cuts= (Subgroup values)."
            )


@dataclass(frozen=True)
class SuicidalIdeation:
    """Remission of suicidal ideation, by arm and by subgroup.

    Attributes
    ----------
    scale
        "SSI", or an item such as "MADRS_SI", which is scored from the items.
    remission
        The rule, such as at most 3 points.
    visit
        When it is looked at.
    missing
        Handling of missing scores.
    declared
        "before" or "after": whether the subgroups were declared before the data were seen;
        needed where there are any.
    columns, cuts, p_adjust
        As in `Subgroups`; without columns and cuts there are no subgroups.
    """

    needed: ClassVar[tuple[str, ...]] = ("scale", "remission", "visit", "missing")

    scale: str
    remission: Remission
    visit: str
    missing: str
    declared: str | None = None
    columns: tuple[str, ...] = ()
    cuts: tuple[Subgroup, ...] = ()
    p_adjust: str | None = None

    def __post_init__(self) -> None:
        check_text("SuicidalIdeation", scale=self.scale, visit=self.visit)
        check_one_of("missing", self.missing, tuple(HANDLINGS))
        rule: Any = self.remission  # a table, where it comes from a study file
        if not isinstance(rule, Remission):
            table = as_section(rule, "[plan.suicidality] remission")
            object.__setattr__(self, "remission", Remission.from_dict(table))
        _keep_subgroups(self, "[plan.suicidality] cuts")
        if self.declared is not None:
            check_one_of("declared", self.declared, DECLARED)
        if (self.columns or self.cuts) and self.declared is None:
            raise ArgumentError(
                'SuicidalIdeation(declared=...) must say "before" or "after": whether the '
                "subgroups were declared before the data were seen."
            )


def _keep_subgroups(part: Any, where: str) -> None:
    """Keep columns as texts and cuts as definitions; tables are read as definitions."""
    name = type(part).__name__
    columns = texts(f"{name}(columns=...)", part.columns) if part.columns else ()
    object.__setattr__(part, "columns", columns)
    if not isinstance(part.cuts, list | tuple):
        raise ArgumentError(f"{name}(cuts=...) must be a list of Subgroup values.")
    cuts = tuple(
        one if isinstance(one, Subgroup) else Subgroup.from_dict(as_section(one, where))
        for one in part.cuts
    )
    object.__setattr__(part, "cuts", cuts)
    if part.p_adjust is not None:
        check_text(name, p_adjust=part.p_adjust)
