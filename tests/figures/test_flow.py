"""The flow diagram: every number is the table's, no text leaves its box, no box another's place."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.boxes import DASH, box_of, measure, wrapped
from tests.figures import made

LONG = (
    "placebo",
    "esketamine 56 mg nasal spray twice a week",
    "Esketamine-nasal-84mg-twice-weekly-extended",
    "ケタミン $x_1$ <b>",
)


def people(arms: tuple[str, ...] = made.ARMS, n: int = 30) -> pl.DataFrame:
    """Return n subjects an arm who leave treatment and study for several reasons."""
    i = np.arange(n * len(arms))
    left, stopped = i % 5 == 2, (i % 7 == 3) | (i % 11 == 1)
    reasons = np.array(["ADVERSE EVENT", "LOST TO FOLLOW-UP", "WITHDRAWAL BY SUBJECT"])[i % 3]

    def why(is_out: Any) -> list[str | None]:
        return [r if out else None for r, out in zip(reasons.tolist(), is_out, strict=True)]

    return pl.DataFrame(
        {
            "USUBJID": [f"{k:03}" for k in i],
            "TRT01P": pl.Series([arms[k // n] for k in i], dtype=pl.Enum(arms)),
            "RANDFL": ["Y"] * len(i),
            "SAFFL": np.where(i % 11 == 1, "N", "Y"),
            "ITTFL": ["Y"] * len(i),
            "PPROTFL": np.where(i % 4 == 0, "N", "Y"),
            "EOTSTT": np.where(stopped, "DISCONTINUED", "COMPLETED"),
            "DCTREAS": why(stopped),
            "EOSSTT": np.where(left, "DISCONTINUED", "COMPLETED"),
            "DCSREAS": why(left),
        }
    )


def drawn(arms: tuple[str, ...], width: str) -> Figure:
    log: dict[str, Any] = {"screened": 30 * len(arms) + 9}
    log["not_randomised"] = {"Not meeting the criteria of the protocol": 6, "Declined": 3}
    figure = ka.tabulate_disposition(people(arms), by="TRT01P", **log).plot(width=width)
    figure.draw_without_rendering()
    return figure


def boxes(figure: Figure) -> list[Any]:
    """Return the extents of the boxes; the grey bands at the left are none."""
    patches = [p for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    return [p.get_window_extent() for p in patches if p.get_facecolor()[:3] == (1.0, 1.0, 1.0)]


@pytest.mark.parametrize("width", ["one", "two"])
@pytest.mark.parametrize("n_arms", [2, 3, 4])
def test_no_text_leaves_its_box_and_no_box_covers_another(n_arms: int, width: str) -> None:
    figure = drawn(LONG[:n_arms], width)
    held = boxes(figure)
    assert len(held) == 3 + 4 * n_arms
    for text in made.texts(figure):
        if text.get_rotation() == 90:
            continue
        extent = text.get_window_extent()
        inside = [
            box
            for box in held
            if box.x0 <= extent.x0
            and extent.x1 <= box.x1
            and box.y0 <= extent.y0
            and extent.y1 <= box.y1
        ]
        assert len(inside) == 1, text.get_text()
    assert not any(one.overlaps(other) for one, other in combinations(held, 2))
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in held)


def test_the_numbers_are_those_of_the_table() -> None:
    result = ka.tabulate_disposition(people(), by="TRT01P")
    figure = result.plot()
    words = " ".join(made.written(figure)).replace("\u00a0", " ")
    for stage, reason, n, arm in result.table.select("stage", "reason", "count", "TRT01P").rows():
        if arm is None or reason != "reached":
            continue
        label = arm if stage == "randomised" else stage.capitalize()
        assert f"{label} (n = {n})" in words, (stage, arm)
    left = result.table.filter(stage="completed the study", reason="ADVERSE EVENT")
    assert sum(n for n in left.filter(pl.col("TRT01P").is_not_null())["count"]) > 0
    assert figure.ketanalysis_data.equals(result.table)


def test_a_reason_that_nobody_of_an_arm_had_is_not_in_its_box() -> None:
    frame = people().with_columns(
        DCSREAS=pl.when(pl.col("TRT01P") == "ketamine").then(pl.col("DCSREAS"))
    )
    result = ka.tabulate_disposition(frame, by="TRT01P")
    (ax,) = result.plot().axes
    middle = sum(ax.get_xlim()) / 2
    places = [t.get_position()[0] for t in ax.texts if "Adverse event" in t.get_text()]
    held = result.table.filter(pl.col("reason") == "ADVERSE EVENT", pl.col("count") > 0)
    left, right = (held.filter(TRT01P=arm).height for arm in made.ARMS)
    assert (left, right) == (sum(x < middle for x in places), sum(x > middle for x in places))
    assert held.filter(TRT01P="placebo", stage="completed the study").is_empty()


@pytest.mark.parametrize("width", ["one", "two"])
def test_a_single_arm_is_one_column(width: str) -> None:
    figure = ka.tabulate_disposition(people(("ketamine",))).plot(width=width)
    figure.draw_without_rendering()
    held = boxes(figure)
    assert len(held) == 4
    assert len({round((box.x0 + box.x1) / 2) for box in held}) == 1
    bands = [t.get_text() for t in figure.axes[0].texts if t.get_rotation() == 90]
    assert bands == ["Enrolment", "Treatment", "Follow-up", "Analysis"]


def test_grey_is_enough() -> None:
    figure = drawn(made.ARMS, "two")
    colours = {
        tuple(colour)
        for patch in figure.axes[0].patches
        for colour in (patch.get_facecolor()[:3], patch.get_edgecolor()[:3])
    }
    assert all(max(colour) - min(colour) < 0.06 for colour in colours)


def test_axes_that_are_too_small_are_refused() -> None:
    given = Figure(figsize=(6.4, 1.5), layout="constrained")
    with pytest.raises(ArgumentError) as refusal:
        ka.tabulate_disposition(people(), by="TRT01P").plot(ax=given.subplots())
    assert str(refusal.value).startswith("The flow diagram needs Axes ")
    assert str(refusal.value).endswith("these are 1.4. Make the figure higher, or leave out ax.")


def test_the_words() -> None:
    figure = drawn(made.ARMS, "two")
    assert figure.ketanalysis_caption == (
        "Flow of the subjects through the trial, randomised n = 60."
    )
    assert figure.ketanalysis_alt.startswith(
        "Flow diagram from enrolment to analysis, a column each for placebo and ketamine. "
        "Screened: 69. Randomised: 60. Treated: placebo 27 and ketamine 27."
    )


# --- boxes ------------------------------------------------------------------------------------


def test_words_are_broken_where_they_do_not_fit() -> None:
    assert wrapped("Lost to follow-up", 40.0) == ["Lost to", "follow-up"]
    assert wrapped("", 40.0) == [""]
    for line in wrapped("Esketamine-nasal-84mg extraordinarily", 30.0):
        assert measure(line) <= 30.0
    assert wrapped("extraordinarily", 30.0)[0].endswith("-")
    assert wrapped("twice-weekly", 35.0) == ["twice-", "weekly"]


def test_a_wide_sign_takes_a_whole_font_size() -> None:
    assert measure("ケ", size=7.0) == 7.0
    assert measure("ケタaミ", size=7.0) == pytest.approx(21.0 + measure("a", size=7.0))


def test_the_second_line_of_a_reason_stands_under_its_words() -> None:
    box = box_of(((f"{DASH}Withdrawal by subject (n = 3)", False),), 60.0)
    first, *rest = box.lines
    assert first[2] == 0.0
    assert rest
    assert {indent for _, _, indent in rest} == {measure(DASH)}
