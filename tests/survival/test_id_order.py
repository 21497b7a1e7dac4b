"""Ids in order and of one case are seen in one pass, and nothing else is taken for them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis import estimate_survival
from ketanalysis.errors import ContractError
from ketanalysis.survival.id_order import are_of_one_case, is_rising

IDS = st.lists(st.text("aAbB\u017f \u00df\t1", max_size=4), max_size=8)


@given(IDS)
def test_rising_is_sorted_and_unique(ids: list[str]) -> None:
    series = pl.Series(ids, dtype=pl.String)

    assert is_rising(series) == (series.is_sorted() and series.n_unique() == len(ids))


@given(IDS)
def test_ids_of_one_case_differ_by_more_than_case_and_blanks(ids: list[str]) -> None:
    series = pl.Series(ids, dtype=pl.String)
    if are_of_one_case(series):
        assert len({name.strip().casefold() for name in ids}) == len(set(ids))


@pytest.mark.parametrize(
    ("ids", "rising", "one_case"),
    [
        (["S1", "S2"], True, True),
        (["s1", "s2"], True, True),
        (["1", "2"], True, True),
        (["S1", "S1"], False, True),
        (["S2", "S1"], False, True),
        (["S1", None], False, True),
        (["S1", "s1"], True, False),
        (["S1", "S1 "], True, False),
        (["S1", "Ä1"], True, False),
        ([], True, True),
    ],
)
def test_by_hand(ids: list[str | None], rising: bool, one_case: bool) -> None:
    series = pl.Series(ids, dtype=pl.String)

    assert (is_rising(series), are_of_one_case(series)) == (rising, one_case)


def test_whole_numbers_rise_and_categories_are_left_to_the_sort() -> None:
    assert is_rising(pl.Series([1, 2, 10]))
    assert not is_rising(pl.Series(["S1", "S2"], dtype=pl.Enum(["S1", "S2"])))


@pytest.mark.parametrize("by", [None, "SEX"])
def test_rows_in_order_give_the_same_bits_as_rows_in_any_order(by: str | None) -> None:
    random = np.random.default_rng(8)
    n = 300
    frame = pl.DataFrame(
        {
            "USUBJID": [f"S{i:03d}" for i in range(n)],
            "AVAL": random.exponential(20, n).round(1),
            "CNSR": random.integers(0, 3, n),
            "SEX": random.choice(["F", "M"], n),
        }
    )
    sorted_, shuffled = (
        estimate_survival(rows, by=by) for rows in (frame, frame.sample(n, shuffle=True, seed=1))
    )

    for name in ("table", "medians", "tests", "groups", "audit", "tte"):
        assert getattr(sorted_, name).equals(getattr(shuffled, name)), name


def test_a_subject_with_two_rows_is_refused_in_order_too() -> None:
    frame = pl.DataFrame({"USUBJID": ["S1", "S2", "S2"], "AVAL": [1, 2, 3], "CNSR": [0, 0, 1]})

    with pytest.raises(ContractError, match=r"One row must be one subject"):
        estimate_survival(frame)


def test_ids_that_look_alike_are_named_in_order_too() -> None:
    frame = pl.DataFrame({"USUBJID": ["S1", "S2", "s1"], "AVAL": [1, 2, 3], "CNSR": [0, 0, 1]})

    assert any("'S1', 's1'." in warning for warning in estimate_survival(frame).warnings)
