"""The subjects with their arms, and the tables that hang on them: infusions, events, signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.frames import id_text, to_polars
from ketanalysis.intake.baseline import one_each
from ketanalysis.intake.clock import elapsed_hours
from ketanalysis.intake.column_types import typed_by_contract
from ketanalysis.intake.shaping import (
    ROW,
    Codes,
    label_of,
    label_text,
    require_columns,
    rows_without,
)

ARM = "TRT01P"
TABLES = {
    "infusions": "adex",
    "adverse_events": "adae",
    "events": "adice",
    "concomitant": "adcm",
    "vital_signs": "advs",
}


def with_ids(given: Any, what: str, subject: str) -> pl.DataFrame:
    """Return a frame with USUBJID as text and the number of each row, from 1.

    The column is `subject`; a further table may call it USUBJID instead.
    """
    frame = to_polars(given, what)
    named = subject if subject in frame.columns or what == "data" else "USUBJID"
    require_columns(frame, "subject", [named if named in frame.columns else subject], what)
    if what == "data" and frame.is_empty():
        raise ContractError("The data have 0 rows.")
    ids = id_text(frame[named], named)
    lacking = ids.is_null() | (ids.str.strip_chars() == "").fill_null(False)
    if lacking.any():
        raise ContractError(
            f"{named} must hold the subject's id in every row of {what}; {rows_without(lacking)}."
        )
    rows = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return frame.with_columns(rows.alias(ROW), ids.alias("USUBJID"))


def subject_rows(
    frame: pl.DataFrame,
    subjects: pl.DataFrame | None,
    *,
    subject: str,
    arm: str | None,
    arms: Sequence[object] | None,
    subject_columns: Sequence[str],
    missing_codes: Codes,
) -> pl.DataFrame:
    """Return ADSL with its row numbers, from the frame of subjects or from the scores."""
    source = frame if subjects is None else subjects
    where = "data" if subjects is None else "subjects"
    if arm is None and ARM in source.columns:
        arm = ARM
    if arm is None and arms is not None:
        raise ArgumentError("arms= needs arm=: the column that holds the arm.")
    if subjects is not None and subject_columns:
        raise ArgumentError(
            "Give subject_columns= or subjects=, not both: all columns of subjects= are kept."
        )
    require_columns(source, "subject_columns", subject_columns, where)
    if arm is not None:
        require_columns(source, "arm", [arm], where)
        source = source.with_columns(_ordered_arm(source[arm], arm, arms))
    first = ["USUBJID", *([ARM] if arm is not None else [])]
    if subjects is None:
        kept = [c for c in dict.fromkeys(subject_columns) if c not in ("USUBJID", ARM, arm)]
        adsl = typed_by_contract(source.select(*first, *kept, ROW), "adsl", missing_codes)
        adsl = _one_row_each(adsl, kept)
    else:
        adsl = source.drop({subject, arm or ARM} - {"USUBJID", ARM}, strict=False)
        adsl = typed_by_contract(adsl, "adsl", missing_codes)
        _check_same_arms(frame, adsl, arm)
    return adsl.select(*first, pl.exclude(first)).sort("USUBJID", ROW)


def further_tables(
    given: Mapping[str, Any], subject: str, clock: tuple[str, str] | None, missing_codes: Codes
) -> dict[str, pl.DataFrame]:
    """Return the tables of infusions and events that were given, by their CDISC names."""
    return {
        TABLES[what]: _further_table(table, what, subject, clock, missing_codes)
        for what, table in given.items()
        if table is not None
    }


def _further_table(
    given: Any, what: str, subject: str, clock: tuple[str, str] | None, missing_codes: Codes
) -> pl.DataFrame:
    """Return infusions or events with USUBJID as text and times in hours, in a fixed order."""
    frame = with_ids(given, what, subject)
    if "AFRLT" not in frame.columns and clock is not None and clock[1] in frame.columns:
        frame = frame.with_columns(elapsed_hours(frame, *clock, what).alias("AFRLT"))
    if subject != "USUBJID":
        frame = frame.drop(subject, strict=False)
    frame = typed_by_contract(frame, TABLES[what], missing_codes)
    keys = [name for name in ("USUBJID", "AFRLT", "EXSEQ", "PARAMCD") if name in frame.columns]
    rest = [name for name, kind in frame.schema.items() if not kind.is_nested()]
    order = [*keys, *(name for name in sorted(rest) if name not in (*keys, ROW)), ROW]
    return frame.select("USUBJID", pl.exclude("USUBJID")).sort(order, nulls_last=True)


def arms_of(adsl: pl.DataFrame) -> tuple[str, ...]:
    """Return the arms in order; none in a single-arm study."""
    if ARM not in adsl.columns:
        return ()
    kind = adsl.schema[ARM]
    assert isinstance(kind, pl.Enum)
    return tuple(kind.categories)


def _one_row_each(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return a row a subject (two for one in two arms, which the contract then refuses)."""
    for column in columns:
        one_each(rows.select("USUBJID", column), column)
    each = rows.group_by("USUBJID", maintain_order=True).agg(
        pl.col(ROW).first(), *(pl.col(column).drop_nulls().first() for column in columns)
    )
    if ARM not in rows.columns:
        return each
    pairs = rows.group_by("USUBJID", ARM, maintain_order=True).agg(pl.col(ROW).first())
    is_known = pl.col(ARM).is_not_null()
    pairs = pairs.filter(is_known | ~is_known.any().over("USUBJID"))
    return pairs.join(each.drop(ROW), on="USUBJID", how="left", maintain_order="left")


