"""Drop-out, balance at baseline, concomitant treatments: what is drawn is what the results hold."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.participants.standardised import by_chance
from tests.figures import made


@pytest.fixture(scope="module")
def flow() -> ka.Result:
    return ka.tabulate_disposition(made.scores(n=6), by="TRT01P", scale="MADRS")


# --- drop-out ---------------------------------------------------------------------------------


def test_the_steps_are_who_is_still_in(flow: ka.Result) -> None:
    figure = flow.plot(kind="dropout")
    (ax,) = figure.axes
    assert [line.get_drawstyle() for line in ax.lines] == ["steps-post"] * 2
    drawn = [line.get_ydata().tolist()[:3] for line in ax.lines]  # type: ignore[union-attr]
    assert drawn == [[100.0, 100.0, pytest.approx(500 / 6)]] * 2
    assert figure.ketanalysis_data["n"].to_list() == [6, 6, 5] * 2
    under = [t.get_text() for t in ax.texts if t.get_text().isdigit()]
    assert under == ["6", "6", "5"] * 2


def test_who_missed_a_visit_is_still_in_and_said() -> None:
    frame = made.scores(n=6).filter((pl.col("AVISIT") != "4 h") | (pl.col("USUBJID") != "0-1"))
    figure = ka.tabulate_disposition(frame, by="TRT01P", scale="MADRS").plot(kind="dropout")
    assert "6 (5)" in made.written(figure)
    assert figure.ketanalysis_data["n"].to_list() == [6, 6, 5] * 2
    assert figure.ketanalysis_caption == (
        "Share of subjects still in, by visit, in placebo (n = 6) and ketamine (n = 6); a subject "
        "has left after the last visit with a MADRS score; in brackets those scored at the visit, "
        "where some missed it."
    )


def test_drop_out_of_one_group(flow: ka.Result) -> None:
    figure = ka.tabulate_disposition(made.scores(n=6), scale="MADRS").plot(kind="dropout")
    assert figure.axes[0].get_legend() is None
    assert figure.ketanalysis_alt == (
        "Step curve of the subjects still in, over 3 visits, one line. At Day 7, 10 of 12."
    )


@pytest.mark.parametrize("width", ["one", "two"])
def test_drop_out_in_both_widths(flow: ka.Result, width: str) -> None:
    figure = made.simulated(flow).plot(kind="dropout", width=width)
    inside = figure.bbox.padded(1)
    for text in made.texts(figure):
        extent = text.get_window_extent()
        assert inside.x0 <= extent.x0, text.get_text()
        assert extent.x1 <= inside.x1, text.get_text()


# --- balance ----------------------------------------------------------------------------------


def test_the_points_are_the_standardised_differences() -> None:
    result = ka.tabulate_baseline(made.subjects(), by="TRT01P")
    figure = result.plot()
    (ax,) = figure.axes
    points = [x for line in ax.lines for x in line.get_xdata() if line.get_marker() == "o"]
    assert points == result.contrasts["estimate"].abs().to_list()
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "Age, years",
        "Sex",
        "Psychiatric hospital stay before the study",
    ]
    assert f"grey up to {by_chance(8, 8):.2f}" in figure.ketanalysis_caption
    assert figure.ketanalysis_data.equals(result.contrasts)


def test_what_is_not_estimable_has_its_line_without_a_point() -> None:
    frame = made.subjects().with_columns(AGE=pl.lit(40))
    figure = ka.tabulate_baseline(frame, ["AGE", "SEX"], by="TRT01P").plot()
    (ax,) = figure.axes
    assert len(ax.get_yticklabels()) == 2
    assert [len(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"] == [1]


def test_three_groups_have_a_look_a_pair() -> None:
    arms = ("a", "b", "c")
    figure = ka.tabulate_baseline(made.subjects(arms), by="TRT01P").plot(width="one")
    markers = [line.get_marker() for line in figure.axes[0].lines]
    assert [one for one in markers if one in "os^"] == ["o", "s", "^"]
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["b minus a", "c minus a", "c minus b"]


def test_no_groups_no_figure() -> None:
    with pytest.raises(ArgumentError) as refusal:
        ka.tabulate_baseline(made.subjects()).plot()
    assert str(refusal.value) == (
        "The result holds no standardised differences to draw: they need by= with groups in a "
        "declared order."
    )


# --- concomitant treatments -------------------------------------------------------------------


def test_the_points_are_the_shares_and_the_lines_their_intervals() -> None:
    result = made.concomitant()
    figure = result.plot()
    rows = result.table.filter(period="during")
    assert figure.ketanalysis_data.equals(rows)
    (ax,) = figure.axes
    points = [x for line in ax.lines for x in line.get_xdata() if line.get_marker() in ("o", "s")]
    by_arm = rows.sort("TRT01P", maintain_order=True)["estimate"] * 100
    assert points == pytest.approx(by_arm.to_list())
    counts = {f"{count}/{n}" for count, n in rows.select("count", "n").rows()}
    assert counts <= set(made.written(figure))
    assert ax.get_xlabel() == "Subjects with the treatment during the trial, % (95 % CI)"


def test_another_period_and_one_that_is_none() -> None:
    figure = made.concomitant().plot(period="before")
    assert set(figure.ketanalysis_data["period"]) == {"before"}
    with pytest.raises(ArgumentError) as refusal:
        made.concomitant().plot(period="after")
    assert str(refusal.value) == (
        "period must be one of 'any', 'before', 'during', 'new', not 'after'."
    )
