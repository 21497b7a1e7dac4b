"""Relapse by every kind of rule, entry and origin against a slow loop on random trials."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Among, Relapse, RelapseRule, Response
from ketanalysis.durability.relapse import estimate_relapse, time_to_relapse
from ketanalysis.errors import ArgumentError, EstimationError
from tests.durability.relapse_data import ROW, Subject, trial_of
from tests.durability.slow_relapse import Found, scored, slow_row

COUNTED = ("hospitalisation", "ECT")
HALF = Response(at_least=0.5)
days = st.integers(15, 45)
subjects = st.builds(
    lambda entry, later, baseline, early, again, events, impression: Subject(
        [(14, entry), *sorted(later.items())],
        baseline=baseline,
        infusions=[*early, *again],
        events=events,
        impression={14: impression[0], **{day: impression[1] for day in list(later)[:3]}},
    ),
    st.sampled_from([12, 15, 20, 22]),
    st.dictionaries(days, st.sampled_from([None, 5, 15, 20, 21, 22, 25, 31]), max_size=8),
    st.sampled_from([40, 44]),
    st.sampled_from([(0, 11), (0, 4, 13), (0,)]),
    st.lists(days, max_size=1),
    st.lists(st.tuples(days, st.sampled_from([*COUNTED, "rescue"])), max_size=1),
    st.tuples(st.integers(1, 3), st.sampled_from([3, 6, 7])),
)
trials = st.lists(subjects, min_size=1, max_size=6).map(
    lambda many: {f"S{i}": s for i, s in enumerate([*many, Subject([(14, 9)])])}
)
criteria = st.sampled_from(
    [
        {"at_least": 22},
        {"above": 20},
        {"improvement_below": 0.5},
        {"return_to": 0.5},
        {"lost_at_least": 0.25},
        {"rise_at_least": 7, "rise_from": "entry"},
        {"rise_at_least": 10, "rise_from": "best"},
        {"rise_at_least": 1, "rise_from": "entry", "scale": "CGII"},
        {"at_least": 6, "scale": "CGII"},
    ]
)


@st.composite
def runs(draw: Any) -> dict[str, Any]:
    count = draw(st.sampled_from([1, 2, 2, 3]))
    run: dict[str, Any] = {"consecutive": count, "within_days": draw(st.sampled_from([None, 20]))}
    run["dated"] = draw(st.sampled_from(["first", "confirming", "midpoint"]))
    if count > 1:
        run["gap_days"] = draw(st.sampled_from([None, (5, 15), (2, 30)]))
        run["excursions"] = draw(st.sampled_from([0, 0, 1, 2]))
        run["missed"] = draw(st.sampled_from([None, 0, 1]))
        run["unconfirmed"] = draw(st.sampled_from(["censor", "event"]))
    return run


@st.composite
def rules(draw: Any) -> RelapseRule:
    run, events = draw(runs()), draw(st.sampled_from([(), COUNTED]))
    first = Relapse(**draw(criteria), **run, events=events)
    shape = draw(st.sampled_from(["one", "and", "or", "ways", "ways and", "same"]))
    second = Relapse(**draw(criteria))
    if shape == "one":
        return first
    if shape in ("and", "or"):
        return first & second if shape == "and" else second | first
    if shape == "same":
        return first & Relapse(**draw(criteria), **run)
    other = Relapse(**draw(criteria), **(draw(runs()) | {"within_days": run["within_days"]}))
    return (first | other) if shape == "ways" else (first | other) & second


amongs = st.sampled_from(
    [
        Among(HALF, visit="d14"),
        Among(HALF, first_met=True),
        Among(HALF, infusion=2, within=(0, 120), take="first"),
        Among(HALF, infusion=1, within=(0, 800), take="last"),
    ]
)
plans = st.fixed_dictionaries(
    {
        "among": amongs,
        "origin": st.sampled_from(
            ["last infusion", "first infusion", "entry", "criterion met", 3.5, 18, "d14"]
        ),
        "redose": st.sampled_from(["censor", "event", "competing", "ignore"]),
    }
)


def entry_of(subject: Subject, among: Among) -> tuple[float | None, str]:
    """Return the day on which a subject enters, or why it does not."""
    own = scored(subject, "MADRS")
    if among.visit:
        day: float | None = 14
    elif among.first_met:
        met = [day for day, score in own.items() if score <= subject.baseline / 2]
        day = min(met, default=None)
        if day is None:
            return None, "no response at any visit"
    else:
        number, starts = among.infusion, sorted(subject.infusions)
        if len(starts) < number:
            return None, f"fewer than {number} infusions"
        low, high = (starts[number - 1] + hours / 24 for hours in among.within)
        ends = starts[number] if len(starts) > number else float("inf")
        fits = [day for day in own if low <= day <= high and starts[number - 1] < day <= ends]
        if not fits:
            return None, f"no score after infusion {number}"
        day = min(fits) if among.take == "first" else max(fits)
    if own[day] > subject.baseline / 2:
        return None, f"no response at {among.when}"
    return day, ""


def expected_row(
    subject: Subject, rule: RelapseRule, plan: dict[str, Any], visits: list[float]
) -> Found:
    entry, why = entry_of(subject, plan["among"])
    if entry is None:
        return Found(None, None, why, None, None)
    rises = any(leaf.scale == "CGII" and leaf.rise_from for leaf in rule.leaves)
    if rises and min(scored(subject, "CGII"), default=99) > entry:
        return Found(None, None, "no score of CGII until entry", None, None)
    own = scored(subject, "MADRS")
    origin = {
        "last infusion": max((day for day in subject.infusions if day <= entry), default=None),
        "first infusion": 0,
        "entry": entry,
        "criterion met": min(d for d, s in own.items() if s <= subject.baseline / 2 and d <= entry),
        "d14": 14,
    }.get(plan["origin"], plan["origin"])
    return slow_row(subject, rule, entry=entry, origin=origin, redose=plan["redose"], visits=visits)


@given(trials, rules(), plans)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_rows_are_those_of_a_slow_loop(many: Any, rule: RelapseRule, plan: Any) -> None:
    rows = time_to_relapse(trial_of(many), "MADRS", rule, **plan)
    assert rows["USUBJID"].to_list() == sorted(many)
    scales = {leaf.scale or "MADRS" for leaf in rule.leaves} | {"MADRS"}
    visits = sorted({d for s in many.values() for scale in scales for d in scored(s, scale)})
    for name, row in zip(rows["USUBJID"], rows.select(ROW).rows(), strict=True):
        expected = expected_row(many[name], rule, plan, visits)
        assert row == pytest.approx(tuple(expected), abs=1e-9), (name, many[name], rule, plan)


@given(trials, rules(), plans)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_everybody_is_in_one_row_of_the_audit(many: Any, rule: RelapseRule, plan: Any) -> None:
    trial = trial_of(many)
    rows = time_to_relapse(trial, "MADRS", rule, **plan)
    ended = pl.col("entered") & (pl.col("entry") > 0) & (pl.col("AVAL") <= pl.col("entry"))
    n_in = rows.filter(pl.col("entered") & ~ended).height
    if not n_in:
        with pytest.raises(EstimationError, match=r"^No subject enters the curve"):
            estimate_relapse(trial, "MADRS", rule, **plan)
        return
    result = estimate_relapse(trial, "MADRS", rule, **plan)
    assert result.audit["count"].sum() == len(many) == result.tte["USUBJID"].n_unique()
    assert result.tte.height == len(many)
    assert result.audit.filter(status="included")["count"].sum() == n_in
    if plan["redose"] == "competing":
        code = rows.filter("entered")["event_code"]
        cnsr = rows.filter("entered")["CNSR"]
        assert code.to_list() == [{0: 1, 1: 0, 2: 2}[c] for c in cnsr]
    else:
        assert "event_code" not in rows.columns


@given(trials, rules(), plans)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_rule_survives_toml_and_its_constructor(many: Any, rule: RelapseRule, plan: Any) -> None:
    again = RelapseRule.from_toml(rule.to_toml())
    assert again == rule
    assert hash(again) == hash(rule)
    assert eval(repr(rule), {"Relapse": Relapse}) == rule
    among = plan["among"]
    assert Among.from_toml(among.to_toml()) == among
    assert eval(repr(among), {"Among": Among, "Response": Response}) == among
    rows = time_to_relapse(trial_of(many), "MADRS", again, **plan)
    assert rows.equals(time_to_relapse(trial_of(many), "MADRS", rule, **plan))


def test_the_rule_of_a_study_must_have_a_run() -> None:
    with pytest.raises(ArgumentError) as refused:
        time_to_relapse(
            trial_of({"S": Subject([(14, 9)])}),
            "MADRS",
            Relapse(at_least=22) | Relapse(above=30),
            among=Among(HALF, visit="d14"),
            origin="entry",
            redose="ignore",
        )
    assert str(refused.value) == (
        "The rule is a criterion alone: write consecutive= and dated= in it, or join it by & or | "
        "to a rule that has them."
    )
