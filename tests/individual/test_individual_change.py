"""The change of every subject against R, hand-made subjects, and what must hold for any order."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.individual.change import IndividualResult, estimate_individual_change
from tests.rates.test_response import ARMS, frame, oracle, trial_of

HALF = ka.Response(at_least=0.5)
NUMBERS = ("baseline", "score", "change", "last_score", "last_change")


def other_scale(name: str) -> ka.Trial:
    """The same trial on a scale that the registry does not know."""
    trial = trial_of(name)
    return trial.with_(adqs=trial.adqs.with_columns(PARAMCD=pl.lit("OWN")))


def estimated(name: str, visit: str, floor: int) -> IndividualResult:
    if floor:
        data, scale, declared = other_scale(name), "OWN", {"floor": float(floor)}
    else:
        data, scale, declared = trial_of(name), "MADRS", {}
    return estimate_individual_change(data, scale, "TRT01P", visit=visit, show_ids=True, **declared)


def close(theirs: str) -> Any:
    """Differences and quotients of two decimals: R and numpy do the same arithmetic."""
    return pytest.approx(float(theirs), rel=1e-12, abs=1e-14) if theirs else None


@pytest.mark.parametrize("floor", [0, 5])
@pytest.mark.parametrize("visit", ["2", "4"])
@pytest.mark.parametrize("name", ARMS)
def test_every_subject_is_that_of_r(name: str, visit: str, floor: int) -> None:
    result = estimated(name, visit, floor)
    ours = {row["USUBJID"]: row for row in result.table.iter_rows(named=True)}
    theirs = [r for r in oracle("individual") if (r["trial"], r["visit"]) == (name, visit)]
    assert len(ours) == len(theirs)
    for row in theirs:
        one = ours[row["id"]]
        assert (one["TRT01P"], one["status"]) == (row["arm"], row["status"])
        assert (one["last_visit"] or "", one["last_seen"] or "") == (
            row["last_visit"],
            row["last_seen"],
        )
        for column in NUMBERS:
            assert one[column] == close(row[column]), (row, column)
        assert one["relative_change"] == close(row[f"from_{floor}"]), row


@pytest.mark.parametrize("floor", [0, 5])
@pytest.mark.parametrize("visit", ["2", "4"])
@pytest.mark.parametrize("name", ARMS)
def test_the_quartiles_of_a_group_are_those_of_r(name: str, visit: str, floor: int) -> None:
    groups = estimated(name, visit, floor).groups.iter_rows(named=True)
    ours = {(row["TRT01P"], row["measure"]): row for row in groups}
    names = {"change": "change", f"from_{floor}": "relative change"}
    theirs = [
        row
        for row in oracle("individual_groups")
        if (row["trial"], row["visit"]) == (name, visit) and row["measure"] in names
    ]
    assert len(ours) == len(theirs) == 2 * len(ARMS[name])
    for row in theirs:
        one = ours[row["arm"], names[row["measure"]]]
        assert (one["n"], one["n_missing"]) == (int(row["n"]), int(row["n_missing"]))
        for column in ("median", "q1", "q3", "min", "max"):
            assert one[column] == close(row[column]), (row, column)


# --- hand-made subjects -------------------------------------------------------------------------

ROWS = [
    *[("done", "0", 40), ("done", "1", 30), ("done", "2", 20)],
    *[("left", "0", 30), ("left", "1", 36)],
    *[("missed", "0", 20), ("missed", "3", 5)],
    ("never", "0", 25),
    *[("floor", "0", 0), ("floor", "2", 3)],
]


def small(**options: Any) -> IndividualResult:
    return estimate_individual_change(frame(ROWS), "MADRS", visit="2", **options)


def test_what_becomes_of_each_subject() -> None:
    table = small(show_ids=True, response=HALF).table
    shown = table.select("USUBJID", "change", "relative_change", "responder", "status", "note")
    assert shown.rows() == [
        ("done", -20.0, -0.5, True, "completed", None),
        ("floor", 3.0, None, None, "completed", "baseline of 0 or less, which has no share"),
        ("left", None, None, None, "left before", None),
        ("missed", None, None, None, "missed", None),
        ("never", None, None, None, "never scored", None),
    ]
    last = table.select("last_visit", "last_score", "last_change", "last_seen").rows()
    assert last == [
        ("2", 20.0, -20.0, "2"),
        ("2", 3.0, 3.0, "2"),
        ("1", 36.0, 6.0, "1"),
        (None, None, None, "3"),
        (None, None, None, None),
    ]


def test_no_subject_can_be_recognised_unless_asked_for() -> None:
    result = small()
    assert "USUBJID" not in result.table.columns
    assert "USUBJID" not in result.course.columns
    assert result.table["number"].to_list() == [1, 2, 3, 4, 5]
    assert "done" not in result.summary() + result.text()
    assert "done" in small(show_ids=True).summary()


def test_the_course_holds_every_score_with_the_baseline_first() -> None:
    course = small().course
    assert course.height == len(ROWS)
    first = course.filter(pl.col("number") == 1)
    assert first.select("AVISIT", "hours", "score").rows() == [
        ("Baseline", 0.0, 40.0),
        ("1", None, 30.0),
        ("2", None, 20.0),
    ]


def test_everybody_is_counted() -> None:
    audit = small().audit
    assert audit.rows() == [
        ("included", "scored at the visit", 2),
        ("excluded", "last score before the visit", 1),
        ("excluded", "no score after baseline", 1),
        ("excluded", "no score at the visit, but a later one", 1),
    ]


def test_the_floor_of_the_registry_must_be_chosen_and_halves_the_way_to_it() -> None:
    rows = [("a", "0", 60), ("a", "1", 40)]
    data = frame(rows)
    with pytest.raises(ArgumentError) as refusal:
        estimate_individual_change(data, "STAIS", visit="1")
    assert str(refusal.value) == (
        "STAIS starts at 20, so a share of the score is not a share of the symptoms. Declare "
        "from_floor=True (from the lowest score) or from_floor=False (of the raw score)."
    )
    found = [
        estimate_individual_change(data, "STAIS", visit="1", from_floor=choice)
        for choice in (True, False)
    ]
    assert [one.table["relative_change"][0] for one in found] == [-0.5, pytest.approx(-1 / 3)]
    assert [one.floor for one in found] == [20.0, 0.0]
    by_rule = estimate_individual_change(
        data, "STAIS", visit="1", response=ka.Response(at_least=0.5, from_floor=True)
    )
    assert (by_rule.floor, by_rule.table["responder"][0]) == (20.0, True)


@pytest.mark.parametrize(
    ("scale", "options", "message"),
    [
        (
            "OWN",
            {},
            "OWN is not in the registry of instruments, so its lowest score is not known. Declare "
            "floor= (the score of no symptoms; 0 where the scale starts there).",
        ),
        (
            "OWN",
            {"from_floor": True},
            "OWN is not in the registry of instruments, so its lowest score is not known. Declare "
            "floor= (the score of no symptoms; 0 where the scale starts there) instead of "
            "from_floor=.",
        ),
        (
            "MADRS",
            {"floor": 0.0, "better": "lower"},
            "floor=, better= cannot stand beside the registry, which says it. Leave them out of "
            "the call.",
        ),
        (
            "MADRS",
            {"response": HALF, "from_floor": True},
            "from_floor= cannot stand beside the response rule, which says it. Write them in "
            "Response(...).",
        ),
        (
            "MADRS",
            {"response": 0.5},
            "response must be a Response, such as Response(at_least=0.5), not 0.5.",
        ),
        (
            "MADRS",
            {"by": "change"},
            "by cannot name the column 'change', which the result uses itself; rename it.",
        ),
        (
            "OWN",
            {"floor": 0.0, "better": "less"},
            "better must be one of 'lower', 'higher', not 'less'.",
        ),
    ],
)
def test_what_must_be_declared_is_named(scale: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        estimate_individual_change(frame(ROWS), scale, visit="2", **options)
    assert str(refusal.value) == message


def test_without_a_baseline_there_is_no_change() -> None:
    data = frame(ROWS).filter(pl.col("AVISIT") != "0")
    with pytest.raises(EstimationError) as refusal:
        estimate_individual_change(data, "MADRS", visit="2")
    assert str(refusal.value) == (
        "Change needs a baseline, and no subject has a MADRS baseline. Flag the baseline rows "
        '(ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
    )


def test_a_visit_baseline_that_is_not_flagged_is_refused() -> None:
    order = pl.Enum(["0", "Baseline", "2"])
    data = frame(ROWS[:3]).with_columns(
        pl.col("AVISIT").cast(pl.String).replace("1", "Baseline").cast(order)
    )
    with pytest.raises(ContractError, match="The visit 'Baseline' has MADRS scores that are not"):
        estimate_individual_change(data, "MADRS", visit="2")


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    trial = trial_of("gaps")
    bare = trial.adqs.join(trial.adsl, on="USUBJID")
    first = estimate_individual_change(bare, "MADRS", "TRT01P", visit="2", show_ids=True)
    mixed = bare.sample(fraction=1, shuffle=True, seed=seed)
    again = estimate_individual_change(mixed, "MADRS", "TRT01P", visit="2", show_ids=True)
    assert again.table.equals(first.table)
    assert again.course.equals(first.course)
    assert again.groups.equals(first.groups)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=12))
def test_the_rows_stand_in_the_order_of_the_change(pairs: list[tuple[int, int]]) -> None:
    rows = [
        (f"s{i}", visit, score)
        for i, pair in enumerate(pairs)
        for visit, score in zip(("0", "1"), pair, strict=True)
    ]
    table = estimate_individual_change(frame(rows), "MADRS", visit="1").table
    assert table["change"].to_list() == sorted(float(b - a) for a, b in pairs)
    assert table["number"].to_list() == list(range(1, len(pairs) + 1))


def test_pandas_in_is_pandas_out() -> None:
    result = estimate_individual_change(trial_of("gaps").adqs.to_pandas(), "MADRS", visit="2")
    assert isinstance(result.tidy(), pd.DataFrame)


def test_the_table_and_the_sentences() -> None:
    result = small(response=HALF)
    assert result.summary().startswith("Individual change in MADRS at 2\n")
    lines = [" ".join(line.split()) for line in result.summary().splitlines()]
    assert lines[2] == "No. Baseline 2 Change Change, % Responder Status Last score before"
    assert lines[3] == "1 40.0 20.0 −20.0 −50 yes scored"
    assert "3 30.0 left before 36.0 (1)" in lines
    assert "5 25.0 never scored" in lines
    assert (
        "All subjects: median change −8.5 (quartiles −14.3 to −2.8), n = 2 of 5."
        in result.summary()
    )
    assert (
        "1 subject without a relative change: baseline of 0 or less, which has no share."
        in result.summary()
    )
    said = (
        "Change in MADRS at 2: All median −8.5 points (quartiles −14.3 to −2.8, range −20.0 to "
        "3.0, n = 2 of 5)."
    )
    assert [result.text(style).startswith(said) for style in ("plain", "apa", "jama")] == [True] * 3
    assert [result.inline(number=1, style=style) for style in ("plain", "apa", "jama")] == [
        "−20.0 points (−50 %)",
        "−20.0 points (−50%)",
        "−20.0 points (−50%)",
    ]
    assert result.inline(number=2) == "3.0 points"
    assert result.inline(number=3) == "no change (left before)"


def test_many_subjects_are_shown_in_part_and_it_is_said() -> None:
    result = ka.estimate_individual_change(
        ka.load_example("ketamine"), "MADRS", "TRT01P", visit="Day 14"
    )
    assert "Of each group the first 20 subjects are shown; 56 more are in .table." in str(result)
