"""How figures look: sizes, colours, fonts, and texts from data that are only ever text."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from ketanalysis.tables.registry import group_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTHS = {"one": 3.35, "two": 6.9}  # inches: one or two columns of a journal's page
DPI = 200
TEXT, SMALL = 8.0, 7.0  # points
INK, GREY, GRID = "#22272C", "#5F6770", "#E4E7EA"


class Look(NamedTuple):
    """How one group is drawn; colours differ in lightness, so grey prints tell them apart."""

    colour: str
    ink: str
    marker: str
    dashes: tuple[float, ...] | str
    hatch: str


# Lightness (CIE L*) 30, 57, 70, 43, 62, 82: apart in grey, and for the colour-blind.
COLOURS = ("#34495E", "#D9661F", "#4DB6AC", "#8E4B8A", "#A39320", "#A9CCE3")
INKS = ("#34495E", "#B04A0C", "#1E7A72", "#7A3B76", "#6F6415", "#33719B")  # for text: darker
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[tuple[float, ...] | str, ...] = ("", (5, 1.6), (1.4, 1.2), (5, 1.4, 1.4, 1.4))
HATCHES = ("", "////", "....", "xxxx")
CJK: tuple[str, ...] = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "WenQuanYi Zen Hei"),
    *("Hiragino Sans", "PingFang SC", "Microsoft YaHei", "Yu Gothic", "MS Gothic", "SimHei"),
)
FONT = "DejaVu Sans"


def look(place: int) -> Look:
    """Return the look of the group in this place; the reference group is in place 0."""
    return Look(
        COLOURS[place % len(COLOURS)],
        INKS[place % len(INKS)],
        MARKERS[place % len(MARKERS)],
        DASHES[place % len(DASHES)],
        HATCHES[place // len(COLOURS) % len(HATCHES)],
    )


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in this style and in no other: the caller's settings neither count nor change."""
    from matplotlib import style

    with style.context(["default", settings()]):
        yield


def settings() -> dict[str, Any]:
    """Return matplotlib's settings for our figures. No text is ever read as mathematics."""
    return {
        "text.parse_math": False,
        "text.usetex": False,
        "font.family": [FONT, *_other_fonts()],
        "font.size": TEXT,
        "text.hinting": "no_hinting",
        "axes.labelsize": TEXT,
        "axes.titlesize": TEXT,
        "axes.labelcolor": INK,
        "axes.edgecolor": GREY,
        "axes.linewidth": 0.7,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "axes.formatter.use_mathtext": False,
        "text.color": INK,
        "xtick.labelsize": TEXT,
        "ytick.labelsize": TEXT,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "legend.fontsize": TEXT,
        "legend.frameon": False,
        "hatch.linewidth": 0.5,
        "figure.constrained_layout.h_pad": 0.03,
        "figure.constrained_layout.w_pad": 0.03,
    }


@cache
def _other_fonts() -> tuple[str, ...]:
    """Return one installed font for Chinese, Japanese and Korean text, if there is any."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in CJK if name in installed)[:1]


def sober(ax: Axes, grid: str = "y") -> None:
    """Leave two spines and light lines across one axis (or none, for ``grid=""``)."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=TEXT)
    ax.xaxis.label.set_fontsize(TEXT)
    ax.yaxis.label.set_fontsize(TEXT)
    ax.grid(False)
    if grid:
        ax.grid(True, axis=grid, color=GRID, linewidth=0.6)  # type: ignore[arg-type]
    ax.set_axisbelow(True)


def hold_labels(ax: Axes) -> None:
    """Give axes without a label an empty one: for want of one seaborn looks at all ticks."""
    if not ax.get_xlabel():
        ax.set_xlabel(" ")
    if not ax.get_ylabel():
        ax.set_ylabel(" ")


def clean(text: object) -> str:
    r"""Return text from data in one line of printable signs; nothing else in it is changed.

    Examples
    --------
    >>> clean("Day\t14 \u202e")
    'Day 14'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def wrap(text: object, width: int) -> str:
    r"""Return text from data in lines of at most `width` signs; a wide sign counts as two.

    Examples
    --------
    >>> wrap("esketamine 84 mg twice a week", 16)
    'esketamine 84 mg\ntwice a week'
    """
    line = clean(text)
    is_wide = [unicodedata.east_asian_width(c) in "WF" for c in line]
    share = 1 + sum(is_wide) / max(1, len(line))
    return "\n".join(textwrap.wrap(line, max(1, int(width / share)))) or line


def names_of(table: pl.DataFrame, by: Sequence[str]) -> list[str]:
    """Return the groups of a table in their order: its by-columns, or one group ``All``."""
    keys = table.select(by).unique(maintain_order=True) if by else table.head(1)
    return [group_label(row, by) for row in keys.iter_rows(named=True)]


def with_place(table: pl.DataFrame, by: Sequence[str]) -> pl.Series:
    """Return the place of each row's group in `names_of`, as text: seaborn's hue, shape (n,)."""
    if not by:
        return pl.Series("place", ["0"] * table.height, dtype=pl.String)
    keys = table.select(by).unique(maintain_order=True).rows()
    places = {key: str(place) for place, key in enumerate(keys)}
    return pl.Series("place", [places[key] for key in table.select(by).rows()], dtype=pl.String)


def looks_by_place(n: int) -> dict[str, dict[str, Any]]:
    """Return what seaborn needs to draw n groups: order, colours, markers, dashes by place."""
    places = [str(place) for place in range(n)]
    looks = [look(place) for place in range(n)]
    return {
        "order": {"hue_order": places, "style_order": places},
        "palette": dict(zip(places, (one.colour for one in looks), strict=True)),
        "markers": dict(zip(places, (one.marker for one in looks), strict=True)),
        "dashes": dict(zip(places, (one.dashes for one in looks), strict=True)),
    }
