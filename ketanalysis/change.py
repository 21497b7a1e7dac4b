"""How do scores change: observed means of score and change, by visit and group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ContractError, check_conf_level
from ketanalysis.grid import Grid, by_columns, chosen_visits, groups_of, score_grid
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.handling import with_set_aside
from ketanalysis.results import Result
from ketanalysis.schedule import visit_times

BASELINE = "Baseline"
EPSILON = float(np.finfo(np.float64).eps)
ROWS = {
    "AVISIT": pl.String,
    "measure": pl.String,
    "n": pl.Int64,
    "n_missing": pl.Int64,
    "mean": pl.Float64,
    "sd": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
}
AUDIT = {
    "AVISIT": pl.String,
    "measure": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "count": pl.Int64,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ChangeResult(Result):
    """Observed means by group, visit and measure.

    Attributes
    ----------
    table
        One row a group, visit and measure ("score" or "change"): by-columns, AVISIT, measure,
        n, n_missing, mean, sd, std_error, conf_low, conf_high (points).
    scale, by
        The scale and the by-columns.
    times
        When each visit takes place: AVISIT, hours since the first infusion, planned. As
        `ketanalysis.schedule.visit_times`; the baseline stands at 0.
    """

    kind: ClassVar[str] = "change"

    scale: str = ""
    by: tuple[str, ...] = ()
    times: pl.DataFrame = field(default_factory=pl.DataFrame)


def estimate_change(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    conf_level: float = 0.95,
) -> ChangeResult:
    """Estimate observed means of score and of change from baseline, by visit and group.

    Answers "what did those who were scored look like?". Not a comparison of arms when subjects
    leave: means of different subjects stand beside each other; a mixed model is for that.

    Parameters
    ----------
    data, scale, by, visits, population
        As in `estimate_response`; the baseline is shown first where there is one.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ChangeResult
        Means in points with Student's t intervals of the mean, n and number missing. An
        interval needs two subjects who differ.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; a baseline is not needed.

    Notes
    -----
    Missing values: a missing score leaves its visit only; change needs a baseline.
    Checked against: tests/oracle/change.csv (R 4.2.2, stats::t.test), all columns, relative
    1e-10; the antidepressant trial in tests/test_real_trial.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> change = ka.estimate_change(ka.load_example("ketamine"), "MADRS", by="TRT01P")
    >>> change.table["measure"].unique().sort().to_list()
    ['change', 'score']
    """
    check_conf_level(conf_level)
    columns = by_columns(by, (*ROWS, *AUDIT))
    grid = score_grid(data, scale, columns, population=population, visits=visits)
    check_order(grid.subjects, columns)
    shown = _measured(grid, chosen_visits(visits))
    rows, audit = [], []
    for key, mask in groups_of(grid, columns):
        for (visit, measure), values in shown.items():
            where = {**key, "AVISIT": visit, "measure": measure}
            rows.append(where | _mean(values[mask], conf_level))
            audit += [where | row for row in _reasons(grid, measure, values, mask)]
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    in_order = {"AVISIT": pl.Enum(list(dict.fromkeys(visit for visit, _ in shown)))}
    title = f"Observed means of {scale}"
    return ChangeResult(
        table=pl.DataFrame(rows, schema={**keys, **ROWS, **in_order}),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        audit=with_set_aside(pl.DataFrame(audit, schema={**keys, **AUDIT, **in_order}), grid),
        notes=(
            f"Population: {grid.population}.",
            "Means of those scored at the visit, with Student's t intervals.",
        ),
        warnings=grid.warnings,
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        scale=scale,
        by=columns,
        times=_times(data, grid, in_order["AVISIT"]),
    )


def _times(data: Any, grid: Grid, visits: pl.Enum) -> pl.DataFrame:
    """Return when the visits that are shown take place; the baseline stands at 0."""
    found = visit_times(data, grid).filter(pl.col("AVISIT").is_in(list(visits.categories)))
    if BASELINE in visits.categories and BASELINE not in found["AVISIT"]:
        first = pl.DataFrame([(BASELINE, 0.0, True)], schema=found.schema, orient="row")
        found = pl.concat([first, found])
    return found.with_columns(pl.col("AVISIT").cast(visits))


def check_flagged(grid: Grid) -> None:
    """Refuse scores of a visit ``Baseline`` that are not flagged so, beside others that are."""
    if BASELINE in grid.visits:
        raise ContractError(
            f"The visit {BASELINE!r} has {grid.scale} scores that are not flagged as baseline, "
            'and would count as after it. Flag them with ABLFL = "Y".'
        )


def _measured(
    grid: Grid, visits: tuple[str, ...] | None
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return the values of each visit and measure, shape (n,), NaN where there is none."""
    has_baseline = not np.isnan(grid.baseline).all()
    if has_baseline:
        check_flagged(grid)
    shown = {(BASELINE, "score"): grid.baseline} if has_baseline else {}
    for visit, score in zip(grid.visits, grid.scores, strict=True):
        if visits is None or visit in visits:
            shown[visit, "score"] = score
            if has_baseline:
                shown[visit, "change"] = score - grid.baseline
    return shown


def _mean(values: NDArray[np.float64], conf_level: float) -> dict[str, Any]:
    from scipy.special import stdtrit

    # Sorted, so that the last digit of a sum does not depend on the order of the rows.
    seen = np.sort(values[~np.isnan(values)])
    n = len(seen)
    row: dict[str, Any] = {"n": n, "n_missing": len(values) - n}
    if n:
        row["mean"] = float(seen.mean())
    if n > 1:
        row["sd"] = float(seen.std(ddof=1))
        row["std_error"] = row["sd"] / np.sqrt(n)
    if n > 1 and row["std_error"] > 10 * EPSILON * abs(row["mean"]):  # else constant, as R says
        half = float(stdtrit(n - 1, (1 + conf_level) / 2)) * row["std_error"]
        row["conf_low"], row["conf_high"] = row["mean"] - half, row["mean"] + half
    return dict.fromkeys(ROWS.keys() - {"AVISIT", "measure"}) | row


def _reasons(
    grid: Grid, measure: str, values: NDArray[np.float64], mask: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Return how many subjects of a group stand behind a mean, and how many do not, and why."""
    is_seen = ~np.isnan(values)
    no_baseline = ~is_seen & np.isnan(grid.baseline) if measure == "change" else np.zeros_like(mask)
    counts = (
        ("included", "scored at the visit", is_seen),
        ("excluded", "no baseline", no_baseline),
        ("excluded", "no score at the visit", ~is_seen & ~no_baseline),
    )
    return [
        {"status": status, "reason": reason, "count": np.count_nonzero(who & mask)}
        for status, reason, who in counts
        if (who & mask).any()
    ]
