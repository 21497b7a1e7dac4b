"""The continuous twin of a comparison of responders: the end score itself, uncut.

Response is a cut of a continuum. Beside "do responders differ in anxiety?" stands "does anxiety
go with the end score, at the same baseline?", which needs no cut and shares no baseline with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.grid import Grid
from ketanalysis.groups.correlation import TOO_FEW_PAIRS, Correlation, spearman
from ketanalysis.groups.covariates import design_of
from ketanalysis.groups.linear_model import Adjusted, adjusted_slope
from ketanalysis.groups.partial_correlation import partial_correlation
from ketanalysis.groups.responder_cells import Cell, Floats, Types
from ketanalysis.rates.criteria import scale_shape

Row = dict[str, Any]
SHARED = (
    "{outcome} and the improvement are of one scale and share its baseline: they correlate by "
    "construction"
)
TWIN_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "measure"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("estimate", "conf_low", "conf_high", "p_value"), pl.Float64),
    "note": pl.String,
}
CONTINUOUS_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "measure"), pl.String),
    **dict.fromkeys(("n", "n_missing"), pl.Int64),
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("statistic", "df", "p_value"), pl.Float64),
    **dict.fromkeys(("method", "note"), pl.String),
}


def twin_of(
    cells: Sequence[Cell],
    grid: Grid,
    rule: Response | Remission,
    row: int,
    conf_level: float,
    key_types: Types,
) -> pl.DataFrame:
    """Return the correlation of each outcome with the improvement in points, by group."""
    improvement = grid.baseline - grid.scores[row]
    improvement = improvement if _higher_is_worse(grid.scale, rule) else -improvement
    rows = []
    for cell in _one_handling(cells):
        found = spearman(cell.value, improvement[cell.mask], conf_level)
        numbers = {
            name: getattr(found, name) for name in ("estimate", "conf_low", "conf_high", "p_value")
        }
        rows.append(
            {
                **cell.key,
                "outcome": cell.outcome,
                "measure": "Spearman correlation with improvement",
                "n": found.n,
                "note": found.reason or _shared(cell, grid),
                **{k: None if np.isnan(v) else v for k, v in numbers.items()},
            }
        )
    return pl.DataFrame(rows, schema={**key_types, **TWIN_SCHEMA})


def no_twin(key_types: Types) -> pl.DataFrame:
    """Return the twin of an adjusted comparison: no rows."""
    return pl.DataFrame(schema={**key_types, **TWIN_SCHEMA})


def continuous_of(
    cells: Sequence[Cell],
    grid: Grid,
    covariates: Sequence[str],
    row: int,
    conf_level: float,
    *,
    has_raw: bool,
) -> Iterator[Row]:
    """Yield correlations and slopes of the end score, as observed; `row` is its visit."""
    visit, scale = grid.visits[row], grid.scale
    fixed = ", ".join([f"{scale} at baseline", *map(_named, covariates)])
    for cell in _one_handling(cells):
        end, base = grid.scores[row][cell.mask], grid.baseline[cell.mask]
        given = _given(cell, base, covariates)
        if has_raw:
            found = spearman(cell.value, end, conf_level)
            yield _correlation(cell, found, f"Spearman correlation with {scale} at {visit}")
        for method in ("spearman", "pearson"):
            what = f"partial {method.capitalize()} correlation with {scale} at {visit}"
            part = partial_correlation(cell.value, end, given, method, conf_level)
            yield _correlation(cell, part, f"{what}, at the same {_words(fixed, cell)}")
        used = ~np.isnan(np.column_stack([cell.value, end, given])).any(axis=1)
        slope = _slope(end[used], cell.value[used], given[used], conf_level)
        what = f"points of {scale} at {visit} per point of {cell.outcome}"
        yield _ancova(cell, slope, used, f"ANCOVA: {what}, at the same {_words(fixed, cell)}")


def _given(cell: Cell, base: Floats, covariates: Sequence[str]) -> Floats:
    """Return what is held fixed: the baseline, and the covariates; NaN where one is missing."""
    if not covariates:
        return base[:, np.newaxis]
    there = np.ones(len(base), dtype=bool)
    for name in covariates:
        there &= cell.subjects[name].is_not_null().to_numpy()
        if cell.subjects.schema[name].is_float():
            there &= ~cell.subjects[name].is_nan().fill_null(True).to_numpy()
    design = design_of(cell.subjects.filter(pl.Series(there)), covariates).columns
    given = np.full((len(base), 1 + design.shape[1]), np.nan)
    given[:, 0] = base
    given[there, 1:] = design
    return given


def _slope(end: Floats, value: Floats, given: Floats, conf_level: float) -> Adjusted:
    if len(end) < 3:
        return Adjusted(reason=TOO_FEW_PAIRS)
    order = np.lexsort((*given.T, end, value))  # so that no sum depends on rows
    return adjusted_slope(end[order], value[order], given[order], conf_level)


def _correlation(cell: Cell, found: Correlation, measure: str) -> Row:
    return _row(cell, measure) | {
        "n": found.n,
        "n_missing": found.n_missing,
        "method": found.method,
        "note": found.reason,
        **{
            name: getattr(found, name)
            for name in CONTINUOUS_SCHEMA
            if CONTINUOUS_SCHEMA[name] == pl.Float64
        },
    }


def _ancova(cell: Cell, found: Adjusted, used: Any, measure: str) -> Row:
    return _row(cell, measure) | {
        "n": int(used.sum()),
        "n_missing": int((~used).sum()),
        "estimate": found.difference,
        "method": "least squares",
        "note": found.reason,
        **{
            name: getattr(found, name)
            for name in ("std_error", "conf_low", "conf_high", "statistic", "df", "p_value")
        },
    }


def _row(cell: Cell, measure: str) -> Row:
    return {**cell.key, "outcome": cell.outcome, "measure": measure}


def _one_handling(cells: Sequence[Cell]) -> list[Cell]:
    """Return each by-group and outcome once: the twin takes scores as observed."""
    return [cell for cell in cells if cell.missing == cells[0].missing]


def _named(covariate: str) -> str:
    return "{outcome} at baseline" if covariate == "BASE" else covariate


def _words(fixed: str, cell: Cell) -> str:
    return fixed.replace("{outcome}", cell.outcome)


def _shared(cell: Cell, grid: Grid) -> str | None:
    return SHARED.format(outcome=cell.outcome) if cell.outcome == grid.scale else None


def _higher_is_worse(scale: str, rule: Response | Remission) -> bool:
    if isinstance(rule, Response):
        return scale_shape(scale, rule)[1]
    return rule.comparator in ("at_most", "below")
