"""The interval-censored estimate of relapse: that of the rows, and named as what it is."""

from __future__ import annotations

from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, EstimationError

RULE = ka.Relapse(at_least=22, consecutive=2, dated="confirming", unconfirmed="censor")
AMONG = ka.Among(ka.Response(at_least=0.5), visit="Day 14")
TRIAL = ka.load_example("ketamine")


def estimate(**changes: Any) -> Any:
    options = {"by": "TRT01P", "among": AMONG, "origin": "entry", "redose": "censor"} | changes
    return ka.estimate_relapse_intervals(TRIAL, "MADRS", RULE, **options)


def test_it_is_the_estimate_of_the_rows() -> None:
    rows = ka.time_to_relapse(
        TRIAL, "MADRS", RULE, among=AMONG, origin="entry", redose="censor", by="TRT01P"
    )
    plain = ka.estimate_interval_survival(rows, by="TRT01P", resamples=99, seed=1)
    found = estimate(resamples=99, seed=1)
    for name in ("table", "medians", "schedules", "convergence", "audit"):
        assert getattr(found, name).equals(getattr(plain, name)), name
    assert found.notes[-len(plain.notes) :] == plain.notes
    # however a relapse is dated, it lies between the same two visits
    other = ka.Relapse(at_least=22, consecutive=2, dated="midpoint", unconfirmed="censor")
    again = ka.estimate_relapse_intervals(
        TRIAL, "MADRS", other, by="TRT01P", among=AMONG, origin="entry", redose="censor"
    )
    assert again.table.drop("conf_low", "conf_high").equals(
        found.table.drop("conf_low", "conf_high")
    )


def test_it_says_what_it_is() -> None:
    found = estimate()
    assert found.title == (
        "Interval-censored estimate (Turnbull): free of relapse on MADRS, among those who "
        "entered, by TRT01P"
    )
    assert found.simulated
    assert found.definition is RULE
    assert found.notes[2] == "The clock starts at the visit at which the entry rule was met."
    axes = found.plot().axes[0]
    assert axes.get_ylabel() == "Free of relapse, %"
    assert axes.get_xlabel() == "Days since the visit at which the entry rule was met"


def test_late_entry_is_refused() -> None:
    with pytest.raises(EstimationError) as caught:
        estimate(origin="last infusion")
    assert str(caught.value).startswith(
        "The interval-censored estimate takes no late entry, and 36 of 36 subjects come under "
        "observation after the origin, the last of them at "
    )
    with pytest.raises(ArgumentError) as refused:
        estimate(known_at=14, by="HOSPFL")
    assert str(refused.value) == (
        'known_at must be "baseline" here: the interval-censored estimate takes no late entry. '
        "Start the clock when the groups are known (origin=)."
    )
