"""How long, or at how many infusions, each subject was at risk of an event."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ketanalysis.adverse_events.records import Records
from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.trial import Trial

INFUSION = "infusion"
HOURS = {"patient-week": 168.0, "patient-month": 730.5, "patient-year": 8766.0}
PERS = (INFUSION, *HOURS)
LAST_INFUSION, LAST_RECORD = "last infusion", "last record"
CLOCKED = ("adqs", "adex", "adae", "advs", "adice")


@dataclass(frozen=True, eq=False)
class AtRisk:
    """Who is at risk for how long.

    Attributes
    ----------
    subjects
        One row an exposed subject: USUBJID, by-columns, ``exposure`` (infusions, or hours).
    unit
        What a rate is per.
    per_unit
        Infusions, or hours, in one unit.
    sentence
        How exposure was counted.
    """

    subjects: pl.DataFrame
    unit: str
    per_unit: float
    sentence: str


def at_risk(trial: Trial, records: Records, per: str, follow_up: str | None) -> AtRisk:
    """Return the exposure of each exposed subject up to the end of follow-up."""
    check_one_of("per", per, PERS)
    if per == INFUSION:
        return _infusions(trial, records)
    if follow_up is None:
        raise ArgumentError(
            f"follow_up= must say until when events were asked for: {LAST_INFUSION!r}, "
            f"{LAST_RECORD!r}, or a column of ADSL with the days since the first infusion."
        )
    ends, sentence = _ends(trial, follow_up)
    whole = records.exposed.join(ends, on="USUBJID", how="left")
    hours = pl.col("end").fill_null(0.0).clip(lower_bound=0.0).alias("exposure")
    told = f"Time at risk: from the start of the first infusion to {sentence}."
    return AtRisk(whole.with_columns(hours).drop("end"), per, HOURS[per], told)


def _infusions(trial: Trial, records: Records) -> AtRisk:
    given = numbered_infusions(trial)
    counts = given.group_by("USUBJID").agg(pl.len().cast(pl.Float64).alias("exposure"))
    whole = records.exposed.join(counts, on="USUBJID", how="left")
    return AtRisk(
        whole.with_columns(pl.col("exposure").fill_null(0.0)),
        INFUSION,
        1.0,
        "Exposure: infusions given (ADEX).",
    )


def numbered_infusions(trial: Trial) -> pl.DataFrame:
    """Return one row an infusion: USUBJID, EXSEQ (whole number), ``start`` (hours, or null)."""
    if trial.adex is None or "EXSEQ" not in trial.adex.columns:
        raise ArgumentError(
            "What is counted by infusion needs the infusions: as_trial(..., infusions=), with "
            "EXSEQ."
        )
    held = trial.adex
    start = (
        pl.col("AFRLT").cast(pl.Float64) if "AFRLT" in held.columns else pl.lit(None, pl.Float64)
    )
    given = held.select("USUBJID", pl.col("EXSEQ").cast(pl.Int64), start=start).drop_nulls("EXSEQ")
    twice = given.filter(pl.struct("USUBJID", "EXSEQ").is_duplicated())
    if twice.height:
        first = twice.row(0, named=True)
        raise ContractError(
            f"ADEX must have one row for each subject and infusion; {twice.height} rows share "
            f"theirs, first subject {first['USUBJID']}, infusion {first['EXSEQ']}. Keep the right "
            "row, or number the infusions."
        )
    return given.sort("USUBJID", "EXSEQ")


def _ends(trial: Trial, follow_up: str) -> tuple[pl.DataFrame, str]:
    """Return USUBJID and ``end`` in hours since the start of the first infusion."""
    if follow_up == LAST_INFUSION:
        last = numbered_infusions(trial).group_by("USUBJID").agg(pl.col("start").max().alias("end"))
        return last, "the start of the last infusion"
    if follow_up == LAST_RECORD:
        return _last_records(trial), f"the last record with a time ({_clocked_words(trial)})"
    if follow_up not in trial.adsl.columns:
        raise ArgumentError(
            f"follow_up must be {LAST_INFUSION!r}, {LAST_RECORD!r} or a column of ADSL, not "
            f"{follow_up!r}.{near_miss(follow_up, trial.adsl.columns)}"
        )
    if not trial.adsl[follow_up].dtype.is_numeric():
        raise ArgumentError(
            f"follow_up={follow_up!r} must hold days since the first infusion as numbers, not "
            f"{trial.adsl[follow_up].dtype}."
        )
    days = trial.adsl.select("USUBJID", end=pl.col(follow_up).cast(pl.Float64) * 24)
    return days, f"the day in {follow_up}"


def _last_records(trial: Trial) -> pl.DataFrame:
    parts = [
        frame.select("USUBJID", end=pl.col("AFRLT").cast(pl.Float64))
        for name, frame in trial.tables().items()
        if name in CLOCKED and "AFRLT" in frame.columns
    ]
    if not parts:
        raise ArgumentError(
            f"follow_up={LAST_RECORD!r} needs AFRLT (hours since the first infusion) in a table."
        )
    return pl.concat(parts).group_by("USUBJID").agg(pl.col("end").max())


def _clocked_words(trial: Trial) -> str:
    held = [n for n, f in trial.tables().items() if n in CLOCKED and "AFRLT" in f.columns]
    return listed(name.upper() for name in held)
