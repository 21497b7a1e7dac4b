"""Rainclouds: every subject, a density that stays on the scale, box and mean of the result."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.collections import PathCollection, PolyCollection

import ketanalysis as ka
from ketanalysis.density import bounded_density
from ketanalysis.errors import ArgumentError
from tests.figures import made

ZEROS = {
    "no": [0.0, 0.0, 0.0, 0.0, 30.0, 12.0, 3.0, 55.0],
    "yes": [0.0, 0.0, 0.0, 7.0, 2.0, 1.0, 0.0, 22.0],
}


def compared(outcome: str = "ASC_ANX", **groups: list[float]) -> ka.Result:
    groups = groups or ZEROS
    frame = pl.DataFrame(
        {
            "R": [name for name, values in groups.items() for _ in values],
            outcome: [value for values in groups.values() for value in values],
        }
    )
    return ka.compare_groups(frame, outcome, "R", reference="no")


def points(ax: object) -> list[list[float]]:
    drawn = [c for c in ax.collections if isinstance(c, PathCollection)]
    return [sorted(np.asarray(c.get_offsets())[:, 0].tolist()) for c in drawn]


def clouds(ax: object) -> list[np.ndarray]:
    return [c.get_paths()[0].vertices for c in ax.collections if isinstance(c, PolyCollection)]


def outlines(ax: object) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (np.asarray(line.get_xdata()), np.asarray(line.get_ydata()))
        for line in ax.lines
        if len(line.get_xdata()) == 257
    ]


def test_every_subject_is_a_point() -> None:
    result = compared()
    figure = result.plot(kind="raincloud")
    assert points(figure.axes[0]) == [sorted(values) for values in ZEROS.values()]
    assert figure.ketanalysis_data.equals(result.data)


def test_no_cloud_lies_below_0_and_its_height_is_the_folded_density() -> None:
    (ax,) = compared().plot(kind="raincloud").axes
    assert all(cloud[:, 0].min() >= 0 for cloud in clouds(ax))
    found = outlines(ax)
    assert len(found) == 2
    expected = [
        bounded_density(np.array(v), found[i][0], 0, 100) for i, v in enumerate(ZEROS.values())
    ]
    top = max(density.max() for density in expected)
    for place, ((x, y), density) in enumerate(zip(found, expected, strict=True)):
        assert (x[0], x[-1]) == (0, max([*ZEROS.values()][place]))
        assert place - 0.03 - y == pytest.approx(0.4 * density / top)


def test_a_scale_without_known_ends_is_not_folded_but_ends_with_its_values() -> None:
    result = compared("OWN")
    (ax,) = result.plot(kind="raincloud").axes
    (x, y), _ = outlines(ax)
    assert x[0] == 0
    assert "folded back" not in result.plot(kind="raincloud").ketanalysis_caption
    folded = result.plot(kind="raincloud", bounds=(0, 100))
    (_, other), _ = outlines(folded.axes[0])
    assert other[0] < y[0]  # more of it at 0: the axis goes down
    assert "folded back at the ends of the scale" in folded.ketanalysis_caption


def test_few_or_equal_values_have_no_cloud() -> None:
    result = compared(no=[1.0, 2.0, 3.0, 4.0], yes=[5.0] * 6)
    figure = result.plot(kind="raincloud")
    assert clouds(figure.axes[0]) == []
    assert len(points(figure.axes[0])) == 2
    assert "of groups with 5 subjects or more" in figure.ketanalysis_caption


def test_the_diamonds_are_the_means_and_the_boxes_the_quartiles() -> None:
    result = compared()
    (ax,) = result.plot(kind="raincloud").axes
    diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == pytest.approx(result.groups["mean"].to_list())
    boxes = [line for line in ax.lines if len(line.get_xdata()) == 5]
    ends = [(min(line.get_xdata()), max(line.get_xdata())) for line in boxes]
    assert ends == result.groups.select("q1", "q3").rows()


def test_the_primary_handling_in_a_panel_each() -> None:
    result = made.responders()
    figure = result.plot(kind="raincloud")
    assert len(figure.axes) == 2
    primary = result.data.filter(pl.col("missing") == "observed")
    assert sum(len(group) for ax in figure.axes for group in points(ax)) == primary.height
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert len(result.plot(kind="raincloud", panel="ketamine").axes) == 1


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((5, 5), "bounds must be the lowest and highest score, not (5, 5)."),
        (
            (0, 40),
            "bounds must hold all values of ASC_ANX; 1 are outside 0 to 40, the first 55.",
        ),
    ],
)
def test_bounds_that_are_none_are_refused(bounds: object, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        compared().plot(kind="raincloud", bounds=bounds)
    assert str(refusal.value) == message


def test_the_words() -> None:
    figure = compared().plot(kind="raincloud")
    assert figure.ketanalysis_caption.startswith(
        "ASC_ANX by R: the clouds are kernel densities (Silverman's bandwidth) from the lowest to "
        "the highest value, folded back at the ends of the scale; every subject is a point, the "
        "box is median and quartiles, the diamond the mean; the difference yes minus no"
    )
    assert figure.ketanalysis_alt.startswith("Raincloud plot of ASC_ANX for no and yes. ")
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["no\nn = 8", "yes\nn = 8"]


def test_three_groups_lie_one_under_another() -> None:
    result = made.several()
    (ax,) = result.plot(kind="raincloud").axes
    assert points(ax) == [[30, 30, 41, 50, 55], [10, 25, 25, 33], [5, 12, 20]]
    shown = [t.get_text() for t in ax.get_yticklabels()]
    assert shown == ["placebo\nn = 5", "low\nn = 4", "high\nn = 3"]
    diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == result.groups["mean"].to_list()
    assert "ANOVA: F(2, 9) = 8.41, p = 0.009" in made.written(ax.figure)
