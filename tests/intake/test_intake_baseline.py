"""Which score is the baseline: declared, flagged or by the clock; never guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.intake.baseline import BY_CLOCK, NONE

SCORES = pl.DataFrame(
    {
        "id": ["a", "a", "a", "b", "b", "b"],
        "visit": ["screening", "before", "after"] * 2,
        "hours": [-168, -1, 4] * 2,
        "score": [33, 30, 20, 31, None, 12],
        "base": [30, 30, 30, 31, 31, 31],
    }
)
VISITS = ["screening", "before", "after"]


def trial(data: pl.DataFrame = SCORES, **changes: Any) -> ka.Trial:
    named = {"subject": "id", "visit": "visit", "visits": VISITS, "scores": {"MADRS": "score"}}
    return ka.as_trial(data, **{**named, **changes})


def flagged(found: ka.Trial) -> list[tuple[object, ...]]:
    rows = found.adqs.filter(pl.col("ABLFL") == "Y").select("USUBJID", "AVISIT", "AVAL")
    return rows.rows()


def said(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as refused:
        call()
    return str(refused.value)


def test_by_the_clock_it_is_the_last_score_before_the_infusion() -> None:
    found = trial(hour="hours")
    assert flagged(found) == [("a", "before", 30.0), ("b", "screening", 31.0)]
    assert found.notes == (BY_CLOCK,)


def test_a_named_visit_and_a_missing_baseline_is_a_warning() -> None:
    found = trial(baseline_visit="before")
    assert flagged(found) == [("a", "before", 30.0)]
    assert found.report is not None
    assert found.report.ok
    assert found.report.warnings.select("USUBJID", "rule", "message").rows() == [
        ("b", "missing_baseline", "ADQS.ABLFL marks no baseline of MADRS for these subjects."),
    ]


def test_a_column_beside_the_scores() -> None:
    found = trial(baseline={"MADRS": "base"})
    assert flagged(found) == [("a", "Baseline", 30.0), ("b", "Baseline", 31.0)]
    assert found.visits == ("Baseline", *VISITS)
    assert found.notes == ("Baseline of MADRS comes from the column base.",)


@pytest.mark.parametrize("flags", [["", "Y", "", "Y", None, "N"], [" ", "Y ", "", "Y", None, "N"]])
def test_flags_of_the_frame(flags: list[str | None]) -> None:
    found = trial(SCORES.with_columns(ABLFL=pl.Series(flags)))
    assert flagged(found) == [("a", "before", 30.0), ("b", "screening", 31.0)]


def test_no_baseline_is_noted_and_an_estimate_that_needs_one_refuses() -> None:
    found = trial()
    assert flagged(found) == []
    assert found.notes == (NONE,)
    message = said(
        ka.KetanalysisError,
        lambda: ka.estimate_response(found, "MADRS", ka.Response(at_least=0.5), missing="nri"),
    )
    assert "name baseline_visit= or baseline= in as_trial" in message


@pytest.mark.parametrize(
    "changes, error, message",
    [
        (
            {"baseline": {"MADRS": "base"}, "baseline_visit": "before"},
            ArgumentError,
            "Give baseline= or baseline_visit=, not both.",
        ),
        (
            {"baseline_visit": "befor"},
            ArgumentError,
            "baseline_visit must be one of the visits 'screening', 'before', 'after', not 'befor'."
            " Did you mean before?",
        ),
        (
            {"baseline": {"MADRS": "score"}},
            ContractError,
            "score must be the same in all rows of a subject; it is not in 2 (a, b).",
        ),
        (
            {"baseline": {"HAMA": "base"}},
            ArgumentError,
            "baseline must name scales that have scores: MADRS; not 'HAMA'.",
        ),
        (
            {"baseline": {"MADRS": "bas"}},
            ArgumentError,
            "baseline must name a column of data, not 'bas'. Did you mean base?\n"
            "  Its columns: id, visit, hours, score, base.",
        ),
        (
            {"baseline": ["base"]},
            ArgumentError,
            "baseline must be a dict with one entry a scale, not ['base'].",
        ),
    ],
)
def test_baselines_that_do_not_fit(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    assert said(error, lambda: trial(**changes)) == message


def test_a_visit_that_is_called_baseline_is_no_column() -> None:
    frame = SCORES.with_columns(pl.col("visit").replace({"before": "Baseline"}))
    visits = ["screening", "Baseline", "after"]
    assert said(ArgumentError, lambda: trial(frame, visits=visits, baseline={"MADRS": "base"})) == (
        "baseline= makes a visit 'Baseline', which the visits already have; name it as "
        "baseline_visit= instead."
    )


def test_flags_that_are_neither_yes_nor_no() -> None:
    frame = SCORES.with_columns(ABLFL=pl.Series(["1", "0", None, "1", "0", "0"]))
    assert said(ContractError, lambda: trial(frame)) == (
        "ABLFL must be Y on the baseline row and empty or N on others, not '0', '1'."
    )


@pytest.mark.parametrize("clock, days", [("day", [-7, 0, 1]), ("study_day", [-7, 1, 2])])
def test_days_cannot_tell_before_from_after_on_the_day_of_the_infusion(
    clock: str, days: list[int]
) -> None:
    frame = SCORES.with_columns(day=pl.Series(days * 2))
    assert said(ArgumentError, lambda: trial(frame, **{clock: "day"})) == (
        f"{clock}= cannot tell whether a score of the first infusion's day was taken before it.\n"
        "  Name the baseline: baseline_visit= or baseline=; or give hours."
    )
    named = trial(frame, **{clock: "day"}, baseline_visit="before")
    assert flagged(named) == [("a", "before", 30.0)]


def test_two_baselines_of_one_subject() -> None:
    frame = SCORES.with_columns(ABLFL=pl.Series(["Y", "Y", None, "Y", None, None]))
    assert said(ContractError, lambda: trial(frame)) == (
        "ADQS.ABLFL must be Y on at most one row for each USUBJID and PARAMCD.\n"
        '  Rows 1 and 2 (subject a), visits "screening", "before". Rule `one_baseline` of '
        "schemas/adqs.toml.\n  Mark one row as the baseline."
    )
