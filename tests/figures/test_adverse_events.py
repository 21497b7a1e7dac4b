"""Adverse events: a line an event, the most frequent first, exact intervals and n/N."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from tests.figures import made


def test_the_points_are_the_shares_and_the_lines_the_intervals() -> None:
    result = made.adverse_events()
    figure = result.plot()
    assert figure.ketanalysis_data.equals(result.table)
    (ax,) = figure.axes
    *lines, dots = [c for c in ax.collections if len(c.get_paths())]
    shares = np.asarray(dots.get_offsets())[:, 0]
    assert shares == pytest.approx((100 * result.table["estimate"]).to_list())
    for bars, arm in zip(lines, made.ARMS, strict=True):
        own = result.table.filter(pl.col("TRT01P") == arm).select("conf_low", "conf_high")
        ends = [(low, high) for (low, _), (high, _) in bars.get_segments()]
        assert np.array(ends) == pytest.approx(100 * own.to_numpy())


def test_any_event_is_on_top_and_the_frequent_ones_follow() -> None:
    (ax,) = made.adverse_events().plot().axes
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels == ["Any event", "Headache", "Dissociation", "Nausea"]
    bottom, top = ax.get_ylim()
    assert top < 0 < bottom
    assert ax.get_xlabel() == "Subjects with the event, % (95 % CI)"


def test_counts_stand_at_the_right() -> None:
    (ax,) = made.adverse_events().plot().axes
    counts = ["3/10", "6/10", "3/10", "6/10", "2/10", "4/10", "1/10", "2/10"]
    assert [t.get_text() for t in ax.texts] == counts


def test_the_most_frequent_are_drawn_and_the_caption_says_of_how_many() -> None:
    figure = made.adverse_events().plot(most=2)
    assert figure.ketanalysis_data["AEDECOD"].unique(maintain_order=True).to_list() == [
        *("Any event", "Headache", "Dissociation"),
    ]
    assert figure.ketanalysis_caption == (
        "Subjects with each adverse event at least once in placebo (n = 10) and ketamine (n = 10) "
        "with 95 % exact (Clopper-Pearson) confidence intervals; the 2 most frequent of 3 events."
    )


def test_without_a_limit_all_are_drawn() -> None:
    names = tuple(f"Event {i:02d} with a rather long name in the dictionary" for i in range(25))
    result = made.adverse_events(names=names)
    assert result.plot().ketanalysis_data["AEDECOD"].n_unique() == 21
    assert result.plot(most=None).ketanalysis_data.equals(result.table)


def test_the_text_for_those_who_do_not_see_it() -> None:
    figure = made.adverse_events().plot(most=1)
    assert figure.ketanalysis_alt == (
        "Dot plot of 2 lines, one an adverse event, a point each for placebo and ketamine. Any "
        "event, placebo: 3 of 10 (30 %, 95 % CI 7 to 65); ketamine: 6 of 10 (60 %, 95 % CI 26 to "
        "88). Headache, placebo: 3 of 10 (30 %, 95 % CI 7 to 65); ketamine: 6 of 10 (60 %, 95 % "
        "CI 26 to 88)."
    )


def test_no_events_at_all_are_an_empty_figure_that_says_so() -> None:
    result = made.adverse_events()
    none = replace(result, table=result.table.clear())
    figure = none.plot()
    assert figure.ketanalysis_caption == "No adverse events were recorded."
    assert figure.ketanalysis_alt == "No adverse events were recorded."


@pytest.mark.parametrize("given", [0, 1.5, True, "all"])
def test_a_number_of_events_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.adverse_events().plot(most=given)
    assert str(refusal.value) == f"most must be a whole number of 1 or more events, not {given!r}."
