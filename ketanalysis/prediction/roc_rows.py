"""The rows of ROC curves: areas, curves, what cut-offs do, differences of areas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.groups.resampling import Draws
from ketanalysis.prediction.accuracy import Counts, accuracy, rows_of
from ketanalysis.prediction.curve import best_cutoff, points
from ketanalysis.prediction.delong import (
    Area,
    AreaTest,
    area,
    difference_interval,
    interval,
    paired_test,
    unpaired_test,
)
from ketanalysis.prediction.subjects import Subjects

Floats = NDArray[np.float64]

DIRECTIONS = {"higher": 1.0, "lower": -1.0}
YOUDEN = "youden"
NOT_VALIDATED = (
    "Not validated: the cut-off was chosen in the subjects in whom it is tried. Optimism was "
    "estimated in {n:,} resamples; a cut-off needs other subjects before it is used."
)
MARKERS: dict[str, Any] = {
    "marker": pl.String,
    "direction": pl.String,
    **dict.fromkeys(("n", "n_event"), pl.Int64),
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("method", "note"), pl.String),
}
CURVE: dict[str, Any] = {
    "marker": pl.String,
    **dict.fromkeys(("cutoff", "sensitivity", "specificity"), pl.Float64),
}
CUTOFFS: dict[str, Any] = {
    "marker": pl.String,
    "cutoff": pl.Float64,
    "chosen": pl.String,
    "measure": pl.String,
    **dict.fromkeys(("count", "n"), pl.Int64),
    **dict.fromkeys(("estimate", "conf_low", "conf_high", "optimism", "corrected"), pl.Float64),
    **dict.fromkeys(("method", "note"), pl.String),
}
CONTRASTS: dict[str, Any] = {
    **dict.fromkeys(("marker", "contrast"), pl.String),
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("statistic", "df", "p_value"), pl.Float64),
    **dict.fromkeys(("test", "note"), pl.String),
}


class Plan(NamedTuple):
    """Markers with their directions and cut-offs, and the methods."""

    markers: tuple[str, ...]
    directions: dict[str, str]
    cutoffs: dict[str, tuple[float | str, ...]]
    ci: str
    cutoff_ci: str
    conf_level: float
    draws: Draws


Group = tuple[dict[str, Any], pl.DataFrame, NDArray[np.bool_]]


def groups_of(subjects: Subjects, columns: tuple[str, ...]) -> Iterator[Group]:
    """Yield each group of the by-columns: its key, its subjects' values, who had the event."""
    if not columns:
        yield {}, subjects.rows, subjects.event
        return
    keys = subjects.rows.select(columns).unique().sort(columns)
    codes = subjects.rows.join(
        keys.with_row_index("code"), on=columns, how="left", maintain_order="left"
    )["code"].to_numpy()
    for place, key in enumerate(keys.iter_rows(named=True)):
        mine = codes == place
        yield key, subjects.rows.filter(mine), subjects.event[mine]


def _marker(rows: pl.DataFrame, name: str, plan: Plan) -> Floats:
    """Return a marker turned so that higher values mean the event."""
    values = rows[name].cast(pl.Float64).to_numpy()
    return np.asarray(DIRECTIONS[plan.directions[name]] * values)


def areas_of(rows: pl.DataFrame, event: NDArray[np.bool_], plan: Plan) -> dict[str, Area]:
    """Return the area of each marker in one group."""
    return {name: area(_marker(rows, name, plan), event) for name in plan.markers}


def area_rows(
    areas: Sequence[tuple[dict[str, Any], dict[str, Area]]], plan: Plan
) -> Iterator[dict[str, Any]]:
    """Yield one row a group and marker."""
    for key, found in areas:
        for name, one in found.items():
            low, high, reason = interval(one, plan.ci, plan.conf_level)
            # Without an interval the variance is 0 or unknown; a standard error of 0 would read
            # as certainty.
            error = math.nan if reason else math.sqrt(one.variance)
            numbers = {"estimate": one.auc, "std_error": error}
            numbers |= {"conf_low": low, "conf_high": high}
            yield {
                **key,
                "marker": name,
                "direction": plan.directions[name],
                "n": one.n,
                "n_event": len(one.cases),
                **_without_nan(numbers),
                "method": plan.ci,
                "note": reason,
            }


