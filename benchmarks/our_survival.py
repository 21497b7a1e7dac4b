"""Kaplan-Meier by ketanalysis, two ways.

`call` is the question on a frame, with its checks, the median and the audit; `arrays` is the
curve alone, from times and events, which is what the peers are asked for.

Call: our_survival.py call|arrays TIMES.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys
from typing import Any

import polars as pl
from stopwatch import measure

from ketanalysis import estimate_survival
from ketanalysis.survival.kaplan_meier import kaplan_meier


def call(times: pl.DataFrame) -> list[Any]:
    table = estimate_survival(times, conf_type="log-log").table
    at_events = table.filter(pl.col("n_event") > 0)
    return at_events.select("time", "survival", "conf_low", "conf_high").rows()


def arrays(times: pl.DataFrame) -> list[Any]:
    curve = kaplan_meier(times["AVAL"].to_numpy(), (times["CNSR"] == 0).to_numpy())
    rows = zip(curve.time, curve.survival, curve.conf_low, curve.conf_high, strict=True)
    return [tuple(map(float, row)) for row, n in zip(rows, curve.n_event, strict=True) if n > 0]


if __name__ == "__main__":
    form, data, tiny, repeats = sys.argv[1:]
    work = {"call": call, "arrays": arrays}[form]
    measure(work, pl.read_parquet(data), pl.read_parquet(tiny), int(repeats))
