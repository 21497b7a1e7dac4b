"""Which rows enter the model, and which do not: the model frame, with everybody counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.derive import derive_change
from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    check_one_of,
    listed,
)
from ketanalysis.formulas.coding import ARMS, check_arms, check_columns
from ketanalysis.formulas.grammar import Formula
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import Grid, score_grid
from ketanalysis.population import is_baseline_row
from ketanalysis.trial import Trial

DERIVED = ("AVAL", "BASE", "CHG", "PCHG", "AVISIT", "USUBJID", "AFRLT")
AUDIT = {"status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False)
class ModelFrame:
    """The rows of a model.

    Attributes
    ----------
    rows
        Rows that enter, sorted by subject and visit; no missing value in the model's columns.
    audit
        Subjects and rows in and out: status, reason, count (``count`` of rows where the
        reason says so).
    population
        A sentence on whose rows they are.
    """

    rows: pl.DataFrame
    audit: pl.DataFrame
    population: str
    from_pandas: bool = False
    simulated: bool = False


def model_frame(
    data: Any,
    formula: Formula,
    *,
    subject: str,
    needed: tuple[str, ...] = (),
    scale: str | None = None,
    population: str = "ITT",
    visit: str | None = None,
) -> ModelFrame:
    """Return the rows of a trial or frame that enter a model.

    Parameters
    ----------
    data
        A trial, of which one scale's scores after baseline are taken with AVAL, BASE, CHG and
        PCHG and the columns of ADSL; or a frame, of which every row counts that is not flagged
        as baseline.
    needed
        Further columns that a row must have: visit, weights, times, group.
    visit
        The one visit of a trial that is taken, or all.
    """
    if isinstance(data, Trial):
        given, sentence, aside, simulated = _of_trial(data, formula, needed, scale, population)
        if visit is not None:
            given = _at_visit(given, visit)
    else:
        given, sentence = _of_frame(data, scale, population)
        aside, simulated = [], False
    check_columns(formula, given, subject, *needed)
    check_arms(formula, given)
    wanted = list(dict.fromkeys([formula.response, *formula.columns, subject, *needed]))
    _check_numbers(given, formula)
    complete, left_out = _complete(given, wanted, formula.response, subject)
    if complete.is_empty():
        raise EstimationError(
            f"No row has all of {listed(wanted, 20)}, so there is nothing to fit."
        )
    complete = _in_order(complete, subject, needed[0]) if needed else complete
    _check_one_arm(formula, complete, subject)
    everybody = given[subject].n_unique()
    included = complete[subject].n_unique() if complete.height < given.height else everybody
    audit = [("included", "in the model", included)]
    if everybody > included:
        audit.append(("excluded", "no row with response and covariates", everybody - included))
    audit += [("excluded", reason, count) for reason, count in (*aside, *left_out)]
    return ModelFrame(
        rows=complete,
        audit=pl.DataFrame(audit, schema=AUDIT, orient="row"),
        population=sentence,
        from_pandas=is_pandas(data),
        simulated=simulated,
    )


def _in_order(rows: pl.DataFrame, subject: str, visit: str) -> pl.DataFrame:
    """Return the rows by subject and visit; those that stand so already as they are."""
    subjects, visits = rows[subject], rows[visit]
    if subjects.is_sorted() and isinstance(visits.dtype, pl.Enum):
        same = (subjects[1:] == subjects[:-1]).to_numpy()
        steps = np.diff(visits.cat.physical().cast(pl.Int64).to_numpy())
        if (steps[same] >= 0).all():
            return rows
    return rows.sort(subject, visit)


def _of_trial(
    trial: Trial, formula: Formula, needed: tuple[str, ...], scale: str | None, population: str
) -> tuple[pl.DataFrame, str, list[tuple[str, int]], bool]:
    if scale is None:
        raise ArgumentError(
            f"scale= must name the scale of a trial's model; there are {listed(trial.scales)}."
        )
    asked = dict.fromkeys((formula.response, *formula.columns, *needed))
    own = [name for name in asked if name not in DERIVED]
    for name in own:
        if name not in trial.adsl.columns:
            raise ArgumentError(
                f"{name!r} in the formula is neither one of {listed(DERIVED, 20)} nor a column of "
                f"ADSL, which has {listed(trial.adsl.columns, 30)}."
            )
    grid = score_grid(trial, scale, population=population)
    rows = _long(grid)
    if own:
        covariates = trial.adsl.select("USUBJID", *own)
        rows = rows.join(covariates, on="USUBJID", how="left", maintain_order="left")
    return rows, f"Population: {grid.population}.", list(grid.set_aside), grid.simulated


def _at_visit(rows: pl.DataFrame, visit: str) -> pl.DataFrame:
    visits = rows["AVISIT"].cast(pl.String).unique(maintain_order=True).to_list()
    check_one_of("visit", visit, visits)
    return rows.filter(pl.col("AVISIT").cast(pl.String) == visit)


def _long(grid: Grid) -> pl.DataFrame:
    """Return the scores of a grid as rows, subjects in order and visits within them."""
    visits = pl.DataFrame({"AVISIT": grid.visits}, schema={"AVISIT": pl.Enum(grid.visits)})
    rows = (
        grid.subjects.select("USUBJID")
        .join(visits, how="cross")
        .with_columns(
            pl.Series("AVAL", grid.scores.T.ravel()),
            pl.Series("AFRLT", grid.hours.T.ravel()),
            pl.Series("BASE", grid.baseline.repeat(len(grid.visits))),
        )
        .with_columns(pl.col("AVAL", "AFRLT", "BASE").fill_nan(None))
    )
    change: pl.DataFrame = derive_change(rows)
    return change


def _of_frame(data: Any, scale: str | None, population: str) -> tuple[pl.DataFrame, str]:
    if population != "ITT":
        raise ArgumentError(
            f"The {population} population needs a trial with ADSL; filter a bare frame yourself."
        )
    rows = to_polars(data, what="data")
    if "PARAMCD" in rows.columns:
        held = rows["PARAMCD"].unique(maintain_order=True).cast(pl.String).to_list()
        if scale is None and len(held) > 1:
            raise ArgumentError(f"scale= must name one of the scales in PARAMCD: {listed(held)}.")
        if scale is not None and scale not in held:
            raise ArgumentError(
                f"The frame has no scores of {scale!r}; PARAMCD holds {listed(held)}."
            )
        if scale is not None:
            rows = rows.filter(pl.col("PARAMCD").cast(pl.String) == scale)
    has_baseline = "BASE" in rows.columns or {"USUBJID", "PARAMCD", "ABLFL"} <= set(rows.columns)
    if "AVAL" in rows.columns and "CHG" not in rows.columns and has_baseline:
        rows = derive_change(rows)
    if "ABLFL" in rows.columns:
        rows = rows.filter(~is_baseline_row(rows))
    return rows, "Population: all rows of the frame."


def _check_one_arm(formula: Formula, rows: pl.DataFrame, subject: str) -> None:
    """Refuse a subject whose arm differs between its rows; rows are in order of subjects."""
    ids = rows[subject]
    for arm in ARMS:
        if arm not in formula.columns:
            continue
        changes = (ids[1:] == ids[:-1]) & (rows[arm][1:] != rows[arm][:-1])
        if changes.any():
            first = ids[1:].filter(changes)[0]
            held = rows.filter(ids == first)[arm].unique(maintain_order=True).to_list()
            raise ContractError(
                f"{arm} must be the same in all rows of a subject; {subject} {first} has "
                f"{listed(map(repr, held))}. Correct the arm."
            )


def _check_numbers(rows: pl.DataFrame, formula: Formula) -> None:
    if not rows.schema[formula.response].is_numeric():
        raise ContractError(
            f"The response {formula.response} must hold numbers, not "
            f"{rows.schema[formula.response]}."
        )
    for name in (formula.response, *formula.columns):
        column = rows[name]
        if column.dtype.is_float() and np.isinf(column.to_numpy()).any():
            raise ContractError(f"{name} must be finite; some rows are not.")


def _complete(
    rows: pl.DataFrame, wanted: list[str], response: str, subject: str
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    """Return the rows without a missing value, and how many rows each column cost."""
    left_out = []
    if rows[response].null_count() or rows[subject].null_count():
        has = rows[response].is_not_null() & rows[subject].is_not_null()
        left_out.append((f"rows without {response}", int((~has).sum())))
        rows = rows.filter(has)
    for name in wanted:
        missing = rows[name].null_count()
        if missing:
            left_out.append((f"rows without {name}", missing))
            rows = rows.filter(pl.col(name).is_not_null())
    return rows, left_out
