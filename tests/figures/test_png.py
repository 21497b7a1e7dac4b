"""The PNG of a figure has the pixels that matplotlib would save, and nothing else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import rc_context
from PIL import Image

from ketanalysis.figures.pen import UNHINTED
from ketanalysis.figures.picture import Picture
from ketanalysis.figures.png import encode_png
from tests.figures import made


@pytest.mark.parametrize("opacity", [255, 40])
def test_pixels_are_kept(opacity: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (7, 5, 4), dtype=np.uint8)
    pixels[:, :, 3] = opacity
    read = Image.open(io.BytesIO(encode_png(pixels)))
    assert read.mode == ("RGB" if opacity == 255 else "RGBA")
    assert np.array_equal(np.asarray(read.convert("RGBA")), pixels)


@pytest.mark.parametrize("dpi", [200, 96])
def test_a_figure_is_drawn_as_matplotlib_saves_it(dpi: int) -> None:
    figure = made.every_kind()["survival"].plot()
    assert isinstance(figure, Picture)
    ours = np.asarray(Image.open(io.BytesIO(figure.to_png(dpi))))
    assert figure.to_png(dpi) == figure.to_png(dpi)
    buffer = io.BytesIO()
    figure.set_layout_engine("none")
    with rc_context(UNHINTED):
        figure.savefig(buffer, format="png", dpi=dpi)
    assert np.array_equal(ours, np.asarray(Image.open(buffer).convert("RGB")))


def test_a_changed_figure_is_laid_out_again() -> None:
    figure = made.every_kind()["survival"].plot()
    assert not figure.stale
    figure.to_png(100)
    assert not figure.stale
    before = figure.axes[0].get_position().x0
    figure.axes[0].set_ylabel("a label\nof\nmany\nlines")
    assert figure.stale
    figure.to_png(100)
    assert figure.axes[0].get_position().x0 > before + 0.01
