"""What tests/oracle/baseline.R wrote: its data sets, and R's numbers about them."""

from __future__ import annotations

import csv
from functools import cache

from tests.shared import ORACLE

NAN = float("nan")
NUMBERS = ("thirty_one", "skewed", "three", "chickwts")
CATEGORIES = ("sex", "site", "rare", "three_sites", "hair")


@cache
def _rows() -> list[dict[str, str]]:
    with (ORACLE / "baseline.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float:
    return float(text) if text else NAN


def groups_of(name: str) -> dict[str, list[float]]:
    """Return the values of a data set by group, in R's order of the rows; NaN is missing."""
    found: dict[str, list[float]] = {}
    for row in _rows():
        if (row["dataset"], row["statistic"]) == (name, "data"):
            found.setdefault(row["group"], []).append(_number(row["value"]))
    return dict(sorted(found.items()))


def counts_of(name: str) -> dict[str, list[int]]:
    """Return the subjects of each category by group."""
    found: dict[str, list[int]] = {}
    for row in _rows():
        if (row["dataset"], row["statistic"]) == (name, "counts"):
            found.setdefault(row["group"], []).append(int(row["value"]))
    return found


def from_r(name: str, statistic: str) -> dict[str, float]:
    """Return R's numbers of one statistic by group, contrast or part of a test."""
    return {
        row["group"]: _number(row["value"])
        for row in _rows()
        if (row["dataset"], row["statistic"]) == (name, statistic)
    }
