"""Each rule on infusions and on times to an event, kept and broken; messages word by word."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl
import pytest

from ketanalysis.contracts.event_rules import infusion_rules
from ketanalysis.contracts.rules import named_rule
from tests.contracts.rule_data import found

# Infusions.


def infusions(**changes: Sequence[object]) -> pl.DataFrame:
    columns: dict[str, Sequence[object]] = {
        "USUBJID": ["1", "1", "2"],
        "EXSEQ": [1, 2, 1],
        "AFRLT": [0.0, 48.0, 0.0],
        "EXDOSE": [0.5, 0.5, 0.0],
        "EXDOSU": ["mg/kg", "mg/kg", None],
        "EXTRT": ["ketamine", "ketamine", "Placebo (saline)"],
    }
    return pl.DataFrame({**columns, **changes})


@pytest.mark.parametrize(
    "name, column",
    [
        ("infusion_order", "AFRLT"),
        ("infusion_clock", "AFRLT"),
        ("dose_zero", "EXDOSE"),
        ("dose_has_unit", "EXDOSE"),
    ],
)
def test_clean_infusions_break_no_rule(name: str, column: str) -> None:
    assert found(named_rule(name, column), infusions()) == []


@pytest.mark.parametrize(
    "name, column, changes, findings",
    [
        (
            "infusion_order",
            "AFRLT",
            {"EXSEQ": [2, 1, 1]},
            [(1, "ADQS.AFRLT must not be earlier than an infusion before (by EXSEQ), not 0.")],
        ),
        (
            "infusion_clock",
            "AFRLT",
            {"USUBJID": ["1", "1", "2"], "AFRLT": [120.0, 72.0, -2e-6]},
            [
                (2, "ADQS.AFRLT should be 0 at the subject's first infusion, not 72."),
                (3, "ADQS.AFRLT should be 0 at the subject's first infusion, not -2e-6."),
            ],
        ),
        (
            "dose_zero",
            "EXDOSE",
            {"EXTRT": ["ketamine", "ketamine", "ketamine"]},
            [(3, "ADQS.EXDOSE should be above 0, except for placebo (by EXTRT), not 0.")],
        ),
        (
            "dose_has_unit",
            "EXDOSE",
            {"EXDOSU": ["mg/kg", " ", None]},
            [(2, "ADQS.EXDOSE must have a unit in EXDOSU.")],
        ),
    ],
)
def test_infusions_that_break_a_rule(
    name: str,
    column: str,
    changes: dict[str, Sequence[object]],
    findings: list[tuple[int, str]],
) -> None:
    assert found(named_rule(name, column), infusions(**changes)) == findings


@pytest.mark.parametrize(
    "times, rows",
    [
        ([1e-7, 48.0, -1e-7], []),  # rounding
        ([None, 48.0, 0.0], []),  # the first infusion has no time
        ([math.nan, 48.0, 24.0], [3]),
        ([None, -1.0, None], [2]),  # whatever the other time is, the first is not at 0
        ([72.0, 72.0, 0.0], [1]),  # one finding a subject
    ],
)
def test_the_clock_of_the_infusions(times: list[float | None], rows: list[int]) -> None:
    rule = named_rule("infusion_clock", "AFRLT")
    assert [row for row, _ in found(rule, infusions(AFRLT=times))] == rows
    assert rule.severity == "warning"
    assert rule.advice == (
        "The clocks of the scores and of the infusions do not agree: count both from the start "
        "of the first infusion, and list that infusion too."
    )


def test_what_ends_before_it_starts() -> None:
    times = {"USUBJID": ["1"] * 4, "AFRLT": [5.0, 5.0, None, -9.0]}
    frame = pl.DataFrame({**times, "AFRLTEND": [4.0, 5.0, 1.0, None]})
    assert found(named_rule("end_after_start", "AFRLTEND"), frame) == [
        (1, "ADQS.AFRLTEND must not be before the start, AFRLT 5, not 4."),
    ]


def test_infusions_of_nobody_have_no_clock() -> None:
    frame = infusions(USUBJID=[None, "1", "2"], AFRLT=[72.0, 0.0, 0.0])
    assert found(named_rule("infusion_clock", "AFRLT"), frame) == []


def test_a_dose_without_a_column_for_its_unit_or_drug() -> None:
    bare = infusions().drop("EXDOSU", "EXTRT")
    assert [row for row, _ in found(named_rule("dose_has_unit", "EXDOSE"), bare)] == [1, 2]
    assert [row for row, _ in found(named_rule("dose_zero", "EXDOSE"), bare)] == [3]


# Times to an event.


def times(**changes: Sequence[object]) -> pl.DataFrame:
    columns: dict[str, Sequence[object]] = {
        "CNSR": [0, 1, 0, 2],
        "EVNTDESC": ["relapse", None, "relapse", None],
        "AVALLO": [7.0, 14.0, None, 21.0],
        "AVALHI": [14.0, None, None, math.inf],
    }
    return pl.DataFrame({**columns, **changes}, strict=False)


@pytest.mark.parametrize(
    "name, column",
    [("event_described", "EVNTDESC"), ("interval_order", "AVALHI"), ("interval_end", "AVALHI")],
)
def test_clean_times_break_no_rule(name: str, column: str) -> None:
    assert found(named_rule(name, column), times()) == []


@pytest.mark.parametrize(
    "name, column, changes, findings",
    [
        (
            "event_described",
            "EVNTDESC",
            {"EVNTDESC": ["relapse", None, " ", None]},
            [(3, "ADQS.EVNTDESC should say what the event was where CNSR is 0.")],
        ),
        (
            "interval_order",
            "AVALHI",
            {"AVALHI": [6.0, None, 3.0, None]},
            [(1, "ADQS.AVALHI must not be below AVALLO, which is 7, not 6.")],
        ),
        (
            "interval_end",
            "AVALHI",
            {"AVALHI": [None, 20.0, None, None]},
            [
                (
                    1,
                    "ADQS.AVALHI must be given for an event (CNSR 0) and be missing for a "
                    "censored time, not missing.",
                ),
                (
                    2,
                    "ADQS.AVALHI must be given for an event (CNSR 0) and be missing for a "
                    "censored time, not 20.",
                ),
            ],
        ),
    ],
)
def test_times_that_break_a_rule(
    name: str,
    column: str,
    changes: dict[str, Sequence[object]],
    findings: list[tuple[int, str]],
) -> None:
    assert found(named_rule(name, column), times(**changes)) == findings


# Adverse events.


def events(**changes: Sequence[object]) -> pl.DataFrame:
    columns: dict[str, Sequence[object]] = {
        "USUBJID": ["1", "1", "2", "2"],
        "AEDECOD": ["Anxiety", "Nausea", "Anxiety", None],
        "AESOC": ["Psychiatric disorders", "Gastrointestinal disorders", None, None],
        "TRTEMFL": ["Y", "N", "Y", None],
        "AFRLT": [0.5, -3.0, 48.5, None],
        "AFRLTEND": [1.0, -1.0, None, 3.0],
        "EXSEQ": [1, None, 2, None],
    }
    return pl.DataFrame({**columns, **changes})


GIVEN = pl.DataFrame({"USUBJID": ["1", "2", "2"], "EXSEQ": [1, 1, 2], "AFRLT": [0.0, 0.0, 48.0]})


@pytest.mark.parametrize(
    "name, column",
    [("one_class", "AESOC"), ("emergent_onset", "TRTEMFL"), ("end_after_start", "AFRLTEND")],
)
def test_clean_events_break_no_rule(name: str, column: str) -> None:
    assert found(named_rule(name, column), events()) == []


def test_events_that_break_a_rule() -> None:
    two = events(AESOC=["Psychiatric disorders", "Gastrointestinal disorders", "Eye", "Eye"])
    assert found(named_rule("one_class", "AESOC"), two) == [
        (
            row,
            f'ADQS.AESOC should be one class for all records of Anxiety, not "{name}".',
        )
        for row, name in ((1, "Psychiatric disorders"), (3, "Eye"))
    ]
    early = events(TRTEMFL=["Y", "Y", "Y", "Y"])
    assert found(named_rule("emergent_onset", "TRTEMFL"), early) == [
        (
            2,
            "ADQS.TRTEMFL should not be Y where the event began before the first infusion (AFRLT "
            "-3).",
        )
    ]


def test_events_beside_the_infusions() -> None:
    known, after = infusion_rules(GIVEN)
    assert found(known, events()) == found(after, events()) == []
    assert found(known, events(EXSEQ=[2, None, 2, None])) == [
        (1, "ADQS.EXSEQ should be the number of an infusion of the subject in ADEX, not 2.")
    ]
    assert known.advice.endswith("The event is not counted at an infusion so.")
    assert found(after, events(AFRLT=[-0.5, -3.0, 48.5, None])) == [
        (1, "ADQS.EXSEQ should be an infusion that began before the event (AFRLT -0.5), not 1.")
    ]
    assert infusion_rules(None) == []


def test_a_trial_is_held_against_its_infusions() -> None:
    from ketanalysis import check_trial, load_example

    trial = load_example("ketamine")
    assert trial.adae is not None
    wrong = trial.adae.with_columns(EXSEQ=pl.lit(9))
    found_rules = check_trial(trial.with_(adae=wrong)).findings["rule"].unique().to_list()
    assert "known_infusion" in found_rules
    clean = check_trial(trial).findings.filter(table="adae")
    assert clean.is_empty()
