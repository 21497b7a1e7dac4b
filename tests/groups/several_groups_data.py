"""The data sets of tests/oracle/several_groups.R; the first group is the reference."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.comparison_result import ComparisonResult
from ketanalysis.groups.groups import compare_groups

NAN = float("nan")
# fmt: off
SEVERAL: dict[str, dict[str, list[float]]] = {
    "ties_and_zeros": {
        "placebo": [0, 0, 0, 5, 5, 10, 0, 15, 20, 5, 0],
        "low": [0, 10, 20, 20, 35, 40, 55, 10],
        "high": [30, 45, 60, 20, 70, 85, 90, 100, 5, 40],
    },
    "missing": {
        "placebo": [31, 28.5, NAN, 25, 33, 27.25, NAN, 30],
        "low": [22, 27, 24.5, NAN, 29, 18],
        "high": [20.5, 15, NAN, 22, 12.75, 19, 24, NAN],
        "highest": [17, 21, 9.5, 14],
    },
    "unbalanced": {
        "placebo": [12, 15, 9, 11, 14, 18, 7, 13, 16, 12, 10, 15, 17, 8, 12, 13, 11, 19, 14, 10, 9],
        "low": [10, 8, 14, 6, 9],
        "high": [4, 11, 7],
    },
    "four_small": {"a": [1, 2, 4], "b": [3, 5, 9], "c": [2, 2, 7]},
}
COVARIATES: dict[str, dict[str, list[object]]] = {
    "ties_and_zeros": {
        "base": [20, 35, 10, 40, 30, 55, 25, 60, 45, 30, 15, 35, 50, 45, 60, 70, 65, 80, 40, 55,
                 60, 75, 40, 80, 95, 90, 85, 30, 50],
        "site": list("ABABCABCABCAABCBACBACBACBACBA"),
    },
    "unbalanced": {
        "base": [25, 28, 20, 24, 27, 33, 19, 26, 29, 25, 22, 28, 30, 18, 24, 27, 23, 35, 28, 21,
                 20, 24, 19, 30, 17, 21, 16, 25, 20],
        "site": list("ABAABBABBAABAABBABAABABBAABAB"),
    },
}
# fmt: on


def frame_of(name: str) -> pl.DataFrame:
    """Return a data set as a frame: subject, arm (an Enum in order), score, covariates."""
    groups = SEVERAL[name]
    frame = pl.DataFrame(
        {
            "arm": [arm for arm, values in groups.items() for _ in values],
            "score": [float(v) for values in groups.values() for v in values],
        },
        schema_overrides={"arm": pl.Enum(list(groups))},
    ).with_row_index("USUBJID")
    covariates = COVARIATES.get(name, {})
    return frame.with_columns(
        pl.col("USUBJID").cast(pl.String), **{k: pl.Series(v) for k, v in covariates.items()}
    )


def compared(name: str = "unbalanced", **options: Any) -> ComparisonResult:
    """Compare the scores of a data set, or of a frame, by arm; the first arm is the reference."""
    frame = options.pop("frame", None)
    frame = frame_of(name) if frame is None else frame
    reference = options.pop("reference", next(iter(SEVERAL[name])))
    return compare_groups(frame, "score", "arm", reference=reference, **options)


def refusal(kind: type[Exception] = ArgumentError, **options: Any) -> str:
    """Return what `compared` says when it refuses."""
    with pytest.raises(kind) as error:
        compared(**options)
    return str(error.value)
