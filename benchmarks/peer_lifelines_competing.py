"""Cumulative incidence by lifelines, with its variance, as ours.

Call: peer_lifelines_competing.py ROWS.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys

import pandas as pd
from lifelines import AalenJohansenFitter
from stopwatch import measure

TIMES = [30.0 * i for i in range(1, 11)]


def incidence(rows: pd.DataFrame) -> list[float]:
    fitted = AalenJohansenFitter(seed=1).fit(rows["AVAL"], rows["event_code"], event_of_interest=1)
    curve = fitted.cumulative_density_.iloc[:, 0]
    return [float(curve[curve.index <= time].iloc[-1]) for time in TIMES]


if __name__ == "__main__":
    data, tiny, repeats = sys.argv[1:]
    measure(incidence, pd.read_parquet(data), pd.read_parquet(tiny), int(repeats))
