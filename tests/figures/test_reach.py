"""What our lay-out measures is what matplotlib measures, of every kind of thing beside Axes."""

from __future__ import annotations

import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ketanalysis.figures.pen import UNHINTED, ruler
from ketanalysis.figures.reach import reach_of
from ketanalysis.figures.still import keep_still
from ketanalysis.figures.style import settings
from tests.figures import made

LITTLE = 1e-6  # of a dot: the order in which floats are added
KINDS = ("change", "survival", "sensitivity", "rates", "early improvement", "course", "vital signs")


def agree(ax: Axes) -> bool:
    """Whether both measure the same box, and ours does so again from its memory."""
    pen = ruler(ax.figure.figure.dpi)
    with rc_context(UNHINTED):
        theirs = ax.get_tightbbox(pen, for_layout_only=True)
        assert theirs is not None
        for _ in range(2):
            with keep_still([ax], pen):
                ours = reach_of(ax, pen)
            assert ours.extents == pytest.approx(theirs.extents, abs=LITTLE)
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_axes_of_our_figures_reach_as_far_as_matplotlib_says(kind: str) -> None:
    figure = made.simulated(made.every_kind()[kind]).plot()
    assert all(agree(ax) for ax in figure.axes)


def drawn() -> tuple[Figure, Axes]:
    with rc_context({**settings(), **UNHINTED}):
        figure = Figure((4, 3), dpi=100)
        ax = figure.add_axes((0.3, 0.3, 0.4, 0.4))
        ax.set(xscale="log", xlim=(1, 1000), ylim=(5, 0), xlabel="dose", ylabel="change\nof score")
    return figure, ax


@pytest.mark.parametrize(
    "look",
    [
        {"xycoords": "axes fraction", "textcoords": "offset points"},
        {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "rotation": 90},
        {"xycoords": "data", "textcoords": "offset points", "annotation_clip": False},
        {"xycoords": "data", "textcoords": "offset points"},
        {"xycoords": "data", "textcoords": "offset pixels", "annotation_clip": False},
        {"xycoords": "axes fraction", "textcoords": "axes fraction", "fontsize": 14},
        {"xycoords": "axes fraction", "textcoords": "offset points", "clip_on": True},
        {"xycoords": "axes fraction", "textcoords": "offset points", "bbox": {"pad": 6}},
        {
            "xycoords": "axes fraction",
            "textcoords": "offset points",
            "arrowprops": {"arrowstyle": "->"},
        },
        {"xycoords": "axes fraction", "textcoords": "offset points", "visible": False},
        {"xycoords": "axes fraction", "textcoords": "offset points", "family": "serif"},
        {
            "xycoords": "axes fraction",
            "textcoords": "offset points",
            "parse_math": True,
            "text": "far away: $x^{2^3}$",
        },
    ],
)
def test_notes_of_every_kind_are_measured(look: dict[str, object]) -> None:
    _, ax = drawn()
    text = str(look.pop("text", "far away\nof it"))
    with rc_context({**settings(), **UNHINTED}):
        ax.annotate(text, (2000, -1), xytext=(1.5, 1.2), **look)
        ax.annotate(text, (0.5, 1), xytext=(-100, 10), **look)
    assert agree(ax)


def test_ticks_of_every_kind_are_measured() -> None:
    _, ax = drawn()
    with rc_context({**settings(), **UNHINTED}):
        ax.tick_params(axis="x", labelrotation=40, labelsize=12, labeltop=True)
        ax.set_yticks([0, 2, 5, 9], ["none", "", "a long label\nin two lines", "beyond"])
        ax.xaxis.set_label_position("top")
        ax.yaxis.tick_right()
        ax.set_title("a title")
        inside = ax.inset_axes((0.8, 0.6, 0.5, 0.5))
        inside.set_xlabel("of the inset")
    assert agree(ax)


def test_axes_are_as_before_when_they_need_not_keep_still_any_more() -> None:
    _, ax = drawn()
    before = [set(vars(axis)) for axis in (ax.xaxis, ax.yaxis)]
    pen = ruler(100)
    with keep_still([ax], pen):
        ax.get_tightbbox(pen)
    ax.set_yticks([0, 5], ["a", "b"])
    ax.get_tightbbox(pen)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    after = [set(vars(axis)) for axis in (ax.xaxis, ax.yaxis)]
    assert not any(
        {"_update_ticks", "_get_ticklabel_bboxes"} & names for names in (*before, *after)
    )
