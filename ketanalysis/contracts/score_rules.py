"""Rules on scores: within the range of the instrument, with a baseline, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from ketanalysis.contracts.rule import (
    Rule,
    distinct,
    is_unique,
    nowhere,
    number,
    series_keys,
    shown,
    shown_number,
    text,
)
from ketanalysis.errors import listed
from ketanalysis.instruments import family_members, find_instrument

UNIT_SLIP = 20.0
# What the registry says a scale measures, where a score before treatment means nothing.
NO_BASELINE = ("acute drug effect", "overall improvement")
ASC_PREFIXES = ("ASC", "ANX", "11-ASC", "11ASC", "5D-ASC", "5DASC")


def registered_ranges(scales: Collection[str]) -> dict[str, tuple[float, float]]:
    """Return lowest and highest score of each scale that the registry of instruments knows."""
    found = {scale: find_instrument(scale) for scale in scales}
    return {s: (float(one.low), float(one.high)) for s, one in found.items() if one is not None}


def scales_of(frame: pl.DataFrame) -> list[str]:
    """Return the scale ids of a table of scores."""
    return distinct(frame, "PARAMCD").to_series().drop_nulls().cast(pl.String).to_list()


def known_scale(column: str) -> Rule:
    """The scale is in the registry of instruments; else its range cannot be checked."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        scales = scales_of(frame)
        unknown = set(scales) - registered_ranges(scales).keys()
        is_unknown = text(column).is_in(sorted(unknown))
        return is_unknown & pl.col(column).is_first_distinct() if unknown else nowhere()

    return Rule(
        id="known_scale",
        column=column,
        needs=(column,),
        demand=pl.format("{} is {}: range not checked", text(column), _worded(column, _unknown)),
        advice="Use the registry's name if it is one of its instruments.",
        fails=fails,
        severity="info",
        states_value=False,
    )


def scale_range(column: str) -> Rule:
    """A score lies within the range of its instrument."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        ranges = registered_ranges(scales_of(frame))
        return _outside(column, ranges) if ranges else nowhere()

    return Rule(
        id="scale_range",
        column=column,
        needs=(column, "PARAMCD"),
        demand=pl.format(
            "must be between {} for {}{}",
            _worded("PARAMCD", _span),
            text("PARAMCD"),
            _worded("PARAMCD", _plain_sum),
        ),
        advice="Correct the score, or name another instrument in PARAMCD.",
        fails=fails,
        **shown_number(column),
    )


def _outside(column: str, ranges: dict[str, tuple[float, float]]) -> pl.Expr:
    scale = text("PARAMCD")
    lows, highs = ({s: ends[i] for s, ends in ranges.items()} for i in (0, 1))
    low = scale.replace_strict(lows, default=None, return_dtype=pl.Float64)
    high = scale.replace_strict(highs, default=None, return_dtype=pl.Float64)
    return ((number(column) < low) | (number(column) > high)) & number(column).is_finite()


def _worded(column: str, words: Callable[[str], str]) -> pl.Expr:
    """Return words about the scale of each row, each scale asked once."""

    def told(scales: pl.Series) -> pl.Series:
        known = {scale: words(scale) for scale in scales.unique().drop_nulls()}
        return scales.replace_strict(known, default=None, return_dtype=pl.String)

    return text(column).map_batches(told, return_dtype=pl.String)


def _span(scale: str) -> str:
    return " and ".join(f"{end:g}" for end in registered_ranges([scale])[scale])


def _plain_sum(scale: str) -> str:
    known = find_instrument(scale)
    is_domains = known is not None and known.scoring.rule == "domain maximum"
    return " (a domain counts its highest item; a plain sum of items is no score)" * is_domains


def _unknown(scale: str) -> str:
    members = [one.id for one in family_members(scale)]
    if not members:
        return "not in the registry"
    return f"the name of several instruments of the registry ({listed(members, 20)})"


def asc_unit(column: str) -> Rule:
    """Scores of altered states (ASC, ANX) run from 0 to 100, not from 0 to 1 or 0 to 10."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        asc = [s for s in scales_of(frame) if s.upper().startswith(ASC_PREFIXES)]
        largest = (
            frame.lazy()
            .filter(text("PARAMCD").is_in(asc))
            .group_by(text("PARAMCD").alias("scale"))
            .agg(number(column).max().alias("largest"))
            .filter(pl.col("largest").is_between(0, 10, closed="right"))
            .collect()
        )
        small = dict(largest.iter_rows())
        if not small:
            return nowhere()
        top = text("PARAMCD").replace_strict(small, default=None, return_dtype=pl.Float64)
        is_top = number(column) == top
        return is_top & pl.struct("PARAMCD", is_top).is_first_distinct()

    return Rule(
        id="asc_unit",
        column=column,
        needs=(column, "PARAMCD"),
        demand=pl.format(
            "should run from 0 to 100 for {}: its largest is {}",
            text("PARAMCD"),
            shown(number(column)),
        ),
        advice="Multiply by 100 or 10 if the scores were entered from 0 to 1 or from 0 to 10.",
        fails=fails,
        severity="warning",
        **shown_number(column),
        states_value=False,
    )


