"""What a comparison of groups returns, its columns, and the sentences that stand under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import listed
from ketanalysis.groups.comparison_plan import ANCOVA, Plan
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.group_tests import FOR_SMALL_GROUPS, TESTS
from ketanalysis.groups.omnibus import OMNIBUS, OMNIBUS_EFFECTS, OWN_EFFECT
from ketanalysis.groups.test_names import WORDS, joined
from ketanalysis.results import Result

SMALL_GROUP = 10
ASSUMPTIONS_NOTE = (
    "Normality and equal variances were checked beside the tests, and chose none of them."
)
TABLE_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("outcome", "contrast", "role", "test", "measure"), pl.String),
        **dict.fromkeys(("n", "n_reference", "n_missing"), pl.Int64),
        **dict.fromkeys(
            (
                *("mean", "mean_reference", "estimate", "std_error", "conf_low", "conf_high"),
                *("statistic", "df", "df_num", "df_den", "p_value", "p_adjusted"),
            ),
            pl.Float64,
        ),
        "effect": pl.String,
        **dict.fromkeys(("effect_size", "effect_low", "effect_high", "superiority"), pl.Float64),
        **dict.fromkeys(("method", "note"), pl.String),
    }
)
EFFECTS_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("outcome", "contrast", "effect"), pl.String),
        **dict.fromkeys(("estimate", "conf_low", "conf_high"), pl.Float64),
        **dict.fromkeys(("method", "note"), pl.String),
    }
)
ADJUSTED_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("outcome", "group"), pl.String),
        "n": pl.Int64,
        **dict.fromkeys(("estimate", "std_error", "df", "conf_low", "conf_high"), pl.Float64),
        "note": pl.String,
    }
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ComparisonResult(Result):
    """Groups compared.

    Attributes
    ----------
    table
        One row an outcome and a test; every difference is group minus reference, in points.
        After a test of several groups (``contrast`` "all groups") come its pairs, with
        ``role`` "pairwise".
    groups
        One row an outcome and group (reference first): n, n_missing, mean, sd, quartiles.
    adjusted
        Adjusted means of "ancova", one row an outcome and group, in points; else no rows.
    effects
        One row an outcome, contrast and effect size that was named, with its interval.
    assumptions
        One row an outcome and check: Shapiro-Wilk by group and of the residuals, Levene,
        Brown-Forsythe, the ratio of the largest variance to the smallest, equal slopes.
    data
        The values compared, one row a subject and outcome: ``outcome``, ``group``, ``value``;
        no subject identifiers.
    by, levels, reference, group
        The column that splits the subjects, its groups (reference first), the reference, and
        the other of two groups ("" where there are more).
    """

    kind: ClassVar[str] = "comparison"

    groups: pl.DataFrame
    data: pl.DataFrame
    by: str
    group: str
    reference: str
    levels: tuple[str, ...]
    adjusted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ADJUSTED_SCHEMA))
    effects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EFFECTS_SCHEMA))
    assumptions: pl.DataFrame = field(default_factory=pl.DataFrame)


def title_of(outcomes: Sequence[str], by: str, levels: Sequence[str]) -> str:
    """Return the first line: what was compared between which groups."""
    if len(levels) == 2:
        return f"{listed(outcomes)} by {by}: {levels[1]} - {levels[0]}"
    return f"{listed(outcomes)} by {by}: {listed(levels)}"


def notes_of(
    plan: Plan, covariates: Mapping[str, str], n_outcomes: int, *, has_subject: bool, in_order: bool
) -> tuple[str, ...]:
    """Return the methods, one sentence each."""
    primary = f"The primary test is {WORDS[plan.tests[0]]}, named in the call"
    beside = f"; beside it stands {joined(WORDS[name] for name in plan.tests[1:])}"
    notes = [primary + (beside if plan.tests[1:] else "") + ". p values are two-sided."]
    if covariates:
        terms = ", ".join(f"{name} ({how})" for name, how in covariates.items())
        raw = "; effect sizes are those of the scores as they are" if _effect_words(plan) else ""
        notes.append(f"Adjusted for {terms}{raw}.")
    notes += _pair_notes(plan)
    if words := _effect_words(plan):
        notes.append(f"Effect size: {'; '.join(words)}.")
    if plan.p_adjust not in (None, "none"):
        notes.append(
            f"Within each test, p values are adjusted over {n_outcomes} outcomes: {plan.p_adjust}."
        )
    elif n_outcomes > 1:
        notes.append(f"The p values of {n_outcomes} outcomes are not adjusted.")
    notes.append(ASSUMPTIONS_NOTE)
    if not in_order:
        notes.append("The groups stand in the order of the alphabet, the reference first.")
    if not has_subject:
        notes.append("Without a subject column, every row was taken as one subject.")
    return tuple(notes)


def _pair_notes(plan: Plan) -> list[str]:
    if plan.pairwise is None:
        return []
    which = "all pairs" if plan.pairs == "all" else "each group with the reference"
    if plan.pairwise_adjust is None:
        how = (
            f"p values are adjusted for them, and the {100 * plan.conf_level:g} % intervals hold "
            "together"
        )
    elif plan.pairwise_adjust == "none":
        how = "p values are not adjusted"
    else:
        how = f"p values are adjusted for them ({plan.pairwise_adjust}), intervals are not"
    return [f"Pairs: {WORDS[plan.pairwise]}, {which}; {how}."]


def _effect_words(plan: Plan) -> list[str]:
    omnibus = [name for name in plan.tests if name in OMNIBUS]
    names = plan.omnibus_effects or tuple(dict.fromkeys(OWN_EFFECT[name] for name in omnibus))
    words = [OMNIBUS_EFFECTS[name].words for name in names]
    has_pairs = plan.pairwise not in (None, ANCOVA) or any(name in TESTS for name in plan.tests)
    return words + [EFFECTS[name].words for name in plan.effects if has_pairs]


def warnings_of(table: pl.DataFrame, plan: Plan) -> tuple[str, ...]:
    """Say what has no p value and why, and where groups are small."""
    found: list[str] = []
    is_exact = any(name in FOR_SMALL_GROUPS for name in plan.tests)
    for row in table.filter(pl.col("role") == "primary").iter_rows(named=True):
        if row["p_value"] is None:
            found.append(f"{row['outcome']}: {row['note']}.")
            continue
        if row["n_reference"] is None:
            continue
        smaller = min(row["n"], row["n_reference"])
        if smaller < SMALL_GROUP and not is_exact and row["test"] in TESTS:
            found.append(
                f"{row['outcome']}: the smaller group has only {smaller} subjects; "
                '"mann-whitney-exact" can be named as a further test.'
            )
    return tuple(found)
