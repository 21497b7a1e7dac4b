"""The interval-censored estimate by lifelines, which takes intervals as closed at both ends.

Starts are moved by a thousandth, so that (0, 7] and (7, 14] do not share day 7.

Call: peer_lifelines_interval.py DATA.csv TINY.csv REPEATS
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from stopwatch import measure

SHIFT = 1e-3


def curve(rows: pd.DataFrame) -> list[float]:
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    fitted = KaplanMeierFitter().fit_interval_censoring(low + SHIFT, high)
    table = fitted.survival_function_
    times = np.unique(np.concatenate((low, high[np.isfinite(high)])))
    place = np.searchsorted(table.index.to_numpy(), times + SHIFT / 2, side="right") - 1
    shares = table["NPMLE_estimate_lower"].to_numpy()
    return [float(shares[i]) if i >= 0 else 1.0 for i in place]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    data, tiny, repeats = sys.argv[1:]
    measure(curve, pd.read_csv(data), pd.read_csv(tiny), int(repeats))
