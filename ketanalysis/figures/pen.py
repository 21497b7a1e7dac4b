"""What draws and measures our figures: Agg, with a memory for widths of texts and for letters.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from matplotlib import rc_context, rcParams
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, get_font

from ketanalysis.figures.glyphs import CAN_REMEMBER, Line, line_of, shapes_of

MOST = 8192  # texts: about a megabyte
GENERIC = frozenset(
    {"serif", "sans-serif", "sans serif", "sans", "cursive", "fantasy", "monospace"}
)
# In print hints only move letters, and they take a third of the time.
UNHINTED: Any = {"text.hinting": "no_hinting"}

Size = tuple[float, float, float]
Heights = tuple[float | None, float | None, float | None]


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

    def _get_font_height_metrics(self, prop: FontProperties) -> Heights:
        """Return ascent, descent and gap of a font's lines, in dots, or Nones for matplotlib's.

        Matplotlib asks renderers that have this, and reads the font's file where they have not.
        """
        families = tuple(prop.get_family())
        if not GENERIC.isdisjoint(families):
            return None, None, None
        return _heights(_Font(prop, families), float(self.dpi))

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Draw a line of text from letters that were drawn before."""
        line = None if ismath else self._line(s, prop, gc, mtext)
        if line is None:
            _drawn_by_agg(self, gc, x, y, s, prop, angle, ismath, mtext)
            return
        high = int(self.height)
        size = prop.get_size_in_points(), float(self.dpi)
        draw: Any = self._renderer
        for dots, left, top in shapes_of(line, x, self.height - y, angle, size):
            draw.draw_text_image(dots, left, high - top + dots.shape[0], 0, gc)

    def _line(self, text: str, prop: FontProperties, gc: Any, mtext: Any) -> Line | None:
        """Return where a line's letters stand, if it is one that can be remembered."""
        families = tuple(prop.get_family())
        is_plain = CAN_REMEMBER and gc.get_antialiased() and GENERIC.isdisjoint(families)
        if not is_plain or (mtext and (mtext.get_fontfeatures() or mtext.get_language())):
            return None
        key = (*_Font(prop, families).key, float(self.dpi))
        prepare: Any = self._prepare_font
        return line_of(text, key, lambda: prepare(prop))


def font_key(prop: FontProperties) -> tuple[Any, ...] | None:
    """Return all that chooses a font; None where a setting has a say."""
    families = tuple(prop.get_family())
    return _Font(prop, families).key if GENERIC.isdisjoint(families) else None


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
    if rcParams["text.hinting"] == UNHINTED["text.hinting"]:
        return _of_agg(ruler(dpi), text, font.prop, False)  # type: ignore[no-any-return]
    with rc_context(UNHINTED):  # whatever the settings are: so that it can be remembered
        return _of_agg(ruler(dpi), text, font.prop, False)  # type: ignore[no-any-return]


@lru_cache(64)
def _heights(font: _Font, dpi: float) -> Heights:
    """Return what `Text` reads from a font's file for every text anew."""
    face = get_font(findfont(font.prop))
    lines, head = face.get_sfnt_table("OS/2"), face.get_sfnt_table("head")
    if lines is None or head is None:
        return None, None, None
    scale = 1 / head["unitsPerEm"] * font.prop.get_size_in_points() * dpi / 72
    table: Any = lines
    return (
        table["sTypoAscender"] * scale,
        -table["sTypoDescender"] * scale,
        table["sTypoLineGap"] * scale,
    )


_of_agg: Any = RendererAgg.get_text_width_height_descent
_drawn_by_agg: Any = RendererAgg.draw_text


@lru_cache(8)
def ruler(dpi: float) -> Pen:
    """Return what measures texts at so many dots an inch; it is too small to draw on."""
    make: Any = Pen
    return make(8, 8, dpi)  # type: ignore[no-any-return]
