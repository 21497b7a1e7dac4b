"""Boschloo's and Barnard's tests: R from the definitions, by hand, and what must always hold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ketanalysis.rates.table_tests import table_test
from ketanalysis.rates.unconditional import MOST_SUBJECTS, TOO_LARGE, barnard, boschloo
from tests.rates.test_two_proportions import references
from tests.shared import ORACLE, reference, requires_shared

R = pl.read_csv(ORACLE / "unconditional.csv", infer_schema=False).cast(pl.Float64)

groups = st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(groups, groups).map(lambda two: (*two[0], *two[1]))


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['x1']:g}/{r['n1']:g}")
def test_every_table_is_that_of_r(row: dict[str, float]) -> None:
    counts = (row["x1"], row["n1"], row["x0"], row["n0"])
    # optimize stops at half the digits of the rate, where the probability is flat: 1e-8 is what
    # both programs promise of the maximum.
    assert boschloo(*counts) == pytest.approx(row["boschloo"], rel=1e-8)
    assert barnard(*counts) == pytest.approx(row["barnard"], rel=1e-8)


def test_one_subject_in_each_group_by_hand() -> None:
    # 1/1 against 0/1 has the probability p (1 - p), at most 1/4, and so has its mirror image.
    assert boschloo(1, 1, 0, 1) == pytest.approx(2 / 4, rel=1e-12)
    assert barnard(1, 1, 0, 1) == pytest.approx(2 / 4, rel=1e-12)
    # The search promises a relative 1e-9.
    # 1/1 against 0/2 is the most extreme table on its side: p (1 - p)**2 is largest at 1/3.
    assert boschloo(1, 1, 0, 2) == pytest.approx(2 * 4 / 27, rel=1e-9)
    # With its mirror image 0/1 against 2/2: p (1 - p)**2 + p**2 (1 - p) = p (1 - p).
    assert barnard(1, 1, 0, 2) == pytest.approx(1 / 4, rel=1e-9)


def test_no_difference_at_all_is_p_1() -> None:
    assert barnard(5, 10, 10, 20) == 1.0
    assert boschloo(5, 10, 10, 20) == 1.0


@given(tables)
def test_swapping_groups_or_the_outcome_changes_nothing(counts: tuple[int, int, int, int]) -> None:
    x1, n1, x0, n0 = counts
    for test in (boschloo, barnard):
        p = test(*counts)
        assert 0 < p <= 1
        assert test(x0, n0, x1, n1) == pytest.approx(p, rel=2e-9)
        assert test(n1 - x1, n1, n0 - x0, n0) == pytest.approx(p, rel=2e-9)


@given(tables)
def test_boschloo_is_never_above_fishers_one_sided_tests_doubled(
    counts: tuple[int, int, int, int],
) -> None:
    x1, n1, x0, n0 = counts
    table = [[x1, x0], [n1 - x1, n0 - x0]]
    sides = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert boschloo(*counts) <= min(1, 2 * min(sides)) * (1 + 1e-9)


@given(tables)
def test_no_common_rate_makes_the_tables_more_probable(counts: tuple[int, int, int, int]) -> None:
    # The maximum over a fine grid, from the definition: the search may find more, never less.
    x1, n1, x0, n0 = counts
    a, b = np.arange(n1 + 1)[:, None], np.arange(n0 + 1)[None, :]
    pooled = (a + b) / (n1 + n0)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (a / n1 - b / n0) ** 2 / (pooled * (1 - pooled))
    z = np.nan_to_num(z)
    extreme = z * (1 + 1e-7) >= z[x1, x0]
    rates = np.linspace(0, 1, 501)
    chance = stats.binom.pmf(a, n1, rates) * (extreme @ stats.binom.pmf(b.T, n0, rates))
    # The share that the grid misses is below 1e-3 at these sizes.
    assert chance.sum(0).max() * (1 - 1e-9) <= barnard(*counts)
    assert barnard(*counts) <= min(1, chance.sum(0).max() * (1 + 1e-3))


@pytest.mark.parametrize("row", R.rows(named=True), ids=lambda r: f"{r['x1']:g}/{r['n1']:g}")
def test_scipy_agrees_where_its_search_finds_the_maximum(row: dict[str, float]) -> None:
    x1, n1, x0, n0 = (int(row[name]) for name in ("x1", "n1", "x0", "n0"))
    table = [[x1, x0], [n1 - x1, n0 - x0]]
    assert stats.boschloo_exact(table).pvalue == pytest.approx(boschloo(x1, n1, x0, n0), rel=1e-8)
    # scipy's search for Barnard's maximum stops at a local one for some tables (12/16 against
    # 5/15: 7 % too low): it may be below ours and never above.
    assert stats.barnard_exact(table).pvalue <= barnard(x1, n1, x0, n0) * (1 + 1e-8)


@requires_shared
def test_every_reference_is_below_by_what_its_grid_misses() -> None:
    for path, held in references(reference()["results"]):
        counts = tuple(held["counts"][name] for name in ("x1", "n1", "x2", "n2"))
        if counts[0] + counts[2] == 0:
            continue  # no variation: R says 1, we say that there is nothing to test
        if counts[1] + counts[3] > 200:
            continue  # for the time that these take
        ours, theirs = table_test(*counts, "boschloo").p_value, held["p_boschloo"]
        # exact2x2 takes the largest value of a grid of 100 rates, so it can only be lower; by up
        # to 2e-3 here.
        assert theirs * (1 - 1e-9) <= ours <= theirs * (1 + 2e-3), path


def test_large_tables_are_not_searched_and_say_so() -> None:
    for test in ("boschloo", "barnard"):
        found = table_test(300, MOST_SUBJECTS, 310, MOST_SUBJECTS, test)
        assert np.isnan(found.p_value)
        assert found.note == TOO_LARGE
    assert TOO_LARGE == (
        "Not computed for more than 1000 subjects: there the Pearson test gives nearly the same "
        "p value."
    )
