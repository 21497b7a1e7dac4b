"""The same subjects twice and more: a line each, nobody who was not compared, and the words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from ketanalysis.errors import ArgumentError
from ketanalysis.groups.paired import compare_paired
from tests.figures import made


def lines(ax: object) -> list[list[float]]:
    """Return the scores of each subject that is drawn."""
    thin = [line for line in ax.lines if line.get_linewidth() == 0.7]
    return [[float(y) for y in line.get_ydata()] for line in thin]


def test_every_subject_with_all_scores_is_a_line() -> None:
    result = made.paired()
    (ax,) = result.plot().axes
    assert lines(ax) == [[30, 22], [30, 22], [30, 26], [30, 26], [30, 30], [30, 30]]
    drawn = [c for c in ax.collections if isinstance(c, PathCollection)]
    assert [len(c.get_offsets()) for c in drawn] == [6, 6]
    assert result.plot().ketanalysis_data.equals(result.data)


def test_the_diamonds_are_the_means_of_the_result() -> None:
    for names in (("before", "after"), made.VISITS):
        result = made.paired(names)
        (ax,) = result.plot().axes
        (diamonds,) = [line for line in ax.lines if line.get_marker() == "D"]
        assert list(diamonds.get_ydata()) == result.groups["mean"].to_list()


def test_n_stands_under_each_occasion_and_the_difference_above() -> None:
    (ax,) = made.paired().plot().axes
    assert [t.get_text() for t in ax.get_xticklabels()] == ["before\nn = 6", "after\nn = 6"]
    assert [t.get_text() for t in ax.texts] == ["Difference −4.0 (95 % CI −7.8 to −0.2)"]
    (ax,) = made.paired(made.VISITS).plot().axes
    assert [t.get_text() for t in ax.texts] == ["Friedman: Q(2) = 8.00, p = 0.018"]


def test_the_words() -> None:
    figure = made.paired().plot()
    assert figure.ketanalysis_caption == (
        "MADRS within subjects: every subject is a line, the diamonds the means; the difference "
        "after minus before (mean difference) with its 95 % confidence interval by paired t test; "
        "n = 6 subjects with both scores."
    )
    assert figure.ketanalysis_alt == (
        "A line a subject of MADRS at before and after. before mean 30.0; after mean 26.0 (n = 6); "
        "difference −4.0 (95 % CI −7.8 to −0.2)."
    )
    several = made.paired(made.VISITS).plot()
    assert several.ketanalysis_caption == (
        "MADRS within subjects: every subject is a line, the diamonds the means; Friedman's test; "
        "n = 6 subjects with all scores."
    )


def test_several_outcomes_are_panels_of_their_own() -> None:
    frame = pl.DataFrame(
        {
            "USUBJID": ["a", "b", "c"] * 2,
            "AVISIT": ["pre"] * 3 + ["post"] * 3,
            "X": [1, 2, 4, 2, 5, 9],
            "Y": [9, 8, 9, 3, 4, 1],
        }
    )
    result = compare_paired(frame, ["X", "Y"], "AVISIT", reference="pre", p_adjust="holm")
    figure = result.plot()
    assert [ax.get_ylabel() for ax in figure.axes] == ["X", "Y"]
    assert len(result.plot(outcome="Y").axes) == 1
    with pytest.raises(ArgumentError) as refusal:
        result.plot(ax=Figure().subplots())
    assert str(refusal.value) == (
        "ax= is for one panel, and this figure has 2: X, Y. Choose one with outcome=, or leave "
        "ax= out."
    )
    with pytest.raises(ArgumentError) as refusal:
        result.plot(outcome="Z")
    assert str(refusal.value) == "outcome must be one of 'X', 'Y', not 'Z'."


def test_nobody_with_all_scores_is_said_and_not_drawn() -> None:
    frame = {"USUBJID": ["a", "b"], "AVISIT": ["pre", "post"], "X": [1, 2]}
    figure = compare_paired(frame, "X", "AVISIT", reference="pre").plot()
    assert lines(figure.axes[0]) == []
    assert "Difference not estimable" in made.written(figure)
    assert np.isfinite(figure.axes[0].get_ylim()).all()
