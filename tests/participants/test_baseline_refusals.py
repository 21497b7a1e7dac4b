"""What `tabulate_baseline` refuses, word by word."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from tests.participants.test_baseline import people


@pytest.fixture(scope="module")
def trial() -> ka.Trial:
    return ka.load_example("ketamine")


TEXT_ARMS = people().with_columns(pl.col("TRT01P").cast(pl.String))


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: ka.tabulate_baseline(people(), "AG"),
            "There is no column 'AG' in the frame; it has USUBJID, TRT01P, AGE, SEX, SMOKER. Did "
            "you mean AGE?",
        ),
        (
            lambda: ka.tabulate_baseline(people(), by="ARM"),
            "There is no column 'ARM' in the frame; it has USUBJID, TRT01P, AGE, SEX, SMOKER.",
        ),
        (
            lambda: ka.tabulate_baseline(TEXT_ARMS, by="TRT01P"),
            "The arms in TRT01P have no declared order: give TRT01P as a polars Enum (pandas: an "
            "ordered Categorical), the reference first; found: 'drug', 'placebo'.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), scales=["MADRS"]),
            "scales= needs a Trial, which knows which score is the baseline; of a bare frame name "
            "the column in columns=.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), population="safety"),
            "The safety population needs a trial with ADSL; a bare frame has none.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), p_values=True),
            "p_values=True needs by=: a test compares groups.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), statistics=[]),
            "statistics must name at least one of mean, median, range.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), statistics="mode"),
            "statistics must be one of 'mean', 'median', 'range', not 'mode'.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), median="WEIGHT"),
            "median names 'WEIGHT', which is not in the table; it has AGE, SEX, SMOKER.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), median="SEX"),
            "median must name columns of numbers, and SEX is a category.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), categorical="SITE"),
            "categorical names 'SITE', which is not in the table; it has AGE, SEX, SMOKER.",
        ),
        (
            lambda: ka.tabulate_baseline(people(), labels={"AEG": "Age"}),
            "labels names 'AEG', which is not in the table; it has AGE, SEX, SMOKER. Did you mean "
            "AGE?",
        ),
        (
            lambda: ka.tabulate_baseline(people(), pairs="all"),
            "pairs must be one of 'pairwise', 'reference', not 'all'.",
        ),
        (
            lambda: ka.tabulate_baseline(
                people().rename({"USUBJID": "id"}).with_columns(id=pl.format("P{}", pl.col("id")))
            ),
            "id has another value in each of the 10 rows, as an identifier has. Write "
            'subject="id", or name the columns to tabulate in columns=.',
        ),
        (
            lambda: ka.tabulate_baseline(people().select("USUBJID", "TRT01P")),
            "There is nothing to tabulate: no column describes the subjects, and no scale has a "
            "baseline. Name columns=, or give as_trial subjects= or subject_columns=.",
        ),
    ],
)
def test_what_the_caller_must_change(call: Any, message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        call()
    assert str(refused.value) == message


def test_what_the_data_must_change() -> None:
    twice = pl.concat([people(), people().head(2)])
    with pytest.raises(ka.ContractError) as refused:
        ka.tabulate_baseline(twice)
    assert str(refused.value) == (
        "USUBJID must be unique (one row a subject), but 2 have several rows: 01, 02.\n"
        "  For scores by visit make a trial with as_trial; else keep one row a subject."
    )
    with pytest.raises(ka.ContractError, match=r"^The data have 0 rows\.$"):
        ka.tabulate_baseline(people().head(0))
    with pytest.raises(ka.ContractError) as refused:
        ka.tabulate_baseline(people(USUBJID=[None, *range(9)]))
    assert str(refused.value) == "USUBJID must hold the subject's id in every row, but 1 have none."


def test_a_scale_without_a_baseline_is_refused_where_it_is_named(trial: ka.Trial) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.tabulate_baseline(trial, scales=["ASC_ANX"])
    assert str(refused.value) == (
        "scales names 'ASC_ANX', and no subject has a ASC_ANX baseline. Flag the baseline rows "
        '(ABLFL = "Y"), or take it out of scales.'
    )
    with pytest.raises(ka.ArgumentError, match="The trial has no scores of 'MADR'"):
        ka.tabulate_baseline(trial, scales=["MADR"])
