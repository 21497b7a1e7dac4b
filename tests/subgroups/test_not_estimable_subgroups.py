"""Subgroups without an answer: the interaction says why, and has no p value by accident."""

from __future__ import annotations

from typing import Any

import pytest

import ketanalysis as ka
from tests.subgroups.trial_data import trial_of

N = 12
ARM = ["p", "k"] * 6
BASE = [25.0 + (7 * i) % 13 for i in range(N)]
LAST = [5.0 + (11 * i) % 23 for i in range(N)]
LEVEL: list[str | None] = list("aabbaabbaabb")


def subgroups(
    last: Any = LAST, level: Any = LEVEL, base: Any = BASE, arm: Any = ARM, **options: Any
) -> Any:
    trial = trial_of(["p", "k"], arm, base, last, LEVEL=level)
    asked = {"visit": "Day 7", "declared": "before", "missing": "observed"} | options
    return ka.estimate_subgroups(trial, "MADRS", "LEVEL", **asked)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "one arm lost": (
        {"last": [x if arm == "p" else None for x, arm in zip(LAST, ARM, strict=True)]},
        "not estimable: only one arm has subjects",
    ),
    "nobody with a level": (
        {"level": [None] * N},
        "not estimable: fewer than two subgroups have subjects",
    ),
    "one level": (
        {"level": ["a"] * N},
        "not estimable: fewer than two subgroups have subjects",
    ),
    "a level in one arm": (
        {"level": ["a" if arm == "p" else "b" for arm in ARM]},
        "not estimable: nobody of an arm in a subgroup",
    ),
    "everybody responds": (
        {"last": [1.0] * N},
        "not estimable: the outcome is separated by arm and subgroup",
    ),
    "nobody responds": (
        {"last": BASE},
        "not estimable: the outcome is separated by arm and subgroup",
    ),
    "one subject a cell": (
        {"last": LAST[:4], "level": LEVEL[:4], "base": BASE[:4], "arm": ARM[:4]},
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_interaction_says_why_there_is_none(name):
    """With the arm lost the Wald test had a statistic of 0 on 0 degrees of freedom, and p = 0."""
    given, reason = CASES[name]
    found = subgroups(**given, rule=ka.Response(at_least=0.5)).interactions
    for row in found.to_dicts():
        assert row["p_value"] != 0.0
        if reason:
            assert (row["statistic"], row["p_value"], row["note"]) == (None, None, reason)
        else:
            assert row["p_value"] is not None or row["note"]


@pytest.mark.parametrize("last", [[10.0] * N, [0.0] * N, LAST[:2] + [None] * 10])
def test_changes_without_variation_have_no_p_value_of_zero(last):
    found = subgroups(last=last)
    for row in found.interactions.to_dicts():
        assert row["p_value"] is None or row["p_value"] > 0
        assert row["p_value"] is not None or row["note"]
    for row in found.table.to_dicts():
        assert row["conf_low"] is not None or row["note"]
