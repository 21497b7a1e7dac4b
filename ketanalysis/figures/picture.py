"""A figure that shows itself in a notebook without pyplot.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ketanalysis.figures.grid_layout import GridLayout
from ketanalysis.figures.pen import UNHINTED, Pen
from ketanalysis.figures.png import encode_png
from ketanalysis.figures.still import keep_still

SCREEN_DPI = 144


class Picture(Figure):
    """A matplotlib Figure with its caption, its text for those who do not see it, its data.

    Pyplot does not know it: nothing stays open, and no window is needed.
    """

    ketanalysis_caption: str
    ketanalysis_alt: str
    ketanalysis_data: pl.DataFrame

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, layout=GridLayout(), **kwargs)
        FigureCanvasAgg(self)
        self.key: Artist | None = None  # explains signs, above all Axes
        self.foot: Artist | None = None  # stands under all Axes

    def to_png(self, dpi: float) -> bytes:
        """Return the figure as a PNG with nothing but its pixels.

        As `savefig` draws it, but once: a figure that nothing changed since it was laid out is
        not laid out again.
        """
        is_laid_out = not self.stale
        engine, before = self.get_layout_engine(), self.dpi
        try:
            if is_laid_out:
                self.set_layout_engine("none")
            self.dpi = dpi
            make: Any = Pen
            pen = make(*map(int, self.bbox.size), dpi)
            with rc_context(UNHINTED), keep_still(self.axes if is_laid_out else [], pen):
                self.draw(pen)
            return encode_png(np.asarray(pen.buffer_rgba()))
        finally:
            self.dpi = before
            self.set_layout_engine(engine)
            self.stale = not is_laid_out

    def _repr_png_(self) -> bytes:
        return self.to_png(SCREEN_DPI)
