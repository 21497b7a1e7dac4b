"""The layout of our figures: where matplotlib's constrained layout has the Axes, found at once."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine

from ketanalysis.figures.grid_layout import CLOSE, GridLayout
from ketanalysis.figures.layout import hold_height, new_figure
from ketanalysis.figures.pen import UNHINTED, ruler
from tests.figures import made

SEEN = 0.01  # inches: one dot of a screen; constrained layout itself stops before it is still
KINDS = ("change", "survival", "comparison", "relapse_sensitivity", "sensitivity", "rates")


def places(figure: Figure) -> np.ndarray:
    """Return the edges of all Axes, in inches, shape (n, 4)."""
    size = np.tile(figure.get_size_inches(), 2)
    return np.array([ax.get_position().extents for ax in figure.axes]) * size


@pytest.mark.parametrize("kind", KINDS)
def test_constrained_layout_leaves_the_axes_where_they_stand(kind: str) -> None:
    figure = made.simulated(made.every_kind()[kind]).plot()
    engine = figure.get_layout_engine()
    assert isinstance(engine, GridLayout)
    assert engine.is_for(figure)
    before = places(figure)
    with rc_context(UNHINTED):
        ConstrainedLayoutEngine(**engine.get()).execute(figure)
    assert np.abs(places(figure) - before).max() < SEEN


def test_unequal_grids_are_divided_as_constrained_layout_divides_them() -> None:
    def drawn(figure: Figure) -> Figure:
        grid = figure.subplots(2, 2, width_ratios=(3, 1), height_ratios=(1, 2))
        for n, ax in enumerate(grid.ravel()):
            ax.set_ylabel("a label\nof lines" if n == 3 else "label")
            ax.set_title("title" if n == 0 else "")
        return figure

    ours = drawn(new_figure("two", 5))
    engine = ours.get_layout_engine()
    assert engine is not None
    theirs = drawn(Figure(ours.get_size_inches(), dpi=ours.dpi, layout="constrained"))
    other = theirs.get_layout_engine()
    assert other is not None
    other.set(**engine.get())
    with rc_context(UNHINTED):
        ours.draw_without_rendering()
        theirs.draw_without_rendering()
    assert np.abs(places(ours) - places(theirs)).max() < SEEN


def test_held_axes_have_their_height_whatever_stands_beside_them() -> None:
    figure = new_figure("two", 4)
    ax = figure.subplots()
    hold_height(figure, ax, 1.5)
    ax.set_xlabel("a label\nof two lines")
    figure.draw_without_rendering()
    low, high = places(figure)[0, [1, 3]]
    assert high - low == pytest.approx(1.5, abs=2 * CLOSE)


def test_a_finished_figure_keeps_the_height_that_its_user_gives_it() -> None:
    figure = made.every_kind()["change"].plot()
    figure.set_figheight(6)
    figure.draw_without_rendering()
    assert figure.get_figheight() == 6
    bottom, top = places(figure)[0, [1, 3]]
    assert top - bottom > 4


def test_what_is_no_plain_grid_is_laid_out_by_matplotlib() -> None:
    figure = new_figure("two", 3)
    ax = figure.subplots()
    figure.colorbar(ax.pcolormesh([[0, 1], [2, 3]]), ax=ax)
    engine = figure.get_layout_engine()
    assert isinstance(engine, GridLayout)
    assert not engine.is_for(figure)
    figure.draw_without_rendering()
    assert figure.axes[1].get_position().x0 > figure.axes[0].get_position().x1


def test_what_a_text_measures_is_remembered_by_all_that_it_hangs_on() -> None:
    font = FontProperties(family="DejaVu Sans", size=9)
    wide = ruler(100).get_text_width_height_descent("at risk", font, False)
    assert ruler(100).get_text_width_height_descent("at risk", font.copy(), False) == wide
    with rc_context({"text.hinting": "force_autohint"}):
        assert ruler(100).get_text_width_height_descent("at risk", font, False) == wide
    font.set_size(18)  # a key that changed with it would find the old answer
    assert ruler(100).get_text_width_height_descent("at risk", font, False)[0] > 1.8 * wide[0]
    font.set_size(9)
    font.set_weight("bold")
    assert ruler(100).get_text_width_height_descent("at risk", font, False)[0] > wide[0]
    assert ruler(200).get_text_width_height_descent("at risk", font, False)[0] > 1.8 * wide[0]


def test_a_family_that_a_setting_names_is_measured_anew() -> None:
    widths = []
    for name in ("DejaVu Sans", "DejaVu Sans Mono"):
        with rc_context({"font.sans-serif": [name]}):
            font = FontProperties(family="sans-serif", size=9)
            widths.append(ruler(100).get_text_width_height_descent("at risk", font, False)[0])
    assert widths[0] != widths[1]
