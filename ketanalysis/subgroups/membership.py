"""Which subgroup each subject is in, and the number behind a cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ketanalysis.comparison import COMPARATORS, holds
from ketanalysis.definition import one_bound
from ketanalysis.errors import ArgumentError, near_miss
from ketanalysis.items.held_items import with_scale
from ketanalysis.subgroups.definition import Subgroup
from ketanalysis.trial import Trial

MOST_NUMBERS = 10  # whole numbers that can be categories, such as how many trials failed


@dataclass(frozen=True, eq=False)
class Membership:
    """The subgroups of all subjects of a trial.

    Attributes
    ----------
    subgroup
        The definition.
    levels
        Names of the subgroups, in order.
    table
        One row a subject: USUBJID, ``level`` (text; null unknown), ``value`` (the number behind
        a cut; null where there is none).
    """

    subgroup: Subgroup
    levels: tuple[str, ...]
    table: pl.DataFrame


def membership(trial: Trial, subgroup: Subgroup) -> Membership:
    """Return who is in which subgroup."""
    known = _known(trial, subgroup)
    if subgroup.is_cut:
        return _cut(known, subgroup)
    column = known["value"]
    if column.dtype.is_float() or (column.dtype.is_numeric() and column.n_unique() > MOST_NUMBERS):
        raise ArgumentError(
            f"Subgroup({subgroup.label!r}) cannot divide by the numbers of {subgroup.source}: "
            f"declare a cut, such as Subgroup({subgroup.label!r}, column={subgroup.source!r}, "
            "at_least=...)."
        )
    is_ordered = isinstance(column.dtype, pl.Enum)
    held = column.drop_nulls().unique().sort()
    levels = column.dtype.categories.to_list() if is_ordered else held.cast(pl.String).to_list()  # type: ignore[attr-defined]
    level = pl.col("value").cast(pl.String).alias("level")
    number = pl.lit(None, pl.Float64).alias("value")
    return Membership(subgroup, tuple(levels), known.select("USUBJID", level, number))


def _cut(known: pl.DataFrame, subgroup: Subgroup) -> Membership:
    if not known["value"].dtype.is_numeric():
        raise ArgumentError(
            f"Subgroup({subgroup.label!r}) cuts {subgroup.source}, which must hold numbers, not "
            f"{known['value'].dtype}."
        )
    value = known["value"].cast(pl.Float64)
    comparator, bound = one_bound(subgroup, COMPARATORS)
    numbers = value.fill_null(np.nan).to_numpy()
    is_met = holds(numbers, bound, comparator)
    levels = np.array(subgroup.levels)[is_met.astype(np.int64)]
    level = pl.Series("level", levels, dtype=pl.String)
    table = known.select("USUBJID").with_columns(
        level=pl.when(pl.Series(~np.isnan(numbers))).then(level), value=value.fill_nan(None)
    )
    return Membership(subgroup, subgroup.levels, table)


def _known(trial: Trial, subgroup: Subgroup) -> pl.DataFrame:
    """Return USUBJID and ``value``, one row a subject of ADSL."""
    if subgroup.column is not None:
        if subgroup.column not in trial.adsl.columns:
            raise ArgumentError(
                f"Subgroup({subgroup.label!r}) needs a column of ADSL, not {subgroup.column!r}."
                f"{near_miss(subgroup.column, trial.adsl.columns)}"
            )
        return trial.adsl.select("USUBJID", value=pl.col(subgroup.column))
    scored = with_scale(trial, subgroup.source)
    rows = scored.scores(subgroup.source).filter(pl.col("ABLFL").cast(pl.String) == "Y")
    base = rows.select("USUBJID", value=pl.col("AVAL"))
    if base.is_empty():
        raise ArgumentError(
            f"Subgroup({subgroup.label!r}) needs a baseline of {subgroup.source}, and no subject "
            'has one (ABLFL = "Y").'
        )
    return trial.adsl.select("USUBJID").join(base, on="USUBJID", how="left", maintain_order="left")
