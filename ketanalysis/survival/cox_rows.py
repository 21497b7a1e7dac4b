"""The rows of a Cox model: who enters, with which covariates, strata and clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, EstimationError, listed
from ketanalysis.formulas.coding import (
    Coding,
    check_arms,
    check_columns,
    code_formula,
    coded,
    design_rows,
)
from ketanalysis.formulas.grammar import Formula, read_formula
from ketanalysis.survival.cox_risk_sets import RiskSets, risk_sets_of
from ketanalysis.survival.event_codes import ROW, check_column, where
from ketanalysis.survival.event_groups import BASELINE_COLUMNS
from ketanalysis.survival.event_times import EventTimes, event_times
from ketanalysis.survival.risk_sets import Counts, Floats
from ketanalysis.survival.rows import stratum_codes

KNOWN = (*BASELINE_COLUMNS, "AGE", "BASE", "ETHNIC", "COUNTRY", "REGION1")


@dataclass(frozen=True, eq=False)
class CoxRows:
    """What a Cox model is fitted to.

    Attributes
    ----------
    read
        The rows that enter: times, events, entries, audit, notes.
    formula, coding
        The formula, and its columns without the intercept.
    x
        The columns (n, p).
    stratum, cluster
        (n,) integers from 0, or None.
    sets
        The risk sets.
    n_subjects
        Subjects, which are fewer than rows where a subject has several.
    """

    read: EventTimes
    formula: Formula
    coding: Coding
    x: Floats
    stratum: Counts | None
    cluster: Counts | None
    sets: RiskSets
    n_subjects: int


def cox_rows(
    frame: pl.DataFrame,
    formula: str,
    endpoint: str | None,
    *,
    time: str,
    start: str | None,
    strata: Sequence[str],
    cluster: str | None,
    known_at: str | None,
    columns: dict[str, Any],
) -> CoxRows:
    """Return the rows of a model; `columns` are the further arguments of `event_times`."""
    parsed = _formula(formula, time)
    check_columns(parsed, frame)
    check_arms(parsed, frame)
    for column in strata:
        check_column("strata", column, frame)
    if cluster is not None:
        check_column("cluster", cluster, frame)
    _check_known(parsed, known_at, start)
    if start is not None:
        _check_pieces(frame, start, time, columns["entry"])
    needed = list(dict.fromkeys(parsed.columns))
    complete, without = _complete(frame, needed, endpoint)
    read = event_times(
        complete, endpoint, time=time, **(columns | {"entry": start or columns["entry"]}),
        in_pieces=start is not None,
    )  # fmt: skip
    if not read.event.any():
        raise EstimationError(
            "Cox's model needs events, and there are none. If events are coded otherwise, name "
            "event= and event_value=."
        )
    rows = read.tte.head(len(read.time))
    _check_finite(rows, parsed)
    coding = code_formula(parsed, rows)
    coding = Coding(coding.columns[1:], coding.levels)
    stratum = stratum_codes(read, tuple(strata)) if strata else None
    codes = np.zeros(len(read.time), dtype=np.int64) if stratum is None else stratum
    return CoxRows(
        read=_with_excluded(read, without),
        formula=parsed,
        coding=coding,
        x=model_columns(coding, rows),
        stratum=stratum,
        cluster=None if cluster is None else stratum_codes(read, (cluster,)),
        sets=risk_sets_of(read.time, read.event, read.entry, codes),
        n_subjects=rows["USUBJID"].n_unique() if "USUBJID" in rows.columns else rows.height,
    )


def model_columns(coding: Coding, rows: pl.DataFrame) -> Floats:
    """Return the columns of the model for rows of a frame, (rows, p)."""
    factors = {piece.factor for column in coding.columns for piece in column.pieces}
    values = {factor.label: coded(factor, coding, rows) for factor in factors}
    return design_rows(coding, values, rows.height)


def _formula(text: str, time: str) -> Formula:
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(
            f'formula must be a text, the covariates such as "TRT01P + AGE", not {text!r}.'
        )
    left, _, right = text.rpartition("~")
    if left.strip():
        raise ArgumentError(
            f'formula must hold the covariates only, such as "TRT01P + AGE", not {text!r}: times '
            "and events are columns that have their own arguments (time=, censor=, event=)."
        )
    parsed = read_formula(f"`{time}` ~ {right}")
    if not parsed.has_intercept or not parsed.terms:
        raise ArgumentError(
            "formula must name at least one covariate, and no intercept, which Cox's model does "
            f"not have, not {text!r}."
        )
    return parsed


def _check_known(formula: Formula, known_at: str | None, start: str | None) -> None:
    if known_at not in (None, "baseline"):
        raise ArgumentError(
            f'known_at must be "baseline" for a model, not {known_at!r}: of covariates that '
            "became known later give their values in rows from start to stop (start=), or let "
            "subjects enter when they were known (entry=)."
        )
    later = [column for column in formula.columns if column not in KNOWN]
    if later and known_at is None and start is None:
        raise ArgumentError(
            f"{listed(map(repr, later))} in the formula needs known_at: a subject may have had to "
            "stay free of the event until it was known, which makes its hazard too low (immortal "
            "time).\n"
            '  Say known_at="baseline" if it was known at the origin; else give rows from start to '
            "stop with the value of that time (start=)."
        )


def _check_pieces(frame: pl.DataFrame, start: str, time: str, entry: str | None) -> None:
    """Refuse pieces of a subject's time that overlap, or that go on after an event."""
    check_column("start", start, frame)
    if entry is not None:
        raise ArgumentError(
            "start and entry cannot both be given: the first start of a subject is its entry."
        )
    if "USUBJID" not in frame.columns:
        raise ArgumentError("start= needs USUBJID, which says whose rows belong together.")
    keys = ["USUBJID", *(["PARAMCD"] if "PARAMCD" in frame.columns else [])]
    pieces = frame.with_row_index(ROW, offset=1).sort([*keys, start])
    before = pl.col(time).shift(1).over(keys)
    wrong = pieces.filter(pl.col(start) < before)
    if not wrong.is_empty():
        raise ContractError(
            f"The pieces of a subject, from {start} to {time}, must not overlap.\n{where(wrong)}\n"
            "  Correct the times, or take one of the rows out."
        )


def _complete(
    frame: pl.DataFrame, needed: list[str], endpoint: str | None
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    """Return the rows with all covariates, and how many each covariate costs."""
    mine = pl.lit(True)
    if endpoint is not None and "PARAMCD" in frame.columns:
        mine = pl.col("PARAMCD").cast(pl.String) == endpoint
    if "entered" in frame.columns and frame["entered"].dtype == pl.Boolean:
        mine = mine & pl.col("entered").fill_null(value=False)
    without = []
    for name in needed:
        gone = mine & pl.col(name).is_null()
        if frame.schema[name].is_float():
            gone = gone | (mine & pl.col(name).is_nan())
        count = frame.select(gone.sum()).item()
        if count:
            without.append((f"no {name}", int(count)))
            frame = frame.filter(~gone)
    return frame, without


def _check_finite(rows: pl.DataFrame, formula: Formula) -> None:
    for name in formula.columns:
        if rows.schema[name].is_float() and rows[name].is_infinite().any():
            raise ContractError(f"{name} must be finite; some rows are not.")


def _with_excluded(read: EventTimes, without: list[tuple[str, int]]) -> EventTimes:
    if not without:
        return read
    from dataclasses import replace

    rows = [("excluded", reason, count) for reason, count in without]
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return replace(
        read, audit=pl.concat([read.audit, pl.DataFrame(rows, schema=schema, orient="row")])
    )
