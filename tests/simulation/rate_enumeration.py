"""How often do tests of two rates err, and intervals hold the truth, with 15 against 16 subjects?

Writes rate_enumeration.csv beside itself: python -m tests.simulation.rate_enumeration
Nothing is drawn at random: every possible table is analysed once, and the probabilities of the
tables that reject, or whose interval holds the true difference, are added up.

- type I error: tests of one table at the level 0.05, at 19 common rates, and the largest of 999.
- coverage: 95 % intervals of the difference of one table, at 81 pairs of rates.
- strata: two strata of 8 v 8 and 7 v 8 subjects, all 5832 pairs of tables: intervals of the common
  difference, and of the difference standardised over the stratum by a logistic model, whose
  tables without a maximum likelihood estimate are left out and counted.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ketanalysis.rates.mantel_haenszel import common_difference
from ketanalysis.rates.standardised import VARIANCES, standardise, standardised_contrast
from ketanalysis.rates.strata import as_strata
from ketanalysis.rates.stratified_score import stratified_difference
from ketanalysis.rates.table_tests import TESTS, table_test
from ketanalysis.rates.two_proportions import RISK_DIFFERENCES, risk_difference
from ketanalysis.regression.design import Design

N1, N0 = 16, 15
LEVEL = 0.05
STRATA = ((8, 8), (8, 7))  # subjects of group 1 and of group 0
RATES = [round(0.05 * i, 2) for i in range(1, 20)]
FINE = [round(0.001 * i, 3) for i in range(1, 1000)]
TENTHS = [round(0.1 * i, 1) for i in range(1, 10)]
# Rates of the reference in both strata, and differences that both strata share.
TRUTHS = [((0.2, 0.5), d) for d in (0.0, 0.2, 0.4)] + [((0.1, 0.1), 0.0), ((0.1, 0.1), 0.3)]
TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = ("design", "method", "rate_1", "rate_0", "value", "left_out")

Floats = NDArray[np.float64]


def tables_of(test: str) -> Floats:
    """Return the p value of every table, shape (N1 + 1, N0 + 1); 1 where nothing can be tested."""
    p = [[table_test(a, N1, b, N0, test).p_value for b in range(N0 + 1)] for a in range(N1 + 1)]
    return np.nan_to_num(np.array(p), nan=1.0)


def chances(rate_1: float, rate_0: float, n1: int = N1, n0: int = N0) -> Floats:
    """Return the probability of every table, shape (n1 + 1, n0 + 1)."""
    first = stats.binom.pmf(np.arange(n1 + 1), n1, rate_1)
    return np.outer(first, stats.binom.pmf(np.arange(n0 + 1), n0, rate_0))


def type_one_error(test: str, rates: list[float]) -> list[float]:
    """Return how often a test rejects at common rates."""
    rejects = tables_of(test) <= LEVEL
    return [float(chances(rate, rate)[rejects].sum()) for rate in rates]


def coverage(method: str, pairs: list[tuple[float, float]]) -> list[float]:
    """Return how often the interval of one table holds the difference of a pair of rates."""
    ends = [[risk_difference(a, N1, b, N0, method) for b in range(N0 + 1)] for a in range(N1 + 1)]
    low = np.array([[found.low for found in row] for row in ends])
    high = np.array([[found.high for found in row] for row in ends])
    held = []
    for rate_1, rate_0 in pairs:
        difference = rate_1 - rate_0
        # 1e-12: a difference that lies on an end, up to rounding, is held.
        holds = (low <= difference + 1e-12) & (high >= difference - 1e-12)
        held.append(float(chances(rate_1, rate_0)[holds].sum()))
    return held


@cache
def pairs_of_tables() -> NDArray[np.int64]:
    """Return x1, x0 of both strata, one row a pair of tables, shape (5832, 4)."""
    ranges = [range(n + 1) for stratum in STRATA for n in stratum]
    return np.array(list(itertools.product(*ranges)))


def common_ends(estimate: Callable[..., Any]) -> Floats:
    """Return the interval of every pair of tables, shape (5832, 2)."""
    n1, n0 = zip(*STRATA, strict=True)
    found = [estimate(as_strata((a, c), n1, (b, d), n0)) for a, b, c, d in pairs_of_tables()]
    return np.array([(one.low, one.high) for one in found])


def standardised_ends(variance: str) -> Floats:
    """Return the interval of every pair of tables, NaN where the outcome is separated."""
    group = np.array([1, 1, 0, 0] * 2)
    stratum = Design(np.repeat([0.0, 1], 4)[:, None], ("stratum",))
    y = np.array([1.0, 0] * 4)
    ends = []
    for a, b, c, d in pairs_of_tables():
        (n1, n0), (m1, m0) = STRATA
        subjects = np.array([a, n1 - a, b, n0 - b, c, m1 - c, d, m0 - d], dtype=float)
        is_in = subjects > 0
        design = Design(stratum.columns[is_in], stratum.terms)
        model = standardise(y[is_in], group[is_in], ("0", "1"), design, variance, subjects[is_in])
        found = standardised_contrast(model, 1, "risk difference")
        ends.append((found.low, found.high))
    return np.array(ends)


def stratified_coverage(
    ends: Floats, rates: tuple[float, float], difference: float
) -> tuple[float, float]:
    """Return how often intervals hold the common difference, and how often there is none."""
    parts = [
        np.outer(
            stats.binom.pmf(np.arange(n1 + 1), n1, rate + difference),
            stats.binom.pmf(np.arange(n0 + 1), n0, rate),
        ).ravel()
        for (n1, n0), rate in zip(STRATA, rates, strict=True)
    ]
    chance = np.outer(*parts).ravel()
    is_there = ~np.isnan(ends[:, 0])
    holds = (ends[:, 0] <= difference + 1e-12) & (ends[:, 1] >= difference - 1e-12)
    there = float(chance[is_there].sum())
    return float(chance[is_there & holds].sum()) / there, max(0.0, 1 - there)


def stratified() -> Iterator[tuple[str, Floats]]:
    """Yield the intervals of the strata by method."""
    for weights in ("cmh", "mn"):
        yield (
            f"miettinen-nurminen, {weights}",
            common_ends(lambda strata, w=weights: stratified_difference(strata, w)),
        )
    yield "mantel-haenszel, sato", common_ends(common_difference)
    for variance in VARIANCES:
        yield f"standardised, {variance}", standardised_ends(variance)


def rows() -> Iterator[dict[str, Any]]:
    """Yield one row a design, method and truth."""
    for test in TESTS:
        found = type_one_error(test, RATES)
        for rate, value in zip(RATES, found, strict=True):
            yield row("type I error", test, rate, rate, value)
        largest = max(type_one_error(test, FINE))
        yield row("largest type I error", test, "", "", largest)
    pairs = list(itertools.product(TENTHS, TENTHS))
    for method in RISK_DIFFERENCES:
        for (rate_1, rate_0), value in zip(pairs, coverage(method, pairs), strict=True):
            yield row("coverage", method, rate_1, rate_0, value)
    for method, ends in stratified():
        for rates, difference in TRUTHS:
            value, left_out = stratified_coverage(ends, rates, difference)
            named = [" and ".join(f"{r + d:.1f}" for r in rates) for d in (difference, 0.0)]
            yield row("coverage in two strata", method, *named, value, left_out)


def row(
    design: str, method: str, rate_1: Any, rate_0: Any, value: float, left_out: float = 0.0
) -> dict[str, Any]:
    """Return a row of the table, its probabilities with eight decimals."""
    ends = (round(value, 8), round(left_out, 8))
    return dict(zip(COLUMNS, (design, method, rate_1, rate_0, *ends), strict=True))


def main() -> None:
    """Write the table."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
