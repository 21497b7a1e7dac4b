"""A little course of scores for the tests of rules, and what a rule finds in a table."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.contracts.checking import locate
from ketanalysis.contracts.findings import CheckReport
from ketanalysis.contracts.rule import Rule


def course(**changes: Sequence[object]) -> pl.DataFrame:
    """Two subjects, three visits, all well."""
    columns: dict[str, Sequence[object]] = {
        "USUBJID": ["01"] * 3 + ["02"] * 3,
        "PARAMCD": ["MADRS"] * 6,
        "AVISIT": ["Baseline", "Day 1", "Day 7"] * 2,
        "AVISITN": [0, 1, 7] * 2,
        "AFRLT": [0.0, 24.0, 168.0] * 2,
        "AVAL": [31.0, 12.0, 14.0, 28.0, 27.0, 30.0],
        "ABLFL": ["Y", None, None] * 2,
    }
    return pl.DataFrame({**columns, **changes})


def found(rule: Rule, frame: pl.DataFrame) -> list[tuple[int, str]]:
    """Return (row, message) of each finding of a rule."""
    breaches = tuple(locate(rule, frame, "adqs", "schemas/adqs.toml"))
    return list(CheckReport(breaches=breaches).findings.select("row", "message").iter_rows())
