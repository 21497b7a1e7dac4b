"""What is felt infusion by infusion: what is drawn is the result."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from matplotlib.collections import LineCollection

from ketanalysis.errors import ArgumentError
from ketanalysis.study.sections import Section
from tests.figures import made, made_acute
from tests.study.test_infusion_sections import results


def changes() -> pl.DataFrame:
    rows = made_acute.acute_effects().table.with_columns(pl.col("infusion").cast(pl.String))
    return rows.filter(pl.col("measure") == "change", pl.col("infusion") != "all")


def test_the_points_are_the_means_and_the_bars_the_intervals() -> None:
    figure = made_acute.acute_effects().plot(kind="attenuation")
    (ax,) = figure.axes
    drawn = [y for line in ax.lines if len(line.get_ydata()) == 2 for y in line.get_ydata()]
    for mean in changes()["mean"]:
        assert any(y == pytest.approx(mean, rel=1e-12) for y in drawn)
    bars = [c for c in ax.collections if isinstance(c, LineCollection)]
    ends = [(low, high) for one in bars for (_, low), (_, high) in one.get_segments()]
    assert sorted(ends) == sorted(changes().select("conf_low", "conf_high").rows())
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2"]


def test_the_numbers_stand_under_the_axis_and_in_the_caption() -> None:
    figure = made_acute.acute_effects(n=7).plot(kind="attenuation")
    assert made.written(figure).count("7") == 2 * len(made.ARMS)
    assert "n = 7" in figure.ketanalysis_caption
    assert "whoever had no further infusion is in no later mean" in figure.ketanalysis_caption


def test_one_infusion_is_refused_and_left_out_of_a_report() -> None:
    result = made_acute.acute_effects()
    first = result.table.filter(pl.col("infusion").cast(pl.String) == "1")
    with pytest.raises(ArgumentError) as refusal:
        replace(result, table=first).plot(kind="attenuation")
    assert str(refusal.value) == ("Attenuation needs two infusions or more; the result holds one.")
    # The trial there is rated at its first infusion only.
    assert results()["acute_effects"].trend.is_empty()
    assert Section(results()).attenuation("acute_effects") is None
