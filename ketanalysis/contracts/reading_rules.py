"""Rules that hold vital signs against the infusions: which infusion, how near, one before it."""

from __future__ import annotations

import polars as pl

from ketanalysis.contracts.rule import Rule, number, shown_number, text
from ketanalysis.infusion_clock import minutes_since_start

MOST_HOURS = 24.0
INFUSION = ["USUBJID", "EXSEQ"]


def reading_rules(infusions: pl.DataFrame | None) -> list[Rule]:
    """Return the rules between vital signs and the infusions of the trial."""
    if infusions is None or not {"USUBJID", "EXSEQ"} <= set(infusions.columns):
        return [reading_near_infusion(None), reading_before_infusion(None)]
    return [
        known_infusion(infusions),
        reading_near_infusion(infusions),
        reading_before_infusion(infusions),
    ]


def known_infusion(infusions: pl.DataFrame, without: str = "The reading is not used so.") -> Rule:
    """The infusion of a reading, or of an event, is in ADEX."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        held = _keys(infusions).unique().with_columns(is_held=True)
        found = _keys(frame).join(
            held, on=["who", "number"], how="left", nulls_equal=True, maintain_order="left"
        )
        is_held = found["is_held"].fill_null(False)
        return pl.col("EXSEQ").is_not_null() & ~pl.lit(is_held)

    return Rule(
        id="known_infusion",
        column="EXSEQ",
        needs=("EXSEQ", "USUBJID"),
        demand="should be the number of an infusion of the subject in ADEX",
        advice=f"Add the infusion to ADEX, or correct the number. {without}",
        fails=fails,
        severity="warning",
        **shown_number("EXSEQ"),
    )


def reading_near_infusion(infusions: pl.DataFrame | None) -> Rule:
    """A reading is within a day of the start of its infusion."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        hours = minutes_since_start(frame, infusions) / 60
        is_near = (hours.abs() <= MOST_HOURS) | hours.is_null()
        return pl.lit(~is_near)

    return Rule(
        id="reading_near_infusion",
        column="EXSEQ",
        needs=("EXSEQ", "USUBJID"),
        demand=f"should be the infusion within {MOST_HOURS:g} hours of which the reading was taken",
        advice="Check the number of the infusion, and the time: it is in hours, not in minutes.",
        fails=fails,
        severity="warning",
        **shown_number("EXSEQ"),
    )


def reading_before_infusion(infusions: pl.DataFrame | None) -> Rule:
    """Each infusion with readings of a vital sign has one before its start."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        keys = ["USUBJID", "EXSEQ", "PARAMCD"]
        timed = frame.select(
            *keys,
            is_read=number("AVAL").is_not_null(),
            minutes=minutes_since_start(frame, infusions),
        )
        is_timed = pl.col("is_read") & pl.col("minutes").is_not_null()
        is_before = pl.col("is_read") & (pl.col("minutes") <= 0).fill_null(False)
        lacking = is_timed.any().over(keys) & ~is_before.any().over(keys)
        is_first = pl.struct(keys).is_first_distinct() & pl.col("EXSEQ").is_not_null()
        return pl.lit(timed.select((lacking & is_first).alias("lacking")).to_series())

    return Rule(
        id="reading_before_infusion",
        column="PARAMCD",
        needs=("PARAMCD", "EXSEQ", "USUBJID", "AVAL"),
        demand=pl.format(
            "has no reading of {} at or before the start of these infusions", text("PARAMCD")
        ),
        advice="Add the reading. Without it there is no change at this infusion.",
        fails=fails,
        severity="warning",
        states_value=False,
    )


def _keys(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        pl.col("USUBJID").cast(pl.String).alias("who"),
        pl.col("EXSEQ").cast(pl.Float64, strict=False).alias("number"),
    )
