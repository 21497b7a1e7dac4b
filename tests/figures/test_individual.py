"""Spaghetti and waterfall: what is drawn is every subject, and who has no score is seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.spaghetti import OTHER
from ketanalysis.figures.style import COLOURS
from tests.figures import made
from tests.figures.test_style import lightness
from tests.individual.test_individual_change import small
from tests.rates.test_response import frame


def lines(ax: object) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in line]
        for drawn in ax.collections
        if isinstance(drawn, LineCollection)
        for line in drawn.get_segments()
    ]


def test_every_subject_is_a_line_through_its_scores() -> None:
    result = made.individual()
    figure = result.plot()
    first, second = figure.axes
    drawn = sorted(lines(first) + lines(second))
    course = result.course.with_columns(
        x=pl.col("AVISIT").cast(pl.String).replace_strict({"Baseline": 0, "4 h": 1, "Day 7": 2})
    )
    expected = [
        [(float(x), y) for x, y in own.select("x", "score").rows()]
        for own in course.partition_by("number", maintain_order=True)
    ]
    assert drawn == sorted(expected)
    assert figure.ketanalysis_data.height == result.course.height
    assert "USUBJID" not in figure.ketanalysis_data.columns


def test_responders_are_dark_where_a_rule_was_declared() -> None:
    result = made.individual()
    ketamine = result.plot().axes[1]
    colours = [to_hex(c.get_edgecolor()[0], keep_alpha=False) for c in ketamine.collections]
    assert colours == [OTHER.lower(), COLOURS[1].lower()]
    n = result.table.filter(pl.col("TRT01P") == "ketamine")["responder"].sum()
    assert [len(c.get_segments()) for c in ketamine.collections] == [6 - n, n]
    alike = result.plot(show_responders=False).axes[1]
    assert {to_hex(c.get_edgecolor()[0]) for c in alike.collections if len(c.get_segments())} == {
        COLOURS[1].lower()
    }
    with pytest.raises(ArgumentError) as refusal:
        small().plot(show_responders=True)
    assert str(refusal.value) == (
        "show_responders=True needs a response rule: write response= in estimate_individual_change."
    )


def test_highlighted_lines_are_darker_in_grey_too() -> None:
    assert lightness(OTHER) - max(map(lightness, COLOURS[:3])) > 12
    assert lightness(OTHER) < 90  # and still seen on white


def test_a_cross_ends_the_line_of_who_left() -> None:
    figure = made.individual().plot()
    crosses = [line for ax in figure.axes for line in ax.lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[1], [1]]
    assert (
        "a cross ends the line of a subject who has no score at or after Day 7 (2)"
        in figure.ketanalysis_caption
    )


def test_the_mean_and_the_numbers_scored() -> None:
    result = made.individual()
    (ax, _) = result.plot(show_mean=True).axes
    thick = ax.lines[-1]
    own = result.means.filter(pl.col("TRT01P") == "placebo")
    assert list(thick.get_ydata()) == own["mean"].to_list()
    under = [t.get_text() for t in ax.texts if t.get_text().isdigit()]
    assert under == ["6", "6", "5"]
    change = made.change()
    means = change.table.filter((pl.col("measure") == "score") & (pl.col("TRT01P") == "placebo"))
    assert own["mean"].to_list() == means["mean"].to_list()


def test_the_words_of_spaghetti() -> None:
    figure = small(response=ka.Response(at_least=0.5)).plot(show_mean=True)
    assert figure.ketanalysis_caption == (
        "MADRS scores of every subject in all subjects (n = 5), one line a subject; darker lines: "
        "responders at 2, by observed score; a cross ends the line of a subject who has no score "
        "at or after 2 (2); thick line: mean of those scored at each visit."
    )
    assert figure.ketanalysis_alt == (
        "One line a subject of the MADRS scores over the visits. Change at 2 from −20.0 to 3.0 "
        "points, median −8.5, n = 2."
    )


# --- waterfall ----------------------------------------------------------------------------------


def bars(ax: object) -> list[tuple[float, float, str]]:
    return sorted(
        (patch.get_x() + patch.get_width() / 2, patch.get_height(), patch.get_hatch() or "")
        for patch in ax.patches
    )


def test_bars_are_sorted_and_who_left_is_hatched() -> None:
    result = small()
    figure = result.plot(kind="waterfall", thresholds=(0.25, 0.5))
    (ax,) = figure.axes
    drawn = bars(ax)
    assert [hatch for _, _, hatch in drawn] == ["/////", ""]
    assert [height for _, height, _ in drawn] == pytest.approx([20.0, -50.0])
    assert [x for x, _, _ in drawn] == pytest.approx([0, 1])
    (cross,) = [line for line in ax.lines if line.get_marker() == "x"]
    assert cross.get_xdata().tolist() == [2, 3, 4]  # at its floor, missed without, never scored
    dashed = [line.get_ydata()[0] for line in ax.lines if line.is_dashed()]
    assert dashed == [-25.0, -50.0]
    assert figure.ketanalysis_data.select("number", "status", "value", "shown").rows() == [
        (3, "left before", pytest.approx(0.2), "last earlier score"),
        (1, "completed", -0.5, "scored at the visit"),
        (2, "completed", None, "no score after baseline"),
        (4, "missed", None, "no score after baseline"),
        (5, "never scored", None, "no score after baseline"),
    ]


def test_points_instead_of_per_cent() -> None:
    figure = small().plot(kind="waterfall", measure="points")
    (ax,) = figure.axes
    assert [height for _, height, _ in bars(ax)] == [6.0, 3.0, -20.0]
    assert ax.get_ylabel() == "Change in MADRS at 2, points"
    assert not [line for line in ax.lines if line.is_dashed()]


def test_the_bars_of_all_groups_are_those_of_the_table() -> None:
    result = made.individual()
    figure = result.plot(kind="waterfall")
    for ax, arm in zip(figure.axes, made.ARMS, strict=True):
        own = result.table.filter(pl.col("TRT01P") == arm)
        value = own.select(pl.coalesce("relative_change", "last_relative_change")).to_series()
        expected = sorted((100 * value).to_list(), reverse=True)
        assert [height for _, height, _ in bars(ax)] == pytest.approx(expected)
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    (dashed,) = [line for line in figure.axes[0].lines if line.is_dashed()]
    assert dashed.get_ydata()[0] == -50  # the share of the response rule


def test_a_subject_whose_score_did_not_change_keeps_its_place() -> None:
    rows = [("a", "0", 20), ("a", "1", 20), ("b", "0", 20), ("b", "1", 10)]
    result = ka.estimate_individual_change(frame(rows), "MADRS", visit="1")
    (ax,) = result.plot(kind="waterfall").axes
    (flat,) = [c for c in ax.collections if len(c.get_segments())]
    assert np.array(flat.get_segments()[0]).tolist() == [[-0.41, 0.0], [0.41, 0.0]]


def test_where_higher_is_better_the_lowest_stand_first_and_lines_above() -> None:
    rows = [("a", "0", 20), ("a", "1", 30), ("b", "0", 20), ("b", "1", 10)]
    result = ka.estimate_individual_change(
        frame(rows), "OWN", visit="1", floor=0.0, better="higher"
    )
    (ax,) = result.plot(kind="waterfall", thresholds=0.25).axes
    assert [height for _, height, _ in bars(ax)] == [-50.0, 50.0]
    assert [line.get_ydata()[0] for line in ax.lines if line.is_dashed()] == [25.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"thresholds": (25,)},
            "thresholds must be shares of improvement above 0 and up to 1 (0.5 is 50 %), not 25.",
        ),
        (
            {"thresholds": 0.5, "measure": "points"},
            'thresholds are shares of improvement: they need measure="percent".',
        ),
        ({"measure": "share"}, "measure must be one of 'percent', 'points', not 'share'."),
    ],
)
def test_what_is_no_threshold_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        small().plot(kind="waterfall", **options)
    assert str(refusal.value) == message


def test_a_threshold_needs_a_better_side() -> None:
    rows = [("a", "0", 20), ("a", "1", 30)]
    result = ka.estimate_individual_change(frame(rows), "OWN", visit="1", floor=0.0)
    with pytest.raises(ArgumentError) as refusal:
        result.plot(kind="waterfall", thresholds=0.5)
    assert str(refusal.value) == (
        "Which scores of OWN are better is not known, so a threshold has no side: declare better= "
        "in estimate_individual_change, or leave thresholds= out."
    )


def test_the_words_of_a_waterfall() -> None:
    figure = small().plot(kind="waterfall", thresholds=(0.25, 0.5))
    assert figure.ketanalysis_caption == (
        "Per cent change in MADRS from baseline to 2 of every subject in all subjects (n = 5), the "
        "worst first; hatched: no score at 2, the last earlier score is shown (1); crosses: no "
        "value after baseline (3); dashed: improvement of 25 % and 50 %."
    )
    assert figure.ketanalysis_alt == (
        "Waterfall of the change in MADRS at 2, one bar a subject, sorted. 5 subjects, from 20 % "
        "to −50 %, 1 by their last earlier score."
    )
    assert figure.axes[0].get_xlabel() == (
        "5 subjects: 1 scored at the visit, 1 earlier only, 3 never"
    )
