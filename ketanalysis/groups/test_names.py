"""The tests of a comparison by name: how a table heads them, a sentence calls them, APA signs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


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
    {**TWO_GROUPS, **SEVERAL_GROUPS, **ADJUSTED, **PAIRWISE, **{k: v for k, v in PAIRED.items() if k != "permutation"}}
)
WORDS: Mapping[str, str] = MappingProxyType({k: name.words for k, name in TEST_NAMES.items()})
