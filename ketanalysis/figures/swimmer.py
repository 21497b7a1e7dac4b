"""Courses as lanes, one a subject: infusions, spells of response and remission, events, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import canvas, finish, hold_height
from ketanalysis.figures.panels import key_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    GREY,
    INK,
    TEXT,
    clean,
    look,
    names_of,
    sober,
    with_place,
    wrap,
)
from ketanalysis.figures.words import among, caption_of, joined, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LANE, RESPONSE, REMISSION = "#E3E7EB", "#9DB4C8", "#34495E"  # CIE L* 91, 72, 30
FACES = {"response": RESPONSE, "remission": REMISSION}
HIGH = 0.62  # of a lane
GAP = 1.4  # lanes left free between groups
TALL, FLAT = 0.15, 0.075  # inches a lane: up to 40 lanes, and for more
MANY = 40


class Sign(NamedTuple):
    """How an event is drawn: marker, size, fill, and its words in the key."""

    marker: Any
    size: float
    face: str
    words: str


SIGNS = {
    "infusion": Sign("|", 4.5, INK, "infusion"),
    "relapse": Sign("v", 4.6, "#D9661F", "relapse"),
    "rescue": Sign("D", 3.8, "white", "rescue"),
    "ECT": Sign("s", 3.8, "white", "ECT"),
    "extra infusion": Sign("P", 4.2, "white", "extra infusion"),
    "hospitalisation": Sign("h", 4.8, "white", "hospitalisation"),
    "suicidality": Sign("^", 4.4, "white", "suicidality"),
    "discontinuation": Sign("X", 4.4, INK, "discontinuation"),
    "death": Sign("*", 5.6, INK, "death"),
}


@figure_of("course", "swimmer")
@figure_of("course")
def swimmer(
    result: Any, ax: Axes | None = None, *, width: str = "two", most: int | None = 100
) -> Figure:
    """Draw a lane a subject from the first infusion on, the longest first in each group.

    Parameters
    ----------
    result
        A result of `tabulate_course`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    most
        How many lanes are drawn; of more subjects, that many stand evenly along the order of
        their duration, in every group alike, and the caption says how many are not drawn.
        None draws all.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the lanes that are drawn,
        with their running numbers and without subject identifiers.

    Raises
    ------
    ArgumentError
        When `most` is not a whole number of 2 or more.

    Notes
    -----
    Missing values: a subject without any score, infusion or event has an empty lane.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> course = ka.tabulate_course(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P",
    ...     response=ka.Response(at_least=0.5))
    >>> course.plot(most=40).ketanalysis_data.height
    40
    """
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 2):
        raise ArgumentError(f"most must be a whole number of 2 or more lanes, not {most!r}.")
    names = names_of(result.table, result.by)
    lanes = _placed(result, most)
    figure, axes = canvas(ax, width, 4)
    events = _events(result, lanes)
    _lanes(axes, lanes)
    _spells(axes, result, lanes)
    _signs(axes, events)
    _ends(axes, lanes)
    _axes(axes, lanes, names)
    key_above(figure, [axes], _key(result, lanes, events), ax is None)
    if ax is None:
        inches = TALL if lanes.height <= MANY else FLAT
        hold_height(figure, axes, max(0.6, inches * (_last_line(lanes) + 1.5)))
    return finish(
        figure,
        ax,
        caption=_caption(result, names, lanes),
        alt=_alt(result, names),
        data=lanes.drop("_place", "y", "USUBJID", strict=False),
        is_simulated=result.simulated,
    )


def _placed(result: Any, most: int | None) -> pl.DataFrame:
    """Return the lanes that are drawn, with their line (y) and the place of their group."""
    keyed = result.table.with_columns(_place=with_place(result.table, result.by))
    groups = keyed.partition_by("_place", maintain_order=True)
    parts, y = [], 0.0
    for own in groups:
        shown = own[_evenly(own.height, _quota(own.height, result.table.height, most))]
        parts.append(shown.with_columns(y=pl.int_range(pl.len()).cast(pl.Float64) + y))
        y += shown.height + GAP
    whole: pl.DataFrame = pl.concat(parts)
    return whole


def _quota(n: int, total: int, most: int | None) -> int:
    """Return how many lanes of a group of n are drawn, of `total` subjects in all."""
    return n if most is None or total <= most else max(1, n * most // total)


def _evenly(n: int, k: int) -> list[int]:
    """Return k of n rows, evenly spread from the first to the last.

    Examples
    --------
    >>> _evenly(5, 3)
    [0, 2, 4]
    """
    return [round(i) for i in np.linspace(0, n - 1, k).tolist()] if k > 1 else [0]


def _events(result: Any, lanes: pl.DataFrame) -> pl.DataFrame:
    at = lanes.select("number", "y")
    events = result.events.with_columns(pl.col("event").cast(pl.String))
    shown: pl.DataFrame = events.filter(pl.col("event").is_in(list(SIGNS))).join(at, on="number")
    return shown.sort("number", "time", "event")


def _lanes(ax: Axes, lanes: pl.DataFrame) -> None:
    known = lanes.filter(pl.col("duration").is_not_null())
    ax.barh(known["y"].to_numpy(), known["duration"].to_numpy(), height=HIGH, color=LANE, zorder=1)


def _spells(ax: Axes, result: Any, lanes: pl.DataFrame) -> None:
    """Draw the spells; one that was seen at one assessment only has the width of a sign."""
    spells = result.spells.join(lanes.select("number", "y"), on="number").sort("number", "start")
    least = 0.006 * _longest(lanes)
    for state in result.states:
        own = spells.filter(pl.col("state").cast(pl.String) == state)
        start, stop = own["start"].to_numpy(), own["stop"].to_numpy()
        ax.barh(
            own["y"].to_numpy(),
            np.maximum(stop - start, least),
            left=start,
            height=HIGH,
            color=FACES[state],
            zorder=2,
        )


def _signs(ax: Axes, events: pl.DataFrame) -> None:
    size = 1.0 if events["y"].n_unique() <= MANY else 0.72
    for kind, sign in SIGNS.items():
        own = events.filter(pl.col("event") == kind)
        if own.is_empty():
            continue
        is_tick = kind == "infusion"
        x, y = own["time"].to_numpy(), own["y"].to_numpy()
        if is_tick:  # seen on dark spells too
            ax.plot(x, y, "|", markersize=5 * size, markeredgewidth=2.2, color="white", zorder=2.9)
        ax.plot(
            x,
            y,
            linestyle="none",
            marker=sign.marker,
            markersize=sign.size * size,
            markerfacecolor=sign.face,
            markeredgecolor=INK,
            markeredgewidth=0.9 if is_tick else 0.7,
            zorder=3 if is_tick else 4,
            clip_on=False,
        )


def _ends(ax: Axes, lanes: pl.DataFrame) -> None:
    """Draw an arrow where a subject was seen at the last visit, and a cross in an empty lane."""
    longest = _longest(lanes)
    for row in lanes.filter(pl.col("end") == "last visit").iter_rows(named=True):
        ax.annotate(
            "",
            (row["duration"] + 0.035 * longest, row["y"]),
            (row["duration"], row["y"]),
            arrowprops={
                "arrowstyle": "-|>,head_length=0.28,head_width=0.13",
                "color": GREY,
                "linewidth": 0.8,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=2.5,
            annotation_clip=False,
        )
    empty = lanes.filter(pl.col("duration").is_null())
    if not empty.is_empty():
        y = empty["y"].to_numpy()
        ax.plot(0 * y, y, "x", color=INK, markersize=3.5, markeredgewidth=0.8, zorder=4)


def _longest(lanes: pl.DataFrame) -> float:
    return float(max((d for d in lanes["duration"] if d), default=1.0))


def _last_line(lanes: pl.DataFrame) -> float:
    return float(lanes["y"].to_numpy().max(initial=0.0))


def _axes(ax: Axes, lanes: pl.DataFrame, names: list[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    longest = _longest(lanes)
    ax.set_xlim(-0.012 * longest, 1.045 * longest)
    ax.set_ylim(_last_line(lanes) + 0.8, -0.8)
    if longest >= 21:
        step = next(s for s in (7, 14, 28, 56, 84, 168, 364, 10_000) if longest / s <= 7)
        ax.set_xticks(np.arange(0, longest * 1.001, step).tolist())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.set_xlabel("Days since the first infusion")
    middles = [float(np.mean(own["y"].to_numpy())) for own in _groups(lanes)]
    labels = [] if names == ["All"] else [wrap(name, 14) for name in names]
    ax.set_yticks(middles if labels else [], labels, parse_math=False, rotation=90, va="center")
    for tick, place in zip(ax.get_yticklabels(), range(len(names)), strict=False):
        tick.set_color(look(place).ink)
        tick.set_multialignment("center")
        tick.set_fontsize(TEXT)
    ax.tick_params(axis="y", length=0)
    sober(ax, "x")
    ax.spines["left"].set_visible(False)


def _groups(lanes: pl.DataFrame) -> list[pl.DataFrame]:
    return list(lanes.partition_by("_place", maintain_order=True))


def _key(result: Any, lanes: pl.DataFrame, events: pl.DataFrame) -> list[Any]:
    """Return what is explained: the states that were declared and the signs that are drawn."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(facecolor=LANE, label="followed")]
    handles += [Patch(facecolor=FACES[state], label=f"in {state}") for state in result.states]
    held = set(events["event"])
    for kind, sign in SIGNS.items():
        if kind in held:
            handles.append(
                Line2D(
                    [],
                    [],
                    linestyle="none",
                    marker=sign.marker,
                    markersize=sign.size * 1.1,
                    markerfacecolor=sign.face,
                    markeredgecolor=INK,
                    markeredgewidth=0.8,
                    label=sign.words,
                )
            )
    if (lanes["end"] == "last visit").any():
        arrow = Line2D([], [], color=GREY, marker=">", markersize=3.5, linewidth=0.9)
        arrow.set_label(f"seen at {clean(result.last_visit)}")
        handles.append(arrow)
    return handles


