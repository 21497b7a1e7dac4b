"""Adverse events: a line an event, shares of exposed subjects, and risk differences beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import all_asked_words, asked_words
from ketanalysis.adverse_events.records import ANY
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import (
    LINE,
    canvas,
    finish,
    hold_height,
    new_figure,
    text_width,
)
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    GREY,
    GRID,
    SMALL,
    clean,
    hold_labels,
    look,
    looks_by_place,
    names_of,
    sober,
    with_place,
    wrap,
)
from ketanalysis.figures.words import INTERVALS, among, caption_of, joined, rate_words, said
from ketanalysis.frames import to_dict
from ketanalysis.glossary import method_words
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTHING = "No adverse events were recorded"
LABEL_WIDTH = {"one": 18, "two": 30}


@figure_of("adverse events")
def adverse_events(
    result: Any, ax: Axes | None = None, *, width: str = "two", most: int | None = 20
) -> Figure:
    """Draw the share of exposed subjects with each event, the most frequent first.

    Beside it, where groups are compared and the figure is new, the risk differences.

    Parameters
    ----------
    result
        A result of `estimate_adverse_events`.
    ax
        Axes to draw on; they hold the shares only.
    width
        "two" (6.9 inches) or "one" (3.35 inches, without the differences).
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
    Missing values: an event that nobody of a group had is a point at 0 with its interval. Rows
    of classes (AESOC) are not drawn. Several ways of asking have lines of their own.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> events = ka.estimate_adverse_events(ka.load_example("ketamine"), by="TRT01P")
    >>> events.plot(most=3).ketanalysis_data["AEDECOD"].n_unique()
    4
    """
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise ArgumentError(f"most must be a whole number of 1 or more events, not {most!r}.")
    rows, n_all = chosen_rows(result.table, most)
    names = names_of(rows, result.by)
    differences = _differences(result, rows, names)
    has_beside = ax is None and width == "two" and differences.height > 0 and rows.height > 0
    figure, axes, beside = _panels(ax, width, has_beside)
    if rows.is_empty():
        return _nothing(figure, axes, ax, result)
    lines = rows.select("ascertainment", "AEDECOD").unique(maintain_order=True).rows()
    drawn = _drawn(rows, result.by, lines, len(names))
    labels = [wrap(words, LABEL_WIDTH[width]) for words in line_words(lines)]
    _draw(axes, drawn, len(names))
    _axes(axes, result, labels, drawn, lines)
    _counts(axes, drawn, names)
    if beside is not None:
        _draw_differences(beside, axes, differences, lines, names, result.conf_level)
    legend_above(axes, names, "point")
    if ax is None:
        hold_height(figure, axes, _height(labels, len(names)))
    n_shown = rows.select("ascertainment", "AEDECOD").unique().height
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, names, n_shown, n_all, has_beside=has_beside),
        alt=_alt(result, rows, names, lines),
        data=rows,
        is_simulated=result.simulated,
    )


def _panels(ax: Axes | None, width: str, has_beside: bool) -> tuple[Figure, Axes, Axes | None]:
    if not has_beside:
        return (*canvas(ax, width, 4), None)
    figure = new_figure(width, 4)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    return figure, left, right


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


def chosen_rows(table: pl.DataFrame, most: int | None) -> tuple[pl.DataFrame, int]:
    """Return the rows of the events to draw, classes left out, and how many events there are."""
    keys = ["ascertainment", "AEDECOD"]
    if "AESOC" in table.columns:
        table = table.filter((pl.col("AESOC") == ANY) | (pl.col("AEDECOD") != ANY))
    events = table.select(keys).unique(maintain_order=True)
    terms = events.filter(pl.col("AEDECOD") != ANY)
    place = pl.col("AEDECOD").cum_count().over("ascertainment")
    kept = terms.filter(place <= most) if most is not None else terms
    shown = pl.concat([events.filter(pl.col("AEDECOD") == ANY), kept])
    return table.join(shown, on=keys, how="semi", maintain_order="left"), events.height


def line_words(lines: list[tuple[str, str]]) -> list[str]:
    """Return the label of each line: the event, and the way of asking where there are several."""
    several = len({way for way, _ in lines}) > 1
    return [f"{event} ({asked_words(way)})" if several else event for way, event in lines]


def _drawn(
    rows: pl.DataFrame, by: tuple[str, ...], lines: list[tuple[str, str]], n: int
) -> pl.DataFrame:
    """Return place, line (y), count, n and per cents; groups stand under each other."""
    place = with_place(rows, by)
    numbers = {key: float(i) for i, key in enumerate(lines)}
    line = pl.Series([numbers[key] for key in rows.select("ascertainment", "AEDECOD").rows()])
    return pl.DataFrame(
        {"place": place, "y": line + _shift(place.cast(pl.Float64), n)}
    ).with_columns(rows.select("count", "n", pl.col("estimate", "conf_low", "conf_high") * 100))


def _shift(place: Any, n: int) -> Any:
    return (place - (n - 1) / 2) * 0.84 / max(n, 1)


def _differences(result: Any, rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return the risk differences of the drawn events; none where two columns make the groups."""
    if result.contrasts.is_empty() or len(result.by) != 1 or len(names) < 2:
        return pl.DataFrame()
    whole: pl.DataFrame = result.contrasts.filter(pl.col("measure") == "risk difference")
    if "AESOC" in whole.columns:
        whole = whole.filter((pl.col("AESOC") == ANY) | (pl.col("AEDECOD") != ANY))
    return whole.join(rows, on=["ascertainment", "AEDECOD"], how="semi", maintain_order="left")


