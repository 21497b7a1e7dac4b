"""One call draws every kind of result: same bytes, no text as mathematics, nothing cut off."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from ketanalysis import figures
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import label_ticks
from ketanalysis.results import Result
from tests.durability.relapse_data import relapse_sensitivity
from tests.figures import made, made_prediction

KINDS = made.every_kind()
PICTURES = [*KINDS, *made.further()]
VARIANTS = {"change, time", "forest of rates", "raincloud of responders", "spaghetti with means"}
DRAWERS = [name for name in PICTURES if name not in VARIANTS]  # one a drawing function
# a panel a group
SIDE_BY_SIDE = (
    *("individual", "relapse_sensitivity", "shift", "waterfall", "stacked incidence"),
    *("restricted means", "early improvement"),
)
ONE_PANEL = {"responders": {"panel": "ketamine"}, "cumulative incidence": {"cause": "relapse"}}
THREE = ("placebo", "esketamine 56 mg nasal spray twice a week", "ketamine")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """No font here has every script; that alone may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield


def png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return buffer.getvalue()


def picture(
    name: str, arms: tuple[str, ...] = made.ARMS, *, is_simulated: bool = False, **options: Any
) -> Figure:
    """Draw one figure by name: that of a kind of result, or one of the further ones."""
    kinds = made.every_kind(arms)
    result, own = (kinds[name], {}) if name in kinds else made.further(arms)[name]
    return (made.simulated(result) if is_simulated else result).plot(**own, **options)


def without_panels(name: str) -> Result:
    """Return a result of the same figure without groups, which has one panel."""
    if name == "relapse_sensitivity":
        return relapse_sensitivity(by=None)
    if name == "stacked incidence":
        return made.incidence(by=None)
    if name == "restricted means":
        return made.restricted_means(by=None)
    if name == "early improvement":
        return made_prediction.early_rule(made.ARMS, by=None)
    return made.shift(by=None) if name == "shift" else made.individual(by=None)


@pytest.mark.parametrize("kind", DRAWERS)
def test_the_same_result_gives_the_same_bytes(kind: str) -> None:
    state = np.random.get_state()
    first = png(picture(kind))
    np.random.seed(99)
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "lines.linewidth": 9}):
        second = picture(kind)
    assert png(second) == first
    np.random.set_state(state)


@pytest.mark.parametrize("kind", PICTURES)
def test_a_figure_carries_its_words_and_leaves_nothing_behind(kind: str) -> None:
    before, state = dict(matplotlib.rcParams), np.random.get_state()[1].tolist()
    figure = picture(kind)
    assert dict(matplotlib.rcParams) == before
    assert np.random.get_state()[1].tolist() == state
    assert pyplot.get_fignums() == []

    assert figure.ketanalysis_caption.count("\n") == 0
    assert figure.ketanalysis_caption.endswith(".")
    assert "n = " in figure.ketanalysis_caption or kind.startswith("forest")
    assert "imulated" not in figure.ketanalysis_caption
    assert "Simulated data" not in made.written(figure)
    assert figure.ketanalysis_alt[0].isupper()
    assert figure.ketanalysis_data.height > 0


@pytest.mark.parametrize("kind", DRAWERS)
def test_simulated_data_are_marked(kind: str) -> None:
    figure = picture(kind, is_simulated=True)
    assert figure.ketanalysis_caption.endswith("; simulated data.")
    assert made.written(figure).count("Simulated data") == 1


@pytest.mark.parametrize("kind", DRAWERS)
def test_it_draws_on_given_axes(kind: str) -> None:
    given = Figure(layout="constrained")
    ax = given.subplots()
    if kind in SIDE_BY_SIDE:
        options = made.further()[kind][1] if kind in made.further() else {}
        figure = made.simulated(without_panels(kind)).plot(ax=ax, **options)
    else:
        figure = picture(kind, is_simulated=True, ax=ax, **ONE_PANEL.get(kind, {}))
    assert figure is given
    assert figure.axes[0] is ax
    assert len(figure.axes) == (2 if kind == "subjects" else 1)  # its ramp stands beside it
    assert figure.ketanalysis_caption
    assert made.written(figure).count("Simulated data") == 1


