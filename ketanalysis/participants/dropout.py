"""Who was scored at each visit, who had left before, and who missed a visit between.

Simple counts: nothing is estimated, and the time between visits does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.participants.subject_rows import Group

Flags = NDArray[np.bool_]
ROWS: dict[str, Any] = {
    "AVISIT": pl.String,
    **dict.fromkeys(
        ("total", "n_scored", "n_intermittent", "n_left", "n_never", "n_ongoing", "n_last"),
        pl.Int64,
    ),
}
PATTERNS: dict[str, Any] = {
    **dict.fromkeys(("pattern", "kind"), pl.String),
    **dict.fromkeys(("count", "total"), pl.Int64),
}
SEEN, NOT_SEEN = "X", "."


@dataclass(frozen=True, eq=False)
class Seen:
    """Who was scored when.

    Attributes
    ----------
    visits
        Visits at which anybody was scored, in order.
    seen
        Shape (n_visits, n): whether each subject has a score at each visit.
    ongoing
        Shape (n,): who is still in the study, so that later visits are not yet due.
    scale
        PARAMCD, or "" for any scale.
    """

    visits: tuple[str, ...]
    seen: Flags
    ongoing: Flags
    scale: str = ""

    @property
    def last(self) -> NDArray[np.int64]:
        """The place of each subject's last score among the visits, -1 for none, shape (n,)."""
        n_visits = len(self.visits)
        back = np.argmax(self.seen[::-1], axis=0)
        return np.where(self.seen.any(axis=0), n_visits - 1 - back, -1).astype(np.int64)


def read_seen(
    scores: pl.DataFrame, subjects: pl.Series, order: Sequence[str], scale: str, ongoing: Flags
) -> Seen:
    """Return who was scored when, for subjects in the order of `subjects`, shape (n,)."""
    scored = scores.filter(pl.col("AVAL").is_not_null())
    held = set(scored["AVISIT"].unique().cast(pl.String))
    visits = [visit for visit in order if visit in held]
    place = pl.DataFrame({"USUBJID": subjects}).with_row_index("column")
    rows = scored.select("USUBJID", pl.col("AVISIT").cast(pl.String)).join(
        place, on="USUBJID", how="inner"
    )
    number = {visit: i for i, visit in enumerate(visits)}
    at = rows["AVISIT"].replace_strict(number, return_dtype=pl.Int64)
    seen = np.zeros((len(visits), len(subjects)), dtype=bool)
    seen[at.to_numpy(), rows["column"].to_numpy()] = True
    return Seen(tuple(visits), seen, ongoing, scale)


def dropout_rows(held: Seen, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return a row a group and visit (`ROWS`), with the by-columns.

    All of a group (`total`) are scored at the visit, or scored later but not now (intermittent),
    or had their last score before (left, or ongoing where they are still in the study), or were
    never scored. `n_last` of those scored have their last score here.
    """
    rows = []
    last = held.last
    for group in groups:
        mine = group.members
        never = int((mine & (last < 0)).sum())
        for visit, name in enumerate(held.visits):
            now = held.seen[visit]
            gone = mine & (last >= 0) & (last < visit)
            rows.append(
                {
                    **group.keys,
                    "AVISIT": name,
                    "total": group.n,
                    "n_scored": int((mine & now).sum()),
                    "n_intermittent": int((mine & ~now & (last > visit)).sum()),
                    "n_left": int((gone & ~held.ongoing).sum()),
                    "n_never": never,
                    "n_ongoing": int((gone & held.ongoing).sum()),
                    "n_last": int((mine & (last == visit)).sum()),
                }
            )
    return rows


def pattern_rows(held: Seen, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return the patterns of missing scores by group (`PATTERNS`), the most frequent first.

    A pattern has one sign a visit: X scored, . not. Its kind is "complete", "monotone" (nothing
    after the first missing visit), "intermittent" (a score after a missing one), "ongoing" (as
    monotone, and still in the study) or "never scored".
    """
    signs, which = np.unique(held.seen.T, axis=0, return_inverse=True)
    texts = ["".join(SEEN if x else NOT_SEEN for x in one) for one in signs]
    which = which.reshape(-1)
    rows = []
    for group in groups:
        counted: Counter[tuple[str, str]] = Counter()
        for is_ongoing in (False, True):
            mine = which[group.members & (held.ongoing == is_ongoing)]
            for i, n in enumerate(np.bincount(mine, minlength=len(texts)).tolist()):
                counted[texts[i], _kind(texts[i], is_ongoing)] += n
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        rows += [
            {**group.keys, "pattern": pattern, "kind": kind, "count": n, "total": group.n}
            for (pattern, kind), n in ordered
            if n
        ]
    return rows


def _kind(pattern: str, is_ongoing: bool) -> str:
    if SEEN not in pattern:
        return "never scored"
    if NOT_SEEN in pattern.rstrip(NOT_SEEN):
        return "intermittent"
    if NOT_SEEN not in pattern:
        return "complete"
    return "ongoing" if is_ongoing else "monotone"
