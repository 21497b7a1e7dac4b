"""Relapse by several rules: the rows of each, the variants of one, and what is said of them."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.definitions import CombinedRelapse, Relapse
from ketanalysis.durability.library import relapse_rule
from ketanalysis.durability.relapse import estimate_relapse
from ketanalysis.durability.rule_sensitivity import estimate_relapse_sensitivity, rule_variants
from ketanalysis.errors import ArgumentError
from tests.durability.relapse_data import (
    PLAN,
    SINGLE,
    SUSTAIN,
    Subject,
    many,
    relapse_sensitivity,
    trial_of,
)

LATE = Relapse(at_least=30, consecutive=1, dated="first")


def of(rules: Any, **plan: Any) -> Any:
    return estimate_relapse_sensitivity(trial_of(many()), "MADRS", rules, **(PLAN | plan))


def test_each_row_is_that_of_the_curve_alone() -> None:
    result = of({"cut-off 22": SINGLE, "cut-off 30": LATE}, by="TRT01P", times=[20, 400])
    assert result.table["role"].unique(maintain_order=True).to_list() == ["primary", "sensitivity"]
    for name, rule in (("cut-off 22", SINGLE), ("cut-off 30", LATE)):
        alone = estimate_relapse(trial_of(many()), "MADRS", rule, "TRT01P", **PLAN)
        rows = result.table.filter(variant=name, measure="median")
        for column, other in (("n", "n"), ("n_event", "n_event"), ("estimate", "median")):
            assert rows[column].to_list() == alone.medians[other].to_list()
        shares = result.table.filter(variant=name, measure="share free").sort("TRT01P", "time")
        theirs = alone.milestones([20, 400]).table.sort("TRT01P", "time")
        for column, other in (("estimate", "survival"), ("conf_low",) * 2, ("conf_high",) * 2):
            assert shares[column].to_list() == theirs[other].to_list()
        assert result.curves[name].table.equals(alone.table)
    assert result.definition is SINGLE
    assert result.audit["count"].sum() == 10


def test_the_variants_of_a_confirmed_rule() -> None:
    variants = rule_variants(SUSTAIN)
    assert list(variants) == [
        *("as declared", "single assessment", "dated at the first assessment", "dated midway"),
        "unconfirmed counts",
    ]
    assert variants["single assessment"] == Relapse(
        at_least=22,
        consecutive=1,
        events=("hospitalisation", "suicidality"),
        dated="confirming",
    )
    assert variants["dated midway"] == relapse_rule(
        "sustain1", unconfirmed="censor", dated="midpoint"
    )
    assert variants["unconfirmed counts"] == relapse_rule("sustain1", unconfirmed="event")


def test_the_variants_of_a_single_assessment() -> None:
    variants = rule_variants(SINGLE)
    assert list(variants) == [
        *("as declared", "confirmed at the next, unconfirmed censored"),
        *("confirmed at the next, unconfirmed counts", "dated midway"),
    ]
    twice = variants["confirmed at the next, unconfirmed counts"]
    assert twice == Relapse(at_least=22, consecutive=2, dated="first", unconfirmed="event")


def test_the_variants_of_a_rule_of_two() -> None:
    both = SUSTAIN & Relapse(rise_at_least=5, rise_from="entry")
    varied = rule_variants(both)["single assessment"]
    assert isinstance(varied, CombinedRelapse)
    assert varied.right == both.right
    ways = rule_variants(SUSTAIN | LATE)
    assert ways["unconfirmed counts"].routes[0].run.unconfirmed == "event"
    assert ways["unconfirmed counts"].routes[1].run == LATE


def test_one_subject_by_hand() -> None:
    """15 on day 14, 9 on 21, 25 on 28 and 35; the last infusion on day 11: days since then."""
    trial = trial_of({"S1": Subject([(14, 15), (21, 9), (28, 25), (35, 25)])})
    result = estimate_relapse_sensitivity(trial, "MADRS", SUSTAIN, **PLAN)
    medians = dict(result.table.select("variant", "estimate").rows())
    assert medians == {
        "as declared": 24.0,
        "single assessment": 17.0,
        "dated at the first assessment": 17.0,
        "dated midway": 13.5,
        "unconfirmed counts": 24.0,
    }


def test_further_infusions_vary_too() -> None:
    treated = many() | {"S1": Subject([(14, 11), (21, 9), (28, 9)], infusions=[11, 24])}
    result = estimate_relapse_sensitivity(
        trial_of(treated), "MADRS", {"22": SINGLE}, **(PLAN | {"redose": ["censor", "event"]})
    )
    events = dict(result.table.select("variant", "n_event").rows())
    assert events["further infusion counts"] == events["22"] + 1
    assert result.notes[-1] == (
        "Further infusion counts: A further infusion after entry counts as relapse on its day, and "
        "later scores are not judged."
    )


def test_table_and_sentences() -> None:
    result = relapse_sensitivity()
    assert result.title == (
        "Sensitivity to the rule of relapse: free of relapse on MADRS, among those who entered, by "
        "TRT01P"
    )
    shown = str(result)
    assert "Confirmed at the next, unconfirmed censored" in shown
    assert "Each other row changes what its name says, and nothing else." in result.notes
    assert result.inline(variant="as declared", measure="median", TRT01P="drug") == (
        "24.0 days (95 % CI 17.0 to NR)"
    )
    assert result.inline(variant="as declared", time=21, TRT01P="drug") == (
        "67 % (95 % CI 5 to 95)"
    )


@pytest.mark.parametrize(
    "style, placebo, drug",
    [
        ("plain", "95 % CI 10.0 to NR", "95 % CI 17.0 to NR"),
        ("apa", "95% CI [10.0, NR]", "95% CI [17.0, NR]"),
        ("jama", "95% CI, 10.0 to NR", "95% CI, 17.0 to NR"),
    ],
)
def test_sentences(style: str, placebo: str, drug: str) -> None:
    said = relapse_sensitivity().text(style).partition(" Primary: ")[0]
    assert said == (
        "Sensitivity to the rule of relapse: free of relapse on MADRS, among those who entered, by "
        f"TRT01P. placebo: 3 relapses in 4 subjects, median 38.0 days ({placebo}) (by the 3 other "
        "rules: 0 to 3 relapses, medians 20.5 to NR); drug: 3 relapses in 4 subjects, median 24.0 "
        f"days ({drug}) (by the 3 other rules: 0 to 3 relapses, medians 20.5 to NR)."
    )


@pytest.mark.parametrize(
    "rules, options, text",
    [
        ({}, {}, "rules must hold a rule, the primary one first."),
        (
            Relapse(at_least=3),
            {},
            "rules must be a Relapse with consecutive= and dated=, or a table of names and rules, "
            "not Relapse(at_least=3).",
        ),
        (SINGLE, {"redose": []}, "redose must hold a choice, the primary one first."),
        (
            SINGLE,
            {"redose": ["censor", "stop"]},
            "redose must be one of 'censor', 'event', 'competing', 'ignore', not 'stop'.",
        ),
        (
            SINGLE,
            {"by": "variant"},
            "by cannot name the column 'variant', which the result uses itself; rename it.",
        ),
    ],
)
def test_refusals(rules: Any, options: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        of(rules, **options)
    assert str(refused.value) == text


def test_pandas_in_pandas_out() -> None:
    trial = trial_of(many())
    frame = trial.adqs.with_columns(pl.col("AVISIT").to_physical().cast(pl.Int64).alias("AVISITN"))
    given = frame.with_columns(pl.col("AVISIT").cast(pl.String)).to_pandas()
    result = estimate_relapse_sensitivity(given, "MADRS", SINGLE, among=PLAN["among"], origin=11)
    assert type(result.tidy()).__module__.startswith("pandas")
