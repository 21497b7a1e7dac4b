"""Vital signs around the infusion, and infusions received: what is drawn is the result."""

from __future__ import annotations

import polars as pl
import pytest
from matplotlib.collections import LineCollection

from ketanalysis.errors import ArgumentError
from tests.figures import made

# --- vital signs -----------------------------------------------------------------------------


def means(number: str, measure: str = "value") -> pl.DataFrame:
    course = made.vital_signs().course
    return course.filter(pl.col("infusion").cast(pl.String) == number, pl.col("measure") == measure)


def test_the_points_are_the_means_and_the_bars_the_intervals() -> None:
    figure = made.vital_signs().plot()
    rows = means("all")
    assert figure.ketanalysis_data.equals(rows)
    (ax,) = figure.axes
    with_marker = [line for line in ax.lines if line.get_marker() not in ("None", "")]
    assert [y for line in with_marker for y in line.get_ydata()] == rows["mean"].to_list()
    bars = [c for c in ax.collections if isinstance(c, LineCollection)]
    ends = [(low, high) for one in bars for (_, low), (_, high) in one.get_segments()]
    assert ends == rows.select("conf_low", "conf_high").rows()


def test_the_infusion_is_shaded_and_the_threshold_dashed() -> None:
    (ax,) = made.vital_signs().plot().axes
    (shade,) = ax.patches
    box = shade.get_extents().transformed(ax.transData.inverted())
    assert (round(box.x0, 6), round(box.x1, 6)) == (0, 40)
    dashed = [line for line in ax.lines if list(line.get_ydata()) == [140, 140]]
    assert len(dashed) == 1
    assert dashed[0].is_dashed()
    assert "140 mmHg" in made.written(ax.figure)
    assert ax.get_ylim()[1] > 140
    (ax,) = made.vital_signs().plot(measure="change").axes
    assert "20 mmHg" in made.written(ax.figure)
    assert "140 mmHg" not in made.written(ax.figure)


def test_single_infusions_are_thin_lines_where_they_are_few() -> None:
    few = made.vital_signs().plot()
    thin = [line for line in few.axes[0].lines if line.get_linewidth() == 0.6]
    assert len(thin) == 24
    assert "thin lines: single infusions" in few.ketanalysis_caption
    many = made.vital_signs(n=14).plot()
    assert not [line for line in many.axes[0].lines if line.get_linewidth() == 0.6]
    assert "thin lines" not in many.ketanalysis_caption
    first = made.vital_signs(n=14).plot(infusion=1)
    assert len([line for line in first.axes[0].lines if line.get_linewidth() == 0.6]) == 28


def test_n_stands_under_each_time_point() -> None:
    figure = made.vital_signs().plot(infusion=2)
    numbers = [t.get_text() for t in figure.axes[0].texts if t.get_text().isdigit()]
    assert numbers == ["6", "6", "4", "6"] * 2
    assert {"Subjects with a reading", "placebo", "ketamine"} <= set(made.written(figure))
    over_all = made.vital_signs().plot()
    assert "Infusions with a reading" in made.written(over_all)


def test_the_words_of_vital_signs() -> None:
    figure = made.vital_signs().plot()
    assert figure.axes[0].get_ylabel() == "Systolic blood pressure, mmHg, mean (95 % CI)"
    assert figure.axes[0].get_xlabel() == "Minutes since the start of the infusion"
    assert figure.ketanalysis_caption == (
        "Mean systolic blood pressure by planned time point over all infusions with 95 % "
        "confidence intervals, readings in placebo (n = 8 to 12) and ketamine (n = 8 to 12); "
        "shaded: 40 minutes, the median length; dashed: 140 mmHg; thin lines: single infusions."
    )
    assert figure.ketanalysis_alt.startswith(
        "Line chart of the mean systolic blood pressure at 4 time points around the infusion, one "
        "line each for placebo and ketamine. placebo: highest mean "
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"measure": "chg"}, "measure must be one of 'value', 'change', not 'chg'."),
        ({"parameter": "DIABP"}, "parameter must be one of 'SYSBP', not 'DIABP'."),
        ({"infusion": 3}, "infusion must be one of 1, 2, all, not 3."),
    ],
)
def test_other_choices_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        made.vital_signs().plot(**options)
    assert str(refused.value).startswith(message)


# --- infusions -------------------------------------------------------------------------------


def test_bars_are_shares_of_subjects_and_their_tops_the_stops() -> None:
    figure = made.conduct().plot()
    data = figure.ketanalysis_data
    assert data.select("TRT01P", "infusion", "count", "n", "stopped").rows() == [
        ("placebo", "1", 8, 8, 1),
        ("placebo", "2", 8, 8, 1),
        ("placebo", "3", 8, 8, 1),
        ("ketamine", "1", 8, 8, 1),
        ("ketamine", "2", 8, 8, 1),
        ("ketamine", "3", 7, 8, 1),
    ]
    bars = [bar for bar in figure.axes[0].patches if bar.get_height()]
    tops = [bar for bar in bars if bar.get_alpha()]
    assert [round(bar.get_height(), 6) for bar in tops] == [12.5] * 6
    assert [round(bar.get_y() + bar.get_height(), 6) for bar in tops] == [100] * 5 + [87.5]
    numbers = [t.get_text() for t in figure.axes[0].texts if t.get_text().isdigit()]
    assert numbers == ["8", "8", "8", "8", "8", "7"]


def test_the_words_of_infusions() -> None:
    figure = made.conduct().plot()
    assert figure.ketanalysis_caption == (
        "Share of subjects who were given each infusion of 3 planned, in placebo (n = 8) and "
        "ketamine (n = 8); pale: stopped early or changed."
    )
    assert figure.ketanalysis_alt == (
        "Bar chart of the share of subjects given each of 3 infusions, bars for placebo and "
        "ketamine. placebo: infusion 3 was given to 8 of 8 (100 %), 3 infusions were stopped early "
        "or changed; ketamine: infusion 3 was given to 7 of 8 (88 %), 3 infusions were stopped "
        "early or changed."
    )
    assert "stopped early or changed" in made.written(figure)


def test_where_stops_are_not_recorded_no_bar_has_a_pale_top() -> None:
    frame = pl.DataFrame({"USUBJID": ["a", "b", "b"], "EXSEQ": [1, 1, 2]})
    figure = made.tabulate_infusions(frame).plot()
    assert figure.ketanalysis_caption == (
        "Share of subjects who were given each infusion, in all subjects (n = 2); stops are not "
        "recorded."
    )
    assert figure.axes[0].get_legend() is None
    stopped = frame.with_columns(EXADJ=pl.Series([None, None, "request"]))
    alone = made.tabulate_infusions(stopped).plot()
    assert [t.get_text() for t in alone.axes[0].get_legend().get_texts()] == [
        "stopped early or changed"
    ]
