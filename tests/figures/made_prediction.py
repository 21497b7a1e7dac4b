"""Small results of predictions, made from fixed numbers, for the tests of their figures."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.definitions import Response
from ketanalysis.prediction.calibration import estimate_calibration
from ketanalysis.prediction.early_improvement import (
    EarlyImprovementResult,
    estimate_early_improvement,
)
from ketanalysis.prediction.net_benefit import estimate_net_benefit
from ketanalysis.prediction.roc import estimate_roc
from ketanalysis.results import Result


def sheet(n: int = 24) -> pl.DataFrame:
    """Return n subjects with two markers, one of which tells who responded, and a prediction."""
    rows = [
        {
            "y": int(i * 7 % 12 > 5),
            "ANX": float(i * 13 % 40),
            "AGE": 30.0 + (i * 7 % 12) + i % 5,
            "p": (i * 7 % 12 + i * 5 % 7 + 1) / 19,
        }
        for i in range(n)
    ]
    return pl.DataFrame(rows)


def early_rule(arms: tuple[str, ...], by: str | None = "TRT01P") -> EarlyImprovementResult:
    """Return three visits of 12 subjects an arm; nobody of the last arm is a non-responder."""
    visits = ("Baseline", "4 h", "Day 7")
    rows = [
        {"USUBJID": f"{a}-{i}", "TRT01P": arm, "AVISIT": visit, "AVAL": value}
        | {"ABLFL": "Y" if v == 0 else None}
        for a, arm in enumerate(arms)
        for i in range(12)
        for v, (visit, value) in enumerate(
            zip(
                visits,
                (30.0, 30.0 - 3 * (i % 5), 30.0 - 4 * (i % 7) * (a < 1) - 20 * (a > 0)),
                strict=True,
            )
        )
    ]
    types = {"AVISIT": pl.Enum(visits), "TRT01P": pl.Enum(arms), "ABLFL": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=types)
    early, half = Response(at_least=0.2), Response(at_least=0.5)
    asked: dict[str, Any] = {"missing": ["nri", "observed"], "early_missing": "observed"}
    if by is None:
        asked["allow"] = "one panel is drawn"
    return estimate_early_improvement(frame, "MADRS", early, "4 h", half, "Day 7", by, **asked)


def every_kind(names: tuple[str, ...]) -> dict[str, Result]:
    """Return the results that have a figure; the outcome and the markers have these names."""
    first, second = names[:2]
    frame = sheet().rename({"ANX": first, "AGE": second})
    roc = {"direction": "higher", "outcome": "y", "cutoffs": {first: (20, 30)}}
    named = frame.rename({"y": f"{first} {second}"})
    outcome = f"{first} {second}"
    return {
        "early improvement": early_rule(names),
        "roc": estimate_roc(frame, (first, second), **roc),
        "calibration": estimate_calibration(named, "p", outcome=outcome, groups=4),
        "net benefit": estimate_net_benefit(
            named, "p", outcome=outcome, thresholds=[0.2, 0.3, 0.4, 0.5, 0.6]
        ),
    }
