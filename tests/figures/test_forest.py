"""Forest plots: marks and numbers are those of the results, and no row is lost."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from tests.figures import made

INF = math.inf
FRAME = pl.DataFrame(
    {
        "heading": ["Sex", "Sex", "Age", "Age"],
        "label": ["women", "men", "under 50", "50 and over"],
        "estimate": [2.0, 1.5, None, 0.5],
        "conf_low": [1.1, 0.7, None, 0.0],
        "conf_high": [3.6, INF, None, 20.0],
        "p_value": [0.02, 0.3, None, 0.5],
        "count": [10, 3, 0, 4],
        "n": [20, 11, 0, 20],
        "count_reference": [4, 3, 0, 3],
        "n_reference": [18, 13, 2, 15],
        "note": [None, None, "no subject in the group", None],
    }
)


def squares(figure: Figure) -> list[float]:
    return [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "s"]


def spans(figure: Figure) -> list[tuple[float, float]]:
    lines = [ln for ln in figure.axes[0].lines if len(ln.get_xdata()) == 2]
    level = [ln for ln in lines if ln.get_ydata()[0] == ln.get_ydata()[1]]
    return [tuple(map(float, ln.get_xdata())) for ln in level]


def arrows(figure: Figure) -> list[tuple[str, float]]:
    return [
        (line.get_marker(), float(line.get_xdata()[0]))
        for line in figure.axes[0].lines
        if line.get_marker() in ("<", ">")
    ]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


# --- rates ---------------------------------------------------------------------------------------


def test_the_contrasts_of_rates_are_drawn_in_percentage_points() -> None:
    result = made.rates(("nri", "observed"))
    figure = result.plot(kind="forest", show_p=True)
    rows = result.contrasts.filter(pl.col("measure") == "risk difference")
    assert squares(figure) == pytest.approx((100 * rows["estimate"]).to_list())
    assert spans(figure) == [
        pytest.approx((100 * a, 100 * b)) for a, b in rows.select("conf_low", "conf_high").rows()
    ]
    assert figure.ketanalysis_data["estimate"].to_list() == rows["estimate"].to_list()
    assert figure.axes[0].get_xlabel() == "Risk difference, percentage points (95 % CI)"
    shown = words(figure)
    assert {"non-responder imputation", "observed cases", "4 h", "Day 7"} <= set(shown)
    assert {"ketamine", "placebo", "Estimate\n(95 % CI)", "p"} <= set(shown)


def test_counts_are_those_of_the_table() -> None:
    result = made.rates("observed")
    shown = words(result.plot(kind="forest"))
    table = result.table.filter(pl.col("AVISIT") == "Day 7")
    for count, n in table.select("count", "n").rows():
        assert f"{count}/{n}" in shown


def test_ratios_stand_on_a_log_axis_and_an_infinite_one_is_an_arrow() -> None:
    result = made.rates("nri")
    figure = result.plot(kind="forest", measure="risk ratio")
    rows = result.contrasts.filter(pl.col("measure") == "risk ratio")
    assert rows["estimate"].to_list() == [None, INF]  # nobody responds; nobody in placebo does
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    assert squares(figure) == []
    assert arrows(figure) == [(">", ax.get_xlim()[1])]
    assert spans(figure) == [(pytest.approx(rows["conf_low"][1]), ax.get_xlim()[1])]
    assert {"not estimable", "∞ (0.27 to ∞)"} <= set(words(figure))
    assert "logarithmic axis; an arrow: the interval" in figure.ketanalysis_caption
    vertical = [ln for ln in ax.lines if ln.get_xdata()[0] == ln.get_xdata()[-1] == 1]
    assert len(vertical) == 1  # no effect


def test_three_arms_have_a_heading_a_contrast() -> None:
    result = made.rates("nri", arms=("placebo", "esketamine", "ketamine"))
    figure = result.plot(kind="forest")
    shown = words(figure)
    assert "esketamine minus placebo" in shown
    assert "ketamine minus placebo" in shown
    assert {"Group", "Reference"} <= set(shown)


def test_rates_without_contrasts_are_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        made.rates(by=None).plot(kind="forest")
    assert str(refusal.value) == (
        "The result holds no contrasts: a forest plot of rates needs by= with groups in order."
    )
    with pytest.raises(ArgumentError) as refusal:
        made.rates().plot(kind="forest", measure="number needed to treat")
    assert str(refusal.value) == (
        "measure must be one of 'risk difference', 'risk ratio', 'odds ratio', not 'number needed "
        "to treat'."
    )


# --- comparisons ---------------------------------------------------------------------------------


def test_a_comparison_over_outcomes() -> None:
    result = made.outcomes()
    figure = result.plot(kind="forest", show_p=True)
    rows = result.table.filter(pl.col("role") == "primary")
    assert rows["estimate"].null_count() == 1
    assert squares(figure) == [rows["estimate"][0]]
    shown = words(figure)
    assert {"Anxiety", "Blissful state", "not estimable", "p\nadjusted"} <= set(shown)
    assert "not estimable: 1 of 2" in figure.ketanalysis_caption
    g = result.plot(kind="forest", measure="Hedges g")
    assert squares(g) == [rows["effect_size"][0]]
    assert spans(g) == [(rows["effect_low"][0], rows["effect_high"][0])]
    assert g.axes[0].get_xlabel() == "Hedges g (95 % CI)"


def test_responders_show_their_primary_handling_by_group() -> None:
    result = made.responders()
    figure = result.plot(kind="forest")
    rows = result.table.filter((pl.col("role") == "primary") & (pl.col("missing") == "observed"))
    known = [v for v in rows["estimate"] if v is not None]
    assert squares(figure) == known
    assert {"placebo", "ketamine", "not estimable"} <= set(words(figure))


def test_three_groups_show_their_pairs() -> None:
    result = made.several()
    figure = result.plot(kind="forest", show_p=True)
    pairs = result.table.filter(pl.col("role") == "pairwise")
    assert squares(figure) == pairs["estimate"].to_list()
    assert spans(figure) == list(zip(pairs["conf_low"], pairs["conf_high"], strict=True))
    assert {"low minus placebo", "high minus placebo", "p\nadjusted"} <= set(words(figure))
    assert squares(result.plot(kind="forest", measure="Hedges g")) == pairs["effect_size"].to_list()


def test_a_forest_of_groups_starts_at_no_difference() -> None:
    frame = pl.DataFrame({"G": list("aabbcc"), "X": [1, 4, 2, 6, 3, 9]})
    alone = made.compare_groups(frame, "X", "G", reference="a", test="anova")
    with pytest.raises(ArgumentError) as refusal:
        alone.plot(kind="forest")
    assert str(refusal.value) == (
        "A forest plot of three or more groups shows their pairs, and this result has none: name "
        "pairwise= in the comparison."
    )
    two = frame.filter(pl.col("G") != "c")
    options = {"reference": "a", "test": "brunner-munzel"}
    half = made.compare_groups(two, "X", "G", effect="superiority", **options)
    with pytest.raises(ArgumentError) as refusal:
        half.plot(kind="forest")
    assert str(refusal.value) == (
        "A forest plot of groups starts from no difference at 0, and this result holds "
        "probabilities of superiority, which are 0.5 there: name another test or effect."
    )
    delta = made.compare_groups(two, "X", "G", effect="cliffs-delta", **options)
    assert delta.plot(kind="forest").axes[0].get_xlabel() == "Cliff delta (95 % CI)"


# --- frames and several results ------------------------------------------------------------------


def test_a_tidy_frame_with_headings_arrows_and_rows_that_are_not_estimable() -> None:
    figure = ka.plot_forest(FRAME, scale="log", show_p=True, limits=(0.2, 10))
    assert squares(figure) == [2.0, 1.5, 0.5]
    assert spans(figure) == [(1.1, 3.6), (0.7, 10.0), (0.2, 10.0)]
    assert arrows(figure) == [(">", 10.0), ("<", 0.2), (">", 10.0)]
    shown = words(figure)
    assert {"Sex", "Age", "women", "under 50", "10/20", "4/18", "0/0", "not estimable"} <= {*shown}
    assert "1.50 (0.70 to ∞)" in shown
    data = figure.ketanalysis_data
    assert data["label"].to_list() == FRAME["label"].to_list()
    assert data["note"][2] == "no subject in the group"
    assert figure.ketanalysis_caption == (
        "Estimate, with 95 % confidence intervals; logarithmic axis; an arrow: the interval goes "
        "on beyond the axis; not estimable: 1 of 4."
    )


def test_a_log_axis_goes_no_farther_than_eight_times_beyond_the_estimates() -> None:
    (ax,) = ka.plot_forest(FRAME, scale="log").axes
    low, high = ax.get_xlim()
    assert 0.5 / 8 / 1.5 < low < 0.5
    assert 2 < high < 2 * 8 * 1.5


def test_an_estimate_beyond_given_limits_is_an_arrow_and_its_text_stays() -> None:
    frame = pl.DataFrame({"label": ["a"], "estimate": [5.0], "conf_low": [4.0], "conf_high": [6.0]})
    figure = ka.plot_forest(frame, limits=(-1, 2))
    assert squares(figure) == []
    assert arrows(figure) == [(">", 2.0)]
    assert "5.0 (4.0 to 6.0)" in words(figure)


def test_several_results_stand_under_their_names() -> None:
    results = {"MADRS": made.rates("nri"), "At the end": made.rates("nri", only=["Day 7"])}
    figure = ka.plot_forest(results)
    rows = pl.concat([r.contrasts for r in results.values()], how="diagonal")
    rows = rows.filter(pl.col("measure") == "risk difference")
    assert squares(figure) == pytest.approx((100 * rows["estimate"]).to_list())
    assert {"MADRS", "4 h", "Day 7", "At the end"} <= set(words(figure))
    assert figure.ketanalysis_data["heading"].to_list() == ["MADRS", "MADRS", ""]


def test_pandas_and_column_names_of_ones_own() -> None:
    own = FRAME.rename({"label": "Untergruppe", "heading": "Block"}).to_pandas()
    assert isinstance(own, pd.DataFrame)
    figure = ka.plot_forest(own, label="Untergruppe", heading="Block", scale="log")
    assert squares(figure) == [2.0, 1.5, 0.5]


def test_what_favours_whom_stands_under_the_axis() -> None:
    figure = ka.plot_forest(FRAME, favours=("favours placebo", "favours drug"), scale="log")
    assert figure.axes[0].get_xlabel().endswith("\n← favours placebo   favours drug →")


def test_in_one_column_numbers_stand_under_their_labels() -> None:
    shown = words(ka.plot_forest(FRAME, width="one", scale="log", show_p=True))
    assert "women\n10/20 v 4/18" in shown
    assert "2.00\n(1.10 to 3.60)" in shown
    assert "p 0.020" in shown


def test_the_text_for_those_who_do_not_see_it() -> None:
    figure = ka.plot_forest(FRAME, scale="log")
    assert figure.ketanalysis_alt == (
        "Forest plot of 4 rows, estimate. Sex, women: 2.00 (1.10 to 3.60); Sex, men: 1.50 (0.70 to "
        "∞); Age, under 50: not estimable; Age, 50 and over: 0.50 (0.00 to 20.00)."
    )


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (
            FRAME.drop("conf_low"),
            {},
            "plot_forest needs the column conf_low; the frame has heading, label, estimate, "
            "conf_high, p_value, count, n, count_reference, n_reference, note.",
        ),
        (
            FRAME.drop("label"),
            {},
            "plot_forest needs label=: the column that names the rows (or a column called label).",
        ),
        (FRAME.clear(), {}, "plot_forest needs at least one estimate; there is no row."),
        ([], {}, "plot_forest needs at least one result; the list is empty."),
        (
            FRAME.with_columns(measure=pl.Series(["risk ratio", "odds ratio"] * 2)),
            {},
            "The frame holds several measures, which share no axis: risk ratio, odds ratio. Choose "
            "one with measure=.",
        ),
        (
            FRAME,
            {"limits": (3, 1)},
            "limits must be the lower and the upper end of the axis, not (3, 1).",
        ),
        (
            FRAME,
            {"limits": (0, 1), "scale": "log"},
            "limits must be the lower and the upper end of the axis, both above 0 on a log axis, "
            "not (0, 1).",
        ),
        (FRAME, {"limits": (0, INF)}, "limits must be two finite numbers, not (0, inf)."),
        (FRAME, {"scale": "ln"}, "scale must be one of 'linear', 'log', not 'ln'."),
        (FRAME, {"ax": 3}, "ax must be a matplotlib Axes, not int."),
    ],
)
def test_what_cannot_be_drawn_is_refused(given: Any, options: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        ka.plot_forest(given, **options)
    assert str(refusal.value) == message


def test_results_that_share_no_axis_are_refused() -> None:
    mixed = {"a": made.rates("nri"), "b": made.outcomes()}
    with pytest.raises(ArgumentError) as refusal:
        ka.plot_forest(mixed)
    assert str(refusal.value) == (
        "A forest plot has one axis and one measure; the results hold 'difference', 'risk "
        "difference'. Choose one with measure=."
    )
    with pytest.raises(ArgumentError) as refusal:
        ka.plot_forest(made.change())
    assert str(refusal.value) == (
        "A 'change' result has no estimates for a forest plot: its table must have the columns "
        "estimate, conf_low, conf_high."
    )


def test_a_short_log_axis_has_ticks_to_read_it_by() -> None:
    near_one = pl.DataFrame(
        {"label": ["a", "b"], "estimate": [0.97, 0.94], "conf_low": [0.93, 0.80],
         "conf_high": [1.0, 1.11]}
    )  # fmt: skip
    (ax,) = ka.plot_forest(near_one, scale="log").axes
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.8", "0.9", "1", "1.1"]
