"""Adverse events: shares of exposed subjects as points with intervals, one line an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import LINE, canvas, finish, hold_height, text_width
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    GREY,
    GRID,
    SMALL,
    clean,
    look,
    looks_by_place,
    names_of,
    sober,
    with_place,
    wrap,
)
from ketanalysis.figures.words import INTERVALS, among, caption_of, joined, rate_words, said
from ketanalysis.frames import to_dict
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ANY = "Any event"
NOTHING = "No adverse events were recorded"
LABEL_WIDTH = {"one": 18, "two": 30}


@figure_of("adverse events")
def adverse_events(
    result: Any, ax: Axes | None = None, *, width: str = "two", most: int | None = 20
) -> Figure:
    """Draw the share of exposed subjects with each event, the most frequent first.

    Parameters
    ----------
    result
        A result of `estimate_adverse_events`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    most
        How many events are drawn, "Any event" not counted; None is all. The caption says how
        many there are.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `most` is not a whole number of 1 or more.

    Notes
    -----
    Missing values: an event that nobody of a group had is a point at 0 with its interval.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> events = ka.estimate_adverse_events(ka.load_example("ketamine"), by="TRT01P")
    >>> events.plot(most=3).ketanalysis_data["AEDECOD"].n_unique()
    4
    """
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise ArgumentError(f"most must be a whole number of 1 or more events, not {most!r}.")
    rows, n_all = _chosen(result.table, most)
    figure, axes = canvas(ax, width, 4)
    if rows.is_empty():
        return _nothing(figure, axes, ax, result)
    names = names_of(rows, result.by)
    events = rows["AEDECOD"].unique(maintain_order=True).to_list()
    drawn = _drawn(rows, result.by, events, len(names))
    labels = [wrap(event, LABEL_WIDTH[width]) for event in events]
    _draw(axes, drawn, len(names))
    _axes(axes, result, labels, drawn)
    _counts(axes, drawn, names)
    legend_above(axes, names, "point")
    if ax is None:
        hold_height(figure, axes, _height(labels, len(names)))
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, names, len(events) - (ANY in events), n_all),
        alt=_alt(result, rows, names, events),
        data=rows,
        is_simulated=result.simulated,
    )


def _nothing(figure: Figure, axes: Axes, ax: Axes | None, result: Any) -> Figure:
    """Say in the figure that there is nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, NOTHING, transform=axes.transAxes, ha="center", va="center")
    if ax is None:
        hold_height(figure, axes, 0.5)
    caption = caption_of(result, NOTHING)
    return finish(
        figure,
        ax,
        caption=caption,
        alt=f"{NOTHING}.",
        data=result.table,
        is_simulated=result.simulated,
    )


def _chosen(table: pl.DataFrame, most: int | None) -> tuple[pl.DataFrame, int]:
    """Return the rows of the events to draw, and how many events there are."""
    events = [e for e in table["AEDECOD"].unique(maintain_order=True).to_list() if e != ANY]
    shown = [ANY, *events[:most]]
    return table.filter(pl.col("AEDECOD").is_in(shown)), len(events)


def _drawn(rows: pl.DataFrame, by: tuple[str, ...], events: list[str], n: int) -> pl.DataFrame:
    """Return place, line (y), count, n and per cents; groups stand under each other."""
    place = with_place(rows, by)
    line = rows["AEDECOD"].replace_strict(events, list(range(len(events))), return_dtype=pl.Float64)
    shift = (place.cast(pl.Float64) - (n - 1) / 2) * 0.84 / max(n, 1)
    return pl.DataFrame({"place": place, "y": line + shift}).with_columns(
        rows.select("count", "n", pl.col("estimate", "conf_low", "conf_high") * 100)
    )


