"""What a comparison may be asked to do: every refusal, word by word."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.errors import ContractError
from tests.groups.several_groups_data import frame_of, refusal


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"test": "ancova"},
            "test='ancova' needs adjust=: the covariates, for example adjust='BASE'.",
        ),
        (
            {"test": "anova", "adjust": "base"},
            "adjust= goes with test='ancova', not 'anova': no other test has covariates.",
        ),
        (
            {"test": "anova", "pairwise": "ancova", "pairs": "all", "pairwise_adjust": "holm"},
            "pairwise='ancova' goes with test='ancova' and adjust=.",
        ),
        (
            {"test": "anova", "pairwise": "welch", "pairwise_adjust": "holm"},
            "pairs must be named for pairwise='welch': 'reference' (each group with the "
            "reference) or 'all'.",
        ),
        (
            {"test": "anova", "pairwise": "dunn", "pairs": "all"},
            "pairwise_adjust must be named for pairwise='dunn': one of 'holm', 'hochberg', "
            "'hommel', 'bonferroni', 'bh', 'by', 'none'.",
        ),
        (
            {"test": "anova", "pairwise": "tukey", "pairs": "reference"},
            "pairwise='tukey' is made for pairs='all', not 'reference'.",
        ),
        (
            {"test": "anova", "pairwise": "dunnett", "pairwise_adjust": "holm"},
            "pairwise='dunnett' adjusts its p values itself: leave pairwise_adjust= out.",
        ),
        ({"test": "anova", "pairs": "all"}, "pairs= goes with pairwise=, which names no test."),
        (
            {"test": "anova", "pairwise": "student", "pairs": "all", "pairwise_adjust": "holm"},
            "pairwise must be one of 'tukey', 'games-howell', 'dunnett', 'dunn', 'ancova', "
            "'welch', 'mann-whitney', 'mann-whitney-exact', 'brunner-munzel', "
            "'brunner-munzel-permutation', 'permutation', not 'student'.",
        ),
        (
            {"test": "anova", "effect": "cohen"},
            "effect must be one of 'hedges-g', 'cohens-d', 'glass-delta', 'superiority', "
            "'cliffs-delta', 'rank-biserial', 'eta-squared', 'omega-squared', 'epsilon-squared', "
            "'rank-epsilon-squared', not 'cohen'. Did you mean cohens-d?",
        ),
        (
            {"test": "ancova", "adjust": "score"},
            "adjust cannot name 'score', which is compared already.",
        ),
        (
            {"test": "ancova", "adjust": "bas"},
            "adjust must name a column of the frame, not 'bas'; it has USUBJID, arm, score, base, "
            "site. Did you mean base?",
        ),
        (
            {"test": "permutation-anova"},
            "test 'permutation-anova' cannot count every split of 29 subjects, and needs both "
            "seed= and resamples=, for example seed=1, resamples=9999.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(options, message):
    assert refusal(**options) == message


def test_two_groups_have_no_pairs():
    frame = frame_of("unbalanced").filter(pl.col("arm") != "low")
    assert refusal(frame=frame, test="anova", pairwise="tukey") == (
        "pairwise= compares the pairs of three or more groups, and 'arm' has two: placebo, high. "
        "Name the test of two groups in test=."
    )
    assert refusal(frame=frame, effect="eta-squared") == (
        "effect 'eta-squared' belongs to a test of several groups ('anova', 'welch-anova', "
        "'kruskal-wallis', 'permutation-anova'); for two groups there are 'hedges-g', 'cohens-d', "
        "'glass-delta', 'superiority', 'cliffs-delta', 'rank-biserial'."
    )


def test_a_covariate_must_be_finite():
    frame = frame_of("unbalanced").with_columns(
        base=pl.when(pl.col("USUBJID") == "3").then(float("inf")).otherwise("base")
    )
    assert refusal(ContractError, frame=frame, test="ancova", adjust="base") == (
        "base must be finite, but 1 value is infinite.\n  Row 4, counted from 1."
    )
