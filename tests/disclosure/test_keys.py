"""Random keys in place of identifiers: nothing leads back, and nothing else changes."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.disclosure.keys import LENGTH, LETTERS


@pytest.fixture(scope="module")
def trial() -> ka.Trial:
    return ka.load_example("ketamine")


def test_keys_are_drawn_and_not_computed(trial: ka.Trial) -> None:
    first, again, other = (ka.random_keys(trial, seed=seed) for seed in (7, 7, 8))
    assert first.equals(again)
    by_id = first.join(other, on="USUBJID", suffix="_other")
    assert not (by_id["KEY"] == by_id["KEY_other"]).any()
    assert not ka.random_keys(trial).sort("USUBJID").equals(ka.random_keys(trial).sort("USUBJID"))
    assert first["KEY"].str.len_chars().unique().to_list() == [LENGTH]
    assert set("".join(first["KEY"])) <= set(LETTERS)


def test_the_order_of_the_keys_is_not_that_of_the_identifiers(trial: ka.Trial) -> None:
    ids = ka.random_keys(trial, seed=7)["USUBJID"].to_list()
    assert ids != sorted(ids)
    assert sorted(ids) == sorted(trial.adsl["USUBJID"])


def test_no_identifier_is_left_and_the_numbers_are_the_same(trial: ka.Trial) -> None:
    keys = ka.random_keys(trial, seed=7)
    shared = ka.replace_ids(trial, keys)
    ids = trial.adsl["USUBJID"].to_list()
    for name, table in shared.tables().items():
        text = table.write_csv()
        assert not any(one in text for one in ids)
        assert table["USUBJID"].is_sorted()
        assert table.height == trial.tables()[name].height
    rule = ka.Response(at_least=0.5)
    tables = [
        ka.estimate_response(
            one, "MADRS", rule, by="TRT01P", missing="nri", visits=["Day 14"]
        ).table
        for one in (shared, trial)
    ]
    assert tables[0].equals(tables[1])


def test_other_columns_that_name_a_subject_are_left_out_and_said(trial: ka.Trial) -> None:
    telling = trial.with_(
        adsl=trial.adsl.with_columns(
            SUBJID=pl.lit("x"),
            COMMENT=pl.format("seen with {}", pl.col("USUBJID")),
            CENTRE=pl.lit("7"),
        )
    )
    shared = ka.replace_ids(telling, ka.random_keys(telling, seed=1))
    assert not {"SUBJID", "COMMENT"} & set(shared.adsl.columns)
    assert "CENTRE" in shared.adsl.columns
    assert shared.notes[-1] == ("Left out, because they name a subject: ADSL.SUBJID, ADSL.COMMENT.")


def test_short_identifiers_do_not_take_visits_with_them(trial: ka.Trial) -> None:
    short = {one: str(at) for at, one in enumerate(trial.adsl["USUBJID"])}
    tables = {
        name: table.with_columns(pl.col("USUBJID").replace_strict(short))
        for name, table in trial.tables().items()
    }
    renamed = trial.with_(**tables)
    shared = ka.replace_ids(renamed, ka.random_keys(renamed, seed=1))
    assert shared.adqs.columns == renamed.adqs.columns


def test_what_is_no_key_is_refused(trial: ka.Trial) -> None:
    keys = ka.random_keys(trial, seed=7)
    with pytest.raises(ka.ContractError) as refused:
        ka.replace_ids(trial, keys.head(90))
    assert str(refused.value) == "6 of 96 subjects have no key."
    with pytest.raises(ka.ContractError) as refused:
        ka.replace_ids(trial, keys.with_columns(KEY=pl.lit("A")))
    assert str(refused.value) == "keys must hold each USUBJID once and each KEY once."
    with pytest.raises(ka.ArgumentError) as refused_seed:
        ka.random_keys(trial, seed=-1)
    assert str(refused_seed.value) == "seed must be a whole number from 0, or None, not -1."
