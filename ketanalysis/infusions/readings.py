"""Vital signs as they enter an estimate: each reading with its infusion, its time and its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed, near_miss
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.infusion_clock import minutes_since_start
from ketanalysis.infusions.exposure import KEYS, Exposure, exposure_of_frame, exposure_of_trial
from ketanalysis.trial import Trial
from ketanalysis.vital_parameters import VITAL_SIGNS, WORSTS

POINT = ("ATPT", "ATPTN")
SHOWN = ("USUBJID", "EXSEQ", "PARAMCD", "minutes", "AVAL", *POINT)


@dataclass(frozen=True, eq=False)
class Readings:
    """The readings of some vital signs at the infusions that are counted.

    Attributes
    ----------
    rows
        One row a reading: USUBJID, EXSEQ, PARAMCD, minutes (since the start of its infusion),
        AVAL, ATPT and ATPTN (null where no time point was planned); in order of time.
    exposure
        The infusions.
    units, worst
        Of each parameter: its one unit, and "highest" or "lowest".
    set_aside
        Readings that are not used: (reason, count) each.
    """

    rows: pl.DataFrame
    exposure: Exposure
    units: dict[str, str]
    worst: dict[str, str]
    set_aside: tuple[tuple[str, int], ...]
    simulated: bool = False
    from_pandas: bool = False


def vital_readings(
    data: Any,
    parameters: tuple[str, ...],
    by: tuple[str, ...],
    *,
    infusions: Any,
    unit: str | Mapping[str, str] | None,
    worst: Mapping[str, str] | None,
) -> Readings:
    """Return the readings of the parameters, of a trial or of a bare frame in ADVS columns."""
    frame, exposure = _tables(data, by, infusions)
    rows = _of_parameters(frame, parameters)
    _check_numbers(rows)
    units = _units(rows, parameters, unit)
    for name in worst or {}:
        check_one_of("worst", name, parameters)
    known = exposure.infusions
    minutes = minutes_since_start(rows, known if "AFRLT" in known.columns else None)
    timed = rows.with_columns(minutes, EXSEQ=pl.col("EXSEQ").cast(pl.Int64))
    used, set_aside = _used(timed, exposure)
    _check_once(used)
    return Readings(
        rows=used.select(SHOWN).sort("PARAMCD", *KEYS, "minutes"),
        exposure=exposure,
        units=units,
        worst={name: _direction(name, worst or {}) for name in parameters},
        set_aside=set_aside,
        simulated=isinstance(data, Trial) and data.simulated,
        from_pandas=is_pandas(data),
    )


def _tables(data: Any, by: tuple[str, ...], infusions: Any) -> tuple[pl.DataFrame, Exposure]:
    if isinstance(data, Trial):
        if infusions is not None:
            raise ArgumentError("infusions= is for a bare frame: a Trial holds its own (ADEX).")
        if data.advs is None:
            raise ArgumentError("The trial holds no vital signs: give as_trial(..., vital_signs=).")
        return data.advs, exposure_of_trial(data, by, data.advs)
    frame = to_polars(data, "data")
    for column in ("USUBJID", "EXSEQ", "AVAL"):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    if infusions is None:
        return frame, exposure_of_frame(frame, by, "data", is_told=False)
    given = to_polars(infusions, "infusions")
    beside = [column for column in by if column not in given.columns and column in frame.columns]
    if beside:
        groups = exposure_of_frame(frame, tuple(beside), "data", is_told=False).infusions
        text = pl.col("USUBJID").cast(pl.String)
        number = pl.col("EXSEQ").cast(pl.Int64)
        given = given.with_columns(text, number).join(groups, on=KEYS, how="left")
    return frame, exposure_of_frame(given, by, "infusions")


def _of_parameters(frame: pl.DataFrame, parameters: tuple[str, ...]) -> pl.DataFrame:
    if "PARAMCD" not in frame.columns:
        if len(parameters) > 1:
            raise ArgumentError("data needs the column PARAMCD where several parameters are named.")
        frame = frame.with_columns(PARAMCD=pl.lit(parameters[0]))
    rows = frame.with_columns(
        id_text(frame["USUBJID"], "USUBJID"), pl.col("PARAMCD").cast(pl.String)
    )
    held = rows["PARAMCD"].drop_nulls().unique(maintain_order=True).to_list()
    for name in parameters:
        if name not in held:
            raise ArgumentError(
                f"There are no readings of {name!r}; PARAMCD holds {listed(held)}."
                f"{near_miss(name, held)}"
            )
    absent = [name for name in POINT if name not in rows.columns]
    kinds = {"ATPT": pl.String, "ATPTN": pl.Float64}
    rows = rows.with_columns(pl.lit(None, dtype=kinds[name]).alias(name) for name in absent)
    rows = rows.with_columns(pl.col(name).cast(kind) for name, kind in kinds.items())
    is_blank = pl.col("ATPT").str.strip_chars() == ""
    rows = rows.with_columns(ATPT=pl.when(~is_blank).then("ATPT"))
    # An Enum keeps the order in which the caller named them.
    asked = rows.filter(pl.col("PARAMCD").is_in(parameters))
    return asked.with_columns(pl.col("PARAMCD").cast(pl.Enum(parameters)))


def _check_numbers(rows: pl.DataFrame) -> None:
    for column in (c for c in ("EXSEQ", "AVAL", "AFRLT", "ARRLT") if c in rows.columns):
        dtype = rows.schema[column]
        if not (dtype.is_numeric() or dtype == pl.Null):
            raise ContractError(f"{column} must hold numbers, not {dtype}.")
        if rows[column].cast(pl.Float64).is_infinite().any():
            raise ContractError(f"{column} must be finite.")


def _units(
    rows: pl.DataFrame, parameters: tuple[str, ...], unit: str | Mapping[str, str] | None
) -> dict[str, str]:
    """Return the one unit of each parameter; several, or none, are refused."""
    if "AVALU" in rows.columns and unit is not None:
        raise ArgumentError("Give unit= or the column AVALU, not both.")
    if "AVALU" not in rows.columns and unit is None:
        raise ArgumentError(
            'The unit of the readings is not known: add the column AVALU, or write unit="mmHg" '
            '(several parameters: unit={"SYSBP": "mmHg", "HR": "beats/min"}).'
        )
    if unit is not None:
        return {name: _unit_given(name, unit) for name in parameters}
    found = {}
    for name in parameters:
        read = rows.filter((pl.col("PARAMCD") == name) & pl.col("AVAL").is_not_null())
        held = read["AVALU"].cast(pl.String).unique().sort(nulls_last=True).to_list()
        if len(held) != 1 or held[0] is None:
            what = listed(["no unit" if one is None else one for one in held]) or "no reading"
            raise ContractError(
                f"The readings of {name} must have one unit (AVALU), not {what}. Convert them to "
                "one: 1 kPa is 7.50062 mmHg."
            )
        found[name] = held[0]
    return found


def _unit_given(name: str, unit: str | Mapping[str, str]) -> str:
    given = unit.get(name) if isinstance(unit, Mapping) else unit
    if not isinstance(given, str) or not given:
        raise ArgumentError(f"unit must name the unit of {name}, not {given!r}.")
    return given


def _direction(name: str, worst: Mapping[str, str]) -> str:
    """Return which reading is the worst: as the caller says, else as the table of signs says."""
    if name in worst:
        check_one_of(f"worst[{name!r}]", worst[name], WORSTS)
        return worst[name]
    known = VITAL_SIGNS.get(name)
    if known is None or not known.worst:
        raise ArgumentError(
            f"Which reading of {name} is its worst is not known here: write "
            f'worst={{"{name}": "highest"}} or "lowest".'
        )
    return known.worst


def _used(
    timed: pl.DataFrame, exposure: Exposure
) -> tuple[pl.DataFrame, tuple[tuple[str, int], ...]]:
    """Return the readings that can be used, and how many are not, by reason."""
    is_counted = timed.join(
        exposure.infusions.select(KEYS).with_columns(is_in=True),
        on=KEYS,
        how="left",
        maintain_order="left",
    )["is_in"].fill_null(False)
    reasons = (
        ("no value", pl.col("AVAL").cast(pl.Float64).fill_nan(None).is_null()),
        ("outside the infusions (no EXSEQ)", pl.col("EXSEQ").is_null()),
        ("at an infusion that is not counted", ~pl.lit(is_counted)),
        ("without a time since the start", pl.col("minutes").is_null()),
    )
    why = pl.lit(None, dtype=pl.String)
    for reason, holds in reversed(reasons):
        why = pl.when(holds).then(pl.lit(reason)).otherwise(why)
    marked = timed.with_columns(why.alias("why"), AVAL=pl.col("AVAL").cast(pl.Float64))
    counts = dict(marked["why"].drop_nulls().value_counts().iter_rows())
    out = tuple((reason, counts[reason]) for reason, _ in reasons if reason in counts)
    return marked.filter(pl.col("why").is_null()), out


def _check_once(used: pl.DataFrame) -> None:
    twice = used.filter(pl.struct("PARAMCD", *KEYS, "minutes").is_duplicated())
    if twice.height:
        one = twice.sort("PARAMCD", *KEYS, "minutes").row(0, named=True)
        raise ContractError(
            f"A subject can have one reading of {one['PARAMCD']} at a time; {twice.height} rows "
            f"share theirs, first subject {one['USUBJID']}, infusion {one['EXSEQ']}, "
            f"{one['minutes']:g} minutes from its start. Keep the right row, or give each its own "
            "time. Readings are never averaged for you."
        )
