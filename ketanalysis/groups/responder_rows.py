"""The rows of a comparison of responders: who is one, the values, each test, the audit.

A cell is one outcome in one by-group under one handling of missing response scores. Every
table of the result is made of cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.grid import Grid, groups_of
from ketanalysis.groups.correlation import spearman
from ketanalysis.groups.covariates import design_of
from ketanalysis.groups.group_tests import compare_arrays, mean_of
from ketanalysis.groups.linear_model import adjusted_difference
from ketanalysis.groups.responders_result import GROUP, REFERENCE, Methods
from ketanalysis.multiplicity import adjust_p
from ketanalysis.rates.criteria import scale_shape
from ketanalysis.rates.handling import count_met

Floats = NDArray[np.float64]
Types = Mapping[str, pl.DataType]
LINEAR = "linear model"
TABLE_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "missing", "contrast", "role", "test", "measure"), pl.String),
    **dict.fromkeys(("n", "n_reference", "n_missing"), pl.Int64),
    **dict.fromkeys(("mean", "mean_reference"), pl.Float64),
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("statistic", "df", "p_value", "p_adjusted"), pl.Float64),
    **dict.fromkeys(("effect_size", "effect_low", "effect_high", "superiority"), pl.Float64),
    **dict.fromkeys(("method", "note"), pl.String),
}
AUDIT_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "missing", "status", "reason"), pl.String),
    "count": pl.Int64,
}
TWIN_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "measure"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("estimate", "conf_low", "conf_high", "p_value"), pl.Float64),
    "note": pl.String,
}


@dataclass(frozen=True)
class Cell:
    """One outcome in one by-group under one handling: arrays over the group's subjects.

    ``responds`` is 1 for a responder, 0 for a non-responder, NaN where response is not known.
    """

    key: dict[str, Any]
    outcome: str
    missing: str
    mask: NDArray[np.bool_]
    value: Floats
    responds: Floats

    def values(self, is_responder: bool) -> Floats:
        """Return the values of one of the two groups, NaN where missing."""
        mine: Floats = self.value[self.responds == float(is_responder)]
        return mine


def cells_of(
    grid: Grid,
    columns: tuple[str, ...],
    handlings: Sequence[str],
    rule: Response | Remission,
    row: int,
    values: Mapping[str, Floats],
) -> list[Cell]:
    """Return the cells in order of by-group, outcome and handling; `row` is the visit."""
    counts = {name: count_met(grid, rule, name) for name in handlings}
    status = {
        name: np.where(counted.counted[row], counted.met[row].astype(np.float64), np.nan)
        for name, counted in counts.items()
    }
    return [
        Cell(key, outcome, handling, mask, value[mask], status[handling][mask])
        for key, mask in groups_of(grid, columns)
        for outcome, value in values.items()
        for handling in handlings
    ]


def table_of(
    cells: Sequence[Cell],
    grid: Grid,
    covariates: Sequence[str],
    methods: Methods,
    key_types: Types,
) -> pl.DataFrame:
    """Return one row a cell and test; the handling that was declared is primary."""
    rows: list[dict[str, Any]] = []
    for cell in cells:
        if covariates:
            lines = [_linear_line(cell, covariates, grid, methods.conf_level)]
        else:
            lines = compare_arrays(
                cell.values(True),
                cell.values(False),
                methods.tests,
                methods.conf_level,
                methods.effect,
                methods.draws,
            )
        head = {
            **cell.key,
            "outcome": cell.outcome,
            "missing": cell.missing,
            "contrast": f"{GROUP} - {REFERENCE}",
        }
        companion = {} if cell.missing == cells[0].missing else {"role": "sensitivity"}
        rows += [head | line | companion for line in lines]
    if methods.p_adjust not in (None, "none"):
        _adjust([*key_types], rows, str(methods.p_adjust))
    return pl.DataFrame(rows, schema={**key_types, **TABLE_SCHEMA})


def _adjust(by: list[str], rows: list[dict[str, Any]], p_adjust: str) -> None:
    """Adjust the p values over the outcomes, within by-group, handling and test."""
    families: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        families.setdefault(tuple(row[c] for c in (*by, "missing", "test")), []).append(row)
    for family in families.values():
        adjusted = adjust_p([row["p_value"] for row in family], p_adjust)
        for row, p in zip(family, adjusted.tolist(), strict=True):
            row["p_adjusted"] = None if np.isnan(p) else p


def _linear_line(
    cell: Cell, covariates: Sequence[str], grid: Grid, conf_level: float
) -> dict[str, Any]:
    used = ~np.isnan(cell.value) & ~np.isnan(cell.responds)
    subjects = grid.subjects.filter(pl.Series(cell.mask)).filter(pl.Series(used))
    value, is_group = cell.value[used], cell.responds[used] == 1
    design = design_of(subjects, covariates)
    found = adjusted_difference(value, is_group, design.columns, conf_level)
    nothing = ", ".join(dict.fromkeys(design.names[place] for place in found.dependent))
    numbers = {
        "mean": mean_of(value[is_group]),
        "mean_reference": mean_of(value[~is_group]),
        "estimate": found.difference,
        "std_error": found.std_error,
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
    }
    return {
        "role": "primary",
        "test": LINEAR,
        "measure": f"difference of means, adjusted for {', '.join(covariates)}",
        "method": "least squares",
        "n": int(is_group.sum()),
        "n_reference": int((~is_group).sum()),
        "n_missing": int((~np.isnan(cell.responds)).sum() - used.sum()),
        "note": found.reason or (f"{nothing} adds nothing to the model" if nothing else None),
        **{name: None if np.isnan(number) else number for name, number in numbers.items()},
    }


def audit_of(cells: Sequence[Cell], grid: Grid, key_types: Types) -> pl.DataFrame:
    """Return who was compared in each cell and who was not; every cell adds up to its group."""
    rows = [
        {
            **cell.key,
            "outcome": cell.outcome,
            "missing": cell.missing,
            "status": status,
            "reason": reason,
            "count": count,
        }
        for cell in cells
        for status, reason, count in _counted(cell)
        if count
    ]
    rows += [
        {"status": "excluded", "reason": reason, "count": count} for reason, count in grid.set_aside
    ]
    return pl.DataFrame(rows, schema={**key_types, **AUDIT_SCHEMA})


def _counted(cell: Cell) -> Iterator[tuple[str, str, int]]:
    unknown, absent = np.isnan(cell.responds), np.isnan(cell.value)
    yield "included", GROUP, int(((cell.responds == 1) & ~absent).sum())
    yield "included", REFERENCE, int(((cell.responds == 0) & ~absent).sum())
    yield "excluded", "response not known", int(unknown.sum())
    yield "excluded", f"no {cell.outcome}", int((~unknown & absent).sum())


def points_of(cells: Sequence[Cell], key_types: Types) -> pl.DataFrame:
    """Return the values compared, without subjects, in order of value within each cell."""
    pieces = []
    for cell in cells:
        seen = ~np.isnan(cell.value) & ~np.isnan(cell.responds)
        group = np.where(cell.responds[seen] == 1, GROUP, REFERENCE)
        keys = [pl.lit(value).cast(key_types[name]).alias(name) for name, value in cell.key.items()]
        pieces.append(
            pl.DataFrame({"group": group, "value": cell.value[seen]})
            .cast({"group": pl.Enum([REFERENCE, GROUP])})
            .sort("group", "value")
            .select(
                *keys,
                pl.lit(cell.outcome).alias("outcome"),
                pl.lit(cell.missing).alias("missing"),
                "group",
                "value",
            )
        )
    return pl.concat(pieces)


def twin_of(
    grid: Grid,
    columns: tuple[str, ...],
    values: Mapping[str, Floats],
    rule: Response | Remission,
    row: int,
    conf_level: float,
    key_types: Types,
) -> pl.DataFrame:
    """Return the correlation of each outcome with the improvement in points, by group."""
    improvement = grid.baseline - grid.scores[row]
    improvement = improvement if _higher_is_worse(grid.scale, rule) else -improvement
    rows = []
    for key, mask in groups_of(grid, columns):
        for outcome, value in values.items():
            found = spearman(value[mask], improvement[mask], conf_level)
            numbers = {
                name: getattr(found, name)
                for name in ("estimate", "conf_low", "conf_high", "p_value")
            }
            rows.append(
                {
                    **key,
                    "outcome": outcome,
                    "measure": "Spearman correlation with improvement",
                    "n": found.n,
                    "note": found.reason,
                    **{k: None if np.isnan(v) else v for k, v in numbers.items()},
                }
            )
    return pl.DataFrame(rows, schema={**key_types, **TWIN_SCHEMA})


def no_twin(key_types: Types) -> pl.DataFrame:
    """Return the twin of an adjusted comparison: no rows."""
    return pl.DataFrame(schema={**key_types, **TWIN_SCHEMA})


def _higher_is_worse(scale: str, rule: Response | Remission) -> bool:
    if isinstance(rule, Response):
        return scale_shape(scale, rule)[1]
    return rule.comparator in ("at_most", "below")
