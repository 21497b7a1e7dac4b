"""What comparisons say: the console table and whole sentences in every manner of writing."""

from __future__ import annotations

import re

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.groups.test_names import (
    PAIRED,
    TEST_NAMES,
    jama_statistic,
    joined,
    statistic_words,
)
from tests.groups.several_groups_data import frame_of
from tests.groups.test_paired import FRAME

TWO = frame_of("unbalanced").filter(pl.col("arm") != "low")


def two(**options):
    return ka.compare_groups(TWO, "score", "arm", reference="placebo", **options)


def three(**options):
    return ka.compare_groups(frame_of("unbalanced"), "score", "arm", reference="placebo", **options)


def said(result, style):
    return result.text(style).removesuffix(" ".join(result.notes)).strip()


@pytest.mark.parametrize(
    ("style", "sentence"),
    [
        (
            "plain",
            "score: high mean 7.3 (n = 3), placebo mean 12.6 (n = 21), difference −5.3 (95 % CI "
            "−12.9 to 2.3), p = 0.107.",
        ),
        (
            "apa",
            "score: high mean 7.3 (n = 3), placebo mean 12.6 (n = 21), difference −5.3 (95% CI "
            "[−12.9, 2.3]), t(2.5) = −2.46, p = .107, Hedges g −1.55 (95% CI [−2.78, −0.28]).",
        ),
        (
            "jama",
            "score: high mean 7.3 (n = 3), placebo mean 12.6 (n = 21), difference −5.3 (95% CI, "
            "−12.9 to 2.3), P = .11.",
        ),
    ],
)
def test_two_groups_in_each_style(style, sentence):
    assert said(two(), style) == sentence


@pytest.mark.parametrize(
    ("style", "sentence"),
    [
        (
            "plain",
            "score: placebo mean 12.6 (SD 3.3, n = 21), low mean 9.4 (SD 3.0, n = 5), high mean "
            "7.3 (SD 3.5, n = 3); ANOVA: F(2, 26) = 4.75, p = 0.017, eta squared 0.27 (95 % CI "
            "0.01 to 0.47). Pairs (Dunnett): low minus placebo −3.2 (95 % CI −7.0 to 0.6), "
            "p = 0.109; high minus placebo −5.3 (95 % CI −10.0 to −0.5), p = 0.027.",
        ),
        (
            "apa",
            "score: placebo mean 12.6 (SD 3.3, n = 21), low mean 9.4 (SD 3.0, n = 5), high mean "
            "7.3 (SD 3.5, n = 3); ANOVA: F(2, 26) = 4.75, p = .017, eta squared 0.27 (95% CI "
            "[0.01, 0.47]). Pairs (Dunnett): low minus placebo −3.2 (95% CI [−7.0, 0.6]), "
            "t(26) = −1.99, p = .109; high minus placebo −5.3 (95% CI [−10.0, −0.5]), "
            "t(26) = −2.63, p = .027.",
        ),
        (
            "jama",
            "score: placebo mean 12.6 (SD 3.3, n = 21), low mean 9.4 (SD 3.0, n = 5), high mean "
            "7.3 (SD 3.5, n = 3); ANOVA: F2,26 = 4.75, P = .02, eta squared 0.27 (95% CI, "
            "0.01-0.47). Pairs (Dunnett): low minus placebo −3.2 (95% CI, −7.0 to 0.6), "
            "P = .11; high minus placebo −5.3 (95% CI, −10.0 to −0.5), P = .03.",
        ),
    ],
)
def test_three_groups_in_each_style(style, sentence):
    assert said(three(test="anova", pairwise="dunnett"), style) == sentence


def test_adjusted_means_stand_where_the_test_is_adjusted():
    result = two(test=["ancova", "student"], adjust=["base", "site"])
    assert said(result, "plain") == (
        "score: high adjusted mean 10.5 (n = 3), placebo adjusted mean 12.2 (n = 21), adjusted "
        "difference −1.7 (95 % CI −2.5 to −0.9), p < 0.001."
    )
    assert "t(20) = −4.42, p < .001." in said(result, "apa")
    of_all = three(
        test="ancova", adjust="base", pairwise="ancova", pairs="reference", pairwise_adjust="holm"
    )
    assert said(of_all, "plain") == (
        "score: placebo adjusted mean 11.9 (n = 21), low adjusted mean 10.8 (n = 5), high adjusted "
        "mean 10.1 (n = 3); ANCOVA: F(2, 25) = 13.85, p < 0.001. Pairs (ANCOVA): low minus placebo "
        "−1.0 (95 % CI −1.7 to −0.4), p = 0.002; high minus placebo −1.8 (95 % CI −2.6 to −1.0), "
        "p < 0.001."
    )
    assert not any("Effect size" in note for note in of_all.notes)


