"""What each subject reaches of every threshold of improvement, and the area under the curve.

The thresholds are whole per cents, each decided exactly; the curve itself falls where somebody's
improvement lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.comparison import improvement_holds
from ketanalysis.definitions import Response
from ketanalysis.grid import Grid, Groups
from ketanalysis.groups.two_samples import welch
from ketanalysis.rates.contrasts import has_order, reference_of
from ketanalysis.rates.criteria import obstacles, scale_shape
from ketanalysis.rates.handling import Counted, audit_rows, count_judged
from ketanalysis.rates.response import AUDIT

Floats = NDArray[np.float64]
PER_CENTS = range(101)
DIGITS = 12  # of a share: what differs less is one improvement
MEAN = "mean improvement, 0 to 100 %"
AREA = "area between the curves"
ROWS = {
    "missing": pl.String,
    "threshold": pl.Float64,
    "count": pl.Int64,
    "n": pl.Int64,
}
AREAS = {
    "missing": pl.String,
    "contrast": pl.String,
    "measure": pl.String,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}


class Reached(NamedTuple):
    """What each subject reaches under one handling of missing scores.

    ``at`` has shape (101, n): whether each whole per cent is reached; ``gain`` (n,) is the
    improvement as a share, NaN where there is none; ``is_counted`` (n,) the denominator.
    """

    at: NDArray[np.bool_]
    gain: Floats
    is_counted: NDArray[np.bool_]
    counted: Counted


def reached_by(grid: Grid, rule: Response, row: int, handling: str) -> Reached:
    """Return what each subject reaches at the visit in this row of the scores."""
    counted = count_judged(grid, lambda scores: ~np.isnan(scores), obstacles(grid, rule), handling)
    usable = counted.met[row]
    scores = (grid.carried_forward() if handling == "locf" else grid.scores)[row]
    floor, higher_is_worse = scale_shape(grid.scale, rule)
    at = np.stack(
        [
            usable
            & improvement_holds(
                scores,
                grid.baseline,
                per_cent / 100,
                "at_least",
                floor=floor,
                higher_is_worse=higher_is_worse,
            )
            for per_cent in PER_CENTS
        ]
    )
    room = np.where(grid.baseline > floor, grid.baseline - floor, np.nan)
    gain = (grid.baseline - scores if higher_is_worse else scores - grid.baseline) / room
    is_counted = np.asarray(counted.counted[row])
    return Reached(at, np.where(usable, np.round(gain, DIGITS), np.nan), is_counted, counted)


def share_rows(
    reached: Mapping[str, Reached], groups: Groups, keys: Mapping[str, Any]
) -> pl.DataFrame:
    """Return how many of each group reach each whole per cent, a handling after the other."""
    rows = [
        {
            **key,
            "missing": handling,
            "threshold": per_cent / 100,
            "count": np.count_nonzero(one.at[per_cent] & mask),
            "n": np.count_nonzero(one.is_counted & mask),
        }
        for handling, one in reached.items()
        for key, mask in groups
        for per_cent in PER_CENTS
    ]
    return pl.DataFrame(rows, schema={**keys, **ROWS})


def reason_rows(
    reached: Mapping[str, Reached],
    groups: Groups,
    keys: Mapping[str, Any],
    visit: str,
    row: int,
) -> pl.DataFrame:
    """Return who is in and out of each group, by reason, at the visit in this row."""
    rows = [
        found
        for handling, one in reached.items()
        for found in audit_rows(one.counted, groups, {visit: row}, handling)
    ]
    return pl.DataFrame(rows, schema={**keys, **AUDIT})


def step_rows(
    reached: Mapping[str, Reached], groups: Groups, keys: Mapping[str, Any]
) -> pl.DataFrame:
    """Return the exact curves: at each threshold the share that reaches it, falling just after."""
    rows: list[dict[str, Any]] = []
    for handling, one in reached.items():
        for key, mask in groups:
            n = np.count_nonzero(one.is_counted & mask)
            gain = one.gain[mask & one.is_counted]
            inside = np.unique(gain[(gain > 0) & (gain < 1)])
            for threshold in (0.0, *inside.tolist(), 1.0):
                share = np.count_nonzero(gain >= threshold) / n if n else None
                where = {**key, "missing": handling, "threshold": threshold}
                rows.append(where | {"estimate": share})
    columns = {"missing": pl.String, "threshold": pl.Float64, "estimate": pl.Float64}
    return pl.DataFrame(rows, schema={**keys, **columns})


def area_rows(
    reached: Mapping[str, Reached],
    groups: Groups,
    columns: tuple[str, ...],
    keys: Mapping[str, Any],
    conf_level: float,
) -> pl.DataFrame:
    """Return the mean improvement of each group, then the area between each and the first."""
    means: list[dict[str, Any]] = []
    between: list[dict[str, Any]] = []
    is_ordered = bool(groups and columns) and has_order(
        pl.Series([key[columns[0]] for key, _ in groups], dtype=keys[columns[0]])
    )
    for handling, one in reached.items():
        gains = [_cut(one, mask) for _, mask in groups]
        for (key, _), gain in zip(groups, gains, strict=True):
            mean = float(gain.mean()) if len(gain) else None
            means.append({**key, "missing": handling, "measure": MEAN, "estimate": mean})
        if is_ordered:
            between += _between(groups, gains, columns, keys, handling, conf_level)
    return pl.DataFrame(means + between, schema={**keys, **AREAS})


def _cut(one: Reached, mask: NDArray[np.bool_]) -> Floats:
    """Return the improvements of a group cut off at 0 and 1, sorted; none is 0."""
    gain = np.nan_to_num(one.gain[mask & one.is_counted], nan=0.0)
    return np.sort(np.clip(gain, 0.0, 1.0))


def _between(
    groups: Groups,
    gains: Sequence[Floats],
    columns: tuple[str, ...],
    keys: Mapping[str, Any],
    handling: str,
    conf_level: float,
) -> list[dict[str, Any]]:
    first = columns[0]
    reference = reference_of(pl.Series([key[first] for key, _ in groups], dtype=keys[first]))
    theirs = {
        tuple(key[c] for c in columns[1:]): gain
        for (key, _), gain in zip(groups, gains, strict=True)
        if key[first] == reference
    }
    rows = []
    for (key, _), gain in zip(groups, gains, strict=True):
        if key[first] == reference:
            continue
        base = theirs.get(tuple(key[c] for c in columns[1:]), np.array([]))
        found = welch(gain, base, conf_level)
        both = len(gain) > 0 and len(base) > 0
        rows.append(
            {
                **key,
                "missing": handling,
                "contrast": f"{key[first]} - {reference}",
                "measure": AREA,
                "estimate": float(gain.mean() - base.mean()) if both else None,
                "conf_low": None if np.isnan(found.conf_low) else found.conf_low,
                "conf_high": None if np.isnan(found.conf_high) else found.conf_high,
                "method": "welch",
                "note": found.reason or "",
            }
        )
    return rows
