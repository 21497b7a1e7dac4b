"""How often do the intervals of the blinding indices hold the truth in arms of 10 to 100?

Writes blinding_coverage.csv beside itself: python -m tests.simulation.blinding_coverage

- Bang's index of one arm: nothing is drawn at random; every table of right, wrong and "don't
  know" is analysed once, and the probabilities of the tables whose interval holds the true index
  are added up. A table without an interval holds nothing.
- James' index of two arms: 10,000 trials drawn a setting, with the Monte Carlo error beside.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from ketanalysis.blinding.indices import bang_index, james_index

Floats = NDArray[np.float64]

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = ("index", "method", "n", "shares", "truth", "coverage", "mc_error")
TRIALS = 10_000
SEED = 20_041_996
WORTH = np.array([1.0, -1.0, 0.0])
SIZES = (10, 15, 31)
# Shares of an arm that guess right, wrong, and do not know.
ARMS = (
    (0.5, 0.5, 0.0),
    (0.3, 0.3, 0.4),
    (0.1, 0.1, 0.8),
    (0.45, 0.25, 0.3),
    (0.6, 0.2, 0.2),
    (0.8, 0.1, 0.1),
    (0.9, 0.05, 0.05),
    (0.9, 0.1, 0.0),
)
# Shares of both arms; sizes of both.
PAIRS = (
    ((0.5, 0.5, 0.0), (0.5, 0.5, 0.0)),
    ((0.3, 0.3, 0.4), (0.3, 0.3, 0.4)),
    ((0.15, 0.15, 0.7), (0.15, 0.15, 0.7)),
    ((0.6, 0.2, 0.2), (0.4, 0.3, 0.3)),
    ((0.8, 0.1, 0.1), (0.4, 0.4, 0.2)),
    ((0.9, 0.05, 0.05), (0.8, 0.1, 0.1)),
)
TWO = ((16, 15), (31, 31), (100, 100))


def tables_of(n: int) -> Floats:
    """Return every table of n subjects, shape ((n + 1)(n + 2) / 2, 3)."""
    return np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)], float)


def bang_ends(n: int, ci: str) -> Floats:
    """Return the interval of every table, shape (tables, 2)."""
    found = [bang_index(WORTH, table, ci) for table in tables_of(n)]
    return np.array([(one.conf_low, one.conf_high) for one in found])


def bang_coverage(n: int, ends: Floats, shares: tuple[float, float, float]) -> float:
    """Return how often the interval holds the index of an arm with these shares."""
    tables, p = tables_of(n), np.array(shares)
    possible = (tables[:, p == 0] == 0).all(axis=1)
    logs = gammaln(n + 1) - gammaln(tables + 1).sum(axis=1)
    logs = logs + (tables * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
    truth = shares[0] - shares[1]
    # 1e-9: an index that lies on an end, up to rounding, is held.
    holds = (ends[:, 0] - 1e-9 <= truth) & (truth <= ends[:, 1] + 1e-9)
    return float(np.exp(logs)[possible & holds].sum())


def james_coverage(
    sizes: tuple[int, int], pair: tuple[tuple[float, ...], tuple[float, ...]], ci: str
) -> tuple[float, float]:
    """Return the true index, and how often the interval holds it."""
    rng = np.random.default_rng(SEED)
    drawn = [rng.multinomial(n, p, TRIALS) for n, p in zip(sizes, pair, strict=True)]
    # A right guess in the second arm names its own side: the second row of the table.
    drawn[1] = drawn[1][:, [1, 0, 2]]
    expected = np.column_stack([n * np.array(p) for n, p in zip(sizes, pair, strict=True)])
    expected[:2, 1] = expected[[1, 0], 1]
    truth = james_index(expected * 1000).estimate
    held = 0
    for one, other in zip(*drawn, strict=True):
        found = james_index(np.column_stack([one, other]).astype(float), ci)
        held += found.conf_low <= truth <= found.conf_high
    return truth, held / TRIALS


def rows() -> Iterator[tuple[object, ...]]:
    for n in SIZES:
        for ci in ("score", "wald"):
            ends = bang_ends(n, ci)
            for shares in ARMS:
                share = bang_coverage(n, ends, shares)
                words = " ".join(f"{p:g}" for p in shares)
                yield "bang", ci, n, words, f"{shares[0] - shares[1]:.4g}", f"{share:.6f}", 0
    for sizes in TWO:
        for pair in PAIRS:
            for ci in ("logit", "wald"):
                truth, share = james_coverage(sizes, pair, ci)
                words = "; ".join(" ".join(f"{p:g}" for p in shares) for shares in pair)
                error = (0.95 * 0.05 / TRIALS) ** 0.5
                n = f"{sizes[0]} and {sizes[1]}"
                yield "james", ci, n, words, f"{truth:.4f}", f"{share:.4f}", f"{error:.5f}"


if __name__ == "__main__":
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
