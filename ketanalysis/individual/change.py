"""How far did each subject come: change at one visit, one row a subject, nobody left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.change import BASELINE, check_flagged
from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.individual.floor import Measured, measured_from
from ketanalysis.population import Population
from ketanalysis.rates.criteria import met_by, obstacles
from ketanalysis.rates.handling import with_set_aside
from ketanalysis.results import Result
from ketanalysis.schedule import visit_times

Floats = NDArray[np.float64]
STATUSES = {
    "completed": "scored at the visit",
    "missed": "no score at the visit, but a later one",
    "left before": "last score before the visit",
    "never scored": "no score after baseline",
}
ROWS = {
    "number": pl.Int64,
    "baseline": pl.Float64,
    "score": pl.Float64,
    "change": pl.Float64,
    "relative_change": pl.Float64,
    "responder": pl.Boolean,
    "status": pl.String,
    "last_visit": pl.String,
    "last_score": pl.Float64,
    "last_change": pl.Float64,
    "last_relative_change": pl.Float64,
    "last_seen": pl.String,
    "note": pl.String,
}
COURSE = {"number": pl.Int64, "AVISIT": pl.String, "hours": pl.Float64, "score": pl.Float64}
SPREAD = ("median", "q1", "q3", "min", "max")
GROUPS = {
    "measure": pl.String,
    "n": pl.Int64,
    "n_missing": pl.Int64,
    **dict.fromkeys(SPREAD, pl.Float64),
}
AUDIT = {"status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class IndividualResult(Result):
    """The change of every subject at one visit.

    Attributes
    ----------
    table
        One row a subject, by group and then in the order of the change, largest fall first,
        those without one last: ``number`` (a running number, no identifier), by-columns,
        baseline, score, change (points), relative_change (share of baseline minus floor),
        responder (null without a rule, or where it cannot be judged), status ("completed",
        "missed", "left before", "never scored"), last_visit, last_score, last_change,
        last_relative_change (at the last visit with a score up to the one named), last_seen
        (the last visit with a score at all), note. USUBJID only where it was asked for.
    course
        One row a subject and score, baseline first: number, AVISIT, hours (since the first
        infusion; 0 for the baseline; null where unknown), score.
    groups
        One row a group and measure ("change", "relative change"): n, n_missing, quartiles.
    means
        One row a group and visit, baseline first: by-columns, AVISIT, n, mean (of those scored).
    times
        When each visit takes place, as in `estimate_change`.
    scale, by, visit
        The scale, the by-columns and the visit.
    floor, better
        The score that a relative change is measured from; "lower", "higher" or None.
    """

    kind: ClassVar[str] = "individual"

    course: pl.DataFrame = field(default_factory=pl.DataFrame)
    groups: pl.DataFrame = field(default_factory=pl.DataFrame)
    means: pl.DataFrame = field(default_factory=pl.DataFrame)
    times: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    by: tuple[str, ...] = ()
    visit: str = ""
    floor: float = 0.0
    better: str | None = None


def estimate_individual_change(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    visit: str,
    response: Response | None = None,
    from_floor: bool | None = None,
    floor: float | None = None,
    better: str | None = None,
    population: Population = "ITT",
    show_ids: bool = False,
) -> IndividualResult:
    """Estimate the change of every subject at one visit, for spaghetti and waterfall figures.

    Answers "how far did each subject come?". Not for comparing arms, and not for tests: the
    order of the rows was made by the outcome. See `estimate_change` for means.

    Parameters
    ----------
    data, scale, by, population
        As in `estimate_response`.
    visit
        The visit after baseline at which the change is taken.
    response
        A `Response` that says who is a responder at the visit, by observed score. Without it
        nobody is called one.
    from_floor, floor, better
        From which score a relative change is taken, where no `response` says so: `from_floor`
        must be written for a registered scale that starts above 0 (STAI-S: 20), `floor` (and
        `better`, "lower" or "higher", for figures with lines of improvement) for a scale that
        is not in the registry.
    show_ids
        Whether the table holds USUBJID. Without it a subject is a running number, which says
        nothing outside this result.

    Returns
    -------
    IndividualResult
        See its attributes. ``relative_change`` is (score - baseline) / (baseline - floor):
        -0.5 is a fall by half.

    Raises
    ------
    ArgumentError
        A name that does not exist, or a floor that is not declared.
    ContractError
        As `estimate_response`.
    EstimationError
        No subject has a baseline, or the population is empty.

    Notes
    -----
    Missing values: nothing is carried forward. Who has no score at the visit has no change,
    a status that says why, and the last earlier score beside it. A baseline at the floor or
    below has no relative change; ``note`` says so.
    Checked against: tests/oracle/individual.csv (R 4.2.2, base R and stats::quantile, type 7),
    all columns; counts exact, numbers relative 1e-12.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> change = ka.estimate_individual_change(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P", visit="Day 14")
    >>> change.table["status"].unique().sort().to_list()
    ['completed', 'left before']
    """
    if response is not None and not isinstance(response, Response):
        raise ArgumentError(
            f"response must be a Response, such as Response(at_least=0.5), not {response!r}."
        )
    columns = by_columns(by, (*ROWS, *GROUPS, *COURSE))
    measured = measured_from(scale, response, from_floor=from_floor, floor=floor, better=better)
    grid = score_grid(data, scale, columns, population=population)
    if np.isnan(grid.baseline).all():
        raise EstimationError(
            f"Change needs a baseline, and no subject has a {scale} baseline. Flag the "
            'baseline rows (ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
        )
    check_flagged(grid)
    row = grid.visit_index(visit)
    unsorted = _rows(grid, row, measured, response)
    order = _order(unsorted, columns)
    kept = ["number", *(["USUBJID"] if show_ids else []), *columns, *list(ROWS)[1:]]
    table = (
        unsorted[order].with_row_index("number", 1).with_columns(pl.col("number").cast(pl.Int64))
    )
    title = f"Individual change in {scale} at {visit}"
    return IndividualResult(
        table=table.select(kept),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        definition=response,
        audit=_audit(grid, unsorted, columns),
        notes=_notes(grid, measured, response, visit),
        warnings=grid.warnings,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        course=_course(grid, order),
        groups=_groups(grid, unsorted, columns),
        means=_means(grid, columns),
        times=_times(data, grid),
        scale=scale,
        by=columns,
        visit=visit,
        floor=measured.floor,
        better=measured.better,
    )


def relative_change(score: Floats, baseline: Floats, floor: float) -> Floats:
    """Return (score - baseline) / (baseline - floor), shape (n,); NaN where there is none.

    A baseline at the floor or below it has no relative change.

    Examples
    --------
    >>> relative_change(np.array([16.0, 3.0]), np.array([32.0, 0.0]), 0.0).tolist()
    [-0.5, nan]
    """
    room = np.where(baseline > floor, baseline - floor, np.nan)
    return np.asarray((score - baseline) / room)


def last_row(scores: Floats) -> NDArray[np.int64]:
    """Return the row of the last score of each subject, (n,), -1 for none; scores (rows, n)."""
    seen = ~np.isnan(scores)
    rows = np.where(seen, np.arange(len(scores))[:, np.newaxis], -1)
    return np.asarray(rows.max(axis=0, initial=-1), dtype=np.int64)


def _rows(grid: Grid, row: int, measured: Measured, response: Response | None) -> pl.DataFrame:
    """Return one row a subject in the order of the grid, with USUBJID and the by-columns."""
    score, baseline = grid.scores[row], grid.baseline
    until, ever = last_row(grid.scores[: row + 1]), last_row(grid.scores)
    last = np.where(until >= 0, grid.scores[until, np.arange(grid.n)], np.nan)
    status = np.select(
        [~np.isnan(score), ever > row, ever >= 0],
        ["completed", "missed", "left before"],
        "never scored",
    )
    numbers = {
        "baseline": baseline,
        "score": score,
        "change": score - baseline,
        "relative_change": relative_change(score, baseline, measured.floor),
        "last_score": last,
        "last_change": last - baseline,
        "last_relative_change": relative_change(last, baseline, measured.floor),
    }
    columns: dict[str, Any] = {
        **{name: pl.Series(values).fill_nan(None) for name, values in numbers.items()},
        "responder": _responders(grid, row, response),
        "status": pl.Series(status.tolist(), dtype=pl.String),
        "last_visit": _visit_names(grid, until),
        "last_seen": _visit_names(grid, ever),
        "note": _note(baseline, measured.floor),
    }
    return grid.subjects.with_columns(pl.Series(name, one) for name, one in columns.items())


def _responders(grid: Grid, row: int, response: Response | None) -> pl.Series:
    """Return who meets the rule by observed score; null where that cannot be judged."""
    if response is None:
        return pl.Series([None] * grid.n, dtype=pl.Boolean)
    met = met_by(grid, response, grid.scores[row])
    cannot = np.isnan(grid.scores[row])
    for _, who in obstacles(grid, response):
        cannot |= who
    return pl.select(pl.when(~pl.Series(cannot)).then(pl.Series(met))).to_series()


def _visit_names(grid: Grid, rows: NDArray[np.int64]) -> pl.Series:
    names = [grid.visits[row] if row >= 0 else None for row in rows.tolist()]
    return pl.Series(names, dtype=pl.Enum(grid.visits))


def _note(baseline: Floats, floor: float) -> pl.Series:
    at_floor = f"baseline of {floor:g} or less, which has no share"
    notes = np.select(
        [np.isnan(baseline), baseline <= floor], ["no baseline", at_floor], ""
    ).tolist()
    return pl.Series([note or None for note in notes], dtype=pl.String)


def _order(unsorted: pl.DataFrame, by: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the rows by group, change, last change, subject: the same in any order of rows."""
    keys = [*by, "change", "last_change", "USUBJID"]
    ordered = unsorted.with_row_index("_row").sort(keys, nulls_last=True)
    return np.asarray(ordered["_row"].to_numpy(), dtype=np.int64)


def _course(grid: Grid, order: NDArray[np.int64]) -> pl.DataFrame:
    """Return every score of every subject, by number and visit, the baseline first."""
    scores = np.vstack([grid.baseline[np.newaxis], grid.scores])[:, order]
    hours = np.vstack([np.zeros((1, grid.n)), grid.hours])[:, order]
    names = [BASELINE, *grid.visits]
    n_visits, n = scores.shape
    frame = pl.DataFrame(
        {
            "number": np.repeat(np.arange(1, n + 1), n_visits),
            "AVISIT": pl.Series(names * n, dtype=pl.Enum(names)),
            "hours": pl.Series(hours.T.ravel()).fill_nan(None),
            "score": pl.Series(scores.T.ravel()).fill_nan(None),
        }
    )
    return frame.filter(pl.col("score").is_not_null())


def _means(grid: Grid, by: tuple[str, ...]) -> pl.DataFrame:
    """Return n and mean of those scored, by group and visit; sorted, so that order is nothing."""
    names = (BASELINE, *grid.visits)
    rows = []
    for key, mask in groups_of(grid, by):
        for visit, scores in zip(names, (grid.baseline, *grid.scores), strict=True):
            seen = np.sort(scores[mask & ~np.isnan(scores)])
            mean = float(seen.mean()) if len(seen) else None
            rows.append({**key, "AVISIT": visit, "n": len(seen), "mean": mean})
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in by}
    types: dict[str, Any] = {"AVISIT": pl.Enum(names), "n": pl.Int64, "mean": pl.Float64}
    return pl.DataFrame(rows, schema={**keys, **types})


