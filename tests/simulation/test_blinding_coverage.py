"""The coverage that is kept: some of its rows anew, and what the intervals promise."""

from __future__ import annotations

import polars as pl
import pytest

from tests.simulation.blinding_coverage import (
    ARMS,
    PAIRS,
    SIZES,
    TABLE,
    TWO,
    bang_coverage,
    bang_ends,
)

KEPT = pl.read_csv(TABLE)


def kept(index: str, method: str) -> pl.DataFrame:
    return KEPT.filter(index=index, method=method)


def test_the_table_is_whole() -> None:
    assert KEPT.height == 2 * len(SIZES) * len(ARMS) + 2 * len(TWO) * len(PAIRS)


@pytest.mark.parametrize("method", ["score", "wald"])
def test_the_smallest_arms_anew(method: str) -> None:
    ends = bang_ends(10, method)
    anew = [bang_coverage(10, ends, shares) for shares in ARMS]
    # The table keeps six decimals.
    assert anew == pytest.approx(
        kept("bang", method).filter(n="10")["coverage"].to_list(), abs=6e-7
    )


def test_the_default_intervals_hold_their_level_and_walds_does_not() -> None:
    """Exact: the score interval is between 92.9 and 98.8 %, Wald's falls to 65 % in arms of 10."""
    score, wald = kept("bang", "score")["coverage"], kept("bang", "wald")["coverage"]
    assert score.min() > 0.929
    assert score.max() < 0.988
    assert score.mean() == pytest.approx(0.957, abs=0.001)
    assert wald.min() < 0.65
    assert wald.mean() == pytest.approx(0.866, abs=0.001)


def test_the_logit_interval_of_james_index_is_near_its_level() -> None:
    """Drawn: within 0.8 points below 95 %, where Wald's falls to 89 %."""
    logit, wald = kept("james", "logit")["coverage"], kept("james", "wald")["coverage"]
    assert logit.min() > 0.942
    assert wald.min() < 0.895
