"""Adverse events: a line an event, the most frequent first, exact intervals and n/N."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ketanalysis.adverse_events.incidence import estimate_adverse_events
from ketanalysis.errors import ArgumentError
from tests.figures import made, made_events


def test_the_points_are_the_shares_and_the_lines_the_intervals() -> None:
    result = made_events.adverse_events()
    figure = result.plot()
    assert figure.ketanalysis_data.equals(result.table)
    ax, _ = figure.axes
    *lines, dots = [c for c in ax.collections if len(c.get_paths())]
    shares = np.asarray(dots.get_offsets())[:, 0]
    assert shares == pytest.approx((100 * result.table["estimate"]).to_list())
    for bars, arm in zip(lines, made.ARMS, strict=True):
        own = result.table.filter(pl.col("TRT01P") == arm).select("conf_low", "conf_high")
        ends = [(low, high) for (low, _), (high, _) in bars.get_segments()]
        assert np.array(ends) == pytest.approx(100 * own.to_numpy())


def test_any_event_is_on_top_and_the_frequent_ones_follow() -> None:
    ax, _ = made_events.adverse_events().plot().axes
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["Any event", "Headache", "Dissociation", "Nausea"]
    bottom, top = ax.get_ylim()
    assert top < 0 < bottom
    assert ax.get_xlabel() == "Subjects with the event, % (95 % CI)"


def test_counts_stand_at_the_right() -> None:
    ax, _ = made_events.adverse_events().plot().axes
    counts = ["3/10", "6/10", "3/10", "6/10", "2/10", "4/10", "1/10", "2/10"]
    assert [t.get_text() for t in ax.texts] == counts


def test_the_most_frequent_are_drawn_and_the_caption_says_of_how_many() -> None:
    figure = made_events.adverse_events().plot(most=2)
    assert figure.ketanalysis_data["AEDECOD"].unique(maintain_order=True).to_list() == [
        *("Any event", "Headache", "Dissociation"),
    ]
    assert figure.ketanalysis_caption == (
        "Subjects with each adverse event at least once in placebo (n = 10) and ketamine (n = 10) "
        "with 95 % exact (Clopper-Pearson) confidence intervals; way of asking not recorded; the 2 "
        "most frequent of 3 events; beside, differences to placebo (Miettinen-Nurminen)."
    )


def test_without_a_limit_all_are_drawn() -> None:
    names = tuple(f"Event {i:02d} with a rather long name in the dictionary" for i in range(25))
    result = made_events.adverse_events(names=names)
    assert result.plot().ketanalysis_data["AEDECOD"].n_unique() == 21
    assert result.plot(most=None).ketanalysis_data.equals(result.table)


def test_the_text_for_those_who_do_not_see_it() -> None:
    figure = made_events.adverse_events().plot(most=1)
    assert figure.ketanalysis_alt == (
        "Dot plot of 2 lines, one an adverse event, a point each for placebo and ketamine. Any "
        "event, placebo: 3 of 10 (30 %, 95 % CI 7 to 65); ketamine: 6 of 10 (60 %, 95 % CI 26 to "
        "88). Headache, placebo: 3 of 10 (30 %, 95 % CI 7 to 65); ketamine: 6 of 10 (60 %, 95 % "
        "CI 26 to 88)."
    )


def test_no_events_at_all_are_an_empty_figure_that_says_so() -> None:
    result = made_events.adverse_events()
    none = replace(result, table=result.table.clear())
    figure = none.plot()
    assert figure.ketanalysis_caption == "No adverse events were recorded."
    assert figure.ketanalysis_alt == "No adverse events were recorded."


@pytest.mark.parametrize("given", [0, 1.5, True, "all"])
def test_a_number_of_events_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        made_events.adverse_events().plot(most=given)
    assert str(refusal.value) == f"most must be a whole number of 1 or more events, not {given!r}."


def test_the_differences_stand_beside_and_have_their_intervals() -> None:
    result = made_events.adverse_events()
    _, beside = result.plot().axes
    theirs = result.contrasts.filter(pl.col("measure") == "risk difference")
    points = [line.get_xdata()[0] for line in beside.lines if line.get_marker() == "s"]
    assert points == pytest.approx((100 * theirs["estimate"]).to_list())
    ends = [c.get_segments()[0][:, 0].tolist() for c in beside.collections]
    expected = (100 * theirs.select("conf_low", "conf_high")).rows()
    assert [tuple(pair) for pair in ends] == [pytest.approx(pair) for pair in expected]
    assert beside.get_ylim() == result.plot().axes[0].get_ylim()
    assert len(result.plot(width="one").axes) == 1


def test_several_ways_of_asking_have_lines_of_their_own() -> None:
    trial = made_events.events_trial()
    ways = ["checklist" if i % 2 else "spontaneous" for i in range(trial.adae.height)]
    mixed = trial.with_(adae=trial.adae.with_columns(AEASCERT=pl.Series(ways)))
    figure = estimate_adverse_events(mixed, by="TRT01P").plot(most=1)
    labels = [t.get_text().replace("\n", " ") for t in figure.axes[0].get_yticklabels()]
    assert labels == [
        *("Any event (asked for by checklist)", "Headache (asked for by checklist)"),
        "Any event (asked for by spontaneous report)",
        "Headache (asked for by spontaneous report)",
    ]
    assert "apart: asked for by checklist; asked for by spontaneous report" in (
        figure.ketanalysis_caption
    )


def test_bars_of_severity_add_up_to_the_share() -> None:
    result = made_events.adverse_events()
    (ax,) = result.plot(kind="severity").axes
    widths: dict[float, float] = {}
    for bar in ax.patches:
        y = round(bar.get_y() + bar.get_height() / 2, 6)
        widths[y] = widths.get(y, 0) + bar.get_width()
    expected = 100 * result.table.filter(pl.col("count") > 0)["estimate"]
    assert [widths[y] for y in sorted(widths)] == pytest.approx(expected.to_list())
    without = replace(result, severity=pl.DataFrame())
    with pytest.raises(ArgumentError) as refusal:
        without.plot(kind="severity")
    assert str(refusal.value) == "The severity of events is not recorded: ADAE has no AESEV."


def test_onset_is_in_minutes_with_a_line_at_the_median() -> None:
    result = made_events.adverse_events()
    figure = result.plot(kind="onset")
    (ax,) = figure.axes
    assert ax.get_xlabel() == "Minutes from the start of the infusion to the onset"
    drawn = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() != "None")
    assert drawn == result.events.height
    medians = [line.get_xdata()[0] for line in ax.lines if line.get_linewidth() == 1.8]
    assert medians == pytest.approx((60 * figure.ketanalysis_data["median"]).to_list())
    with pytest.raises(ArgumentError) as refusal:
        replace(result, events=result.events.clear()).plot(kind="onset")
    assert str(refusal.value).startswith("No event has a time of onset: it needs AFRLT in ADAE")


def test_shares_by_infusion() -> None:
    result = made_events.event_infusions()
    figure = result.plot(event="Headache")
    (ax,) = figure.axes
    rows = result.table.filter(
        (pl.col("AEDECOD") == "Headache") & (pl.col("infusion").cast(pl.String) == "1")
    )
    firsts = [line.get_ydata()[0] for line in ax.lines if len(line.get_xdata()) == 2]
    assert firsts == pytest.approx((100 * rows["estimate"]).to_list())
    with pytest.raises(ArgumentError) as refusal:
        result.plot(event="Headahce")
    assert str(refusal.value) == (
        "event must be one of 'Any event', 'Headache', 'Dissociation', 'Nausea', not 'Headahce'. "
        "Did you mean Headache?"
    )


def test_rates_stand_with_their_events_and_exposure() -> None:
    result = made_events.event_rates()
    figure = result.plot(most=1)
    assert figure.ketanalysis_data["AEDECOD"].unique(maintain_order=True).to_list() == [
        *("Any event", "Headache"),
    ]
    assert "18/19" not in made.written(figure)
    assert "6/19" in made.written(figure)
    assert figure.ketanalysis_caption == (
        "Adverse events per infusion among exposed subjects (n = 20), with 95 % exact confidence "
        "intervals; all events; way of asking not recorded; the 1 most frequent of 3 events."
    )
