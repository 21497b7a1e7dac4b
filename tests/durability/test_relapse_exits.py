"""Relapse: every rule and every exit worked by hand, one subject each."""

from __future__ import annotations

from typing import Any

import pytest

from ketanalysis.definitions import Relapse
from ketanalysis.durability.library import relapse_rule
from tests.durability.relapse_data import END, LOSS50, SINGLE, STAY, SUSTAIN, Subject, row_of

FIRST = relapse_rule("sustain1", unconfirmed="censor", dated="first")
MIDPOINT = relapse_rule("sustain1", unconfirmed="censor", dated="midpoint")
AS_EVENT = relapse_rule("sustain1", unconfirmed="event")
MIDPOINT_EVENT = relapse_rule("sustain1", unconfirmed="event", dated="midpoint")
THREE = Relapse(at_least=22, consecutive=3, dated="first", unconfirmed="censor")
THREE_APART = Relapse(
    at_least=22, consecutive=3, gap_days=(5, 15), dated="confirming", unconfirmed="censor"
)
IBRAHIM = relapse_rule("ibrahim25", unconfirmed="censor")
SALLOUM = relapse_rule("madrs22_single")
ADMITTED = Relapse(at_least=22, consecutive=1, dated="first", events=("hospitalisation", "ECT"))

WAITS = "last assessment qualified, not confirmed"
AGAIN = "further infusion"

