"""What optimism takes from a model: each measure as it was found and as it is corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketanalysis.figures.layout import canvas, finish, hold_height
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GREY, clean, look, sober, wrap
from ketanalysis.figures.words import caption_of
from ketanalysis.rounding import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.34  # inches a row
SIGNS = {"one": 22, "two": 46}
LABELS = ("Apparent", "Corrected for optimism")


@figure_of("validation")
def validation(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw each measure as found in the data of the fit and corrected, joined by a line.

    Parameters
    ----------
    result
        A result of `validate_model`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` is the table.

    Notes
    -----
    Missing values: a measure without a corrected value has its line and no point.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"y": [0, 1, 0, 1, 1, 0, 1, 0], "x": [1, 4, 3, 2, 6, 5, 7, 3]}
    >>> found = ka.validate_model(ka.fit_logistic(data, "y ~ x"), "leave-one-out")
    >>> found.plot().axes[0].get_xlabel()
    'Performance for y'
    """
    rows = result.table.to_dicts()
    figure, axes = canvas(ax, width, 3)
    for y, row in enumerate(rows):
        ends = (row["estimate"], row["corrected"])
        if None not in ends:
            axes.plot(ends, [y, y], color=GREY, linewidth=1.0, zorder=1)
        for place, value in enumerate(ends):
            one = look(place)
            x = [] if value is None else [value]
            axes.plot(
                x,
                [y] * len(x),
                marker=one.marker,
                color=one.colour,
                markersize=6,
                markeredgecolor="white",
                markeredgewidth=0.6,
                linestyle="none",
                zorder=3,
            )
    labels = [wrap(f"{row['measure']}, {row['method']}", SIGNS[width]) for row in rows]
    axes.set_yticks(range(len(rows)), labels, parse_math=False)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    name = wrap(f"Performance for {clean(result.outcome)}", SIGNS[width] + 12)
    axes.set_xlabel(name, parse_math=False)
    axes.margins(x=0.06)
    sober(axes, "x")
    legend_above(axes, list(LABELS), "point")
    if ax is None:
        lines = sum(label.count("\n") for label in labels)
        hold_height(figure, axes, ROW * len(rows) + 0.12 * lines)
    return finish(
        figure,
        ax,
        caption=_caption(result),
        alt=_alt(rows),
        data=result.table,
        is_simulated=result.simulated,
    )


def _caption(result: Any) -> str:
    lacking = result.table["corrected"].null_count()
    return caption_of(
        result,
        f"Performance of a model of {clean(result.outcome)} (n = {result.n}, {result.n_event} with "
        "the event), as found in the data of the fit and corrected for optimism",
        f"not estimable: {lacking} of {result.table.height}" if lacking else "",
    )


def _alt(rows: list[dict[str, Any]]) -> str:
    told = [
        f"{row['measure']}, {row['method']}: {number(row['estimate'], 2)} apparent, "
        f"{number(row['corrected'], 2)} corrected"
        for row in rows
    ]
    return f"Pairs of points, apparent and corrected. {'; '.join(told)}."
