"""The rows of a comparison of responders: each test, and the linear model of covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.groups.covariates import design_of
from ketanalysis.groups.group_tests import compare_arrays, mean_of
from ketanalysis.groups.linear_model import adjusted_difference
from ketanalysis.groups.responder_cells import Cell, Types, without_base
from ketanalysis.groups.responder_family import adjust_rows
from ketanalysis.groups.responders_result import GROUP, REFERENCE, Methods

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


def table_of(
    cells: Sequence[Cell], covariates: Sequence[str], methods: Methods, key_types: Types
) -> pl.DataFrame:
    """Return one row a cell and test; the handling that was declared is primary."""
    rows: list[dict[str, Any]] = []
    for cell in cells:
        if covariates:
            lines = [linear_line(cell, covariates, methods.conf_level)]
        else:
            lines = compare_arrays(
                cell.values(True),
                cell.values(False),
                methods.tests,
                methods.conf_level,
                methods.effect,
                methods.draws,
            )
        head = {**cell.head, "contrast": f"{GROUP} - {REFERENCE}"}
        companion = {} if cell.missing == cells[0].missing else {"role": "sensitivity"}
        rows += [head | line | companion for line in lines]
    if methods.p_adjust not in (None, "none"):
        adjust_rows(rows, cells, [*key_types], str(methods.p_adjust), methods.draws)
    return pl.DataFrame(rows, schema={**key_types, **TABLE_SCHEMA})


def linear_line(cell: Cell, covariates: Sequence[str], conf_level: float) -> dict[str, Any]:
    """Return the row of the adjusted difference of a cell."""
    used = ~np.isnan(cell.value) & ~np.isnan(cell.responds) & ~without_base(cell)
    subjects = cell.subjects.filter(pl.Series(used))
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
