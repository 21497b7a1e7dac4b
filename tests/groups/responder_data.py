"""Little trials for the tests of responders, and how they are compared."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError
from ketanalysis.groups.responders import RespondersResult, compare_responders
from ketanalysis.trial import Trial

VISITS = ("Baseline", "4 h", "Day 14", "Day 21")
HOURS = dict(zip(VISITS, (-1.0, 4.0, 336.0, 504.0), strict=True))
HALF = Response(at_least=0.5)
PLAN: dict[str, Any] = {
    "scale": "MADRS",
    "rule": HALF,
    "response_visit": "Day 14",
    "anxiety_visit": "4 h",
    "missing": "observed",
}


def trial_of(subjects: pl.DataFrame, arms: tuple[str, ...], **outcomes: str) -> Trial:
    """Return a trial of MADRS at baseline and day 14, and of columns as outcomes at 4 h."""
    placed = [("MADRS", "Baseline", "baseline"), ("MADRS", "Day 14", "madrs")]
    placed += [(name, "4 h", column) for name, column in outcomes.items()]
    rows = [
        subjects.select(
            "USUBJID",
            pl.lit(scale).alias("PARAMCD"),
            pl.lit(visit).cast(pl.Enum(VISITS)).alias("AVISIT"),
            pl.lit(HOURS[visit]).alias("AFRLT"),
            pl.col(column).cast(pl.Float64).alias("AVAL"),
            pl.lit("Y" if visit == "Baseline" else None, dtype=pl.String).alias("ABLFL"),
        )
        for scale, visit, column in placed
    ]
    used = {"baseline", "madrs", *outcomes.values()}
    return Trial(
        adsl=subjects.drop(used),
        adqs=pl.concat(rows),
        arms=arms,
        visits=VISITS,
        subjects_given=True,
    )


def little(arms: tuple[str, ...] = ("placebo", "drug")) -> Trial:
    """Twelve subjects of baseline 40, six an arm; S5 has no score at day 14, S6 no anxiety."""
    subjects = pl.DataFrame(
        {
            "USUBJID": [f"S{i:02d}" for i in range(12)],
            "TRT01P": pl.Series(["placebo", "drug"] * 6).cast(pl.Enum(["placebo", "drug"])),
            "AGE": [30, 41, 52, 33, 24, 45, 56, 37, 28, 49, 30, None],
            "baseline": [40] * 12,
            "madrs": [10, 12, 30, 31, 20, None, 21, 14, 35, 38, 18, 16],
            "anx": [5, 30, 11, 44, 8, 60, None, 25, 14, 52, 6, 33],
            "calm": [50, 20, 41, 14, 38, 16, 47, 25, 34, 12, 46, 23],
        }
    )
    if not arms:
        subjects = subjects.drop("TRT01P")
    return trial_of(subjects, arms, ANX="anx", CALM="calm")


def compare(data: Any, outcome: Any = "ANX", **options: Any) -> RespondersResult:
    return compare_responders(data, outcome, **(PLAN | options))


def message(data: Any, outcome: Any = "ANX", kind: Any = ArgumentError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        compare(data, outcome, **options)
    return str(caught.value)
