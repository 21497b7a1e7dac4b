"""Letters that were drawn before: where those of a line stand, and the dots of each.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends import backend_agg
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray

_agg: Any = backend_agg  # whose types say less than it has
MOST_LINES = 4096
MOST_SHAPES = 12288  # of some hundred bytes each
DOT = 64  # FreeType places letters to the 64th part of a dot
ONE = 0x10000  # FreeType's 1
# Matplotlib 3.11 draws letter by letter with these; where it does not, nothing is remembered.
CAN_REMEMBER = all(
    hasattr(FT2Font, name) for name in ("_layout", "_set_transform", "_render_glyph")
)


class Line(NamedTuple):
    """A line of text in one font: number, and place from the line's start in dots, by letter."""

    face: Any
    letters: tuple[tuple[int, float, float], ...]


class Shape(NamedTuple):
    """The dots of a letter, and where they begin: left and top of the dot that it stands in."""

    dots: NDArray[np.uint8]
    left: int
    top: int


_lines: dict[Any, Line] = {}
_shapes: dict[Any, Shape] = {}


def forget() -> None:
    """Forget all letters: fonts of FreeType do not outlive a fork."""
    _lines.clear()
    _shapes.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)


def line_of(text: str, font: tuple[Any, ...], open_font: Callable[[], Any]) -> Line | None:
    """Return where the letters of a line stand; None where its font lacks one of them.

    ``font`` is all that chooses a font and its size in dots; ``open_font`` returns it.
    """
    flags = _agg.get_hinting_flag()
    key = (text, font, flags, threading.get_ident())  # a font belongs to one thread
    found = _lines.get(key)
    if found is None:
        face = open_font()
        items = face._layout(text, flags=flags, features=None, language=None)
        if any(item.ft_object is not face or item.glyph_index == 0 for item in items):
            return None
        found = Line(face, tuple((item.glyph_index, item.x, item.y) for item in items))
        keep(_lines, key, found, MOST_LINES)
    return found


def shapes_of(
    line: Line, x: float, y: float, angle: float, size: tuple[float, float]
) -> list[Shape]:
    """Return the letters of a line that begins at x, y: dots from the lower left corner.

    ``size`` is the font's in points, and the dots of an inch; ``angle`` is in degrees.
    """
    cos, sin, matrix = _turned(angle)
    flags = _agg.get_hinting_flag()
    kind = (line.face, size, angle, flags)  # the font itself: its number would be given again
    found, is_ready = [], False
    for number, along, up in line.letters:
        right, part_x = divmod(round(DOT * (x + along * cos - up * sin)), DOT)
        high, part_y = divmod(round(DOT * (y + along * sin + up * cos)), DOT)
        key = (kind, number, part_x, part_y)
        shape = _shapes.get(key)
        if shape is None:
            if not is_ready:
                line.face.set_size(*size)
                is_ready = True
            shape = _drawn(line.face, number, flags, matrix, (part_x, part_y))
            keep(_shapes, key, shape, MOST_SHAPES)
        if shape.dots.size:
            found.append(Shape(shape.dots, shape.left + right, shape.top + high))
    return found


@lru_cache(64)
def _turned(angle: float) -> tuple[float, float, NDArray[np.int64]]:
    """Return cosine and sine of an angle in degrees, and FreeType's matrix of it."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return cos, sin, (ONE * np.array([[cos, -sin], [sin, cos]])).round().astype(int)


def _drawn(
    face: Any, number: int, flags: Any, matrix: NDArray[np.int64], part: tuple[int, int]
) -> Shape:
    """Draw one letter, turned, so many 64th parts of a dot right of and above a whole dot."""
    face._set_transform(matrix, part)
    drawn = face._render_glyph(number, flags, _agg.RenderMode.NORMAL)
    return Shape(drawn.buffer, drawn.left, drawn.top)


def keep(memory: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    """Remember a value; a full memory forgets the half that it has had longest."""
    if len(memory) >= most:
        for old in list(memory)[: most // 2]:
            memory.pop(old, None)
    memory[key] = value
