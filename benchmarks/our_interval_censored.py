"""The interval-censored estimate by ketanalysis, two ways.

`call` is the question on a frame, with its checks, the median, Kaplan-Meier beside it and the
audit; `arrays` is the estimate alone, from the ends of the intervals.

Call: our_interval_censored.py call|arrays DATA.csv TINY.csv REPEATS
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
from stopwatch import measure

from ketanalysis import estimate_interval_survival
from ketanalysis.interval_censored.turnbull import Turnbull, survival_between, turnbull


def ends(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return rows["low"].to_numpy(), rows["high"].to_numpy()


def answer(curve: Turnbull, rows: pl.DataFrame) -> list[float]:
    low, high = ends(rows)
    times = np.unique(np.concatenate((low, high[np.isfinite(high)])))
    return [float(share) for share in survival_between(curve, times)[1]]


def call(rows: pl.DataFrame) -> list[float]:
    found = estimate_interval_survival(rows, low="low", high="high")
    return answer(found.curves["overall"], rows)


def arrays(rows: pl.DataFrame) -> list[float]:
    return answer(turnbull(*ends(rows)), rows)


if __name__ == "__main__":
    form, data, tiny, repeats = sys.argv[1:]
    schema = {"USUBJID": pl.String, "low": pl.Float64, "high": pl.Float64}
    work = {"call": call, "arrays": arrays}[form]
    measure(work, pl.read_csv(data, schema=schema), pl.read_csv(tiny, schema=schema), int(repeats))
