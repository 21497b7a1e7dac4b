"""The trial: a frozen container of checked tables in CDISC columns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.frames import to_polars

if TYPE_CHECKING:
    from ketanalysis.contracts.findings import CheckReport

TABLES = ("adsl", "adqs", "adqsitem", "adex", "adae", "adice", "adcm", "advs")
BESIDE = ("visit_hours", "report")  # what does not make two trials different


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Trial:
    """The tables of one trial, checked, with its arms and visits in order.

    Attributes
    ----------
    adsl
        One row a subject: USUBJID, TRT01P (an Enum in the order of `arms`; absent in a
        single-arm study), any covariates.
    adqs
        One row a subject, scale and visit: USUBJID, PARAMCD, AVISIT (an Enum in the order
        of `visits`), AVISITN, AFRLT (hours since the start of the first infusion, null
        where unknown), AVAL, ABLFL ("Y" on the baseline row).
    adqsitem
        One row an item answer: USUBJID, PARAMCD, AVISIT, QSTESTCD (the item's number), AVAL; or
        None.
    adex, adae, adice, adcm
        Infusions, adverse events, intercurrent events, concomitant treatments, or None.
    advs
        Vital signs in and after infusions, or None.
    arms
        Planned arms in order, the reference first; empty in a single-arm study.
    visits
        Visits in order.
    visit_hours
        Their planned hours since the start of the first infusion, where they were declared,
        one a visit; else empty. The times at which scores were taken stand in AFRLT.
    subjects_given
        False where `adsl` was made from the scores, so that a subject without any score
        cannot be counted.
    label
        The name that reports print.
    simulated
        True where the data were made by code.
    notes
        What was done on the way in: one sentence each.
    """

    adsl: pl.DataFrame
    adqs: pl.DataFrame
    adqsitem: pl.DataFrame | None = None
    adex: pl.DataFrame | None = None
    adae: pl.DataFrame | None = None
    adice: pl.DataFrame | None = None
    adcm: pl.DataFrame | None = None
    advs: pl.DataFrame | None = None
    arms: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    visit_hours: tuple[float, ...] = ()
    subjects_given: bool = False
    label: str = "trial"
    simulated: bool = False
    notes: tuple[str, ...] = ()
    report: CheckReport | None = None

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales that have scores, in order of first appearance."""
        return tuple(self.adqs["PARAMCD"].unique(maintain_order=True).cast(pl.String))

    @property
    def n_subjects(self) -> int:
        """Subjects in the trial, with or without scores."""
        return self.adsl.height

    def scores(self, scale: str) -> pl.DataFrame:
        """Return the rows of `adqs` of one scale, or say which scales there are."""
        if scale not in self.scales:
            raise ArgumentError(
                f"The trial has no scores of {scale!r}; it has {listed(self.scales)}."
                f"{near_miss(scale, self.scales)}"
            )
        return self.adqs.filter(pl.col("PARAMCD") == scale)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables that the trial holds, by name."""
        held = {name: getattr(self, name) for name in TABLES}
        return {name: frame for name, frame in held.items() if frame is not None}

    def with_(self, **changes: object) -> Trial:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def equals(self, other: object) -> bool:
        """Whether two trials hold the same tables and the same description.

        Planned hours are not compared: tables that were written and read again lack them.
        """
        if not isinstance(other, Trial):
            return False
        if self.tables().keys() != other.tables().keys():
            return False
        same_tables = all(
            frame.schema == other.tables()[name].schema and frame.equals(other.tables()[name])
            for name, frame in self.tables().items()
        )
        plain = [f.name for f in fields(self) if f.name not in (*TABLES, *BESIDE)]
        return same_tables and all(getattr(self, n) == getattr(other, n) for n in plain)

    def summary(self) -> str:
        """Return what the trial holds, as console text."""
        arms = f"{len(self.arms)} arms ({', '.join(self.arms)})" if self.arms else "one arm"
        lines = [
            f"{self.label}: {self.n_subjects} subjects, {arms}"
            + (", SIMULATED" if self.simulated else ""),
            f"  scales: {', '.join(self.scales)}",
            f"  visits: {', '.join(self.visits)}",
            "  tables: "
            + ", ".join(f"{name} ({frame.height} rows)" for name, frame in self.tables().items()),
        ]
        warnings = self.report.warnings.height if self.report is not None else 0
        found = [f"  warnings: {warnings} (see check_trial)"] if warnings else []
        return "\n".join([*lines, *found, *(f"  note: {note}" for note in self.notes)])

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()


def arms_of(data: Any) -> tuple[str, ...]:
    """Return the arms of a trial, or of a frame with TRT01P in their order; none without it."""
    if isinstance(data, Trial):
        return data.arms
    frame = to_polars(data, what="data")
    if "TRT01P" not in frame.columns:
        return ()
    return tuple(map(str, frame["TRT01P"].drop_nulls().unique().sort()))
