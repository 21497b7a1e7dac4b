"""Rates of adverse events in exposure: a line an event and group, with exact intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import all_asked_words
from ketanalysis.figures.adverse_events import chosen_rows, line_words
from ketanalysis.figures.forest import draw_forest
from ketanalysis.figures.forest_rows import forest_of
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean
from ketanalysis.figures.words import caption_of
from ketanalysis.rounding import number
from ketanalysis.tables.registry import group_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@figure_of("adverse event rates")
def event_rates(
    result: Any, ax: Axes | None = None, *, width: str = "two", most: int | None = 8
) -> Figure:
    """Draw the rate of each event by group with its exact interval.

    Parameters
    ----------
    result
        A result of `estimate_adverse_event_rates`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    most
        How many events are drawn, "Any event" not counted; None is all.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows that are drawn.

    Notes
    -----
    Missing values: a group without exposure has the words "not estimable".

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rates = ka.estimate_adverse_event_rates(
    ...     ka.load_example("ketamine"), by="TRT01P", per="infusion", count="first")
    >>> rates.plot(most=3).axes[0].get_xlabel()
    'Events per infusion (95 % CI)'
    """
    rows, n_all = chosen_rows(result.table, most)
    lines = rows.select("ascertainment", "AEDECOD").unique(maintain_order=True).rows()
    headings = dict(zip(lines, line_words(lines), strict=True))
    has_groups = bool(result.by)
    made = [
        {
            "heading": headings[row["ascertainment"], row["AEDECOD"]] if has_groups else "",
            "label": group_label(row, result.by)
            if has_groups
            else headings[row["ascertainment"], row["AEDECOD"]],
            "estimate": row["estimate"],
            "conf_low": row["conf_low"],
            "conf_high": row["conf_high"],
            "measure": f"events per {result.unit}",
            "method": "exact Poisson",
            "note": row["note"],
            "n": f"{row['n_events']}/{number(row['exposure'], 0)}",
        }
        for row in rows.iter_rows(named=True)
    ]
    frame = pl.DataFrame(made).drop("n")
    whole = replace(
        forest_of(frame, None, "label", "heading", result.conf_level),
        heads=("Events / exposure",),
        is_simulated=result.simulated,
    )
    counts = [row["n"] for row in made]
    kept = tuple(replace(r, counts=(n,)) for r, n in zip(whole.rows, counts, strict=True))
    figure = draw_forest(replace(whole, rows=kept), ax, width=width)
    totals = len(result.table["ascertainment"].unique())
    less = f"the {len(lines) - totals} most frequent of {n_all - totals} events"
    subjects = rows.unique(result.by)["n"].sum() if has_groups else rows["n"][0]
    figure.ketanalysis_caption = caption_of(  # type: ignore[attr-defined]
        result,
        f"Adverse events per {result.unit} among exposed subjects (n = {subjects}), with "
        f"{100 * result.conf_level:g} % exact confidence intervals",
        "first events" if result.counting == "first" else "all events",
        clean(all_asked_words(rows["ascertainment"].unique(maintain_order=True).to_list())),
        less if len(lines) < n_all else "",
    )
    figure.ketanalysis_data = rows  # type: ignore[attr-defined]
    return figure
