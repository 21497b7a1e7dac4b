"""Time-to-event rows in CDISC ADTTE columns: one a subject, with the reason of each.

CNSR is 0 for an event and a positive integer for a censoring; AVAL is elapsed days from the
origin, without ADaM's added day. A subject who does not enter the curve keeps a row, with
``entered`` false, no AVAL and no CNSR, and the reason: nobody is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Response
from ketanalysis.errors import ContractError, listed
from ketanalysis.frames import to_polars
from ketanalysis.grid import Grid
from ketanalysis.population import choose_population, places_of, those_with_baseline
from ketanalysis.rates.criteria import scale_shape
from ketanalysis.trial import Trial

HOURS_PER_DAY = 24.0
AT_FLOOR = "no share of the baseline exists: it is the lowest score"


@dataclass
class Rows:
    """The columns of ADTTE as arrays of shape (n,), filled rule by rule.

    Times are hours on the analysis clock (AFRLT) until `frame` turns them into days since the
    origin; NaN is unknown. ``reason_code`` is a place in ``reasons``. ``event_code`` is there
    where a second kind of event competes: 0 none, 1 the event, 2 the competing one.
    ``met_at_entry`` counts those who met the criterion of the event when they entered.
    """

    n: int
    entered: NDArray[np.bool_] = field(init=False)
    is_event: NDArray[np.bool_] = field(init=False)
    end: NDArray[np.float64] = field(init=False)
    last_free: NDArray[np.float64] = field(init=False)
    first_met: NDArray[np.float64] = field(init=False)
    origin: NDArray[np.float64] = field(init=False)
    entry: NDArray[np.float64] = field(init=False)
    reason_code: NDArray[np.int16] = field(init=False)
    reasons: list[str] = field(init=False)
    censor_code: NDArray[np.int64] = field(init=False)
    event_code: NDArray[np.int64] | None = None
    met_at_entry: int = 0

    def __post_init__(self) -> None:
        self.entered = np.ones(self.n, dtype=bool)
        self.is_event = np.zeros(self.n, dtype=bool)
        self.censor_code = np.ones(self.n, dtype=np.int64)
        self.reason_code, self.reasons = np.zeros(self.n, dtype=np.int16), [""]
        for name in ("end", "last_free", "first_met", "origin", "entry"):
            setattr(self, name, np.full(self.n, np.nan))

    @property
    def reason(self) -> NDArray[np.object_]:
        """Why each subject is where it is, shape (n,)."""
        return np.asarray(self.reasons, dtype=object)[self.reason_code]

    def say(self, who: NDArray[np.bool_], reason: str) -> None:
        """Give the subjects `who`, shape (n,), their reason."""
        self.reason_code[who] = self._code(reason)

    def keep_out(self, who: NDArray[np.bool_], reason: str) -> None:
        """Let the subjects not enter, unless an earlier reason already keeps them out."""
        now = who & self.entered
        if now.any():
            self.entered[now] = False
            self.say(now, reason)

    def happen(
        self,
        who: NDArray[np.bool_],
        end: NDArray[np.float64],
        first_met: NDArray[np.float64],
        reason: str,
    ) -> None:
        """Let the event happen to some, at `end`, first seen at `first_met` (hours)."""
        self.is_event |= who
        np.copyto(self.end, end, where=who)
        np.copyto(self.first_met, first_met, where=who)
        self.say(who, reason)

    def _code(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def frame(self, subjects: pl.DataFrame, paramcd: str, param: str) -> pl.DataFrame:
        """Return the rows as a frame, in the order of `subjects`."""
        event = self.entered & self.is_event
        days = {
            name: _days(values, self.origin, self.entered)
            for name, values in (
                ("AVAL", self.end),
                ("AVALLO", self.last_free),
                ("AVALHI", np.where(event, self.first_met, np.nan)),
                ("entry", self.entry),
            )
        }
        reason = pl.Series(self.reasons, dtype=pl.String).gather(self.reason_code.astype(np.int64))
        said = {"event": pl.Series(event), "censored": pl.Series(self.entered & ~self.is_event)}
        codes = {"CNSR": np.where(event, 0, self.censor_code)}
        if self.event_code is not None:
            codes["event_code"] = self.event_code
        entered = pl.Series(self.entered)
        numbers = {name: pl.when(entered).then(pl.Series(c)) for name, c in codes.items()}
        return subjects.with_columns(
            PARAMCD=pl.lit(paramcd),
            PARAM=pl.lit(param),
            AVAL=days["AVAL"],
            CNSR=numbers.pop("CNSR"),
            EVNTDESC=pl.when(said["event"]).then(reason),
            CNSDTDSC=pl.when(said["censored"]).then(reason),
            AVALLO=days["AVALLO"],
            AVALHI=days["AVALHI"],
            **numbers,
            entry=days["entry"],
            entered=entered,
            reason=reason,
        )


def with_everybody(
    frame: pl.DataFrame, data: Any, grid: Grid, columns: tuple[str, ...], population: str
) -> pl.DataFrame:
    """Return one row for every subject of the data, those outside the grid with their reason.

    Outside are subjects who do not belong to the population, and those without a value in one
    of `columns`, which are the columns of `frame` after USUBJID that a subject must have. The
    trial's arm is joined where it is not among them. Rows are in the order of USUBJID.
    """
    if _is_everybody(data, grid):
        return _in_order_of_subjects(_with_arm(frame, data, columns))
    everyone, chosen, why = _everyone(data, grid.scale, columns, population)
    out = everyone.join(grid.subjects.select("USUBJID"), on="USUBJID", how="anti")
    reason = pl.lit(why or "not in the population")
    inside = pl.col("USUBJID").is_in(chosen["USUBJID"].implode())
    for column in reversed(columns):
        reason = (
            pl.when(inside & pl.col(column).is_null())
            .then(pl.lit(f"no {column}"))
            .otherwise(reason)
        )
    same = frame.select("PARAMCD", "PARAM").unique()
    rows = out.select("USUBJID", *columns, reason.alias("reason"), pl.lit(False).alias("entered"))
    whole = pl.concat([frame, rows.join(same, how="cross")], how="diagonal")
    return _in_order_of_subjects(_with_arm(whole, data, columns))


def _with_arm(frame: pl.DataFrame, data: Any, columns: tuple[str, ...]) -> pl.DataFrame:
    """Put the trial's arm after the by-columns, unless it is one of them."""
    if not isinstance(data, Trial) or not data.arms or "TRT01P" in columns:
        return frame
    place = places_of(frame["USUBJID"], data.adsl["USUBJID"])
    arm = data.adsl["TRT01P"].gather(place)
    rest = [c for c in frame.columns if c not in ("USUBJID", *columns)]
    return frame.with_columns(TRT01P=arm).select("USUBJID", *columns, "TRT01P", *rest)


