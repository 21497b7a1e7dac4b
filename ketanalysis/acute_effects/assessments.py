"""Ratings taken around an infusion: which infusion each belongs to, and which time point it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.frames import to_polars
from ketanalysis.infusion_clock import MINUTES
from ketanalysis.trial import Trial

Points = Mapping[str, tuple[float, float]]
UNIT = "points"


def ratings(
    data: Any, scale: str, points: Points | None, pre_within: float, until: float | None
) -> Any:
    """Return the data with the ratings of a scale as readings, in ADVS columns.

    A trial comes back with them in `advs`, a frame as a frame. Each rating of a trial belongs to
    the last infusion that started before it, or starts within `pre_within` minutes after it, if
    it is no later than `until` minutes after that start.
    """
    windows = _checked(points)
    if isinstance(data, Trial):
        return replace(data, advs=_pointed(_of_trial(data, scale, pre_within, until), windows))
    frame = to_polars(data, "data")
    if "EXSEQ" not in frame.columns:
        raise ArgumentError(
            "data needs the column EXSEQ, the number of the infusion (1 where there was one); it "
            f"has {listed(frame.columns, 20)}."
        )
    if "ARRLT" not in frame.columns and "AFRLT" not in frame.columns:
        raise ArgumentError(
            "data needs the column ARRLT, hours since the start of its own infusion (40 minutes "
            f"are 0.6667, negative before it), or AFRLT; it has {listed(frame.columns, 20)}."
        )
    frame = frame.drop([c for c in ("AVALU",) if c in frame.columns])
    return _pointed(frame.with_columns(AVALU=pl.lit(UNIT)), windows)


def _checked(points: Points | None) -> dict[str, tuple[float, float]]:
    found = {}
    for name, window in (points or {}).items():
        ends = tuple(window) if isinstance(window, tuple | list) else ()
        if len(ends) != 2 or not float(ends[0]) <= float(ends[1]):
            raise ArgumentError(
                f"points[{name!r}] must be (from, to) in minutes since the start, not {window!r}."
            )
        found[str(name)] = (float(ends[0]), float(ends[1]))
    ordered = sorted(found.items(), key=lambda one: one[1])
    for (first, one), (second, other) in pairwise(ordered):
        if other[0] <= one[1]:
            raise ArgumentError(
                f"points must not overlap: {first!r} ends at {one[1]:g} minutes and {second!r} "
                f"begins at {other[0]:g}."
            )
    return found


def _of_trial(trial: Trial, scale: str, pre_within: float, until: float | None) -> pl.DataFrame:
    if trial.adex is None:
        raise ArgumentError("The trial holds no infusions: give as_trial(..., infusions=).")
    if until is None:
        raise ArgumentError(
            "until= must be written for a trial: how many minutes after the start of an infusion a "
            "rating still belongs to it. Later ones are ratings of mood, not of the infusion."
        )
    scores = trial.scores(scale).filter(
        pl.col("AVAL").is_not_null() & pl.col("AFRLT").is_not_null()
    )
    starts = trial.adex.select("USUBJID", "EXSEQ", start=pl.col("AFRLT").cast(pl.Float64))
    opens = (pl.col("start") - pre_within / MINUTES).alias("opens")
    starts = starts.drop_nulls("start").with_columns(opens).sort("opens")
    asked = scores.with_columns(pl.col("AFRLT").cast(pl.Float64)).sort("AFRLT")
    found = asked.join_asof(
        starts,
        left_on="AFRLT",
        right_on="opens",
        by="USUBJID",
        strategy="backward",
        check_sortedness=False,
    )
    since = ((pl.col("AFRLT") - pl.col("start")) * MINUTES).round(6)
    is_own = since <= until
    return found.select(
        "USUBJID",
        pl.col("PARAMCD").cast(pl.String),
        pl.when(is_own).then("EXSEQ").alias("EXSEQ"),
        "AFRLT",
        (since / MINUTES).alias("ARRLT"),
        pl.col("AVAL").cast(pl.Float64),
        AVALU=pl.lit(UNIT),
    )


def _pointed(rows: pl.DataFrame, windows: dict[str, tuple[float, float]]) -> pl.DataFrame:
    """Name the time point of each rating by the window that it was taken in."""
    if not windows:
        return rows
    since = (pl.col("ARRLT").cast(pl.Float64) * MINUTES).round(6)
    name, number = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Float64)
    for point, (low, high) in windows.items():
        is_in = since.is_between(low, high)
        name = pl.when(is_in).then(pl.lit(point)).otherwise(name)
        number = pl.when(is_in).then(pl.lit(low)).otherwise(number)
    return rows.with_columns(ATPT=name, ATPTN=number)
