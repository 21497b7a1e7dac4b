"""The enumeration of all tables that is kept: some of its rows anew, and what it promises."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.simulation.rate_enumeration import (
    FINE,
    LEVEL,
    RATES,
    STRATA,
    TABLE,
    TENTHS,
    TRUTHS,
    coverage,
    pairs_of_tables,
    type_one_error,
)

KEPT = pl.read_csv(TABLE, schema_overrides={"rate_1": pl.String, "rate_0": pl.String})


def kept(design: str, method: str) -> pl.DataFrame:
    return KEPT.filter(design=design, method=method)


def test_the_table_is_whole() -> None:
    assert dict(KEPT["design"].value_counts().iter_rows()) == {
        "type I error": 8 * len(RATES),
        "largest type I error": 8,
        "coverage": 4 * len(TENTHS) ** 2,
        "coverage in two strata": 6 * len(TRUTHS),
    }
    assert len(FINE) == 999


@pytest.mark.parametrize("test", ["fisher", "fisher-mid-p", "pearson"])
def test_type_one_errors_anew(test: str) -> None:
    rows = kept("type I error", test)
    # The table keeps eight decimals.
    assert type_one_error(test, RATES) == pytest.approx(rows["value"].to_list(), abs=6e-9)


def test_coverage_anew() -> None:
    for method in ("wald", "newcombe"):
        rows = kept("coverage", method)
        pairs = [(float(a), float(b)) for a, b in rows.select("rate_1", "rate_0").rows()]
        assert coverage(method, pairs) == pytest.approx(rows["value"].to_list(), abs=6e-9)


def test_coverage_over_strata_without_a_difference_anew() -> None:
    # The score interval holds 0 exactly where the Cochran-Mantel-Haenszel test does not reject:
    # its statistic for all 5832 pairs of tables, by the formula.
    tables = pairs_of_tables().astype(float)
    gap, spread = np.zeros(len(tables)), np.zeros(len(tables))
    for place, (n1, n0) in enumerate(STRATA):
        x1, x0 = tables[:, 2 * place], tables[:, 2 * place + 1]
        n, m = n1 + n0, x1 + x0
        gap += x1 - n1 * m / n
        spread += n1 * n0 * m * (n - m) / (n**2 * (n - 1))
    holds = gap**2 <= stats.chi2.ppf(1 - LEVEL, 1) * spread
    for rates, difference in TRUTHS:
        if difference:
            continue
        chance = np.ones(len(tables))
        for place, rate in enumerate(rates):
            for arm, n in enumerate(STRATA[place]):
                chance *= stats.binom.pmf(tables[:, 2 * place + arm], n, rate)
        named = " and ".join(f"{rate:.1f}" for rate in rates)
        row = kept("coverage in two strata", "miettinen-nurminen, cmh").filter(
            rate_1=named, rate_0=named
        )
        assert chance[holds].sum() == pytest.approx(row["value"].item(), abs=6e-9)


def test_what_the_methods_promise() -> None:
    largest = {
        row["method"]: row["value"] for row in KEPT.filter(design="largest type I error").to_dicts()
    }
    # Exact tests never exceed the level; Boschloo's is never below Fisher's, whose p it betters.
    for exact in ("fisher", "boschloo", "barnard"):
        assert largest[exact] <= LEVEL
    assert largest["fisher"] < largest["boschloo"] < largest["barnard"]
    # Pearson and Wald do, here by two points; Miettinen and Nurminen's factor mends most of it.
    assert largest["pearson"] > 0.07
    assert largest["miettinen-nurminen"] < 0.055
    shortest = {
        method: float(kept("coverage", method)["value"].min())  # type: ignore[arg-type]
        for method in ("miettinen-nurminen", "mee", "newcombe", "wald")
    }
    assert shortest["miettinen-nurminen"] > 0.935
    assert shortest["newcombe"] > 0.92
    assert shortest["wald"] < 0.83
    strata = KEPT.filter(design="coverage in two strata")
    for weights in ("cmh", "mn"):
        values = strata.filter(method=f"miettinen-nurminen, {weights}")["value"]
        assert values.min() > 0.945  # type: ignore[operator]
    # Standardised differences are a little liberal with 31 subjects, and say so in their notes.
    values = strata.filter(pl.col("method").str.starts_with("standardised"))["value"]
    assert 0.925 < values.min() < 0.95  # type: ignore[operator]
