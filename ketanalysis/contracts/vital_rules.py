"""Rules on vital signs: a known sign in a known unit, a plausible value, one reading at a time."""

from __future__ import annotations

import polars as pl

from ketanalysis.contracts.rule import Rule, nowhere, number, shown_number, text
from ketanalysis.vital_parameters import SATURATIONS, VITAL_SIGNS

PLACE = ("USUBJID", "EXSEQ", "AFRLT", "ARRLT", "ATPT", "ATPTN")
CLOCKS = ("AFRLT", "ARRLT")


def known_vital(column: str) -> Rule:
    """The vital sign is known to the package; else its range cannot be checked."""
    known = sorted(VITAL_SIGNS)
    return Rule(
        id="known_vital",
        column=column,
        needs=(column,),
        demand=pl.format("{} is not a vital sign known here: range not checked", text(column)),
        advice=f"Use one of {', '.join(known)} if it is one of them.",
        fails=lambda _: ~text(column).is_in(known) & pl.col(column).is_first_distinct(),
        severity="info",
        states_value=False,
    )


def vital_unit(column: str) -> Rule:
    """The unit is one of those of the vital sign; else its range cannot be checked."""
    units = {code: list(sign.units) for code, sign in VITAL_SIGNS.items()}
    words = {code: " or ".join(held) for code, held in units.items()}

    def fails(_: pl.DataFrame) -> pl.Expr:
        is_known = [(text("PARAMCD") == c) & text(column).is_in(held) for c, held in units.items()]
        is_blank = text(column).fill_null("").str.strip_chars() == ""
        return text("PARAMCD").is_in(list(units)) & ~pl.any_horizontal(is_known) & ~is_blank

    return Rule(
        id="vital_unit",
        column=column,
        needs=(column, "PARAMCD"),
        demand=pl.format("should be {} for {}", _looked_up(words), text("PARAMCD")),
        advice="Write the unit so (capitals count). In another unit the range is not checked.",
        fails=fails,
        severity="warning",
    )