def _without_nan(numbers: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in numbers.items()}


def curve_rows(groups: Sequence[Group], plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield one row a group, marker and distinct value."""
    for key, rows, event in groups:
        for name in plan.markers:
            sign = DIRECTIONS[plan.directions[name]]
            found = points(_marker(rows, name, plan), event)
            for cutoff, sensitivity, specificity in zip(*found, strict=True):
                line = {"marker": name, "cutoff": sign * float(cutoff) + 0.0}
                yield {
                    **key,
                    **line,
                    "sensitivity": float(sensitivity),
                    "specificity": float(specificity),
                }


def cutoff_rows(
    key: dict[str, Any], rows: pl.DataFrame, event: NDArray[np.bool_], plan: Plan
) -> Iterator[dict[str, Any]]:
    """Yield what each cut-off does in one group."""
    for name in plan.markers:
        sign = DIRECTIONS[plan.directions[name]]
        turned = _marker(rows, name, plan)
        for cutoff in plan.cutoffs[name]:
            head = {**key, "marker": name}
            if isinstance(cutoff, str):
                yield from ({**head, **line} for line in _youden(turned, event, sign, plan))
                continue
            positive = turned >= sign * cutoff
            cells = (positive & event, positive & ~event, ~positive & event, ~positive & ~event)
            counts = Counts(*(int(cell.sum()) for cell in cells))
            for row in rows_of(accuracy(counts, plan.cutoff_ci, plan.conf_level)):
                yield {**head, "cutoff": float(cutoff), "chosen": "stated", **row}


def _youden(
    turned: Floats, event: NDArray[np.bool_], sign: float, plan: Plan
) -> Iterator[dict[str, Any]]:
    if event.all() or not event.any():
        return
    found = best_cutoff(turned, event, plan.draws)
    names = ("sensitivity", "specificity", "Youden index")
    for name, apparent, optimism in zip(names, found.apparent, found.optimism, strict=True):
        yield {
            "cutoff": sign * found.cutoff + 0.0,
            "chosen": YOUDEN,
            "measure": name,
            "n": len(event),
            "estimate": float(apparent),
            **_without_nan({"optimism": optimism, "corrected": float(apparent - optimism)}),
            "method": plan.draws.words("resamples"),
            "note": NOT_VALIDATED.format(n=found.n_resamples),
        }


def contrast_rows(
    areas: Sequence[tuple[dict[str, Any], dict[str, Area]]], plan: Plan, columns: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the differences of markers within groups, then of groups."""
    first = plan.markers[0]
    for key, found in areas:
        for name in plan.markers[1:]:
            test = paired_test(found[name], found[first])
            label = {"marker": f"{name}, {first}", "contrast": f"{name} - {first}"}
            yield {**key, **label, **_test_row(test, "delong-paired", plan)}
    reference_key, reference = areas[0]
    for key, found in areas[1:]:
        for name in plan.markers:
            test = unpaired_test(found[name], reference[name])
            pair = [" / ".join(str(one[c]) for c in columns) for one in (key, reference_key)]
            label = {"marker": name, "contrast": f"{pair[0]} - {pair[1]}"}
            yield {**key, **label, **_test_row(test, "delong-unpaired", plan)}


def _test_row(test: AreaTest, name: str, plan: Plan) -> dict[str, Any]:
    low, high = difference_interval(test, plan.conf_level)
    numbers = {
        "estimate": test.estimate,
        "std_error": test.std_error,
        "conf_low": low,
        "conf_high": high,
        "statistic": test.statistic,
        "df": test.df,
        "p_value": test.p_value,
    }
    return {**_without_nan(numbers), "test": name, "note": test.reason}