# Baseline ------------------------------------------------------------------------------------


def is_baseline() -> pl.Expr:
    """True on a row that is marked as baseline and has a score."""
    return (text("ABLFL") == "Y") & number("AVAL").is_not_null()


def missing_baseline(column: str) -> Rule:
    """Each subject has a baseline on each scale that has baselines at all."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        keys = series_keys(frame)
        marked = distinct(frame.filter(is_baseline()), *keys)
        lacking = distinct(frame, *keys).join(marked, on=keys, how="anti", nulls_equal=True)
        scales = marked["PARAMCD"].cast(pl.String).unique()
        if not lacking.filter(text("PARAMCD").is_in(scales.implode())).height:
            return nowhere()
        has_none = is_baseline().fill_null(False).any().over(keys).not_()
        is_first = pl.struct(keys).is_first_distinct()
        return has_none & is_first & text("PARAMCD").is_in(scales.implode())

    return Rule(
        id="missing_baseline",
        column=column,
        needs=(column, "USUBJID", "PARAMCD", "AVAL"),
        demand=pl.format("marks no baseline of {} for these subjects", text("PARAMCD")),
        advice="Add the baseline. Without it there is no change, response or relapse for them.",
        fails=fails,
        severity="warning",
        states_value=False,
    )


def scale_without_baseline(column: str) -> Rule:
    """Some subject has a baseline on the scale, unless it rates a drug effect or improvement."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        marked = scales_of(frame.filter(is_baseline()))
        without = [s for s in scales_of(frame) if s not in marked and not _needs_none(s)]
        is_without = text("PARAMCD").is_in(without)
        return is_without & pl.col("PARAMCD").is_first_distinct() if without else nowhere()

    return Rule(
        id="scale_without_baseline",
        column=column,
        needs=(column, "PARAMCD", "AVAL"),
        demand=pl.format("marks no baseline of {} for any subject", text("PARAMCD")),
        advice="Nothing to do for a scale that is given once; else name the baseline visit.",
        fails=fails,
        severity="info",
        states_value=False,
    )


def _needs_none(scale: str) -> bool:
    known = find_instrument(scale)
    return known is not None and known.measures in NO_BASELINE


def one_baseline(column: str) -> Rule:
    """A subject has at most one baseline row on a scale."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        keys = series_keys(frame)
        if is_unique(frame.filter(text(column) == "Y"), keys):
            return nowhere()
        is_marked = text(column) == "Y"
        return is_marked & (is_marked.sum().over(keys) > 1)

    return Rule(
        id="one_baseline",
        column=column,
        needs=(column, "USUBJID", "PARAMCD"),
        demand="must be Y on at most one row for each USUBJID and PARAMCD",
        advice="Mark one row as the baseline.",
        fails=fails,
        states_value=False,
    )


def baseline_zero(column: str) -> Rule:
    """A baseline of 0 has no percent change."""
    return Rule(
        id="baseline_zero",
        column="AVAL",
        needs=(column, "AVAL", "PARAMCD"),
        demand=pl.format(
            "is 0 at baseline for {}: the percent change is undefined", text("PARAMCD")
        ),
        advice="Check the score. Percent change and response by it stay missing.",
        fails=lambda _: (text(column) == "Y") & (number("AVAL") == 0),
        severity="warning",
        **shown_number("AVAL"),
        states_value=False,
    )


def baseline_after_treatment(column: str) -> Rule:
    """A baseline is no later than the first infusion (in a crossover: that of the first period)."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        is_late = (text("ABLFL") == "Y") & (number(column) > 0)
        if "APERIOD" not in frame.columns:
            return is_late
        return is_late & (number("APERIOD") == number("APERIOD").min().over("USUBJID"))

    return Rule(
        id="baseline_after_treatment",
        column=column,
        needs=(column, "USUBJID", "ABLFL"),
        demand="should be at most 0 at baseline (ABLFL Y), before the first infusion",
        advice="Check the time, or mark the last score before the first infusion as the baseline.",
        fails=fails,
        severity="warning",
        **shown_number(column),
    )


