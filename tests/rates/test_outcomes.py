"""Outcomes over several visits and by size of change: whole trials against R, three data sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from ketanalysis.definitions import Remission, Response
from ketanalysis.meaningful import MeaningfulChange, ReliableChange
from ketanalysis.rates.end_response import estimate_end_response
from ketanalysis.rates.ever_response import estimate_ever_response
from ketanalysis.rates.levels import estimate_response_levels
from ketanalysis.rates.meaningful_change import estimate_meaningful_change
from ketanalysis.rates.reliable_change import estimate_reliable_change
from ketanalysis.rates.response import estimate_response
from ketanalysis.rates.sustained_response import estimate_sustained
from ketanalysis.sustained import Sustained
from tests.rates.test_response import ARMS, close, oracle, trial_of

HALF, TWELVE = Response(at_least=0.5), Remission(at_most=12)
SOURCE = "made up for this test"
ALL = ["1", "2", "3", "4"]
RELIABLE = ReliableChange(reliability=0.85, sd=6, source=SOURCE, recovered=TWELVE)
LEVELS = {"level_50": "at least 50 %", "level_25": "25 % to less than 50 %"}
CHANGES = {
    "recovered": "recovered",
    "improved_only": "reliably improved, not recovered",
    "unchanged": "unchanged",
    "deteriorated": "reliably deteriorated",
}
HANDLINGS = ("observed", "locf", "nri")

Estimate = Callable[[Any, str, str], Any]


def visits(*names: str) -> dict[str, Any]:
    return {"visits": names or ALL}


ESTIMATES: dict[str, tuple[Callable[..., Any], Any, dict[str, Any]]] = {
    "partial": (estimate_response, Response(at_least=0.25, below=0.5), visits("2")),
    "ever_response": (estimate_ever_response, HALF, visits()),
    "ever_remission": (estimate_ever_response, Remission(at_most=10), visits("3", "2")),
    "end_scheduled": (estimate_end_response, HALF, visits() | {"end": "last scheduled"}),
    "end_observed": (estimate_end_response, HALF, visits() | {"end": "last observed"}),
    "end_twice": (
        estimate_end_response,
        Sustained(TWELVE, visits=2, of=2),
        visits() | {"end": "last observed"},
    ),
    "sustained_2_of_3": (
        estimate_sustained,
        Sustained(HALF, visits=2, of=3, excursions=1, missed=1),
        visits(),
    ),
    "sustained_all": (estimate_sustained, Sustained(HALF, visits=3, of=["4", "2", "3"]), {}),
    "stable": (
        estimate_sustained,
        Sustained(TWELVE, visits=3, of=4, excursions=1, missed=1, only_at=("2", "3")),
        visits(),
    ),
    "kept": (
        estimate_sustained,
        Sustained(
            HALF,
            visits=3,
            of=ALL,
            excursions=1,
            missed=0,
            still=Response(at_least=0.25),
            only_at=("2", "3"),
        ),
        {},
    ),
    "ever_twice": (estimate_ever_response, Sustained(TWELVE, visits=2, of=2), visits()),
    "meaningful_share": (
        estimate_meaningful_change,
        MeaningfulChange(at_least=0.175, unit="share of baseline", source=SOURCE),
        visits("4"),
    ),
    "meaningful_points": (
        estimate_meaningful_change,
        MeaningfulChange(at_least=6, unit="points", source=SOURCE),
        visits("4"),
    ),
}


def rows_of(trial: str, outcome: str, ci: str) -> pl.DataFrame:
    """Return the rows of one outcome: the arms under each handling that R has."""
    held = {row["missing"] for row in oracle("outcomes") if row["outcome"] == outcome}
    options: dict[str, Any] = {
        "by": "TRT01P",
        "missing": [name for name in HANDLINGS if name in held],
        "ci": ci,
    }
    data = trial_of(trial)
    if outcome in ESTIMATES:
        estimate, rule, more = ESTIMATES[outcome]
        found: pl.DataFrame = estimate(data, "MADRS", rule, **options, **more).table
        return found
    if outcome in CHANGES:
        changed = estimate_reliable_change(data, "MADRS", RELIABLE, visits="4", **options)
        return changed.table.filter(pl.col("category") == CHANGES[outcome])
    levels = estimate_response_levels(data, "MADRS", levels=(0.25, 0.5), visits="4", **options)
    name = LEVELS.get(outcome, "less than 25 %")
    return levels.table.filter(pl.col("category") == name)


@pytest.mark.parametrize("outcome", sorted({row["outcome"] for row in oracle("outcomes")}))
@pytest.mark.parametrize("name", ARMS)
def test_counts_and_intervals_are_those_of_r(name: str, outcome: str) -> None:
    wilson, exact = rows_of(name, outcome, "wilson"), rows_of(name, outcome, "clopper-pearson")
    theirs = {
        (row["arm"], row["missing"]): row
        for row in oracle("outcomes")
        if (row["trial"], row["outcome"]) == (name, outcome)
    }
    assert wilson.height == exact.height == len(theirs)
    for ours, ends in zip(wilson.to_dicts(), exact.to_dicts(), strict=True):
        row = theirs[ours["TRT01P"], ours["missing"]]
        assert (ours["count"], ours["n"]) == (int(row["count"]), int(row["n"])), row
        assert ours["estimate"] == close(row["estimate"])
        assert ours["conf_low"] == close(row["wilson_low"])
        assert ours["conf_high"] == close(row["wilson_high"])
        assert ends["conf_low"] == close(row["exact_low"])
        assert ends["conf_high"] == close(row["exact_high"])


@pytest.mark.parametrize("outcome", [*ESTIMATES, "level_50", "unchanged"])
def test_everybody_is_counted_once(outcome: str) -> None:
    """The reasons of each arm, and the subjects set aside, add up to the trial."""
    for name in ARMS:
        options: dict[str, Any] = {"by": "TRT01P", "missing": ["observed", "nri"]}
        data = trial_of(name)
        if outcome in ESTIMATES:
            estimate, rule, more = ESTIMATES[outcome]
            result = estimate(data, "MADRS", rule, **options, **more)
        elif outcome == "unchanged":
            result = estimate_reliable_change(data, "MADRS", RELIABLE, visits="4", **options)
        else:
            result = estimate_response_levels(data, "MADRS", levels=[0.5], visits="4", **options)
        sizes = data.adsl.group_by("TRT01P").len()
        sums = result.audit.group_by("TRT01P", "missing").agg(pl.col("count").sum())
        both = sums.join(sizes, on="TRT01P")
        assert both.height == 2 * len(ARMS[name])
        assert (both["count"] == both["len"]).all()
        counted = result.audit.filter(pl.col("status") == "included")
        n = counted.group_by("TRT01P", "missing").agg(pl.col("count").sum().alias("included"))
        whole = result.table.group_by("TRT01P", "missing").agg(pl.col("n").first())
        beside = whole.join(n, on=["TRT01P", "missing"], how="left").fill_null(0)
        assert (beside["n"] == beside["included"]).all()


@pytest.mark.parametrize("name", ARMS)
def test_categories_add_up(name: str) -> None:
    for result in (
        estimate_response_levels(
            trial_of(name), "MADRS", by="TRT01P", levels=(0.25, 0.5), missing=HANDLINGS
        ),
        estimate_reliable_change(trial_of(name), "MADRS", RELIABLE, by="TRT01P", missing=HANDLINGS),
    ):
        sums = result.table.group_by("TRT01P", "AVISIT", "missing").agg(
            pl.col("count").sum(), pl.col("n").first()
        )
        assert (sums["count"] == sums["n"]).all()
        apart = result.contrasts.group_by("AVISIT", "missing", "contrast").agg(
            pl.col("estimate").sum()
        )
        held = apart.filter(pl.col("estimate").abs() > 1e-12)
        assert held.is_empty()  # the categories of a visit are all: their differences cancel
        assert set(result.contrasts["measure"]) == {"risk difference"}
