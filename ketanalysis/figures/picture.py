"""A figure that shows itself in a notebook without pyplot.

Imported by the functions that draw, never at the top of a module: it needs matplotlib.
"""

from __future__ import annotations

import io
from typing import Any

import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SCREEN_DPI = 144


class Picture(Figure):
    """A matplotlib Figure with its caption, its text for those who do not see it, its data.

    Pyplot does not know it: nothing stays open, and no window is needed.
    """

    ketanalysis_caption: str
    ketanalysis_alt: str
    ketanalysis_data: pl.DataFrame

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=SCREEN_DPI, metadata={"Software": None})
        return buffer.getvalue()
