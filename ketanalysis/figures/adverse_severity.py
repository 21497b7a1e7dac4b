"""Adverse events by worst severity: a bar an event and group, mild to severe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.adverse_events.ascertainment import all_asked_words
from ketanalysis.adverse_events.records import ANY
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.adverse_events import LABEL_WIDTH, chosen_rows, line_words
from ketanalysis.figures.layout import LINE, POINTS, canvas, finish, hold_height
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, GRID, INK, SMALL, clean, names_of, sober, wrap
from ketanalysis.figures.style import with_place as placed
from ketanalysis.figures.words import among, caption_of, counts_of, joined
from ketanalysis.rounding import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Light to dark, so that grey prints keep the order; not recorded is hatched.
SHADES = {
    "not recorded": ("#FFFFFF", "////"),
    "MILD": ("#C9D6E3", ""),
    "MODERATE": ("#E8A06B", ""),
    "SEVERE": ("#7A2E12", ""),
}
HEIGHT = 0.17  # inches of a bar


@figure_of("adverse events", "severity")
def severity(
    result: Any, ax: Axes | None = None, *, width: str = "two", most: int | None = 12
) -> Figure:
    """Draw the share of exposed subjects with each event by its worst severity.

    Parameters
    ----------
    result
        A result of `estimate_adverse_events` with severities (AESEV).
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

    Raises
    ------
    ArgumentError
        No severity is recorded.

    Notes
    -----
    Missing values: records without a severity are hatched, "not recorded", where no other
    record of the subject's event has one.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> events = ka.estimate_adverse_events(ka.load_example("ketamine"), by="TRT01P")
    >>> events.plot(kind="severity", most=3).axes[0].get_xlabel()
    'Subjects with the event, %'
    """
    if result.severity.is_empty():
        raise ArgumentError("The severity of events is not recorded: ADAE has no AESEV.")
    kept, n_all = chosen_rows(result.table, most)
    lines = kept.select("ascertainment", "AEDECOD").unique(maintain_order=True).rows()
    keys = [c for c in ("ascertainment", "AESOC", "AEDECOD") if c in kept.columns]
    rows = result.severity.join(kept.select(keys).unique(), on=keys, how="semi")
    names = names_of(kept, result.by)
    figure, axes = canvas(ax, width, 4)
    ys, longest = _bars(axes, rows, result.by, lines, names)
    _axes(axes, lines, names, ys, longest, width)
    _key(axes, rows)
    if ax is None:
        hold_height(figure, axes, _height(lines, names))
    less = f"the {len(lines) - len(result.ways)} most frequent of {n_all - len(result.ways)} events"
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            "Subjects with each adverse event by the worst severity, "
            + among(names, counts_of(kept, result.by)),
            all_asked_words(result.ways),
            less if len(lines) < n_all else "",
        ),
        alt=_alt(rows, result.by, lines, names),
        data=rows,
        is_simulated=result.simulated,
    )


def _bars(
    ax: Axes,
    rows: pl.DataFrame,
    by: tuple[str, ...],
    lines: list[tuple[str, str]],
    names: list[str],
) -> tuple[dict[tuple[int, int], float], float]:
    """Draw the bars, mild to severe; return where each line and group stands, and the longest."""
    ys = {(i, g): i * (len(names) + 0.9) + g for i in range(len(lines)) for g in range(len(names))}
    numbers = {key: i for i, key in enumerate(lines)}
    ends: dict[float, float] = dict.fromkeys(ys.values(), 0.0)
    keyed = rows.with_columns(placed(rows, by)).sort("AESEV")
    for row in keyed.iter_rows(named=True):
        y = ys[numbers[row["ascertainment"], row["AEDECOD"]], int(row["place"])]
        colour, hatch = SHADES[str(row["AESEV"])]
        share = 100 * row["estimate"]
        if share:
            ax.barh(
                y,
                share,
                left=ends[y],
                height=0.8,
                color=colour,
                hatch=hatch,
                edgecolor=GREY,
                linewidth=0.4,
            )
        ends[y] += share
    return ys, max(ends.values())


def _axes(
    ax: Axes,
    lines: list[tuple[str, str]],
    names: list[str],
    ys: dict[tuple[int, int], float],
    longest: float,
    width: str,
) -> None:
    groups = len(names)
    several = names != ["All"]
    words = [wrap(text, LABEL_WIDTH[width]) for text in line_words(lines)]
    for i, text in enumerate(words):
        ax.annotate(
            text,
            (0, i * (groups + 0.9) + (groups - 1) / 2),
            xycoords=("axes fraction", "data"),
            xytext=(-6 - (_group_room(names, width) if several else 0), 0),
            textcoords="offset points",
            ha="right",
            va="center",
            parse_math=False,
            annotation_clip=False,
        )
    ticks = list(ys.values()) if several else []
    labels = [wrap(names[g], 16 if width == "two" else 10) for _, g in ys] if several else []
    ax.set_yticks(ticks, labels, parse_math=False, fontsize=SMALL, color=INK)
    ax.tick_params(axis="y", length=0)
    for i in range(len(lines) - 1):
        ax.axhline((i + 1) * (groups + 0.9) - 0.95, color=GRID, linewidth=0.5, zorder=0.5)
    ax.set_ylim(max(ys.values()) + 0.7, -0.9)
    ax.set_xlim(0, max(10, min(100, 10 * -(-longest // 10))))
    ax.set_xlabel("Subjects with the event, %")
    sober(ax, "x")
    ax.tick_params(axis="y", labelsize=SMALL)


def _group_room(names: list[str], width: str) -> float:
    from ketanalysis.figures.layout import text_width

    return 6 + max(text_width(wrap(name, 16 if width == "two" else 10), SMALL) for name in names)


def _key(ax: Axes, rows: pl.DataFrame) -> None:
    from matplotlib.patches import Patch

    held = [str(level) for level in rows["AESEV"].unique().sort()]
    handles = [
        Patch(facecolor=SHADES[name][0], hatch=SHADES[name][1], edgecolor=GREY, linewidth=0.4)
        for name in held
    ]
    ax.legend(
        handles,
        [name.lower() for name in held],
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.2,
        ncols=len(held),
        handlelength=1.2,
        columnspacing=1.2,
        frameon=False,
        fontsize=SMALL,
    )


def _height(lines: list[tuple[str, str]], names: list[str]) -> float:
    by_bar = len(lines) * (len(names) + 0.9) * HEIGHT
    by_text = len(lines) * LINE * SMALL * 2 / POINTS
    return max(by_bar, by_text) + 0.1


def _alt(
    rows: pl.DataFrame, by: tuple[str, ...], lines: list[tuple[str, str]], names: list[str]
) -> str:
    keyed = rows.with_columns(placed(rows, by))
    parts = []
    for (way, event), words in list(zip(lines, line_words(lines), strict=True))[:3]:
        for place, name in enumerate(names):
            own = keyed.filter(
                (pl.col("AEDECOD") == event)
                & (pl.col("ascertainment") == way)
                & (pl.col("place") == str(place))
            ).sort("AESEV")
            held = [f"{percent(r['estimate'])} % {str(r['AESEV']).lower()}" for r in own.to_dicts()]
            whose = "" if names == ["All"] else f", {clean(name)}"
            parts.append(f"{clean(words)}{whose}: {', '.join(held)}.")
    groups = "" if names == ["All"] else f" for {joined(map(clean, names))}"
    total = ANY.lower()
    return (
        f"Stacked bars of {len(lines)} lines ({total} on top), shares of subjects by worst "
        f"severity{groups}. {' '.join(parts)}"
    )
