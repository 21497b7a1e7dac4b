"""Rules on infusions, adverse events, treatments with an end, and times to an event."""

from __future__ import annotations

import polars as pl

from ketanalysis.contracts.reading_rules import known_infusion
from ketanalysis.contracts.rule import Rule, number, shown, shown_number, text
from ketanalysis.contracts.score_rules import runs_back
from ketanalysis.infusion_clock import minutes_since_start

SAME_HOUR = 1e-6


def infusion_order(column: str) -> Rule:
    """Infusions are numbered in the order of time."""
    return Rule(
        id="infusion_order",
        column=column,
        needs=(column, "USUBJID", "EXSEQ"),
        demand="must not be earlier than an infusion before (by EXSEQ)",
        advice="Correct the time or the number of the infusion.",
        fails=lambda frame: runs_back(frame, column, "EXSEQ", ["USUBJID"]),
        **shown_number(column),
    )


def infusion_clock(column: str) -> Rule:
    """The clock of the infusions starts at the first infusion, as that of the scores does."""

    def fails(_: pl.DataFrame) -> pl.Expr:
        time = number(column)
        first = time.min().over("USUBJID")
        # An infusion without a time may be the first one, at 0.
        is_known = time.is_not_null().all().over("USUBJID")
        is_off = (first < -SAME_HOUR) | ((first > SAME_HOUR) & is_known)
        is_first = (time == first) & pl.col("USUBJID").is_not_null()
        return is_off & is_first & pl.struct("USUBJID", is_first).is_first_distinct()

    return Rule(
        id="infusion_clock",
        column=column,
        needs=(column, "USUBJID"),
        demand="should be 0 at the subject's first infusion",
        advice="The clocks of the scores and of the infusions do not agree: count both from the "
        "start of the first infusion, and list that infusion too.",
        fails=fails,
        severity="warning",
        **shown_number(column),
    )


def end_after_start(column: str) -> Rule:
    """What ends does not end before it starts."""
    return Rule(
        id="end_after_start",
        column=column,
        needs=(column, "AFRLT"),
        demand=pl.format("must not be before the start, AFRLT {}", shown(number("AFRLT"))),
        advice="Correct one of the two times; both are hours since the first infusion.",
        fails=lambda _: number(column) < number("AFRLT"),
        **shown_number(column),
    )


def one_class(column: str) -> Rule:
    """An event (AEDECOD) is in one class (AESOC), as its primary one in the dictionary."""
    is_known = pl.col(column).is_not_null() & pl.col("AEDECOD").is_not_null()
    has_several = text(column).drop_nulls().n_unique().over("AEDECOD") > 1
    is_first = pl.struct("AEDECOD", column).is_first_distinct()
    return Rule(
        id="one_class",
        column=column,
        needs=(column, "AEDECOD"),
        demand=pl.format("should be one class for all records of {}", text("AEDECOD")),
        advice="Code the event to its primary class; else it stands in two classes of the table.",
        fails=lambda _: has_several & is_known & is_first,
        severity="warning",
    )


def emergent_onset(column: str) -> Rule:
    """An event that is flagged as treatment-emergent did not begin before the first infusion."""
    return Rule(
        id="emergent_onset",
        column=column,
        needs=(column, "AFRLT"),
        demand=pl.format(
            "should not be Y where the event began before the first infusion (AFRLT {})",
            shown(number("AFRLT")),
        ),
        advice="Correct the flag or the time; an event that got worse under treatment has the time "
        "at which it did.",
        fails=lambda _: (text(column) == "Y") & (number("AFRLT") < 0),
        severity="warning",
        states_value=False,
    )


def infusion_rules(infusions: pl.DataFrame | None) -> list[Rule]:
    """Return the rules between adverse events and the infusions of the trial."""
    if infusions is None or not {"USUBJID", "EXSEQ"} <= set(infusions.columns):
        return []
    without = "The event is not counted at an infusion so."
    return [known_infusion(infusions, without), event_after_infusion(infusions)]


