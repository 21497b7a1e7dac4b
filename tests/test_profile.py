"""Several scales at one visit: their means are R's, and subjects stand by the mean of theirs."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.profile import ProfileResult, estimate_profile
from tests.rates.test_response import ARMS, oracle, trial_of


@pytest.mark.parametrize("visit", ["2", "4"])
@pytest.mark.parametrize("name", ARMS)
def test_means_and_quartiles_are_those_of_r(name: str, visit: str) -> None:
    table = estimate_profile(trial_of(name), "MADRS", "TRT01P", visit=visit).table
    ours = {row["TRT01P"]: row for row in table.iter_rows(named=True)}
    theirs = [
        row
        for row in oracle("individual_groups")
        if (row["trial"], row["visit"], row["measure"]) == (name, visit, "score")
    ]
    assert len(ours) == len(theirs)
    for row in theirs:
        one = ours[row["arm"]]
        assert (one["n"], one["n_missing"]) == (int(row["n"]), int(row["n_missing"]))
        for column in ("mean", "sd", "median", "q1", "q3", "min", "max"):
            # Sums of at most 60 scores: the last digits differ by their order.
            near = pytest.approx(float(row[column]), rel=1e-12) if row[column] else None
            assert one[column] == near, (row, column)


ROWS = {
    "A": {"a": 10.0, "b": 30.0, "c": None, "d": 5.0},
    "B": {"a": 0.0, "b": 50.0, "c": 90.0, "d": None},
}


def small(**options: Any) -> ProfileResult:
    rows = [
        {"USUBJID": who, "PARAMCD": scale, "AVISIT": "4 h", "AVAL": score, "G": who in "ab"}
        for scale, scores in ROWS.items()
        for who, score in scores.items()
    ]
    frame = pl.DataFrame(rows, schema_overrides={"AVISIT": pl.Enum(["4 h"])})
    return estimate_profile(frame, ["B", "A"], visit="4 h", **options)


def test_subjects_are_numbered_by_the_mean_of_what_they_have() -> None:
    result = small()
    assert result.data.rows() == [
        (1, "B", 90.0),  # c: mean 90
        (2, "B", 50.0),  # b: mean 40
        (3, "B", 0.0),  # a: mean 5, as d; then by subject
        (4, "B", None),
        (1, "A", None),
        (2, "A", 30.0),
        (3, "A", 10.0),
        (4, "A", 5.0),
    ]
    assert "USUBJID" not in result.data.columns
    assert result.table.select("outcome", "n", "n_missing", "mean", "median").rows() == [
        ("B", 3, 1, pytest.approx(140 / 3), 50.0),
        ("A", 3, 1, 15.0, 10.0),
    ]


def test_groups_stand_apart_and_everybody_is_counted() -> None:
    result = small(by="G")
    assert result.table.select("G", "outcome", "n", "mean").rows() == [
        (False, "B", 1, 90.0),
        (False, "A", 1, 5.0),
        (True, "B", 2, 25.0),
        (True, "A", 2, 20.0),
    ]
    assert result.data.filter(pl.col("G"))["number"].unique().sort().to_list() == [3, 4]
    sums = result.audit.group_by("outcome").agg(pl.col("count").sum())
    assert sums["count"].to_list() == [4, 4]


def test_who_is_not_in_the_population_is_counted_too() -> None:
    trial = ka.load_example("ketamine")
    flags = trial.adsl.with_columns(
        ITTFL=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("N")).otherwise(pl.lit("Y"))
    )
    audit = estimate_profile(trial.with_(adsl=flags), ["ASC_ANX"], visit="4 h").audit
    assert audit.rows()[-1] == ("ASC_ANX", "excluded", "not in the population, or in no group", 3)
    assert audit["count"].sum() == 96


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ([], "scales must name at least one scale, but the list is empty."),
        (["A", "A"], "scales must name each scale once; 'A' stands twice."),
        (
            [3],
            "scales must be the name of a scale or a list of names, not [3].",
        ),
    ],
)
def test_scales_that_are_none_are_refused(scales: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        estimate_profile(ka.load_example("ketamine"), scales, visit="4 h")
    assert str(refusal.value) == message


def test_the_words() -> None:
    result = small(by="G")
    assert result.text().startswith(
        "At 4 h: B in False mean 90.0 (SD NE), median 90.0, n = 1; A in False mean 5.0"
    )
    assert result.inline("A", G="true") == "mean 20.0 (SD 14.1), median 20.0, n = 2"
    assert result.summary().startswith("B, A at 4 h by G\n")