# Time ----------------------------------------------------------------------------------------


def time_order(column: str) -> Rule:
    """The clock never runs back from one visit to a later one of the same subject and scale."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        return runs_back(frame, column, "AVISITN", series_keys(frame))

    return Rule(
        id="time_order",
        column=column,
        needs=(column, "AVISITN", "USUBJID", "PARAMCD"),
        demand="should not be earlier than at a visit before (by AVISITN)",
        advice="Check the time, and the order of the visits.",
        fails=fails,
        severity="warning",
        **shown_number(column),
    )


def runs_back(frame: pl.DataFrame, clock: str, order: str, keys: list[str]) -> pl.Expr:
    """Return where a clock is earlier than it already was, within `keys` in the order given."""
    if _is_in_order(frame, clock, order, keys):
        return nowhere()
    time = pl.when(number(order).is_not_null()).then(number(clock))
    latest_before = time.cum_max().forward_fill().shift(1)
    return (time < latest_before).over(keys, order_by=[number(order), time])


def _is_in_order(frame: pl.DataFrame, clock: str, order: str, keys: list[str]) -> bool:
    """Whether a quick proof holds: rows of a unit lie together and both columns only rise."""
    is_same = pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift()) for key in keys)
    heads = frame.select(pl.struct(keys).hash().filter(~is_same)).to_series()
    time = number(clock).forward_fill()
    falls = (number(order) < number(order).shift()) | (time < time.shift())
    is_void = pl.col(order).is_null()
    stops = frame.select((is_same & falls.fill_null(False)).any() | is_void.any()).item()
    return heads.n_unique() == heads.len() and not stops


def same_time(column: str) -> Rule:
    """No two scores of a subject on a scale, of different visits, have the same time."""

    def visits(frame: pl.DataFrame) -> pl.Expr:
        # A row without a score is no visit here; + 0.0 makes -0.0 equal to 0.0.
        visit = pl.when(number("AVAL").is_not_null()).then(text("AVISIT"))
        return visit.drop_nulls().n_unique().over(*series_keys(frame), number(column) + 0.0)

    def fails(frame: pl.DataFrame) -> pl.Expr:
        scored = frame.select(*series_keys(frame), time=number(column) + 0.0, score=number("AVAL"))
        if is_unique(scored.drop_nulls(["time", "score"]).drop("score"), scored.columns[:-1]):
            return nowhere()
        cells = [*map(pl.col, series_keys(frame)), number(column), number("AVAL")]
        return (visits(frame) > 1) & pl.all_horizontal(cell.is_not_null() for cell in cells)

    return Rule(
        id="same_time",
        column=column,
        needs=(column, "USUBJID", "PARAMCD", "AVISIT", "AVAL"),
        demand="should be a time of its own at each visit of a subject and scale",
        advice="Check the times and the visits: two scores cannot stand at one time.",
        fails=fails,
        severity="warning",
        value=lambda failing: pl.format("{} at {} visits", shown(number(column)), visits(failing)),
        is_quoted=False,
    )


def hours_or_days(column: str) -> Rule:
    """Times of one visit are in one unit: 7 beside 168 looks like days beside hours."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        keys = [c for c in ("AVISIT", "PARAMCD", "APERIOD") if c in frame.columns]
        times = number(column)
        spread = (
            frame.lazy()
            .filter(times > 0)
            .group_by(keys)
            .agg(most=times.max(), least=times.min())
            .filter(pl.col("most") >= UNIT_SLIP * pl.col("least"))
            .collect()
        )
        if not spread.height:
            return nowhere()
        return (times > 0) & (times * UNIT_SLIP <= times.max().over(keys))

    return Rule(
        id="hours_or_days",
        column=column,
        needs=(column, "AVISIT", "PARAMCD"),
        demand=f"should be in hours: other subjects have {UNIT_SLIP:g} times as much or more at "
        "this visit",
        advice="Multiply by 24 if the time was entered in days.",
        fails=fails,
        severity="warning",
        **shown_number(column),
    )


def no_day_zero(column: str) -> Rule:
    """A CDISC study day is never 0: day 1 is the day of the first infusion."""
    return Rule(
        id="no_day_zero",
        column=column,
        needs=(column,),
        demand="must not be 0: the day before study day 1 is study day -1",
        advice="Give elapsed days as AFRLT in hours; study days count from 1.",
        fails=lambda _: number(column) == 0,
        states_value=False,
    )
