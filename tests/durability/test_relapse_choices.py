"""Relapse worked by hand: landmarks, randomisation, sustained entry, competing events, excuses."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ketanalysis.definitions import Among, Relapse, Remission, Response
from ketanalysis.durability.relapse import estimate_relapse, time_to_relapse
from ketanalysis.errors import ContractError
from ketanalysis.sustained import Sustained
from tests.durability.relapse_data import (
    END,
    PLAN,
    ROW,
    SINGLE,
    Subject,
    message,
    row_of,
    trial_of,
)

RUN: dict[str, Any] = {"dated": "first", "unconfirmed": "censor"}
WAITS = "last assessment qualified, not confirmed"
OUT = (None, None, None, None, None)


def out(reason: str) -> tuple[Any, ...]:
    return None, None, reason, None, None, None


# Baseline 40, 15 on day 14, the last infusion on day 11; times count from it.
@pytest.mark.parametrize(
    "scores, rule, expected",
    [
        ([(21, 25), (28, 9), (35, 25)], {"excursions": 1}, (10, 0, "relapse", 3, 10, 3)),
        ([(21, 25), (28, 9), (35, 25)], {"excursions": 0}, (17, 1, WAITS, 17, None, 3)),
        (
            [(21, 25), (28, 9), (30, 9), (35, 25)],
            {"excursions": 1},
            (19, 1, WAITS, 19, None, 3),
        ),
        ([(21, 25), (28, 9)], {"excursions": 1}, (17, 1, END, 17, None, 3)),
        ([(21, 25), (28, None), (35, 25)], {"missed": 1}, (10, 0, "relapse", 3, 10, 3)),
        ([(21, 25), (28, None), (35, 25)], {"missed": 0}, (3, 1, WAITS, 3, None, 3)),
        (
            [(21, 25), (28, None), (35, 25), (42, 25)],
            {"missed": 0},
            (24, 0, "relapse", 3, 24, 3),
        ),
        ([(21, 25), (28, 25)], {"within_days": 17}, (10, 0, "relapse", 3, 10, 3)),
        ([(21, 25), (28, 25)], {"within_days": 16}, (3, 1, WAITS, 3, None, 3)),
    ],
)
def test_excuses_within_a_run(scores: Any, rule: Any, expected: Any) -> None:
    own = Relapse(at_least=22, consecutive=2, **RUN, **rule)
    trial = trial_of({"S1": Subject([(14, 15), *scores]), "S2": Subject([(14, 9), (28, 9)])})
    rows = time_to_relapse(trial, "MADRS", own, **PLAN)
    assert rows.select(ROW).row(0) == expected


@pytest.mark.parametrize(
    "criterion, relapses_at",
    [
        ({"lost_at_least": 0.4}, 25),  # 15 at entry, 25 points gained: 40 % lost at 25
        ({"return_to": 0.8}, 32),
        ({"rise_at_least": 10, "rise_from": "entry"}, 25),
        ({"rise_at_least": 10, "rise_from": "best"}, 19),  # the best since entry is 9
    ],
)
def test_criteria_from_entry_and_baseline(criterion: Any, relapses_at: float) -> None:
    rule = Relapse(**criterion, consecutive=1, dated="first")
    at = Subject([(14, 15), (21, 9), (28, relapses_at)])
    below = Subject([(14, 15), (21, 9), (28, relapses_at - 0.5)])
    assert row_of(at, rule) == (17, 0, "relapse", 10, 17, 3)
    assert row_of(below, rule) == (17, 1, END, 17, None, 3)


def test_no_improvement_can_be_lost_where_there_was_none() -> None:
    rule = Relapse(lost_at_least=0.5, consecutive=1, dated="first")
    worse = Subject([(14, 8), (21, 30)], baseline=7)
    entry = Among(Remission(at_most=10), visit="d14")
    assert row_of(worse, rule, among=entry) == out("no improvement at entry")


def test_two_scales_are_judged_at_the_same_visit() -> None:
    both = Relapse(at_least=22, consecutive=1, dated="first") & Relapse(scale="CGII", at_least=6)
    either = Relapse(at_least=22, consecutive=1, dated="first") | Relapse(scale="CGII", at_least=6)
    scores = [(14, 15), (21, 25), (28, 25)]
    seen = Subject(scores, impression={21: 3, 28: 6})
    assert row_of(seen, both) == (17, 0, "relapse", 10, 17, 3)
    assert row_of(seen, either) == (10, 0, "relapse", 3, 10, 3)
    unseen = Subject(scores, impression={28: 6})  # on day 21 nobody knows
    assert row_of(unseen, both) == (17, 0, "relapse", 3, 17, 3)


def test_two_ways_into_relapse_each_with_its_run() -> None:
    slow = Relapse(at_least=22, consecutive=2, dated="confirming", unconfirmed="censor")
    high = Relapse(at_least=35, consecutive=1, dated="first")
    rule = slow | high
    assert row_of(Subject([(14, 15), (21, 25), (28, 36)]), rule) == (17, 0, "relapse", 3, 10, 3)
    assert row_of(Subject([(14, 15), (21, 36)]), rule) == (10, 0, "relapse", 3, 10, 3)
    assert row_of(Subject([(14, 15), (21, 25)]), rule) == (3, 1, WAITS, 3, None, 3)
    assert rule.sentence("MADRS") == (
        "Relapse is the earliest of these: (a) a MADRS score of at least 22 at 2 consecutive "
        "assessments, dated at the confirming assessment, and without confirmation the subject is "
        "censored at the last relapse-free assessment; (b) a MADRS score of at least 35 at a "
        "single assessment, dated at the first qualifying assessment."
    )


# --- origins ----------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [20, "d20"])
@pytest.mark.parametrize(
    "subject, expected",
    [
        (Subject([(14, 15), (20, 9), (28, 25)]), (8, 0, "relapse", 0, 8, 0)),
        (Subject([(14, 15), (16, 25), (20, 9)]), out("relapse before the origin")),
        (Subject([(14, 15), (20, 25)]), out("relapse before the origin")),  # on the day itself
        (Subject([(14, 15), (20, 9)]), (0, 1, "no score after entry", 0, None, 0)),
        (
            Subject([(14, 15), (20, 9), (28, 9)], infusions=[11, 18]),
            out("further infusion before the origin"),
        ),
        (Subject([(14, 15), (20, 9), (28, 9)], infusions=[11, 25]), (5, 2, None, 0, None, 0)),
    ],
)
def test_a_landmark(origin: Any, subject: Subject, expected: Any) -> None:
    trial = trial_of({"S1": subject, "S2": Subject([(14, 9), (20, 9)])})
    row = time_to_relapse(trial, "MADRS", SINGLE, **(PLAN | {"origin": origin})).select(ROW).row(0)
    if expected[2] is None:
        expected = (*expected[:2], "further infusion", *expected[3:])
    assert row == expected


def test_who_was_not_seen_at_the_landmark() -> None:
    gone = Subject([(14, 15), (16, 9)])
    assert row_of(gone, origin=20) == out("not seen at or after the origin")
    trial = trial_of({"S1": gone, "S2": Subject([(14, 9), (20, 9)])})
    row = time_to_relapse(trial, "MADRS", SINGLE, **(PLAN | {"origin": "d20"}))
    assert row.select(ROW).row(0) == out("no score at d20")


@pytest.mark.parametrize(
    "columns",
    [
        {"RANDDY": 19},  # day 1 is the day of the first infusion: 18 days elapsed
        {"RANDDT": datetime.date(2020, 3, 19), "TRTSDT": datetime.date(2020, 3, 1)},
        {"RANDDT": "2020-03-19", "TRTSDT": "2020-03-01T09:30"},
        {"RANDDT": datetime.datetime(2020, 3, 19, 8), "TRTSDT": datetime.datetime(2020, 3, 1, 20)},
    ],
)
def test_randomisation_as_origin(columns: Any) -> None:
    subject = Subject([(14, 15), (21, 9), (28, 25)], columns=columns)
    never = Subject([(14, 9)], columns=dict.fromkeys(columns))
    trial = trial_of({"S1": subject, "S2": never})
    rows = time_to_relapse(trial, "MADRS", SINGLE, **(PLAN | {"origin": "randomisation"}))
    assert rows.select(ROW).rows() == [(10, 0, "relapse", 3, 10, 0), out("not randomised")]
    assert rows["PARAM"][0] == "Time to relapse on MADRS (days since randomisation)"


def test_dates_of_randomisation_must_be_dates() -> None:
    columns = {"RANDDT": "19/03/2020", "TRTSDT": "2020-03-01"}
    trial = trial_of({"S1": Subject([(14, 15)], columns=columns)})
    assert message(trial, origin="randomisation") == (
        "ADSL.RANDDT must hold dates as YYYY-MM-DD, not '19/03/2020'."
    )
    with pytest.raises(ContractError):
        time_to_relapse(trial, "MADRS", SINGLE, **(PLAN | {"origin": "randomisation"}))


def test_the_criterion_may_have_been_met_before_entry() -> None:
    early = Subject([(7, 18), (14, 15), (21, 25)])
    assert row_of(early, origin="criterion met") == (14, 0, "relapse", 7, 14, 7)
    whenever = Among(Response(at_least=0.5), first_met=True)
    own = {"among": whenever, "origin": "entry"}
    assert row_of(early, **own, redose="ignore") == (14, 0, "relapse", 7, 14, 0)
    assert row_of(early, **own) == (4, 2, "further infusion", 0, None, 0)
    assert row_of(Subject([(14, 25)]), among=whenever) == out("no response at any visit")


# --- entry ------------------------------------------------------------------------------------

STABLE = Sustained(Remission(at_most=12), visits=2, of=3, excursions=1, missed=1)


@pytest.mark.parametrize(
    "scores, expected",
    [
        ([(7, 9), (14, 20), (21, 9), (28, 25)], (17, 0, "relapse", 10, 17, 10)),
        ([(7, 9), (14, 9), (21, None), (28, 25)], (17, 0, "relapse", 3, 17, 3)),
        ([(7, 9), (14, 20), (21, 20)], out("no sustained remission at d21")),
        ([(7, 9)], out("too many visits without a score until d21")),
    ],
)
def test_a_sustained_entry(scores: Any, expected: Any) -> None:
    everywhere = Subject([(7, 9), (14, 9), (21, 9), (28, 9)])
    trial = trial_of({"S1": Subject(scores), "S2": everywhere})
    plan = PLAN | {"among": Among(STABLE, visit="d21")}
    assert time_to_relapse(trial, "MADRS", SINGLE, **plan).select(ROW).row(0) == expected
    assert message(trial, **(plan | {"origin": "criterion met"})) == (
        'origin="criterion met" is for a Response or a Remission; a sustained rule is met at the '
        'last of its visits: write origin="entry".'
    )


def test_a_sustained_entry_cannot_look_ahead() -> None:
    named = Sustained(Remission(at_most=12), visits=2, of=("d14", "d21"))
    trial = trial_of({"S1": Subject([(14, 9), (21, 9)])})
    assert message(trial, among=Among(named, visit="d14")) == (
        "The visits of the sustained rule must not be later than 'd14', at which subjects enter; "
        "'d21' is."
    )


def test_entry_after_an_infusion() -> None:
    after = Among(Response(at_least=0.5), infusion=2, within=(24, 96), take="last")
    subject = Subject([(5, 25), (6, 15), (7, 18), (21, 25)], infusions=[0, 4, 11])
    assert row_of(subject, among=after, origin="entry") == (4, 2, "further infusion", 0, None, 0)
    assert row_of(subject, among=after, origin="entry", redose="ignore") == (
        *(14, 0, "relapse", 0, 14, 0),
    )
    few = Subject([(6, 15)], infusions=[0])
    assert row_of(few, among=after) == out("fewer than 2 infusions")
    late = Subject([(9, 15)], infusions=[0, 4])
    assert row_of(late, among=after) == out("no score after infusion 2")
    trial = trial_of({"S1": subject}).with_(adex=None)
    assert message(trial, among=after, origin="entry", redose=None) == (
        "Among(infusion=...) needs the infusions (as_trial(..., infusions=)); without them name "
        "the visit at which the rule must be met."
    )


# --- further infusions as competing events ----------------------------------------------------


@pytest.mark.parametrize(
    "subject, expected, code",
    [
        (Subject([(14, 15), (21, 9)], infusions=[11, 30]), (19, 2, 10, None), 2),
        (Subject([(14, 15), (21, 25)], infusions=[11, 30]), (10, 0, 3, 10), 1),
        (Subject([(14, 15), (21, 25)], infusions=[11, 21]), (10, 0, 3, 10), 1),  # the same day
        (Subject([(14, 15), (21, 25)], infusions=[11, 18]), (7, 2, 3, None), 2),
        (Subject([(14, 15), (21, 9)]), (10, 1, 10, None), 0),
    ],
)
def test_a_further_infusion_competes(subject: Subject, expected: Any, code: int) -> None:
    trial = trial_of({"S1": subject})
    plan = PLAN | {"redose": "competing"}
    row = time_to_relapse(trial, "MADRS", SINGLE, **plan).row(0, named=True)
    assert tuple(row[name] for name in ("AVAL", "CNSR", "AVALLO", "AVALHI")) == expected
    assert row["event_code"] == code


def test_a_curve_with_a_competing_event_says_what_it_is() -> None:
    trial = trial_of({"S1": Subject([(14, 15), (21, 25)]), "S2": Subject([(14, 9), (21, 9)])})
    result = estimate_relapse(trial, "MADRS", SINGLE, **(PLAN | {"redose": "competing"}))
    assert result.warnings[0] == (
        "A further infusion competes with relapse and is taken as censoring in this curve: one "
        "minus it is not the share that relapses, and is above it. That share is the cumulative "
        "incidence: estimate_relapse_incidence."
    )
