"""Kaplan-Meier curve with log-log intervals, day resolution, in one group."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from contest import Contender, Goal, Runs, Section, ratio, table, take_turns

OURS = "ketanalysis"
ARRAYS = "ketanalysis, arrays"
SURVFIT = "R survival::survfit"
LIFELINES = "lifelines"
TINY = 1000
DAYS = 365
SEED = 20_240_301
TOLERANCE = 1e-9  # of a share: the variance is a sum over days, taken in another order by each


def run(size: int, rounds: int, repeats: int) -> Section:
    with tempfile.TemporaryDirectory(prefix="ketanalysis-bench-") as folder:
        data, tiny = Path(folder, "data.parquet"), Path(folder, "tiny.parquet")
        write_times(data, size)
        write_times(tiny, min(size, TINY))
        in_csv = (data.with_suffix(".csv"), tiny.with_suffix(".csv"), repeats)
        runs = take_turns(
            [
                Contender.python(OURS, "our_survival.py", "call", data, tiny, repeats),
                Contender.python(ARRAYS, "our_survival.py", "arrays", data, tiny, repeats),
                Contender.python(LIFELINES, "peer_lifelines.py", data, tiny, repeats),
                Contender.r(SURVFIT, "peer_survfit.R", *in_csv),
            ],
            rounds,
        )
    lines, failures = table(runs, OURS, differs)
    spread = f"Medians of {rounds} rounds of {repeats} repetitions (least to most)."
    told = [f"- {goal}" for goal in goals(runs)]
    heading = f"Kaplan-Meier, {size:,} subjects, {DAYS} days"
    return Section(heading, (spread, "", *lines, "", *told), tuple(failures))


def write_times(path: Path, n: int) -> None:
    """Write relapse and censoring in whole days, as Parquet for Python and CSV for R."""
    random = np.random.default_rng(SEED)
    relapse = np.ceil(random.exponential(200, n))
    left = np.ceil(random.uniform(0, 1.5 * DAYS, n)).clip(1, DAYS)
    frame = pl.DataFrame(
        {
            "USUBJID": pl.Series([f"KET-{i // 1000:04d}-{i % 1000:03d}" for i in range(n)]),
            "AVAL": np.minimum(relapse, left),
            "CNSR": (relapse > left).astype(np.int64),
        }
    )
    frame.write_parquet(path)
    frame.write_csv(path.with_suffix(".csv"))


def goals(runs: dict[str, Runs]) -> list[Goal]:
    return [
        Goal(f"no slower than {name}", ratio(runs[name].seconds, runs[OURS].seconds).median, 1)
        for name in (LIFELINES, SURVFIT)
        if not runs[name].not_run
    ]


def differs(ours: list[list[float]], theirs: list[list[float]]) -> str:
    """Return the first difference; rows are time, survival and both limits at days with events."""
    if len(ours) != len(theirs):
        return f"{len(theirs)} days with events, not {len(ours)}"
    for mine, other in zip(ours, theirs, strict=True):
        if any(abs(a - b) > TOLERANCE for a, b in zip(mine, other, strict=True)):
            return f"day {mine[0]:g}: {other}, not {mine}"
    return ""
