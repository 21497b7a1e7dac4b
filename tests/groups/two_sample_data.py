"""The data sets of tests/oracle/two_samples.R, and what R wrote about them."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np

from tests.shared import ORACLE

NAN = float("nan")
# fmt: off
TWO_SAMPLES: dict[str, tuple[list[float], list[float]]] = {
    "ties_and_zeros": (
        [0, 0, 0, 0, 0, 5, 5, 10, 10, 15, 20, 20, 30, 45, 60, 0, 5],
        [0, 0, 5, 10, 20, 20, 35, 40, 55, 60, 70, 85, 90, 100],
    ),
    "missing": (
        [12.5, NAN, 9, 14, 7.25, NAN, 11, 16.5, 8],
        [18, 15.5, NAN, 13, 21, 17.75, 12, NAN, NAN, 19],
    ),
    "four_against_27": (
        [31, 8, 22, 27],
        [14, 11, 3, 19, 7, 7, 12, 25, 16, 9, 2, 13, 18, 6, 21, 10, 5, 15, 8, 17, 4, 20, 1, 12, 11,
         23, 9],
    ),
    "equal_without_ties": (
        [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3],
        [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.061, 3.14, 1.44],
    ),
    "one_group_constant": ([0, 0, 0, 0, 0], [0, 2, 3, 3, 9, 12]),
}
# fmt: on


@cache
def from_r(name: str) -> dict[str, float]:
    """Return what R wrote for a data set, NaN where R has no such number."""
    with (ORACLE / "two_samples.csv").open(encoding="utf-8", newline="") as file:
        rows = {row.pop("dataset"): row for row in csv.DictReader(file)}
    return {column: float(text) if text else np.nan for column, text in rows[name].items()}
