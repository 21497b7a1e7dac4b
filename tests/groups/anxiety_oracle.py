"""What tests/oracle/infusion_anxiety.R wrote: numbers by record, data set and name."""

from __future__ import annotations

import csv
from functools import cache

from tests.shared import ORACLE


@cache
def _all() -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    with (ORACLE / "infusion_anxiety.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            value = float(row["value"]) if row["value"] else float("nan")
            found.setdefault(row["record"], {}).setdefault(row["dataset"], {})[row["name"]] = value
    return found


def of(record: str, dataset: str | None = None) -> dict:
    """Return the numbers of a record: by data set and name, or by name of one data set."""
    return _all()[record] if dataset is None else _all()[record][dataset]
