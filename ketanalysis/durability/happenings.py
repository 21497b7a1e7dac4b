"""What happens to subjects beside their scores: infusions and intercurrent events, in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.durability.runs import SLACK, Floats
from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.population import places_of
from ketanalysis.trial import Trial

FURTHER = "further infusion"


@dataclass(frozen=True)
class Happenings:
    """Infusions or intercurrent events of the grid's subjects, in order of subject and time.

    Arrays of shape (m,): the subject's column in the grid, the hour (NaN where unknown), and
    what, as a place in `kinds`.
    """

    subject: NDArray[np.int64]
    hour: Floats
    code: NDArray[np.int64]
    kinds: tuple[str, ...]

    @property
    def kind(self) -> NDArray[np.object_]:
        """What each one is, shape (m,)."""
        return np.asarray(self.kinds, dtype=object)[self.code]

    def among(self, kinds: tuple[str, ...]) -> Happenings:
        """Return those of some kinds only."""
        kept = np.isin(self.code, [i for i, kind in enumerate(self.kinds) if kind in kinds])
        return Happenings(self.subject[kept], self.hour[kept], self.code[kept], self.kinds)

    def first_after(self, start: Floats, stop: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return when and what (in `kinds`) happened first after `start`, until `stop`.

        Both have shape (n,); infinite and -1 for none.
        """
        when, what = np.full(len(start), np.inf), np.full(len(start), -1, dtype=np.int64)
        kept = self.hour > start[self.subject] + SLACK
        kept &= self.hour <= stop[self.subject] + SLACK
        place = np.flatnonzero(kept)
        who = self.subject[place]
        is_first = np.diff(who, prepend=-1) != 0
        when[who[is_first]] = self.hour[place[is_first]]
        what[who[is_first]] = self.code[place[is_first]]
        return when, what

    def last_until(self, stop: Floats) -> Floats:
        """Return when the last one happened until `stop`, shape (n,); NaN for none."""
        last = np.full(len(stop), np.nan)
        kept = self.hour <= stop[self.subject] + SLACK
        last[self.subject[kept]] = self.hour[kept]  # in order of time: the last one stays
        return last

    def last_of_all(self, n: int) -> Floats:
        """Return when the last one of each of n subjects happened, shape (n,); -inf for none."""
        last = np.full(n, -np.inf)
        np.fmax.at(last, self.subject, self.hour)
        return last


@dataclass(frozen=True)
class Course:
    """What happened to the subjects beside their scores."""

    infusions: Happenings
    events: Happenings


def course_of(data: Any, grid: Grid) -> Course:
    """Return the infusions and events of the subjects in the grid; none for a bare frame."""
    is_trial = isinstance(data, Trial)
    return Course(
        _happenings(data.adex if is_trial else None, grid, "ADEX", None),
        _happenings(data.adice if is_trial else None, grid, "ADICE", "ICECAT"),
    )


def _happenings(table: pl.DataFrame | None, grid: Grid, name: str, kind: str | None) -> Happenings:
    """Sort a table by subject and time; without a column of kinds all are further infusions."""
    if table is None:
        none = np.array([], dtype=np.int64)
        return Happenings(none, none.astype(np.float64), none, ())
    for column in ("AFRLT", *([kind] if kind else [])):
        if column not in table.columns:
            raise ArgumentError(f"{name} needs the column {column} for the time to relapse.")
    subject = places_of(table["USUBJID"], grid.subjects["USUBJID"])
    hour = table["AFRLT"].cast(pl.Float64).to_numpy()
    code, kinds = np.zeros(len(hour), dtype=np.int64), (FURTHER,)
    if kind:
        named = table[kind].cast(pl.String).fill_null("unnamed event")
        kinds = tuple(named.unique().sort().to_list())
        places = {what: i for i, what in enumerate(kinds)}
        code = named.replace_strict(places, return_dtype=pl.Int64).to_numpy().astype(np.int64)
    inside = subject >= 0
    if not inside.all():
        subject, hour, code = subject[inside], hour[inside], code[inside]
    return _in_order(subject, hour, code, kinds)


def _in_order(
    subject: NDArray[np.int64], hour: Floats, code: NDArray[np.int64], kinds: tuple[str, ...]
) -> Happenings:
    is_next = subject[1:] > subject[:-1]
    later = hour[1:] > hour[:-1]
    tied = (hour[1:] == hour[:-1]) & (code[1:] >= code[:-1])
    if not (is_next | ((subject[1:] == subject[:-1]) & (later | tied))).all():
        order = np.lexsort((code, hour, subject))  # NaN stands last
        subject, hour, code = subject[order], hour[order], code[order]
    return Happenings(subject, hour, code, kinds)
