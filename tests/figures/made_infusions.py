"""A score over infusions in responders and non-responders, for the tests of figures and words."""

from __future__ import annotations

import polars as pl

from ketanalysis.definitions import Response
from ketanalysis.groups.over_infusions import compare_responders_over_infusions
from ketanalysis.groups.over_infusions_result import InfusionGroupsResult

COURSE = ("Infusion 1", "Infusion 2", "Infusion 3")


def course_scores(arms: tuple[str, ...], n: int = 12) -> pl.DataFrame:
    """Return n subjects an arm: anxiety fades, every second responds, some stop after two."""
    visits = ("Baseline", *COURSE, "Day 14")
    rows = []
    for a, arm in enumerate(arms):
        for i in range(n):
            head = {"USUBJID": f"{a}-{i:02d}", "TRT01P": arm}
            end = 12.0 + i % 3 if i % 2 else 22.0 + i % 5
            ends = [("MADRS", 0, 32.0, "Y"), ("MADRS", 4, end, None)]
            anxiety = [
                50.0 + 9 * a - 7 * v - 4 * (i % 2) + (i * 13 + v * 5 * (i % 3)) % 17
                for v in range(3)
            ]
            seen = anxiety[: 2 if i % 4 == 0 else 3]
            ends += [("VAS", 1 + v, value, None) for v, value in enumerate(seen)]
            rows += [
                head
                | {"PARAMCD": name, "AVISIT": visits[v], "AVAL": value, "ABLFL": flag}
                | {"AFRLT": 48.0 * v - 1}
                for name, v, value, flag in ends
            ]
    types = {"TRT01P": pl.Enum(arms), "AVISIT": pl.Enum(visits), "ABLFL": pl.String}
    return pl.DataFrame(rows, schema_overrides=types)


def infusion_groups(arms: tuple[str, ...]) -> InfusionGroupsResult:
    return compare_responders_over_infusions(
        course_scores(arms),
        "VAS",
        scale="MADRS",
        rule=Response(at_least=0.5),
        response_visit="Day 14",
        infusions=COURSE,
        covariance="us",
        missing="observed",
        by="TRT01P",
    )
