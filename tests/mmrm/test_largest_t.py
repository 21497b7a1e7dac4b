"""The largest of several correlated |t| against R, and what it must be at its edges."""

from __future__ import annotations

import csv

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

import ketanalysis as ka
from ketanalysis.mmrm.largest_t import LargestT
from tests.shared import ORACLE


def correlation(row: dict[str, str]) -> NDArray[np.float64]:
    k = int(row["k"])
    found = np.eye(k)
    numbers = iter(map(float, row["correlation"].split()))
    for j in range(k):
        for i in range(j):
            found[i, j] = found[j, i] = next(numbers)
    return found


with (ORACLE / "largest_t.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['name']}-{row['df']}-{row['t']}")
def test_tails_are_those_of_mvtnorm(row: dict[str, str]) -> None:
    """Three contrasts by TVPACK (1e-13); more by Genz and Bretz, whose error is near 1e-5 there.

    The general matrices are far from products, farther than any model of doses: our lattice of
    8,192 points then has an error of up to 7e-5; over the correlations of tests/oracle/ancova.csv,
    which are near to products, it is below 1e-6.
    """
    found = LargestT(correlation(row))
    ours = found.beyond(float(row["t"]), float(row["df"]))
    is_exact = found.is_product and row["k"] == "3"
    assert ours == pytest.approx(float(row["p"]), abs=1e-12 if is_exact else 1e-4)


@pytest.mark.parametrize("df", [5.0, 30.3, np.inf])
def test_the_quantile_has_its_tail(df: float) -> None:
    for name in ("unequal5", "general4"):
        (row,) = [r for r in ROWS if r["name"] == name][:1]
        found = LargestT(correlation(row))
        assert found.beyond(found.quantile(0.95, df), df) == pytest.approx(0.05, abs=1e-7)


def test_at_the_edges() -> None:
    from scipy.stats import t

    one = LargestT(np.array([[3.0]]))
    assert one.quantile(0.95, 12) == pytest.approx(t.ppf(0.975, 12), rel=1e-12)
    alone = LargestT(np.diag([1.0, 4.0]))  # two that share nothing but the SD
    assert alone.is_product
    assert alone.beyond(2.0, np.inf) == pytest.approx(1 - (1 - 2 * t.cdf(-2, 1e9)) ** 2, rel=1e-7)
    far = LargestT(0.5 + 0.5 * np.eye(4)).beyond(30.0, 40)
    assert far == pytest.approx(4 * 2 * t.cdf(-30, 40), rel=0.1)  # never 0


def test_six_doses_with_gaps_have_their_contrasts() -> None:
    """Five contrasts are no product once scores are missing; they stopped with an error before."""
    rows = [
        {"USUBJID": str(i), "DOSE": 0.25 * k, "FQ": 60.0 - 3 * k + i * 7 % 5 + i * (k + 1) % 4}
        for i in range(8)
        for k in range(6)
        if (i, k) not in ((0, 1), (2, 3), (5, 5))
    ]
    found = ka.estimate_dose_response(pl.DataFrame(rows), "FQ", "DOSE", reference=0).table
    own = found.filter(term="dose")
    assert own["p_adjusted"].null_count() == 0
    assert (own["p_adjusted"] >= own["p_value"]).all()
    assert (own["p_adjusted"] <= 5 * own["p_value"]).all()
