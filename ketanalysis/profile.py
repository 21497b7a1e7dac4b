"""A profile over several scales at one visit: their means and medians by group, and the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.frames import to_polars
from ketanalysis.grid import Grid, Groups, by_columns, groups_of, names_given, score_grid
from ketanalysis.population import Population
from ketanalysis.results import Result
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]
SPREAD = ("mean", "sd", "median", "q1", "q3", "min", "max")
ROWS = {
    "outcome": pl.String,
    "AVISIT": pl.String,
    "n": pl.Int64,
    "n_missing": pl.Int64,
    **dict.fromkeys(SPREAD, pl.Float64),
}
DATA = {"number": pl.Int64, "outcome": pl.String, "value": pl.Float64}
AUDIT = {"outcome": pl.String, "status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProfileResult(Result):
    """Several scales at one visit.

    Attributes
    ----------
    table
        One row a group and scale: by-columns, outcome (PARAMCD), AVISIT, n, n_missing, mean,
        sd, median, q1, q3, min, max (points).
    data
        One row a subject and scale: by-columns, number (a running number, no identifier),
        outcome, value (null where missing). Subjects are numbered by group, then by the mean
        of the scales that they have, highest first, those without any last.
    scales, by, visit
        The scales in their order, the by-columns and the visit.
    """

    kind: ClassVar[str] = "profile"

    data: pl.DataFrame = field(default_factory=pl.DataFrame)
    scales: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    visit: str = ""


def estimate_profile(
    data: Any,
    scales: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    *,
    visit: str,
    population: Population = "ITT",
) -> ProfileResult:
    """Estimate means and medians of several scales at one visit, by group.

    Answers "what was the experience like?", for example over the eleven subscales of the ASC.
    Not a comparison: `compare_groups` and `compare_responders` give differences and adjust
    the p values of several scales.

    Parameters
    ----------
    data, by, population
        As in `estimate_response`.
    scales
        PARAMCD of each scale, in the order of the figure. They should share a unit (all 0 to
        100): means of different units cannot be compared by colour.
    visit
        The visit at which all of them were scored.

    Returns
    -------
    ProfileResult
        See its attributes.

    Raises
    ------
    ArgumentError
        A scale or visit that does not exist, or a scale that stands twice.
    ContractError, EstimationError
        As `estimate_response`; a baseline is not needed.

    Notes
    -----
    Missing values: a subject without a score leaves that scale only, and is counted in
    ``n_missing``. Without ADSL the population is everybody who counts for one of the scales.
    Quartiles are type 7, as R's default.
    Checked against: tests/oracle/individual.csv (R 4.2.2, base::mean, stats::sd,
    stats::quantile), relative 1e-12.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> profile = ka.estimate_profile(
    ...     ka.load_example("ketamine"), ["ASC_ANX"], by="TRT01P", visit="4 h")
    >>> profile.table["n"].to_list()
    [48, 47]
    """
    columns = by_columns(by, (*ROWS, *DATA, *AUDIT))
    names = _named(scales)
    grids = {name: score_grid(data, name, columns, population=population) for name in names}
    subjects = _everybody(list(grids.values()), columns)
    values = np.vstack([_values(grid, visit, subjects) for grid in grids.values()])
    order = _order(subjects, values, columns)
    subjects, values = subjects[order], values[:, order]
    first = next(iter(grids.values()))
    groups = groups_of(replace(first, subjects=subjects), columns)
    populations = dict.fromkeys(grid.population for grid in grids.values())
    title = f"{listed(names, 3)} at {visit}"
    return ProfileResult(
        table=_table(subjects, groups, values, names, visit),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        audit=_audit(data, subjects, groups, values, names),
        notes=(
            f"Population: {'; '.join(populations)}.",
            f"Means and medians of those scored at {visit}; quartiles of type 7.",
        ),
        warnings=first.warnings,
        simulated=first.simulated,
        from_pandas=first.from_pandas,
        data=_data(subjects, values, names, columns),
        scales=names,
        by=columns,
        visit=visit,
    )


def spread(values: Floats) -> dict[str, float | None]:
    """Return mean, sd, median, quartiles and ends of values without NaN; None where there is none.

    Sorted first, so that the last digit of a sum does not depend on the order of the rows.

    Examples
    --------
    >>> spread(np.array([1.0, 2.0, 6.0]))["median"]
    2.0
    """
    if not values.size:
        return dict.fromkeys(SPREAD)
    ordered = np.sort(values)
    low, q1, median, q3, high = map(float, np.quantile(ordered, [0, 0.25, 0.5, 0.75, 1]))
    sd = float(ordered.std(ddof=1)) if ordered.size > 1 else None
    found = (float(ordered.mean()), sd, median, q1, q3, low, high)
    return dict(zip(SPREAD, found, strict=True))


def _named(scales: str | Sequence[str]) -> tuple[str, ...]:
    names = names_given("scales", scales, "a scale")
    twice = [name for name in names if names.count(name) > 1]
    if not names or twice:
        raise ArgumentError(
            f"scales must name each scale once; {twice[0]!r} stands twice."
            if twice
            else "scales must name at least one scale, but the list is empty."
        )
    return names


def _everybody(grids: list[Grid], columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the subjects of all grids, USUBJID and by-columns, in the order of USUBJID."""
    whole = pl.concat([grid.subjects.select("USUBJID", *columns) for grid in grids])
    return whole.unique("USUBJID", keep="first", maintain_order=True).sort("USUBJID")


