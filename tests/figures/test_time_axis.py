"""A time axis: monotone, with room from hours to months, its ticks the planned times."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.time_axis import apart, stretched, time_words
from tests.figures import made

PLAN = {"0": -1.0, "4 h": 4.0, "24 h": 24.0, "Day 7": 168.0, "Week 4": 672.0, "Month 6": 4320.0}


def change(plan: object = PLAN) -> ka.Result:
    rows = [
        {"id": f"s{i}", "visit": visit, "score": 30.0 - 3 * v + i % 3}
        for i in range(8)
        for v, visit in enumerate(PLAN)
    ]
    trial = ka.as_trial(
        pl.DataFrame(rows),
        subject="id",
        visit="visit",
        visits=plan,
        scores={"MADRS": "score"},
        baseline_visit="0",
    )
    return ka.estimate_change(trial, "MADRS")


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_later_stands_farther_to_the_right(one: float, other: float) -> None:
    assert (stretched(one) <= stretched(other)) == (one <= other) or stretched(one) == stretched(
        other
    )
    assert stretched(-one) == 0


def test_hours_days_weeks_and_months_all_have_room() -> None:
    at = [stretched(hours) / stretched(4320) for hours in (0, 4, 24, 168, 672, 4320)]
    assert (
        min(b - a for a, b in pairwise(at)) > 0.09
    )  # of the axis, which is 2.4 inches in a column


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-1, "0"),
        (0.67, "40 min"),
        (1.5, "1.5 h"),
        (24, "1 d"),
        (48, "2 d"),
        (336, "2 wk"),
        (2016, "12 wk"),
        (8736, "52 wk"),
        (720, "1 mo"),
        (1464, "2 mo"),
        (2000, "83.3 d"),
        (30.5, "30.5 h"),
    ],
)
def test_times_are_written_in_their_own_unit(hours: float, words: str) -> None:
    assert time_words(hours) == words


def test_points_stand_at_the_planned_times_and_n_under_them() -> None:
    figure = change().plot(axis="time", width="two")
    (ax,) = figure.axes
    (line,) = ax.lines
    expected = [stretched(hours) for hours in PLAN.values()]
    assert line.get_xdata().tolist() == pytest.approx(expected)
    assert [t.get_text() for t in ax.get_xticklabels()] == [
        *("0", "4 h", "1 d", "1 wk", "4 wk", "6 mo"),
    ]
    counts = [t for t in ax.texts if t.get_text() == "8"]
    assert [t.xy[0] for t in counts] == pytest.approx(expected)
    assert ax.get_xlabel() == "Time since the first infusion; 0 is baseline"
    assert figure.ketanalysis_caption.endswith(
        "in all subjects (n = 8); time on a fourth-root scale, baseline at 0."
    )


def test_linear_time_leaves_out_the_ticks_that_would_touch_and_says_so() -> None:
    figure = change().plot(axis="linear", width="one")
    (ax,) = figure.axes
    assert ax.lines[0].get_xdata().tolist() == [0, 4, 24, 168, 672, 4320]
    shown = [t.get_text() for t in ax.get_xticklabels()]
    assert (shown[0], shown[-1]) == ("0", "6 mo")
    assert len(shown) < 6
    assert [t.get_text() for t in ax.texts].count("8") == len(shown)
    assert "n is given at the labelled times" in figure.ketanalysis_caption
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_without_planned_times_the_visits_are_named() -> None:
    result = made.change()  # a bare frame with AFRLT 0, 24, 48
    (ax,) = result.plot(axis="time").axes
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "4 h", "Day 7"]
    assert ax.get_xticks().tolist() == pytest.approx([0, stretched(24), stretched(48)])


def test_without_times_a_time_axis_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        change(list(PLAN)).plot(axis="time")
    assert str(refusal.value) == (
        "axis='time' needs the time of every visit, and '4 h', '24 h', 'Day 7', 'Week 4', "
        "'Month 6' have none. Give visits= with hours or hour= in as_trial, AFRLT in a bare "
        'frame, or take axis="visits".'
    )
    with pytest.raises(ArgumentError) as refusal:
        change().plot(axis="log")
    assert str(refusal.value) == "axis must be one of 'visits', 'time', 'linear', not 'log'."


@given(st.lists(st.floats(0, 400), min_size=1, max_size=12).map(sorted))
def test_texts_that_are_kept_never_touch(points: list[float]) -> None:
    kept = apart(points, [20.0] * len(points))
    assert kept[0] == 0
    assert kept[-1] == len(points) - 1
    between = kept[:-1]
    assert all(points[b] - points[a] >= 20 for a, b in pairwise(between))
