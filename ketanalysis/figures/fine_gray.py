"""Fine and Gray's ratios beside the cause-specific hazard ratios of the same covariates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.forest import draw_forest
from ketanalysis.figures.forest_rows import forest_of
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHORT = {
    "subdistribution hazard ratio": "subdistribution",
    "cause-specific hazard ratio": "cause-specific",
}


@figure_of("fine_gray")
def fine_gray(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    show_p: bool = False,
    limits: tuple[float, float] | None = None,
    favours: tuple[str, str] | None = None,
) -> Figure:
    """Draw each ratio of subdistribution hazards over that of cause-specific hazards.

    The two answer different questions, how many and why: a treatment that leaves the hazard of
    relapse as it is lowers its incidence where it raises that of what comes first.

    Parameters
    ----------
    result
        A result of `fit_fine_gray`.
    ax
        Axes to draw on.
    width, show_p, limits, favours
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        As `plot_forest`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"AVAL": [1, 2, 3, 4, 5, 6], "status": [1, 2, 0, 1, 1, 2],
    ...     "AGE": [30, 41, 35, 60, 52, 44]}
    >>> fit = ka.fit_fine_gray(
    ...     rows, "AGE", event="status", causes={"relapse": 1, "infusion": 2}, censored=0)
    >>> fit.plot().ketanalysis_data["label"].to_list()
    ['subdistribution', 'cause-specific']
    """
    tables = (result.table, result.cause_specific)
    order = result.table["contrast"].to_list()
    pairs = pl.concat(tables).with_columns(
        label=pl.col("measure").replace(SHORT),
        measure=pl.lit("hazard ratio"),
        place=pl.col("contrast").replace_strict(order, range(len(order))),
    )
    rows = pairs.sort("place", maintain_order=True)
    whole = forest_of(rows, None, "label", "contrast", result.conf_level)
    return draw_forest(
        replace(whole, contrast=clean(result.cause), is_simulated=result.simulated),
        ax,
        width=width,
        show_p=show_p,
        limits=limits,
        favours=favours,
    )
