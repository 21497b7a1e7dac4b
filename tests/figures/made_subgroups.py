"""A small result of subgroups, made from fixed numbers, for the tests of its figure."""

from __future__ import annotations

from ketanalysis.definitions import Remission
from ketanalysis.subgroups.definition import Subgroup
from ketanalysis.subgroups.subgroups import SubgroupsResult, estimate_subgroups
from tests.subgroups.trial_data import trial_of


def subgroups_of(arms: tuple[str, ...] = ("placebo", "ketamine")) -> SubgroupsResult:
    """Return 16 subjects an arm, divided by a column and by a cut."""
    arm = [name for name in arms for _ in range(16)]
    last = [
        5.0 if (i * 7 + 3 * k) % 16 < 6 + 3 * k else 20.0
        for k in range(len(arms))
        for i in range(16)
    ]
    age = [30 + (i * 5) % 31 for _ in arms for i in range(16)]
    trial = trial_of(
        arms, arm, [30.0] * len(arm), last, GROUP=[arms[i % 2] for i in range(len(arm))], AGE=age
    )
    return estimate_subgroups(
        trial,
        "MADRS",
        ["GROUP", Subgroup("age", column="AGE", at_least=45)],
        Remission(at_most=10),
        visit="Day 7",
        missing="observed",
        declared="before",
        p_adjust="holm",
    )
