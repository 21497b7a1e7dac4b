"""Definitions are values: they print as sentences, show their constructor, and survive TOML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.definitions import (
    INTERCURRENT_EVENTS,
    Among,
    Estimand,
    Relapse,
    Remission,
    Response,
)
from ketanalysis.errors import ArgumentError

NAMES = {
    "Response": Response,
    "Remission": Remission,
    "Relapse": Relapse,
    "Among": Among,
    "Estimand": Estimand,
}
CONFIRMED: dict[str, Any] = {"consecutive": 2, "dated": "first", "unconfirmed": "censor"}

shares = st.integers(1, 999).map(lambda thousandths: thousandths / 1000)
points = st.one_of(st.integers(-10, 200), st.integers(-100, 2000).map(lambda tenths: tenths / 10))
labels = st.text(min_size=1, max_size=12)
floors = st.fixed_dictionaries(
    {},
    optional={
        "floor": points,
        "better": st.sampled_from(["lower", "higher"]),
        "from_floor": st.just(True),
    },
)
responses = st.builds(
    lambda comparator, share, rest: Response(**{comparator: share}, **rest),
    st.sampled_from(["at_least", "above"]),
    shares,
    floors,
)
remissions = st.builds(
    lambda comparator, bound: Remission(**{comparator: bound}),
    st.sampled_from(["at_least", "above", "at_most", "below"]),
    points,
)
partial = st.builds(
    lambda shares, lower, upper: Response(**{lower: min(shares), upper: max(shares)}),
    st.sets(shares, min_size=2, max_size=2),
    st.sampled_from(["at_least", "above"]),
    st.sampled_from(["below", "at_most"]),
)
amongs = st.builds(Among, st.one_of(responses, remissions), visit=labels)
criteria = st.one_of(
    st.tuples(st.sampled_from(["at_least", "above"]), points),
    st.tuples(st.just("improvement_below"), shares),
)
runs = st.one_of(
    st.just({"consecutive": 1}),
    st.builds(
        lambda count, gap, what: {"consecutive": count, "gap_days": gap, "unconfirmed": what},
        st.integers(2, 5),
        st.one_of(st.none(), st.tuples(st.integers(0, 7), st.integers(7, 30))),
        st.sampled_from(["censor", "event"]),
    ),
)
relapses = st.builds(
    lambda criterion, run, events, dated: Relapse(
        **dict([criterion]), **run, events=tuple(events), dated=dated
    ),
    criteria,
    runs,
    st.lists(st.sampled_from(INTERCURRENT_EVENTS), max_size=3, unique=True),
    st.sampled_from(["first", "confirming", "midpoint"]),
)
estimands = st.builds(
    Estimand,
    population=st.none() | labels,
    treatment=st.none() | labels,
    endpoint=st.none() | labels,
    intercurrent=st.none() | st.dictionaries(labels, labels, min_size=1, max_size=3),
    summary=st.none() | labels,
)
definitions = st.one_of(responses, partial, remissions, relapses, amongs, estimands)


@given(definitions)
def test_a_definition_shows_its_constructor(rule):
    again = eval(repr(rule), NAMES)
    assert again == rule
    assert hash(again) == hash(rule)


@given(definitions)
def test_a_definition_survives_toml(rule):
    assert type(rule).from_toml(rule.to_toml()) == rule


@given(definitions)
def test_a_definition_prints_its_sentence(rule):
    assert str(rule) == rule.sentence()
    assert rule.sentence()


@pytest.mark.parametrize(
    "rule, sentence",
    [
        (
            Response(at_least=0.5),
            "Response is an improvement in MADRS of at least 50 % from baseline.",
        ),
        (
            Response(above=0.35, from_floor=True),
            "Response is an improvement in MADRS of more than 35 % from baseline, measured from "
            "the scale's lowest score.",
        ),
        (
            Response(at_least=0.5, from_floor=False),
            "Response is an improvement in MADRS of at least 50 % from baseline, as a share of "
            "the raw score.",
        ),
        (
            Response(at_least=0.3525, floor=7, better="higher"),
            "Response is an improvement in MADRS (higher scores are better) of at least 35.25 % "
            "from baseline, measured from the lowest score, 7.",
        ),
        (
            Response(at_least=1 / 3),
            "Response is an improvement in MADRS of at least 33.3333 % from baseline.",
        ),
        (Remission(at_most=10), "Remission is a MADRS score of at most 10."),
        (Remission(below=10.25), "Remission is a MADRS score of less than 10.25."),
        (Remission(at_least=-2), "Remission is a MADRS score of at least −2."),
        (Remission(above=50), "Remission is a MADRS score of more than 50."),
        (
            Relapse(at_least=22, consecutive=1, dated="first"),
            "Relapse is a MADRS score of at least 22 at a single assessment. It is dated at the "
            "first qualifying assessment.",
        ),
        (
            Relapse(at_least=22, consecutive=1, dated="confirming"),
            "Relapse is a MADRS score of at least 22 at a single assessment. It is dated at the "
            "qualifying assessment.",
        ),
        (
            Relapse(
                at_least=22,
                consecutive=2,
                gap_days=(5, 15),
                events=("hospitalisation", "suicidality"),
                dated="confirming",
                unconfirmed="censor",
            ),
            "Relapse is a MADRS score of at least 22 at 2 consecutive assessments 5 to 15 days "
            "apart, or hospitalisation or suicidality. It is dated at the confirming assessment; "
            "without confirmation the subject is censored at the last relapse-free assessment.",
        ),
        (
            Relapse(improvement_below=0.25, consecutive=2, dated="midpoint", unconfirmed="event"),
            "Relapse is an improvement in MADRS from baseline of less than 25 % at 2 consecutive "
            "assessments. It is dated at the midpoint between the last relapse-free and the first "
            "qualifying assessment; a last qualifying assessment counts without confirmation.",
        ),
        (
            Relapse(above=20, consecutive=1, events=("ECT", "rescue", "death"), dated="first"),
            "Relapse is a MADRS score of more than 20 at a single assessment, or ECT, rescue or "
            "death. It is dated at the first qualifying assessment.",
        ),
        (
            Among(Remission(at_most=12), visit="Day 14"),
            "Entered are subjects who met this at Day 14: Remission is a MADRS score of at most "
            "12.",
        ),
        (
            Estimand(population="adults", intercurrent={"rescue": "composite", "ECT": "composite"}),
            "population: adults; treatment: not declared; endpoint: not declared; intercurrent "
            "events: rescue (composite), ECT (composite); summary: not declared",
        ),
    ],
)
def test_the_sentence_of_a_protocol(rule, sentence):
    assert rule.sentence("MADRS") == sentence


def test_without_a_scale_the_sentence_still_reads():
    assert str(Response(at_least=0.5)) == (
        "Response is an improvement of at least 50 % from baseline."
    )
    assert str(Remission(at_most=7)) == "Remission is a score of at most 7."
    assert str(Relapse(improvement_below=0.5, consecutive=1, dated="first")) == (
        "Relapse is an improvement from baseline of less than 50 % at a single assessment. It is "
        "dated at the first qualifying assessment."
    )


def test_the_constructor_is_shown_with_what_was_set_alone():
    assert repr(Response(at_least=0.5)) == "Response(at_least=0.5)"
    assert repr(Remission(at_most=np.int64(10))) == "Remission(at_most=10)"
    assert repr(Among(Response(above=0.5), visit="d14")) == (
        "Among(rule=Response(above=0.5), visit='d14')"
    )


def test_lists_become_tuples_and_one_event_may_stand_alone():
    listed = Relapse(at_least=22, **CONFIRMED, gap_days=[5, 15], events=["ECT"])
    assert listed == Relapse(at_least=22, **CONFIRMED, gap_days=(5, 15), events="ECT")
    assert listed.events == ("ECT",)
    assert hash(listed)


def test_a_number_of_numpy_goes_into_toml():
    rule = Relapse(at_least=np.float64(22.5), **CONFIRMED, gap_days=(np.int64(5), np.int64(15)))
    assert Relapse.from_toml(rule.to_toml()) == rule
    assert rule.to_dict()["gap_days"] == [5, 15]


SHARE = "must be a share between 0 and 1 (0.5 is 50 %), not"
CONFIRM = (
    "A confirmed rule needs unconfirmed=: what becomes of a subject whose last assessment "
    'qualifies without confirmation, "censor" or "event".'
)
REFUSED = [
    (
        lambda: Response(),
        "Response needs exactly one of at_least=, above=, not none: the comparator is never "
        "implied.",
    ),
    (
        lambda: Response(at_least=0.5, above=0.5),
        "Response needs exactly one of at_least=, above=, not at_least=, above=: the comparator "
        "is never implied.",
    ),
    (lambda: Response(at_least=50), f"Response(at_least=...) {SHARE} 50.0."),
    (lambda: Response(above=0), f"Response(above=...) {SHARE} 0.0."),
    (lambda: Response(at_least=1), f"Response(at_least=...) {SHARE} 1.0."),
    (lambda: Response(at_least=True), "Response(at_least=...) must be a finite number, not True."),
    (lambda: Response(above="0.5"), "Response(above=...) must be a finite number, not '0.5'."),
    (
        lambda: Response(at_least=0.5, better="low"),
        "better must be one of 'lower', 'higher', not 'low'. Did you mean lower?",
    ),
    (
        lambda: Response(at_least=0.5, from_floor="yes"),
        "from_floor must be one of True, False, not 'yes'.",
    ),
    (
        lambda: Response(at_least=0.5, floor="20"),
        "Response(floor=...) must be a finite number, not '20'.",
    ),
    (
        lambda: Response(at_least=0.5, floor=20, from_floor=False),
        "floor= is the score that the share is measured from, and from_floor=False measures "
        "none: give one of the two.",
    ),
    (
        lambda: Remission(),
        "Remission needs exactly one of at_least=, above=, at_most=, below=, not none: the "
        "comparator is never implied.",
    ),
    (
        lambda: Remission(at_most=float("nan")),
        "Remission(at_most=...) must be a finite number, not nan.",
    ),
    (
        lambda: Relapse(consecutive=1, dated="first"),
        "Relapse needs exactly one of at_least=, above=, at_most=, below=, improvement_below=, "
        "lost_at_least=, return_to=, rise_at_least=, not none: the comparator is never implied.",
    ),
    (
        lambda: Relapse(improvement_below=50, consecutive=1, dated="first"),
        f"Relapse(improvement_below=...) {SHARE} 50.",
    ),
    (
        lambda: Relapse(at_least=22, dated="first"),
        "Relapse needs consecutive=: 1 for a single qualifying assessment, 2 for a confirmed "
        "one; not None.",
    ),
    (
        lambda: Relapse(at_least=22, consecutive=1),
        'Relapse needs dated=: "first", "confirming" or "midpoint" (a two-visit rule dated at '
        "confirmation is one visit later).",
    ),
    (
        lambda: Relapse(at_least=22, consecutive=1, dated="frist"),
        "dated must be one of 'first', 'confirming', 'midpoint', not 'frist'. Did you mean first?",
    ),
    (
        lambda: Relapse(at_least=22, consecutive=1, dated="first", gap_days=(5, 15)),
        "gap_days belongs to consecutive=2 or more.",
    ),
    (
        lambda: Relapse(at_least=22, consecutive=1, dated="first", unconfirmed="event"),
        "unconfirmed belongs to consecutive=2 or more.",
    ),
    (
        lambda: Relapse(at_least=22, **CONFIRMED, gap_days=(15, 5)),
        "gap_days must be (least, most) in days, not (15, 5).",
    ),
    (
        lambda: Relapse(at_least=22, **CONFIRMED, gap_days=(5,)),
        "gap_days must be (least, most) in days, not (5,).",
    ),
    (
        lambda: Relapse(at_least=22, **CONFIRMED, gap_days=("5", 15)),
        "gap_days must be a finite number, not '5'.",
    ),
    (lambda: Relapse(at_least=22, consecutive=2, dated="first"), CONFIRM),
    (
        lambda: Relapse(at_least=22, consecutive=2, dated="first", unconfirmed="drop"),
        "unconfirmed must be one of 'censor', 'event', not 'drop'.",
    ),
    (
        lambda: Relapse(at_least=22, consecutive=1, dated="first", events=["hospitalization"]),
        "events must be one of 'rescue', 'ECT', 'extra infusion', 'discontinuation', "
        "'hospitalisation', 'suicidality', 'death', not 'hospitalization'. Did you mean "
        "hospitalisation?",
    ),
    (lambda: Among("d14"), "Among needs a Response, a Remission or a Sustained first, not 'd14'."),
    (
        lambda: Among(Remission(at_most=10)),
        "Among needs one of visit= (the visit at which the rule must be met), infusion= (the "
        "number of the infusion after which it must be met) and first_met=True; given: none.",
    ),
    (
        lambda: Estimand(intercurrent="rescue"),
        'intercurrent must be a table of event and strategy, such as {"rescue": "composite"}, '
        "not 'rescue'.",
    ),
    (
        lambda: Estimand(intercurrent=[("rescue", "composite"), ("ECT",)]),
        'intercurrent must be a table of event and strategy, such as {"rescue": "composite"}, '
        "not [('rescue', 'composite'), ('ECT',)].",
    ),
    (
        lambda: Estimand(intercurrent={"rescue": 1}),
        'intercurrent must be a table of event and strategy, such as {"rescue": "composite"}, '
        "not {'rescue': 1}.",
    ),
    (
        lambda: Response.from_toml("[response]\nat_leats = 0.5"),
        "Response has no field 'at_leats'; it has at_least, above, below, at_most, from_floor, "
        "floor, better. Did you mean at_least?",
    ),
    (
        lambda: Response.from_toml("[remission]\nat_most = 10"),
        "The TOML text must hold one table [response].",
    ),
    (
        lambda: Remission.from_toml("remission = 10"),
        "remission must be a table of at_most, below, at_least, above, not 10.",
    ),
    (
        lambda: Among.from_toml('[among]\nvisit = "d14"'),
        "among needs visit (or infusion, or first_met) and one table: response, remission or "
        "sustained.",
    ),
    (
        lambda: Among.from_toml('among = "d14"'),
        "among needs visit (or infusion, or first_met) and one table: response, remission or "
        "sustained.",
    ),
]


@pytest.mark.parametrize("make, message", REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_says_what_must_be_and_what_was_given(make, message):
    with pytest.raises(ArgumentError) as refusal:
        make()
    assert str(refusal.value) == message


def test_a_text_that_is_not_toml_is_refused():
    # The words after the colon are Python's, and change between its versions.
    with pytest.raises(ArgumentError, match=r"^The text is not TOML: .+\.$"):
        Response.from_toml("[response")
