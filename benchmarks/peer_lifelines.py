"""Kaplan-Meier by lifelines, whose interval is log-log.

Call: peer_lifelines.py TIMES.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd
from lifelines import KaplanMeierFitter
from stopwatch import measure


def curve(times: pd.DataFrame) -> list[Any]:
    fitted = KaplanMeierFitter().fit(times["AVAL"], times["CNSR"] == 0)
    table = pd.concat([fitted.survival_function_, fitted.confidence_interval_], axis=1)
    at_events = table[fitted.event_table["observed"] > 0]
    return at_events.reset_index().to_numpy().tolist()


if __name__ == "__main__":
    data, tiny, repeats = sys.argv[1:]
    measure(curve, pd.read_parquet(data), pd.read_parquet(tiny), int(repeats))
