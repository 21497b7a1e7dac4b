"""The legend above the Axes: which colour, marker and line is which group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketanalysis.figures.layout import POINTS, settle, text_width
from ketanalysis.figures.panels import fitting
from ketanalysis.figures.style import TEXT, look, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def legend_above(
    ax: Axes, names: Sequence[str], kind: str, extra: Sequence[Any] = (), *, has_one: bool = False
) -> None:
    """Name the groups above the Axes, in as many columns as fit.

    One group needs no legend, unless `has_one` says that it has one all the same.
    """
    if len(names) < 2 and not has_one:
        return
    figure = ax.figure.figure
    settle(figure)
    width = ax.get_window_extent().width / figure.dpi * POINTS
    texts = [wrap(name, min(34, int((width - 3.4 * TEXT) / (0.56 * TEXT)))) for name in names]
    handles = [_handle(place, kind) for place in range(len(names))]
    texts += [handle.get_label() for handle in extra]
    columns = fitting([text_width(text) + 3.4 * TEXT for text in texts], width, 1.6 * TEXT)
    legend = ax.legend(
        [*handles, *extra],
        [str(place) for place in range(len(texts))],
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.2,
        ncols=columns,
        handlelength=2.4 if kind != "point" or _has_line(extra) else 1.0,
        handletextpad=0.6,
        columnspacing=1.6,
        frameon=False,
    )
    for written, text in zip(legend.get_texts(), texts, strict=True):
        written.set_parse_math(False)  # and set late: a label "_x" would have been left out
        written.set_text(text)


def _has_line(handles: Sequence[Any]) -> bool:
    return any(str(handle.get_linestyle()).lower() not in ("none", "") for handle in handles)


def _handle(place: int, kind: str) -> Any:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    one = look(place)
    if kind == "bar":
        return Patch(facecolor=one.colour, hatch=one.hatch, edgecolor="white", linewidth=0)
    line = {"point": "none", "line": _style(one.dashes), "step": _style(one.dashes)}[kind]
    marker = "" if kind == "step" else one.marker
    return Line2D(
        [],
        [],
        color=one.colour,
        linestyle=line,
        marker=marker,
        markersize=5,
        linewidth=1.5,
        markeredgecolor="white",
        markeredgewidth=0.5,
    )


def _style(dashes: tuple[float, ...] | str) -> Any:
    return (0, dashes) if dashes else "-"