def _values(grid: Grid, visit: str, subjects: pl.DataFrame) -> Floats:
    """Return the scores of one scale at the visit in the order of the subjects, shape (n,)."""
    scored = grid.subjects.select("USUBJID").with_columns(
        value=pl.Series(grid.scores[grid.visit_index(visit)])
    )
    joined = subjects.join(scored, on="USUBJID", how="left", maintain_order="left")["value"]
    return joined.fill_null(np.nan).to_numpy()


def _order(subjects: pl.DataFrame, values: Floats, by: tuple[str, ...]) -> list[int]:
    seen = ~np.isnan(values)
    n = seen.sum(axis=0)
    total = np.where(seen, values, 0.0).sum(axis=0)
    mean = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    keyed = subjects.with_row_index("_row").with_columns(
        _low=-pl.Series(mean).fill_nan(None).fill_null(-np.inf)
    )
    return keyed.sort([*by, "_low", "USUBJID"])["_row"].to_list()


def _table(
    subjects: pl.DataFrame, groups: Groups, values: Floats, names: tuple[str, ...], visit: str
) -> pl.DataFrame:
    rows = []
    for key, mask in groups:
        for name, own in zip(names, values[:, mask], strict=True):
            seen = own[~np.isnan(own)]
            counts = {"n": seen.size, "n_missing": own.size - seen.size}
            rows.append({**key, "outcome": name, "AVISIT": visit, **counts, **spread(seen)})
    keys: dict[str, Any] = {column: subjects.schema[column] for column in groups[0][0]}
    return pl.DataFrame(rows, schema={**keys, **ROWS, "outcome": pl.Enum(names)})


def _data(
    subjects: pl.DataFrame, values: Floats, names: tuple[str, ...], by: tuple[str, ...]
) -> pl.DataFrame:
    n = subjects.height
    numbered = subjects.with_row_index("number", 1).select(*by, pl.col("number").cast(pl.Int64))
    long = [
        numbered.with_columns(
            pl.Series("outcome", [name] * n, dtype=pl.Enum(names)),
            pl.Series("value", own).fill_nan(None),
        )
        for name, own in zip(names, values, strict=True)
    ]
    return pl.concat(long)


def _audit(
    data: Any, subjects: pl.DataFrame, groups: Groups, values: Floats, names: tuple[str, ...]
) -> pl.DataFrame:
    """Return every subject of the data once a scale: scored, not scored, or not counted."""
    given = data.adsl if isinstance(data, Trial) else to_polars(data, what="data")
    aside = given["USUBJID"].n_unique() - subjects.height
    rows: list[dict[str, Any]] = []
    for name, own in zip(names, values, strict=True):
        seen = ~np.isnan(own)
        for key, mask in groups:
            counts = (
                ("included", "scored at the visit", seen & mask),
                ("excluded", "no score at the visit", ~seen & mask),
            )
            rows += [
                {**key, "outcome": name, "status": status, "reason": reason, "count": who.sum()}
                for status, reason, who in counts
                if who.any()
            ]
        if aside:
            where = {"outcome": name, "status": "excluded", "count": aside}
            rows.append({**where, "reason": "not in the population, or in no group"})
    keys: dict[str, Any] = {column: subjects.schema[column] for column in groups[0][0]}
    return pl.DataFrame(rows, schema={**keys, **AUDIT, "outcome": pl.Enum(names)})