def _caption(result: Any, names: list[str], lanes: pl.DataFrame) -> str:
    sizes = [own.height for own in _groups_of(result)]
    left = result.table.height - lanes.height
    less = (
        f"{lanes.height} lanes are drawn, evenly along the order of duration, and {left} are not"
        if left
        else ""
    )
    how = (
        f"{joined(result.states)} from the assessment at which it was reached to that at which it "
        "was lost, or the last one"
        if result.states
        else ""
    )
    unseen = int(lanes["duration"].is_null().sum())
    return caption_of(
        result,
        f"Course of every subject on {clean(result.scale)} "
        f"{among(names, [(n, n) for n in sizes])}, one lane a subject, the longest first",
        how,
        f"an arrow: seen at {clean(result.last_visit)}; a lane that ends without a sign: no later "
        "score and no reason recorded",
        f"a cross: no score, infusion or event ({unseen})" if unseen else "",
        less,
    )


def _groups_of(result: Any) -> list[pl.DataFrame]:
    keyed = result.table.with_columns(_place=with_place(result.table, result.by))
    return list(keyed.partition_by("_place", maintain_order=True))


def _alt(result: Any, names: list[str]) -> str:
    parts = []
    for name, own in zip(names, _groups_of(result), strict=True):
        events = result.events.filter(pl.col("number").is_in(own["number"].implode()))
        counts = [f"{own.height} subjects"]
        kinds = [f"{state} reached" for state in result.states]
        kinds += [kind for kind in SIGNS if kind != "infusion"]
        for kind in kinds:
            n = events.filter(pl.col("event").cast(pl.String) == kind)["number"].n_unique()
            counts += [f"{kind} in {n}"] if n else []
        parts.append(f"{said(name, ', '.join(counts), names)}.")
    text = " ".join(part[:1].upper() + part[1:] if names == ["All"] else part for part in parts)
    return f"Swimmer plot, one lane a subject from the first infusion to the last contact. {text}"
