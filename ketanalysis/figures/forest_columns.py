"""The columns of a forest plot: labels and counts left of the axis, numbers right of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketanalysis.figures.forest_rows import POINTS as IN_POINTS
from ketanalysis.figures.forest_rows import Forest, ForestRow
from ketanalysis.figures.layout import LINE, text_width
from ketanalysis.figures.style import GREY, INK, SMALL, TEXT, wrap
from ketanalysis.rounding import MINUS, decimals, number, p_digits
from ketanalysis.tables.groups import EFFECT_NAMES
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_CHARS = {"one": 17, "two": 30}
HEADING_CHARS = {"one": 44, "two": 70}
HEAD_CHARS = 13
BETWEEN = 9.0  # points between columns
INDENT = 7.0
UNESTIMATED = "not estimable"
ENDLESS = "\N{INFINITY}"


def lines_of(whole: Forest, rows: Sequence[ForestRow], width: str, show_p: bool) -> list[float]:
    """Return where rows stand, in points from the top: the header's foot, each row, the end.

    A row's place is its middle; headings stand above the first of their rows.
    """
    heads = _heads(whole) if width == "two" else []
    down = LINE * SMALL * max(2, *(head.count("\n") + 1 for head in heads), 1) + 7
    places, heading = [down], ""
    for row in rows:
        if row.heading and row.heading != heading:
            down += LINE * TEXT * (_heading(row, width).count("\n") + 1) + 3
        heading = row.heading
        height = _height(row, width, show_p)
        places.append(down + height / 2)
        down += height
    return [*places, down + 3]


def _height(row: ForestRow, width: str, show_p: bool) -> float:
    """Return the height of a row in points; in one column numbers stand under each other."""
    n = _label(row, width).count("\n") + 1
    if width == "one":
        n = max(n + (1 if row.counts else 0), 2 + (1 if show_p else 0))
    return max(LINE * SMALL * n + 4, 13.0)


def _heads(whole: Forest) -> list[str]:
    return [wrap(head, HEAD_CHARS) for head in whole.heads]


def _label(row: ForestRow, width: str) -> str:
    return wrap(row.label, LABEL_CHARS[width])


def _heading(row: ForestRow, width: str) -> str:
    return wrap(row.heading, HEADING_CHARS[width])


def write_texts(
    ax: Axes,
    whole: Forest,
    rows: Sequence[ForestRow],
    lines: Sequence[float],
    width: str,
    show_p: bool,
) -> None:
    """Write label and counts left of the axis, estimate and p right of it."""
    has_columns = width == "two"
    counts = list(zip(*(row.counts for row in rows), strict=True)) if has_columns else []
    left = _left_columns(ax, rows, lines, width, counts, _heads(whole))
    _headings(ax, rows, lines, left, width, show_p)
    is_log = ax.get_xscale() == "log"
    numbers = [numbers_of(row, width, is_log) for row in rows]
    x = 8.0
    _column(ax, 1, x, numbers, lines, f"Estimate\n({level(whole.conf_level)})", "left")
    if show_p and has_columns:
        x += max(text_width(text, SMALL) for text in numbers) + BETWEEN
        head = whole.p_head.replace(", ", "\n")
        _column(ax, 1, x, [_p(row) for row in rows], lines, head, "left")
    if show_p and not has_columns:
        for row, y in zip(rows, lines[1:-1], strict=True):
            below = LINE * SMALL * (numbers[0].count("\n") + 1) / 2 + 1
            text = f"{whole.p_head} {_p(row)}" if row.p is not None else ""
            _write(ax, 1, x, y + below, text, "left", "top", GREY)


def _left_columns(
    ax: Axes,
    rows: Sequence[ForestRow],
    lines: Sequence[float],
    width: str,
    counts: Sequence[tuple[str, ...]],
    heads: Sequence[str],
) -> float:
    """Write labels and count columns; return where the labels begin, in points left of the axis."""
    x = -8.0
    for texts, head in reversed(list(zip(counts, heads, strict=False))):
        wide = max(text_width(text, SMALL) for text in (*texts, head))
        _column(ax, 0, x - wide / 2, list(texts), lines, head, "center")
        x -= wide + BETWEEN
    labels = [_label(row, width) for row in rows]
    has_headings = any(row.heading for row in rows)
    if width == "one":
        labels = [
            f"{text}\n{' v '.join(row.counts)}" if row.counts else text
            for text, row in zip(labels, rows, strict=True)
        ]
    wide = max(text_width(text, SMALL) for text in labels) + (INDENT if has_headings else 0)
    start = x - wide
    for text, y, row in zip(labels, lines[1:-1], rows, strict=True):
        own = start + (INDENT if row.heading else 0)
        _write(ax, 0, own, y, text, "left", "center", INK)
    return start


def _headings(
    ax: Axes,
    rows: Sequence[ForestRow],
    lines: Sequence[float],
    left: float,
    width: str,
    show_p: bool,
) -> None:
    """Write each heading above the first of its rows, on white where it crosses the axis."""
    heading = ""
    for row, y in zip(rows, lines[1:-1], strict=True):
        if row.heading and row.heading != heading:
            up = _height(row, width, show_p) / 2 + 2
            text = _heading(row, width)
            _write(ax, 0, left, y - up, text, "left", "bottom", INK, size=TEXT, on_white=True)
        heading = row.heading


def _column(
    ax: Axes,
    side: int,
    x: float,
    texts: Sequence[str],
    lines: Sequence[float],
    head: str,
    align: str,
) -> None:
    _write(ax, side, x, lines[0] - 2, head, align, "bottom", GREY)
    for text, y in zip(texts, lines[1:-1], strict=True):
        _write(ax, side, x, y, text, align, "center", INK)


def _write(
    ax: Axes,
    side: int,
    x: float,
    y: float,
    text: str,
    ha: str,
    va: str,
    colour: str,
    size: float = SMALL,
    *,
    on_white: bool = False,
) -> None:
    """Write text left (side 0) or right (side 1) of the axis, `x` points from its end."""
    ground: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.6} if on_white else None
    ax.annotate(
        text,
        (side, y),
        bbox=ground,
        zorder=5,
        xycoords=("axes fraction", "data"),
        xytext=(x, 0),
        textcoords="offset points",
        ha=ha,
        va=va,
        fontsize=size,
        color=colour,
        parse_math=False,
        annotation_clip=False,
    )


def numbers_of(row: ForestRow, width: str = "two", is_log: bool = False) -> str:
    """Return ``15 (2 to 29)``, or that the row is not estimable."""
    if row.estimate is None:
        return UNESTIMATED if width == "two" else UNESTIMATED.replace(" ", "\n")
    is_ratio = is_log or "ratio" in row.measure or row.measure in EFFECT_NAMES.values()
    is_whole = row.measure == IN_POINTS
    digits = 2 if is_ratio else 0 if is_whole else min(decimals(row.low, row.high), 3)
    ends = f"({number(row.low, digits, infinite=MINUS + ENDLESS)} to "
    ends += f"{number(row.high, digits, infinite=ENDLESS)})"
    space = " " if width == "two" else "\n"
    return f"{number(row.estimate, digits, infinite=ENDLESS)}{space}{ends}"


def _p(row: ForestRow) -> str:
    return "" if row.p is None else p_digits(row.p)
