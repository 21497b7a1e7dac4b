"""What holds for every set of answers: order does not matter, totals stay within their range."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.instruments import REGISTRY, Instrument, instruments, read_instruments
from ketanalysis.item_totals import item_totals, unit_values

SCALES = [
    scale
    for scale in instruments()["scale"].to_list()
    if ka.instrument(scale).scoring.item_high and ka.instrument(scale).items > 1
]
FEW = settings(max_examples=25, deadline=None)


def answers_to(one: Instrument, seed: int, n: int, share_missing: float) -> Any:
    """Return answers of n subjects within the ranges of the items, some of them missing."""
    rng = np.random.default_rng(seed)
    key = one.scoring.key(one.items)
    values = np.floor(key.low + rng.random((n, one.items)) * (key.high - key.low + 1))
    values = np.minimum(values, key.high)
    return np.where(rng.random(values.shape) < share_missing, np.nan, values)


@FEW
@given(st.sampled_from(SCALES), st.integers(0, 999), st.floats(0, 0.9), st.integers(0, 60))
def test_a_total_is_within_the_range_and_never_made_of_too_few(
    scale: str, seed: int, share_missing: float, at_most: int
) -> None:
    one = ka.instrument(scale)
    key = one.scoring.key(one.items)
    at_most = 0 if one.scoring.subtracted_items else min(at_most, len(key.domains) - 1)
    values = answers_to(one, seed, 20, share_missing)
    totals = item_totals(values, key, at_most)
    low, high = key.limits()
    known = totals.score[~np.isnan(totals.score)]
    assert ((known >= low - 1e-9) & (known <= high + 1e-9)).all()
    assert (np.isnan(totals.score) == ((totals.n_missing > at_most) | (
        totals.n_missing == len(key.domains)
    ))).all()  # fmt: skip
    assert (totals.is_prorated == ((totals.n_missing > 0) & ~np.isnan(totals.score))).all()


@FEW
@given(st.sampled_from(SCALES), st.integers(0, 999))
def test_the_order_of_the_items_does_not_matter(scale: str, seed: int) -> None:
    one = ka.instrument(scale)
    values = answers_to(one, seed, 6, 0.1)
    names = [f"c{place}" for place in range(one.items)]
    frame = pl.DataFrame(values, schema=names).with_columns(USUBJID=pl.Series(list("abcdef")))
    columns = dict(zip(one.item_numbers, names, strict=True))
    plain = ka.score_items(frame, one, columns=columns, prorate="never").table
    order = np.random.default_rng(seed).permutation(one.items)
    turned = {number: columns[number] for number in np.array(one.item_numbers)[order].tolist()}
    shuffled = frame.select(*sorted(names, reverse=True), "USUBJID").sample(
        fraction=1, shuffle=True, seed=seed
    )
    other = ka.score_items(shuffled, one, columns=turned, prorate="never").table
    assert other.drop("AVAL").equals(plain.drop("AVAL"))
    # A mean of fractions may differ in its last digit with the order of its terms.
    assert np.allclose(other["AVAL"], plain["AVAL"], rtol=1e-12, equal_nan=True)


@FEW
@given(st.integers(0, 999), st.floats(0, 0.5))
def test_turning_items_round_twice_changes_nothing(seed: int, share_missing: float) -> None:
    one = ka.instrument("STAIS")
    key = one.scoring.key(one.items)
    values = answers_to(one, seed, 8, share_missing)
    once = unit_values(values, key)
    assert np.array_equal(unit_values(once, key), values, equal_nan=True)
    frame = pl.DataFrame(once, schema=[f"s{i}" for i in range(1, 21)]).with_columns(
        USUBJID=pl.Series([f"{i}" for i in range(8)])
    )
    turned = ka.score_items(frame, "STAIS", columns="s{item}", prorate=3, are_reversed=True).table[
        "AVAL"
    ]
    direct = item_totals(values, key, 3).score
    assert np.array_equal(turned.to_numpy(), direct, equal_nan=True)


@FEW
@given(st.integers(0, 999), st.integers(1, 8))
def test_prorating_by_the_mean_is_the_mean_times_the_number_of_items(seed: int, gone: int) -> None:
    one = ka.instrument("PHQ9")
    values = answers_to(one, seed, 5, 0.0)
    values[:, :gone] = np.nan
    totals = item_totals(values, one.scoring.key(9), 8)
    assert np.allclose(totals.score, 9 * np.nanmean(values, axis=1), rtol=1e-14)


@pytest.mark.parametrize("name", list(read_instruments(REGISTRY)))
def test_the_ends_of_the_range_are_reached_by_the_answers_that_should(name: str) -> None:
    one = ka.instrument(name)
    if not one.scoring.item_high:
        return
    key = one.scoring.key(one.items)
    is_low = key.is_reversed ^ key.is_subtracted
    lowest = np.where(is_low, key.high, key.low)[None, :]
    highest = np.where(is_low, key.low, key.high)[None, :]
    low = one.low if one.scoring.not_asked is None else key.limits()[0]
    assert item_totals(lowest, key).score.tolist() == [low]
    assert item_totals(highest, key).score.tolist() == [one.high]
