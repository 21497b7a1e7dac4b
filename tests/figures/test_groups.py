"""Two groups: every subject is a point, none by chance, and the difference stands above."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.swarm import swarm
from tests.figures import made


def points(ax: object) -> list[list[float]]:
    """Return the values of the points of each group that is drawn."""
    drawn = [c for c in ax.collections if isinstance(c, PathCollection)]
    return [sorted(np.asarray(c.get_offsets())[:, 1].tolist()) for c in drawn]


def test_every_subject_is_a_point() -> None:
    result = made.comparison()
    figure = result.plot()
    assert points(figure.axes[0]) == [[30, 30, 41, 50, 55], [10, 25, 25]]
    assert figure.ketanalysis_data.equals(result.data)
    assert figure.axes[0].get_ylabel() == "ANX"


def test_n_stands_under_each_group_and_the_difference_above() -> None:
    (ax,) = made.comparison().plot().axes
    assert [t.get_text() for t in ax.get_xticklabels()] == ["no\nn = 5", "yes\nn = 3"]
    assert [t.get_text() for t in ax.texts] == ["Difference −21.2 (95 % CI −39.1 to −3.3)"]


def test_the_diamonds_are_the_means_and_the_boxes_median_and_quartiles() -> None:
    result = made.comparison()
    (ax,) = result.plot().axes
    diamonds = [line.get_ydata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == pytest.approx([41.2, 20.0])
    across = [
        line.get_ydata()[0]
        for line in ax.lines
        if line.get_marker() != "D"
        and len(set(line.get_ydata())) == 1
        and len(line.get_xdata()) == 2
        if line.get_linewidth() > 0 and line.get_xdata()[0] != line.get_xdata()[1]
    ]
    assert across == result.groups["median"].to_list()


def test_a_panel_each_by_group_shows_the_primary_handling_only() -> None:
    result = made.responders()
    figure = result.plot()
    assert len(figure.axes) == 2
    observed = result.data.filter(pl.col("missing") == "observed")
    assert figure.ketanalysis_data.equals(observed)
    assert observed.height < result.data.filter(pl.col("missing") == "nri").height
    assert sum(len(group) for ax in figure.axes for group in points(ax)) == observed.height
    assert {"placebo", "ketamine"} <= set(made.written(figure))
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_one_panel_can_be_chosen() -> None:
    result = made.responders()
    figure = result.plot(panel="ketamine", outcome="ANX")
    assert len(figure.axes) == 1
    assert figure.ketanalysis_data["TRT01P"].unique().to_list() == ["ketamine"]


def test_several_outcomes_are_panels_of_their_own() -> None:
    frame = pl.DataFrame({"G": ["a", "a", "b", "b"], "X": [1, 2, 3, 5], "Y": [40, 20, 35, 31]})
    result = made.compare_groups(frame, ["X", "Y"], "G", reference="a", p_adjust="holm")
    figure = result.plot()
    assert [ax.get_ylabel() for ax in figure.axes] == ["X", "Y"]
    assert points(figure.axes[1]) == [[20, 40], [31, 35]]


def test_the_words() -> None:
    figure = made.comparison().plot()
    assert figure.ketanalysis_caption == (
        "ANX by RESPONSE: every subject is a point, the box is median and quartiles, the diamond "
        "the mean; the difference yes minus no (difference of means) with its 95 % confidence "
        "interval by Welch's t test, −21.2 (−39.1 to −3.3), n = 3 and 5."
    )
    assert figure.ketanalysis_alt == (
        "Points, boxes and means of ANX for no and yes. no mean 41.2 (n = 5); yes mean 20.0 "
        "(n = 3); difference −21.2 (95 % CI −39.1 to −3.3)."
    )


def test_a_group_of_nobody_is_said_and_not_drawn() -> None:
    figure = made.responders().plot(panel="placebo")
    assert [len(group) for group in points(figure.axes[0])] == [11]
    assert "Difference not estimable" in made.written(figure)
    assert figure.ketanalysis_alt.endswith("no responder; difference not estimable.")


def test_three_groups_stand_side_by_side_under_the_test_of_all() -> None:
    result = made.several()
    figure = result.plot()
    (ax,) = figure.axes
    assert points(ax) == [[30, 30, 41, 50, 55], [10, 25, 25, 33], [5, 12, 20]]
    shown = [t.get_text() for t in ax.get_xticklabels()]
    assert shown == ["placebo\nn = 5", "low\nn = 4", "high\nn = 3"]
    assert [t.get_text() for t in ax.texts] == ["ANOVA: F(2, 9) = 8.41, p = 0.009"]
    diamonds = [line.get_ydata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == result.groups["mean"].to_list()
    assert figure.ketanalysis_caption == (
        "ANX by DOSE: every subject is a point, the box is median and quartiles, the diamond the "
        "mean; one-way analysis of variance of placebo, low and high, F(2, 9) = 8.41, p = 0.009, "
        "n = 12."
    )
    assert figure.ketanalysis_alt == (
        "Points, boxes and means of ANX for placebo, low and high. placebo mean 41.2 (n = 5); low "
        "mean 23.3 (n = 4); high mean 12.3 (n = 3); ANOVA: F(2, 9) = 8.41, p = 0.009."
    )


def test_what_stands_over_a_panel_is_called_by_its_name() -> None:
    frame = pl.DataFrame({"G": list("aaabbb"), "B": [1, 3, 2, 2, 4, 5], "X": [1, 2, 3, 2, 5, 6]})
    adjusted = made.compare_groups(frame, "X", "G", reference="a", test="ancova", adjust="B")
    (text,) = adjusted.plot().axes[0].texts
    assert text.get_text().startswith("Adjusted difference ")
    ranks = made.compare_groups(frame, "X", "G", reference="a", test="brunner-munzel")
    (text,) = ranks.plot().axes[0].texts
    assert text.get_text() == "Superiority 0.83 (95 % CI 0.24 to 1.00)"
    assert "the estimate b minus a (probability of superiority)" in ranks.plot().ketanalysis_caption
    alike = pl.DataFrame({"G": list("aabbcc"), "X": [1, 1, 2, 2, 3, 3]})
    nothing = made.compare_groups(alike, "X", "G", reference="a", test="anova").plot()
    assert "ANOVA not estimable" in made.written(nothing)


def test_one_axes_for_several_panels_is_refused() -> None:
    ax = Figure().subplots()
    with pytest.raises(ArgumentError) as refusal:
        made.responders().plot(ax=ax)
    assert str(refusal.value) == (
        "ax= is for one panel, and this figure has 2: placebo, ketamine. Choose one with "
        "outcome= and panel=, or leave ax= out."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"panel": "ketamin"}, "'placebo', 'ketamine', not 'ketamin'. Did you mean ketamine?"),
        ({"outcome": "HAMA"}, "'ANX', not 'HAMA'."),
    ],
)
def test_what_does_not_exist_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.responders().plot(**options)
    assert str(refusal.value) == f"{next(iter(options))} must be one of {message}"


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_points_stay_in_their_room_and_are_all_seen(scores: list[int]) -> None:
    values = np.array(scores, dtype=float)
    x = swarm(values, 0.25, 0.05, 0.6)
    assert np.abs(x).max() <= 0.25 + 1e-12
    assert len(set(zip(x.round(9).tolist(), scores, strict=True))) == len(scores)
    assert swarm(values, 0.25, 0.05, 0.6).tolist() == x.tolist()


def test_very_many_points_are_all_seen_too() -> None:
    values = np.repeat(np.arange(10.0), 50)
    x = swarm(values, 0.25, 0.05, 1.5)
    assert np.abs(x).max() <= 0.25
    assert len(set(zip(x.tolist(), values.tolist(), strict=True))) == 500


def test_points_of_one_value_stand_about_the_middle() -> None:
    assert swarm(np.full(3, 7.0), 0.25, 0.1, 1.0) == pytest.approx([0, 0.1, -0.1], abs=1e-12)
    assert swarm(np.zeros(0), 0.25, 0.1, 1.0).tolist() == []
