"""The long run on intervals over all infusions: what it found, and fits held to the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.adverse_events.marginal import compared, marginal_share, trend
from tests.simulation import gee_coverage
from tests.simulation.gee_coverage import POWERS, TABLE, TRIALS, WORKING, drawn, quantities

KEPT = pl.read_csv(TABLE).with_columns(
    short=(pl.col("coverage") - 0.95) / (0.95 * 0.05 / pl.col("trials")).sqrt()
)
OURS = (pl.col("variance") == "mancl-derouen") & (pl.col("df") == "subjects")
GEEPACK = (pl.col("variance") == "sandwich") & (pl.col("df") == "normal")
TREND = pl.col("quantity") == "next infusion"
# In "apart" the first arm, whose trend it is, has the event at 25 % of infusions or more.
RARE = (pl.col("world") == "same") & (pl.col("incidence") < 0.1)
ERRORS = 3  # Monte Carlo standard errors: 0.65 points with 10,000 trials


def test_the_table_is_whole() -> None:
    settings = KEPT.select("world", "n", "incidence", "icc").unique().height
    assert (settings, KEPT.height) == (24, 24 * 4 * len(WORKING) * len(POWERS) * 2)
    # Fewer have an estimate where the event is rare: in 15 subjects 8 % may be none at all.
    assert KEPT["trials"].max() == TRIALS
    assert KEPT["trials"].min() > 0.7 * TRIALS
    assert KEPT.filter(incidence=0.45)["trials"].min() > 0.995 * TRIALS


def test_shares_and_contrasts_keep_their_level_with_the_defaults() -> None:
    """All but one: an odds ratio at 8 %, 60 subjects and a high correlation has 94.1 to 94.3 %."""
    ours = KEPT.filter(OURS, ~TREND)
    below = ours.filter(pl.col("short") < -ERRORS).select("world", "n", "incidence", "icc")
    assert below.unique().rows() == [("same", 60, 0.08, 0.3)]
    assert ours["coverage"].min() > 0.94
    # With few subjects they are too wide, at most where the event is rare.
    assert ours.filter(n=60)["coverage"].max() < 0.965


def test_the_sandwich_with_normal_quantiles_is_too_short_even_with_60_subjects() -> None:
    theirs = KEPT.filter(GEEPACK, ~TREND)
    assert theirs["coverage"].min() == pytest.approx(0.89, abs=0.001)
    assert (theirs["short"] < -ERRORS).mean() > 0.75
    assert theirs.filter(n=60)["coverage"].min() < 0.925


def test_the_trend_keeps_its_level_unless_the_event_is_rare() -> None:
    frequent, rare = KEPT.filter(OURS, TREND, ~RARE), KEPT.filter(OURS, TREND, RARE)
    assert frequent["coverage"].min() > 0.93
    assert frequent.filter(pl.col("n") > 15)["short"].min() > -ERRORS
    assert rare.filter(n=15)["coverage"].min() < 0.65
    assert rare.filter(n=60)["coverage"].max() < 0.95


@pytest.mark.parametrize("variance", POWERS)
@pytest.mark.parametrize("correlation", WORKING)
def test_fits_at_once_are_those_of_the_package(
    monkeypatch: pytest.MonkeyPatch, correlation: str, variance: str
) -> None:
    monkeypatch.setattr(gee_coverage, "CHUNK", 4)
    shares = (0.45, 0.25)
    trials = drawn(np.random.default_rng(5), 15, shares, 0.3)
    found = {
        name: one
        for name, of, one, _, _ in quantities(trials, shares, correlation)
        if of == variance
    }
    named: dict[str, Any] = {"correlation": correlation, "variance": variance}
    named |= {"df": "subjects", "conf_level": 0.95}
    for place in range(4):
        who, number = np.nonzero(trials.given[place])
        met, own = trials.met[place][who, number], trials.arms[0][who] == 1
        pair = compared(met[own], who[own], met[~own], who[~own], **named)
        share = marginal_share(met[own], who[own], **named)
        slope = trend(met[own], who[own], number[own] + 1, **named)
        p = share.estimate
        theirs = {
            "share": (math.log(p / (1 - p)), share.std_error / (p * (1 - p))),
            "risk difference": (pair[0]["estimate"], pair[0]["std_error"]),
            "odds ratio": (math.log(pair[1]["estimate"]), pair[1]["std_error"]),
            "next infusion": (math.log(slope["estimate"]), slope["std_error"]),
        }
        for name, (estimate, error) in theirs.items():
            # Both searches stop at steps of 1e-8 or less.
            assert found[name].estimate[place] == pytest.approx(estimate, abs=1e-6), name
            assert found[name].std_error[place] == pytest.approx(error, rel=1e-6), name
