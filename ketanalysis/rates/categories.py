"""Subjects in categories that exclude each other: levels of response, reliable change.

Every subject stands in one category, so the shares of a group add up to one; a missing score
is a category of its own where everybody is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, chosen_visits, groups_of
from ketanalysis.rates.contrasts import contrast_rows, order_notes
from ketanalysis.rates.handling import (
    HANDLINGS,
    Obstacles,
    audit_rows,
    count_judged,
    count_rows,
    with_set_aside,
)
from ketanalysis.rates.response import AUDIT, COUNTS, check_methods, with_interval
from ketanalysis.rates.shares import missing_note, population_note
from ketanalysis.results import Result

Places = Callable[[NDArray[np.float64]], NDArray[np.int64]]
NOT_ASSESSED = "not assessed"
MISSING = HANDLINGS | {
    "nri": "everybody is counted, and who was not assessed is a category, which is no improvement"
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CategoriesResult(Result):
    """Shares of subjects in each category by group, visit and handling of missing scores.

    Attributes
    ----------
    table
        One row a group, visit, handling and category: by-columns, AVISIT, missing, category
        (in order, the best first), count, n, estimate (0 to 1), conf_low, conf_high, method.
    contrasts
        The risk differences of `RatesResult`, one row a category; those of a visit sum to 0.
    scale, outcome
        The scale, and what is classed.
    by
        The by-columns.
    """

    kind: ClassVar[str] = "categories"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    outcome: str = ""
    by: tuple[str, ...] = ()


def categories(
    grid: Grid,
    names: Sequence[str],
    places: Places,
    why_not: Obstacles,
    *,
    outcome: str,
    definition: Any,
    columns: tuple[str, ...],
    handlings: tuple[str, ...],
    visits: Sequence[str] | None,
    notes: Sequence[str],
    warnings: Sequence[str] = (),
    ci: str,
    difference: str | Sequence[str],
    conf_level: float,
) -> CategoriesResult:
    """Return the shares of subjects in each category.

    Parameters
    ----------
    names
        The categories in order, the best first.
    places
        From scores, shape (n_visits, n), to the place of each in `names`.
    why_not
        In whom it cannot be judged, as in `ketanalysis.rates.handling.count_judged`.
    outcome
        What is classed: "levels of response".
    """
    differences = (difference,) if isinstance(difference, str) else tuple(difference)
    check_methods(ci, differences, conf_level)
    counts, audit = _counted(grid, names, places, why_not, columns, handlings, visits)
    table = with_interval(counts, ci, conf_level)
    title = f"{outcome.capitalize()} on {grid.scale}"
    return CategoriesResult(
        table=table,
        contrasts=_contrasts(table, columns, differences, conf_level),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        definition=definition,
        audit=with_set_aside(audit, grid),
        notes=(
            population_note(grid),
            *notes,
            missing_note(handlings, MISSING),
            f"{conf_level * 100:g} % intervals: {method_words(ci)}, each category for itself.",
            *order_notes(table, columns),
        ),
        warnings=(*grid.warnings, *warnings),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        scale=grid.scale,
        outcome=outcome,
        by=columns,
    )


def _counted(
    grid: Grid,
    names: Sequence[str],
    places: Places,
    why_not: Obstacles,
    columns: tuple[str, ...],
    handlings: tuple[str, ...],
    visits: Sequence[str] | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    named, groups = chosen_visits(visits), groups_of(grid, columns)
    rows = {visit: i for i, visit in enumerate(grid.visits) if named is None or visit in named}
    counts: list[dict[str, Any]] = []
    audit: list[dict[str, Any]] = []
    for handling in handlings:
        of_category = [
            count_judged(grid, _in_place(places, at), why_not, handling) for at in range(len(names))
        ]
        found = [count_rows(one, groups, rows, handling) for one in of_category]
        for cells in zip(*found, strict=True):
            counts += [row | {"category": name} for row, name in zip(cells, names, strict=True)]
            if handling == "nri":
                rest = cells[0]["n"] - sum(row["count"] for row in cells)
                counts.append(cells[0] | {"category": NOT_ASSESSED, "count": rest})
        audit += [
            row
            | {"reason": row["reason"].replace("counted as failure", f"counted as {NOT_ASSESSED}")}
            for row in audit_rows(of_category[0], groups, rows, handling)
        ]
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    in_order = {"AVISIT": pl.Enum(grid.visits)}
    of = {"category": pl.Enum([*names, NOT_ASSESSED])}
    order = [*columns, "AVISIT", "missing", "category", "count", "n"]
    return (
        pl.DataFrame(counts, schema={**keys, **COUNTS, **of, **in_order}).select(order),
        pl.DataFrame(audit, schema={**keys, **AUDIT, **in_order}),
    )


def _in_place(places: Places, at: int) -> Callable[[NDArray[np.float64]], NDArray[np.bool_]]:
    return lambda scores: places(scores) == at


def _contrasts(
    table: pl.DataFrame, columns: tuple[str, ...], differences: Sequence[str], conf_level: float
) -> pl.DataFrame:
    """Return the risk differences of each category; a ratio or an NNT of one says little."""
    by = (*columns, "category") if columns else ()
    rows = contrast_rows(table, by, differences, conf_level)
    return rows.filter(pl.col("measure") == "risk difference")
