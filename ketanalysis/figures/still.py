"""Axes that keep still while they are measured or drawn: each is asked for its ticks once.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes

from ketanalysis.figures.pen import Pen
from ketanalysis.figures.reach import label_boxes

UPDATE, BOXES = "_update_ticks", "_get_ticklabel_bboxes"  # where matplotlib has them


@contextmanager
def keep_still(axes: Sequence[Axes], pen: Pen) -> Iterator[None]:
    """Let every axis of these Axes, and of those inside them, keep its ticks while this lasts.

    Matplotlib asks an axis for its ticks, and for the boxes of their labels, some ten times each
    time that it measures or draws Axes: for the axis, for the place of its label, for each
    spine. Nothing moves meanwhile, so the first answer holds. Only these Axes are touched, and
    all that measure meanwhile use this pen.
    """
    held = [axis for ax in _whole(axes) for axis in (ax.xaxis, ax.yaxis)]
    for axis in held:
        if hasattr(axis, UPDATE) and hasattr(axis, BOXES):
            update: Any = getattr(axis, UPDATE)
            axis.__dict__[UPDATE] = _once(update)
            axis.__dict__[BOXES] = _once(lambda ticks, _: label_boxes(ticks, pen))
    try:
        yield
    finally:
        for axis in held:
            axis.__dict__.pop(UPDATE, None)
            axis.__dict__.pop(BOXES, None)


def _whole(axes: Sequence[Axes]) -> list[Axes]:
    """Return Axes and those inside them, but none that an aspect may still change."""
    inside = [child for ax in axes for child in _whole(getattr(ax, "child_axes", []))]
    return [*(ax for ax in axes if ax.get_aspect() == "auto"), *inside]


def _once(ask: Any) -> Any:
    answers: list[Any] = []

    def answer(*given: Any) -> Any:
        if not answers:
            answers.append(ask(*given))
        return answers[0]

    return answer
