"""Cox's model of one event by lifelines, Efron's ties.

Call: peer_lifelines_cox.py ROWS.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys

import pandas as pd
from lifelines import CoxPHFitter
from stopwatch import measure


def cox(rows: pd.DataFrame) -> list[float]:
    given = pd.DataFrame(
        {
            "arm": (rows["TRT01P"] == "ketamine").astype(float),
            "age": rows["AGE"].astype(float),
            "time": rows["AVAL"],
            "event": rows["event_code"] == 1,
        }
    )
    table = CoxPHFitter().fit(given, "time", "event").summary
    return [*table["coef"], *table["se(coef)"]]


if __name__ == "__main__":
    data, tiny, repeats = sys.argv[1:]
    measure(cox, pd.read_parquet(data), pd.read_parquet(tiny), int(repeats))
