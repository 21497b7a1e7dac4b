"""Contrasts of rates: against R from the raw scores, and what stands where there is no number."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.contrasts import (
    check_order,
    contrast_rows,
    has_order,
    order_notes,
    reference_of,
)
from tests.rates.test_response import ARMS, RULES, close, oracle, rates_of


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ARMS)
def test_contrasts_from_raw_scores_are_those_of_r(name, rule):
    found = rates_of(name, rule, difference=["wald", "newcombe"]).contrasts
    rows = {
        (row["contrast"], row["AVISIT"], row["missing"], row["measure"], row["method"]): row
        for row in found.iter_rows(named=True)
    }
    theirs = [
        row for row in oracle("rate_contrasts") if (row["trial"], row["rule"]) == (name, rule)
    ]
    assert len(theirs) == (len(ARMS[name]) - 1) * 4 * 3
    for row in theirs:
        cell = (f"{row['arm']} - placebo", row["visit"], row["missing"])
        wald = rows[*cell, "risk difference", "wald"]
        assert wald["estimate"] == close(row["difference"])
        if row["wald_low"] and float(row["wald_low"]) > -1 and float(row["wald_high"]) < 1:
            # prop.test cuts its interval at -1 and 1; ours shows where Wald's leaves them.
            assert (wald["conf_low"], wald["conf_high"]) == (
                close(row["wald_low"]),
                close(row["wald_high"]),
            )
        pearson = rows[*cell, "risk difference", "newcombe"]["p_value"]
        assert pearson == (close(row["pearson_p"]) if row["pearson_p"] else None)
        odds = rows[*cell, "odds ratio", "wald"]
        if row["odds_low"]:
            # glm takes the standard error from the weights of the step before its last one:
            # right to about 1e-8.
            keys = ("odds_ratio", "odds_low", "odds_high")
            expected = [pytest.approx(float(row[key]), rel=1e-7) for key in keys]
            assert [odds[key] for key in ("estimate", "conf_low", "conf_high")] == expected
        else:
            assert odds["conf_low"] is None
            assert odds[
                "note"
            ]  # which cell is empty; the words: tests/rates/test_two_proportions.py
        ratio = rows[*cell, "risk ratio", "miettinen-nurminen"]["estimate"]
        expected = close(row["ratio"]) if row["ratio"] else None
        assert ratio == (math.inf if row["ratio"] == "Inf" else expected)


def rates(groups: Any, counts: list[int], n: list[int], visit: str = "d14") -> pl.DataFrame:
    """Return a table as `estimate_response` makes it, by TRT01P, at one visit."""
    return pl.DataFrame(
        {"TRT01P": groups, "AVISIT": visit, "missing": "nri", "count": counts, "n": n}
    )


def arms(values: list[str], order: list[str]) -> pl.Series:
    return pl.Series(values, dtype=pl.Enum(order))


def measure(rows: pl.DataFrame, name: str) -> dict[str, Any]:
    (row,) = rows.filter(pl.col("measure") == name).to_dicts()
    return row


NEEDED = "number needed to treat"


def test_every_group_is_compared_with_the_first_in_order():
    groups = arms(["b", "c", "a"], ["b", "c", "a"])
    rows = contrast_rows(rates(groups, [5, 8, 2], [10, 10, 10]), ["TRT01P"], ["wald"], 0.95)
    differences = rows.filter(pl.col("measure") == "risk difference")
    assert differences["contrast"].to_list() == ["c - b", "a - b"]
    assert differences["estimate"].to_list() == pytest.approx([0.3, -0.3], abs=1e-15)
    assert (
        rows["measure"].to_list()
        == [
            "risk difference",
            "risk ratio",
            "odds ratio",
            "number needed to treat",
        ]
        * 2
    )


def test_the_number_needed_is_the_reciprocal_of_the_first_difference():
    groups = arms(["p", "k"], ["p", "k"])
    table = rates(groups, [10, 40], [100, 100])
    rows = contrast_rows(table, ["TRT01P"], ["newcombe", "wald"], 0.95)
    difference = rows.filter(pl.col("method") == "newcombe").to_dicts()[0]
    needed = measure(rows, NEEDED)
    assert needed["method"] == "reciprocal of newcombe"
    assert needed["estimate"] == 1 / difference["estimate"] == pytest.approx(10 / 3)
    assert needed["conf_low"] == 1 / difference["conf_high"]
    assert needed["conf_high"] == 1 / difference["conf_low"]
    assert needed["note"] == ""
    swapped = contrast_rows(
        rates(arms(["p", "k"], ["p", "k"]), [40, 10], [100, 100]), ["TRT01P"], ["newcombe"], 0.95
    )
    harmed = measure(swapped, NEEDED)
    assert harmed["conf_low"] < harmed["estimate"] < harmed["conf_high"] < 0


def test_a_number_needed_through_infinity_is_written_out():
    groups = arms(["p", "k"], ["p", "k"])
    rows = contrast_rows(rates(groups, [4, 6], [10, 10]), ["TRT01P"], ["wald"], 0.95)
    needed = measure(rows, NEEDED)
    assert (needed["conf_low"], needed["conf_high"]) == (None, None)
    # 0.2 +- 1.959964 * sqrt(2 * 0.24 / 10): -0.2294 to 0.6294
    assert needed["note"] == (
        "The interval of the risk difference holds 0: NNTB 5.0 (NNTB 1.6 to infinity to NNTH 4.4)."
    )
    same = measure(
        contrast_rows(rates(groups, [5, 5], [10, 10]), ["TRT01P"], ["wald"], 0.95), NEEDED
    )
    assert same["estimate"] is None
    assert same["note"] == (
        "The interval of the risk difference holds 0: infinity (NNTB 2.3 to infinity to NNTH 2.3)."
    )


def test_empty_cells_have_no_odds_interval_and_say_why():
    groups = arms(["p", "k"], ["p", "k"])
    rows = contrast_rows(rates(groups, [0, 6], [10, 10]), ["TRT01P"], ["miettinen-nurminen"], 0.95)
    odds, ratio = measure(rows, "odds ratio"), measure(rows, "risk ratio")
    assert (odds["estimate"], odds["conf_low"], odds["p_value"]) == (math.inf, None, None)
    assert odds["note"].startswith("The interval is not estimable: no subject ")
    assert ratio["estimate"] == math.inf
    assert ratio["conf_low"] > 1
    assert measure(rows, NEEDED)["estimate"] == pytest.approx(10 / 6)


def test_a_reference_without_subjects_is_said_and_not_replaced():
    groups = arms(["k", "e"], ["p", "k", "e"])
    table = rates(groups, [5, 5], [10, 10])
    rows = contrast_rows(table, ["TRT01P"], ["wald"], 0.95)
    assert rows["contrast"].unique(maintain_order=True).to_list() == ["k - p", "e - p"]
    assert rows["estimate"].null_count() == rows.height
    assert all("subject" in note for note in rows["note"])
    assert order_notes(table, ["TRT01P"]) == (
        "Contrasts: each group minus p.",
        "Groups without subjects: p.",
    )


def test_groups_in_plain_text_have_no_reference():
    table = rates(["F", "M"], [5, 5], [10, 10]).rename({"TRT01P": "SEX"})
    assert contrast_rows(table, ["SEX"], ["wald"], 0.95).is_empty()
    assert order_notes(table, ["SEX"]) == (
        "No contrasts: the groups of SEX have no declared order, so none is the reference.",
    )
    check_order(table, ["SEX"])
    with pytest.raises(ArgumentError) as refusal:
        check_order(rates(["p", "k"], [5, 5], [10, 10]), ["TRT01P"])
    assert str(refusal.value) == (
        "The arms in TRT01P have no declared order: give TRT01P as a polars Enum (pandas: an "
        "ordered Categorical), the reference first; found: 'k', 'p'."
    )


def test_truth_values_and_numbers_have_an_order_of_their_own():
    assert has_order(pl.Series([True, False]))
    assert reference_of(pl.Series([True, False])) is False
    assert reference_of(pl.Series([2, 1])) == 1
    assert not has_order(pl.Series(["2", "1"]))
    table = rates([False, True], [2, 5], [10, 10])
    rows = contrast_rows(table, ["TRT01P"], ["wald"], 0.95)
    assert rows["contrast"].unique().to_list() == ["True - False"]
    assert order_notes(table, ["TRT01P"]) == ("Contrasts: each group minus False.",)
    assert order_notes(table, []) == ()
