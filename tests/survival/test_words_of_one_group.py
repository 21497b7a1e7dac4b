"""What is said of a trial of one arm names no group: there is none to name."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka

ROWS = pl.DataFrame({"AVAL": [5, 8, 8, 12, 20, 30], "CNSR": [0, 0, 1, 1, 0, 1]})
CAUSED = ROWS.with_columns(status=pl.Series([1, 2, 0, 1, 2, 0]))
CODED: dict[str, Any] = {"event": "status", "causes": {"relapse": 1, "death": 2}, "censored": 0}
SEEN = pl.DataFrame({"AVALLO": [0, 7, 7, 14, 0, 7], "AVALHI": [7, 14, None, None, 7, 14]})


def said(result: Any) -> str:
    """Return the sentence without the method."""
    return str(result.text().partition(f" {result.notes[0]}")[0])


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (
            ka.estimate_survival(ROWS),
            "Kaplan-Meier with log-log 95 % intervals (as SAS and lifelines; R's default is log): "
            "AVAL. 3 events in 6 subjects, median 20.0 (95 % CI 5.0 to NR) days.",
        ),
        (
            ka.estimate_survival(ROWS).milestones([6, 10]),
            "Survival at given times: AVAL: at 6 days 83 % (95 % CI 27 to 97); at 10 days 67 % "
            "(95 % CI 19 to 90).",
        ),
        (
            ka.estimate_survival(ROWS).at_risk([6]),
            "Subjects at risk: AVAL: at 6 days 5 at risk.",
        ),
        (
            ka.estimate_survival(ROWS).rmst(10),
            "Restricted mean time free of the event, to 10 days: AVAL: 8.8 (95 % CI 7.3 to 10.3) "
            "days.",
        ),
        (
            ka.estimate_cumulative_incidence(CAUSED, **CODED),
            "Cumulative incidence with log-log 95 % intervals: AVAL. Relapse in 2 of 6 subjects, "
            "39 % (95 % CI 5 to 75) by 30 days; death in 2 of 6 subjects, 39 % (95 % CI 5 to 75) "
            "by 30 days.",
        ),
        (
            ka.estimate_cumulative_incidence(CAUSED, **CODED).milestones(10),
            "Cumulative incidence at given times: AVAL: relapse by 10 days: 17 % (95 % CI 1 to 52)"
            "; death by 10 days: 17 % (95 % CI 1 to 52).",
        ),
        (
            ka.estimate_interval_survival(SEEN),
            "Interval-censored estimate (Turnbull): AVALHI. 4 events in 6 subjects, median 7.0 to "
            "14.0 days.",
        ),
        (
            ka.estimate_interval_survival(SEEN).milestones(7),
            "Survival at given times: AVALHI: at 7 days 67 %.",
        ),
    ],
)
def test_no_group_is_named(result: Any, expected: str) -> None:
    assert said(result) == expected
