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


def figure_of(kind: str) -> Callable[[Drawer], Drawer]:
    """Register the function that draws results of a kind (`Result.kind`)."""

    def register(drawer: Drawer) -> Drawer:
        FIGURES[kind] = drawer
        return drawer

    return register


def plot(result: Result, ax: Axes | None = None, **options: Any) -> Figure:
    """Draw the figure of a result, ready for print.

    Answers "what does it look like?". It draws what stands in the result and estimates nothing.

    Parameters
    ----------
    result
        A result of any analysis that has a figure.
    ax
        Matplotlib Axes to draw on; without it the figure is new. Numbers under an axis need
        room: make the Axes' figure with ``layout="constrained"``.
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
    if result.kind not in FIGURES:
        raise ArgumentError(
            f"There is no figure for results of the kind {result.kind!r}; there is one for "
            f"{listed(map(repr, FIGURES), 50)}."
        )
    drawer = FIGURES[result.kind]
    _check_options(result.kind, drawer, options)
    _check_axes(ax)

    with drawing():
        figure: Figure = drawer(result, ax=ax, **options)
    return figure


def _check_options(kind: str, drawer: Drawer, options: dict[str, Any]) -> None:
    allowed = [
        name for name in inspect.signature(drawer).parameters if name not in ("result", "ax")
    ]
    for name in options:
        if name not in allowed:
            raise ArgumentError(
                f"The figure of a {kind!r} result has no option {name!r}; it has "
                f"{listed(allowed)}.{near_miss(name, allowed)}"
            )


def _check_axes(ax: object) -> None:
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise ArgumentError(f"ax must be a matplotlib Axes, not {type(ax).__name__}.")