def test_it_draws_on_axes_of_a_subfigure() -> None:
    given = Figure(layout="constrained")
    ax = given.subfigures(1, 2)[1].subplots()
    assert KINDS["survival"].plot(ax=ax) is given


@pytest.mark.parametrize("kind", DRAWERS)
def test_texts_from_data_are_only_text(kind: str) -> None:
    with matplotlib.rc_context({"text.parse_math": True}):
        figure = picture(kind, made.HOSTILE, width="two" if kind.startswith("forest") else "one")
        png(figure)
    shown = " ".join(made.written(figure)).replace("\n", " ")
    assert "$\\foo{$" in shown
    assert "_nolegend_" in shown


@pytest.mark.parametrize(("width", "inches"), [("one", 3.35), ("two", 6.9)])
@pytest.mark.parametrize("kind", PICTURES)
def test_nothing_is_cut_off_in_the_widths_of_a_journal(
    kind: str, width: str, inches: float
) -> None:
    figure = picture(kind, THREE, is_simulated=True, width=width)
    inside = figure.bbox.padded(1)
    cut = [
        text.get_text()
        for text in made.texts(figure)
        if Bbox.union([inside, text.get_window_extent()]).bounds != inside.bounds
    ]
    assert cut == []
    assert figure.get_size_inches()[0] == inches


@pytest.mark.parametrize("n", [3, 12, 30])
def test_tick_labels_never_touch(n: int) -> None:
    figure = Figure(figsize=(3, 2), layout="constrained")
    ax = figure.subplots()
    ax.set_xlim(-0.5, n - 0.5)
    label_ticks(ax, range(n), [f"Follow-up {i}" for i in range(n)])
    figure.draw_without_rendering()
    labels = ax.get_xticklabels()
    if labels[0].get_rotation() == 0:
        boxes = [label.get_window_extent() for label in labels]
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
    assert (labels[0].get_rotation() == 0) == (n == 3)


def test_a_figure_shows_itself_in_a_notebook() -> None:
    picture = KINDS["change"].plot()._repr_png_()
    assert picture.startswith(b"\x89PNG")


def test_a_kind_without_figure_is_refused() -> None:
    result = Result(table=KINDS["change"].table, title="none")
    with pytest.raises(ArgumentError) as refusal:
        figures.plot(result)
    assert str(refusal.value) == (
        "There is no figure for results of the kind 'result'; there is one for "
        f"{', '.join(map(repr, figures.FIGURES))}."
    )
    assert {result.kind for result in KINDS.values()} <= {*figures.FIGURES}


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        KINDS["change"].plot(widht="one")
    assert str(refusal.value) == (
        "The figure of a 'change' result has no option 'widht'; it has width, measure, axis. "
        "Did you mean width?"
    )


def test_an_unknown_figure_of_a_result_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        KINDS["comparison"].plot(kind="rain")
    assert str(refusal.value) == (
        "A 'comparison' result has no figure of the kind 'rain'; it has 'forest', 'heatmap', "
        "'raincloud', and without kind= its own. Did you mean raincloud?"
    )
    with pytest.raises(ArgumentError) as refusal:
        KINDS["survival"].plot(kind="forest")
    assert str(refusal.value) == (
        "A 'survival' result has no figure of the kind 'forest'; it has its own, without kind=."
    )
    with pytest.raises(ArgumentError) as refusal:
        KINDS["comparison"].plot(kind="raincloud", outcom="ANX")
    assert str(refusal.value) == (
        "The raincloud figure of a 'comparison' result has no option 'outcom'; it has width, "
        "outcome, panel, bounds. Did you mean outcome?"
    )


@pytest.mark.parametrize("kind", SIDE_BY_SIDE)
def test_one_axes_for_several_panels_is_refused(kind: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        picture(kind, ax=Figure().subplots())
    assert str(refusal.value) == (
        "ax= is for one panel, and this figure has 2: placebo, ketamine. Leave ax= out, or take a "
        "result without by=."
    )


def test_an_unknown_width_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        KINDS["change"].plot(width=3.0)
    assert str(refusal.value) == "width must be one of 'one', 'two', not 3.0."


def test_what_is_no_axes_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        KINDS["change"].plot(ax=Figure())
    assert str(refusal.value) == "ax must be a matplotlib Axes, not Figure."
