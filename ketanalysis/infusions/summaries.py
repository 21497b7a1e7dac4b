"""Summaries of a number over infusions: mean, spread, median and extremes, with an interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketanalysis.infusions.clustered import METHOD_MEAN, clustered_mean

METHOD_T = "Student's t"
NUMBERS = ("mean", "sd", "std_error", "conf_low", "conf_high", "median", "min", "max")
NO_VALUE = "no infusion has the value"
ONE_SUBJECT = "one subject: no interval"
SAME = "all values are the same: no interval"


def summary(
    values: NDArray[np.float64], subject: NDArray[np.int64], conf_level: float
) -> dict[str, Any]:
    """Return the summary of a value of n infusions, NaN where it is missing; both shape (n,).

    The keys are n (subjects), n_infusions, n_missing, those of `NUMBERS`, method and note. The
    interval of the mean is Student's t with subjects as the sample: the ordinary one where each
    subject has one infusion, else the clustered one.
    """
    seen = ~np.isnan(values)
    known, whose = values[seen], subject[seen]
    n_subjects = len(np.unique(whose))
    row: dict[str, Any] = {
        "n": n_subjects,
        "n_infusions": len(known),
        "n_missing": int(np.count_nonzero(~seen)),
        **dict.fromkeys(NUMBERS),
        "method": METHOD_T if n_subjects == len(known) else METHOD_MEAN,
        "note": "",
    }
    if not len(known):
        return row | {"note": NO_VALUE}
    mean = clustered_mean(known, whose, conf_level)
    row |= {
        "mean": mean.estimate,
        "sd": float(np.sort(known).std(ddof=1)) if len(known) > 1 else None,
        "std_error": number_or_none(mean.std_error),
        "conf_low": number_or_none(mean.conf_low),
        "conf_high": number_or_none(mean.conf_high),
        "median": float(np.median(known)),
        "min": float(known.min()),
        "max": float(known.max()),
    }
    if row["conf_low"] is None:
        row |= {"std_error": None, "note": ONE_SUBJECT if n_subjects == 1 else SAME}
    return row


def number_or_none(value: float) -> float | None:
    """Return a number, or None for NaN."""
    return None if np.isnan(value) else float(value)
