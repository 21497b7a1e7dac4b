"""Visits in order and the clock: declared, never taken from the alphabet or the data."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.intake.clock import (
    Schedule,
    check_days_apart,
    declared_schedule,
    elapsed_hours,
    named_clock,
    schedule_of,
    suggested_order,
)


def said(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as refused:
        call()
    return str(refused.value)


# --- declared visits -------------------------------------------------------------------------


def test_a_list_gives_order_and_a_dict_gives_hours_too() -> None:
    assert declared_schedule(["4", 5, 6.0]) == Schedule(("4", "5", "6"))
    assert declared_schedule({"0h": 0, "d14": 336}) == Schedule(("0h", "d14"), (0.0, 336.0))


@pytest.mark.parametrize(
    "visits, message",
    [
        (
            "Week 2",
            "visits must be a list of visits in order, or a dict visit → hours since the first "
            "infusion, not 'Week 2'.",
        ),
        (
            [],
            "visits must be a list of visits in order, or a dict visit → hours since the first "
            "infusion, not [].",
        ),
        (["a", "b", "a"], "visits must name each visit once; a stands twice."),
        ([4, "4"], "visits must name each visit once; 4 stands twice."),
        (
            {"4h": 4, "0h": 0},
            "visits must be in the order of time, each later than the one before; the hours are "
            "4, 0.",
        ),
        (
            {"0h": 0, "4h": "four"},
            "visits must give hours since the first infusion, not 'four' for '4h'.",
        ),
        (
            {"0h": 0, "4h": float("nan")},
            "visits must give hours since the first infusion, not nan for '4h'.",
        ),
        ({"0h": True}, "visits must give hours since the first infusion, not True for '0h'."),
    ],
)
def test_visits_that_are_no_order(visits: object, message: str) -> None:
    assert said(ArgumentError, lambda: declared_schedule(visits)) == message  # type: ignore[arg-type]


def test_a_visit_that_was_not_declared() -> None:
    column = pl.Series("VISIT", ["Day 1", "Day1"])
    assert said(ContractError, lambda: schedule_of(column, ["Day 1", "Day 7"], None)) == (
        "VISIT must hold one of the declared visits 'Day 1', 'Day 7', not 'Day1'. "
        "Did you mean Day 1?"
    )


@pytest.mark.parametrize(
    "values, message",
    [
        (["a", None], "VISIT must name a visit in every row; row 2 has none."),
        (
            ["a", None, None],
            "VISIT must name a visit in every row; 2 rows have none, the first is row 2.",
        ),
    ],
)
def test_a_row_without_a_visit(values: list[str | None], message: str) -> None:
    for kind in (pl.String, pl.Enum(["a"])):
        column = pl.Series("VISIT", values, dtype=kind)
        assert said(ContractError, lambda c=column: schedule_of(c, None, None)) == message


def test_numbers_that_pandas_made_fractions_are_the_visits_that_were_declared() -> None:
    text, schedule = schedule_of(pl.Series("v", [4.0, 5.0]), [4, 5], None)
    assert text.to_list() == ["4", "5"]
    assert schedule.labels == ("4", "5")


def test_an_enum_has_its_order() -> None:
    column = pl.Series("v", ["b", "a"], dtype=pl.Enum(["b", "a", "c"]))
    assert schedule_of(column, None, None)[1].labels == ("b", "a", "c")


def test_avisitn_is_an_order() -> None:
    visit, number = pl.Series("AVISIT", ["B", "A", "B"]), pl.Series("AVISITN", [1, 2, 1])
    assert schedule_of(visit, None, None, number)[1].labels == ("B", "A")


def test_avisitn_that_is_no_order() -> None:
    visit, number = pl.Series("AVISIT", ["A", "B", "C"]), pl.Series("AVISITN", [1, 1, 2])
    assert said(ContractError, lambda: schedule_of(visit, None, None, number)) == (
        "AVISITN must give each visit one number of its own; it does not for 'A', 'B'.\n"
        "  Declare the order of the visits instead: visits=[...]."
    )


# --- visits without an order -------------------------------------------------------------------


def test_no_order_is_refused_with_a_suggestion() -> None:
    column = pl.Series("VISIT", ["Week 10", "Week 2", "Baseline"])
    assert said(ArgumentError, lambda: schedule_of(column, None, None)) == (
        "The visits in VISIT have no declared order, and none is taken from the alphabet.\n"
        "  If this is their order, write visits=['Baseline', 'Week 2', 'Week 10'].\n"
        "  Where the column holds numbers, visit_unit= (hour, day or week) gives order and time."
    )


def test_no_order_and_none_to_suggest() -> None:
    column = pl.Series("VISIT", ["early", "late"])
    assert said(ArgumentError, lambda: schedule_of(column, None, None)) == (
        "The visits in VISIT have no declared order, and none is taken from the alphabet.\n"
        "  Write them in order, visits=[...]; found: 'early', 'late'.\n"
        "  Where the column holds numbers, visit_unit= (hour, day or week) gives order and time."
    )


@pytest.mark.parametrize(
    "labels, ordered",
    [
        (["24 h", "40 min", "4h", "d14"], ["40 min", "4h", "24 h", "d14"]),
        (["Month 3", "Day 100", "Week 2"], ["Week 2", "Month 3", "Day 100"]),
        (
            ["Day 7", "Day -7", "Baseline", "Screening"],
            ["Screening", "Day -7", "Baseline", "Day 7"],
        ),
        (["10", "9"], ["9", "10"]),
        (["V10", "V9"], ["V9", "V10"]),
        (["Visit 2", "Day 7"], None),  # a bare number beside a time
        (["Day 7", "Week 1"], None),  # one time twice
        (["3 m", "4 h"], None),  # months or minutes?
        (["Week 2 follow-up", "Week 1"], None),
    ],
)
def test_the_suggested_order(labels: list[str], ordered: list[str] | None) -> None:
    assert suggested_order(labels) == ordered


# --- visits as numbers with a unit ---------------------------------------------------------


def test_numbers_with_a_unit_give_names_order_and_hours() -> None:
    text, schedule = schedule_of(pl.Series("week", ["10", "2", "0"]), None, "week")
    assert text.to_list() == ["Week 10", "Week 2", "Week 0"]
    assert schedule == Schedule(("Week 0", "Week 2", "Week 10"), (0.0, 336.0, 1680.0))


def test_two_numbers_that_look_alike_stay_two_visits() -> None:
    values = [1234567.0, 1234568.0, 0.1, 0.1000001]
    _, schedule = schedule_of(pl.Series("hour", values), None, "hour")
    assert schedule.labels == ("Hour 0.1", "Hour 0.1000001", "Hour 1234567", "Hour 1234568")


@pytest.mark.parametrize(
    "values, visits, unit, error, message",
    [
        (
            ["Week 2"],
            None,
            "week",
            ContractError,
            "week must hold numbers, not 'Week 2' (row 1).\n  visit_unit= is for numbers; for "
            "names of visits write visits=[...], in order.",
        ),
        (
            [2.0, None],
            None,
            "week",
            ContractError,
            "week must hold a number in every row; row 2 has none.",
        ),
        ([2.0], [2], "week", ArgumentError, "Give visits= or visit_unit=, not both."),
        (
            [2.0],
            None,
            "weeks",
            ArgumentError,
            "visit_unit must be one of 'hour', 'day', 'week', not 'weeks'. Did you mean week?",
        ),
    ],
)
def test_a_unit_that_does_not_fit(
    values: list[object], visits: list[object] | None, unit: str, error: type, message: str
) -> None:
    column = pl.Series("week", values)
    assert said(error, lambda: schedule_of(column, visits, unit)) == message


# --- the clock -----------------------------------------------------------------------------


def test_one_clock() -> None:
    assert named_clock(None, None, None) is None
    assert named_clock(None, None, "t") == ("hour", "t")
    assert said(ArgumentError, lambda: named_clock("d", None, "t")) == (
        "Give one clock, not day= and hour=: day (elapsed days, 0 is the day of the first "
        "infusion), study_day (CDISC ADY, which has no day 0) or hour."
    )


@pytest.mark.parametrize(
    "clock, given, hours",
    [
        ("hour", ["-1", "0.5", None], [-1.0, 0.5, None]),
        ("day", [-7.0, 0.0, 0.5], [-168.0, 0.0, 12.0]),
        ("study_day", [-1, 1, 2], [-24.0, 0.0, 24.0]),
    ],
)
def test_elapsed_hours(clock: str, given: list[object], hours: list[float | None]) -> None:
    frame = pl.DataFrame({"t": pl.Series(given)})
    assert elapsed_hours(frame, clock, "t").to_list() == hours


@pytest.mark.parametrize(
    "given, message",
    [
        (
            [1, 0],
            "ADY cannot be 0 as a study day (row 2): CDISC's study days go from -1 to 1.\n"
            "  If it counts elapsed days from 0, name it as day=.",
        ),
        (
            [1.0, 0.5],
            "ADY must hold whole numbers as study days, not 0.5 (row 2).\n"
            "  If it counts elapsed days, name it as day=.",
        ),
        (
            ["1", "ND"],
            "ADY must hold numbers, not 'ND' (row 2).\n"
            "  Correct the cells; leave a cell empty where the time is not known.",
        ),
    ],
)
def test_study_days_that_are_none(given: list[object], message: str) -> None:
    frame = pl.DataFrame({"ADY": pl.Series(given)})
    assert said(ContractError, lambda: elapsed_hours(frame, "study_day", "ADY")) == message


@pytest.mark.parametrize("clock, day, hours", [("day", 0, 0.0), ("study_day", 1, 0.0)])
def test_two_assessments_of_one_day_need_hours(clock: str, day: int, hours: float) -> None:
    rows = pl.DataFrame(
        {
            "USUBJID": ["a", "a", "b", "b", "c"],
            "PARAMCD": ["MADRS"] * 5,
            "AVISIT": ["0h", "4h", "0h", "4h", "0h"],
            "AFRLT": [hours] * 5,
            "AVAL": [30.0, 20.0, 31.0, 21.0, 32.0],
        }
    )
    assert said(ContractError, lambda: check_days_apart(rows, clock, "DAY")) == (
        f"Subject a has MADRS at '0h' and '4h' on one day (DAY {day}), and 1 more subject "
        "likewise: assessments of one day need hours.\n"
        f"  Name hour= instead of {clock}=, or leave {clock}= out and give visits= with hours."
    )
    check_days_apart(rows.filter(pl.col("AVISIT") == "0h"), clock, "DAY")