def _times(data: Any, grid: Grid) -> pl.DataFrame:
    """Return when the visits take place, the baseline at 0."""
    after = visit_times(data, grid)
    return pl.concat(
        [pl.DataFrame([(BASELINE, 0.0, True)], schema=after.schema, orient="row"), after]
    )


def _groups(grid: Grid, rows: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    found = []
    for key, mask in groups_of(grid, by):
        for measure in ("change", "relative change"):
            values = rows[measure.replace(" ", "_")].filter(pl.Series(mask))
            seen = values.drop_nulls().to_numpy()
            counts = {"n": len(seen), "n_missing": len(values) - len(seen)}
            found.append({**key, "measure": measure, **counts, **_spread(seen)})
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in by}
    return pl.DataFrame(found, schema={**keys, **GROUPS})


def _spread(values: Floats) -> dict[str, float | None]:
    if not len(values):
        return dict.fromkeys(SPREAD)
    low, q1, median, q3, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    return dict(zip(SPREAD, map(float, (median, q1, q3, low, high)), strict=True))


def _audit(grid: Grid, rows: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Return how many subjects of each group have a change, and why the others have none."""
    has_change = pl.col("change").is_not_null()
    why = pl.when(pl.col("baseline").is_null()).then(pl.lit("no baseline"))
    counted = (
        rows.with_columns(
            reason=why.otherwise(pl.col("status").replace_strict(STATUSES)),
            status=pl.when(has_change).then(pl.lit("included")).otherwise(pl.lit("excluded")),
        )
        .group_by(*by, "status", "reason")
        .agg(pl.len().cast(pl.Int64).alias("count"))
        .sort(*by, "status", "reason", descending=[*[False] * len(by), True, False])
    )
    return with_set_aside(counted, grid)


def _notes(
    grid: Grid, measured: Measured, response: Response | None, visit: str
) -> tuple[str, ...]:
    rule = () if response is None else (response.sentence(grid.scale),)
    return (
        f"Population: {grid.population}.",
        *rule,
        measured.sentence(grid.scale),
        f"Nothing is carried forward: who has no score at {visit} has no change.",
    )
