"""The flow diagram of CONSORT: who came in, who left and why, who was analysed, by arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.figures.boxes import (
    DASH,
    PAD,
    Box,
    Text,
    box_of,
    draw_arrow,
    draw_band,
    draw_box,
    draw_line,
    measure,
    widest,
)
from ketanalysis.figures.dropout import dropout
from ketanalysis.figures.layout import POINTS, SIMULATED, finish, new_figure, settle
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, SMALL, WIDTHS, clean
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.participants.flow import REACHED
from ketanalysis.participants.subject_rows import ALL
from ketanalysis.tables.baseline import group_of
from ketanalysis.tables.disposition import negated, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("flow", "dropout")
BAND, GAP, DOWN = 12.0, 7.0, 15.0  # points: the band at the left, between boxes, between rows
FOOT = 14.0  # points under the diagram, where simulated data are marked
PARTS = {
    "treated": "Allocation",
    "treatment": "Treatment",
    "study": "Follow-up",
    "analysed": "Analysis",
}
DOES_NOT = "The flow does not add up"
Rows = list[dict[str, Any]]


@figure_of("disposition")
def disposition(
    result: Any, ax: Axes | None = None, *, kind: str = "flow", width: str = "two"
) -> Figure:
    """Draw the flow diagram of the subjects, or who is left at each visit.

    Parameters
    ----------
    result
        A result of `tabulate_disposition`.
    ax
        Axes to draw on; for the flow diagram it must be large enough for all of its text.
    kind
        "flow" (the diagram of CONSORT) or "dropout" (a step curve by arm).
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows that are drawn.

    Raises
    ------
    ArgumentError
        When `kind` is none of the two, the Axes are too small, or there are no scores to count.

    Notes
    -----
    Reasons that nobody of an arm had are left out of its boxes. An arrow that does not add up is
    named in the caption.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> flow = ka.tabulate_disposition(ka.load_example("ketamine"), by="TRT01P")
    >>> flow.plot(width="one").get_size_inches()[0].item()
    3.35
    """
    check_one_of("kind", kind, KINDS)
    check_one_of("width", width, tuple(WIDTHS))
    if kind == "dropout":
        return dropout(result, ax, width)
    room = WIDTHS[width] * POINTS if ax is None else _size(ax)[0]
    rows = result.table.to_dicts()
    arms = [g for g in dict.fromkeys(group_of(r, result.by) for r in rows) if g != ALL] or [ALL]
    top = _top(result, rows, room)
    parts = _parts(result, rows, arms, room)
    height = _height(top, parts) + (FOOT if result.simulated else 3.0)
    figure, axes = _canvas(ax, width, room, height)
    _draw(axes, top, parts, room, axes.get_ylim()[1])
    if result.simulated:
        _mark(axes, room)
    return finish(
        figure,
        ax,
        caption=_caption(result, rows),
        alt=_alt(result, rows, arms),
        data=result.table,
        is_simulated=False,  # marked already, inside the Axes
    )


def _size(ax: Axes) -> tuple[float, float]:
    """Return width and height of Axes that hold nothing but the diagram, in points."""
    ax.set_axis_off()
    settle(ax.figure.figure)
    extent, dpi = ax.get_window_extent(), ax.figure.figure.dpi
    return extent.width / dpi * POINTS, extent.height / dpi * POINTS


def _mark(ax: Axes, room: float) -> None:
    look: dict[str, Any] = {"fontsize": SMALL, "color": GREY, "fontstyle": "italic"}
    ax.text(room - 3, 3, SIMULATED, ha="right", va="bottom", **look)


def _canvas(ax: Axes | None, width: str, room: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of the height that is needed, or the Axes given if they are large enough."""
    if ax is None:
        figure = new_figure(width, height / POINTS)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_ylim(0, height)
    else:
        figure, axes, held = ax.figure.figure, ax, _size(ax)[1]
        if held < height:
            raise ArgumentError(
                f"The flow diagram needs Axes {height / POINTS:.1f} inches high at this width; "
                f"these are {held / POINTS:.1f}. Make the figure higher, or leave out ax."
            )
        axes.set_ylim(0, held)
    axes.set_xlim(0, room)
    axes.set_axis_off()
    return figure, axes


