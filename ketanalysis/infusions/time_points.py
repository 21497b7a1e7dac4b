"""The mean course: readings and their change from before, by planned time point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ContractError
from ketanalysis.infusions.courses import UNIT, Windows, within
from ketanalysis.infusions.crossings import groups_of
from ketanalysis.infusions.exposure import ALL, KEYS
from ketanalysis.infusions.readings import Readings
from ketanalysis.infusions.summaries import summary

SCHEMA = {
    "PARAMCD": pl.String,
    "infusion": pl.String,
    "measure": pl.String,
    "ATPT": pl.String,
    "minutes": pl.Float64,
    "n": pl.Int64,
    "n_infusions": pl.Int64,
    "n_missing": pl.Int64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}


def planned_readings(
    readings: Readings, courses: pl.DataFrame, windows: Windows, by: Sequence[str]
) -> pl.DataFrame:
    """Return each reading with its planned time point (null: none), ``value`` and ``change``."""
    point = pl.coalesce("ATPT", pl.col("ATPTN").cast(pl.String).str.strip_suffix(".0"))
    rows = within(readings.rows, windows).with_columns(point.alias("ATPT"))
    _check_points(rows)
    known = courses.select(*UNIT, "pre", "subject", *by)
    return (
        rows.join(known, on=UNIT, how="inner", maintain_order="left")
        .with_columns(value=pl.col("AVAL"), change=pl.col("AVAL") - pl.col("pre"))
        .sort("PARAMCD", *KEYS, "minutes")
    )


def point_order(planned: pl.DataFrame) -> list[str]:
    """Return the time points in order: by ATPTN where each has one, else by their median time."""
    rows = planned.drop_nulls("ATPT")
    each = rows.group_by("ATPT").agg(
        number=pl.col("ATPTN").median(), minutes=pl.col("minutes").median()
    )
    clock = "minutes" if each["number"].null_count() else "number"
    return each.sort(clock, "minutes", "ATPT")["ATPT"].to_list()


def time_point_rows(
    planned: pl.DataFrame, infusions: pl.DataFrame, by: Sequence[str], conf_level: float
) -> list[dict[str, Any]]:
    """Return one row a group, parameter, infusion number, measure and planned time point."""
    order = point_order(planned)
    numbers = infusions["EXSEQ"].unique().sort().to_list()
    chosen = [*((str(k), [k]) for k in numbers), *([(ALL, numbers)] if len(numbers) > 1 else [])]
    rows = []
    for key, given in groups_of(infusions, by):
        own = planned.join(given.select(KEYS), on=KEYS, how="semi")
        for name in planned["PARAMCD"].unique().sort():
            of_sign = own.filter(pl.col("PARAMCD") == name)
            for label, which in chosen:
                part = of_sign.filter(pl.col("EXSEQ").is_in(which))
                total = given.filter(pl.col("EXSEQ").is_in(which)).height
                if total:
                    where = {**key, "PARAMCD": name, "infusion": label}
                    rows += _points(part, order, total, where, conf_level)
    return rows


def _points(
    part: pl.DataFrame, order: list[str], total: int, where: dict[str, Any], conf_level: float
) -> list[dict[str, Any]]:
    at = part.drop_nulls("ATPT").partition_by("ATPT", as_dict=True)
    rows = []
    for point in order:
        read = at.get((point,), part.clear())
        minutes, whose = read["minutes"].to_numpy(), read["subject"].to_numpy()
        for measure in ("value", "change"):
            values = read[measure].to_numpy()
            found = summary(values, whose, conf_level)
            known = minutes[~np.isnan(values)]
            row = where | found | {"measure": measure, "ATPT": point}
            row["minutes"] = float(np.median(known)) if len(known) else None
            row["n_missing"] = total - row["n_infusions"]
            rows.append({name: row[name] for name in (*where, *SCHEMA)})
    return sorted(rows, key=lambda row: row["measure"] == "change")


def _check_points(rows: pl.DataFrame) -> None:
    planned = rows.drop_nulls("ATPT")
    twice = planned.filter(pl.struct(*UNIT, "ATPT").is_duplicated())
    if twice.height:
        one = twice.sort(*UNIT, "minutes").row(0, named=True)
        raise ContractError(
            f"An infusion can have one reading of {one['PARAMCD']} at a planned time point; "
            f"{twice.height} rows share theirs, first subject {one['USUBJID']}, infusion "
            f"{one['EXSEQ']}, {one['ATPT']!r}. Leave ATPT empty for a reading that was not planned."
        )


def median_length(infusions: pl.DataFrame) -> float | None:
    """Return the median length of the infusions in minutes (EXDUR), or None if not recorded."""
    if "EXDUR" not in infusions.columns:
        return None
    known = infusions["EXDUR"].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
    return float(np.median(known)) if len(known) else None
