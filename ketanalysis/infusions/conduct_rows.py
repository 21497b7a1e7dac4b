"""Rows on the conduct of infusions: shares of subjects and of infusions, and numbers over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.infusions.clustered import METHOD_SHARE, clustered_share
from ketanalysis.infusions.exposure import ALL
from ketanalysis.infusions.summaries import number_or_none, summary
from ketanalysis.rates.proportions import proportion_interval

SUBJECTS, INFUSIONS = "subjects", "infusions"
SCHEMA = {
    "infusion": pl.String,
    "measure": pl.String,
    "level": pl.String,
    "basis": pl.String,
    "unit": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "n_infusions": pl.Int64,
    "n_missing": pl.Int64,
    "estimate": pl.Float64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "median": pl.Float64,
    "min": pl.Float64,
    "max": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
EMPTY: dict[str, Any] = {
    **dict.fromkeys(SCHEMA),
    **{"infusion": ALL, "level": "", "basis": SUBJECTS, "unit": "", "method": "", "note": ""},
}


def not_recorded(measure: str, why: str) -> dict[str, Any]:
    """Return the row of a measure that the data do not hold."""
    return EMPTY | {"measure": measure, "note": f"not recorded: {why}"}


def share_of_subjects(
    measure: str, count: int, n: int, ci: str, conf_level: float, **where: Any
) -> dict[str, Any]:
    """Return how many subjects of n, with the interval that was named."""
    low, high = (float(end) for end in proportion_interval(count, n, ci, conf_level))
    return EMPTY | {
        "measure": measure,
        "count": count,
        "n": n,
        "estimate": count / n if n else None,
        "conf_low": number_or_none(low),
        "conf_high": number_or_none(high),
        "method": ci,
        "note": "" if n else "no subjects",
        **where,
    }


def share_of_infusions(
    measure: str,
    met: NDArray[np.bool_],
    subject: NDArray[np.int64],
    conf_level: float,
    **where: Any,
) -> dict[str, Any]:
    """Return at how many infusions; the subjects are the sample of the interval."""
    share = clustered_share(met, subject, conf_level)
    has_none = np.isnan(share.conf_low)
    return EMPTY | {
        "measure": measure,
        "basis": INFUSIONS,
        "count": int(np.count_nonzero(met)),
        "n": len(np.unique(subject)),
        "n_infusions": len(met),
        "estimate": number_or_none(share.estimate),
        "std_error": number_or_none(share.std_error),
        "conf_low": number_or_none(share.conf_low),
        "conf_high": number_or_none(share.conf_high),
        "method": METHOD_SHARE,
        "note": "no interval: none, all, or no difference between subjects" if has_none else "",
        **where,
    }


def numbers_of_infusions(
    measure: str,
    values: NDArray[np.float64],
    subject: NDArray[np.int64],
    conf_level: float,
    **where: Any,
) -> dict[str, Any]:
    """Return the summary of a number over infusions, NaN where it is missing."""
    found = summary(values, subject, conf_level)
    return EMPTY | {"measure": measure, "basis": INFUSIONS, **found, **where}


def numbers_of_subjects(
    measure: str, values: NDArray[np.float64], conf_level: float, **where: Any
) -> dict[str, Any]:
    """Return the summary of a number over subjects, NaN where it is missing."""
    found = summary(values, np.arange(len(values)), conf_level)
    found["n_infusions"] = None
    note = found["note"].replace("no infusion has", "no subject has")
    return EMPTY | {"measure": measure, **found, "note": note, **where}


def counts_of(
    levels: pl.Series, measure: str, total: int, order: Sequence[str] = (), **where: Any
) -> Iterator[dict[str, Any]]:
    """Yield one row a level, in the order given, else the most frequent first.

    `total` is what they are a share of; a level that nobody has makes no row.
    """
    counts = dict(levels.drop_nulls().rename("level").value_counts(name="times").iter_rows())
    by_number = sorted(counts, key=lambda level: (-counts[level], level))
    for level in [one for one in order if one in counts] or by_number:
        yield EMPTY | {
            "measure": measure,
            "level": level,
            "count": counts[level],
            "estimate": counts[level] / total if total else None,
            **where,
        }
