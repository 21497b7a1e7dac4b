"""The rows of one group on the conduct of its infusions, measure by measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.comparison import SLACK
from ketanalysis.infusions.conduct_rows import (
    INFUSIONS,
    counts_of,
    not_recorded,
    numbers_of_infusions,
    numbers_of_subjects,
    share_of_infusions,
    share_of_subjects,
)
from ketanalysis.infusions.dosing import MG, STEPS

STOPPED, SHORTER, STEP = "stopped early or changed", "shorter than planned", "dose, step"
EVER = "stopped early or changed, ever"
GIVEN, COMPLETE, LAST = "given", "all planned infusions", "last infusion"


@dataclass(frozen=True)
class Plan:
    """What was planned: infusions a subject, minutes an infusion; None where not declared."""

    planned: int | None
    minutes: float | None

    def last(self, infusions: pl.DataFrame) -> int:
        """Return the highest number of infusion that is spoken of."""
        most = infusions["EXSEQ"].max()
        return max(self.planned or 0, most if isinstance(most, int) else 0)


@dataclass(frozen=True)
class Held:
    """Which columns the infusions have; a measure without its column is not recorded."""

    columns: frozenset[str]
    has_planned_dose: bool
    has_weight: bool

    @classmethod
    def of(
        cls,
        infusions: pl.DataFrame,
        planned_dose: float | Mapping[str, float] | None,
        weight: str | None,
    ) -> Held:
        """Return what the infusions hold."""
        return cls(frozenset(infusions.columns), planned_dose is not None, weight is not None)


@dataclass(frozen=True, eq=False)
class Group:
    """The infusions of one group.

    Attributes
    ----------
    infusions
        As `ketanalysis.infusions.dosing.dosed` returns them.
    n
        Subjects of the group, infused or not.
    last
        One row a subject: USUBJID, last, why.
    """

    infusions: pl.DataFrame
    n: int
    last: pl.DataFrame
    plan: Plan
    held: Held
    ci: str
    conf_level: float

    def number(self, k: int) -> pl.DataFrame:
        """Return the infusions with that number."""
        return self.infusions.filter(pl.col("EXSEQ") == k)

    def of_infusions(
        self, measure: str, column: str, part: pl.DataFrame | None = None, **where: Any
    ) -> dict[str, Any]:
        """Return the summary of a column over infusions."""
        rows = self.infusions if part is None else part
        values, subject = rows[column].to_numpy(), rows["subject"].to_numpy()
        return numbers_of_infusions(measure, values, subject, self.conf_level, **where)

    def of_subjects(self, measure: str, totals: pl.Series, **where: Any) -> dict[str, Any]:
        """Return the summary of a number over subjects."""
        values = totals.cast(pl.Float64).to_numpy()
        return numbers_of_subjects(measure, values, self.conf_level, **where)


def rows_of(group: Group, last: int) -> Iterator[dict[str, Any]]:
    """Yield all rows of a group; `last` is the highest number of infusion spoken of."""
    yield from _given(group, last)
    yield from _stopped(group, last)
    yield from _lengths(group, last)
    yield from _doses(group, last)
    yield from _apart(group, last)
    yield from _ended(group, last)


def _given(group: Group, last: int) -> Iterator[dict[str, Any]]:
    for k in range(1, last + 1):
        count = group.number(k).height
        yield share_of_subjects(GIVEN, count, group.n, group.ci, group.conf_level, infusion=str(k))
    counts = group.infusions.group_by("subject").agg(pl.len().alias("given")).sort("subject")
    row = group.of_subjects("infusions a subject", counts["given"])
    yield row | {"n_infusions": group.infusions.height}
    planned = group.plan.planned
    if planned is None:
        yield not_recorded(COMPLETE, "the planned number is not declared (planned=)")
        return
    complete = counts.filter(pl.col("given") >= planned).height
    yield share_of_subjects(COMPLETE, complete, group.n, group.ci, group.conf_level)
    never = pl.Series("given", [0] * (group.n - counts.height), dtype=pl.Int64)
    shares = pl.concat([counts["given"].cast(pl.Int64), never]) / planned
    yield group.of_subjects("share of planned infusions", shares)


def _stopped(group: Group, last: int) -> Iterator[dict[str, Any]]:
    if "EXADJ" not in group.held.columns:
        yield not_recorded(STOPPED, "there is no column EXADJ")
        return
    rows = group.infusions.with_columns(met=pl.col("reason").is_not_null())
    for k in range(1, last + 1):
        own = rows.filter(pl.col("EXSEQ") == k)
        where = {"infusion": str(k)}
        count = int(own["met"].sum())
        yield share_of_subjects(STOPPED, count, own.height, group.ci, group.conf_level, **where)
        yield from counts_of(own["reason"], STOPPED, own.height, n=own.height, **where)
    ever = rows.group_by("subject").agg(pl.col("met").any())
    yield share_of_subjects(EVER, int(ever["met"].sum()), ever.height, group.ci, group.conf_level)
    met, subject = rows["met"].to_numpy(), rows["subject"].to_numpy()
    yield share_of_infusions(STOPPED, met, subject, group.conf_level)
    n, total = ever.height, rows.height
    yield from counts_of(rows["reason"], STOPPED, total, basis=INFUSIONS, n=n, n_infusions=total)


def _lengths(group: Group, last: int) -> Iterator[dict[str, Any]]:
    if "EXDUR" not in group.held.columns:
        yield not_recorded("length", "there is no column EXDUR")
        return
    for k in range(1, last + 1):
        part = group.number(k)
        yield group.of_infusions("length", "length", part, infusion=str(k), unit="minutes")
    yield group.of_infusions("length", "length", unit="minutes")
    yield group.of_subjects("total length", _totals(group, "length"), unit="minutes")
    if group.plan.minutes is None:
        yield not_recorded(SHORTER, "the planned length is not declared (planned_minutes=)")
        return
    known = group.infusions.drop_nulls("length")
    is_short = known["length"] < group.plan.minutes * (1 - SLACK)
    short = share_of_infusions(
        SHORTER, is_short.to_numpy(), known["subject"].to_numpy(), group.conf_level
    )
    yield short | {"n_missing": group.infusions.height - known.height}
    if "EXADJ" in group.held.columns:
        reasons = known.filter(is_short)["reason"].fill_null("no reason recorded")
        n, total = short["n"], known.height
        yield from counts_of(reasons, SHORTER, total, basis=INFUSIONS, n=n, n_infusions=total)
    yield group.of_infusions("length, share of plan", "length_share")


def _doses(group: Group, last: int) -> Iterator[dict[str, Any]]:
    if "EXDOSE" not in group.held.columns:
        yield not_recorded("dose", "there is no column EXDOSE")
        return
    units = group.infusions["dose_unit"].drop_nulls().unique().sort().to_list()
    for unit in units or [None]:
        own = group.infusions.filter(pl.col("dose_unit").eq_missing(pl.lit(unit, dtype=pl.String)))
        where = {"unit": unit or "no unit recorded"}
        for k in range(1, last + 1):
            part = own.filter(pl.col("EXSEQ") == k)
            yield group.of_infusions("dose", "dose", part, infusion=str(k), **where)
        yield group.of_infusions("dose", "dose", own, **where)
        if len(units) == 1:
            yield group.of_subjects("total dose", _totals(group, "dose"), **where)
    if group.held.has_planned_dose:
        yield group.of_infusions("dose, share of plan", "dose_share")
    yield from _milligrams(group)
    later = group.infusions.drop_nulls("step")
    n, total = later["subject"].n_unique(), later.height
    yield from counts_of(later["step"], STEP, total, STEPS, basis=INFUSIONS, n=n, n_infusions=total)


def _milligrams(group: Group) -> Iterator[dict[str, Any]]:
    if group.infusions["dose_mg"].null_count() == group.infusions.height:
        why = "no weight (weight=)" if not group.held.has_weight else "no dose in mg or mg/kg"
        yield not_recorded("dose in mg", why)
        return
    yield group.of_infusions("dose in mg", "dose_mg", unit=MG)
    yield group.of_subjects("total dose in mg", _totals(group, "dose_mg"), unit=MG)


def _apart(group: Group, last: int) -> Iterator[dict[str, Any]]:
    measure = "days since the infusion before"
    if "AFRLT" not in group.held.columns:
        yield not_recorded(measure, "there is no column AFRLT")
        return
    later = group.infusions.filter(pl.col("step").is_not_null())
    for k in range(2, last + 1):
        part = later.filter(pl.col("EXSEQ") == k)
        yield group.of_infusions(measure, "days", part, infusion=str(k), unit="days")
    yield group.of_infusions(measure, "days", later, unit="days")
    start = pl.col("AFRLT").cast(pl.Float64)
    spans = (
        group.infusions.sort("EXSEQ")
        .group_by("subject", maintain_order=True)
        .agg(days=(start.last() - start.first()) / 24)
    )
    yield group.of_subjects("days from first to last", spans.sort("subject")["days"], unit="days")


def _ended(group: Group, last: int) -> Iterator[dict[str, Any]]:
    """Say who had their last infusion before the last that is spoken of, and why."""
    for k in range(1, last):
        own = group.last.filter(pl.col("last") == k)
        where = {"infusion": str(k)}
        yield share_of_subjects(LAST, own.height, group.n, group.ci, group.conf_level, **where)
        yield from counts_of(own["why"], LAST, group.n, n=group.n, **where)


def _totals(group: Group, column: str) -> pl.Series:
    """Return the sum of each subject's infusions, NaN where one of them is not known."""
    is_whole = pl.col(column).null_count() == 0
    totals = group.infusions.group_by("subject").agg(
        pl.when(is_whole).then(pl.col(column).sort().sum()).alias("total")
    )
    return totals.sort("subject")["total"].fill_null(np.nan)
