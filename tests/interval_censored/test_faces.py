"""What interval-censored results look like: tables, sentences in three styles, the figure."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from matplotlib.patches import Rectangle

from ketanalysis.errors import ArgumentError
from ketanalysis.interval_censored.interval_comparison import compare_interval_survival
from ketanalysis.interval_censored.interval_regression import fit_interval_regression
from ketanalysis.interval_censored.interval_survival import estimate_interval_survival
from ketanalysis.interval_censored.results import IntervalSurvivalResult
from ketanalysis.tables import tabulate
from tests.figures import made
from tests.interval_censored.interval_data import adtte


@cache
def curves(resamples: int | None = None) -> IntervalSurvivalResult:
    seed = None if resamples is None else 2
    return estimate_interval_survival(
        adtte(), by="TRT01P", time_unit="months", resamples=resamples, seed=seed
    )


def test_the_table_of_curves() -> None:
    table = tabulate(curves())
    assert [column.label for column in table.columns] == [
        "Group", "n", "Events", "Median, months", "Kaplan-Meier",
    ]  # fmt: skip
    assert table.rows == (
        ("RT", "46", "21", "38.0 to 40.0", "44.0"),
        ("RCT", "48", "35", "19.0 to 20.0", "26.0"),
    )
    with_limits = tabulate(curves(99))
    assert with_limits.columns[4].label == "95 % CI"
    assert len(with_limits.rows[0]) == 6


def test_the_tables_of_shares_tests_and_models() -> None:
    shares = tabulate(curves().milestones([12, 24.5]))
    assert shares.rows == (
        ("RT", "12", "76"),
        ("RT", "24.5", "67 to 76"),
        ("RCT", "12", "84"),
        ("RCT", "24.5", "34 to 44"),
    )
    test = tabulate(compare_interval_survival(adtte(), "TRT01P"))
    assert test.rows == (("RT", "46", "21", "−9.14", "7.0"), ("RCT", "48", "35", "9.14", "7.0"))
    assert test.notes[0] == "Test: chi-square 7.12, df 1, p = 0.008."
    model = tabulate(fit_interval_regression(adtte(), "TRT01P", distribution="weibull"))
    assert model.rows == (
        ("TRT01P: RCT", "hazard ratio", "2.50", "1.44 to 4.35", "0.001"),
        ("TRT01P: RCT", "time ratio", "0.57", "0.40 to 0.80", "0.001"),
    )


def first_sentences(text: str) -> str:
    return text.partition(" Non-parametric")[0].partition(" Scores:")[0].partition(" Maximum")[0]


@pytest.mark.parametrize(
    "style, ends",
    [
        ("plain", "(95 % CI 17.0 to 32.0)"),
        ("apa", "(95% CI [17.0, 32.0])"),
        ("jama", "(95% CI, 17.0-32.0)"),
    ],
)
def test_sentences_of_curves(style: str, ends: str) -> None:
    text = first_sentences(curves(99).text(style))
    assert text.startswith(
        "Interval-censored estimate (Turnbull): AVALHI by TRT01P. RT: 21 events in 46 subjects, "
        "median 38.0 to 40.0 months ("
    )
    assert text.endswith(f"RCT: 35 events in 48 subjects, median 19.0 to 20.0 months {ends}.")
    assert first_sentences(curves().text(style)) == (
        "Interval-censored estimate (Turnbull): AVALHI by TRT01P. RT: 21 events in 46 subjects, "
        "median 38.0 to 40.0 months; RCT: 35 events in 48 subjects, median 19.0 to 20.0 months."
    )


@pytest.mark.parametrize(
    "style, p", [("plain", "p = 0.008"), ("apa", "p = .008"), ("jama", "P = .008")]
)
def test_sentences_of_a_test(style: str, p: str) -> None:
    result = compare_interval_survival(adtte(), "TRT01P")
    assert first_sentences(result.text(style)) == (
        "Test of AVALHI by TRT01P: interval-censored log-rank (Sun): chi-square 7.12, df 1, "
        f"{p}; excess of early events: RT −9.1, RCT 9.1."
    )


@pytest.mark.parametrize(
    "style, said",
    [
        ("plain", "hazard ratio 2.50 (95 % CI 1.44 to 4.35), p = 0.001"),
        ("apa", "hazard ratio 2.50 (95% CI [1.44, 4.35]), p = .001"),
        ("jama", "hazard ratio 2.50 (95% CI, 1.44-4.35), P = .001"),
    ],
)
def test_sentences_of_a_model(style: str, said: str) -> None:
    fit = fit_interval_regression(adtte(), "TRT01P", distribution="weibull")
    assert first_sentences(fit.text(style)).startswith(
        f"Weibull regression, interval-censored: AVALHI by TRT01P: TRT01P: RCT {said}; "
    )
    assert fit.inline("hazard ratio", style=style) == said.partition("), ")[0] + ")"


def test_shares_in_words() -> None:
    shares = curves().milestones([24.5])
    assert shares.inline(24.5, "RCT") == "34 % to 44 %"
    assert shares.inline(24.5, "RT", style="apa") == "67% to 76%"
    limits = curves(99).milestones([12])
    assert limits.inline(12, "RCT").startswith("84 % (95 % CI ")
    assert "RCT at 24.5 months 34 % to 44 %." in shares.text()


def test_the_figure_has_a_rectangle_wherever_mass_lies_between_visits() -> None:
    figure = curves().plot(min_at_risk=1)
    ax = figure.axes[0]
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    inner = curves().table.filter(pl.col("left") < pl.col("right"), pl.col("right").is_finite())
    assert len(boxes) == inner.height
    first = boxes[0]
    assert (first.get_x(), first.get_width()) == (4, 1)
    assert first.get_y() + first.get_height() == pytest.approx(100)
    drawn = figure.ketanalysis_data
    assert drawn.filter(piece="rectangle")["survival_low"].is_between(0, 1).all()
    assert figure.ketanalysis_caption == (
        "Share free of the event by months (interval-censored, Turnbull) in RT (n = 46) and RCT "
        "(n = 48); rectangles: the curve falls between two visits, nobody saw how; dotted: "
        "Kaplan-Meier with each event dated at the visit that saw it; known free: without the "
        "event then or later."
    )
    assert figure.ketanalysis_alt == (
        "Interval-censored curves of the share free of the event, one curve each for RT and RCT. "
        "RT: 21 of 46 subjects had the event, median 38.0 to 40.0 months, by Kaplan-Meier 44.0. "
        "RCT: 35 of 48 subjects had the event, median 19.0 to 20.0 months, by Kaplan-Meier 26.0."
    )


def test_the_drawing_ends_where_few_are_known_to_be_free() -> None:
    figure = curves().plot()
    drawn = figure.ketanalysis_data
    for place, sample in enumerate(curves().samples.values()):
        fifth = np.sort(sample.low)[-5]
        assert drawn.filter(place=place, piece="line")["until"].max() == fifth
        assert drawn.filter(place=place)["start"].max() < fifth
    assert figure.ketanalysis_caption.endswith(
        "; a curve ends where fewer than 5 subjects or 10 % of its group are known to be free."
    )
    assert curves().medians["median_high"].to_list() == [40, 20]
    with pytest.raises(ArgumentError) as refused:
        curves().plot(min_at_risk=0)
    assert str(refused.value) == (
        "min_at_risk must be a whole number of 1 or more subjects, not 0."
    )


def test_the_figure_ends_where_the_visits_end_and_kaplan_meier_may_be_left_out() -> None:
    rows = pl.DataFrame({"AVALLO": [0.0, 7, 21, 21], "AVALHI": [7.0, 14, None, None]})
    result = estimate_interval_survival(rows)
    figure = result.plot(show_naive=False)
    drawn = figure.ketanalysis_data
    assert drawn["until"].max() == 21
    assert drawn.filter(piece="line").tail(1)["survival_low"].item() == pytest.approx(0.5)
    assert "dotted" not in figure.ketanalysis_caption
    assert "median above 21.0 days" not in figure.ketanalysis_alt
    assert "Known free" in made.written(figure)
    only = estimate_interval_survival({"AVALLO": [5.0], "AVALHI": [None]})
    assert np.isfinite(only.plot().ketanalysis_data["until"].max())
