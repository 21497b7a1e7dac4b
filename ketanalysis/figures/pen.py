"""What draws and measures our figures: Agg, with a memory for how wide a text is.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

MOST = 8192  # texts: about a megabyte
GENERIC = frozenset(
    {"serif", "sans-serif", "sans serif", "sans", "cursive", "fantasy", "monospace"}
)
# In print hints only move letters, and they take a third of the time.
UNHINTED: Any = {"text.hinting": "no_hinting"}

Size = tuple[float, float, float]


class Pen(RendererAgg):
    """Agg's renderer. Measuring a text takes as long as drawing it, and figures repeat theirs.

    Matplotlib remembers measures as long as a renderer lives: for one drawing of one figure.
    """

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Size:
        """Return width, height and descent of a line of text, in dots."""
        families = tuple(prop.get_family())
        if ismath or not GENERIC.isdisjoint(families):  # what these mean is a setting
            return _of_agg(self, s, prop, ismath)  # type: ignore[no-any-return]
        return _measured(s, _Font(prop, families), float(self.dpi))


class _Font:
    """Font properties as a key: they may change later, and these may not."""

    def __init__(self, prop: FontProperties, families: tuple[str, ...]) -> None:
        self.prop = prop
        self.key = (
            families,
            prop.get_style(),
            prop.get_variant(),
            prop.get_weight(),
            prop.get_stretch(),
            prop.get_size_in_points(),
            prop.get_file(),
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Font) and self.key == other.key


@lru_cache(MOST)
def _measured(text: str, font: _Font, dpi: float) -> Size:
    with rc_context(UNHINTED):  # whatever the settings are: so that it can be remembered
        return _of_agg(ruler(dpi), text, font.prop, False)  # type: ignore[no-any-return]


_of_agg: Any = RendererAgg.get_text_width_height_descent


@lru_cache(8)
def ruler(dpi: float) -> Pen:
    """Return what measures texts at so many dots an inch; it is too small to draw on."""
    make: Any = Pen
    return make(8, 8, dpi)  # type: ignore[no-any-return]
