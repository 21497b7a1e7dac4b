"""Mediation and moderation against R, the order in time, and what is not estimable."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.acute_effects.bootstrap_intervals import bca_interval, percentile_interval
from ketanalysis.acute_effects.effects import binary_effects, linear_effects
from ketanalysis.acute_effects.mediation import MediationResult, estimate_mediation
from ketanalysis.acute_effects.moderation import estimate_moderation
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.glossary import GLOSSARY
from tests.shared import ORACLE


@cache
def oracle(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def frame(name: str) -> pl.DataFrame:
    return pl.read_csv(ORACLE / "mediation_data.csv").filter(data=name)


def mediation(data: Any, outcome: str = "y", **options: Any) -> MediationResult:
    asked = {
        "arm": "drug",
        "covariates": ["base", "age"],
        "mediator_hours": 0.67,
        "outcome_hours": 24,
        "resamples": 200,
        "seed": 7,
    }
    return estimate_mediation(data, mediator="m", outcome=outcome, **(asked | options))


@pytest.mark.parametrize("name", ["large", "ties", "small"])
def test_effects_and_paths_are_those_of_r(name: str) -> None:
    result = mediation(frame(name).sample(fraction=1, shuffle=True, seed=5))
    ours = {row["term"]: row for row in (*result.table.to_dicts(), *result.paths.to_dicts())}
    names = {"a": "treatment on mediator", "b": "mediator on outcome"}
    rows = [r for r in oracle("mediation") if (r["data"], r["outcome"]) == (name, "linear")]
    assert len(rows) == 5
    for theirs in rows:
        one = ours[names.get(theirs["term"], theirs["term"])]
        # Least squares of some hundred rows: relative 1e-9.
        assert one["estimate"] == pytest.approx(float(theirs["estimate"]), rel=1e-9)
        if theirs["std_error"]:
            for column in ("std_error", "conf_low", "conf_high", "p_value"):
                assert one[column] == pytest.approx(float(theirs[column]), rel=1e-8)


@pytest.mark.parametrize("name", ["large", "ties"])
def test_risk_differences_are_those_of_glm_and_integrate(name: str) -> None:
    """integrate stops at 1e-12 of each risk; a difference of risks loses some digits."""
    result = mediation(frame(name), "r")
    ours = dict(result.table.select("term", "estimate").iter_rows())
    rows = [r for r in oracle("mediation") if (r["data"], r["outcome"]) == (name, "binary")]
    assert len(rows) == 3
    for theirs in rows:
        assert ours[theirs["term"]] == pytest.approx(float(theirs["estimate"]), rel=1e-7)
    assert result.table["measure"].unique().to_list() == ["risk difference"]


def test_a_separated_response_is_refused() -> None:
    """All four responders of the small set had the drug."""
    with pytest.raises(EstimationError) as refusal:
        mediation(frame("small"), "r")
    assert str(refusal.value) == (
        "The effects are not estimable: the response is separated by the terms of its model, or a "
        "term follows from the others."
    )


def test_intervals_from_given_draws_are_those_of_boot() -> None:
    drawn: dict[str, list[float]] = {}
    for row in oracle("bootstrap_draws"):
        drawn.setdefault(row["kind"], []).append(float(row["value"]))
    draws, influence = np.array(drawn["draw"]), np.array(drawn["influence"])
    for row in oracle("bootstrap"):
        level = float(row["level"])
        if row["method"] == "bca":
            ends = bca_interval(drawn["estimate"][0], draws, influence, level)
        else:
            ends = percentile_interval(draws, level)
        # The draws were written with 15 digits, and so were the ends: relative 1e-9.
        assert ends == pytest.approx((float(row["low"]), float(row["high"])), rel=1e-9)


def test_resamples_are_the_same_as_refits() -> None:
    """A resample by weights is least squares of the subjects drawn, one by one."""
    data = frame("small")
    y, m, drug = (data[name].to_numpy().astype(float) for name in ("y", "m", "drug"))
    base = data.select("base").to_numpy().astype(float)
    rng = np.random.default_rng(3)
    picks = rng.integers(0, len(y), size=(20, len(y)))
    weights = np.stack([np.bincount(pick, minlength=len(y)) for pick in picks]).astype(float)
    ours = linear_effects(y, m, drug, base, weights)
    for pick, found in zip(picks, ours, strict=True):
        x = np.column_stack([np.ones(len(y)), drug, base])[pick]
        total = np.linalg.lstsq(x, y[pick], rcond=None)[0][1]
        direct = np.linalg.lstsq(np.column_stack([x, m[pick]]), y[pick], rcond=None)[0][1]
        assert found[:2] == pytest.approx([total, direct], rel=1e-8)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 50), st.floats(-20, 20))
def test_units_of_the_mediator_change_no_effect(factor: float, shift: float) -> None:
    data = frame("ties")
    y, r, m, drug = (data[name].to_numpy().astype(float) for name in ("y", "r", "m", "drug"))
    one, none = np.ones((1, len(y))), np.empty((len(y), 0))
    for effects, value in ((linear_effects, y), (binary_effects, r)):
        before = effects(value, m, drug, none, one)
        after = effects(value, factor * m + shift, drug, none, one)
        assert after[0] == pytest.approx(before[0], rel=1e-6, abs=1e-9)


def test_a_seed_gives_the_same_digits() -> None:
    one, same, other = (mediation(frame("ties"), seed=seed) for seed in (1, 1, 2))
    assert one.intervals.equals(same.intervals)
    assert not one.intervals.equals(other.intervals)
    assert one.table["estimate"].equals(other.table["estimate"])


def test_the_order_in_time_is_checked() -> None:
    trial = ka.load_example("ketamine")
    with pytest.raises(ArgumentError) as refusal:
        estimate_mediation(
            trial,
            mediator="MADRS",
            mediator_visit="Day 7",
            outcome="HAMA",
            outcome_visit="24 h",
            seed=1,
        )
    assert str(refusal.value) == (
        "The mediator must be measured after the treatment began and before the outcome. MADRS at "
        "'Day 7' was measured 165 to 167 hours after the start of the first infusion, HAMA at "
        "'24 h' 22.01 to 25.98: out of order in 88 of 88 subjects. Name an earlier measurement of "
        "the mediator, or a later one of the outcome."
    )
    for hours in ((24, 0.67), (-1, 24), (0, 24), (24, 24)):
        with pytest.raises(ArgumentError, match="out of order in 60 of 60 subjects"):
            mediation(frame("ties"), mediator_hours=hours[0], outcome_hours=hours[1])


def test_a_trial_is_read_by_visit() -> None:
    trial = ka.load_example("ketamine")
    options = {
        "mediator": "ASC_ANX",
        "mediator_visit": "4 h",
        "outcome": "MADRS",
        "outcome_visit": "Day 7",
        "covariates": "BASE",
        "resamples": 200,
        "seed": 1,
    }
    result = estimate_mediation(trial, **options)
    assert result.simulated
    assert result.audit["count"].sum() == 96
    assert result.notes[0] == (
        "Order: treatment at 0, ASC_ANX at '4 h' at 3.81 to 4.2 hours, MADRS at 'Day 7' at 165 to "
        "167 hours."
    )
    ours = {c for t in (result.table, result.intervals, result.paths) for c in t.columns}
    assert ours <= set(GLOSSARY)
    assert result.text("apa").startswith(
        "Effect of ketamine minus midazolam on MADRS with ASC_ANX as mediator, difference in "
        "points: total effect −3.0 (95% CI ["
    )
    total, direct, indirect = result.table["estimate"]
    assert total == pytest.approx(direct + indirect, rel=1e-12)
    responded = estimate_mediation(trial, **options, response=ka.Response(at_least=0.5))
    assert responded.notes[-1] == (
        "Response is an improvement in MADRS of at least 50 % from baseline."
    )


REFUSED = [
    ({"seed": None}, "seed= must be written, so that the intervals can be had again."),
    ({"resamples": 50}, "resamples must be a whole number of 100 or more, not 50."),
    ({"ci": "basic"}, "ci must be one of 'bca', 'percentile', not 'basic'."),
    (
        {"mediator_hours": None},
        "When mediator and outcome were measured must be written: mediator_visit= and "
        "outcome_visit= of scores by visit, mediator_hours= and outcome_hours= (since treatment "
        "began) of a frame with one row a subject.",
    ),
    (
        {"arm": "data"},
        "data must hold two treatments in a declared order, the reference first (an Enum, an "
        "ordered Categorical, or 0 and 1); it holds 'ties'.",
    ),
    (
        {"covariates": "bas"},
        "data needs the column bas; it has data, id, drug, base, age, m, y, r. Did you mean base?",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text) -> None:
    with pytest.raises(ArgumentError) as refusal:
        mediation(frame("ties"), **changes)
    assert str(refusal.value) == text


@pytest.mark.parametrize("name", ["large", "ties", "small"])
def test_moderation_is_that_of_r(name: str) -> None:
    result = estimate_moderation(
        frame(name), moderator="age", outcome="y", arm="drug", covariates="base"
    )
    rows = [row for row in oracle("moderation") if row["data"] == name]
    assert len(rows) == result.table.height == 4
    for ours, theirs in zip(result.table.to_dicts(), rows, strict=True):
        assert ours["term"] == theirs["term"]
        for column in ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value"):
            # emmeans solves the same least squares by another way: relative 1e-8.
            assert ours[column] == pytest.approx(float(theirs[column]), rel=1e-8)
    # One degree of freedom: F is t squared.
    assert result.tests["p_value"][0] == pytest.approx(result.table["p_value"][0], rel=1e-8)


def test_moderation_by_categories() -> None:
    data = frame("large").with_columns(
        site=pl.when(pl.col("age") < 35).then(pl.lit("A")).otherwise(pl.lit("B"))
    )
    result = estimate_moderation(data, moderator="site", outcome="y", arm="drug")
    first, in_a, in_b = result.table["estimate"]
    assert result.table["at"].to_list() == ["B", "A", "B"]
    assert first == pytest.approx(in_b - in_a, rel=1e-10)
    for name, found in (("A", in_a), ("B", in_b)):
        means = data.filter(site=name).group_by("drug").agg(pl.col("y").mean()).sort("drug")["y"]
        assert found == pytest.approx(means[1] - means[0], rel=1e-10)
    assert result.text("jama").startswith("Effect of 1 minus 0 on y by site: ")
    assert "Interaction: how the treatment effect changes" in result.summary()
    with pytest.raises(ArgumentError) as refusal:
        estimate_moderation(ka.load_example("ketamine"), moderator="AGE", outcome="MADRS")
    assert str(refusal.value) == (
        "outcome_visit= must be written for a trial: when the outcome counts."
    )