def _draw(ax: Axes, drawn: pl.DataFrame, n: int) -> None:
    import seaborn as sns

    looks = looks_by_place(n)
    for place in range(n):
        own = drawn.filter(pl.col("place") == str(place))
        ax.hlines(
            own["y"].to_numpy(),
            own["conf_low"].to_numpy(),
            own["conf_high"].to_numpy(),
            color=look(place).colour,
            linewidth=1.1,
        )
    sns.scatterplot(
        data=to_dict(drawn.select("place", "estimate", "y")),
        x="estimate",
        y="y",
        hue="place",
        style="place",
        **looks["order"],
        palette=looks["palette"],
        markers=looks["markers"],
        s=30,
        linewidth=0.5,
        edgecolor="white",
        legend=False,
        clip_on=False,
        zorder=3,
        ax=ax,
    )


def _axes(ax: Axes, result: Any, labels: list[str], drawn: pl.DataFrame) -> None:
    highest = max((high for high in drawn["conf_high"] if high is not None), default=100.0)
    step = 20 if highest > 50 else 10 if highest > 20 else 5
    end = min(100, step * -(-highest // step))
    ax.set_xlim(0, end)
    ax.set_xticks([float(x) for x in range(0, int(end) + 1, step)])
    ax.set_xlabel(f"Subjects with the event, % ({level(result.conf_level)})", parse_math=False)
    ax.set_ylabel("")
    ax.set_ylim(max(len(labels), 1) - 0.45, -0.55)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    sober(ax, "x")
    if len(labels) > 1:
        ax.axhline(0.5, color=GREY, linewidth=0.6)
    for line in range(1, len(labels) - 1):
        ax.axhline(line + 0.5, color=GRID, linewidth=0.5, zorder=0.5)


def _counts(ax: Axes, drawn: pl.DataFrame, names: list[str]) -> None:
    """Write n/N in a column right of the Axes, each at its point and in its colour."""
    texts = [f"{count}/{n}" for count, n in drawn.select("count", "n").iter_rows()]
    right = 8 + max((text_width(text, SMALL) for text in texts), default=0)
    for row, text in zip(drawn.iter_rows(named=True), texts, strict=True):
        ax.annotate(
            text,
            (1, row["y"]),
            xycoords=("axes fraction", "data"),
            xytext=(right, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=SMALL,
            color=look(int(row["place"])).ink,
            annotation_clip=False,
        )


def _height(labels: list[str], n: int) -> float:
    lines = sum(max(label.count("\n") + 1, 1) for label in labels)
    by_text = lines * LINE * SMALL / 72
    by_group = max(len(labels), 1) * max(n * 0.125 + 0.05, 0.2)
    return max(by_text, by_group)


def _caption(result: Any, rows: pl.DataFrame, names: list[str], n_shown: int, n_all: int) -> str:
    keyed = rows.with_columns(with_place(rows, result.by)).group_by("place", maintain_order=True)
    ns = keyed.agg(pl.col("n").first())["n"].to_list()
    method = INTERVALS.get(rows["method"][0], rows["method"][0])
    less = f"the {n_shown} most frequent of {n_all} events" if n_shown < n_all else ""
    return caption_of(
        result,
        f"Subjects with each adverse event at least once {among(names, [(n, n) for n in ns])} "
        f"with {100 * result.conf_level:g} % {method} confidence intervals",
        less,
    )


def _alt(result: Any, rows: pl.DataFrame, names: list[str], events: list[str]) -> str:
    keyed = rows.with_columns(with_place(rows, result.by))
    parts = []
    for event in events[:4]:
        found = [
            said(names[int(row["place"])], rate_words(row, result.conf_level), names)
            for row in keyed.filter(pl.col("AEDECOD") == event).iter_rows(named=True)
        ]
        parts.append(f"{clean(event)}, {'; '.join(found)}.")
    points = "" if names == ["All"] else f", a point each for {joined(map(clean, names))}"
    return (
        f"Dot plot of {len(events)} lines, one an adverse event{points}. {' '.join(parts)}".strip()
    )