def event_after_infusion(infusions: pl.DataFrame) -> Rule:
    """An event does not begin before the infusion that it is given to."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        early = minutes_since_start(frame, infusions) < 0
        return pl.lit(early.fill_null(False))

    return Rule(
        id="event_after_infusion",
        column="EXSEQ",
        needs=("EXSEQ", "USUBJID", "AFRLT"),
        demand=pl.format(
            "should be an infusion that began before the event (AFRLT {})", shown(number("AFRLT"))
        ),
        advice="Correct the number of the infusion, or the time of the event.",
        fails=fails,
        severity="warning",
        **shown_number("EXSEQ"),
    )


def dose_zero(column: str) -> Rule:
    """A dose is above 0, unless placebo was given."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        is_zero = number(column) == 0
        if "EXTRT" not in frame.columns:
            return is_zero
        is_placebo = text("EXTRT").str.to_lowercase().str.contains("placebo|saline")
        return is_zero & ~is_placebo.fill_null(False)

    return Rule(
        id="dose_zero",
        column=column,
        needs=(column,),
        demand="should be above 0, except for placebo (by EXTRT)",
        advice="Correct the dose, or name placebo in EXTRT.",
        fails=fails,
        severity="warning",
        **shown_number(column),
    )


def dose_has_unit(column: str) -> Rule:
    """A dose has a unit."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        is_dose = number(column) > 0
        if "EXDOSU" not in frame.columns:
            return is_dose
        return is_dose & (text("EXDOSU").fill_null("").str.strip_chars() == "")

    return Rule(
        id="dose_has_unit",
        column=column,
        needs=(column,),
        demand="must have a unit in EXDOSU",
        advice="Give the unit, such as mg/kg.",
        fails=fails,
        **shown_number(column),
        states_value=False,
    )


def entered_has_value(column: str) -> Rule:
    """Who enters the curve has a time and a censoring code; who does not enter has neither."""
    return Rule(
        id="entered_has_value",
        column=column,
        needs=(column,),
        demand="must not be missing for a subject who enters the curve",
        advice='Fill it in, or say who does not enter in a column "entered" (true or false).',
        fails=lambda frame: number(column).is_null() & _enters(frame),
        states_value=False,
    )


def _enters(frame: pl.DataFrame) -> pl.Expr:
    if "entered" not in frame.columns:
        return pl.repeat(True, pl.len())
    said = text("entered").str.to_lowercase().fill_null("")
    return ~said.is_in(["false", "0", "n", "no"])


def event_described(column: str) -> Rule:
    """An event (CNSR 0) says what it was."""
    return Rule(
        id="event_described",
        column=column,
        needs=(column, "CNSR"),
        demand="should say what the event was where CNSR is 0",
        advice="Describe the event.",
        fails=lambda _: (
            (number("CNSR") == 0) & (text(column).fill_null("").str.strip_chars() == "")
        ),
        severity="warning",
        states_value=False,
    )


def interval_order(column: str) -> Rule:
    """The event is first seen after the subject was last known to be free of it."""
    return Rule(
        id="interval_order",
        column=column,
        needs=(column, "AVALLO"),
        demand=pl.format("must not be below AVALLO, which is {}", shown(number("AVALLO"))),
        advice="AVALLO is the last time free of the event, AVALHI the first time with it.",
        fails=lambda _: number(column) < number("AVALLO"),
        **shown_number(column),
    )


def interval_end(column: str) -> Rule:
    """An interval ends where there is an event, and is open where there is none."""
    has_end = number(column).is_finite().fill_null(False)
    is_event = number("CNSR") == 0
    return Rule(
        id="interval_end",
        column=column,
        needs=(column, "AVALLO", "CNSR"),
        demand="must be given for an event (CNSR 0) and be missing for a censored time",
        advice="AVALHI is the first time at which the event was seen.",
        fails=lambda _: (
            (is_event & ~has_end & number("AVALLO").is_not_null()) | (~is_event & has_end)
        ),
        value=lambda _: pl.when(has_end).then(shown(number(column))),
        is_quoted=False,
    )
