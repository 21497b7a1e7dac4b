"""Relapse against a slow loop on random trials, and what must not change the rows."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Among, Relapse, Response
from ketanalysis.durability.relapse import time_to_relapse
from tests.durability.relapse_data import ROW, Subject, trial_of
from tests.durability.slow_relapse import slow_row

AMONG = Among(Response(at_least=0.5), visit="d14")
COUNTED = ("hospitalisation", "ECT")

days = st.integers(15, 60)
scores = st.one_of(st.none(), st.sampled_from([5, 15, 20, 21, 22, 25, 31]))
subjects = st.builds(
    Subject,
    st.builds(
        lambda at_entry, later: [(14, at_entry), *sorted(later.items())],
        st.sampled_from([15, 15, 15, 20, 21, None]),
        st.dictionaries(days, scores, max_size=7),
    ),
    st.sampled_from([40, 40, 40, 30, None]),
    st.builds(
        lambda early, late: [*early, *late],
        st.sampled_from([(0, 11), (14,), ()]),
        st.lists(days, max_size=2),
    ),
    st.lists(st.tuples(st.integers(10, 60), st.sampled_from([*COUNTED, "rescue"])), max_size=2),
)
gaps = st.sampled_from([None, (5, 15), (7, 7), (0, 3), (2, 30)])


@st.composite
def rules(draw: Any) -> Relapse:
    bound = draw(st.sampled_from([{"at_least": 22}, {"above": 21}, {"improvement_below": 0.5}]))
    consecutive = draw(st.sampled_from([1, 2, 2, 3]))
    run = {}
    if consecutive > 1:
        run = {"gap_days": draw(gaps), "unconfirmed": draw(st.sampled_from(["censor", "event"]))}
    return Relapse(
        **bound,
        consecutive=consecutive,
        events=draw(st.sampled_from([(), COUNTED])),
        dated=draw(st.sampled_from(["first", "confirming", "midpoint"])),
        **run,
    )


plans = st.fixed_dictionaries(
    {
        "origin": st.sampled_from(["last infusion", "first infusion", "entry", 3.5]),
        "redose": st.sampled_from(["censor", "event", "ignore"]),
    }
)
trials = st.lists(subjects, min_size=1, max_size=8).map(
    lambda many: {f"S{i}": s for i, s in enumerate([*many, Subject([(14, 9)])])}
)


def expected_row(subject: Subject, rule: Relapse, origin: Any, redose: str) -> tuple[Any, ...]:
    """Return what the slow loop says of a subject, entered or not."""
    at_entry = dict(subject.scores)[14]
    before = [day for day in subject.infusions if day <= 14]
    reason = None
    if subject.baseline is None:
        reason = "no baseline"
    elif at_entry is None:
        reason = "no score at d14"
    elif at_entry > subject.baseline / 2:
        reason = "no response at d14"
    elif origin == "last infusion" and not before:
        reason = "no infusion before entry"
    if reason:
        return None, None, reason, None, None, None
    starts = {"last infusion": max(before, default=0), "first infusion": 0, "entry": 14}
    start = starts.get(origin, origin)
    found = slow_row(subject, rule, entry=14, origin=start, redose=redose)
    return tuple(found)


@given(trials, rules(), plans)
@settings(max_examples=150)
def test_rows_are_those_of_a_slow_loop(many: Any, rule: Relapse, plan: Any) -> None:
    rows = time_to_relapse(trial_of(many), "MADRS", rule, among=AMONG, **plan)
    assert rows["USUBJID"].to_list() == sorted(many)
    for name, row in zip(rows["USUBJID"], rows.select(ROW).rows(), strict=True):
        expected = expected_row(many[name], rule, plan["origin"], plan["redose"])
        assert row == pytest.approx(expected, abs=1e-9), (name, many[name])


@given(trials, rules(), plans, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_rows_changes_nothing(many: Any, rule: Relapse, plan: Any, dice: Any) -> None:
    trial = trial_of(many)
    rows = time_to_relapse(trial, "MADRS", rule, among=AMONG, **plan)

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame[dice.sample(range(frame.height), frame.height)]

    tables = {name: shuffled(frame) for name, frame in trial.tables().items()}
    again = time_to_relapse(trial.with_(**tables), "MADRS", rule, among=AMONG, **plan)
    assert again.equals(rows)
    frame = trial.adqs.join(trial.adsl, on="USUBJID")
    if plan["origin"] != "last infusion" and not rule.events and frame["AVAL"].count():
        own = {"among": AMONG, "origin": plan["origin"]}
        one = time_to_relapse(frame, "MADRS", rule, **own)
        assert time_to_relapse(shuffled(frame), "MADRS", rule, **own).equals(one)


@given(trials, rules(), plans)
@settings(max_examples=40)
def test_subjects_are_judged_each_alone(many: Any, rule: Relapse, plan: Any) -> None:
    """Doubling the subjects under new names doubles the rows, and renames nothing else."""
    rows = time_to_relapse(trial_of(many), "MADRS", rule, among=AMONG, **plan)
    double = many | {f"T{name}": subject for name, subject in many.items()}
    both = time_to_relapse(trial_of(double), "MADRS", rule, among=AMONG, **plan)
    old = both.filter(pl.col("USUBJID").str.starts_with("S"))
    new = both.filter(pl.col("USUBJID").str.starts_with("T"))
    assert old.equals(rows)
    assert new.drop("USUBJID").equals(rows.drop("USUBJID"))


@given(trials, rules(), plans, st.sampled_from([2.0, 7.0]))
@settings(max_examples=40)
def test_a_longer_day_stretches_the_times(
    many: Any, rule: Relapse, plan: Any, factor: float
) -> None:
    from dataclasses import replace

    rows = time_to_relapse(trial_of(many), "MADRS", rule, among=AMONG, **plan)
    gap = None if rule.gap_days is None else tuple(factor * days for days in rule.gap_days)
    origin = plan["origin"] if isinstance(plan["origin"], str) else plan["origin"] * factor
    slow = trial_of(many, hours_a_day=24 * factor)
    stretched = time_to_relapse(
        slow, "MADRS", replace(rule, gap_days=gap), among=AMONG, **(plan | {"origin": origin})
    )
    for column in ("AVAL", "AVALLO", "AVALHI", "entry"):
        wanted = (rows[column] * factor).to_list()
        assert stretched[column].to_list() == pytest.approx(wanted, abs=1e-9)
    same = ["USUBJID", "CNSR", "reason", "entered"]
    assert stretched.select(same).equals(rows.select(same))
