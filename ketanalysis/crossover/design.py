"""The scores of a crossover: one row a subject and period, with the treatment of that period."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, EstimationError, listed, near_miss
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.trial import Trial

SPLIT = re.compile(r"\s*(?:[-–/,>;]|\bthen\b)+\s*")


@dataclass(frozen=True, eq=False)
class Crossover:
    """The scores of a crossover.

    Attributes
    ----------
    rows
        One row a subject and period with a score: subject, sequence, period (text, an Enum in
        order), treatment (an Enum, the reference first), previous (treatment of the period
        before, null in the first), value.
    sequences
        Sequence → its treatments in order.
    treatments
        The reference first.
    """

    rows: pl.DataFrame
    sequences: dict[str, tuple[str, ...]]
    treatments: tuple[str, ...]
    audit: pl.DataFrame
    simulated: bool
    from_pandas: bool

    @property
    def is_two_by_two(self) -> bool:
        """Whether the design is AB/BA: two treatments, two periods, two sequences."""
        orders = list(self.sequences.values())
        return len(orders) == 2 and len(orders[0]) == 2 and orders[0] == orders[1][::-1]


def read_crossover(
    data: Any,
    value: str,
    *,
    visit: str | None,
    subject: str,
    sequence: str,
    period: str,
    reference: str,
    sequences: Mapping[str, Sequence[str]] | None,
) -> Crossover:
    """Return the scores of a crossover, of a trial or of a frame with one row a period."""
    frame = _frame(data, value, visit, (subject, sequence, period))
    frame = frame.with_columns(
        id_text(frame[subject], subject).alias("subject"),
        pl.col(sequence).cast(pl.String).alias("sequence"),
        pl.col("the value").cast(pl.Float64).fill_nan(None).alias("value"),
    )
    frame = frame.filter(pl.col("sequence").is_not_null() & pl.col(period).is_not_null())
    periods = [str(p) for p in frame[period].unique().sort().to_list()]
    if len(periods) < 2:
        raise ArgumentError(
            f"A crossover has two periods or more; {period} holds {listed(periods) or 'none'}."
        )
    rows = frame.with_columns(pl.col(period).cast(pl.String).cast(pl.Enum(periods)).alias("period"))
    _check_constant(rows, sequence)
    orders = _orders(rows["sequence"], len(periods), sequences)
    treatments = _treatments(orders, reference)
    rows = _with_treatment(rows, orders, treatments)
    used = rows.drop_nulls("value")
    if used.is_empty():
        raise EstimationError(f"No subject has a score of {value}.")
    return Crossover(
        rows=used.sort("subject", "period"),
        sequences=orders,
        treatments=treatments,
        audit=_audit(rows, used, len(periods)),
        simulated=isinstance(data, Trial) and data.simulated,
        from_pandas=is_pandas(data),
    )


def _frame(data: Any, value: str, visit: str | None, needed: tuple[str, ...]) -> pl.DataFrame:
    if isinstance(data, Trial):
        _, sequence, period = needed
        scores = data.scores(value).with_columns(pl.col("AVAL").alias("the value"))
        if period not in scores.columns:
            raise ArgumentError(f"ADQS needs the column {period}, the period of each score.")
        if sequence not in data.adsl.columns:
            raise ArgumentError(f"ADSL needs the column {sequence}, the sequence of treatments.")
        frame = scores.join(data.adsl.select("USUBJID", sequence), on="USUBJID", how="left")
        if visit is None:
            raise ArgumentError("visit= must be written for a trial: which visit of each period.")
        frame = frame.filter(pl.col("AVISIT").cast(pl.String) == visit)
        if frame.is_empty():
            raise ArgumentError(
                f"{value} was not scored at {visit!r}; visits are {listed(data.visits, 20)}."
            )
        return frame
    frame = to_polars(data, "data")
    for column in (*needed, value):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    return frame.with_columns(pl.col(value).alias("the value"))


def _check_constant(rows: pl.DataFrame, sequence: str) -> None:
    several = (
        rows.group_by("subject").agg(pl.col("sequence").n_unique()).filter(pl.col("sequence") > 1)
    )
    if several.height:
        raise ContractError(
            f"{sequence} must be the same in all rows of a subject; it is not in {several.height} "
            f"({listed(several['subject'].sort(), 3)})."
        )
    twice = rows.filter(pl.struct("subject", "period").is_duplicated())
    if twice.height:
        one = twice.sort("subject", "period").row(0, named=True)
        raise ContractError(
            f"A subject can have one score a period; {twice.height} rows share theirs, first "
            f"subject {one['subject']} in period {one['period']}. Keep the visit that counts."
        )


def _orders(
    column: pl.Series, n: int, given: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[str, ...]]:
    """Return the treatments of each sequence: as declared, or as its name says."""
    found = {}
    for name in column.unique().sort().to_list():
        if given is not None:
            if name not in given:
                raise ArgumentError(
                    f"sequences must name every sequence, and has none for {name!r}; it names "
                    f"{listed(map(repr, given))}."
                )
            parts = [str(part) for part in given[name]]
        else:
            parts = [part for part in SPLIT.split(name.strip()) if part]
            parts = list(name.strip()) if len(parts) == 1 and len(name.strip()) == n else parts
        if len(parts) != n:
            raise ArgumentError(
                f"The sequence {name!r} must say the treatment of each of {n} periods, as 'AB' or "
                f"'placebo-ketamine' do; it says {listed(map(repr, parts))}. Or declare it: "
                f'sequences={{"{name}": ["...", "..."]}}.'
            )
        found[name] = tuple(parts)
    return found


def _treatments(orders: Mapping[str, Sequence[str]], reference: str) -> tuple[str, ...]:
    held = sorted({part for parts in orders.values() for part in parts})
    if reference not in held:
        raise ArgumentError(
            f"reference must be one of the treatments {listed(map(repr, held))}, not "
            f"{reference!r}.{near_miss(reference, held)}"
        )
    if len(held) < 2:
        raise ArgumentError(f"A crossover compares treatments, and there is one: {held[0]!r}.")
    return (reference, *(name for name in held if name != reference))


def _with_treatment(
    rows: pl.DataFrame, orders: Mapping[str, tuple[str, ...]], treatments: tuple[str, ...]
) -> pl.DataFrame:
    kind = pl.Enum(treatments)
    place = rows["period"].to_physical().to_list()
    names = rows["sequence"].to_list()
    own = [orders[name][k] for name, k in zip(names, place, strict=True)]
    last = [orders[name][k - 1] if k else None for name, k in zip(names, place, strict=True)]
    return rows.with_columns(
        pl.Series("treatment", own, dtype=kind), pl.Series("previous", last, dtype=kind)
    )


def _audit(rows: pl.DataFrame, used: pl.DataFrame, n: int) -> pl.DataFrame:
    per = used.group_by("subject").len()["len"]
    everybody = rows["subject"].n_unique()
    found = [("included", f"scores in all {n} periods", int((per == n).sum()))]
    some = int((per < n).sum())
    found += [("included", "scores in some periods only", some)] if some else []
    none = everybody - len(per)
    found += [("excluded", "no score", none)] if none else []
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row")
