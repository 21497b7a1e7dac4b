"""Runs are found in the subjects who meet the criterion at all, block by block: the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.durability import rows
from ketanalysis.durability.runs import Runs, find_runs
from ketanalysis.population import runs_of

KINDS: list[dict[str, Any]] = [
    {"needed": 1},
    {"needed": 2},
    {"needed": 2, "gap": (48.0, 200.0)},
    {"needed": 3, "excursions": 1},
    {"needed": 2, "missed": 1},
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.6])
def test_each_subject_alone_has_the_runs_it_has_among_all(
    kind: dict[str, Any], share: float
) -> None:
    random = np.random.default_rng(5)
    hours = np.cumsum(random.integers(0, 100, (6, 60)), axis=0).astype(float)
    hours[random.random(hours.shape) < 0.2] = np.nan
    met = ~np.isnan(hours) & (random.random(hours.shape) < share)
    free = ~np.isnan(hours) & ~met
    missing = np.isnan(hours)
    before = (np.cumsum(missing, axis=0) - missing).astype(np.int16)
    start = np.zeros(60)

    def found(of: slice) -> Runs:
        given = (hours[:, of], met[:, of], free[:, of], start[of])
        return find_runs(*given, **kind, missing_before=before[:, of])

    together, alone = found(slice(None)), [found(slice(i, i + 1)) for i in range(60)]
    for name in vars(together):
        each = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_array_equal(getattr(together, name), each, err_msg=name)


@pytest.mark.parametrize("rise_from", ["best", "entry"])
def test_blocks_of_any_size_give_the_same_rows(
    monkeypatch: pytest.MonkeyPatch, rise_from: str
) -> None:
    rule = ka.Relapse(
        rise_at_least=6,
        rise_from=rise_from,
        consecutive=2,
        missed=1,
        dated="midpoint",
        unconfirmed="event",
    )

    def derived() -> pl.DataFrame:
        return ka.time_to_relapse(
            ka.load_example("ketamine"),
            "MADRS",
            rule,
            among=ka.Among(ka.Response(at_least=0.3), visit="Day 14"),
            origin="last infusion",
            redose="censor",
        )

    whole = derived()
    assert whole["CNSR"].drop_nulls().n_unique() == 2
    for block in (1, 7):
        monkeypatch.setattr(rows, "BLOCK", block)
        assert derived().equals(whole)


@given(st.lists(st.sampled_from(["S1", "S2", "a longer name of a subject", None]), max_size=12))
def test_runs_of_ids_are_polars_own(ids: list[str | None]) -> None:
    series = pl.Series(ids, dtype=pl.String)
    codes, heads = runs_of(series)

    assert codes.tolist() == series.rle_id().to_list()
    assert heads.tolist() == [i for i in range(len(ids)) if i == 0 or codes[i] != codes[i - 1]]
