"""How long before or after the start of its infusion a reading was taken, in minutes."""

from __future__ import annotations

import polars as pl

MINUTES = 60.0
DIGITS = 6  # a minute from hours in binary: 0.25 h is 15 min, not 15.000000000000002


def minutes_since_start(readings: pl.DataFrame, infusions: pl.DataFrame | None) -> pl.Series:
    """Return minutes since the start of the infusion of each reading, shape (n,), null if unknown.

    The column ARRLT (hours since the start of its own infusion) counts first. Else it is AFRLT
    less the start of the infusion (AFRLT of `infusions`, by USUBJID and EXSEQ); the first
    infusion starts at 0 by the definition of that clock, where `infusions` has no time for it.
    """
    own = pl.col("ARRLT").cast(pl.Float64) if "ARRLT" in readings.columns else _none()
    if "AFRLT" not in readings.columns:
        return readings.select((own * MINUTES).round(DIGITS).alias("minutes")).to_series()
    start = starts_of(readings, infusions)
    since = pl.col("AFRLT").cast(pl.Float64) - start
    return readings.select(
        (pl.coalesce(own, since) * MINUTES).round(DIGITS).fill_nan(None).alias("minutes")
    ).to_series()


def starts_of(readings: pl.DataFrame, infusions: pl.DataFrame | None) -> pl.Series:
    """Return the start of the infusion of each reading in hours, shape (n,), null if unknown."""
    is_first = pl.col("EXSEQ").cast(pl.Float64) == 1
    by_clock = pl.when(is_first).then(0.0)
    if infusions is None or not {"USUBJID", "EXSEQ", "AFRLT"} <= set(infusions.columns):
        return readings.select(by_clock.alias("start")).to_series()
    starts = infusions.select(
        pl.col("USUBJID").cast(pl.String).alias("who"),
        pl.col("EXSEQ").cast(pl.Float64).alias("number"),
        pl.col("AFRLT").cast(pl.Float64).alias("start"),
    ).unique(["who", "number"], keep="first", maintain_order=True)
    keyed = readings.select(
        pl.col("USUBJID").cast(pl.String).alias("who"),
        pl.col("EXSEQ").cast(pl.Float64).alias("number"),
        by_clock.alias("by_clock"),
    )
    found = keyed.join(starts, on=["who", "number"], how="left", maintain_order="left")
    return found.select(pl.coalesce("start", "by_clock").alias("start")).to_series()


def _none() -> pl.Expr:
    return pl.lit(None, dtype=pl.Float64)
