"""What R wrote, read back: one row a data set, NaN where R has no such number."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np

from tests.groups.two_sample_data import TWO_SAMPLES
from tests.shared import ORACLE

# The further data sets of tests/oracle/two_groups.R.
# fmt: off
TWO_GROUPS: dict[str, tuple[list[float], list[float]]] = {
    **TWO_SAMPLES,
    "pain_scores": (  # Brunner and Munzel (2000), table 1: N and Y, in this order
        [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4], [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1],
    ),
    "apart": ([9, 7, 8, 11], [1, 3, 2, 2, 5]),
    "few": ([2, 4, 4], [3, 1, 0, 2]),
}
# fmt: on


@cache
def rows(file: str) -> tuple[dict[str, str], ...]:
    """Return the rows of an oracle as text."""
    with (ORACLE / file).open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def number(text: str) -> float:
    return float(text) if text else np.nan


@cache
def of_set(file: str, dataset: str) -> dict[str, float]:
    """Return the numbers of one data set."""
    (row,) = (row for row in rows(file) if row["dataset"] == dataset)
    return {column: number(text) for column, text in row.items() if column != "dataset"}
