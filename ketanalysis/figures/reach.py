"""How far what is written on and beside Axes reaches: boxes of texts, from remembered sizes.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from ketanalysis.figures.glyphs import keep
from ketanalysis.figures.pen import Pen, font_key

MOST_BOXES = 8192
POINTS = 72
AXES = "axes fraction"
LOOK, LAYOUT = {"_linespacing", "_multialignment"}, "_get_layout"  # where matplotlib has them
Floats = NDArray[np.float64]

_boxes: dict[Any, tuple[float, float, float, float]] = {}


def reach_of(ax: Axes, pen: Pen) -> Any:
    """Return the box of Axes and all that belongs to them, in dots, as constrained layout asks.

    It is matplotlib's `get_tightbbox` for a layout. Notes at a distance in points, of which our
    figures have many, are measured all at once; the rest is matplotlib's to measure.
    """
    others, written, boxes = [], [], []
    thing: Any
    for thing in ax.get_default_bbox_extra_artists():
        box = box_of(thing, pen) if _is_note(thing) else None
        if box is None:
            others.append(thing)
        else:
            written.append(thing)
            boxes.append(box)
    whole = ax.get_tightbbox(pen, bbox_extra_artists=others, for_layout_only=True)
    if whole is None or not written:
        return whole
    x, y = _anchors(ax, written, pen.dpi)
    left, low, right, high = np.array(boxes).T
    ends = (x + left).min(), (y + low).min(), (x + right).max(), (y + high).max()
    return Bbox.union([whole, Bbox.from_extents(*ends)])


def box_of(text: Text, pen: Pen) -> tuple[float, float, float, float] | None:
    """Return the box of a text around the point that it is written at: its ends in dots.

    None where it hangs on more than the text and its look.
    """
    words = text.get_text()
    if text.get_usetex() or text.get_wrap() or text.get_transform_rotates_text():
        return None
    if "$" in words and text.get_parse_math():
        return None
    font = font_key(text.get_fontproperties())
    kept, measure = vars(text), getattr(text, LAYOUT, None)
    if font is None or measure is None or not kept.keys() >= LOOK:
        return None
    key = (
        words,
        font,
        pen.dpi,
        text.get_rotation(),
        text.get_rotation_mode(),
        text.get_horizontalalignment(),
        text.get_verticalalignment(),
        *(kept[name] for name in sorted(LOOK)),
    )
    found = _boxes.get(key)
    if found is None:
        left, low, right, high = map(float, measure(pen)[0].extents)
        found = left, low, right, high
        keep(_boxes, key, found, MOST_BOXES)
    return found


def label_boxes(ticks: Sequence[Any], pen: Pen) -> tuple[list[Bbox], list[Bbox]]:
    """Return the boxes of the first and of the second labels of ticks, in dots."""
    first = [_placed(tick.label1, pen) for tick in ticks if _counts(tick.label1)]
    second = [_placed(tick.label2, pen) for tick in ticks if _counts(tick.label2)]
    return first, second


def _counts(label: Text) -> bool:
    return label.get_visible() and label.get_in_layout()


def _placed(label: Text, pen: Pen) -> Bbox:
    box = box_of(label, pen) if label.get_text() else None
    if box is None:
        return label.get_window_extent(pen)
    x, y = label.get_transform().transform(label.get_unitless_position())
    return Bbox.from_extents(x + box[0], y + box[1], x + box[2], y + box[3])


def _is_note(thing: Any) -> bool:
    """Whether it is a text at a distance in points from a place of the Axes, and nothing more."""
    if type(thing) is not Annotation or thing.arrow_patch is not None or not thing.get_text():
        return False
    return (
        thing.anncoords == "offset points"
        and all(type(place) is str and place in ("data", AXES) for place in _places(thing))
        and (thing.get_annotation_clip() is False or thing.xycoords == AXES)
        and not thing.get_clip_on()
        and thing.get_bbox_patch() is None
    )


def _anchors(ax: Axes, notes: Sequence[Any], dpi: float) -> tuple[Floats, Floats]:
    """Return where notes are written, in dots: the place of the Axes, and the distance from it."""
    (low_x, _), (low_y, _) = ax.get_xlim(), ax.get_ylim()
    is_data, of_data, of_axes = [], [], []
    convert_x: Any = ax.convert_xunits
    convert_y: Any = ax.convert_yunits
    for note in notes:
        (x, y), places = note.xy, _places(note)
        along, up = places[0] == "data", places[1] == "data"
        is_data.append((along, up))
        of_data.append((convert_x(x) if along else low_x, convert_y(y) if up else low_y))
        of_axes.append((0.0 if along else x, 0.0 if up else y))
    found = np.where(
        is_data,
        ax.transData.transform(np.array(of_data, dtype=float)),
        ax.transAxes.transform(np.array(of_axes, dtype=float)),
    )
    found += np.array([note.get_position() for note in notes], dtype=float) * dpi / POINTS
    return found[:, 0], found[:, 1]


def _places(note: Any) -> tuple[Any, Any]:
    return note.xycoords if isinstance(note.xycoords, tuple) else (note.xycoords, note.xycoords)
