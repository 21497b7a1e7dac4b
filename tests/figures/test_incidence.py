"""Cumulative incidence drawn: a panel a cause, the steps of the table, stacked areas."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from tests.figures import made


def test_a_panel_a_cause_with_the_steps_of_the_table() -> None:
    result = made.incidence()
    figure = result.plot(min_at_risk=1)
    assert [ax.get_xlabel() for ax in figure.axes] == ["Days", "Days"]
    assert [ax.get_ylabel() for ax in figure.axes] == ["Cumulative incidence, %", ""]
    for ax, cause in zip(figure.axes, result.causes, strict=True):
        lines = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
        for line, arm in zip(lines, made.ARMS, strict=True):
            own = result.table.filter(cause=cause, ARM=arm)
            assert line.get_xdata().tolist() == own["time"].to_list()
            assert line.get_ydata() == pytest.approx((100 * own["estimate"]).to_list())


def test_the_rows_count_the_events_of_the_panels_cause() -> None:
    result = made.incidence()
    for ax, cause in zip(result.plot(rows="events").axes, result.causes, strict=True):
        counted = result.at_risk(ax.get_xticks()).table.filter(cause=cause)
        shown = [int(t.get_text()) for t in ax.texts if t.get_text().isdigit()]
        assert shown == counted["n_event"].to_list()


def test_one_cause_alone_names_it_and_what_competes() -> None:
    figure = made.incidence().plot(cause="relapse")
    (ax,) = figure.axes
    assert ax.get_ylabel() == "Cumulative incidence of relapse, %"
    assert figure.ketanalysis_caption == (
        "Cumulative incidence of relapse by days (Aalen-Johansen) in placebo (n = 16) and "
        "ketamine (n = 16) with log-log 95 % confidence bands; further infusion competes; upright "
        "ticks are censored subjects; a curve ends where fewer than 5 subjects or 10 % of its "
        "group are at risk; at risk: just before the time, censored and events: up to and with "
        "it; Gray's test of relapse: p = 0.717."
    )
    assert figure.ketanalysis_alt == (
        "Curves of the cumulative incidence of relapse. placebo: relapse in 8 of 16 subjects, "
        "60 % (95 % CI 29 to 81) by 48 days. ketamine: relapse in 8 of 16 subjects, 71 % (95 % CI "
        "39 to 88) by 49 days."
    )


def test_the_areas_of_a_stack_end_where_nobody_is_free() -> None:
    result = made.incidence()
    figure = result.plot(kind="stacked", min_at_risk=1)
    for ax, arm in zip(figure.axes, made.ARMS, strict=True):
        (edge,) = ax.lines
        own = result.table.filter(cause="relapse", ARM=arm)
        free = (100 * (1 - own["survival"])).to_list()
        assert edge.get_ydata() == pytest.approx(free, abs=1e-10)
    assert "white: free of every event" in figure.ketanalysis_caption


def test_what_cannot_be_drawn_is_refused() -> None:
    result = made.incidence()
    with pytest.raises(ArgumentError) as refusal:
        result.plot(ax=result.plot().axes[0])
    assert str(refusal.value) == (
        "ax= is for one panel, and this figure has one a cause (relapse, further infusion). Name "
        "one with cause=, or leave ax= out."
    )
    with pytest.raises(ArgumentError, match="cause must be"):
        result.plot(cause="death")
    bare = result.plot(show_band=False)
    assert all(not ax.collections for ax in bare.axes)
    assert bare.ketanalysis_data["n_at_risk"].min() == 5
    assert isinstance(bare.ketanalysis_data, pl.DataFrame)
