"""After which infusion a subject stopped, and why: as ADSL says, else by the next event."""

from __future__ import annotations

import polars as pl

from ketanalysis.trial import Trial

UNKNOWN = "not recorded"
STATED = ("DCTREAS", "DCSREAS")  # CDISC: why treatment, or the study, was discontinued


def last_infusions(infusions: pl.DataFrame, trial: Trial | None) -> tuple[pl.DataFrame, str]:
    """Return the last infusion of each subject with ``why``, and a sentence on where that is from.

    Columns: USUBJID, last (its number), why. The reason is the one that ADSL states (DCTREAS,
    else DCSREAS); without them the first intercurrent event after the start of the last
    infusion; else "not recorded".
    """
    has_time = "AFRLT" in infusions.columns
    hour = pl.col("AFRLT").cast(pl.Float64) if has_time else pl.lit(None, dtype=pl.Float64)
    last = (
        infusions.sort("USUBJID", "EXSEQ")
        .group_by("USUBJID", maintain_order=True)
        .agg(last=pl.col("EXSEQ").last(), hour=hour.last())
    )
    reasons, sentence = _reasons(last, trial)
    found = last.join(reasons, on="USUBJID", how="left", maintain_order="left")
    return found.with_columns(pl.col("why").fill_null(UNKNOWN)).drop("hour"), sentence


def _reasons(last: pl.DataFrame, trial: Trial | None) -> tuple[pl.DataFrame, str]:
    nothing = pl.DataFrame(schema={"USUBJID": pl.String, "why": pl.String})
    if trial is None:
        return nothing, "Why subjects stopped is not recorded in a frame of infusions."
    for column in STATED:
        if column in trial.adsl.columns:
            why = pl.col(column).cast(pl.String).str.strip_chars()
            stated = trial.adsl.select("USUBJID", why=pl.when(why != "").then(why))
            return stated, f"Why subjects stopped: ADSL.{column}."
    if trial.adice is None:
        return nothing, "Why subjects stopped is not recorded: no reason in ADSL and no ADICE."
    events = trial.adice.select(
        "USUBJID", at=pl.col("AFRLT").cast(pl.Float64), why=pl.col("ICECAT").cast(pl.String)
    )
    after = events.join(last, on="USUBJID", how="inner").filter(pl.col("at") >= pl.col("hour"))
    first = after.sort("USUBJID", "at", "why").group_by("USUBJID", maintain_order=True).first()
    return (
        first.select("USUBJID", "why"),
        "Why subjects stopped: the first intercurrent event (ADICE) after the start of their last "
        "infusion; ADSL states no reason.",
    )
