"""Rates compared as the plan says: plainly, over strata, or adjusted for covariates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.grid import Grid
from ketanalysis.rates.adjusted_contrasts import compare_adjusted
from ketanalysis.rates.compared import Comparison, CountBy, Counting
from ketanalysis.rates.contrasts import contrast_rows
from ketanalysis.rates.methods import Methods
from ketanalysis.rates.stratified_contrasts import compare_strata
from ketanalysis.rates.subject_columns import subject_columns


def compare_rates(
    data: Any,
    grid: Grid,
    count: CountBy,
    visits: dict[str, int],
    table: pl.DataFrame,
    by: tuple[str, ...],
    methods: Methods,
) -> Comparison:
    """Return the contrasts of the groups of the first by-column, each with the first group.

    Parameters
    ----------
    data
        The trial or frame that the grid was made of; strata and covariates stand in it.
    grid
        The scores, with the by-columns.
    count
        Says who meets the rule, from a grid and a handling of missing scores.
    visits
        Each visit that is shown, and its row in the grid.
    table
        The rates: by-columns, AVISIT, missing, count, n.
    by
        The by-columns.
    methods
        The methods by name.

    Raises
    ------
    ArgumentError
        Strata or covariates without groups to compare, or that do not exist.
    ContractError
        Strata or covariates that change within a subject.
    """
    if not (methods.strata or methods.adjust):
        plain = (methods.differences, methods.conf_level, methods.tests, methods.odds)
        return Comparison(contrast_rows(table, by, *plain))
    argument = "strata" if methods.strata else "adjust"
    names = methods.strata or methods.adjust
    _check_by(by, argument, names)
    beside = subject_columns(data, grid, names, argument)
    complete = beside.select(pl.all_horizontal(pl.all().is_not_null())).to_series().to_numpy()
    handlings = table["missing"].unique(maintain_order=True).to_list()
    counting = Counting(grid, count, visits, handlings, beside, complete)
    compare = compare_strata if methods.strata else compare_adjusted
    return _with_missing(compare(counting, by, methods), counting)


def _with_missing(found: Comparison, counting: Counting) -> Comparison:
    """Count the subjects who lack a stratum or a covariate, by the first that they lack."""
    kind = "stratified" if found.standardised.is_empty() else "adjusted"
    rows, left = [], np.ones(counting.beside.height, dtype=bool)
    for column in counting.beside:
        lacks = column.is_null().to_numpy() & left
        left &= ~lacks
        if lacks.any():
            reason = f"no {column.name}, so not in the {kind} contrasts"
            rows.append({"status": "excluded", "reason": reason, "count": int(lacks.sum())})
    if not rows:
        return found
    names = ", ".join(f"{row['count']} ({str(row['reason']).split(',')[0]})" for row in rows)
    warning = f"Subjects who are counted in the rates but not in the {kind} contrasts: {names}."
    return replace(found, audit=tuple(rows), warnings=(*found.warnings, warning))


def _check_by(by: tuple[str, ...], argument: str, names: tuple[str, ...]) -> None:
    if not by:
        raise ArgumentError(
            f"{argument}= belongs to a comparison of groups, and by= names none. Name the column "
            'of the groups: by="TRT01P".'
        )
    for name in names:
        if name in by:
            raise ArgumentError(f"{argument} cannot name {name!r}, which by= divides already.")
