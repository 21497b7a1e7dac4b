"""Means by visit: what is drawn is the table, in order, with n under each visit."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from tests.figures import made


def test_the_points_are_the_means_and_the_lines_the_intervals() -> None:
    result = made.change()
    figure = result.plot()
    rows = result.table.filter(pl.col("measure") == "score")
    assert figure.ketanalysis_data.equals(rows)
    (ax,) = figure.axes
    drawn = [y for line in ax.lines for y in line.get_ydata()]
    assert drawn == rows["mean"].to_list()
    ends = [(low, high) for bars in ax.collections for (_, low), (_, high) in bars.get_segments()]
    assert ends == rows.select("conf_low", "conf_high").rows()


def test_visits_stand_in_order_at_even_distances_and_groups_side_by_side() -> None:
    (ax,) = made.change(visits=("Baseline", "Week 10", "Week 2")).plot().axes
    assert ax.get_xticks().tolist() == [0, 1, 2]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["Baseline", "Week 10", "Week 2"]
    placebo, ketamine = (line.get_xdata() for line in ax.lines)
    assert placebo == pytest.approx([-0.045, 0.955, 1.955])
    assert ketamine == pytest.approx([0.045, 1.045, 2.045])


def test_n_stands_under_each_visit() -> None:
    figure = made.change().plot()
    (ax,) = figure.axes
    under = [t for t in ax.texts if t.get_text().isdigit()]
    assert [t.get_text() for t in under] == ["6", "6", "5"] * 2
    assert [t.xy[0] for t in under] == [0, 1, 2] * 2
    assert {"Subjects scored", "placebo", "ketamine"} <= set(made.written(figure))


def test_one_group_needs_no_legend() -> None:
    (ax,) = made.change(by=None).plot().axes
    assert ax.get_legend() is None
    assert "Subjects scored" in [t.get_text() for t in ax.texts]


def test_groups_differ_in_more_than_colour() -> None:
    (ax,) = made.change(arms=("a", "b", "c")).plot().axes
    assert [line.get_marker() for line in ax.lines] == ["o", "s", "^"]
    assert [line.is_dashed() for line in ax.lines] == [False, True, True]


def test_a_visit_without_scores_has_no_point_and_one_subject_no_interval() -> None:
    frame = made.scores(n=2).filter((pl.col("TRT01P") == "placebo") | (pl.col("AVISIT") != "4 h"))
    result = made.estimate_change(frame, "MADRS", by="TRT01P", visits=["4 h", "Day 7"])
    only = result.table.filter(pl.col("n") < 2)
    assert only["n"].to_list() == [0, 0]
    figure = result.plot()
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [3, 2]
    assert [t.get_text() for t in figure.axes[0].texts if t.get_text().isdigit()] == [
        *("2", "2", "2"),
        *("2", "0", "2"),
    ]


def test_the_words() -> None:
    figure = made.change().plot()
    assert figure.axes[0].get_ylabel() == "MADRS, mean (95 % CI)"
    assert figure.ketanalysis_caption == (
        "Mean MADRS score by visit with 95 % confidence intervals (Student's t), of the subjects "
        "scored at each visit, in placebo (n = 6) and ketamine (n = 6)."
    )
    assert figure.ketanalysis_alt == (
        "Line chart of the mean MADRS score at 3 visits, one line each for placebo and ketamine. "
        "At Baseline, placebo: 31.2 (95 % CI 29.9 to 32.4, n = 6); ketamine: 31.2 (95 % CI 29.9 "
        "to 32.4, n = 6). At Day 7, placebo: 25.8 (95 % CI 23.4 to 28.2, n = 5); ketamine: 18.2 "
        "(95 % CI 14.8 to 21.6, n = 5)."
    )


def test_change_from_baseline() -> None:
    result = made.change()
    figure = result.plot(measure="change")
    assert figure.ketanalysis_data.equals(result.table.filter(pl.col("measure") == "change"))
    assert figure.axes[0].get_ylabel() == "Change in MADRS from baseline, mean (95 % CI)"
    low, high = figure.axes[0].get_ylim()
    assert low < 0 < high


def test_another_measure_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.change().plot(measure="chg")
    assert (
        str(refusal.value)
        == "measure must be one of 'score', 'change', not 'chg'. Did you mean change?"
    )


def test_change_without_a_baseline_is_refused() -> None:
    frame = made.scores().drop("ABLFL")
    result = made.estimate_change(frame, "MADRS", by="TRT01P")
    with pytest.raises(ArgumentError) as refusal:
        result.plot(measure="change")
    assert str(refusal.value) == (
        "The result holds no change: without a baseline there is no change to draw."
    )