def test_what_is_no_difference_of_means_is_called_by_its_name():
    ranks = two(test=["brunner-munzel", "mann-whitney"], effect="cliffs-delta")
    assert said(ranks, "apa") == (
        "score: high mean 7.3 (n = 3), placebo mean 12.6 (n = 21), probability of superiority 0.12 "
        "(95% CI [0.00, 0.53]), t(2.5) = −3.36, p = .058, Cliff delta −0.76 (95% CI [−0.96, "
        "−0.11])."
    )
    assert "Hodges-Lehmann shift −5.0 (95 % CI −10.0 to 0.0)" in said(
        two(test="mann-whitney"), "plain"
    )
    dunn = three(test="kruskal-wallis", pairwise="dunn", pairs="reference", pairwise_adjust="holm")
    assert said(dunn, "apa").endswith(
        "Kruskal-Wallis: H(2) = 7.05, p = .029, rank epsilon squared 0.25. Pairs (Dunn): low minus "
        "placebo −7.8 in mean rank, z = −1.85, p = .064; high minus placebo −11.4 in mean rank, "
        "z = −2.17, p = .060."
    )


@pytest.mark.parametrize(
    ("style", "sentence"),
    [
        (
            "plain",
            "MADRS: pre mean 30.7, post mean 13.7 in 3 subjects with both, mean difference −17.0 "
            "(95 % CI −23.6 to −10.4), p = 0.008.",
        ),
        (
            "apa",
            "MADRS: pre mean 30.7, post mean 13.7 in 3 subjects with both, mean difference −17.0 "
            "(95% CI [−23.6, −10.4]), t(2) = −11.13, p = .008, Hedges g_av −2.10 (95% CI [−4.06, "
            "−0.28]).",
        ),
        (
            "jama",
            "MADRS: pre mean 30.7, post mean 13.7 in 3 subjects with both, mean difference −17.0 "
            "(95% CI, −23.6 to −10.4), P = .008.",
        ),
    ],
)
def test_pairs_in_each_style(style, sentence):
    result = ka.compare_paired(FRAME, "MADRS", "AVISIT", reference="pre")
    assert said(result, style) == sentence


def test_the_console_shows_two_groups():
    lines = two(test=["brunner-munzel", "mann-whitney"], effect="superiority").summary().split("\n")
    assert lines[:6] == [
        "score by arm: high - placebo",
        "",
        "                - high   placebo",
        "Test            n  Mean   n  Mean  Difference (95 % CI)  Superiority (95 % CI)      p",
        "Brunner-Munzel  3   7.3  21  12.6   0.12 (0.00 to 0.53)    0.12 (0.02 to 0.47)  0.058",
        "Mann-Whitney    3   7.3  21  12.6   −5.0 (−10.0 to 0.0)                         0.040",
    ]
    notes = " ".join(line.strip() for line in lines[7:])
    assert (
        "The Mann-Whitney rows give the Hodges-Lehmann shift, not a difference of means. The "
        "Brunner-Munzel rows give the probability of superiority, not a difference of means."
    ) in notes


def cells(result):
    """Return the console's table as cells, without its title and notes."""
    lines = result.summary().split("\n")[2:]
    return [re.split(r"\s{2,}", line.strip()) for line in lines[: lines.index("")]]