def _ordered_arm(column: pl.Series, arm: str, arms: Sequence[object] | None) -> pl.Series:
    if arms is None and isinstance(column.dtype, pl.Enum):
        return column.alias(ARM)
    text = label_text(column)
    text = text.set((text.str.strip_chars() == "").fill_null(False), None)
    found = text.drop_nulls().unique().sort().to_list()
    if arms is None:
        raise ArgumentError(
            f"The arms in {arm} have no declared order, and none is taken from the alphabet.\n"
            f"  Write arms=[...], the reference first; found: {listed(map(repr, found))}."
        )
    declared = declared_arms(arms)
    unknown = [value for value in found if value not in declared]
    if unknown:
        hint = near_miss(unknown[0], declared)
        if column.dtype == pl.Boolean:
            hint = " It holds truth values: write arms=[False, True], the reference first."
        raise ContractError(
            f"{arm} must be one of the declared arms {listed(map(repr, declared))}, not "
            f"{listed(map(repr, unknown))}.{hint}"
        )
    return text.cast(pl.Enum(declared)).alias(ARM)


def declared_arms(arms: Sequence[object]) -> list[str]:
    """Return the declared arms as text, each once."""
    if isinstance(arms, str) or not isinstance(arms, Sequence) or not arms:
        raise ArgumentError(f"arms must be a list of arms, the reference first, not {arms!r}.")
    names = [label_of(arm) for arm in arms]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise ArgumentError(f"arms must name each arm once; {listed(twice)} stands twice.")
    return names


def _check_same_arms(frame: pl.DataFrame, adsl: pl.DataFrame, arm: str | None) -> None:
    """Refuse scores whose own column of arms says otherwise than the table of subjects."""
    if arm is None or arm not in frame.columns:
        return
    stated = frame.select("USUBJID", label_text(frame[arm]).alias("stated")).drop_nulls()
    pairs = stated.join(adsl.select("USUBJID", pl.col(ARM).cast(pl.String)), on="USUBJID")
    other = pairs.filter(pl.col("stated") != pl.col(ARM))["USUBJID"].unique().sort()
    if len(other):
        raise ContractError(
            f"{arm} must be the same in data and in subjects; it is not for {len(other)} "
            f"subjects ({listed(other, 3)}). Correct one of the two, or take {arm} out of data."
        )
