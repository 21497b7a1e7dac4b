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
from ketanalysis.population import choose_population, those_with_baseline
from ketanalysis.rates.criteria import scale_shape
from ketanalysis.trial import Trial

HOURS_PER_DAY = 24.0
AT_FLOOR = "no share of the baseline exists: it is the lowest score"


@dataclass
class Rows:
    """The columns of ADTTE as arrays of shape (n,), filled rule by rule.

    Times are hours on the analysis clock (AFRLT) until `frame` turns them into days since the
    origin; NaN is unknown.
    """

    n: int
    entered: NDArray[np.bool_] = field(init=False)
    is_event: NDArray[np.bool_] = field(init=False)
    end: NDArray[np.float64] = field(init=False)
    last_free: NDArray[np.float64] = field(init=False)
    first_met: NDArray[np.float64] = field(init=False)
    origin: NDArray[np.float64] = field(init=False)
    entry: NDArray[np.float64] = field(init=False)
    reason: NDArray[np.object_] = field(init=False)
    censor_code: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.entered = np.ones(self.n, dtype=bool)
        self.is_event = np.zeros(self.n, dtype=bool)
        self.censor_code = np.ones(self.n, dtype=np.int64)
        self.reason = np.full(self.n, "", dtype=object)
        for name in ("end", "last_free", "first_met", "origin", "entry"):
            setattr(self, name, np.full(self.n, np.nan))

    def keep_out(self, who: NDArray[np.bool_], reason: str) -> None:
        """Let the subjects not enter, unless an earlier reason already keeps them out."""
        now = who & self.entered
        self.entered[now] = False
        self.reason[now] = reason

    def happen(
        self,
        who: NDArray[np.bool_],
        end: NDArray[np.float64],
        first_met: NDArray[np.float64],
        reason: str | NDArray[np.object_],
    ) -> None:
        """Let the event happen to some, at `end`, first seen at `first_met` (hours)."""
        self.is_event |= who
        self.end[who], self.first_met[who] = end[who], first_met[who]
        self.reason[who] = reason if isinstance(reason, str) else reason[who]

    def frame(self, subjects: pl.DataFrame, paramcd: str, param: str) -> pl.DataFrame:
        """Return the rows as a frame, in the order of `subjects`."""
        event = self.entered & self.is_event
        censored = self.entered & ~self.is_event
        days = {
            name: _days(values, self.origin, self.entered)
            for name, values in (
                ("AVAL", self.end),
                ("AVALLO", self.last_free),
                ("AVALHI", np.where(event, self.first_met, np.nan)),
                ("entry", self.entry),
            )
        }
        cnsr = np.where(event, 0, self.censor_code)
        reason = pl.Series(self.reason, dtype=pl.String)
        return subjects.with_columns(
            pl.lit(paramcd).alias("PARAMCD"),
            pl.lit(param).alias("PARAM"),
            days["AVAL"].alias("AVAL"),
            pl.when(pl.Series(self.entered)).then(pl.Series(cnsr)).alias("CNSR"),
            pl.when(pl.Series(event)).then(reason).alias("EVNTDESC"),
            pl.when(pl.Series(censored)).then(reason).alias("CNSDTDSC"),
            days["AVALLO"].alias("AVALLO"),
            days["AVALHI"].alias("AVALHI"),
            days["entry"].alias("entry"),
            pl.Series("entered", self.entered),
            reason.alias("reason"),
        )


def with_everybody(
    frame: pl.DataFrame, data: Any, grid: Grid, columns: tuple[str, ...], population: str
) -> pl.DataFrame:
    """Return one row for every subject of the data, those outside the grid with their reason.

    Outside are subjects who do not belong to the population, and those without a value in one
    of `columns`, which are the columns of `frame` after USUBJID that a subject must have. The
    trial's arm is joined where it is not among them. Rows are in the order of USUBJID.
    """
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
    if isinstance(data, Trial) and data.arms and "TRT01P" not in columns:
        arm = data.adsl.select("USUBJID", "TRT01P")
        whole = whole.join(arm, on="USUBJID", how="left", maintain_order="left")
        rest = [c for c in frame.columns if c not in ("USUBJID", *columns)]
        whole = whole.select("USUBJID", *columns, "TRT01P", *rest)
    return whole.sort("USUBJID")


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
