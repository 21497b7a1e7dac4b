"""Treatment, mediator and outcome of each subject, and whether they came in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Response
from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    listed,
    near_miss,
)
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import Grid, names_given, score_grid
from ketanalysis.rates.criteria import met_by
from ketanalysis.rates.subject_columns import subject_columns
from ketanalysis.regression.design import Design, design_of, independent, named
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pathway:
    """The subjects with treatment, mediator, outcome and covariates.

    Attributes
    ----------
    drug, mediator, outcome
        Shape (n,); `drug` is 1 in the second arm, `outcome` 0 or 1 where it is a response.
    design
        The covariates as model columns.
    arms
        The two arms, the reference first.
    audit
        status, reason, count.
    order
        A sentence: when mediator and outcome were measured.
    """

    drug: Floats
    mediator: Floats
    outcome: Floats
    design: Design
    arms: tuple[str, str]
    audit: pl.DataFrame
    order: str
    simulated: bool
    from_pandas: bool


def scored_pathway(
    data: Any,
    mediator: tuple[str, str],
    outcome: tuple[str, str],
    arm: str,
    covariates: tuple[str, ...],
    response: Response | None,
) -> Pathway:
    """Return the pathway of two scales at visits, of a trial or of a frame in ADQS columns."""
    first = score_grid(data, mediator[0], visits=[mediator[1]])
    last = score_grid(data, outcome[0], visits=[outcome[1]])
    m, y = first.visit_index(mediator[1]), last.visit_index(outcome[1])
    told = subject_columns(data, last, tuple(dict.fromkeys((arm, *covariates))), "covariates")
    before = first.subjects.select("USUBJID").with_columns(
        mediator=pl.Series(first.scores[m]), mediator_hours=pl.Series(first.hours[m])
    )
    value = last.scores[y] if response is None else _responded(last, response, y)
    rows = last.subjects.select("USUBJID").with_columns(
        outcome=pl.Series(value), outcome_hours=pl.Series(last.hours[y])
    )
    rows = rows.join(before, on="USUBJID", how="left", maintain_order="left").hstack(told)
    order = _checked_order(rows, mediator, outcome, _visits(data))
    is_trial = isinstance(data, Trial)
    if is_trial and arm == "TRT01P" and data.arms:
        rows = rows.with_columns(pl.col(arm).cast(pl.Enum(data.arms)))
    return _pathway(rows, arm, covariates, order, data)


def tabled_pathway(
    data: Any,
    mediator: str,
    outcome: str,
    arm: str,
    covariates: tuple[str, ...],
    hours: tuple[float, float],
) -> Pathway:
    """Return the pathway of a frame with one row a subject; `hours` of mediator and outcome."""
    frame = to_polars(data, "data")
    for column in (mediator, outcome, arm, *covariates):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    rows = frame.select(arm, *covariates).with_columns(
        mediator=frame[mediator].cast(pl.Float64),
        outcome=frame[outcome].cast(pl.Float64),
        mediator_hours=pl.lit(float(hours[0])),
        outcome_hours=pl.lit(float(hours[1])),
    )
    order = _checked_order(rows, (mediator, ""), (outcome, ""), ())
    return _pathway(rows, arm, covariates, order, data)


def _responded(grid: Grid, response: Response, place: int) -> Floats:
    scores = grid.scores[place]
    met = met_by(grid, response, scores).astype(float)
    met[np.isnan(scores) | np.isnan(grid.baseline)] = np.nan
    return np.asarray(met)


def _visits(data: Any) -> tuple[str, ...]:
    if isinstance(data, Trial):
        return data.visits
    visit = to_polars(data, "data")["AVISIT"]
    return tuple(visit.dtype.categories) if isinstance(visit.dtype, pl.Enum) else ()


def _checked_order(
    rows: pl.DataFrame,
    mediator: tuple[str, str],
    outcome: tuple[str, str],
    visits: tuple[str, ...],
) -> str:
    """Refuse a mediator that was not measured between treatment and outcome."""
    one, other = (_at(*what) for what in (mediator, outcome))
    whole = rows.with_columns(pl.col("mediator", "outcome").fill_nan(None))
    whole = whole.drop_nulls(["mediator", "outcome"])
    if whole.is_empty():
        raise EstimationError("No subject has both a mediator and an outcome.")
    timed = whole.filter(
        pl.col("mediator_hours").is_not_nan() & pl.col("outcome_hours").is_not_nan()
    )
    if timed.is_empty():
        if not visits:
            raise ArgumentError(
                "Whether the mediator came before the outcome is not known: add AFRLT (hours since "
                "the first infusion), or give AVISIT as an Enum in the order of the visits."
            )
        if visits.index(mediator[1]) >= visits.index(outcome[1]):
            raise ArgumentError(
                f"The mediator must be measured before the outcome, and {mediator[1]!r} is not "
                f"before {outcome[1]!r} in the order of the visits."
            )
        return f"Order by the visits: {one}, then {other}."
    late = timed.filter(
        (pl.col("mediator_hours") <= 0) | (pl.col("mediator_hours") >= pl.col("outcome_hours"))
    )
    spans = [_span(timed[f"{name}_hours"]) for name in ("mediator", "outcome")]
    if late.height:
        raise ArgumentError(
            "The mediator must be measured after the treatment began and before the outcome. "
            f"{one} was measured {spans[0]} hours after the start of the first infusion, {other} "
            f"{spans[1]}: out of order in {late.height} of {timed.height} subjects. Name an "
            "earlier measurement of the mediator, or a later one of the outcome."
        )
    return f"Order: treatment at 0, {one} at {spans[0]} hours, {other} at {spans[1]} hours."


def _at(name: str, visit: str) -> str:
    return f"{name} at {visit!r}" if visit else name


def _span(hours: pl.Series) -> str:
    low, high = float(hours.min() or 0), float(hours.max() or 0)  # type: ignore[arg-type]
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _pathway(
    rows: pl.DataFrame, arm: str, covariates: tuple[str, ...], order: str, data: Any
) -> Pathway:
    check_finite(rows.select("mediator", "outcome", *covariates))
    reason = pl.lit("")
    for column in reversed((arm, *covariates)):
        reason = pl.when(pl.col(column).is_null()).then(pl.lit(f"no {column}")).otherwise(reason)
    for column, words in (("mediator", "no mediator"), ("outcome", "no outcome")):
        is_lacking = pl.col(column).fill_nan(None).is_null()
        reason = pl.when((reason == "") & is_lacking).then(pl.lit(words)).otherwise(reason)
    marked = rows.with_columns(reason=reason)
    used = marked.filter(pl.col("reason") == "")
    arms = _arms(used[arm], arm)
    counts = dict(marked["reason"].value_counts().iter_rows())
    audit = [("included", "treatment, mediator, outcome and covariates", counts.pop("", 0))]
    audit += [("excluded", words, n) for words, n in sorted(counts.items())]
    design = design_of(used.select(covariates))
    if not covariates:
        design = Design(np.empty((used.height, 0)), ())
    kept = independent(design.columns) if covariates else np.array([], dtype=bool)
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return Pathway(
        drug=(used[arm].cast(pl.String) == arms[1]).to_numpy().astype(float),
        mediator=used["mediator"].to_numpy(),
        outcome=used["outcome"].to_numpy(),
        design=Design(design.columns[:, kept], tuple(named(design.terms, kept))),
        arms=arms,
        audit=pl.DataFrame(audit, schema=schema, orient="row"),
        order=order,
        simulated=isinstance(data, Trial) and data.simulated,
        from_pandas=is_pandas(data),
    )


def _arms(column: pl.Series, name: str) -> tuple[str, str]:
    if column.is_empty():
        raise EstimationError("No subject has treatment, mediator, outcome and covariates.")
    held = [str(value) for value in column.unique().sort().to_list()]
    is_ordered = isinstance(column.dtype, pl.Enum) or column.dtype.is_numeric()
    if len(held) != 2 or not (is_ordered or column.dtype == pl.Boolean):
        raise ArgumentError(
            f"{name} must hold two treatments in a declared order, the reference first (an Enum, "
            f"an ordered Categorical, or 0 and 1); it holds {listed(map(repr, held))}."
        )
    return held[0], held[1]


def check_finite(rows: pl.DataFrame) -> None:
    """Refuse infinite numbers: they would make every estimate not a number."""
    for name, dtype in rows.schema.items():
        infinite = int(rows[name].is_infinite().sum()) if dtype.is_float() else 0
        if infinite:
            raise ContractError(f"{name} must be finite; {infinite} rows are not.")


def named_covariates(covariates: str | Sequence[str]) -> tuple[str, ...]:
    """Return the covariates as a tuple, each once."""
    names = names_given("covariates", covariates, "a column")
    return tuple(dict.fromkeys(names))
