"""Bootstrap and permutation of two groups by ketanalysis.

our_resampling.py TASK SCORES.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys

import polars as pl
from stopwatch import measure

from ketanalysis.groups.bootstrap import bootstrap
from ketanalysis.groups.permutation import permutation
from ketanalysis.groups.resampling import Draws

RESAMPLES = 10_000


def bootstrapped(scores: pl.DataFrame) -> list[float]:
    a, b = groups(scores)
    found = bootstrap(a, b, "hedges-g", draws=Draws(1, RESAMPLES))
    return [found.estimate, found.conf_low, found.conf_high]


def permuted(scores: pl.DataFrame) -> list[float]:
    a, b = groups(scores)
    found = permutation(a, b, draws=Draws(1, RESAMPLES))
    return [found.difference, found.p_value]


def groups(scores: pl.DataFrame) -> tuple[list[float], list[float]]:
    parts = scores.partition_by("GROUP", as_dict=True)
    return parts[(1,)]["VALUE"].to_numpy(), parts[(0,)]["VALUE"].to_numpy()


if __name__ == "__main__":
    task, data, tiny, repeats = sys.argv[1:]
    work = {"bootstrap": bootstrapped, "permutation": permuted}[task]
    measure(work, pl.read_parquet(data), pl.read_parquet(tiny), int(repeats))
