"""Letters that are remembered: their dots are those that matplotlib draws, at every place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure

from ketanalysis.figures import glyphs
from ketanalysis.figures.pen import UNHINTED, Pen
from ketanalysis.figures.style import settings

TEXTS = (
    "AVa fi 0.25",
    "n = 12\nof 30",
    "é – ≥ 50 %",
    "x\u0378 ペ",
)  # the last has signs that the font lacks


def drawn(kind: type[RendererAgg], **look: Any) -> np.ndarray:
    """Return the dots of four texts, each at places between two dots, shape (160, 240, 4)."""
    with rc_context({**settings(), **UNHINTED}):
        figure = Figure((2.4, 1.6), dpi=100)
        for place, text in enumerate(TEXTS):
            figure.text(0.051 + 0.237 * place, 0.0333 + 0.217 * place, text, **look)
        make: Any = kind
        pen = make(240, 160, 100)
        figure.draw(pen)
    return np.asarray(pen.buffer_rgba()).copy()


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize(
    "look",
    [
        {"fontsize": 8},
        {"fontsize": 7, "rotation": 40, "rotation_mode": "anchor"},
        {"fontsize": 11.5, "rotation": 90, "fontweight": "bold", "color": (0.8, 0.1, 0.1, 0.4)},
        {"fontsize": 9, "fontstyle": "italic", "linespacing": 1.05, "va": "center"},
        {"fontsize": 9, "antialiased": False},
        {"fontsize": 9, "family": "monospace"},
    ],
)
def test_letters_are_matplotlibs_when_new_and_when_remembered(look: dict[str, Any]) -> None:
    glyphs.forget()
    theirs = drawn(RendererAgg, **look)
    assert (theirs < 255).any()
    assert np.array_equal(drawn(Pen, **look), theirs)
    assert np.array_equal(drawn(Pen, **look), theirs)


def test_a_full_memory_forgets_the_older_half() -> None:
    memory = {key: key for key in range(6)}
    glyphs.keep(memory, 6, 6, 6)
    assert list(memory) == [3, 4, 5, 6]
