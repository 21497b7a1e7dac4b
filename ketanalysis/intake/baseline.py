"""Which score is the baseline: a column beside, a named visit, a flag, or the clock."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.intake.clock import Schedule
from ketanalysis.intake.shaping import ROW, Codes, as_numbers, label_of, require_columns

BASELINE = "Baseline"
BY_CLOCK = "Baseline is the last score at or before the start of the first infusion, by the clock."
NONE = "No score is marked as baseline: baseline=, baseline_visit= or a clock would say which is."

Flagged = tuple[pl.DataFrame, Schedule, tuple[str, ...]]


def with_baseline(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    schedule: Schedule,
    baseline: Mapping[str, str] | None,
    baseline_visit: object | None,
    *,
    clock: str | None,
    missing_codes: Codes,
) -> Flagged:
    """Flag the baseline rows (ABLFL = "Y") in the one way that was declared, or by the clock."""
    if baseline is not None and baseline_visit is not None:
        raise ArgumentError("Give baseline= or baseline_visit=, not both.")
    if baseline is not None:
        return _from_columns(frame, rows, schedule, baseline, missing_codes)
    if baseline_visit is not None:
        return _at_visit(rows, schedule, label_of(baseline_visit))
    if "ABLFL" in rows.columns:
        return _by_flag(rows, schedule)
    return _by_clock(rows, schedule, clock)


def one_each(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return each subject's first row with a value, or name the subjects whose rows disagree."""
    given = frame.filter(pl.col(column).is_not_null())
    twice = given.select("USUBJID", column).unique().filter(pl.col("USUBJID").is_duplicated())
    subjects = twice["USUBJID"].unique().sort()
    if len(subjects):
        raise ContractError(
            f"{column} must be the same in all rows of a subject; it is not in {len(subjects)} "
            f"({listed(subjects, 3)})."
        )
    return given.unique("USUBJID", keep="first", maintain_order=True)


def _at_visit(rows: pl.DataFrame, schedule: Schedule, visit: str) -> Flagged:
    if visit not in schedule.labels:
        raise ArgumentError(
            f"baseline_visit must be one of the visits {listed(map(repr, schedule.labels), 20)}, "
            f"not {visit!r}.{near_miss(visit, schedule.labels)}"
        )
    return _flagged(rows, pl.col("AVISIT") == visit), schedule, ()


def _by_flag(rows: pl.DataFrame, schedule: Schedule) -> Flagged:
    flag = pl.col("ABLFL").cast(pl.String).str.strip_chars()
    odd = rows.select(flag.filter(~flag.is_in(["Y", "N", ""])).unique().sort()).to_series()
    if len(odd):
        raise ContractError(
            f"ABLFL must be Y on the baseline row and empty or N on others, not "
            f"{listed(map(repr, odd))}."
        )
    return _flagged(rows, flag == "Y"), schedule, ()


def _by_clock(rows: pl.DataFrame, schedule: Schedule, clock: str | None) -> Flagged:
    is_scored = pl.col("AVAL").is_not_null()
    if clock in ("day", "study_day") and rows.filter(is_scored & (pl.col("AFRLT") == 0)).height:
        raise ArgumentError(
            f"{clock}= cannot tell whether a score of the first infusion's day was taken before "
            "it.\n  Name the baseline: baseline_visit= or baseline=; or give hours."
        )
    before = is_scored & (pl.col("AFRLT") <= 0)
    last = pl.col("AFRLT").filter(before).max().over("USUBJID", "PARAMCD")
    rows = _flagged(rows, before & (pl.col("AFRLT") == last))
    return rows, schedule, (BY_CLOCK if rows["ABLFL"].is_not_null().any() else NONE,)


def _flagged(rows: pl.DataFrame, is_baseline: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(
        pl.when(is_baseline & pl.col("AVAL").is_not_null()).then(pl.lit("Y")).alias("ABLFL")
    )


def _from_columns(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    schedule: Schedule,
    baseline: Mapping[str, str],
    missing_codes: Codes,
) -> Flagged:
    if BASELINE in schedule.labels:
        raise ArgumentError(
            f"baseline= makes a visit {BASELINE!r}, which the visits already have; name it as "
            "baseline_visit= instead."
        )
    require_columns(frame, "baseline", baseline.values())
    scales = rows["PARAMCD"].unique().sort()
    for scale in baseline:
        if scale not in scales:
            raise ArgumentError(
                f"baseline must name scales that have scores: {listed(scales)}; not {scale!r}."
                f"{near_miss(scale, scales)}"
            )
    values = as_numbers(frame, baseline.values(), missing_codes)
    pieces = [
        _baseline_rows(frame, scale, column, values[column]) for scale, column in baseline.items()
    ]
    rows = rows.with_columns(pl.lit(None, pl.String).alias("ABLFL"))
    whole = pl.concat([*pieces, rows.select(pieces[0].columns)])
    note = f"Baseline of {listed(baseline)} comes from the column {listed(baseline.values())}."
    return whole, Schedule((BASELINE, *schedule.labels)), (note,)


def _baseline_rows(frame: pl.DataFrame, scale: str, column: str, values: pl.Series) -> pl.DataFrame:
    each = one_each(frame.select("USUBJID", ROW, values.alias(column)), column)
    return each.select(
        "USUBJID",
        ROW,
        pl.lit(BASELINE).alias("AVISIT"),
        pl.lit(None, dtype=pl.Float64).alias("AFRLT"),
        pl.lit(scale).alias("PARAMCD"),
        pl.col(column).alias("AVAL"),
        pl.lit("Y").alias("ABLFL"),
    )
