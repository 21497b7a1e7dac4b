"""What tests/oracle/disposition.R wrote: who was scored when, a flow, and R's counts of both."""

from __future__ import annotations

import csv
from functools import cache

import polars as pl

from ketanalysis.trial import Trial
from tests.shared import ORACLE

SCORED = ("made", "chicks", "one_visit")


@cache
def rows_of(dataset: str, record: str) -> list[dict[str, str]]:
    with (ORACLE / "disposition.csv").open(encoding="utf-8", newline="") as file:
        found = csv.DictReader(file)
        return [r for r in found if (r["dataset"], r["record"]) == (dataset, record)]


def trial_of(dataset: str) -> Trial:
    """Return a trial with the scores of a data set; who was never scored is in ADSL."""
    rows = rows_of(dataset, "seen")
    subjects = {row["subject"]: row["group"] for row in rows}
    visits = list(dict.fromkeys(row["visit"] for row in rows))
    arms = sorted(set(subjects.values()))
    scored = [row for row in rows if row["value"] == "1"]
    return Trial(
        adsl=pl.DataFrame(
            {"USUBJID": list(subjects), "TRT01P": list(subjects.values())},
            schema={"USUBJID": pl.String, "TRT01P": pl.Enum(arms)},
        ),
        adqs=pl.DataFrame(
            {
                "USUBJID": [row["subject"] for row in scored],
                "PARAMCD": ["MADRS"] * len(scored),
                "AVISIT": [row["visit"] for row in scored],
                "AVAL": [20.0] * len(scored),
            },
            schema_overrides={"AVISIT": pl.Enum(visits)},
        ),
        arms=tuple(arms),
        visits=tuple(visits),
        subjects_given=True,
    )


def flow_frame() -> pl.DataFrame:
    """Return ADSL of the flow: 40 screened, empty texts as null, arms in order."""
    columns: dict[str, list[str | None]] = {"USUBJID": []}
    for row in rows_of("flow", "adsl"):
        if row["subject"] not in columns["USUBJID"]:
            columns["USUBJID"].append(row["subject"])
        columns.setdefault(row["name"], []).append(row["value"] or None)
    return pl.DataFrame(columns).with_columns(
        pl.col("TRT01P").cast(pl.Enum(["placebo", "drug"])),
    )
