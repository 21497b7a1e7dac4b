"""Cells: even steps of lightness, numbers that can be read, and the values of the results."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.cells import BLACK, DARK, RAMP, ramp
from tests.figures import made
from tests.figures.test_style import lightness, luminance


def shaded(figure: object) -> np.ndarray:
    (mesh,) = [c for c in figure.axes[0].collections if isinstance(c, QuadMesh)]
    return np.ma.filled(mesh.get_array(), np.nan)


def test_the_ramp_falls_in_even_steps_of_lightness() -> None:
    steps = [a - b for a, b in pairwise(map(lightness, RAMP))]
    assert min(steps) > 8.5
    assert max(steps) - min(steps) < 0.6
    fine = [lightness(to_hex(ramp()(x))) for x in np.linspace(0, 1, 65)]
    assert all(a > b for a, b in pairwise(fine))


def test_numbers_can_be_read_on_every_shade() -> None:
    for shade in np.linspace(0, 1, 101):
        under = luminance(to_hex(ramp()(shade)))
        over = luminance("#FFFFFF" if shade > DARK else BLACK)
        light, dark = max(under, over), min(under, over)
        assert (light + 0.05) / (dark + 0.05) >= 4.2, shade  # black and white meet at 4.3


# --- shifts --------------------------------------------------------------------------------------


def test_the_cells_of_a_shift_are_its_row_shares() -> None:
    result = made.shift(by=None)
    figure = result.plot()
    rows = figure.ketanalysis_data
    assert (rows["n"] > 0).all()
    bands = rows["baseline_band"].unique(maintain_order=True).to_list()
    shares = rows["estimate"].to_numpy().reshape(len(bands), 5)
    drawn = np.delete(shaded(figure), 4, axis=1)  # the gap before the missing
    assert drawn == pytest.approx(100 * shares)
    texts = [t.get_text() for t in figure.axes[0].texts]
    for count, share in rows.select("count", "estimate").rows():
        assert (f"{count}\n{round(100 * share + 1e-9)} %" if count else "0") in texts
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == [
        *("none", "mild", "moderate", "severe", "missing"),
    ]


def test_who_stayed_in_a_band_is_framed() -> None:
    figure = made.shift(by=None).plot()
    frames = [
        p
        for p in figure.axes[0].patches
        if isinstance(p, Rectangle) and not p.get_fill() and p.get_linewidth() > 1
    ]
    assert [(p.get_x(), p.get_y()) for p in frames] == [(2, 0)]  # all are moderate at baseline


def test_the_words_of_a_shift() -> None:
    figure = made.shift().plot()
    assert figure.ketanalysis_caption == (
        "MADRS severity at baseline (rows) and at Day 7 (columns) in placebo (n = 6) and ketamine "
        "(n = 6): subjects and per cent of the row, darker for more, framed where the band is the "
        "same; missing scores: observed; Bands of MADRS: none 0 to 6, mild 7 to 19, moderate 20 to "
        "34, severe 35 to 60 (not verified; attributed to Snaith 1986); nobody at baseline: none, "
        "mild, severe and missing."
    )
    assert figure.ketanalysis_alt.startswith(
        "Table of cells of MADRS severity at baseline by severity at Day 7. placebo: lower band "
    )


# --- profiles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_the_cells_of_a_profile_are_its_statistics(statistic: str) -> None:
    result = made.profile()
    figure = result.plot(statistic=statistic)
    expected = result.table[statistic].to_numpy().reshape(2, 2).T  # scales by groups
    assert shaded(figure) == pytest.approx(expected)
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert len(texts) == 4
    assert figure.ketanalysis_data.columns == ["outcome", "group", statistic, "n"]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["Anxiety", "MADRS"]


def test_limits_and_labels_of_ones_own() -> None:
    figure = made.profile().plot(limits=(0, 200), labels={"MADRS": "Depression"})
    (mesh,) = [c for c in figure.axes[0].collections if isinstance(c, QuadMesh)]
    assert mesh.get_clim() == (0, 200)
    assert "Depression" in [t.get_text() for t in figure.axes[0].get_yticklabels()]
    with pytest.raises(ArgumentError) as refusal:
        made.profile().plot(limits=(1, 1))
    assert str(refusal.value) == "limits must be a lower and a higher value, not (1, 1)."
    with pytest.raises(ArgumentError) as refusal:
        made.profile().plot(statistic="mode")
    assert str(refusal.value) == "statistic must be one of 'mean', 'median', not 'mode'."


def test_the_heat_map_of_a_comparison_shows_its_means_and_medians() -> None:
    result = made.outcomes()
    figure = result.plot(kind="heatmap")
    rows = result.table.filter(pl.col("role") == "primary")
    assert shaded(figure)[:, 0] == pytest.approx(rows["mean_reference"].to_numpy())
    assert shaded(figure)[0, 1] == pytest.approx(rows["mean"][0])
    assert np.isnan(shaded(figure)[1, 1])  # nobody was scored: hatched
    assert "hatched: nobody was scored" in figure.ketanalysis_caption
    median = result.plot(kind="heatmap", statistic="median")
    assert median.ketanalysis_data["median"].to_list() == [
        *result.groups.filter(pl.col("outcome") == "ASC_ANX")["median"],
        *result.groups.filter(pl.col("outcome") == "ASC_BLISS")["median"],
    ]


def test_responders_have_a_column_a_group_and_side() -> None:
    result = made.responders()
    figure = result.plot(kind="heatmap")
    data = figure.ketanalysis_data
    assert data["group"].to_list() == [
        *("placebo, non-responder", "placebo, responder"),
        *("ketamine, non-responder", "ketamine, responder"),
    ]
    rows = result.table.filter((pl.col("role") == "primary") & (pl.col("missing") == "observed"))
    means = [v for row in rows.select("mean_reference", "mean").rows() for v in row]
    assert (
        data["mean"].to_list() == pytest.approx(means, nan_ok=True)
        or data["mean"].to_list() == means
    )


def test_every_subject_has_a_row_in_the_order_of_the_result() -> None:
    result = made.profile()
    figure = result.plot(kind="subjects")
    wide = result.data.pivot(on="outcome", index="number", values="value").sort("number")
    expected = wide.select("ANX", "MADRS").to_numpy()
    assert shaded(figure) == pytest.approx(expected, nan_ok=True)
    assert "USUBJID" not in figure.ketanalysis_data.columns
    assert "hatched: no score" in figure.ketanalysis_caption
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == [
        *("placebo\nn = 6", "ketamine\nn = 6"),
    ]


def test_numbers_that_have_no_room_are_left_out_and_it_is_said() -> None:
    figure = made.profile(n=120).plot(kind="subjects")
    assert len(figure.axes[0].texts) == 0
    assert figure.ketanalysis_caption.endswith("numbers are left out for want of room.")
    assert figure.get_figheight() < 9.5
