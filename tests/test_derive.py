"""BASE, CHG and PCHG beside the scores: the same rows, in the same order, of the same kind."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.derive import derive_baseline, derive_change
from ketanalysis.errors import ArgumentError, ContractError

SCORES = {
    "USUBJID": ["2", "1", "1", "1", "3", "2"],
    "PARAMCD": ["MADRS", "MADRS", "MADRS", "HAMA", "MADRS", "MADRS"],
    "AVAL": [0, 20, 40, 9, 5, 3],
    "ABLFL": ["Y", None, "Y", None, None, None],
}
BASE = [0.0, 40.0, 40.0, None, None, 0.0]


def test_the_baseline_stands_on_every_row_of_subject_and_scale():
    rows = pl.DataFrame(SCORES, schema_overrides={"AVAL": pl.UInt8})
    derived = derive_baseline(rows)
    assert derived["BASE"].to_list() == BASE
    assert derived.drop("BASE").equals(rows)
    assert derived.schema["AVAL"] == pl.UInt8


def test_change_is_in_points_and_per_cent_and_has_no_share_of_zero():
    rows = pl.DataFrame(SCORES, schema_overrides={"AVAL": pl.UInt8})
    derived = derive_change(rows)
    assert derived.columns == [*SCORES, "BASE", "CHG", "PCHG"]
    assert derived["CHG"].to_list() == [0.0, -20.0, 0.0, None, None, 3.0]
    assert derived["PCHG"].to_list() == [None, -50.0, 0.0, None, None, None]


def test_the_sign_of_the_per_cent_change_is_that_of_the_change():
    derived = derive_change(pl.DataFrame({"AVAL": [-3.0, -1.0], "BASE": [-2.0, -2.0]}))
    assert derived["PCHG"].to_list() == [-50.0, 50.0]


def test_pandas_in_is_pandas_out_with_its_index_and_types():
    rows = pd.DataFrame(SCORES | {"VISIT": pd.Categorical(list("abcabc"))}).iloc[::-1]
    derived = derive_change(rows)
    pd.testing.assert_frame_equal(derived[list(rows.columns)], rows)
    assert derived["CHG"].fillna(99).tolist() == [3.0, 99, 99, 0.0, -20.0, 0.0]
    assert derived["PCHG"].isna().tolist() == [True, True, True, False, False, True]


def test_a_trial_gives_its_scores():
    trial = ka.load_example("ketamine")
    derived = trial.adqs.pipe(ka.derive_change)
    assert derived.equals(derive_change(trial))
    assert derived.select(trial.adqs.columns).equals(trial.adqs)
    flagged = derived.filter(pl.col("ABLFL") == "Y")
    assert flagged["CHG"].unique().to_list() == [0.0]


def test_a_base_that_was_there_is_used_for_change_and_replaced_by_the_baseline():
    rows = pl.DataFrame(SCORES).with_columns(BASE=pl.lit(10.0))
    assert derive_change(rows)["CHG"].to_list() == [-10.0, 10.0, 30.0, -1.0, -5.0, -7.0]
    assert derive_baseline(rows)["BASE"].to_list() == BASE


def test_a_subject_with_two_baselines_is_refused():
    rows = pl.DataFrame(SCORES | {"ABLFL": ["Y", "Y", "Y", "Y", "Y", "Y"]})
    with pytest.raises(ContractError) as refusal:
        derive_baseline(rows)
    assert str(refusal.value) == (
        "A subject can have one baseline row a scale; 2 have more (2, 1). Flag one row with "
        "ABLFL = Y."
    )


def test_the_columns_that_lack_are_named():
    with pytest.raises(ArgumentError) as refusal:
        derive_baseline(pl.DataFrame(SCORES).drop("ABLFL", "AVAL"))
    assert str(refusal.value) == (
        "derive_baseline needs the columns USUBJID, PARAMCD, AVAL, ABLFL; the frame lacks AVAL, "
        "ABLFL."
    )
    with pytest.raises(ArgumentError) as refusal:
        derive_change(pl.DataFrame(SCORES).drop("ABLFL"))
    assert str(refusal.value) == (
        "derive_change needs the columns USUBJID, PARAMCD, AVAL, ABLFL (or BASE); the frame "
        "lacks ABLFL."
    )
    with pytest.raises(ArgumentError) as refusal:
        derive_change(pl.DataFrame({"BASE": [1.0]}))
    assert str(refusal.value) == "derive_change needs the columns AVAL; the frame lacks AVAL."


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order):
    rows = pl.DataFrame(SCORES)
    assert derive_change(rows[order]).equals(derive_change(rows)[order])
