"""Pairs by subject, never by the order of rows: who has a score at every occasion, and who not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.groups.comparison_data import COUNTS, SPREAD, spread_of
from ketanalysis.groups.two_samples import Floats

PAIRED, ELSEWHERE = "compared", "only at other occasions"


@dataclass(frozen=True)
class Matched:
    """One outcome, a row a subject.

    Attributes
    ----------
    name, levels
        The outcome; the occasions, the reference first.
    subjects
        One row a subject: the subject column, ``reason`` (null: compared).
    scores
        Complete scores in points, shape ``(n, k)``, in order of the scores.
    n_seen
        Subjects with a score at each occasion, complete or not, shape ``(k,)``.
    """

    name: str
    levels: tuple[str, ...]
    subjects: pl.DataFrame
    scores: Floats
    n_seen: tuple[int, ...]

    @property
    def n_missing(self) -> int:
        """Subjects who take part and lack a score at one occasion at least."""
        return int(self.subjects["reason"].str.starts_with("no value").sum())


def check_subject_column(given: pl.DataFrame, subject: str) -> None:
    """Refuse a frame without subject ids: pairs are made by them and by nothing else."""
    if subject not in given.columns:
        raise ArgumentError(
            f"subject must name the column of the subject ids, by which scores are paired; the "
            f"frame has no {subject!r}, it has {listed(given.columns)}."
            f"{near_miss(subject, given.columns)}"
        )
    if given[subject].null_count():
        raise ContractError(
            f"{subject} must not be missing, but {given[subject].null_count()} rows have none."
        )


def check_one_row(compared: pl.DataFrame, subject: str, within: str) -> None:
    """Refuse a subject with several rows at an occasion, by name."""
    rows = compared.group_by("subject", "group").len().filter(pl.col("len") > 1)
    if rows.height:
        named = (
            f"{who} at {at} ({count} rows)"
            for who, at, count in rows.sort("subject", "group").iter_rows()
        )
        raise ContractError(
            f"A subject must have one row an occasion, but several have more: {listed(named)}.\n"
            f"  Occasions are those of {within}, subjects those of {subject}: keep one scale and "
            "one row each before the comparison."
        )


def keep_occasions(
    entry: pl.DataFrame, column: pl.Series, within: str, occasions: Sequence[object] | None
) -> pl.DataFrame:
    """Return the entry with a reason for the rows of occasions that were not named."""
    if occasions is None:
        return entry
    held = column.drop_nulls().unique().sort().cast(pl.String).to_list()
    named = [str(name) for name in occasions]
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        asked = pl.Series(list(occasions)).cast(column.dtype, strict=False)
        named = asked.cast(pl.String).to_list()
    for name, as_given in zip(named, occasions, strict=True):
        if name not in held:
            raise ArgumentError(
                f"occasions must be among those of {within}: {listed(held)}; not {as_given!r}."
                f"{near_miss(as_given, held)}"
            )
    elsewhere = pl.when(~pl.col("group").is_in(named)).then(pl.lit(ELSEWHERE))
    return entry.with_columns(reason=pl.coalesce("reason", elsewhere))


def matched(rows: pl.DataFrame, name: str, levels: tuple[str, ...]) -> Matched:
    """Return the scores of an outcome by subject.

    `rows` has ``subject``, ``group`` (the occasion), ``value`` and ``reason`` (why the row is
    out before its value is looked at; null: it is in).
    """
    entered = rows.filter(pl.col("reason").is_null())
    subjects = rows.group_by("subject", maintain_order=True).agg(
        why=pl.col("reason").drop_nulls().first(), is_in=pl.col("reason").is_null().any()
    )
    for at, level in enumerate(levels):
        own = entered.filter(pl.col("group") == level).select(
            "subject", pl.col("value").alias(str(at))
        )
        subjects = subjects.join(own, on="subject", how="left", maintain_order="left")
    codes = [str(at) for at in range(len(levels))]
    subjects = subjects.with_columns(reason=_reason(levels))
    complete = subjects.filter(pl.col("reason").is_null()).select(codes).sort(codes)
    taking_part = subjects.filter("is_in")
    return Matched(
        name=name,
        levels=levels,
        subjects=subjects.select("subject", "reason").sort("subject"),
        scores=complete.to_numpy().astype(np.float64),
        n_seen=tuple(int(taking_part[code].is_not_null().sum()) for code in codes),
    )


def _reason(levels: Sequence[str]) -> pl.Expr:
    """Return why a subject is no pair: never entered, or which occasions have no value."""
    lacking = pl.concat_str(
        [pl.when(pl.col(str(at)).is_null()).then(pl.lit(level)) for at, level in enumerate(levels)],
        separator=", ",
        ignore_nulls=True,
    )
    no_value = pl.when(lacking != "").then(pl.lit("no value at ") + lacking)
    return pl.when("is_in").then(no_value).otherwise("why")


def unpaired_frame(found: Sequence[Matched], subject: str) -> pl.DataFrame:
    """Return who was not compared, by name: the subject, the outcome, the reason."""
    return pl.concat(
        one.subjects.filter(pl.col("reason").is_not_null()).select(
            pl.col("subject").alias(subject), pl.lit(one.name).alias("outcome"), "reason"
        )
        for one in found
    )


def paired_audit(found: Sequence[Matched]) -> pl.DataFrame:
    """Return how many subjects were compared and how many not, by outcome and reason."""
    excluded = pl.col("reason").is_not_null()
    status = pl.when(excluded).then(pl.lit("excluded")).otherwise(pl.lit("included"))
    pieces = [
        one.subjects.with_columns(status=status, reason=pl.col("reason").fill_null(PAIRED))
        .group_by("status", "reason")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("status", "reason", descending=[True, False])
        .select(pl.lit(one.name).alias("outcome"), "status", "reason", "count")
        for one in found
    ]
    return pl.concat(pieces)


def occasions_frame(found: Sequence[Matched]) -> pl.DataFrame:
    """Return one row an outcome and occasion: the complete subjects, and how many lack a score."""
    rows = [
        {
            "outcome": one.name,
            "group": level,
            "n": one.scores.shape[0],
            "n_missing": one.subjects.height - _outside(one) - one.n_seen[at],
            **spread_of(np.sort(one.scores[:, at])),
        }
        for one in found
        for at, level in enumerate(one.levels)
    ]
    return pl.DataFrame(rows, schema={**COUNTS, **dict.fromkeys(SPREAD, pl.Float64)})


def _outside(one: Matched) -> int:
    """Return how many subjects never entered."""
    reason = one.subjects["reason"]
    return int((reason.is_not_null() & ~reason.str.starts_with("no value at ")).sum())


def pairs_frame(found: Sequence[Matched]) -> pl.DataFrame:
    """Return the scores compared: outcome, pair (a running number, no id), group, value."""
    names, levels = [one.name for one in found], found[0].levels
    schema: Mapping[str, Any] = {
        "outcome": pl.Enum(names),
        "pair": pl.Int64,
        "group": pl.Enum(levels),
        "value": pl.Float64,
    }
    rows = [
        (one.name, pair, level, float(one.scores[pair - 1, at]))
        for one in found
        for at, level in enumerate(levels)
        for pair in range(1, one.scores.shape[0] + 1)
    ]
    return pl.DataFrame(rows, schema=dict(schema), orient="row")
