"""Swimmer plots: lanes, spells and signs are those of the result, and who is not drawn is said."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_hex

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.swimmer import FACES, LANE, SIGNS
from tests.figures import made
from tests.figures.test_style import lightness
from tests.individual.test_course import course


def boxes(ax: object, colour: str) -> list[tuple[float, float, float]]:
    """Return line, start and stop of the bars of a colour."""
    return [
        (round(p.get_y() + p.get_height() / 2, 6), p.get_x(), p.get_x() + p.get_width())
        for p in ax.patches
        if to_hex(p.get_facecolor()) == colour.lower()
    ]


def test_lanes_and_spells_are_those_of_the_result() -> None:
    result = course()
    (ax,) = result.plot().axes
    lanes = [(n - 1.0, 0.0, d) for n, d in result.lanes.select("number", "duration").rows() if d]
    assert np.array(boxes(ax, LANE)) == pytest.approx(np.array(lanes))
    for state, colour in FACES.items():
        own = result.spells.filter((pl.col("state") == state) & (pl.col("stop") > pl.col("start")))
        expected = [(n - 1.0, a, b) for n, a, b in own.select("number", "start", "stop").rows()]
        drawn = [box for box in boxes(ax, colour) if box[2] - box[1] > 1]
        assert np.array(drawn) == pytest.approx(np.array(expected))


def test_every_event_is_a_sign_at_its_time() -> None:
    result = course()
    (ax,) = result.plot().axes
    for kind in ("rescue", "discontinuation", "death"):
        own = result.events.filter(pl.col("event") == kind)
        sign = SIGNS[kind]
        (drawn,) = [line for line in ax.lines if line.get_marker() == sign.marker]
        assert drawn.get_xdata().tolist() == own["time"].to_list()
        assert (drawn.get_ydata() + 1).tolist() == own["number"].to_list()
    ticks = [line for line in ax.lines if line.get_marker() == "|"]
    assert ticks[-1].get_xdata().tolist() == [0, 2, 0, 0, 0]


def test_an_arrow_where_follow_up_reached_the_last_visit_and_a_cross_in_an_empty_lane() -> None:
    figure = course().plot()
    (ax,) = figure.axes
    arrows = [t for t in ax.texts if getattr(t, "arrow_patch", None) is not None]
    assert [arrow.xy[1] for arrow in arrows] == [0]
    (cross,) = [line for line in ax.lines if line.get_marker() == "x"]
    assert cross.get_ydata().tolist() == [4]
    assert "a cross: no score, infusion or event (1)" in figure.ketanalysis_caption


def test_groups_stand_under_each_other_and_are_named() -> None:
    figure = made.course().plot()
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["placebo", "ketamine"]
    assert len(boxes(ax, LANE)) == 12


def test_many_lanes_are_drawn_in_part_and_it_is_said() -> None:
    result = made.course(n=30)
    figure = result.plot(most=20)
    data = figure.ketanalysis_data
    assert data.group_by("TRT01P", maintain_order=True).len()["len"].to_list() == [10, 10]
    first = data.filter(pl.col("TRT01P") == "placebo")["number"].to_list()
    assert (first[0], first[-1]) == (1, 30)  # evenly from the longest to the shortest
    assert "USUBJID" not in data.columns
    assert figure.ketanalysis_caption.endswith(
        "20 lanes are drawn, evenly along the order of duration, and 40 are not."
    )
    assert result.plot(most=None).ketanalysis_data.height == 60


@pytest.mark.parametrize("given", [0, 1, 2.5, True, "all"])
def test_a_number_of_lanes_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        course().plot(most=given)
    assert str(refusal.value) == f"most must be a whole number of 2 or more lanes, not {given!r}."


def test_states_differ_in_grey_and_signs_in_shape() -> None:
    shades = [lightness(colour) for colour in (LANE, *FACES.values())]
    assert min(abs(a - b) for a, b in combinations(shades, 2)) > 15
    assert len({(sign.marker, sign.face) for sign in SIGNS.values()}) == len(SIGNS)


def test_the_words() -> None:
    figure = course().plot()
    assert figure.ketanalysis_caption.startswith(
        "Course of every subject on MADRS in all subjects (n = 5), one lane a subject, the longest "
        "first; response and remission from the assessment at which it was reached to that at "
        "which it was lost, or the last one; an arrow: seen at 4; a lane that ends without a sign: "
        "no later score and no reason recorded"
    )
    assert figure.ketanalysis_alt == (
        "Swimmer plot, one lane a subject from the first infusion to the last contact. 5 subjects, "
        "response reached in 3, remission reached in 2, rescue in 1, discontinuation in 2, death "
        "in 1."
    )
    labels = [t.get_text() for t in figure.legends[0].get_texts()]
    assert labels == [
        *("followed", "in response", "in remission", "infusion", "rescue", "discontinuation"),
        *("death", "seen at 4"),
    ]
