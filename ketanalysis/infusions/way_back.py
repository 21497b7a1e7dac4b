"""The way back to the pre-infusion value: at how many infusions it was seen, and when.

Readings are minutes apart, so the return lies between the last reading that was not yet back
and the first that was: what is reported is when it was *seen*. Infusions without a seen return
count as later than all others, and the median does not exist where it would depend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.infusions.courses import NOT_SEEN, RETURNED, STAYED
from ketanalysis.infusions.crossings import groups_of
from ketanalysis.infusions.exposure import ALL

SCHEMA = {
    "PARAMCD": pl.String,
    "infusion": pl.String,
    "n": pl.Int64,
    "n_infusions": pl.Int64,
    "n_missing": pl.Int64,
    "n_stayed": pl.Int64,
    "n_returned": pl.Int64,
    "n_not_returned": pl.Int64,
    "median": pl.Float64,
    "min": pl.Float64,
    "max": pl.Float64,
    "note": pl.String,
}
NOBODY_LEFT = "no reading was outside the margin"
TOO_FEW = "fewer than half of those outside the margin were seen to return: no median"
ENDED_EARLY = "readings that ended before the return could be seen leave the median open"


def way_back_rows(courses: pl.DataFrame, by: Sequence[str]) -> list[dict[str, Any]]:
    """Return one row a group, parameter and infusion number, and one for all infusions."""
    has_several = courses["EXSEQ"].n_unique() > 1
    rows = []
    for key, group in groups_of(courses, by):
        for name, part in group.group_by("PARAMCD", maintain_order=True):
            where = {**key, "PARAMCD": name[0]}
            for number, one in part.sort("EXSEQ").group_by("EXSEQ", maintain_order=True):
                rows.append(where | {"infusion": str(number[0])} | way_back(one))
            if has_several:
                rows.append(where | {"infusion": ALL} | way_back(part))
    return rows


def way_back(courses: pl.DataFrame) -> dict[str, Any]:
    """Return how many infusions left the margin and were seen to return, and when."""
    judged = courses.filter(pl.col("way_back").is_not_null())
    by_status = dict(judged["way_back"].value_counts().iter_rows())
    count = {name: by_status.get(name, 0) for name in (STAYED, RETURNED, NOT_SEEN)}
    seen = np.sort(judged["return_at"].drop_nulls().to_numpy())
    open_ends = judged.filter(pl.col("way_back") == NOT_SEEN)["last_minutes"].to_numpy()
    median, note = seen_median(seen, open_ends)
    return {
        "n": judged["USUBJID"].n_unique(),
        "n_infusions": judged.height,
        "n_missing": courses.height - judged.height,
        "n_stayed": count[STAYED],
        "n_returned": count[RETURNED],
        "n_not_returned": count[NOT_SEEN],
        "median": median,
        "min": float(seen[0]) if len(seen) else None,
        "max": float(seen[-1]) if len(seen) else None,
        "note": note,
    }


def seen_median(seen: Any, open_ends: Any) -> tuple[float | None, str]:
    """Return the median minute of return over all that left the margin, or why there is none.

    `seen` holds the minutes of the returns, sorted, shape (m,); `open_ends` the last reading of
    each infusion without one, shape (k,).
    """
    whole = np.concatenate([seen, np.full(len(open_ends), np.inf)])
    if not len(whole):
        return None, NOBODY_LEFT
    median = float(np.median(whole)) if np.isfinite(whole).any() else float("inf")
    if not np.isfinite(median):
        return None, TOO_FEW
    if len(open_ends) and open_ends.min() < median:
        return None, ENDED_EARLY
    return median, ""
