"""One infusion at a time: the value before it, its worst reading, when, and the way back.

The rules, in the words of a protocol: the pre-infusion value is the last reading at or before the
start of the infusion, taken within so many minutes of it. The worst value is the highest (or
lowest) reading after the start; where it is read twice, its time is the first. A reading is back
where it is no more than a margin worse than the pre-infusion value.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ketanalysis.comparison import SLACK
from ketanalysis.infusions.exposure import KEYS
from ketanalysis.infusions.readings import Readings
from ketanalysis.vital_parameters import LOWEST

UNIT = (*KEYS, "PARAMCD")
STAYED, RETURNED, NOT_SEEN = "stayed within the margin", "seen to return", "not seen to return"


@dataclass(frozen=True)
class Windows:
    """What the analysis plan declared: minutes before and after the start, and the way back.

    Attributes
    ----------
    pre_within
        Minutes before the start within which the pre-infusion reading was taken.
    until
        Minutes after the start up to which a reading counts; None is all of the infusion.
    margins
        Parameter → how much worse than before a reading may be and still be back; empty
        where no return was declared.
    stays
        Whether a reading counts as back only if all later ones are back too.
    """

    pre_within: float
    until: float | None = None
    margins: tuple[tuple[str, float], ...] = ()
    stays: bool = False


def infusion_courses(readings: Readings, windows: Windows) -> pl.DataFrame:
    """Return one row an infusion and parameter, those without readings too.

    Columns: those of the infusion, PARAMCD, pre, pre_minutes, n_after (readings after the
    start), peak, peak_minutes, last_minutes, change (peak less pre), and with a declared margin
    way_back, return_after and return_at: the reading back was taken at return_at, the one before
    it, not yet back, at return_after. Minutes are since the start of the infusion.
    """
    rows = within(readings.rows, windows)
    names = pl.DataFrame({"PARAMCD": list(readings.units)}, schema=rows.select("PARAMCD").schema)
    whole = readings.exposure.infusions.join(names, how="cross")
    found = rows.group_by(UNIT).agg(*_before(windows), *_after(readings))
    courses = whole.join(found, on=UNIT, how="left").with_columns(
        change=pl.col("peak") - pl.col("pre"), n_after=pl.col("n_after").fill_null(0)
    )
    if windows.margins:
        courses = courses.join(_ways_back(rows, courses, readings, windows), on=UNIT, how="left")
    return courses.sort("PARAMCD", *KEYS)


def within(rows: pl.DataFrame, windows: Windows) -> pl.DataFrame:
    """Return the readings up to the last minute that counts, in order of time."""
    if windows.until is not None:
        rows = rows.filter(pl.col("minutes") <= windows.until)
    return rows.sort("PARAMCD", *KEYS, "minutes")


def sign(worst: dict[str, str]) -> pl.Expr:
    """Return 1 where a higher reading is worse and -1 where a lower one is."""
    lowest = [name for name, which in worst.items() if which == LOWEST]
    return pl.when(pl.col("PARAMCD").cast(pl.String).is_in(lowest)).then(-1.0).otherwise(1.0)


def _before(windows: Windows) -> list[pl.Expr]:
    is_before = pl.col("minutes").is_between(-windows.pre_within, 0)
    return [
        pl.col("AVAL").filter(is_before).last().alias("pre"),
        pl.col("minutes").filter(is_before).last().alias("pre_minutes"),
    ]


def _after(readings: Readings) -> list[pl.Expr]:
    is_after = pl.col("minutes") > 0
    bad = pl.col("AVAL") * sign(readings.worst)
    is_worst = is_after & (bad == bad.filter(is_after).max())
    return [
        is_after.sum().cast(pl.Int64).alias("n_after"),
        pl.col("AVAL").filter(is_worst).first().alias("peak"),
        pl.col("minutes").filter(is_worst).first().alias("peak_minutes"),
        pl.col("minutes").filter(is_after).last().alias("last_minutes"),
    ]


def _ways_back(
    rows: pl.DataFrame, courses: pl.DataFrame, readings: Readings, windows: Windows
) -> pl.DataFrame:
    """Return way_back, return_after and return_at of each infusion that can be judged."""
    judged = courses.select(*UNIT, "pre", "peak_minutes").drop_nulls()
    after = rows.join(judged, on=UNIT, how="inner").filter(pl.col("minutes") > 0)
    name = pl.col("PARAMCD").cast(pl.String)
    margin = name.replace_strict(dict(windows.margins), return_dtype=pl.Float64)
    slack = SLACK * pl.max_horizontal(pl.col("AVAL").abs(), pl.col("pre").abs(), 1.0)
    worse = sign(readings.worst) * (pl.col("AVAL") - pl.col("pre"))
    at, is_back = pl.col("minutes"), pl.col("is_back")
    last_out = at.filter(~is_back).last()
    back_at = at.filter(is_back & (at > (last_out if windows.stays else pl.col("peak_minutes"))))
    left = after.with_columns(is_back=worse <= margin + slack).sort(*UNIT, "minutes")
    ways = left.group_by(UNIT).agg(
        is_within=is_back.all(),
        return_at=back_at.first(),
        return_after=at.filter(at < back_at.first()).last(),
    )
    way_back = (
        pl.when("is_within")
        .then(pl.lit(STAYED))
        .when(pl.col("return_at").is_not_null())
        .then(pl.lit(RETURNED))
        .otherwise(pl.lit(NOT_SEEN))
    )
    left_at = [pl.when(~pl.col("is_within")).then(at) for at in ("return_after", "return_at")]
    return ways.select(*UNIT, way_back.alias("way_back"), *left_at)
