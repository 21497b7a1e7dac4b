"""Interaction tests and effects within subgroups against R's glm and lm."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from ketanalysis.definitions import Remission
from ketanalysis.rates.two_proportions import odds_ratio, risk_difference
from ketanalysis.subgroups.definition import Subgroup
from ketanalysis.subgroups.subgroups import SubgroupsResult, estimate_subgroups
from tests.shared import ORACLE
from tests.subgroups.trial_data import drawn

with (ORACLE / "subgroups.csv").open(encoding="utf-8") as _file:
    THEIRS: dict[tuple[str, str], float] = {
        (row["data"], row["what"]): float(row["value"]) for row in csv.DictReader(_file)
    }
SETS = ("two", "three", "empty")
CUT = Subgroup("cut", column="VALUE", at_least=0)  # all are on one side: only the number counts
RULE = Remission(at_most=18)


def of(name: str, rule: Remission | None) -> SubgroupsResult:
    return estimate_subgroups(
        drawn(name),
        "MADRS",
        ["LEVEL", CUT],
        rule,
        visit="Day 7",
        missing="observed",
        declared="before",
        p_adjust="none",
    )


@pytest.mark.parametrize("name", SETS)
def test_rates(name: str) -> None:
    found = of(name, RULE).interactions
    by_levels = found.filter(subgroup="LEVEL").to_dicts()
    # Newton's iterations on both sides, to the last digits of the deviance.
    assert by_levels[0]["statistic"] == pytest.approx(THEIRS[name, "likelihood ratio"], rel=1e-8)
    assert by_levels[0]["p_value"] == pytest.approx(THEIRS[name, "likelihood ratio p"], rel=1e-8)
    if name == "empty":
        assert by_levels[1]["p_value"] is None
        assert by_levels[1]["note"] == (
            "Wald not estimable: in some arm and subgroup all subjects, or none, have the outcome; "
            "the likelihood ratio stands on the limit of the likelihood"
        )
    else:
        assert by_levels[1]["statistic"] == pytest.approx(THEIRS[name, "Wald"], rel=1e-8)
        assert by_levels[1]["p_value"] == pytest.approx(THEIRS[name, "Wald p"], rel=1e-8)
    uncut = found.filter(kind="number").to_dicts()
    ratio = THEIRS[name, "uncut likelihood ratio"]
    assert uncut[0]["statistic"] == pytest.approx(ratio, rel=1e-8)
    assert uncut[1]["statistic"] == pytest.approx(THEIRS[name, "uncut Wald"], rel=1e-8)
    if (name, "uncut ratio") in THEIRS:
        assert uncut[0]["estimate"] == pytest.approx(THEIRS[name, "uncut ratio"], rel=1e-8)
        assert uncut[0]["conf_low"] == pytest.approx(THEIRS[name, "uncut low"], rel=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_changes(name: str) -> None:
    result = of(name, None)
    levels, _, uncut = result.interactions.to_dicts()
    # Least squares on both sides.
    assert levels["statistic"] == pytest.approx(THEIRS[name, "F"], rel=1e-8)
    assert levels["p_value"] == pytest.approx(THEIRS[name, "F p"], rel=1e-8)
    assert uncut["statistic"] == pytest.approx(THEIRS[name, "uncut F"], rel=1e-8)
    for row in result.table.filter(subgroup="LEVEL").iter_rows(named=True):
        term = f"l{row['level'][-1]}:a{row['contrast'][4]}"
        assert row["estimate"] == pytest.approx(THEIRS[name, f"difference {term}"], rel=1e-8)
        assert row["conf_low"] == pytest.approx(THEIRS[name, f"low {term}"], rel=1e-8)


def test_the_effects_within_subgroups_are_those_of_their_counts() -> None:
    table = of("two", RULE).table.filter(pl.col("subgroup") == "LEVEL")
    for row in table.iter_rows(named=True):
        counts = (row["count"], row["n"], row["count_reference"], row["n_reference"])
        of_counts = risk_difference if row["measure"] == "risk difference" else odds_ratio
        expected = of_counts(*counts)
        assert (row["estimate"], row["conf_low"]) == (expected.estimate, expected.low)
