"""The comparison of groups: the log-rank test of ready frames, stratified or not."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.survival.comparison import compare_survival
from ketanalysis.survival.estimates import estimate_survival
from tests.shared import ORACLE
from tests.survival.survival_data import random_frame


def test_the_comparison_is_the_test_of_the_curves() -> None:
    compared = compare_survival(random_frame(), "TRT01P")
    result = estimate_survival(random_frame(), by="TRT01P")
    assert compared.table.equals(result.tests)
    assert compared.groups.equals(result.groups)
    assert compared.title == "Log-rank test of AVAL by TRT01P"


def test_a_stratified_comparison_is_survdiffs() -> None:
    oracle = pl.read_csv(ORACLE / "logrank.csv", infer_schema_length=None).filter(
        pl.col("dataset") == "ties"
    )
    data = oracle.filter(pl.col("record") == "data").select("time", "status", "group", "stratum")
    theirs = oracle.filter(pl.col("record") == "stratified").row(0, named=True)
    compared = compare_survival(
        data, "group", "stratum", time="time", event="status", known_at="baseline"
    )
    assert compared.table["test"].item() == "log-rank, stratified by stratum"
    assert compared.table["statistic"].item() == pytest.approx(theirs["value"], rel=1e-9)
    assert compared.table["df"].item() == theirs["df"]
    assert compared.strata == ("stratum",)


def test_strata_of_several_columns_and_what_is_said_of_them() -> None:
    frame = random_frame().with_columns(SEX=pl.col("RESP"))
    both = compare_survival(frame, "TRT01P", ["SITEID", "SEX"])
    one = compare_survival(frame.with_columns(pl.format("{}{}", "SITEID", "SEX").alias("B")),
                           "TRT01P", "B")  # fmt: skip
    assert both.table["statistic"].item() == pytest.approx(one.table["statistic"].item(), rel=1e-12)
    assert both.title == "Log-rank test of AVAL by TRT01P, stratified by SITEID, SEX"

    alone = compare_survival(frame, "TRT01P", "USUBJID")
    assert alone.table["p_value"].item() is None
    assert alone.warnings[0] == "60 of 60 strata hold one group only and add nothing to the test."


def test_refusals_of_the_comparison() -> None:
    frame = random_frame()
    with pytest.raises(ArgumentError) as caught:
        compare_survival(frame.filter(pl.col("TRT01P") == "KET"), "TRT01P")
    assert str(caught.value) == "TRT01P holds one group only (KET): nothing to compare."
    with pytest.raises(ContractError) as caught:
        compare_survival(
            frame.with_columns(SITEID=pl.when(pl.col("SITEID") > 0).then("SITEID")),
            "TRT01P",
            "SITEID",
        )
    assert str(caught.value) == (
        "SITEID must name a stratum for every subject that enters; missing in 15 of 60.\n"
        "  Fill it in, or exclude the subject with entered = False and a reason."
    )
    with pytest.raises(ArgumentError) as caught:
        compare_survival(frame, "TRT01P", "SITE")
    assert str(caught.value) == (
        "strata must name a column of the frame "
        "(USUBJID, AVAL, CNSR, TRT01P, SITEID, RESP, KNOWN), not 'SITE'. Did you mean SITEID?"
    )