def _in_order_of_subjects(frame: pl.DataFrame) -> pl.DataFrame:
    return frame if frame["USUBJID"].is_sorted() else frame.sort("USUBJID")


def _is_everybody(data: Any, grid: Grid) -> bool:
    """Whether the grid surely holds all subjects of the data, so that none need be sought."""
    if grid.set_aside:
        return False
    if isinstance(data, Trial):
        return data.adsl.height == grid.n
    if not isinstance(data, pl.DataFrame):
        return False
    return "PARAMCD" not in data.columns or data["PARAMCD"].n_unique() == 1


def _everyone(
    data: Any, scale: str, columns: tuple[str, ...], population: str
) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """Return all subjects with `columns`, those of the population, and why the others are out."""
    if isinstance(data, Trial):
        everyone = data.adsl.select("USUBJID", *columns)
        chosen, _, out = choose_population(data, data.scores(scale), population)
    else:
        rows = to_polars(data, what="data")
        everyone = (
            rows.select("USUBJID", *columns)
            .sort("USUBJID", *columns, nulls_last=True)
            .unique("USUBJID", keep="first", maintain_order=True)
        )
        if "PARAMCD" in rows.columns:
            rows = rows.filter(pl.col("PARAMCD").cast(pl.String) == scale)
        chosen, _, out = those_with_baseline(everyone, rows)
    return everyone, chosen, out[0][0] if out else ""


def check_times(grid: Grid, who: NDArray[np.bool_], what: str) -> None:
    """Refuse scores without a time in the subjects `who`, shape (n,), and name them."""
    lacking = ~np.isnan(grid.scores) & np.isnan(grid.hours) & who
    if not lacking.any():
        return
    named = grid.subjects["USUBJID"].filter(pl.Series(lacking.any(axis=0))).sort()
    visits = [visit for visit, row in zip(grid.visits, lacking, strict=True) if row.any()]
    raise ContractError(
        f"{what} needs the time of every {grid.scale} score (AFRLT, hours since the first "
        f"infusion); {int(lacking.sum())} have none.\n"
        f"  Subjects {listed(named, 3)}; visits {listed(map(repr, visits), 5)}.\n"
        "  Give hour=, day= or visits= with hours in as_trial, or fill in AFRLT."
    )


def at_floor(grid: Grid, rule: Response) -> NDArray[np.bool_]:
    """Whether a subject's baseline is the lowest score, so that a share of it does not exist."""
    floor, _ = scale_shape(grid.scale, rule)
    return grid.baseline <= floor


def _days(
    hours: NDArray[np.float64], origin: NDArray[np.float64], entered: NDArray[np.bool_]
) -> pl.Series:
    days = np.where(entered, (hours - origin) / HOURS_PER_DAY, np.nan)
    return pl.Series(days).fill_nan(None)
