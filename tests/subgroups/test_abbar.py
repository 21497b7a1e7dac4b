"""Suicidal remission by diagnosis as Abbar et al. (2022) BMJ 376:e067194 published it.

The paper gives 46/73 and 25/79 in remission (SSI of at most 3 at day 3; 79 of 83 on placebo had
a score), and by diagnosis only odds ratios: 14.1 bipolar, 1.3 depressive, 3.7 other, interaction
P = 0.02. The counts below are derived: they sum to the published totals and round to the
published odds ratios, and the rates of bipolar patients to 84.6 % and 28 %. Published intervals
(3.0 to 92.2, ...) are adjusted by a model of the authors' and wider, and are not compared.
"""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.definitions import Remission
from ketanalysis.subgroups.definition import Subgroup
from ketanalysis.subgroups.subgroups import SubgroupsResult, estimate_subgroups
from tests.subgroups.trial_data import trial_of

# diagnosis: remitters and all on ketamine, remitters and all on placebo
COUNTS = {
    "bipolar": (22, 26, 7, 25),
    "depressive": (11, 26, 10, 28),
    "other": (13, 21, 8, 26),
}


def abbar(scale: str = "SSI") -> SubgroupsResult:
    arm, last, diagnosis = [], [], []
    for name, (x1, n1, x0, n0) in COUNTS.items():
        for who, x, n in (("ketamine", x1, n1), ("placebo", x0, n0)):
            arm += [who] * n
            last += [3.0] * x + [4.0] * (n - x)  # at the bound, and just above it
            diagnosis += [name] * n
    trial = trial_of(
        ("placebo", "ketamine"), arm, [20.0] * len(arm), last, scale=scale, DIAG=diagnosis
    )
    return estimate_subgroups(
        trial,
        scale,
        Subgroup("diagnosis", column="DIAG"),
        Remission(at_most=3),
        visit="Day 7",
        missing="observed",
        declared="before",
    )


def test_the_counts_are_those_published() -> None:
    whole = [sum(column) for column in zip(*COUNTS.values(), strict=True)]
    assert whole == [46, 73, 25, 79]
    assert [round(100 * x / n, 1) for x, n in ((46, 73), (25, 79))] == [63.0, 31.6]
    assert [round(100 * x / n, 1) for x, n in ((22, 26), (7, 25))] == [84.6, 28.0]


def test_the_published_odds_ratios_and_interaction() -> None:
    result = abbar()
    odds = result.table.filter(pl.col("measure") == "odds ratio")
    rounded = {row["level"]: round(row["estimate"], 1) for row in odds.iter_rows(named=True)}
    assert rounded == {"All": 3.7, "bipolar": 14.1, "depressive": 1.3, "other": 3.7}
    overall = odds.filter(level="All").row(0, named=True)
    assert round(overall["conf_low"], 1) == 1.9
    first = result.interactions.row(0, named=True)
    assert (first["test"], first["df_num"]) == ("likelihood ratio", 2)
    assert round(first["p_value"], 2) == 0.02
    # R 4.2.2: anova(glm(cbind(x, n - x) ~ arm + dx), glm(... ~ arm * dx), test = "LRT")
    assert first["statistic"] == pytest.approx(7.458, abs=5e-4)
    assert first["p_value"] == pytest.approx(0.02402, abs=5e-6)
