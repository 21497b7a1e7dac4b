"""Each rule on scores with a table that keeps it and one that breaks it; messages word by word."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.contracts.rules import named_rule
from ketanalysis.contracts.score_rules import runs_back
from tests.contracts.rule_data import course, found

KEPT = [(name, "AVAL") for name in ("scale_range", "asc_unit")] + [
    ("known_scale", "PARAMCD"),
    ("missing_baseline", "ABLFL"),
    ("scale_without_baseline", "ABLFL"),
    ("one_baseline", "ABLFL"),
    ("baseline_zero", "ABLFL"),
    ("baseline_after_treatment", "AFRLT"),
    ("time_order", "AFRLT"),
    ("same_time", "AFRLT"),
    ("hours_or_days", "AFRLT"),
]


@pytest.mark.parametrize("name, column", KEPT)
def test_a_clean_course_of_scores_breaks_no_rule(name: str, column: str) -> None:
    assert found(named_rule(name, column), course()) == []


# Scores.


def test_a_score_outside_its_instrument() -> None:
    frame = course(AVAL=[31.0, 61.0, None, -1.0, math.nan, 60.0])
    assert found(named_rule("scale_range", "AVAL"), frame) == [
        (2, "ADQS.AVAL must be between 0 and 60 for MADRS, not 61."),
        (4, "ADQS.AVAL must be between 0 and 60 for MADRS, not -1."),
    ]


def test_each_scale_has_its_own_range() -> None:
    frame = course(
        PARAMCD=["MADRS", "PHQ9", "PHQ9", "ODD", "MADRS", "PHQ9"], AVAL=[27, 28, 27, 999, 60, 1]
    )
    assert found(named_rule("scale_range", "AVAL"), frame) == [
        (2, "ADQS.AVAL must be between 0 and 27 for PHQ9, not 28.")
    ]


def test_a_plain_sum_of_the_qids_is_named() -> None:
    frame = course(PARAMCD=["QIDSSR16"] * 6, AVAL=[27, 33, 5, 5, 5, 5])
    assert found(named_rule("scale_range", "AVAL"), frame) == [
        (
            2,
            "ADQS.AVAL must be between 0 and 27 for QIDSSR16 (a domain counts its highest item; a "
            "plain sum of items is no score), not 33.",
        )
    ]


def test_a_name_that_stands_for_several_instruments() -> None:
    frame = course(PARAMCD=["BPRS"] * 6)
    assert found(named_rule("known_scale", "PARAMCD"), frame) == [
        (
            1,
            "ADQS.PARAMCD BPRS is the name of several instruments of the registry (BPRS0TO6, "
            "BPRS1TO7): range not checked.",
        )
    ]
    assert found(named_rule("scale_range", "AVAL"), frame) == []


def test_a_scale_that_is_not_in_the_registry() -> None:
    frame = course(PARAMCD=["MADRS", "ODD", "ODD", "MADRS", "OTHER", "MADRS"])
    assert found(named_rule("known_scale", "PARAMCD"), frame) == [
        (2, "ADQS.PARAMCD ODD is not in the registry: range not checked."),
        (5, "ADQS.PARAMCD OTHER is not in the registry: range not checked."),
    ]


def test_asc_scores_from_0_to_1_or_0_to_10() -> None:
    frame = course(
        PARAMCD=["ASC_ANX", "ASC_ANX", "ANX", "ANX", "ASC_UNITY", "MADRS"],
        AVAL=[0.2, 0.8, 1.5, 9.5, 40.0, 7.0],
    )
    assert found(named_rule("asc_unit", "AVAL"), frame) == [
        (2, "ADQS.AVAL should run from 0 to 100 for ASC_ANX: its largest is 0.8."),
        (4, "ADQS.AVAL should run from 0 to 100 for ANX: its largest is 9.5."),
    ]


def test_asc_scores_that_are_all_0_are_not_suspected() -> None:
    frame = course(PARAMCD=["ANX"] * 6, AVAL=[0.0] * 6)
    assert found(named_rule("asc_unit", "AVAL"), frame) == []


# Baseline.


def test_a_missing_baseline_is_one_finding_a_subject_and_scale() -> None:
    frame = course(ABLFL=["Y", None, None, None, None, "N"])
    assert found(named_rule("missing_baseline", "ABLFL"), frame) == [
        (4, "ADQS.ABLFL marks no baseline of MADRS for these subjects.")
    ]


def test_a_baseline_row_without_a_score_is_no_baseline() -> None:
    frame = course(AVAL=[31.0, 12.0, 14.0, math.nan, 27.0, 30.0])
    assert [row for row, _ in found(named_rule("missing_baseline", "ABLFL"), frame)] == [4]


def test_a_scale_that_is_given_once_is_no_missing_baseline() -> None:
    frame = course(PARAMCD=["MADRS", "MADRS", "VASANX"] * 2)
    assert found(named_rule("missing_baseline", "ABLFL"), frame) == []
    assert found(named_rule("scale_without_baseline", "ABLFL"), frame) == [
        (3, "ADQS.ABLFL marks no baseline of VASANX for any subject.")
    ]


@pytest.mark.parametrize("scale", ["CADSS", "ANX", "ASC_ANX", "MOAAS", "CGII"])
def test_a_scale_of_a_drug_effect_or_of_improvement_has_no_baseline(scale: str) -> None:
    frame = course(PARAMCD=["MADRS", "MADRS", scale] * 2)
    assert found(named_rule("scale_without_baseline", "ABLFL"), frame) == []
    without = course(PARAMCD=[scale] * 6, ABLFL=[None] * 6)
    assert found(named_rule("scale_without_baseline", "ABLFL"), without) == []


def test_two_baselines() -> None:
    frame = course(ABLFL=["Y", "Y", None, "Y", None, None])
    assert found(named_rule("one_baseline", "ABLFL"), frame) == [
        (1, "ADQS.ABLFL must be Y on at most one row for each USUBJID and PARAMCD."),
        (2, "ADQS.ABLFL must be Y on at most one row for each USUBJID and PARAMCD."),
    ]


def test_each_period_of_a_crossover_may_have_a_baseline() -> None:
    two = pl.concat([course(APERIOD=[1] * 6), course(APERIOD=[2] * 6)])
    assert found(named_rule("one_baseline", "ABLFL"), two) == []
    without = two.with_columns(ABLFL=pl.when(pl.col("APERIOD") == 1).then("ABLFL"))
    assert [r for r, _ in found(named_rule("missing_baseline", "ABLFL"), without)] == [7, 10]


def test_a_baseline_of_zero() -> None:
    frame = course(AVAL=[0.0, 0.0, 14.0, 28.0, 27.0, 30.0])
    assert found(named_rule("baseline_zero", "ABLFL"), frame) == [
        (1, "ADQS.AVAL is 0 at baseline for MADRS: the percent change is undefined.")
    ]


def test_a_baseline_after_the_first_infusion() -> None:
    rule = named_rule("baseline_after_treatment", "AFRLT")
    message = (
        "ADQS.AFRLT should be at most 0 at baseline (ABLFL Y), before the first infusion, not 24."
    )
    frame = course(ABLFL=[None, "Y", "N", "Y", None, None])
    assert found(rule, frame) == [(2, message)]
    assert rule.severity == "warning"
    assert found(rule, course(AFRLT=[-24.0, 0, 168, None, 24, 168])) == []


def test_a_later_period_of_a_crossover_has_its_baseline_after_the_first_infusion() -> None:
    second = course(APERIOD=[2] * 6, AFRLT=[336.0, 360.0, 504.0] * 2)
    two = pl.concat([course(APERIOD=[1] * 6), second])
    rule = named_rule("baseline_after_treatment", "AFRLT")
    assert found(rule, two) == []
    late = pl.concat([course(APERIOD=[1] * 6, AFRLT=[0.0, 24, 168, 2, 24, 168]), second])
    assert [row for row, _ in found(rule, late)] == [4]


# Time.


def test_two_visits_at_one_time() -> None:
    rule = named_rule("same_time", "AFRLT")
    message = (
        "ADQS.AFRLT should be a time of its own at each visit of a subject and scale, "
        "not {} at {} visits."
    )
    frame = course(AFRLT=[0.0, 24.0, 24.0, 0.0, -0.0, 0.0])
    assert found(rule, frame) == [
        (2, message.format(24, 2)),
        (3, message.format(24, 2)),
        *((row, message.format(zero, 3)) for row, zero in ((4, "0"), (5, "-0"), (6, "0"))),
    ]
    assert rule.severity == "warning"


@pytest.mark.parametrize(
    "changes",
    [
        {"AFRLT": [None, None, math.nan, 0.0, 24.0, 168.0]},  # times that are not known
        {"PARAMCD": ["MADRS", "HAMD17", "PHQ9"] * 2, "AFRLT": [0.0] * 6},
        {"AVISIT": ["Day 1"] * 6, "AFRLT": [24.0] * 6},  # one visit: the key's to say
        {"AVAL": [31.0, None, math.nan, 28.0, 27.0, 30.0], "AFRLT": [0, 0, 0, 0, 24, 168]},
        {"USUBJID": [None] * 6},
        {"APERIOD": [1, 2, 3] * 2, "AFRLT": [0.0] * 6},
    ],
)
def test_what_is_not_two_visits_at_one_time(changes: dict[str, list[object]]) -> None:
    assert found(named_rule("same_time", "AFRLT"), course(**changes)) == []


def test_the_clock_runs_back_in_any_order_of_rows() -> None:
    frame = course(AFRLT=[0.0, 168.0, 24.0, 0.0, 24.0, 168.0])
    message = "ADQS.AFRLT should not be earlier than at a visit before (by AVISITN), not 24."
    assert found(named_rule("time_order", "AFRLT"), frame) == [(3, message)]
    assert found(named_rule("time_order", "AFRLT"), frame.reverse()) == [(4, message)]


def test_a_missing_time_hides_no_later_one() -> None:
    frame = course(AFRLT=[30.0, None, 24.0, None, None, 168.0])
    assert [row for row, _ in found(named_rule("time_order", "AFRLT"), frame)] == [3]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.one_of(st.none(), st.integers(0, 4)),
            st.one_of(st.none(), st.integers(-2, 3)),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_the_quick_proof_of_order_agrees_with_the_plain_definition(
    rows: list[tuple[int, int | None, int | None]],
) -> None:
    frame = pl.DataFrame(rows, schema={"g": pl.Int64, "o": pl.Int64, "t": pl.Float64}, orient="row")
    plain = [
        any(
            g == h and None not in (o, p, t, s) and (p or 0) < (o or 0) and (s or 0) > (t or 0)
            for h, p, s in rows
        )
        for g, o, t in rows
    ]
    rule = frame.select(runs_back(frame, "t", "o", ["g"]).fill_null(False)).to_series()
    assert rule.to_list() == plain


def test_days_beside_hours() -> None:
    frame = course(AFRLT=[0.0, 24.0, 168.0, 0.0, 1.0, 7.0])
    message = (
        "ADQS.AFRLT should be in hours: other subjects have 20 times as much or more at this "
        "visit, not {}."
    )
    assert found(named_rule("hours_or_days", "AFRLT"), frame) == [
        (5, message.format(1)),
        (6, message.format(7)),
    ]


def test_a_visit_window_is_not_suspected() -> None:
    frame = course(AFRLT=[-300.0, 20.0, 120.0, -1.0, 30.0, 240.0])
    assert found(named_rule("hours_or_days", "AFRLT"), frame) == []


def test_a_study_day_is_never_0() -> None:
    frame = course(ADY=[-1, 1, 7, 0, 1, 7])
    assert found(named_rule("no_day_zero", "ADY"), frame) == [
        (4, "ADQS.ADY must not be 0: the day before study day 1 is study day -1.")
    ]
    assert found(named_rule("no_day_zero", "ADY"), course(ADY=[-1, 1, 7] * 2)) == []
