"""Thresholds crossed: in how many subjects, and at how many infusions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.infusions.clustered import METHOD_SHARE, clustered_share
from ketanalysis.infusions.courses import UNIT, Windows, within
from ketanalysis.infusions.exposure import ALL, KEYS
from ketanalysis.infusions.readings import Readings
from ketanalysis.infusions.summaries import number_or_none
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.threshold import AnyThreshold, Threshold

SCHEMA = {
    "threshold": pl.String,
    "infusion": pl.String,
    "basis": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "n_missing": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
SUBJECTS, INFUSIONS = "subjects", "infusions"


def judged_infusions(
    readings: Readings,
    courses: pl.DataFrame,
    windows: Windows,
    threshold: Threshold | AnyThreshold,
) -> pl.DataFrame:
    """Return each infusion with ``met``: whether it crosses the threshold, null if not known.

    A level needs a reading after the start, a rise or fall the pre-infusion value too. Where
    any of several is crossed, what is not known of the others does not matter.
    """
    judged = readings.exposure.infusions
    names = [f"part {number}" for number in range(len(threshold.parts))]
    after = within(readings.rows, windows).filter(pl.col("minutes") > 0)
    before = courses.select(*UNIT, "pre")
    for name, part in zip(names, threshold.parts, strict=True):
        own = after.filter(pl.col("PARAMCD") == part.parameter).join(before, on=UNIT, how="left")
        pre = own["pre"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        crossed = part.crossed(own["AVAL"].to_numpy(), pre)
        if part.is_change:
            own, crossed = own.filter(~np.isnan(pre)), crossed[~np.isnan(pre)]
        met = own.with_columns(pl.Series(name, crossed)).group_by(KEYS).agg(pl.col(name).any())
        judged = judged.join(met, on=KEYS, how="left")
    return judged.with_columns(met=pl.any_horizontal(names)).drop(names).sort(KEYS)


def crossing_rows(
    judged: pl.DataFrame,
    threshold: Threshold | AnyThreshold,
    by: Sequence[str],
    *,
    ci: str,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    """Yield one row a group, infusion number and basis (subjects, infusions)."""
    has_several = judged["EXSEQ"].n_unique() > 1
    for key, group in groups_of(judged, by):
        where = {**key, "threshold": threshold.words}
        for number, part in group.sort("EXSEQ").group_by("EXSEQ", maintain_order=True):
            yield where | {"infusion": str(number[0])} | _subjects(part, ci, conf_level)
        if has_several:
            yield where | {"infusion": ALL} | _subjects(group, ci, conf_level)
            yield where | {"infusion": ALL} | _infusions(group, conf_level)


def groups_of(
    frame: pl.DataFrame, by: Sequence[str]
) -> Iterator[tuple[dict[str, Any], pl.DataFrame]]:
    """Yield the groups of the by-columns in their order, each with its rows."""
    if not by:
        yield {}, frame
        return
    for values, group in frame.sort(by, maintain_order=True).group_by(by, maintain_order=True):
        yield dict(zip(by, values, strict=True)), group


def _subjects(group: pl.DataFrame, ci: str, conf_level: float) -> dict[str, Any]:
    """Count the subjects who crossed it at least once, of those who could be judged."""
    met = pl.col("met")
    each = group.group_by("USUBJID").agg(
        met.any(), is_judged=met.is_not_null().any(), lost=met.is_null().any()
    )
    judged = each.filter("is_judged")
    count, n = int(judged["met"].sum()), judged.height
    low, high = (float(end) for end in proportion_interval(count, n, ci, conf_level))
    partly = judged.filter(~pl.col("met").fill_null(False) & pl.col("lost")).height
    return {
        "basis": SUBJECTS,
        "count": count,
        "n": n,
        "n_missing": each.height - n,
        "estimate": count / n if n else None,
        "std_error": None,
        "conf_low": number_or_none(low),
        "conf_high": number_or_none(high),
        "method": ci,
        "note": _subject_note(n, partly),
    }


def _subject_note(n: int, partly: int) -> str:
    if not n:
        return "no subject could be judged"
    if not partly:
        return ""
    return (
        f"{partly} counted as not crossing {'has' if partly == 1 else 'have'} an infusion that "
        "could not be judged"
    )


def _infusions(group: pl.DataFrame, conf_level: float) -> dict[str, Any]:
    """Count the infusions that crossed it; the infusions of one subject are not independent."""
    judged = group.drop_nulls("met")
    met = judged["met"].to_numpy().astype(bool)
    share = clustered_share(met, judged["subject"].to_numpy(), conf_level)
    return {
        "basis": INFUSIONS,
        "count": int(met.sum()),
        "n": len(met),
        "n_missing": group.height - len(met),
        "estimate": number_or_none(share.estimate),
        "std_error": number_or_none(share.std_error),
        "conf_low": number_or_none(share.conf_low),
        "conf_high": number_or_none(share.conf_high),
        "method": METHOD_SHARE,
        "note": _infusion_note(met, share.conf_low),
    }


def _infusion_note(met: Any, low: float) -> str:
    if not len(met):
        return "no infusion could be judged"
    if not np.isnan(low):
        return ""
    if not met.any() or met.all():
        which = "every" if met.all() else "no"
        return f"{which} infusion crosses it: no clustered interval; see the row of subjects"
    return "the subjects do not differ, or there is one: no clustered interval"
