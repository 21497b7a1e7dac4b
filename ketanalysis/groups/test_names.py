"""The tests of a comparison: their names in tables and sentences, the letter of their statistic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ketanalysis.rounding import number


class TestName(NamedTuple):
    """One test: its name in a table, in a sentence, and the letter of its statistic."""

    label: str
    words: str
    letter: str = ""


TWO_GROUPS = {
    "welch": TestName("Welch's t", "Welch's t test", "t"),
    "student": TestName("Student's t", "Student's t test", "t"),
    "mann-whitney": TestName(
        "Mann-Whitney",
        "the Mann-Whitney test (asymptotic, continuity and tie correction)",
        "W",
    ),
    "mann-whitney-exact": TestName(
        "Mann-Whitney, exact", "the Mann-Whitney test (exact, ties included)", "W"
    ),
    "brunner-munzel": TestName("Brunner-Munzel", "the Brunner-Munzel test (t approximation)", "t"),
    "brunner-munzel-permutation": TestName(
        "Brunner-Munzel, permutation", "the Brunner-Munzel test (studentised permutation)", "t"
    ),
    "permutation": TestName("Permutation of means", "the permutation test of the means"),
}
SEVERAL_GROUPS = {
    "anova": TestName("ANOVA", "one-way analysis of variance", "F"),
    "welch-anova": TestName("Welch's ANOVA", "Welch's analysis of variance", "F"),
    "kruskal-wallis": TestName("Kruskal-Wallis", "the Kruskal-Wallis test", "H"),
    "permutation-anova": TestName(
        "ANOVA, permutation", "the permutation test of several means (F)", "F"
    ),
}
ADJUSTED = {"ancova": TestName("ANCOVA", "analysis of covariance (one slope for all groups)", "t")}
PAIRWISE = {
    "tukey": TestName("Tukey", "Tukey's test (Tukey-Kramer)", "t"),
    "games-howell": TestName("Games-Howell", "the Games-Howell test", "t"),
    "dunnett": TestName("Dunnett", "Dunnett's test", "t"),
    "dunn": TestName("Dunn", "Dunn's test of mean ranks", "z"),
}
PAIRED = {
    "paired-t": TestName("Paired t", "the paired t test", "t"),
    "wilcoxon": TestName(
        "Wilcoxon",
        "Wilcoxon's signed-rank test (asymptotic, continuity and tie correction)",
        "V",
    ),
    "wilcoxon-exact": TestName(
        "Wilcoxon, exact", "Wilcoxon's signed-rank test (exact, ties included)", "V"
    ),
    "sign": TestName("Sign test", "the sign test (exact)"),
    "permutation": TestName("Permutation of signs", "the permutation test of the signs"),
    "friedman": TestName("Friedman", "Friedman's test", "Q"),
}
TEST_NAMES: Mapping[str, TestName] = MappingProxyType(
    {**PAIRED, **TWO_GROUPS, **SEVERAL_GROUPS, **ADJUSTED, **PAIRWISE}
)
WORDS: Mapping[str, str] = MappingProxyType({k: name.words for k, name in TEST_NAMES.items()})


def joined(words: Iterable[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``; "" for none."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def statistic_words(row: Mapping[str, Any], letter: str | None = None) -> str:
    """Return ``t(28.4) = 2.10``, ``F(2, 57) = 3.88`` or ``W = 115.5``; "" without a statistic.

    `row` is one of a comparison; `letter` is given where the test's own does not fit.
    """
    name = TEST_NAMES.get(row["test"]) or PAIRED.get(row["test"])
    shown = letter or (name.letter if name else "")
    if row["statistic"] is None or not shown:
        return ""
    if shown == "t" and row["df_num"] is not None:
        shown = "F"
    dfs = [row[column] for column in ("df", "df_num", "df_den") if row[column] is not None]
    inside = ", ".join(number(df, 0 if df == round(df) else 1) for df in dfs)
    digits = 1 if shown in ("W", "V") else 2
    return f"{shown}{f'({inside})' if inside else ''} = {number(row['statistic'], digits)}"


def jama_statistic(words: str) -> str:
    """Return the statistic as JAMA writes it, without parentheses: ``t28.4 = 2.10``."""
    return words.replace("(", "", 1).replace(", ", ",", 1).replace(")", "", 1)