def _n(count: int) -> str:
    return f"(n\u00a0=\u00a0{count})"


def _find(rows: Rows, words: str, group: str, by: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return who reached a stage in a group, and the others by reason, without empty reasons."""
    mine = [row for row in rows if row["stage"] == words and group_of(row, by) == group]
    reached = next((row["count"] for row in mine if row["reason"] == REACHED), 0)
    reasons = {row["reason"]: row["count"] for row in mine if row["reason"] != REACHED}
    return reached, reasons


def _stage_texts(
    rows: Rows, role: str, words: str, group: str, by: Sequence[str]
) -> tuple[Text, ...]:
    """Return the lines of a stage: who reached it, who did not, and why."""
    reached, reasons = _find(rows, words, group, by)
    texts: list[Text] = [(f"{clean(sentence_case(words))} {_n(reached)}", False)]
    return (*texts, *_why(reasons, negated(role, words)))


def _why(reasons: dict[str, int], words: str) -> tuple[Text, ...]:
    """Return how many did not, and the reasons that somebody had."""
    if not reasons:
        return ()
    return (
        (f"{words} {_n(sum(reasons.values()))}", False),
        *(
            (f"{DASH}{clean(sentence_case(reason))} {_n(count)}", False)
            for reason, count in reasons.items()
            if count
        ),
    )


def _top(result: Any, rows: Rows, room: float) -> list[Box]:
    """Return the boxes of enrolment: screened and not randomised (where known), and entered."""
    half = (room - BAND) / 2 - 2 * GAP
    entered = next(words for role, words, _, _ in result.stages if role == "entered")
    reached, reasons = _find(rows, entered, ALL, result.by)
    name: tuple[Text, ...] = ((f"{sentence_case(entered)} {_n(reached)}", True),)
    last = box_of(name, min(widest(name), room - BAND - 2 * GAP))
    if not any(role == "screened" for role, *_ in result.stages):
        return [last]
    screened, _ = _find(rows, "screened", ALL, result.by)
    first: tuple[Text, ...] = ((f"Screened {_n(screened)}", True),)
    side = _why(reasons, f"Not {entered}")
    return [box_of(first, min(widest(first), half)), box_of(side, min(widest(side), half)), last]


def _parts(
    result: Any, rows: Rows, arms: Sequence[str], room: float
) -> list[tuple[str, list[Box]]]:
    """Return the parts of the diagram below enrolment: a label, and a box an arm."""
    width = (room - BAND - GAP * (len(arms) + 1)) / len(arms)
    if arms == [ALL]:
        width = min(width, 0.62 * (room - BAND))
    names = PARTS if arms != [ALL] else {**PARTS, "treated": PARTS["treatment"]}
    roles: dict[str, list[tuple[str, str]]] = {} if arms == [ALL] else {"Allocation": []}
    for role, words, _, _ in result.stages:
        if role in names:
            roles.setdefault(names[role], []).append((role, words))
    entered = next(words for role, words, _, _ in result.stages if role == "entered")
    parts = []
    for label, stages in roles.items():
        boxes = []
        for arm in arms:
            head: tuple[Text, ...] = ()
            if label == "Allocation" and arm != ALL:
                head = ((f"{clean(arm)} {_n(_find(rows, entered, arm, result.by)[0])}", True),)
            texts = tuple(
                text
                for role, words in stages
                for text in _stage_texts(rows, role, words, arm, result.by)
            )
            boxes.append(box_of((*head, *texts), width))
        high = _row_height(label, boxes)
        above = (high - max(box.height for box in boxes)) / 2 + PAD
        parts.append((label, [box.within(high, above) for box in boxes]))
    return parts


def _row_height(label: str, boxes: Sequence[Box]) -> float:
    """Return the height of a row: that of its highest box, and room for its label."""
    return max(*(box.height for box in boxes), measure(label, True) + 6.0)


def _top_height(top: list[Box]) -> float:
    """Return the height of the enrolment part."""
    boxes = top[0].height if len(top) == 1 else top[0].height + top[1].height + top[2].height
    boxes += 0.0 if len(top) == 1 else 2 * DOWN * 0.6
    return max(boxes, measure("Enrolment", True) + 6.0)


def _height(top: list[Box], parts: list[tuple[str, list[Box]]]) -> float:
    rows = [_row_height(label, boxes) for label, boxes in parts]
    return GAP + _top_height(top) + sum(rows) + DOWN * len(rows)


def _draw(
    ax: Axes, top: list[Box], parts: list[tuple[str, list[Box]]], room: float, height: float
) -> None:
    middle = BAND + (room - BAND) / 2
    y = height - 3.0
    deep = _top_height(top)
    draw_band(ax, "Enrolment", 0, y - deep, BAND, deep)
    bottom = _draw_top(ax, top, middle, y, deep)
    y -= deep
    above = [(middle, bottom)]
    for label, boxes in parts:
        y -= DOWN
        deep = _row_height(label, boxes)
        draw_band(ax, label, 0, y - deep, BAND, deep)
        centres = _centres(boxes, room)
        for box, centre in zip(boxes, centres, strict=True):
            draw_box(ax, box, centre - box.width / 2, y)
        _connect(ax, above, centres, y)
        above = [(centre, y - box.height) for box, centre in zip(boxes, centres, strict=True)]
        y -= deep


def _centres(boxes: Sequence[Box], room: float) -> list[float]:
    if len(boxes) == 1:
        return [BAND + (room - BAND) / 2]
    step = boxes[0].width + GAP
    return [BAND + GAP + boxes[0].width / 2 + i * step for i in range(len(boxes))]


def _connect(
    ax: Axes, above: Sequence[tuple[float, float]], centres: Sequence[float], y: float
) -> None:
    """Draw the arrows into a row: straight down, or from one box to all."""
    if len(above) == len(centres):
        for (x, start), centre in zip(above, centres, strict=True):
            draw_arrow(ax, (x, start), (centre, y))
        return
    (x, start) = above[0]
    bus = y + DOWN * 0.55
    draw_line(ax, (x, start), (x, bus))
    draw_line(ax, (min(centres), bus), (max(centres), bus))
    for centre in centres:
        draw_arrow(ax, (centre, bus), (centre, y))


def _draw_top(ax: Axes, top: list[Box], middle: float, y: float, deep: float) -> float:
    """Draw the boxes of enrolment, and return where the last one ends."""
    if len(top) == 1:
        box = top[0]
        start = y - (deep - box.height) / 2
        draw_box(ax, box, middle - box.width / 2, start)
        return start - box.height
    screened, out, entered = top
    draw_box(ax, screened, middle - screened.width / 2, y)
    side = y - screened.height - DOWN * 0.6
    draw_box(ax, out, middle + GAP, side)
    low = side - out.height - DOWN * 0.6
    draw_arrow(ax, (middle, y - screened.height), (middle, low))
    draw_arrow(ax, (middle, side - out.height / 2), (middle + GAP, side - out.height / 2))
    draw_box(ax, entered, middle - entered.width / 2, low)
    return low - entered.height


def _caption(result: Any, rows: Rows) -> str:
    wrong = [clean(one).rstrip(".") for one in result.warnings if one.startswith(DOES_NOT)]
    entered = next(words for role, words, _, _ in result.stages if role == "entered")
    n = _find(rows, entered, ALL, result.by)[0]
    return caption_of(result, f"Flow of the subjects through the trial, {entered} n = {n}", *wrong)


def _alt(result: Any, rows: Rows, arms: Sequence[str]) -> str:
    """Return the diagram in words: every stage with its numbers."""
    parts = []
    for role, words, _, _ in result.stages:
        groups = [ALL] if role in ("screened", "entered") else list(arms)
        counts = [(arm, _find(rows, words, arm, result.by)[0]) for arm in groups]
        said = joined(str(n) if arm == ALL else f"{clean(arm)} {n}" for arm, n in counts)
        parts.append(f"{clean(sentence_case(words))}: {said}.")
    lanes = "one column" if len(arms) == 1 else f"a column each for {joined(map(clean, arms))}"
    return f"Flow diagram from enrolment to analysis, {lanes}. {' '.join(parts)}"
