"""Forest plot of subgroups: the effect in each, a line at the effect in all, interaction tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.forest import draw_forest
from ketanalysis.figures.forest_rows import Forest, ForestRow
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean
from ketanalysis.figures.words import caption_of
from ketanalysis.glossary import method_words
from ketanalysis.subgroups.effects import OVERALL
from ketanalysis.tables.subgroups import arms_of, heading_of
from ketanalysis.tables.words import at_visit, contrast_words, sign_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@figure_of("subgroups", "forest")
@figure_of("subgroups")
def subgroups(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    measure: str | None = None,
    contrast: str | None = None,
    limits: tuple[float, float] | None = None,
    favours: tuple[str, str] | None = None,
) -> Figure:
    """Draw the effect in each subgroup, with a broken line at the effect in all subjects.

    Parameters
    ----------
    result
        A result of `estimate_subgroups`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    measure
        "risk difference" (without it) or "odds ratio"; of a change its only one.
    contrast
        Which arms, where there are several contrasts; the first without it.
    limits, favours
        As in `plot_forest`.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows that are drawn.

    Raises
    ------
    ArgumentError
        A measure or contrast that the result does not have.

    Notes
    -----
    Missing values: a subgroup without an estimate has the words "not estimable" and no mark.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_subgroups(
    ...     ka.load_example("ketamine"), "MADRS", "SEX", ka.Response(at_least=0.5),
    ...     visit="Day 14", missing="nri", declared="before")
    >>> found.plot(measure="odds ratio").axes[0].get_xscale()
    'log'
    """
    table = result.table
    measures = table["measure"].unique(maintain_order=True).to_list()
    measure = measures[0] if measure is None else measure
    check_one_of("measure", measure, measures)
    contrasts = table["contrast"].unique(maintain_order=True).to_list()
    contrast = contrasts[0] if contrast is None else contrast
    check_one_of("contrast", contrast, contrasts)
    rows = table.filter((pl.col("measure") == measure) & (pl.col("contrast") == contrast))
    whole = _forest(result, rows, measure, contrast)
    overall = rows.filter(pl.col("subgroup") == OVERALL)["estimate"][0]
    if overall is not None and measure == "risk difference":
        overall = 100 * overall  # in percentage points, as the axis
    figure = draw_forest(whole, ax, width=width, limits=limits, favours=favours, across=overall)
    figure.ketanalysis_caption = _caption(result, rows, measure, contrast)  # type: ignore[attr-defined]
    figure.ketanalysis_data = rows  # type: ignore[attr-defined]
    return figure


def _forest(result: Any, rows: pl.DataFrame, measure: str, contrast: str) -> Forest:
    words = contrast_words(contrast, arms_of(result)).split(" minus ")
    heads = tuple(clean(word) for word in words) if len(words) == 2 else ("Arm", "Reference")
    made = []
    for row in rows.iter_rows(named=True):
        is_whole = row["subgroup"] == OVERALL
        heading = "" if is_whole else heading_of(result, row["subgroup"], is_short=True)
        made.append(
            ForestRow(
                heading=clean(heading),
                label=OVERALL if is_whole else clean(row["level"]),
                measure=measure,
                estimate=row["estimate"],
                low=row["conf_low"],
                high=row["conf_high"],
                note=row["note"] or "",
                counts=_counts(row),
            )
        )
    return replace(
        Forest(tuple(made), heads=heads),
        conf_level=result.conf_level,
        is_simulated=result.simulated,
        contrast=clean(contrast_words(contrast, arms_of(result), sign_words(measure))),
    )


def _counts(row: dict[str, Any]) -> tuple[str, str]:
    if row["count"] is None:
        return str(row["n"]), str(row["n_reference"])
    return f"{row['count']}/{row['n']}", f"{row['count_reference']}/{row['n_reference']}"


def _caption(result: Any, rows: pl.DataFrame, measure: str, contrast: str) -> str:
    whole = rows.filter(pl.col("subgroup") == OVERALL).row(0, named=True)
    what = f"{measure} of {result.outcome}" if result.outcome != "change" else measure
    words = contrast_words(contrast, arms_of(result), sign_words(measure))
    method = method_words(str(rows["method"][0]))
    n = len(result.subgroups)
    return caption_of(
        result,
        f"{what[:1].upper()}{what[1:]} on {clean(result.scale)} {at_visit(result.visit)} by "
        f"subgroup, {clean(words)} (n = {whole['n'] + whole['n_reference']}), with "
        f"{100 * result.conf_level:g} % confidence intervals ({method})",
        "broken line: all subjects",
        f"{n} subgroup{'' if n == 1 else 's'} examined, declared {result.declared} the data were "
        "seen",
    )
