"""Bootstrap and permutation of two groups by scipy (vectorised) and pingouin.

peer_resampling.py TASK SCORES.parquet TINY.parquet REPEATS, where TASK names the library too
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pingouin
from scipy import special, stats
from stopwatch import measure

RESAMPLES = 10_000


def hedges(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return Hedges g of the last axis, with the exact correction."""
    df = a.shape[axis] + b.shape[axis] - 2
    squares = (a.shape[axis] - 1) * a.var(axis=axis, ddof=1)
    squares = squares + (b.shape[axis] - 1) * b.var(axis=axis, ddof=1)
    log = special.gammaln(df / 2) - special.gammaln((df - 1) / 2) - np.log(df / 2) / 2
    gap = a.mean(axis=axis) - b.mean(axis=axis)
    return gap / np.sqrt(squares / df) * np.exp(log)


def gap(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
    return a.mean(axis=axis) - b.mean(axis=axis)


def by_scipy(scores: pd.DataFrame) -> list[float]:
    a, b = groups(scores)
    found = stats.bootstrap(
        (a, b), hedges, n_resamples=RESAMPLES, vectorized=True, method="BCa", rng=1
    ).confidence_interval
    return [float(hedges(a, b)), float(found.low), float(found.high)]


def by_pingouin(scores: pd.DataFrame) -> list[float]:
    a, b = groups(scores)
    found = pingouin.compute_bootci(
        a, b, func="hedges", paired=False, n_boot=RESAMPLES, method="bca", seed=1, decimals=9
    )
    return [float(hedges(a, b)), *map(float, found)]


def permuted_by_scipy(scores: pd.DataFrame) -> list[float]:
    a, b = groups(scores)
    found = stats.permutation_test(
        (a, b), gap, n_resamples=RESAMPLES, vectorized=True, permutation_type="independent", rng=1
    )
    return [float(gap(a, b)), float(found.pvalue)]


def groups(scores: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    is_group = scores["GROUP"].to_numpy() == 1
    values = scores["VALUE"].to_numpy()
    return values[is_group], values[~is_group]


TASKS = {
    "bootstrap scipy": by_scipy,
    "bootstrap pingouin": by_pingouin,
    "permutation scipy": permuted_by_scipy,
}

if __name__ == "__main__":
    task, data, tiny, repeats = sys.argv[1:]
    measure(TASKS[task], pd.read_parquet(data), pd.read_parquet(tiny), int(repeats))