def _draw_differences(
    ax: Axes,
    beside: Axes,
    differences: pl.DataFrame,
    lines: list[tuple[str, str]],
    names: list[str],
    conf_level: float,
) -> None:
    """Draw the risk differences in percentage points, each in the colour of its group."""
    numbers = {key: i for i, key in enumerate(lines)}
    ends = []
    for row in differences.iter_rows(named=True):
        place = next((i for i, n in enumerate(names) if row["contrast"].startswith(f"{n} - ")), 1)
        y = numbers[row["ascertainment"], row["AEDECOD"]] + _shift(place, len(names))
        values = [row[name] for name in ("estimate", "conf_low", "conf_high")]
        if None in values:
            continue
        estimate, low, high = (100 * value for value in values)
        one = look(place)
        ax.hlines([y], [low], [high], color=one.colour, linewidth=1.1)
        ax.plot(
            [estimate],
            [y],
            marker=one.marker,
            color=one.colour,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.5,
            linestyle="none",
            zorder=3,
        )
        ends += [low, high]
    ax.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    ax.set_ylim(*beside.get_ylim())
    ax.set_yticks([])
    room = 0.05 * (max([0, *ends]) - min([0, *ends])) or 1.0
    ax.set_xlim(min([0, *ends]) - room, max([0, *ends]) + room)
    ax.set_xlabel(f"Difference, points ({level(conf_level)})", parse_math=False)
    sober(ax, "x")
    ax.spines["left"].set_visible(False)
    _rules(ax, len(lines), [i for i, (_, event) in enumerate(lines) if event == ANY])


def _rules(ax: Axes, n: int, totals: list[int]) -> None:
    """Draw a line under each total, and light ones between the events."""
    for line in range(n - 1):
        is_total = line in totals
        colour, width = (GREY, 0.6) if is_total else (GRID, 0.5)
        ax.axhline(line + 0.5, color=colour, linewidth=width, zorder=1 if is_total else 0.5)


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
    hold_labels(ax)
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


def _axes(
    ax: Axes, result: Any, labels: list[str], drawn: pl.DataFrame, lines: list[tuple[str, str]]
) -> None:
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
    _rules(ax, len(labels), [i for i, (_, event) in enumerate(lines) if event == ANY])


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


def _caption(
    result: Any,
    rows: pl.DataFrame,
    names: list[str],
    n_shown: int,
    n_all: int,
    *,
    has_beside: bool,
) -> str:
    keyed = rows.with_columns(with_place(rows, result.by)).group_by("place", maintain_order=True)
    ns = keyed.agg(pl.col("n").first())["n"].to_list()
    method = INTERVALS.get(rows["method"][0], rows["method"][0])
    totals = rows.filter(pl.col("AEDECOD") == ANY)["ascertainment"].n_unique()
    less = f"the {n_shown - totals} most frequent of {n_all - totals} events"
    beside = ""
    if has_beside:
        how = method_words(result.contrasts["method"][0])
        beside = f"beside, differences to {names[0]} ({how})"
    return caption_of(
        result,
        f"Subjects with each adverse event at least once {among(names, [(n, n) for n in ns])} "
        f"with {100 * result.conf_level:g} % {method} confidence intervals",
        all_asked_words(rows["ascertainment"].unique(maintain_order=True).to_list()),
        less if n_shown < n_all else "",
        clean(beside),
    )


def _alt(result: Any, rows: pl.DataFrame, names: list[str], lines: list[tuple[str, str]]) -> str:
    keyed = rows.with_columns(with_place(rows, result.by))
    parts = []
    for (way, event), words in zip(lines[:4], line_words(lines[:4]), strict=True):
        own = keyed.filter((pl.col("AEDECOD") == event) & (pl.col("ascertainment") == way))
        found = [
            said(names[int(row["place"])], rate_words(row, result.conf_level), names)
            for row in own.iter_rows(named=True)
        ]
        parts.append(f"{clean(words)}, {'; '.join(found)}.")
    points = "" if names == ["All"] else f", a point each for {joined(map(clean, names))}"
    return (
        f"Dot plot of {len(lines)} lines, one an adverse event{points}. {' '.join(parts)}".strip()
    )
