"""Where things stand: the figure, its size, and labels that fit."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.style import DPI, FONT, GREY, INK, SMALL, TEXT, WIDTHS, clean, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIMULATED = "Simulated data"
LINE = 1.25  # height of a line of text, in its font size
POINTS = 72
LONG = 24  # signs of a line of a turned label
BETWEEN = 3.5  # points between neighbouring labels


def canvas(ax: Axes | None, width: str, height: float) -> tuple[Figure, Axes]:
    """Return the figure and Axes to draw on: new ones, `height` inches high, or those given."""
    check_one_of("width", width, tuple(WIDTHS))
    if ax is not None:
        return ax.figure.figure, ax
    figure = new_figure(width, height)
    return figure, figure.add_subplot()


def new_figure(width: str, height: float) -> Figure:
    """Return an empty figure in one of the two widths, `height` inches high."""
    from ketanalysis.figures.picture import Picture

    check_one_of("width", width, tuple(WIDTHS))
    return Picture(figsize=(WIDTHS[width], height), dpi=DPI)


def finish(
    figure: Figure,
    ax: Axes | None,
    *,
    caption: str,
    alt: str,
    data: pl.DataFrame,
    is_simulated: bool,
) -> Figure:
    """Mark simulated data, lay the figure out, and attach caption, alt text and data."""
    if is_simulated:
        _mark_simulated(figure, ax)
    if _lay_out(figure):
        figure.stale = False  # what changes it later says so
    else:
        with _unseen_signs():
            figure.draw_without_rendering()
    words = {"caption": caption, "alt": alt, "data": data}
    for name, value in words.items():
        setattr(figure, f"ketanalysis_{name}", value)
    return figure


def _mark_simulated(figure: Figure, ax: Axes | None) -> None:
    """Write the mark at the foot of a new figure, or above the Axes that were given."""
    font: dict[str, Any] = {"fontsize": SMALL, "color": GREY, "fontstyle": "italic", "ha": "right"}
    if ax is None:
        picture: Any = figure
        picture.foot = figure.supxlabel(SIMULATED, x=0.995, **font)
        room = (LINE * SMALL + 4) / POINTS  # its own, so that the Axes keep their height
        figure.set_figheight(figure.get_figheight() + room)
        return
    settle(figure)
    legend = ax.get_legend()
    top = legend.get_window_extent().y1 if legend else ax.get_window_extent().y1
    up = (top - ax.get_window_extent().y1) / figure.dpi * POINTS + 2
    ax.annotate(
        SIMULATED,
        (1, 1),
        xycoords="axes fraction",
        xytext=(0, up),
        textcoords="offset points",
        va="bottom",
        annotation_clip=False,
        **font,
    )


@contextmanager
def _unseen_signs() -> Iterator[None]:
    """While measuring, do not warn of signs that no font has: saving the figure does."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def settle(figure: Figure) -> None:
    """Lay the figure out now, so that what is measured is what will be drawn."""
    from ketanalysis.figures.grid_layout import GridLayout

    engine = figure.get_layout_engine()
    with _unseen_signs():
        if isinstance(engine, GridLayout) and engine.is_for(figure):
            engine.lay_out(figure)
        elif engine is not None:
            engine.execute(figure)
        else:
            figure.draw_without_rendering()


def _lay_out(figure: Figure) -> bool:
    """Lay a figure of ours out for good; return False where the layout is not ours."""
    from ketanalysis.figures.grid_layout import GridLayout

    engine = figure.get_layout_engine()
    if not isinstance(engine, GridLayout):
        return False
    with _unseen_signs():
        engine.execute(figure)
    engine.release()
    return True


def hold_height(figure: Figure, ax: Axes, inches: float, n_rows: int = 1) -> None:
    """Make a new figure so high that the Axes, in `n_rows` rows, are `inches` high each."""
    from ketanalysis.figures.grid_layout import GridLayout

    engine = figure.get_layout_engine()
    if isinstance(engine, GridLayout) and engine.is_for(figure):
        engine.hold(n_rows * inches)
        return
    settle(figure)
    height = ax.get_window_extent().height / figure.dpi
    figure.set_figheight(figure.get_figheight() + n_rows * (inches - height))


def text_width(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Return the width of the widest line of a text, in points."""
    from matplotlib.font_manager import FontProperties

    from ketanalysis.figures.pen import ruler

    measures = ruler(POINTS * 4)
    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    with _unseen_signs():
        widths = [
            measures.get_text_width_height_descent(line, font, ismath=False)[0]
            for line in text.split("\n")
        ]
    return float(max(widths)) / 4


def spacing(ax: Axes, positions: Sequence[float]) -> float:
    """Return the smallest distance between neighbouring positions of the x axis, in points."""
    width = ax.get_window_extent().width / ax.figure.figure.dpi * POINTS
    low, high = ax.get_xlim()
    ordered = sorted(positions)
    gaps = [b - a for a, b in pairwise(ordered)] or [high - low]
    return float(width * min(gaps) / (high - low))


def label_y(ax: Axes, text: str, inches: float) -> None:
    """Name the y axis of Axes that are `inches` high, in as many lines as that needs."""
    lines = wrap(text, int(inches * POINTS / (0.5 * TEXT)))
    ax.set_ylabel(lines, parse_math=False)


def label_ticks(ax: Axes, positions: Sequence[float], labels: Sequence[str]) -> None:
    """Label the x axis so that no label touches the next: wrapped first, then turned."""
    settle(ax.figure.figure)
    room = spacing(ax, positions) - BETWEEN
    for size in (TEXT, SMALL):
        wrapped = [_wrap_to(label, room, size) for label in labels]
        if all(text_width(label, size) <= room and label.count("\n") < 4 for label in wrapped):
            _set_ticks(ax, positions, wrapped, fontsize=size)
            return
    turned = [_wrap_into(label, 0.64 * room, TEXT) for label in labels]  # 0.64: sine of 40 degrees
    if room > 1.6 * TEXT and all(_is_short(label) for label in turned):
        _set_ticks(
            ax, positions, turned, fontsize=TEXT, rotation=40, ha="right", rotation_mode="anchor"
        )
    else:
        upright = [_wrap_into(label, room, SMALL) for label in labels]
        _set_ticks(ax, positions, upright, fontsize=SMALL, rotation=90)


def _is_short(label: str) -> bool:
    return max(map(len, label.split("\n"))) <= LONG


def _wrap_into(label: str, room: float, size: float) -> str:
    """Break a label into lines of some 24 signs; of more where so many lines have no room."""
    deep = max(1, int(room / (LINE * size)))
    lines = label.split("\n")
    width = max(LONG, -(-max(map(len, lines)) // deep) + 4)
    return "\n".join(wrap(line, width) for line in lines)


def _set_ticks(ax: Axes, positions: Sequence[float], labels: Sequence[str], **options: Any) -> None:
    ax.set_xticks(list(positions), list(labels), parse_math=False, color=INK, **options)


def _wrap_to(label: str, room: float, size: float) -> str:
    """Break a label at blanks, as few times as the room (points) allows; lines stay lines."""
    return "\n".join(_wrap_line(clean(line), room, size) for line in label.split("\n"))


def _wrap_line(line: str, room: float, size: float) -> str:
    """Break one line at blanks, and after a hyphen where the word alone is too wide."""
    lines: list[str] = []
    for word in line.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        elif text_width(word, size) > room:
            lines += re.split(r"(?<=-)(?=\w)", word)
        else:
            lines.append(word)
    return "\n".join(lines)
