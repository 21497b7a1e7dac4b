"""The early sign against the end: cells, points and words are those of the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.figure import Figure

from ketanalysis.errors import ArgumentError
from tests.figures.made_prediction import early_rule

ARMS = ("placebo", "ketamine")


def insets(figure: Figure, panel: int) -> tuple[Any, Any]:
    """Return the Axes of the cells and those of the shares of one panel."""
    left, right = figure.axes[panel].child_axes
    return left, right


def shades(ax: Any) -> np.ndarray:
    (mesh,) = [c for c in ax.collections if isinstance(c, QuadMesh)]
    return np.asarray(mesh.get_array()).reshape(2, 2)


def points(ax: Any) -> list[tuple[float, float]]:
    """Return place and share of each point."""
    marks = [line for line in ax.lines if line.get_marker() != "None"]
    return [(float(m.get_ydata()[0]), float(m.get_xdata()[0])) for m in marks]


def bars(ax: Any) -> list[tuple[float, float]]:
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    return [(float(p[0, 0]), float(p[1, 0])) for c in lines for p in c.get_segments()]


@pytest.mark.parametrize("width", ["one", "two"])
def test_cells_and_points_are_those_of_a_page_by_hand(width: str) -> None:
    """Subjects 2, 3, 4, 7, 8, 9 fell by a fifth early, and 4, 5, 6, 11 by half at the end."""
    left, right = insets(early_rule(ARMS).plot(width=width), 0)
    assert shades(left) == pytest.approx(np.array([[100 / 6, 500 / 6], [50, 50]]))
    assert [t.get_text() for t in left.texts] == ["1\n17 %", "5\n83 %", "3\n50 %", "3\n50 %"]
    assert [t.get_text() for t in left.get_xticklabels()] == ["yes\nn = 4", "no\nn = 8"]
    assert [t.get_text() for t in left.get_yticklabels()] == ["yes\nn = 6", "no\nn = 6"]
    drawn = np.array([(0, 25), (1, 37.5), (2, 100 / 6), (3, 50)])
    assert np.array(points(right)) == pytest.approx(drawn)
    assert [t.get_text().split()[0] for t in right.texts] == ["1/4", "3/8", "1/6", "3/6"]


def test_bars_end_where_the_intervals_of_the_table_end() -> None:
    result = early_rule(ARMS)
    _, right = insets(result.plot(), 0)
    rows = result.table.filter(TRT01P="placebo", missing="nri").head(4)
    assert np.array(bars(right)) == pytest.approx(
        100 * rows.select("conf_low", "conf_high").to_numpy()
    )


def test_a_share_of_nobody_has_words_and_no_point() -> None:
    left, right = insets(early_rule(ARMS).plot(), 1)
    assert [t.get_text() for t in left.texts] == ["6\n100 %", "0\n0 %", "6\n100 %", "0\n0 %"]
    assert [y for y, _ in points(right)] == [0, 2, 3]
    assert right.texts[1].get_text() == "0/0  not estimable"


def test_the_handling_that_is_drawn_is_named_and_an_unknown_one_refused() -> None:
    result = early_rule(ARMS)
    drawn = result.plot(missing="observed").ketanalysis_data
    assert drawn["missing"].unique().to_list() == ["observed"]
    assert drawn["count"].to_list()[:8] == [1, 5, 3, 3, 6, 0, 6, 0]
    assert drawn.height == 16
    with pytest.raises(ArgumentError) as refusal:
        result.plot(missing="locf")
    assert str(refusal.value) == "missing must be one of 'nri', 'observed', not 'locf'."


def test_the_words_say_what_is_drawn() -> None:
    figure = early_rule(ARMS).plot()
    assert figure.ketanalysis_caption == (
        "Response at 4 h (rows) and response at Day 7 (columns) on MADRS in placebo (n = 12) and "
        "ketamine (n = 12): subjects and per cent of the row, darker for more; sensitivity, "
        "specificity and predictive values with 95 % exact (Clopper-Pearson) confidence "
        "intervals; missing scores: non-responder imputation; not estimable: 1 of 8."
    )
    assert figure.ketanalysis_alt.partition(" ketamine: ")[0] == (
        "Table of four cells of response at 4 h by response at Day 7, with points of four shares. "
        "placebo: of 6 with the early sign 1 had the outcome, of 6 without it 3; sensitivity 1 of "
        "4 (25 %, 95 % CI 1 to 81), specificity 3 of 8 (38 %, 95 % CI 9 to 76), positive "
        "predictive value 1 of 6 (17 %, 95 % CI 0 to 64), negative predictive value 3 of 6 (50 %, "
        "95 % CI 12 to 88)."
    )
    alone = early_rule(ARMS, by=None).plot()
    assert "Of 12 with the early sign 7 had the outcome, of 12 without it 9;" in (
        alone.ketanalysis_alt
    )
    assert "in all subjects (n = 24)" in alone.ketanalysis_caption
