"""Interval-censored curves of ready frames: rows in, ranges out, and what is said word by word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.interval_censored.interval_survival import estimate_interval_survival
from ketanalysis.interval_censored.milestones import estimate_interval_milestones
from ketanalysis.survival.kaplan_meier import kaplan_meier, quantile
from tests.interval_censored.interval_data import adtte, data_of, message

ARMS = {"by": "TRT01P", "time_unit": "months"}
SMALL = pl.DataFrame(
    {
        "USUBJID": list("abcdef"),
        "TRT01P": pl.Series(["KET"] * 3 + ["PBO"] * 3, dtype=pl.Enum(["PBO", "KET"])),
        "AVALLO": [0.0, 7.0, 21.0, 0.0, 0.0, 3.0],
        "AVALHI": [7.0, 14.0, None, 7.0, 7.0, 3.0],
        "CNSR": [0, 0, 1, 0, 0, 0],
    }
)


# --- what comes out ---------------------------------------------------------------------------


def test_masses_by_group_in_their_order() -> None:
    result = estimate_interval_survival(SMALL, by="TRT01P")
    assert result.table.drop("conf_low", "conf_high").rows() == [
        ("PBO", 3.0, 3.0, pytest.approx(1.0), 0.0),
        ("KET", 0.0, 7.0, pytest.approx(1 / 3), pytest.approx(2 / 3)),
        ("KET", 7.0, 14.0, pytest.approx(1 / 3), pytest.approx(1 / 3)),
        ("KET", 21.0, np.inf, pytest.approx(1 / 3), 0.0),
    ]
    assert result.medians.drop("conf_low", "conf_high").rows() == [
        ("PBO", 3, 3, 2, 3.0, 3.0, 7.0),
        ("KET", 3, 2, 2, 7.0, 14.0, 14.0),
    ]
    assert result.convergence["gap"].max() < 1e-10
    assert result.audit["count"].sum() == 6
    assert result.tte["USUBJID"].to_list() == list("abcdef")


def test_the_naive_curve_dates_events_as_named() -> None:
    rows = data_of("cosmesis").filter(group=1)
    seen = rows["high"].is_finite().to_numpy()
    low, high = rows["low"].to_numpy(), np.where(seen, rows["high"].to_numpy(), 0)
    frame = adtte().filter(TRT01P="RCT")
    right = estimate_interval_survival(frame)
    middle = estimate_interval_survival(frame, naive="midpoint")
    late = kaplan_meier(np.where(seen, high, low), seen)
    between = kaplan_meier(np.where(seen, (low + high) / 2, low), seen)
    assert right.medians["naive"].item() == quantile(late, 0.5).estimate == 26
    assert middle.medians["naive"].item() == quantile(between, 0.5).estimate
    assert middle.notes[-1] == (
        "Kaplan-Meier with each event dated in the middle of its interval stands beside it: its "
        "median is 21.5, here it is 19.0 to 20.0 days. It takes a date for known that nobody saw."
    )


def test_notes_say_what_is_not_known_and_what_kaplan_meier_does() -> None:
    assert estimate_interval_survival(SMALL, by="TRT01P").notes == (
        "Non-parametric maximum likelihood (Turnbull) of events after AVALLO and until AVALHI. "
        "Times in days.",
        "Where within an interval its mass lies cannot be known: between visits the curve is a "
        "range, from all of it at the start to all of it at the end.",
        "No confidence intervals: name resamples= and seed= for those of the bootstrap.",
        "Kaplan-Meier with each event dated at the visit that saw it stands beside it: its "
        "median is 7.0 in PBO, 14.0 in KET, here it is 3.0 days in PBO, 7.0 to 14.0 days in KET. "
        "It takes every event for as late as it can be.",
    )


def test_pandas_arrow_and_infinite_ends_give_the_same() -> None:
    plain = estimate_interval_survival(SMALL, by="TRT01P")
    pandas = SMALL.to_pandas()
    assert isinstance(pandas["AVALHI"][2], float)
    assert np.isnan(pandas["AVALHI"][2])
    given = estimate_interval_survival(pandas, by="TRT01P", groups=["PBO", "KET"])
    assert isinstance(given.tidy(), pd.DataFrame)
    infinite = SMALL.with_columns(pl.col("AVALHI").fill_null(np.inf))
    for other in (given, estimate_interval_survival(infinite, by="TRT01P")):
        assert other.table["mass"].to_list() == plain.table["mass"].to_list()


def test_an_empty_start_with_an_end_is_left_censored_and_no_time_at_all_is_out() -> None:
    rows = pl.DataFrame({"AVALLO": [None, 5.0, None], "AVALHI": [5.0, None, None]})
    result = estimate_interval_survival(rows)
    assert result.table.select("left", "right").rows() == [(0.0, 5.0), (5.0, np.inf)]
    assert result.audit.filter(status="excluded").select("reason", "count").rows() == [
        ("no time", 1)
    ]
    assert result.medians["n"].item() == 2


def test_rows_that_did_not_enter_are_left_out_and_counted() -> None:
    rows = SMALL.with_columns(
        entered=pl.col("USUBJID") != "a",
        reason=pl.when(pl.col("USUBJID") == "a").then(pl.lit("no response")),
        AVALLO=pl.when(pl.col("USUBJID") == "a").then(-99.0).otherwise("AVALLO"),
    )
    result = estimate_interval_survival(rows, by="TRT01P")
    assert result.medians["n"].to_list() == [3, 2]
    assert ("KET", "excluded", "no response", 1) in result.audit.rows()


def test_an_empty_group_is_named() -> None:
    arms = pl.Enum(["PBO", "LOW", "KET"])
    rows = SMALL.with_columns(pl.col("TRT01P").cast(pl.String).cast(arms))
    result = estimate_interval_survival(rows, by="TRT01P")
    assert result.medians["TRT01P"].to_list() == ["PBO", "KET"]
    assert result.warnings == ("No subject of TRT01P LOW enters the curve.",)


def test_no_event_is_said() -> None:
    rows = pl.DataFrame({"AVALLO": [5.0, 9.0], "AVALHI": [None, None]})
    result = estimate_interval_survival(rows)
    assert result.warnings == ("No events were seen: the curve stays at 1 until the last visit.",)
    assert result.medians.select("median_low", "median_high").row(0) == (9.0, np.inf)
    assert "here it is above 9.0 days" in result.notes[-1]
    one = SMALL.with_columns(
        AVALHI=pl.when(pl.col("TRT01P") == "PBO").then("AVALHI"),
        CNSR=pl.when(pl.col("TRT01P") == "PBO").then(0).otherwise(1),
    )
    assert estimate_interval_survival(one, by="TRT01P").warnings == ("No event was seen in KET.",)


def test_every_column_is_in_the_glossary() -> None:
    result = estimate_interval_survival(SMALL, by="TRT01P", resamples=99, seed=1)
    tables = (result.table, result.medians, result.schedules, result.convergence, result.audit)
    for table in (*tables, result.milestones([3]).table):
        assert {column for column in table.columns if column.islower()} <= set(GLOSSARY)


# --- shares at given times --------------------------------------------------------------------


def test_milestones_are_one_number_between_intervals_and_a_range_within() -> None:
    found = estimate_interval_survival(SMALL, by="TRT01P").milestones([0, 3, 7, 30]).table
    assert found.columns == [
        "TRT01P", "time", "survival_low", "survival_high", "conf_low", "conf_high",
    ]  # fmt: skip
    low, high = found["survival_low"].to_list(), found["survival_high"].to_list()
    assert low == pytest.approx([1, 0, 0, 0, 1, 2 / 3, 2 / 3, 0])
    assert high == pytest.approx([1, 0, 0, 0, 1, 1, 2 / 3, 1 / 3])


def test_milestones_are_refused_for_what_is_none() -> None:
    result: Any = ka.estimate_survival({"AVAL": [3], "CNSR": [0]})
    assert message(lambda: estimate_interval_milestones(result, [3]), ArgumentError) == (
        "result must be an IntervalSurvivalResult of estimate_interval_survival, not "
        "SurvivalResult."
    )
    own = estimate_interval_survival(SMALL)
    assert message(lambda: own.milestones([-1]), ArgumentError) == (
        "times must be one or more times of 0 or later, in days, not [-1]."
    )


# --- the bootstrap ----------------------------------------------------------------------------


def test_the_bootstrap_gives_the_same_bytes_whatever_the_order_and_the_workers() -> None:
    rows = adtte()
    drawn = estimate_interval_survival(rows, **ARMS, resamples=99, seed=3)
    shuffled = estimate_interval_survival(
        rows.sample(fraction=1, shuffle=True, seed=1), **ARMS, resamples=99, seed=3
    )
    shared = estimate_interval_survival(rows, **ARMS, resamples=99, seed=3, workers=2)
    for other in (shuffled, shared):
        assert other.table.equals(drawn.table)
        assert other.medians.equals(drawn.medians)
    assert not estimate_interval_survival(rows, **ARMS, resamples=99, seed=4).table.equals(
        drawn.table
    )


def test_bootstrap_limits_hold_the_estimate_and_are_those_of_the_resamples() -> None:
    result = estimate_interval_survival(adtte(), **ARMS, resamples=199, seed=1)
    inside = result.table.filter(pl.col("right").is_finite())
    assert (inside["conf_low"] <= inside["survival"] + 1e-9).all()
    assert (inside["survival"] - 1e-9 <= inside["conf_high"]).all()
    from ketanalysis.interval_censored.turnbull import survival_between

    at = np.array([24.5])
    low, high = zip(*(survival_between(c, at) for c in result.replicates["RCT"]), strict=True)
    row = result.milestones(at).table.row(1, named=True)
    assert row["conf_low"] == np.sort(np.ravel(low))[4]  # 0.025 of 198 steps is 4.95: outer
    assert row["conf_high"] == np.sort(np.ravel(high))[194]
    assert len(result.replicates["RT"]) == 199


def test_resamples_of_one_interval_are_all_the_same() -> None:
    rows = pl.DataFrame({"AVALLO": [0.0] * 5, "AVALHI": [7.0] * 5})
    result = estimate_interval_survival(rows, resamples=99, seed=1)
    assert result.medians.select("conf_low", "conf_high").row(0) == (0.0, 7.0)


# --- visit schedules --------------------------------------------------------------------------


def test_schedules_that_differ_are_told_with_their_numbers() -> None:
    often = pl.DataFrame({"AVALLO": [0.0, 7, 14, 21, 0], "AVALHI": [7.0, 14, 21, 28, 7]})
    seldom = often.with_columns(pl.col("AVALLO", "AVALHI") * 4)
    rows = pl.concat([often, seldom]).with_columns(ARM=pl.Series(["a"] * 5 + ["b"] * 5))
    result = estimate_interval_survival(rows, by="ARM")
    assert result.warnings == (
        "The visit schedules differ: at the same times the events of b were seen within intervals "
        "4 times as wide as those of a, and more than 1.5 counts as different. Median widths of "
        "all, in days: a 7 (5 events), b 28 (5 events). Kaplan-Meier of the visit dates then "
        "compares schedules as well, and permutation tests do not hold.",
    )
    assert result.schedules["width"].to_list() == [7, 28]


def schedule_of(**groups: list[tuple[float, float]]) -> tuple[str, ...]:
    """What is warned of groups whose events were seen in these intervals."""
    rows = [(name, low, high) for name, ends in groups.items() for low, high in ends]
    frame = pl.DataFrame(rows, schema=["ARM", "AVALLO", "AVALHI"], orient="row")
    return estimate_interval_survival(frame, by="ARM").warnings


def test_few_events_and_small_differences_are_not_judged() -> None:
    assert schedule_of(a=[(0, 7)] * 4, b=[(0, 28)] * 9) == ()
    assert schedule_of(a=[(0, 10)] * 9, b=[(0, 15)] * 9) == ()
    assert schedule_of(a=[(0, 10)] * 9, b=[(0, 16)] * 9) != ()


def test_visits_that_grow_rarer_for_everybody_are_one_schedule() -> None:
    # Weekly to day 28, then monthly: who relapses late is seen in wider intervals.
    visits = [(0.0, 7.0), (7.0, 14.0), (14.0, 21.0), (21.0, 28.0), (28.0, 56.0), (56.0, 84.0)]
    early = [*visits[:4], *visits[:4], visits[4]]
    late = [visits[3], *visits[4:] * 4]
    assert schedule_of(early=early, late=late) == ()
    assert schedule_of(early=visits[:4] * 2, late=visits[4:] * 3) == ()  # no time in common
    skipped = [(0.0, 14.0), (14.0, 28.0), (14.0, 28.0), *visits[4:]]
    assert (
        "of late were seen within intervals 2 times as wide"
        in schedule_of(early=early, late=skipped)[0]
    )


def test_the_order_of_groups_does_not_matter_for_the_schedules() -> None:
    rng = np.random.default_rng(3)
    ends = [(float(low), float(low + rng.integers(1, 9))) for low in rng.integers(0, 60, 80)]
    wider = [(low, low + 2 * (high - low)) for low, high in ends]
    one = schedule_of(a=ends, b=wider)[0]
    other = schedule_of(a=wider, b=ends)[0]
    assert one.partition(" Median")[0] == (
        other.partition(" Median")[0]
        .replace("of a ", "of x ")
        .replace("of b,", "of a,")
        .replace("of x ", "of b ")
    )


def test_what_stands_beside_is_said_as_the_events_are() -> None:
    exact = pl.DataFrame({"AVALLO": [3.0, 5, 9], "AVALHI": [3.0, 5, None]})
    assert estimate_interval_survival(exact).notes[3] == (
        "Kaplan-Meier with each event dated at the visit that saw it stands beside it: its median "
        "is 5.0, here it is 5.0 days. Every event has an exact time."
    )
    none = exact.with_columns(AVALHI=pl.lit(None, dtype=pl.Float64))
    assert estimate_interval_survival(none).notes[3].endswith("here it is above 9.0 days.")


# --- from relapse rows ------------------------------------------------------------------------


def relapse_rows(origin: str) -> Any:
    return ka.time_to_relapse(
        ka.load_example("ketamine"),
        "MADRS",
        ka.Relapse(at_least=22, consecutive=1, dated="first"),
        among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
        origin=origin,
        redose="censor",
    )


def test_relapse_rows_give_a_curve() -> None:
    rows = relapse_rows("entry")
    result = estimate_interval_survival(rows, by="TRT01P")
    assert result.endpoint == "TTRELAPS"
    assert result.medians["n"].sum() == rows["entered"].sum()
    assert result.medians["n_event"].sum() == (rows["CNSR"] == 0).sum()
    assert result.audit["count"].sum() == rows.height


def test_late_entry_is_refused_with_the_way_round() -> None:
    text = message(
        lambda: estimate_interval_survival(relapse_rows("last infusion")), EstimationError
    )
    first, _, rest = text.partition(", and ")
    assert first == "The interval-censored estimate takes no late entry"
    assert rest.endswith(
        '\n  Derive the rows with origin="entry", which starts every clock when the subject '
        "enters; or use the Kaplan-Meier methods (compare_survival), which take late entry."
    )


# --- refusals ---------------------------------------------------------------------------------

REFUSED = [
    (
        SMALL.with_columns(AVALLO=pl.col("AVALLO") + 8),
        {},
        ContractError,
        "AVALLO must not be after AVALHI: the event lies between them, after AVALLO and until "
        "AVALHI; here they are 8 and 7.\n  Rows 1, 2, 4 and 2 more (subjects a, b, d and 2 more), "
        "counted from 1.\n  Correct the times.",
    ),
    (
        SMALL.with_columns(AVALLO=-pl.col("AVALLO")),
        {},
        ContractError,
        "AVALLO and AVALHI must be times of 0 or later (AVALHI may be empty or infinite where "
        "the event was not seen).\n  Rows 2, 3, 6 (subjects b, c, f), counted from 1.\n"
        "  Correct the times.",
    ),
    (
        SMALL.with_columns(CNSR=pl.lit(0)),
        {},
        ContractError,
        "AVALHI must be there where CNSR is 0 (an event), and empty where it is 1 or more; CNSR "
        "is 0 in a row with no time in AVALHI.\n  Row 3 (subject c), counted from 1.\n"
        "  Correct one of them, or drop CNSR from the frame.",
    ),
    (
        SMALL.with_columns(pl.col("AVALHI").cast(pl.String)),
        {},
        ContractError,
        "AVALHI must hold numbers, not values of type String.\n"
        '  Cast the column: pl.col("AVALHI").cast(pl.Float64). Text from a file is read as text '
        "so that no code is lost.",
    ),
    (
        SMALL.drop("AVALHI"),
        {},
        ArgumentError,
        "high must name a column of the frame (USUBJID, TRT01P, AVALLO, CNSR), not 'AVALHI'. "
        "Did you mean AVALLO?",
    ),
    (
        SMALL,
        {"known_at": "Day 7"},
        ArgumentError,
        "known_at must be \"baseline\" or left out, not 'Day 7': groups that form later are "
        "compared by estimate_survival, whose subjects may enter late.",
    ),
    (
        SMALL,
        {"by": "AVALLO"},
        ArgumentError,
        "by cannot name the column 'AVALLO', which low names; groups need a column of their own.",
    ),
    (
        SMALL,
        {"resamples": 999},
        ArgumentError,
        "Bootstrap intervals need both resamples= and seed=, for example resamples=1999, seed=1.",
    ),
    (
        SMALL,
        {"resamples": 50, "seed": 1},
        ArgumentError,
        "resamples must be a whole number from 99, not 50.",
    ),
    (
        SMALL,
        {"naive": "left"},
        ArgumentError,
        "naive must be one of 'right', 'midpoint', not 'left'.",
    ),
    (
        SMALL.with_columns(GRP=pl.lit("x")),
        {"by": "GRP"},
        ArgumentError,
        "by='GRP' needs known_at: a subject may have had to stay free of the event until GRP was "
        "known, which makes its curve too good (immortal time).\n"
        '  Say known_at="baseline" if it was known at the origin; else give the time or the '
        "column of times at which it was known, and subjects count from then.",
    ),
]


@pytest.mark.parametrize("rows, options, error, text", REFUSED, ids=range(len(REFUSED)))
def test_what_must_change_is_named(
    rows: pl.DataFrame, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    assert message(lambda: estimate_interval_survival(rows, **options), error) == text