def one_unit(column: str) -> Rule:
    """All readings of a vital sign have one unit."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        pairs = frame.select("PARAMCD", column).drop_nulls().unique()
        if pairs["PARAMCD"].n_unique() == pairs.height:
            return nowhere()
        first = pl.struct("PARAMCD", column).is_first_distinct()
        return first & (pl.col(column).n_unique().over("PARAMCD") > 1)

    return Rule(
        id="one_unit",
        column=column,
        needs=(column, "PARAMCD"),
        demand=pl.format("must be one unit for all readings of {}", text("PARAMCD")),
        advice="Convert the readings to one unit: 1 kPa is 7.50062 mmHg.",
        fails=fails,
        states_value=False,
    )


def vital_range(column: str) -> Rule:
    """A reading lies within the plausible range of its vital sign and unit."""
    keys = {(c, unit): (low, high) for c, s in VITAL_SIGNS.items() for unit, low, high in s.ranges}

    def fails(_: pl.DataFrame) -> pl.Expr:
        low, high = (_of_unit({k: float(ends[i]) for k, ends in keys.items()}) for i in (0, 1))
        is_outside = (number(column) < low) | (number(column) > high)
        return is_outside & number(column).is_finite() & ~_is_impossible(column)

    words = {key: f"{low:g} and {high:g}" for key, (low, high) in keys.items()}
    return Rule(
        id="vital_range",
        column=column,
        needs=(column, "PARAMCD", "AVALU"),
        demand=pl.format(
            "should be between {} {} for {} (plausible range)",
            _of_unit(words),
            text("AVALU"),
            text("PARAMCD"),
        ),
        advice="Check the reading and its unit. It is kept as it is.",
        fails=fails,
        severity="warning",
        **shown_number(column),
    )


def saturation_range(column: str) -> Rule:
    """An oxygen saturation in % is never above 100 or below 0."""
    return Rule(
        id="saturation_range",
        column=column,
        needs=(column, "PARAMCD", "AVALU"),
        demand=pl.format("must be between 0 and 100 % for {}", text("PARAMCD")),
        advice="Correct the reading, or leave the cell empty if it is not known.",
        fails=lambda _: _is_impossible(column),
        **shown_number(column),
    )


def diastolic_below_systolic(column: str) -> Rule:
    """A diastolic pressure is not above the systolic pressure of the same time."""

    def systolic(frame: pl.DataFrame) -> pl.Expr:
        place = [name for name in (*PLACE, "AVALU") if name in frame.columns]
        own = pl.when(text("PARAMCD") == "SYSBP").then(number(column))
        return own.min().over(place)

    def fails(frame: pl.DataFrame) -> pl.Expr:
        return (text("PARAMCD") == "DIABP") & (number(column) > systolic(frame)) & _has_time(frame)

    return Rule(
        id="diastolic_below_systolic",
        column=column,
        needs=(column, "USUBJID", "PARAMCD", "EXSEQ", "AVALU"),
        demand="must not be above the systolic pressure of the same time",
        advice="Correct the two readings; they may be in each other's place.",
        fails=fails,
        **shown_number(column),
    )


def one_reading(column: str) -> Rule:
    """A subject has one reading of a vital sign at a time."""

    def count(frame: pl.DataFrame) -> pl.Expr:
        place = [name for name in ("PARAMCD", *PLACE) if name in frame.columns]
        return number(column).is_not_null().sum().over(place)

    def fails(frame: pl.DataFrame) -> pl.Expr:
        is_read = number(column).is_not_null() & pl.col("USUBJID").is_not_null()
        return is_read & _has_time(frame) & (count(frame) > 1)

    return Rule(
        id="one_reading",
        column=column,
        needs=(column, "USUBJID", "PARAMCD", "EXSEQ"),
        demand=pl.format(
            "must be one reading of {} for each subject, infusion and time", text("PARAMCD")
        ),
        advice="Keep the right reading, or give each its own time. Readings are never averaged for "
        "you.",
        fails=fails,
        value=lambda failing: pl.format("{} readings", count(failing)),
        is_quoted=False,
    )


def reading_has_time(column: str) -> Rule:
    """A reading of an infusion has a time, on the clock of the trial or on the infusion's own."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        is_read = number("AVAL").is_not_null() & pl.col(column).is_not_null()
        return is_read & ~_has_time(frame)

    return Rule(
        id="reading_has_time",
        column=column,
        needs=(column, "AVAL"),
        demand="should have a time of the reading: AFRLT or ARRLT",
        advice="Fill it in: without it the reading stands neither before nor after the start.",
        fails=fails,
        severity="warning",
        states_value=False,
    )


def _is_impossible(column: str) -> pl.Expr:
    is_share = text("PARAMCD").is_in(list(SATURATIONS)) & (text("AVALU") == "%")
    return is_share & ((number(column) > 100) | (number(column) < 0)).fill_null(False)


def _has_time(frame: pl.DataFrame) -> pl.Expr:
    clocks = [number(name).is_not_null() for name in CLOCKS if name in frame.columns]
    return pl.any_horizontal(clocks) if clocks else nowhere()


def _looked_up(words: dict[str, str]) -> pl.Expr:
    return text("PARAMCD").replace_strict(words, default="", return_dtype=pl.String)


def _of_unit(values: dict[tuple[str, str], float] | dict[tuple[str, str], str]) -> pl.Expr:
    """Return what is known of the row's vital sign in the row's unit, null where nothing is."""
    key = pl.concat_str(text("PARAMCD"), text("AVALU"), separator="\t")
    named = {f"{code}\t{unit}": value for (code, unit), value in values.items()}
    kind = pl.String if isinstance(next(iter(named.values())), str) else pl.Float64
    return key.replace_strict(named, default=None, return_dtype=kind)
