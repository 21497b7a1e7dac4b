"""The numbers of the flow: each stage and each reason by group, and whether they add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.participants.flow import NO_REASON, REACHED, Known, Stage, status_of
from ketanalysis.participants.subject_rows import Group

ROWS: dict[str, Any] = {
    **dict.fromkeys(("stage", "reason"), pl.String),
    **dict.fromkeys(("count", "total"), pl.Int64),
}
CHECKS: dict[str, Any] = {
    "stage": pl.String,
    **dict.fromkeys(("total", "count", "n_out", "discrepancy"), pl.Int64),
}
Rows = list[dict[str, Any]]


def flow_rows(stages: Sequence[Stage], groups: Sequence[Group]) -> tuple[Rows, Rows]:
    """Return the rows of the flow (`ROWS`) and of its check (`CHECKS`), with the by-columns.

    The reason "reached" counts those who reached the stage, of those in the stage before; any
    other who did not. A stage counts everybody whom its column names,
    also outside the stage before: then the arrow does not add up, and `discrepancy` says by how
    many. Screening was before the arms: it has rows of all subjects only.
    """
    members = {stage.words: stage.members for stage in stages}
    rows: Rows = []
    checks: Rows = []
    for stage in stages:
        for group in groups:
            if stage.role == "screened" and group.keys:
                continue
            is_first = not stage.parent or (stage.role == "entered" and bool(group.keys))
            before = stage.members if is_first else members[stage.parent]
            reached = int((stage.members & group.members).sum())
            total = int((before & group.members).sum())
            key = {**group.keys, "stage": stage.words}
            rows.append({**key, "reason": REACHED, "count": reached, "total": total})
            if is_first:
                continue
            out = _reasons(stage, members[stage.parent], group)
            rows += [{**key, "reason": why, "count": n, "total": total} for why, n in out.items()]
            checks.append({**key, **_check(total, reached, sum(out.values()))})
    return rows, checks


def log_rows(
    entered: Stage, screened: int, not_entered: Mapping[str, int], keys: Sequence[str]
) -> tuple[Rows, Rows]:
    """Return the rows of a screening log, which counts people whom the data do not hold."""
    n = int(entered.members.sum())
    why = dict(not_entered) or {NO_REASON: screened - n}
    key = dict.fromkeys(keys)
    rows: Rows = [
        {**key, "stage": "screened", "reason": REACHED, "count": screened, "total": screened}
    ]
    rows += [
        {**key, "stage": entered.words, "reason": reason, "count": count, "total": screened}
        for reason, count in why.items()
    ]
    check = {**key, "stage": entered.words, **_check(screened, n, sum(why.values()))}
    return rows, [check]


def _reasons(stage: Stage, before: np.ndarray[Any, Any], group: Group) -> dict[str, int]:
    """Return how many of the group did not reach the stage, by reason.

    All reasons of the trial, the most frequent first, also where the group has none.
    """
    reasons = np.array(stage.reasons, dtype=object)
    everybody = before & ~stage.members
    names, counts = np.unique(reasons[everybody].astype(str), return_counts=True)
    order = np.lexsort((names, -counts))
    mine = reasons[everybody & group.members]
    return {str(names[i]): int((mine == names[i]).sum()) for i in order}


def _check(total: int, count: int, n_out: int) -> dict[str, int]:
    return {
        "total": total,
        "count": count,
        "n_out": n_out,
        "discrepancy": count + n_out - total,
    }


def flow_findings(checks: pl.DataFrame, by: str | None, parents: Mapping[str, str]) -> list[str]:
    """Say which arrows do not add up, and by how many."""
    found = []
    for row in checks.filter(pl.col("discrepancy") != 0).iter_rows(named=True):
        where = "" if by is None or row[by] is None else f" in {row[by]}"
        n, stage = abs(row["discrepancy"]), row["stage"]
        who, verb = f"{n} subject{'' if n == 1 else 's'}", "is" if n == 1 else "are"
        parent = parents.get(stage, "")
        what = (
            f"{who} counted as {stage} {verb} not counted as {parent}"
            if row["discrepancy"] > 0
            else f"{who} {verb} not accounted for"
        )
        found.append(
            f"The flow does not add up{where}: {row['total']} {parent}, but {row['count']} "
            f"{stage} and {row['n_out']} not: {what}."
        )
    return found


def data_findings(subjects: pl.DataFrame, known: Known) -> list[str]:
    """Say where two columns contradict each other about the same subjects."""
    found = []
    for status, reason in (("EOSSTT", "DCSREAS"), ("EOTSTT", "DCTREAS")):
        if {status, reason} <= set(subjects.columns):
            is_done = pl.Series([one == "COMPLETED" for one in status_of(subjects, status)])
            why = subjects[reason].cast(pl.String).str.strip_chars().fill_null("") != ""
            found += _say(is_done & why, f"{status} = COMPLETED and a reason in {reason}")
    if "EOSSTT" not in subjects.columns:
        return found
    held = pl.Series(status_of(subjects, "EOSSTT"), dtype=pl.String)
    if "COMPLFL" in subjects.columns:
        flag = subjects["COMPLFL"].cast(pl.String)
        done = held == "COMPLETED"
        differs = (done & (flag == "N")) | (~done & (held != "") & (flag == "Y"))
        found += _say(differs.fill_null(False), "EOSSTT and COMPLFL that contradict each other")
    if known.left is not None:
        left = pl.Series([bool(event) for event in known.left])
        what = "EOSSTT = COMPLETED and a discontinuation or death in ADICE"
        found += _say((held == "COMPLETED") & left, what)
    return found


def _say(who: pl.Series, what: str) -> list[str]:
    n = int(who.sum())
    return [f"{n} subject{' has' if n == 1 else 's have'} {what}."] if n else []
