"""What each infusion was: its length, its dose, its dose in mg, and the step from the one before.

Nothing is guessed: what the data do not hold is null here, and "not recorded" in the table.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ketanalysis.comparison import SLACK
from ketanalysis.errors import ArgumentError, ContractError, near_miss
from ketanalysis.infusions.exposure import KEYS

SAME = "the same"
REDUCED_WHY = "reduced, with a reason (EXADJ)"
REDUCED = "reduced, no reason recorded"
INCREASED_BACK = "increased, after an infusion with a reason (EXADJ)"
INCREASED = "increased"
UNKNOWN = "not recorded"
STEPS = (SAME, INCREASED, INCREASED_BACK, REDUCED, REDUCED_WHY, UNKNOWN)
MG, MG_PER_KG = "mg", "mg/kg"


def dosed(
    infusions: pl.DataFrame,
    *,
    planned_dose: float | Mapping[str, float] | None,
    planned_minutes: float | None,
    weight: pl.DataFrame | None,
) -> pl.DataFrame:
    """Return the infusions with what is known of each.

    Adds reason, length (minutes), dose, dose_unit, dose_mg, length_share and dose_share (of the
    plan), days (since the infusion before) and step (the dose against the one before), null
    where not known. `weight` holds USUBJID and ``kg``.
    """
    held = infusions.sort(KEYS)
    before = (
        pl.col("AFRLT").cast(pl.Float64).shift(1).over("USUBJID")
        if "AFRLT" in held.columns
        else None
    )
    rows = held.with_columns(
        reason=_text(held, "EXADJ"),
        length=_number(held, "EXDUR"),
        dose=_number(held, "EXDOSE"),
        dose_unit=_text(held, "EXDOSU"),
        days=_none() if before is None else (pl.col("AFRLT").cast(pl.Float64) - before) / 24,
    )
    _check_lengths(rows)
    rows = rows.with_columns(
        length_share=_none() if planned_minutes is None else pl.col("length") / planned_minutes,
        dose_share=pl.col("dose") / _planned(rows, planned_dose),
        step=_step(),
    )
    return _in_mg(rows, weight)


def _step() -> pl.Expr:
    """Return how a dose stands to that of the infusion before; null at the first."""
    dose, unit, why = pl.col("dose"), pl.col("dose_unit"), pl.col("reason").is_not_null()
    last, last_unit, last_why = (one.shift(1).over("USUBJID") for one in (dose, unit, why))
    slack = SLACK * pl.max_horizontal(dose.abs(), last.abs())
    is_known = dose.is_not_null() & last.is_not_null() & unit.eq_missing(last_unit)
    is_first = pl.int_range(pl.len()).over("USUBJID") == 0
    return (
        pl.when(is_first)
        .then(pl.lit(None, dtype=pl.String))
        .when(~is_known)
        .then(pl.lit(UNKNOWN))
        .when(dose > last + slack)
        .then(
            pl.when(last_why.fill_null(False))
            .then(pl.lit(INCREASED_BACK))
            .otherwise(pl.lit(INCREASED))
        )
        .when(dose < last - slack)
        .then(pl.when(why).then(pl.lit(REDUCED_WHY)).otherwise(pl.lit(REDUCED)))
        .otherwise(pl.lit(SAME))
    )


def _planned(rows: pl.DataFrame, planned: float | Mapping[str, float] | None) -> pl.Expr:
    """Return the planned dose of each infusion: one for all, or one for each EXTRT."""
    if planned is None:
        return _none()
    if not isinstance(planned, Mapping):
        return pl.lit(float(planned))
    if "EXTRT" not in rows.columns:
        raise ArgumentError(
            "planned_dose names treatments, and the infusions have no column EXTRT that says what "
            "was given; write one number."
        )
    held = rows["EXTRT"].cast(pl.String).drop_nulls().unique().to_list()
    for name in planned:
        if name not in held:
            raise ArgumentError(
                f"planned_dose names {name!r}, which EXTRT does not hold.{near_miss(name, held)}"
            )
    doses = {name: float(dose) for name, dose in planned.items()}
    given = pl.col("EXTRT").cast(pl.String)
    return given.replace_strict(doses, default=None, return_dtype=pl.Float64)


def _in_mg(rows: pl.DataFrame, weight: pl.DataFrame | None) -> pl.DataFrame:
    """Add the dose in mg: as given where EXDOSU is mg, times the weight where it is mg/kg."""
    kg = _none()
    if weight is not None:
        rows = rows.join(weight, on="USUBJID", how="left", maintain_order="left")
        kg = pl.col("kg")
    in_mg = (
        pl.when(pl.col("dose_unit") == MG)
        .then("dose")
        .when(pl.col("dose_unit") == MG_PER_KG)
        .then(pl.col("dose") * kg)
    )
    return rows.with_columns(dose_mg=in_mg)


def _check_lengths(rows: pl.DataFrame) -> None:
    for name, column in (("EXDUR", "length"), ("EXDOSE", "dose")):
        if (rows[column] < 0).any() or rows[column].is_infinite().any():
            raise ContractError(f"{name} must be a finite number of 0 or more.")


def _text(frame: pl.DataFrame, column: str) -> pl.Expr:
    if column not in frame.columns:
        return pl.lit(None, dtype=pl.String)
    words = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(words != "").then(words)


def _number(frame: pl.DataFrame, column: str) -> pl.Expr:
    if column not in frame.columns:
        return _none()
    dtype = frame.schema[column]
    if not (dtype.is_numeric() or dtype == pl.Null):
        raise ContractError(f"{column} must hold numbers, not {dtype}.")
    return pl.col(column).cast(pl.Float64).fill_nan(None)


def _none() -> pl.Expr:
    return pl.lit(None, dtype=pl.Float64)
