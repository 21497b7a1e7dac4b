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


def early(scores: pl.DataFrame, by: str | None = "TRT01P") -> EarlyImprovementResult:
    """Return a fifth less at the second visit by a third less at the last; some cells are empty."""
    dtype: Any = scores["AVISIT"].dtype
    _, second, *_, last = dtype.categories
    rules = Response(at_least=0.2), second, Response(at_least=1 / 3), last
    given: dict[str, Any] = {"missing": "nri", "early_missing": "observed", "allow": "one panel"}
    return estimate_early_improvement(scores, "MADRS", *rules, by, **given)


def every_kind(names: tuple[str, ...]) -> dict[str, Result]:
    """Return the results that have a figure; the outcome and the markers have these names."""
    first, second = names[:2]
    frame = sheet().rename({"ANX": first, "AGE": second})
    roc = {"direction": "higher", "outcome": "y", "cutoffs": {first: (20, 30)}}
    named = frame.rename({"y": f"{first} {second}"})
    outcome = f"{first} {second}"
    return {
        "roc": estimate_roc(frame, (first, second), **roc),
        "calibration": estimate_calibration(named, "p", outcome=outcome, groups=4),
        "net benefit": estimate_net_benefit(
            named, "p", outcome=outcome, thresholds=[0.2, 0.3, 0.4, 0.5, 0.6]
        ),
    }