def test_the_console_shows_all_groups_and_their_pairs():
    result = three(test="welch-anova", pairwise="games-howell")
    pairs = [
        ["5, 21", "−3.2 (−7.7 to 1.3)", "Hedges g −0.97 (−1.94 to 0.03)", "t(6.6) = −2.14"],
        ["3, 21", "−5.3 (−15.5 to 4.9)", "Hedges g −1.55 (−2.78 to −0.28)", "t(2.5) = −2.46"],
        ["3, 5", "−2.1 (−11.0 to 6.9)", "Hedges g −0.57 (−1.83 to 0.74)", "t(3.7) = −0.85"],
    ]
    head = ["Groups", "Test", "n", "Difference (95 % CI)", "Effect size (95 % CI)", "Statistic"]
    assert cells(result) == [
        [*head, "p", "p, adjusted"],
        ["All", "Welch's ANOVA", "29", "Eta squared 0.27", "F(2, 4.6) = 4.01", "0.098"],
        ["low minus placebo", "Games-Howell", *pairs[0], "0.073", "0.156"],
        ["high minus placebo", "Games-Howell", *pairs[1], "0.107", "0.197"],
        ["high minus low", "Games-Howell", *pairs[2], "0.445", "0.696"],
    ]
    notes = " ".join(line.strip() for line in result.summary().split("\n"))
    assert (
        "Mean score: placebo 12.6 (SD 3.3, n = 21); low 9.4 (SD 3.0, n = 5); high 7.3 (SD 3.5, "
        "n = 3)."
    ) in notes
    assert (
        "No interval of the effect size: it would take equal variances, which this test does not."
    ) in notes


def test_the_console_shows_pairs():
    result = ka.compare_paired(
        FRAME, "MADRS", "AVISIT", reference="pre", test=["paired-t", "sign"], effect="cohens-dz"
    )
    size = "Cohen d_z −6.43 (−12.43 to −0.86)"
    head = ["Test", "Subjects", "Mean, pre", "Mean, post", "Difference (95 % CI)"]
    assert cells(result) == [
        [*head, "Effect size (95 % CI)", "Statistic", "p"],
        ["Paired t", "3", "30.7", "13.7", "−17.0 (−23.6 to −10.4)", size, "t(2) = −11.13", "0.008"],
        ["Sign test", "3", "30.7", "13.7", "−18.0 (NE to NE)", size, "0.250"],
    ]


def test_inline_numbers():
    assert two().inline() == "−5.3 (95 % CI −12.9 to 2.3)"
    result = three(test="anova", pairwise="dunnett")
    assert result.inline("all groups") == "F(2, 26) = 4.75, p = 0.017"
    assert result.inline("all groups", style="jama") == "F2,26 = 4.75, P = .02"
    assert result.inline("low - placebo", style="apa") == "−3.2 (95% CI [−7.0, 0.6])"


def test_notes_name_every_method():
    notes = three(
        test=["anova", "kruskal-wallis", "welch-anova"],
        pairwise="welch",
        pairs="all",
        pairwise_adjust="holm",
        effect=["omega-squared", "superiority"],
    ).notes
    assert notes == (
        "The primary test is one-way analysis of variance, named in the call; beside it stands the "
        "Kruskal-Wallis test and Welch's analysis of variance. p values are two-sided.",
        "Pairs: Welch's t test, all pairs; p values are adjusted for them (holm), intervals are "
        "not.",
        "Effect size: omega squared, with the noncentral F interval; probability of superiority "
        "(ties half), with Newcombe's interval (2006, method 5).",
        "Normality and equal variances were checked beside the tests, and chose none of them.",
    )
    joint = three(test="anova", pairwise="tukey").notes[1]
    assert joint == (
        "Pairs: Tukey's test (Tukey-Kramer), all pairs; p values are adjusted for them, and the "
        "95 % intervals hold together."
    )
    plain = three(test="anova", pairwise="dunn", pairs="reference", pairwise_adjust="none").notes[1]
    assert plain == (
        "Pairs: Dunn's test of mean ranks, each group with the reference; p values are not "
        "adjusted."
    )


def test_statistics_and_lists_as_text():
    row = {"test": "welch", "statistic": 2.104, "df": 28.41, "df_num": None, "df_den": None}
    assert statistic_words(row) == "t(28.4) = 2.10"
    assert jama_statistic("t(28.4) = 2.10") == "t28.4 = 2.10"
    assert statistic_words(row | {"df": None, "test": "permutation"}) == ""
    assert statistic_words(row | {"statistic": None}) == ""
    assert joined([]) == ""
    assert joined("ab") == "a and b"
    assert joined("abc") == "a, b and c"
    assert all(name.label and name.words for name in {**TEST_NAMES, **PAIRED}.values())
