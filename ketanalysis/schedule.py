"""When each visit takes place: the planned hours, or those at which it did take place."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ketanalysis.grid import Grid
from ketanalysis.trial import Trial

TIMES = {"AVISIT": pl.String, "hours": pl.Float64, "planned": pl.Boolean}


def visit_times(data: Any, grid: Grid) -> pl.DataFrame:
    """Return when the visits of a scale take place, one row a visit of the grid, in its order.

    Parameters
    ----------
    data
        The trial or frame that the grid was made of.
    grid
        The scores of one scale.

    Returns
    -------
    polars.DataFrame
        AVISIT, ``hours`` since the start of the first infusion, and ``planned``: whether these
        are the hours that the trial's plan gives (`Trial.visit_hours`). Without a plan they
        are the median of the times at which the scale was scored; null where none is known.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> from ketanalysis.grid import score_grid
    >>> trial = ka.load_example("ketamine")
    >>> visit_times(trial, score_grid(trial, "MADRS")).row(1)
    ('4 h', 4.0, True)
    """
    planned = dict(zip(data.visits, data.visit_hours, strict=False)) if _is_planned(data) else {}
    rows = [
        {
            "AVISIT": visit,
            "hours": planned.get(visit, _median(hours)),
            "planned": visit in planned,
        }
        for visit, hours in zip(grid.visits, grid.hours, strict=True)
    ]
    return pl.DataFrame(rows, schema=TIMES)


def _is_planned(data: Any) -> bool:
    return isinstance(data, Trial) and bool(data.visit_hours)


def _median(hours: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    known = hours[~np.isnan(hours)]
    return float(np.median(known)) if len(known) else None
