"""What a comparison within subjects returns, and the sentences that stand under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import polars as pl

from ketanalysis.errors import listed
from ketanalysis.groups.paired_differences import PAIRED_EFFECTS
from ketanalysis.groups.test_names import PAIRED, joined
from ketanalysis.results import Result

SMALL = 10
FOR_FEW_PAIRS = ("wilcoxon-exact", "sign", "permutation")
FRIEDMAN = "friedman"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PairedResult(Result):
    """Occasions of the same subjects compared.

    Attributes
    ----------
    table
        One row an outcome and a test, with the columns of `ComparisonResult`; every difference
        is occasion minus reference, in points; ``n`` counts the subjects with both scores.
    groups
        One row an outcome and occasion (reference first) of the subjects who were compared: n,
        mean, sd, quartiles; ``n_missing`` subjects have no score there.
    unpaired
        Who was not compared: the subject column, ``outcome``, ``reason``. It names subjects
        and is for the person at the data; `audit` has the same as counts.
    effects, assumptions
        As in `ComparisonResult`; the checks are of the differences.
    data
        The scores compared: ``outcome``, ``pair`` (a running number), ``group`` (the
        occasion), ``value``; no subject identifiers.
    within, levels, reference, group
        The column of the occasions, the occasions (reference first), the reference, and the
        other of two occasions ("" where there are more).
    """

    kind: ClassVar[str] = "paired"

    groups: pl.DataFrame
    data: pl.DataFrame
    unpaired: pl.DataFrame
    within: str
    levels: tuple[str, ...]
    reference: str
    group: str
    effects: pl.DataFrame = field(default_factory=pl.DataFrame)
    assumptions: pl.DataFrame = field(default_factory=pl.DataFrame)


def paired_title(outcomes: Sequence[str], within: str, levels: Sequence[str]) -> str:
    """Return the first line: what was compared between which occasions."""
    if len(levels) == 2:
        return f"{listed(outcomes)} within subjects, {within}: {levels[1]} - {levels[0]}"
    return f"{listed(outcomes)} within subjects, {within}: {listed(levels)}"


def paired_notes(
    tests: Sequence[str],
    effects: Sequence[str],
    p_adjust: str | None,
    subject: str,
    n_outcomes: int,
) -> tuple[str, ...]:
    """Return the methods, one sentence each."""
    primary = f"The primary test is {PAIRED[tests[0]].words}, named in the call"
    beside = f"; beside it stands {joined(PAIRED[name].words for name in tests[1:])}"
    notes = [
        primary + (beside if tests[1:] else "") + ". p values are two-sided.",
        f"Scores were paired by {subject}; only subjects with a score at every occasion are "
        "compared.",
    ]
    if tests[0] == FRIEDMAN:
        notes.append("Effect size: Kendall's W, without interval.")
    else:
        notes.append(f"Effect size: {'; '.join(PAIRED_EFFECTS[name].words for name in effects)}.")
    if p_adjust not in (None, "none"):
        notes.append(
            f"Within each test, p values are adjusted over {n_outcomes} outcomes: {p_adjust}."
        )
    elif n_outcomes > 1:
        notes.append(f"The p values of {n_outcomes} outcomes are not adjusted.")
    if tests[0] != FRIEDMAN:
        notes.append(
            "Whether the differences are normal was checked beside the tests, and chose none of "
            "them."
        )
    return tuple(notes)


def paired_warnings(table: pl.DataFrame, n_levels: int) -> tuple[str, ...]:
    """Say who could not be paired, what has no p value and why, and where pairs are few."""
    found: list[str] = []
    for row in table.filter(pl.col("role") == "primary").iter_rows(named=True):
        name, n, lacking = row["outcome"], row["n"], row["n_missing"]
        if lacking:
            lack = "lacks" if lacking == 1 else "lack"
            way_out = "; a mixed model for repeated measures keeps them" if n_levels > 2 else ""
            found.append(
                f"{name}: {lacking} of {n + lacking} subjects {lack} a score at an occasion and "
                f"{'is' if lacking == 1 else 'are'} not compared{way_out}."
            )
        if row["p_value"] is None:
            found.append(f"{name}: {row['note']}.")
        elif n < SMALL and row["test"] not in (*FOR_FEW_PAIRS, FRIEDMAN):
            found.append(
                f'{name}: there are only {n} pairs; "wilcoxon-exact" can be named as a further '
                "test."
            )
    return tuple(found)
