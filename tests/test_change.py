"""Observed means of score and change against R's t.test, and who stands behind each mean."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from ketanalysis.change import ChangeResult, estimate_change
from ketanalysis.errors import ArgumentError, ContractError
from tests.rates.test_response import ARMS, frame, oracle, trial_of

COLUMNS = {"mean": "mean", "sd": "sd", "std_error": "std_error"}
ENDS = {0.95: ("low", "high"), 0.8: ("low_80", "high_80")}


def cells(result: ChangeResult) -> dict[tuple[str, ...], dict[str, Any]]:
    keys = ("TRT01P", "AVISIT", "measure")
    return {tuple(row[key] for key in keys): row for row in result.table.iter_rows(named=True)}


def close(theirs: str) -> Any:
    """Sums of at most 60 scores and a t quantile: R and numpy differ in the last digits alone.

    A change near 0 is a difference of scores near 36, whose own rounding is 1e-14: hence the
    absolute part.
    """
    return pytest.approx(float(theirs), rel=1e-10, abs=1e-12) if theirs else None


@pytest.mark.parametrize("conf_level", ENDS)
@pytest.mark.parametrize("name", ARMS)
def test_means_from_raw_scores_are_those_of_r(name, conf_level):
    ours = cells(estimate_change(trial_of(name), "MADRS", by="TRT01P", conf_level=conf_level))
    theirs = [row for row in oracle("change") if row["trial"] == name]
    assert len(ours) == len(theirs) == len(ARMS[name]) * 9
    for row in theirs:
        visit = "Baseline" if row["visit"] == "0" else row["visit"]
        one = ours[row["arm"], visit, row["measure"]]
        assert (one["n"], one["n_missing"]) == (int(row["n"]), int(row["n_missing"]))
        for our, their in COLUMNS.items():
            assert one[our] == close(row[their]), (row, our)
        for our, their in zip(("conf_low", "conf_high"), ENDS[conf_level], strict=True):
            assert one[our] == close(row[their]), (row, our)


SMALL = [("a", "0", 40), ("a", "1", 20), ("b", "0", 30), ("b", "1", 16), ("c", "1", 9)]


def test_a_mean_worked_by_hand():
    # a 40 -> 20, b 30 -> 16, and c in the other group, with a score but no baseline
    data = frame(SMALL, GROUP=pl.Series(["x"] * 4 + ["y"]))
    result = estimate_change(data, "MADRS", by="GROUP")
    rows = result.table.select("GROUP", "AVISIT", "measure", "n", "mean", "sd").rows()
    assert rows == [
        ("x", "Baseline", "score", 2, 35.0, pytest.approx(50**0.5)),
        ("x", "1", "score", 2, 18.0, pytest.approx(8**0.5)),
        ("x", "1", "change", 2, -17.0, pytest.approx(18**0.5)),
    ]
    last = result.table.row(2, named=True)
    assert last["std_error"] == pytest.approx(3)
    # t with 1 degree of freedom: tan(0.475 pi) = 12.7062047
    assert last["conf_low"] == pytest.approx(-17 - 3 * 12.706204736174694)
    assert result.audit.filter(pl.col("status") == "excluded").rows() == [
        (None, None, None, "excluded", "no baseline", 1)
    ]


def test_a_single_subject_has_a_mean_and_no_interval():
    result = estimate_change(frame(SMALL[:2]), "MADRS")
    one = result.table.row(0, named=True)
    assert (one["n"], one["mean"], one["sd"], one["std_error"]) == (1, 40.0, None, None)
    assert (one["conf_low"], one["conf_high"]) == (None, None)


def test_scores_that_are_all_the_same_have_no_interval():
    rows = [("a", "0", 40), ("a", "1", 20), ("b", "0", 30), ("b", "1", 20)]
    same = estimate_change(frame(rows), "MADRS").table.row(1, named=True)
    assert (same["mean"], same["sd"], same["conf_low"], same["conf_high"]) == (20, 0, None, None)


def test_without_a_baseline_there_is_no_change():
    data = frame(SMALL).filter(pl.col("AVISIT") != "0")
    result = estimate_change(data, "MADRS")
    assert result.table.select("AVISIT", "measure", "n", "mean").rows() == [("1", "score", 3, 15.0)]
    assert result.text().startswith("Mean MADRS at 1: All 15.0 (95 % CI ")


def test_a_visit_is_chosen_by_its_whole_name():
    visits = ["0", "1", "10"]
    data = pl.DataFrame(
        {
            "USUBJID": ["a"] * 3,
            "AVISIT": pl.Series(visits, dtype=pl.Enum(visits)),
            "AVAL": [40.0, 20.0, 10.0],
            "ABLFL": ["Y", None, None],
        }
    )
    for chosen in ("10", ["10"]):
        result = estimate_change(data, "MADRS", visits=chosen)
        assert result.table["AVISIT"].unique(maintain_order=True).to_list() == ["Baseline", "10"]


def test_the_audit_counts_everybody_behind_every_mean():
    trial = trial_of("gaps")
    audit = estimate_change(trial, "MADRS", by="TRT01P").audit
    sums = audit.group_by("TRT01P", "AVISIT", "measure").agg(pl.col("count").sum())
    sizes = dict(trial.adsl["TRT01P"].value_counts().rows())
    assert sums.height == 2 * 9
    assert all(row["count"] == sizes[row["TRT01P"]] for row in sums.iter_rows(named=True))
    placebo = audit.filter(
        (pl.col("TRT01P") == "placebo")
        & (pl.col("AVISIT") == "1")
        & (pl.col("measure") == "change")
    )
    assert placebo["reason"].to_list() == [
        "scored at the visit",
        "no baseline",
        "no score at the visit",
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_change_the_last_digit(seed):
    trial = trial_of("unbalanced")
    mixed = trial.with_(adqs=trial.adqs.sample(fraction=1, shuffle=True, seed=seed))
    first = estimate_change(trial, "MADRS", by="TRT01P").table
    assert estimate_change(mixed, "MADRS", by="TRT01P").table.equals(first)
    bare = trial.adqs.join(trial.adsl, on="USUBJID").sample(fraction=1, shuffle=True, seed=seed)
    assert estimate_change(bare, "MADRS", by="TRT01P").table.equals(first)


def test_pandas_in_is_pandas_out():
    result = estimate_change(trial_of("gaps").adqs.to_pandas(), "MADRS")
    assert isinstance(result.tidy(), pd.DataFrame)
    assert isinstance(result.glance(), pd.DataFrame)


def test_what_must_change_is_named():
    with pytest.raises(ArgumentError) as refusal:
        estimate_change(frame(SMALL, mean=pl.lit("x")), "MADRS", by="mean")
    assert str(refusal.value) == (
        "by cannot name the column 'mean', which the result uses itself; rename it."
    )
    with pytest.raises(ArgumentError) as refusal:
        estimate_change(frame(SMALL), "MADRS", conf_level=0)
    assert str(refusal.value) == "conf_level must be between 0 and 1 (0.95 is 95 %), not 0."
    data = frame(SMALL, BASE=pl.lit(40.0), ABLFL=pl.lit(None, pl.String)).with_columns(
        AVISIT=pl.col("AVISIT").cast(pl.String).replace("0", "Baseline"),
        AVISITN=pl.col("AVAL") * -1,
    )
    order = pl.Enum(["Baseline", "1"])
    with pytest.raises(ContractError) as refusal:
        estimate_change(data.with_columns(pl.col("AVISIT").cast(order)), "MADRS")
    assert str(refusal.value) == (
        "The visit 'Baseline' has MADRS scores that are not flagged as baseline, and would count "
        'as after it. Flag them with ABLFL = "Y".'
    )


def test_the_sentence_and_the_inline_number():
    result = estimate_change(trial_of("boundary"), "MADRS", by="TRT01P")
    row = cells(result)["ketamine", "4", "change"]
    shown = (
        f"−{abs(row['mean']):.1f} (95 % CI −{abs(row['conf_low']):.1f} to "
        f"−{abs(row['conf_high']):.1f})"
    )
    assert result.inline("4", "change", arm="ketamine") == shown
    assert result.text().startswith("Mean change in MADRS at 4: placebo −")
    assert f"ketamine {shown}, n = 44." in result.text()
    assert result.summary().startswith("Observed means of MADRS by TRT01P\n")
    glance = result.glance().row(0, named=True)
    assert (glance["title"], glance["rows"]) == ("Observed means of MADRS by TRT01P", 18)
