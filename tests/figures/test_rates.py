"""Shares as bars: from 0 to 100 %, with their intervals and n/N."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from matplotlib.patches import Rectangle

from ketanalysis.errors import ArgumentError
from tests.figures import made


def bars(ax: object) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_bars_are_the_estimates_and_start_at_0() -> None:
    result = made.rates()
    figure = result.plot()
    assert figure.ketanalysis_data.equals(result.table)
    (ax,) = figure.axes
    heights = [bar.get_height() for bar in bars(ax)]
    assert heights == pytest.approx((100 * result.table["estimate"]).to_list())
    assert {bar.get_y() for bar in bars(ax)} == {0}
    assert ax.get_ylim() == (0, 100)
    assert ax.get_ylabel() == "Response on MADRS, % (95 % CI)"


def test_whiskers_are_the_intervals() -> None:
    result = made.rates()
    (ax,) = result.plot().axes
    whiskers = ax.containers[-1].lines[2][0].get_segments()
    ends = [value for (_, low), (_, high) in whiskers for value in (low, high)]
    table = result.table.select("conf_low", "conf_high").rows()
    assert ends == pytest.approx([100 * value for row in table for value in row])


def test_bars_of_a_visit_stand_beside_each_other() -> None:
    (ax,) = made.rates().plot().axes
    edges = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars(ax))
    assert len(edges) == 4
    assert all(a[1] <= b[0] for a, b in pairwise(edges))


def test_counts_stand_over_the_intervals_where_they_fit_and_else_under_the_axis() -> None:
    few = made.rates().plot()
    assert [t.get_text() for t in few.axes[0].texts] == ["0/6", "0/6", "0/6", "1/6"]
    visits = ("Baseline", *(f"Day {day}" for day in range(1, 12)))
    many = made.rates(visits=visits).plot(width="one")
    assert "Responders / subjects" in made.written(many)
    assert len([t for t in made.written(many) if t.endswith("/6")]) == 22


def test_one_visit_stands_by_handling_of_missing_scores() -> None:
    result = made.rates(missing=["nri", "observed"], only=["Day 7"])
    figure = result.plot()
    (ax,) = figure.axes
    labels = [t.get_text().replace("\n", " ") for t in ax.get_xticklabels()]
    assert labels == ["Missing counts as failure", "Observed scores only"]
    assert ax.get_xlabel() == "Day 7"
    assert figure.ketanalysis_data.equals(result.table)
    assert [t.get_text() for t in ax.texts] == ["0/6", "1/6", "0/5", "1/5"]


def test_one_visit_and_one_handling_stand_by_group() -> None:
    figure = made.rates(missing=["nri", "observed"], only=["Day 7"]).plot(missing="observed")
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.get_xticklabels()] == ["placebo", "ketamine"]
    assert ax.get_legend() is None
    assert figure.ketanalysis_data["missing"].unique().to_list() == ["observed"]


def test_several_visits_show_the_first_handling_and_say_so() -> None:
    figure = made.rates(missing=["nri", "observed"]).plot()
    assert figure.ketanalysis_data["missing"].unique().to_list() == ["nri"]
    assert figure.ketanalysis_caption == (
        "Response on MADRS by visit in placebo (n = 6) and ketamine (n = 6) with 95 % Wilson "
        "confidence intervals; missing scores: nri: a missing score counts as failure; 1 further "
        "handling not drawn."
    )


def test_the_text_for_those_who_do_not_see_it() -> None:
    figure = made.rates(missing=["nri", "observed"], only=["Day 7"]).plot()
    assert figure.ketanalysis_alt == (
        "Bar chart of response on MADRS at 1 visit, a bar each for placebo and ketamine. At Day 7 "
        "(missing counts as failure), placebo: 0 of 6 (0 %, 95 % CI 0 to 39); ketamine: 1 of 6 "
        "(17 %, 95 % CI 3 to 56). At Day 7 (observed scores only), placebo: 0 of 5 (0 %, 95 % CI "
        "0 to 43); ketamine: 1 of 5 (20 %, 95 % CI 4 to 62)."
    )


def test_nobody_in_the_denominator_is_no_bar() -> None:
    frame = made.scores().with_columns(
        AVAL=pl.when((pl.col("TRT01P") == "ketamine") & (pl.col("AVISIT") == "Day 7"))
        .then(None)
        .otherwise("AVAL")
    )
    result = made.estimate_response(frame, "MADRS", made.HALF, by="TRT01P", missing="observed")
    figure = result.plot()
    assert len(bars(figure.axes[0])) == 3
    assert figure.ketanalysis_alt.endswith("ketamine: no subjects.")


def test_a_handling_that_is_not_in_the_result_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.rates().plot(missing="locf")
    assert str(refusal.value) == "missing must be one of 'nri', not 'locf'."
