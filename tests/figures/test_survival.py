"""Kaplan-Meier curves: the steps of the table, cut where few are left, and who is at risk."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from matplotlib.lines import Line2D

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.survival_words import fewest_at_risk
from tests.figures import made


def curves(ax: object) -> list[Line2D]:
    return [line for line in ax.lines if line.get_drawstyle() == "steps-post"]


def test_the_steps_are_those_of_the_table() -> None:
    result = made.survival()
    figure = result.plot(min_at_risk=1)
    assert figure.ketanalysis_data.equals(result.table)
    for line, arm in zip(curves(figure.axes[0]), made.ARMS, strict=True):
        own = result.table.filter(pl.col("ARM") == arm)
        assert line.get_xdata().tolist() == own["time"].to_list()
        assert line.get_ydata() == pytest.approx((100 * own["survival"]).to_list())


@pytest.mark.parametrize(
    ("n", "given", "fewest"),
    [(4, None, 5), (50, None, 5), (51, None, 6), (100, None, 10), (101, None, 11), (100, 3, 3)],
)
def test_how_many_must_be_at_risk(n: int, given: int | None, fewest: int) -> None:
    assert fewest_at_risk(n, given) == fewest


def test_the_drawing_ends_where_few_are_at_risk_and_nothing_else_does() -> None:
    result = made.survival()  # at risk at 24, 27, 30 days in placebo: 5, 4, 3
    figure = result.plot()
    drawn = figure.ketanalysis_data
    assert drawn["n_at_risk"].min() == 5
    assert drawn.equals(result.table.filter(pl.col("n_at_risk") >= 5))
    assert [line.get_xdata()[-1] for line in curves(figure.axes[0])] == [24, 25]
    assert figure.ketanalysis_caption.endswith(
        "; a curve ends where fewer than 5 subjects or 10 % of its group are at risk; at risk: "
        "just before the time, censored and events: up to and with it."
    )
    assert result.medians.equals(made.survival().medians)
    later = result.plot(min_at_risk=3)
    assert [line.get_xdata()[-1] for line in curves(later.axes[0])] == [30, 31]
    assert "; a curve ends where fewer than 3 are at risk; " in later.ketanalysis_caption


def test_a_group_that_never_had_as_many_is_drawn_whole() -> None:
    figure = made.survival(n=4).plot()
    assert figure.ketanalysis_data.height == made.survival(n=4).table.height
    assert "a curve ends" not in figure.ketanalysis_caption


def test_the_rows_stand_under_their_ticks_a_block_for_each_group() -> None:
    result = made.survival()
    (ax,) = result.plot().axes
    ticks = ax.get_xticks()
    under = [t for t in ax.texts if t.get_text().isdigit()]
    assert [t.xy[0] for t in under] == [*ticks] * 6
    counted = result.at_risk(ticks).table
    wanted = [
        n
        for arm in made.ARMS
        for column in ("n_at_risk", "n_censored", "n_event")
        for n in counted.filter(ARM=arm)[column].to_list()
    ]
    assert [int(t.get_text()) for t in under] == wanted
    assert [t.get_text() for t in ax.texts if t not in under] == [
        *("At risk", "Censored", "Events") * 2,
        *made.ARMS,
    ]
    labels = {t.get_text(): t.get_color() for t in ax.texts if t.get_text() in made.ARMS}
    assert len(set(labels.values())) == 2


def test_one_row_has_a_line_for_each_group_and_none_has_nothing() -> None:
    result = made.survival()
    (ax,) = result.plot(rows="at risk").axes
    assert [t.get_text() for t in ax.texts if not t.get_text().isdigit()] == [
        *made.ARMS,
        "Number at risk",
    ]
    assert "at risk:" not in result.plot(rows="at risk").ketanalysis_caption
    assert len(result.plot(rows=()).axes[0].texts) == 0


@pytest.mark.parametrize("given", [["at risk", "died"], ["events", "events"]])
def test_a_row_that_is_none_is_refused(given: list[str]) -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.survival().plot(rows=given)
    assert str(refusal.value) == (
        f"rows must be of 'at risk', 'censored', 'events', each once, not {given!r}."
    )


def test_censored_subjects_are_ticks_on_the_curve() -> None:
    (ax,) = made.survival().plot().axes
    ticks = [line.get_xdata().tolist() for line in ax.lines if line.get_marker() == "|"]
    assert ticks == [[12.0, 24.0], [13.0, 25.0]]
    assert "censored" in [t.get_text() for t in ax.get_legend().get_texts()]


def test_bands_and_medians_are_drawn_as_asked() -> None:
    result = made.survival()
    assert len(result.plot().axes[0].collections) == 2
    bare = result.plot(show_band=False)
    assert len(bare.axes[0].collections) == 0
    assert "bands" not in bare.ketanalysis_caption
    marked = result.plot(show_medians=True).axes[0].lines
    assert sorted(line.get_xdata()[1] for line in marked if len(line.get_xdata()) == 3) == [21, 22]


def test_the_axes_say_what_and_since_when() -> None:
    result = made.survival()
    (ax,) = result.plot().axes
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("Free of the event, %", "Days")
    assert ax.get_yticks().tolist() == [0, 20, 40, 60, 80, 100]
    assert ax.get_xticks().tolist() == [0, 7, 14, 21]
    relapse = replace(
        result,
        title="Kaplan-Meier with log-log 95 % intervals: free of relapse on MADRS, by ARM",
        notes=("The clock starts at the last infusion before entry.",),
    )
    (ax,) = relapse.plot().axes
    assert ax.get_ylabel() == "Free of relapse, %"
    assert ax.get_xlabel() == "Days since the last infusion before entry"


def test_the_words() -> None:
    figure = made.survival().plot()
    assert figure.ketanalysis_caption == (
        "Share free of the event by days (Kaplan-Meier) in placebo (n = 12) and ketamine "
        "(n = 12) with log-log 95 % confidence bands; upright ticks are censored subjects; a "
        "curve ends where fewer than 5 subjects or 10 % of its group are at risk; at risk: just "
        "before the time, censored and events: up to and with it."
    )
    assert figure.ketanalysis_alt == (
        "Kaplan-Meier plot of the share free of the event, one curve each for placebo and "
        "ketamine. placebo: 9 of 12 subjects had the event, median 21.0 days (95 % CI 6.0 to "
        "33.0). ketamine: 9 of 12 subjects had the event, median 22.0 days (95 % CI 7.0 to 34.0)."
    )


@pytest.mark.parametrize("given", [0, -1, 2.5, True, "5"])
def test_a_number_at_risk_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.survival().plot(min_at_risk=given)
    assert str(refusal.value) == (
        f"min_at_risk must be a whole number of 1 or more subjects, not {given!r}."
    )
