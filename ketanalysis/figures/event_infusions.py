"""Adverse events by infusion: the share of subjects with the event at each infusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import all_asked_words, asked_words
from ketanalysis.adverse_events.records import ANY
from ketanalysis.errors import check_one_of
from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import INTERVALS, among, caption_of, counts_of, rate_words, said
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 1.9, "two": 2.4}


@figure_of("adverse events by infusion")
def event_infusions(
    result: Any,
    ax: Axes | None = None,
    *,
    width: str = "two",
    event: str | None = None,
    ascertainment: str | None = None,
) -> Figure:
    """Draw the share of subjects with an event at each infusion, with intervals.

    Parameters
    ----------
    result
        A result of `estimate_adverse_events_by_infusion`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    event
        Which event; the first of the result without it.
    ascertainment
        Which way of asking, where there are several; the first without it.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows that are drawn.

    Raises
    ------
    ArgumentError
        An event or a way of asking that the result does not have.

    Notes
    -----
    Missing values: an infusion that nobody of a group received has no mark. Numbers under the
    axis are subjects infused: who received many infusions is selected.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_adverse_events_by_infusion(
    ...     ka.load_example("ketamine"), "TRT01P", events="Dissociation")
    >>> found.plot().axes[0].get_xlabel()
    'Infusion'
    """
    rows = _chosen(result, event, ascertainment)
    figure, axes = canvas(ax, width, 3.5)
    names = names_of(rows, result.by)
    keyed = rows.with_columns(with_place(rows, result.by), pl.col("infusion").cast(pl.String))
    keyed = keyed.with_columns(number=pl.col("infusion").cast(pl.Int64))
    numbers = keyed["number"].unique().sort().to_list()
    for place in range(len(names)):
        shift = (place - (len(names) - 1) / 2) * 0.12
        _draw(axes, keyed.filter(pl.col("place") == str(place)), place, shift)
    words = rows["AEDECOD"][0]
    _axes(axes, f"{words}, % of subjects ({level(result.conf_level)})", keyed, numbers, width)
    rows_under(figure, axes, "Infused", numbers, _infused(keyed, names, numbers))
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, names),
        alt=_alt(result, keyed, names, numbers),
        data=rows,
        is_simulated=result.simulated,
    )


def _chosen(result: Any, event: str | None, ascertainment: str | None) -> pl.DataFrame:
    table: pl.DataFrame = result.table.filter(
        ~pl.col("infusion").cast(pl.String).is_in(["all", "ever"])
    )
    ways = table["ascertainment"].unique(maintain_order=True).to_list()
    way = ways[0] if ascertainment is None else ascertainment
    check_one_of("ascertainment", way, ways)
    own = table.filter(pl.col("ascertainment") == way)
    events = own["AEDECOD"].unique(maintain_order=True).to_list()
    name = events[0] if event is None else event
    check_one_of("event", name, events)
    return own.filter(pl.col("AEDECOD") == name)


def _draw(ax: Axes, rows: pl.DataFrame, place: int, shift: float) -> None:
    one = look(place)
    own = rows.sort("number")
    x = own["number"].to_numpy() + shift
    low, shares, high = (
        100 * own[name].to_numpy() for name in ("conf_low", "estimate", "conf_high")
    )
    ax.vlines(x, low, high, color=one.colour, linewidth=0.9)
    dashes = (0, one.dashes) if one.dashes else "-"
    ax.plot(
        x,
        shares,
        color=one.colour,
        linestyle=dashes,
        linewidth=1.3,
        marker=one.marker,
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.6,
        clip_on=False,
        zorder=3,
    )


def _axes(ax: Axes, words: str, keyed: pl.DataFrame, numbers: list[int], width: str) -> None:
    highest: Any = keyed["conf_high"].max()
    step = 20 if highest > 0.5 else 10 if highest > 0.2 else 5
    end = min(100, step * -(-100 * highest // step))
    ax.set_ylim(0, end)
    ax.set_yticks([float(y) for y in range(0, int(end) + 1, step)])
    label_y(ax, clean(words), HEIGHTS[width])
    ax.set_xlabel("Infusion")
    ax.set_xticks(numbers, [str(k) for k in numbers])
    ax.set_xlim(min(numbers) - 0.5, max(numbers) + 0.5)
    sober(ax)


def _infused(keyed: pl.DataFrame, names: list[str], numbers: list[int]) -> list[Row]:
    rows = []
    for place, name in enumerate(names):
        own = keyed.filter(pl.col("place") == str(place))
        n = dict(own.select("number", "n").iter_rows())
        cells = [str(n.get(k, 0)) for k in numbers]
        rows.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return rows


def _caption(result: Any, rows: pl.DataFrame, names: list[str]) -> str:
    method = INTERVALS.get(rows["method"][0], rows["method"][0])
    event = rows["AEDECOD"][0]
    what = "any adverse event" if event == ANY else clean(event)
    return caption_of(
        result,
        f"Subjects with {what} at each infusion, of those infused, "
        f"{among(names, counts_of(rows, result.by))}, with {100 * result.conf_level:g} % {method} "
        "confidence intervals",
        all_asked_words(rows["ascertainment"].unique().to_list()),
        "who receives many infusions is selected",
    )


def _alt(result: Any, keyed: pl.DataFrame, names: list[str], numbers: list[int]) -> str:
    parts = []
    for k in dict.fromkeys((numbers[0], numbers[-1])):
        found = [
            said(names[int(row["place"])], rate_words(row, result.conf_level), names)
            for row in keyed.filter(pl.col("number") == k).iter_rows(named=True)
        ]
        parts.append(f"Infusion {k}: {'; '.join(found)}.")
    event, way = keyed["AEDECOD"][0], keyed["ascertainment"][0]
    return (
        f"Line chart of {clean(event)} ({asked_words(way)}) over {len(numbers)} infusions. "
        f"{' '.join(parts)}"
    )