# Everybody has baseline 40, the last infusion on day 11 and a score of 15 on day 14: times
# count from day 11, and entry is at 3. Scores follow as (day, score).
# name: scores, rule, what else there is, (AVAL, CNSR, reason, AVALLO, AVALHI)
CASES: dict[str, tuple[list[tuple[float, float | None]], Relapse, dict[str, Any], tuple]] = {
    "at the cut-off": ([(21, 22)], SINGLE, {}, (10, 0, "relapse", 3, 10)),
    "just below it": ([(21, 21.9)], SINGLE, {}, (10, 1, END, 10, None)),
    "madrs22_single": ([(21, 8), (28, 30)], SALLOUM, {}, (17, 0, "relapse", 10, 17)),
    "above is not at least": (
        [(21, 22), (28, 23)],
        Relapse(above=22, consecutive=1, dated="first"),
        {},
        (17, 0, "relapse", 10, 17),
    ),
    "nothing after entry": ([], SINGLE, {}, (3, 1, "no score after entry", 3, None)),
    "only missing after entry": ([(21, None)], SINGLE, {}, (3, 1, "no score after entry", 3, None)),
    "a missing score before": ([(21, None), (28, 25)], SINGLE, {}, (17, 0, "relapse", 3, 17)),
    "recovered later": ([(21, 25), (28, 5)], SINGLE, {}, (10, 0, "relapse", 3, 10)),
    "midpoint of one": (
        [(17, 9), (21, 25)],
        Relapse(at_least=22, consecutive=1, dated="midpoint"),
        {},
        (8, 0, "relapse", 6, 10),
    ),
    # two assessments 5 to 15 days apart
    "confirmed": ([(21, 25), (28, 25)], SUSTAIN, {}, (17, 0, "relapse", 3, 10)),
    "dated first": ([(21, 25), (28, 25)], FIRST, {}, (10, 0, "relapse", 3, 10)),
    "dated at the midpoint": ([(21, 25), (28, 25)], MIDPOINT, {}, (6.5, 0, "relapse", 3, 10)),
    "5 days are enough": ([(21, 25), (26, 25)], SUSTAIN, {}, (15, 0, "relapse", 3, 10)),
    "15 days are not too many": ([(21, 25), (36, 25)], SUSTAIN, {}, (25, 0, "relapse", 3, 10)),
    "too near": ([(21, 25), (25.9, 25)], SUSTAIN, {}, (3, 1, WAITS, 3, None)),
    "too far": ([(21, 25), (36.1, 25)], SUSTAIN, {}, (3, 1, WAITS, 3, None)),
    "a near one is passed over": (
        [(21, 25), (24, 25), (28, 25)],
        SUSTAIN,
        {},
        (17, 0, "relapse", 3, 10),
    ),
    "a near one confirms with a third": (
        [(21, 25), (24, 25), (37, 25)],
        SUSTAIN,
        {},
        (26, 0, "relapse", 3, 13),
    ),
    "after too long, from the second": (
        [(21, 25), (40, 25), (47, 25)],
        SUSTAIN,
        {},
        (36, 0, "relapse", 3, 29),
    ),
    "a good score breaks the run": (
        [(21, 25), (24, 9), (28, 25)],
        SUSTAIN,
        {},
        (13, 1, WAITS, 13, None),
    ),
    "broken, then again": (
        [(21, 25), (28, 9), (35, 25), (42, 25)],
        SUSTAIN,
        {},
        (31, 0, "relapse", 17, 24),
    ),
    "a missing score breaks nothing": (
        [(21, 25), (28, None), (35, 25)],
        SUSTAIN,
        {},
        (24, 0, "relapse", 3, 10),
    ),
    "last one unconfirmed": ([(21, 9), (28, 25)], SUSTAIN, {}, (10, 1, WAITS, 10, None)),
    "unconfirmed as event": (
        [(21, 9), (28, 25)],
        AS_EVENT,
        {},
        (17, 0, "relapse, not confirmed", 10, 17),
    ),
    "as event, at the first one": (
        [(21, 25), (40, 25)],
        AS_EVENT,
        {},
        (10, 0, "relapse, not confirmed", 3, 10),
    ),
    "as event, never at the midpoint": (
        [(21, 25)],
        MIDPOINT_EVENT,
        {},
        (10, 0, "relapse, not confirmed", 3, 10),
    ),
    "as event, but not the last": ([(21, 25), (28, 9)], AS_EVENT, {}, (17, 1, END, 17, None)),
    "as event, too far and not the last": (
        [(21, 25), (40, 25), (47, 9)],
        AS_EVENT,
        {},
        (36, 1, END, 36, None),
    ),
    "three in a row": ([(21, 25), (28, 25), (35, 25)], THREE, {}, (10, 0, "relapse", 3, 10)),
    "two of three": ([(21, 25), (28, 25)], THREE, {}, (3, 1, WAITS, 3, None)),
    "three apart, one passed over": (
        [(21, 25), (24, 25), (28, 25), (35, 25)],
        THREE_APART,
        {},
        (24, 0, "relapse", 3, 10),
    ),
    # shares of the baseline of 40
    "ibrahim25": ([(15, 31), (16, 31)], IBRAHIM, {}, (4, 0, "relapse", 3, 4)),
    "ibrahim25, exactly a quarter": ([(15, 30), (16, 31)], IBRAHIM, {}, (4, 1, WAITS, 4, None)),
    "loss50": ([(21, 20.5)], LOSS50, {}, (10, 0, "relapse", 3, 10)),
    "loss50, exactly half is kept": ([(21, 20)], LOSS50, {}, (10, 1, END, 10, None)),
    # events
    "an event": ([(21, 9), (28, 9)], ADMITTED, {"events": [(25, STAY)]}, (14, 0, STAY, 14, 14)),
    "an event after the last score": (
        [(21, 9)],
        ADMITTED,
        {"events": [(60, STAY)]},
        (49, 0, STAY, 49, 49),
    ),
    "an event without any score": ([], ADMITTED, {"events": [(15, STAY)]}, (4, 0, STAY, 4, 4)),
    "events until entry do not count": (
        [(21, 9)],
        ADMITTED,
        {"events": [(12, STAY), (14, STAY)]},
        (10, 1, END, 10, None),
    ),
    "an event that the rule leaves out": (
        [(21, 9)],
        ADMITTED,
        {"events": [(20, "rescue")]},
        (10, 1, END, 10, None),
    ),
    "the first of two events": (
        [],
        ADMITTED,
        {"events": [(30, "ECT"), (20, STAY)]},
        (9, 0, STAY, 9, 9),
    ),
    "an event with a bad score": (
        [(21, 25)],
        ADMITTED,
        {"events": [(21, STAY)]},
        (10, 0, "relapse", 3, 10),
    ),
    "an event before it is confirmed": (
        [(21, 25), (28, 25)],
        SUSTAIN,
        {"events": [(25, STAY)]},
        (14, 0, STAY, 14, 14),
    ),
    "dated before the event": (
        [(21, 25), (28, 25)],
        FIRST,
        {"events": [(25, STAY)]},
        (10, 0, "relapse", 3, 10),
    ),
    "unconfirmed, then an event": (
        [(21, 25)],
        SUSTAIN,
        {"events": [(30, STAY)]},
        (19, 0, STAY, 19, 19),
    ),
    # further infusions
    "censored at an infusion": (
        [(21, 9)],
        SINGLE,
        {"infusions": [0, 11, 18]},
        (7, 2, AGAIN, 3, None),
    ),
    "infusion before the relapse": (
        [(16, 9), (21, 25)],
        SINGLE,
        {"infusions": [11, 18]},
        (7, 2, AGAIN, 5, None),
    ),
    "infusion after the relapse": (
        [(21, 25), (28, 25)],
        SINGLE,
        {"infusions": [11, 24]},
        (10, 0, "relapse", 3, 10),
    ),
    "infusion after the last score": (
        [(21, 9)],
        SINGLE,
        {"infusions": [11, 30]},
        (10, 1, END, 10, None),
    ),
    "infusion with a bad score": (
        [(21, 25)],
        SINGLE,
        {"infusions": [11, 21]},
        (10, 0, "relapse", 3, 10),
    ),
    "infusion with a good score": (
        [(21, 9)],
        SINGLE,
        {"infusions": [11, 21]},
        (10, 2, AGAIN, 10, None),
    ),
    "infusion before it is confirmed": (
        [(21, 25), (28, 25)],
        FIRST,
        {"infusions": [11, 24]},
        (3, 1, WAITS, 3, None),
    ),
    "infusion before it is confirmed, as event": (
        [(21, 25), (28, 9)],
        AS_EVENT,
        {"infusions": [11, 24]},
        (10, 0, "relapse, not confirmed", 3, 10),
    ),
    "an event after the infusion": (
        [],
        ADMITTED,
        {"infusions": [11, 18], "events": [(25, STAY)]},
        (7, 2, AGAIN, 3, None),
    ),
    "an event with the infusion": (
        [],
        ADMITTED,
        {"infusions": [11, 18], "events": [(18, STAY)]},
        (7, 0, STAY, 7, 7),
    ),
    "infusion counted": (
        [(21, 9)],
        SINGLE,
        {"infusions": [11, 18, 25], "redose": "event"},
        (7, 0, AGAIN, 7, 7),
    ),
    "infusion counted, after the last score": (
        [(21, 9)],
        SINGLE,
        {"infusions": [11, 30], "redose": "event"},
        (19, 0, AGAIN, 19, 19),
    ),
    "infusion counted, before it is confirmed": (
        [(21, 25), (28, 25)],
        FIRST,
        {"infusions": [11, 24], "redose": "event"},
        (13, 0, AGAIN, 13, 13),
    ),
    "infusion passed over": (
        [(21, 9), (28, 25)],
        SINGLE,
        {"infusions": [11, 18], "redose": "ignore"},
        (17, 0, "relapse", 10, 17),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_exit(name: str) -> None:
    scores, rule, more, expected = CASES[name]
    more = dict(more)
    redose = more.pop("redose", "censor")
    found = row_of(Subject([(14, 15), *scores], **more), rule, redose=redose)
    aval, cnsr, reason, low, high = expected
    assert found == pytest.approx((aval, cnsr, reason, low, high, 3), abs=1e-9)
