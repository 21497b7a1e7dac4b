"""Figures of proportions: every mark stands at its number, and what has none says so."""

from __future__ import annotations

import pytest
from matplotlib.lines import Line2D

from tests.figures import made


def marks(figure: object, marker: str) -> list[float]:
    (ax,) = figure.axes  # type: ignore[attr-defined]
    lines = [line for line in ax.get_lines() if line.get_marker() == marker]
    return [float(line.get_xdata()[0]) for line in lines]


def intervals(figure: object) -> list[tuple[float, float]]:
    (ax,) = figure.axes  # type: ignore[attr-defined]

    def is_interval(line: Line2D) -> bool:
        low, high = line.get_ydata()[0], line.get_ydata()[-1]
        return line.get_marker() == "None" and len(line.get_xdata()) == 2 and low == high >= 0

    lines = [line for line in ax.get_lines() if is_interval(line) and line.get_linewidth() > 1]
    return [tuple(map(float, line.get_xdata())) for line in lines]  # type: ignore[misc]


def test_shares_are_points_with_intervals() -> None:
    result = made.proportion(("placebo", "ketamine", "esketamine"))
    figure = result.plot()
    assert marks(figure, "o") == pytest.approx([100 * p for p in result.table["estimate"]])
    ends = result.table.select("conf_low", "conf_high").rows()
    assert intervals(figure) == [pytest.approx((100 * low, 100 * high)) for low, high in ends]
    assert figure.axes[0].get_xlim() == (0, 100)
    assert {"0/9", "3/9", "6/9"} <= set(made.written(figure))


def test_differences_are_squares_and_the_common_one_a_diamond() -> None:
    result = made.proportions()
    figure = result.plot()
    estimates = [value for value in result.strata["estimate"] if value is not None]
    assert marks(figure, "s") == pytest.approx([100 * value for value in estimates])
    assert marks(figure, "D") == pytest.approx([100 * result.table["estimate"][0]])
    assert "not estimable" in made.written(figure)
    assert "8/20 v 3/21" in made.written(figure)
    assert figure.ketanalysis_data["label"].to_list()[-1] == "All strata"
    assert figure.ketanalysis_alt.startswith("Risk difference of ketamine 19/43 (44 %), placebo ")


def test_one_table_is_one_line() -> None:
    from ketanalysis.rates.from_counts import compare_proportions

    figure = compare_proportions(12, 16, 5, 15).plot(width="one")
    assert marks(figure, "s") == []
    assert len(marks(figure, "D")) == 1
    nobody = compare_proportions(0, 0, 2, 5).plot()
    assert "not estimable" in made.written(nobody)
    assert nobody.ketanalysis_alt.endswith(": not estimable.")
