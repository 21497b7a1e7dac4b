"""Tests of groups in ready frames: forms, strata, trends, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.interval_censored.interval_comparison import compare_interval_survival
from ketanalysis.interval_censored.scores import score_test
from tests.interval_censored.interval_data import adtte, data_of, ends_of, message, oracle


def row_of(**options: Any) -> dict[str, Any]:
    result = compare_interval_survival(adtte(), "TRT01P", **options)
    return result.table.row(0, named=True)


def test_the_breast_cosmesis_data_as_published() -> None:
    # Fay and Shaw 2010, J Stat Softw 36(2), page 13.
    result = compare_interval_survival(adtte(), "TRT01P", time_unit="months")
    row = result.table.row(0, named=True)
    assert row["test"] == "interval-censored log-rank (Sun)"
    assert row["method"] == "variance of all permutations, as pclt of R's interval"
    assert np.sqrt(row["statistic"]) == pytest.approx(2.6684, abs=5e-5)
    assert (row["df"], round(row["p_value"], 6)) == (1, 0.007622)
    assert result.groups["excess"].round(6).to_list() == [-9.141846, 9.141846]
    assert result.groups["n"].to_list() == [46, 48]
    assert result.scores.height == 94


@pytest.mark.parametrize("scores", ["sun", "finkelstein", "wilcoxon"])
def test_three_groups_are_those_of_r(scores: str) -> None:
    theirs = oracle("interval_tests").filter(data="planned", scores=scores).row(0, named=True)
    for form in ("permutation", "information"):
        found = compare_interval_survival(adtte("planned"), "TRT01P", scores=scores, form=form)
        row = found.table.row(0, named=True)
        assert row["df"] == 2
        assert row["statistic"] == pytest.approx(theirs[form], rel=1e-5)  # see test_scores.py


def test_an_exact_test_counts_all_splits_or_draws_some() -> None:
    few = adtte()[[*range(5), *range(49, 65)]]
    exact = compare_interval_survival(few, "TRT01P", form="exact").table.row(0, named=True)
    assert exact["method"] == "permutation, all 20,349 splits"
    assert (exact["df"], round(exact["p_value"], 4)) == (None, 0.2899)  # published, page 27
    drawn = row_of(form="exact", seed=1, resamples=999)
    assert drawn["method"] == "permutation, 999 random splits, seed 1"
    assert 0.001 <= drawn["p_value"] < 0.03
    three = compare_interval_survival(
        adtte("planned"), "TRT01P", form="exact", seed=1, resamples=999
    ).table.row(0, named=True)
    assert three["p_value"] < 0.05


def test_strata_and_a_trend() -> None:
    rows = data_of("planned")
    group = rows["group"].to_numpy().astype(float)
    site = rows["site"].to_numpy()
    ours = compare_interval_survival(adtte("planned"), "TRT01P", strata="SITEID", trend=[0, 1, 2])
    kernel = score_test(*ends_of(rows), group[:, None], stratum=site)
    row = ours.table.row(0, named=True)
    assert row["test"] == (
        "interval-censored log-rank (Sun), trend (RT 0, RCT 1, X 2), stratified by SITEID"
    )
    assert row["statistic"] == pytest.approx(kernel.statistic, rel=1e-9)
    assert row["df"] == 1


def test_shuffles_within_strata_agree_with_their_normal_approximation() -> None:
    options: dict[str, Any] = {"strata": "SITEID", "seed": 5, "resamples": 4999}
    exact = row_of(form="exact", **options)
    normal = row_of(strata="SITEID")
    assert exact["method"] == "permutation, 4,999 random shuffles, seed 5"
    # Chance of 4,999 shuffles, and of the approximation with 94 subjects.
    assert exact["p_value"] == pytest.approx(normal["p_value"], abs=0.01)
    shuffled = compare_interval_survival(
        adtte().sample(fraction=1, shuffle=True, seed=2), "TRT01P", form="exact", **options
    )
    assert shuffled.table["p_value"].item() == exact["p_value"]


def test_a_trend_over_two_groups_is_their_difference() -> None:
    assert row_of(trend=[3, 1])["statistic"] == pytest.approx(row_of()["statistic"], rel=1e-9)


def test_nothing_to_test_is_null_and_said() -> None:
    rows = pl.DataFrame({"AVALLO": [5.0, 9.0], "AVALHI": [None, None], "SEX": ["F", "M"]})
    for form in ("permutation", "information", "exact"):
        found = compare_interval_survival(rows, "SEX", form=form)
        assert found.table.select("statistic", "df", "p_value").row(0) == (None, None, None)
        assert found.warnings[-1] == (
            "The test is not estimable: nothing to test: all scores are the same, or a group has "
            "no subjects to compare with."
        )


def test_every_column_is_in_the_glossary() -> None:
    result = compare_interval_survival(adtte(), "TRT01P")
    for table in (result.table, result.groups, result.scores, result.audit):
        assert {column for column in table.columns if column.islower()} <= set(GLOSSARY)


REFUSED = [
    (
        {"scores": "logrank"},
        "scores must be one of 'sun', 'finkelstein', 'wilcoxon', not 'logrank'.",
    ),
    ({"form": "pclt"}, "form must be one of 'permutation', 'information', 'exact', not 'pclt'."),
    (
        {"trend": [1]},
        "trend must give one number a group, not all the same (RT, RCT), not [1].",
    ),
    (
        {"form": "exact"},
        "test 'permutation' cannot count every split of 94 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999.",
    ),
    (
        {"form": "exact", "strata": "SITEID"},
        "test 'exact' cannot count every split of 94 subjects, and needs both seed= and "
        "resamples=, for example seed=1, resamples=9999.",
    ),
]


@pytest.mark.parametrize("options, text", REFUSED, ids=range(len(REFUSED)))
def test_what_must_change_is_named(options: dict[str, Any], text: str) -> None:
    assert message(lambda: row_of(**options), ArgumentError) == text


def test_one_group_and_late_entry_are_refused() -> None:
    one = adtte().filter(TRT01P="RT")
    assert message(lambda: compare_interval_survival(one, "TRT01P"), ArgumentError) == (
        "TRT01P holds one group only (RT): nothing to compare."
    )
    late = adtte().with_columns(START=pl.lit(0.5))
    late = late.filter((pl.col("AVALLO") > 1) | (pl.col("AVALHI") > 1))
    assert message(
        lambda: compare_interval_survival(late, "TRT01P", entry="START"), EstimationError
    ) == (
        "The test of interval-censored times takes no late entry, and 94 of 94 subjects come "
        "under observation after the origin, the last of them at 0.5.\n"
        '  Derive the rows with origin="entry", which starts every clock when the subject enters; '
        "or use the Kaplan-Meier methods (compare_survival), which take late entry."
    )
