"""What stands beside each subject of a grid: strata and covariates, missing where it is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.frames import to_polars
from ketanalysis.grid import Grid
from ketanalysis.trial import Trial


def subject_columns(data: Any, grid: Grid, names: tuple[str, ...], argument: str) -> pl.DataFrame:
    """Return the named columns, one row a subject in the order of the grid.

    Parameters
    ----------
    data
        The trial, or the bare frame, that the grid was made of.
    grid
        The scores of one scale.
    names
        Columns of ADSL, or of the frame (constant within a subject); BASE is the baseline of
        the scale.
    argument
        The argument that named them, for the messages.

    Returns
    -------
    polars.DataFrame
        ``n`` rows, null where a subject has no value.

    Raises
    ------
    ArgumentError
        A column does not exist.
    ContractError
        A column of a bare frame changes within a subject.
    """
    wanted = [name for name in names if name != "BASE"]
    source, where = (data.adsl, "ADSL") if isinstance(data, Trial) else (_rows(data, grid), "")
    for name in wanted:
        if name not in source.columns:
            raise ArgumentError(
                f"{argument} needs the column {name}, which {where or 'the frame'} does not have; "
                f"it has {listed(source.columns, 20)}.{near_miss(name, source.columns)}"
            )
    values = source.select("USUBJID", *wanted).unique(maintain_order=True)
    twice = values.filter(pl.col("USUBJID").is_duplicated())
    if twice.height:
        raise ContractError(
            f"{argument} needs columns that are the same in all rows of a subject; "
            f"{' or '.join(wanted)} changes in subject {twice['USUBJID'][0]}."
        )
    joined = grid.subjects.select("USUBJID").join(
        values, on="USUBJID", how="left", maintain_order="left"
    )
    base = pl.Series("BASE", grid.baseline).fill_nan(None)
    return joined.with_columns(base).select(names)


def only(grid: Grid, is_in: NDArray[Any]) -> Grid:
    """Return the grid of some of its subjects, `is_in` (n,)."""
    return replace(
        grid,
        subjects=grid.subjects.filter(is_in),
        scores=grid.scores[:, is_in],
        hours=grid.hours[:, is_in],
        baseline=grid.baseline[is_in],
    )


def _rows(data: Any, grid: Grid) -> pl.DataFrame:
    """Return the rows of the scale in a bare frame."""
    frame = to_polars(data, what="data")
    return frame.filter(pl.col("PARAMCD") == grid.scale) if "PARAMCD" in frame.columns else frame
