"""Which function draws which kind of result, and the one call that draws any of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.figures.style import drawing
from ketanalysis.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Drawer = Callable[..., Any]
FIGURES: dict[str, Drawer] = {}
FURTHER: dict[str, dict[str, Drawer]] = {}  # by kind of result, and name of the figure


def figure_of(kind: str, name: str = "") -> Callable[[Drawer], Drawer]:
    """Register the function that draws results of a kind (`Result.kind`).

    With a name it is a further figure of the kind, which ``plot(kind=name)`` chooses.
    """

    def register(drawer: Drawer) -> Drawer:
        if name:
            FURTHER.setdefault(kind, {})[name] = drawer
        else:
            FIGURES[kind] = drawer
        return drawer

    return register


def plot(
    result: Result, ax: Axes | None = None, *, kind: str | None = None, **options: Any
) -> Figure:
    """Draw the figure of a result, ready for print.

    Answers "what does it look like?". It draws what stands in the result and estimates nothing.

    Parameters
    ----------
    result
        A result of any analysis that has a figure.
    ax
        Matplotlib Axes to draw on; without it the figure is new. Numbers under an axis need
        room: make the Axes' figure with ``layout="constrained"``.
    kind
        The name of a further figure of the result, where there is one: "forest" of rates and
        comparisons, "raincloud" and "heatmap" of comparisons, "waterfall" of individual change,
        "attenuation" of acute effects.
    options
        ``width`` is "two" (columns of a journal, 6.9 inches) or "one" (3.35 inches). Further
        options by kind: see the functions of `ketanalysis.figures`.

    Returns
    -------
    matplotlib.figure.Figure
        With three attributes: ``ketanalysis_caption`` (one sentence), ``ketanalysis_alt``
        (what the figure shows, in words) and ``ketanalysis_data`` (a polars frame of what is
        drawn). The figure is not one of pyplot's; it shows itself in notebooks.

    Raises
    ------
    ArgumentError
        When the kind has no figure, an option is unknown, or `ax` is not an Axes.

    Notes
    -----
    Missing values: an estimate or interval that does not exist is not drawn. The same result
    gives the same bytes, whatever the settings of matplotlib.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> change = ka.estimate_change(ka.load_example("ketamine"), "MADRS", by="TRT01P")
    >>> figure = plot(change, width="one")
    >>> figure.get_size_inches()[0].item()
    3.35
    """
    if kind is not None and kind not in FURTHER.get(result.kind, {}) and _has_own(result.kind):
        options, kind = {"kind": kind, **options}, None
    drawer, what = _drawer(result.kind, kind)
    check_options(what, drawer, options)
    check_axes(ax)

    with drawing():
        figure: Figure = drawer(result, ax=ax, **options)
    return figure


def _has_own(kind: str) -> bool:
    """Whether the figure of a kind of result has an option `kind` of its own."""
    return kind in FIGURES and "kind" in inspect.signature(FIGURES[kind]).parameters


def _drawer(kind: str, name: str | None) -> tuple[Drawer, str]:
    """Return the function that draws the figure, and what it is called in a refusal."""
    further = FURTHER.get(kind, {})
    if name is None and kind in FIGURES:
        return FIGURES[kind], f"The figure of a {kind!r} result"
    if name is None:
        named = f"; by kind= there are {listed(map(repr, further))}" if further else ""
        raise ArgumentError(
            f"There is no figure for results of the kind {kind!r}{named}; there is one for "
            f"{listed(map(repr, FIGURES), 100)}."
        )
    if name not in further:
        has = (
            f"it has {listed(map(repr, further))}, and without kind= its own"
            if further
            else ("it has its own, without kind=")
        )
        raise ArgumentError(
            f"A {kind!r} result has no figure of the kind {name!r}; {has}."
            f"{near_miss(name, further)}"
        )
    return further[name], f"The {name} figure of a {kind!r} result"


def check_options(what: str, drawer: Drawer, options: dict[str, Any]) -> None:
    """Refuse an option that the drawer does not have, and name those that it has."""
    allowed = [
        name for name in inspect.signature(drawer).parameters if name not in ("result", "ax")
    ]
    for name in options:
        if name not in allowed:
            raise ArgumentError(
                f"{what} has no option {name!r}; it has {listed(allowed)}."
                f"{near_miss(name, allowed)}"
            )


def check_axes(ax: object) -> None:
    """Refuse what is no Axes."""
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise ArgumentError(f"ax must be a matplotlib Axes, not {type(ax).__name__}.")
