"""Spells, lanes and events of hand-made subjects; relapses are those of time_to_relapse."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.individual.course import CourseResult, tabulate_course
from ketanalysis.individual.spells import find_spells

HALF, TEN = ka.Response(at_least=0.5), ka.Remission(at_most=10)
VISITS = {"0": -1, "1": 24, "2": 168, "3": 336, "4": 672}
SCORES = {
    "long": [40, 20, 25, 10, 8],
    "quit": [30, 10, None, None, None],
    "gone": [30, 28, 14, None, None],
    "died": [30, 30, 29, None, None],
    "none": [30, None, None, None, None],
}


def trial(**changes: Any) -> ka.Trial:
    rows = [
        {"id": name, "visit": visit, "score": score}
        for name, scores in SCORES.items()
        for visit, score in zip(VISITS, scores, strict=True)
    ]
    infusions = pl.DataFrame(
        {
            "USUBJID": ["long", "long", "quit", "gone", "died"],
            "EXSEQ": [1, 2, 1, 1, 1],
            "AFRLT": [0.0, 48.0, 0.0, 0.0, 0.0],
        }
    )
    events = pl.DataFrame(
        {
            "USUBJID": ["quit", "died", "died", "long"],
            "AFRLT": [72.0, 240.0, 200.0, 500.0],
            "ICECAT": ["discontinuation", "death", "discontinuation", "rescue"],
        }
    )
    data = pl.DataFrame(rows)
    made = ka.as_trial(
        data,
        subject="id",
        visit="visit",
        visits=VISITS,
        scores={"MADRS": "score"},
        baseline_visit="0",
        subjects=data.select("id").unique(),
        infusions=infusions,
        events=events,
    )
    return made.with_(**changes)


def course(**options: Any) -> CourseResult:
    return tabulate_course(trial(), "MADRS", response=HALF, remission=TEN, show_ids=True, **options)


def test_lanes_worked_by_hand() -> None:
    lanes = course().lanes
    assert lanes.drop("number").rows() == [
        ("long", 28.0, "last visit", 2, "4"),
        ("died", 10.0, "death", 1, "2"),
        ("gone", 7.0, "no later score", 1, "2"),
        ("quit", 3.0, "discontinuation", 1, "1"),
        ("none", None, "no later score", 0, None),
    ]
    assert lanes["number"].to_list() == [1, 2, 3, 4, 5]
    assert course().table.equals(lanes)


def test_events_worked_by_hand() -> None:
    result = course()
    first = result.events.filter(pl.col("number") == 1).select("event", "time").rows()
    assert first == [
        ("infusion", 0.0),
        ("response reached", 1.0),
        ("infusion", 2.0),
        ("response lost", 7.0),
        ("response reached", 14.0),
        ("remission reached", 14.0),
        ("rescue", pytest.approx(500 / 24)),
    ]
    died = result.events.filter((pl.col("number") == 2) & (pl.col("event") != "infusion"))
    assert died["event"].to_list() == ["discontinuation", "death"]


def test_spells_worked_by_hand() -> None:
    spells = course().spells
    assert spells.rows() == [
        (1, "response", 1.0, 7.0, True),
        (1, "response", 14.0, 28.0, False),
        (1, "remission", 14.0, 28.0, False),
        (3, "response", 7.0, 7.0, False),
        (4, "response", 1.0, 1.0, False),
        (4, "remission", 1.0, 1.0, False),
    ]


def spells_by_loop(met: list[bool | None]) -> list[tuple[int, int, bool]]:
    found, start, last = [], None, None
    for i, state in enumerate(met):
        if state is None:
            continue
        if state and start is None:
            start = i
        if not state and start is not None:
            found.append((start, i, True))
            start = None
        last = i
    return [*found, (start, last, False)] if start is not None else found


@given(st.lists(st.lists(st.sampled_from([True, False, None]), min_size=5, max_size=5), max_size=6))
def test_spells_are_those_of_a_loop(subjects: list[list[bool | None]]) -> None:
    shape = (5, len(subjects))
    state = np.array(subjects, dtype=object).T.reshape(shape)
    judged = np.array(state != None, dtype=bool)  # noqa: E711
    met = judged & (state == True)  # noqa: E712
    hours = np.repeat(np.arange(5.0)[:, np.newaxis], len(subjects), axis=1)
    found = find_spells(hours, met.astype(bool), judged)
    arrays = (found.subject, found.start, found.stop, found.lost)
    ours = list(zip(*(array.tolist() for array in arrays), strict=True))
    assert ours == [(i, *spell) for i, one in enumerate(subjects) for spell in spells_by_loop(one)]


def test_relapses_are_those_of_time_to_relapse() -> None:
    data = ka.load_example("ketamine")
    rule = ka.Relapse(
        at_least=22, consecutive=2, gap_days=(5, 15), dated="first", unconfirmed="censor"
    )
    among = ka.Among(HALF, visit="Day 14")
    options: dict[str, Any] = {"among": among, "redose": "censor"}
    tte = ka.time_to_relapse(data, "MADRS", rule, origin="first infusion", **options)
    result = tabulate_course(data, "MADRS", relapse=rule, show_ids=True, **options)
    ids = dict(result.lanes.select("number", "USUBJID").rows())
    ours = result.events.filter(pl.col("event") == "relapse")
    theirs = dict(tte.filter(pl.col("CNSR") == 0).select("USUBJID", "AVAL").rows())
    assert {ids[n]: t for n, t in ours.select("number", "time").rows()} == pytest.approx(theirs)
    assert len(theirs) > 10
    assert rule.sentence("MADRS") in result.notes


def test_a_bare_frame_has_scores_only_and_says_so() -> None:
    bare = trial().adqs.select("USUBJID", "AVISIT", "AFRLT", "AVAL", "ABLFL")
    result = tabulate_course(bare, "MADRS", response=HALF)
    assert result.lanes["n_infusion"].sum() == 0
    assert result.lanes["duration"].to_list() == [28.0, 7.0, 7.0, 1.0, None]
    assert "The data hold no infusions." in result.notes
    assert "USUBJID" not in result.table.columns


def test_everybody_is_counted() -> None:
    audit = course().audit
    assert audit["count"].sum() == len(SCORES)
    assert audit.select("reason", "count").rows() == [
        ("shown to the end: death", 1),
        ("shown to the end: discontinuation", 1),
        ("shown to the end: last visit", 1),
        ("shown to the end: no later score", 2),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            "A course needs at least one definition: response=, remission= or relapse=, for "
            "example response=Response(at_least=0.5).",
        ),
        ({"response": TEN}, "response must be a Response, not Remission(at_most=10)."),
        ({"remission": HALF}, "remission must be a Remission, not Response(at_least=0.5)."),
        (
            {"relapse": ka.Relapse(at_least=22, consecutive=1, dated="first")},
            "among= must say who enters the curve, for example "
            'among=Among(Response(at_least=0.5), visit="Day 14").',
        ),
    ],
)
def test_what_must_be_declared_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        tabulate_course(trial(), "MADRS", **options)
    assert str(refusal.value) == message


def test_what_has_no_time_is_refused() -> None:
    whole = trial()
    assert whole.adice is not None
    events = whole.adice.with_columns(AFRLT=pl.lit(None, pl.Float64))
    with pytest.raises(ContractError) as refusal:
        tabulate_course(whole.with_(adice=events), "MADRS", response=HALF)
    assert str(refusal.value) == (
        "ADICE.AFRLT must be known to show a course; rows without it: 4.\n"
        "  Fill it in, or remove what did not take place."
    )
    untimed = whole.adqs.with_columns(AFRLT=pl.lit(None, pl.Float64))
    with pytest.raises(ContractError, match="The course needs the time of every MADRS score"):
        tabulate_course(whole.with_(adqs=untimed), "MADRS", response=HALF)
    flat = whole.adqs.with_columns(ABLFL=pl.lit(None, pl.String))
    with pytest.raises(EstimationError, match="Response needs a baseline"):
        tabulate_course(whole.with_(adqs=flat), "MADRS", response=HALF)


def test_the_words() -> None:
    result = course()
    assert result.text().startswith(
        "Course of each subject on MADRS. All: 5 subjects, response reached in 3, remission "
        "reached in 2, 2 to an earlier score, 1 to death, 1 to discontinuation, 1 to the last "
        "visit. Population: all subjects of ADSL."
    )
    assert result.inline(number=1) == "28.0 days, 2 infusions, last visit"
    assert result.inline(number=5) == "not followed, 0 infusions, no later score"
    lines = [" ".join(line.split()) for line in result.summary().splitlines()]
    assert lines[2] == ("No. Subject Days Infusions First response, day First remission, day End")
    assert "1 long 28.0 2 1.0 14.0 last visit" in lines
