"""A status that is known after the origin does not divide a curve: the refusal says when."""

from __future__ import annotations

from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError

TRIAL = ka.load_example("ketamine")
RULE = ka.Relapse(at_least=22, consecutive=1, dated="first")
HALF = ka.Response(at_least=0.5)
AMONG = ka.Among(HALF, visit="24 h")
LATER = ka.Among(HALF, visit="Day 14")
PLAN: dict[str, Any] = {"among": AMONG, "origin": "entry"}
WAYS = (
    "\n  Start the clock when it is known (origin=, a landmark); or give it as a column of ADSL "
    "with known_at= the days from the origin to then, and subjects are at risk from then (late "
    "entry); or model it as a time-dependent covariate (fit_cox, start=)."
)


def refused(call: Any, **changes: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        call(TRIAL, "MADRS", RULE, **{**PLAN, "redose": "ignore", **changes})
    return str(caught.value)


@pytest.mark.parametrize(
    "call", [ka.estimate_relapse, ka.estimate_relapse_intervals, ka.estimate_relapse_sensitivity]
)
def test_a_status_known_later_is_refused_with_the_gap(call: Any) -> None:
    text = refused(call, by=LATER)
    start, _, rest = text.partition(" it is ")
    assert start == (
        "by= cannot be Among(rule=Response(at_least=0.5), visit='Day 14'), which is known only "
        "after the origin: whoever has it must have stayed in the trial, free of relapse, until it "
        "was known, so its curve begins with time in which nothing could happen (immortal time). "
        "From the visit at which the entry rule was met to Day 14"
    )
    days, _, ways = rest.partition(" subjects who have it.")
    low, to, high, _, _, _, count = days.split(" ")
    assert (to, ways) == ("to", WAYS)
    # the gap is that between the two visits: entry at Day 14 counted from the first infusion, less
    # that at 24 h, in those who enter and respond at both
    entries = [
        ka.time_to_relapse(
            TRIAL, "MADRS", RULE, among=one, origin="first infusion", redose="ignore"
        ).select("USUBJID", "entry")
        for one in (AMONG, LATER)
    ]
    both = entries[0].drop_nulls().join(entries[1].drop_nulls(), on="USUBJID")
    gaps = both["entry_right"] - both["entry"]
    assert both.height == int(count)
    assert f"{gaps.min():.1f} {gaps.max():.1f}" == f"{low} {high}"


def test_a_status_known_by_the_origin_is_a_column() -> None:
    assert refused(ka.estimate_relapse, by=AMONG) == (
        "by= must be a column of ADSL, not Among(rule=Response(at_least=0.5), visit='24 h'). The "
        'status is known by the origin: give it as a column, with known_at="baseline".'
    )


def test_a_rule_without_a_visit_does_not_say_when() -> None:
    assert refused(ka.estimate_relapse, by=HALF) == (
        "by= must be a column of ADSL, not Response(at_least=0.5): a rule does not say when it is "
        "met. Whoever meets it later must have stayed in the trial, free of relapse, until then "
        f"(immortal time).{WAYS}"
    )


def test_known_at_is_never_passed_over() -> None:
    """A baseline column with known_at= counts from then on, and without by= it is refused."""
    options = {**PLAN, "redose": "ignore"}
    early = ka.estimate_relapse(TRIAL, "MADRS", RULE, by="TRT01P", **options)
    late = ka.estimate_relapse(TRIAL, "MADRS", RULE, by="TRT01P", known_at=30, **options)
    assert late.medians["n"].sum() < early.medians["n"].sum()
    assert "TRT01P was known at 30: subjects are at risk from then (late entry)." in late.notes
    declared = ka.estimate_relapse(
        TRIAL, "MADRS", RULE, by="TRT01P", known_at="baseline", **options
    )
    assert declared.medians.equals(early.medians)
    assert refused(ka.estimate_relapse, known_at=30) == (
        "known_at says when the groups were known, so it needs by."
    )
