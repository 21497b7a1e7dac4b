"""Scores over doses: the mean at each dose with its interval, on an axis of the dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, look, sober
from ketanalysis.figures.words import caption_of
from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 2.4


@figure_of("dose response")
def dose_response(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the least-squares mean at each dose with its interval.

    Parameters
    ----------
    result
        A result of `estimate_dose_response`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the means.

    Notes
    -----
    Missing values: the means are of the mixed model, which takes every score.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rows = {"USUBJID": [*"aaabbbccc"], "DOSE": [0, 0.25, 0.5] * 3,
    ...         "FQ": [60, 52, 40, 71, 66, 50, 55, 54, 41]}
    >>> ka.estimate_dose_response(rows, "FQ", "DOSE", reference=0).plot().axes[0].get_xlabel()
    'DOSE'
    """
    means = result.means
    figure, axes = canvas(ax, width, 3)
    one = look(0)
    at, mean = means["dose"].to_numpy(), means["estimate"].to_numpy()
    axes.vlines(
        at,
        means["conf_low"].to_numpy(),
        means["conf_high"].to_numpy(),
        color=one.colour,
        linewidth=1.1,
    )
    axes.plot(
        at,
        mean,
        color=one.colour,
        marker=one.marker,
        markersize=6,
        markeredgecolor="white",
        markeredgewidth=0.6,
        linewidth=1.2,
        zorder=3,
    )
    axes.set_xticks(at.tolist(), [f"{x:g}" for x in at], parse_math=False)
    axes.set_xlabel(clean(result.dose), parse_math=False)
    label_y(axes, f"{clean(result.value)}, mean ({level(result.conf_level)})", HEIGHT)
    axes.margins(x=0.06)
    sober(axes)
    if ax is None:
        hold_height(figure, axes, HEIGHT)
    n = result.table["n"].max()
    shown = [
        f"{number(row['estimate'])} ({interval(row['conf_low'], row['conf_high'])}) at "
        f"{row['dose']:g}"
        for row in means.to_dicts()
    ]
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"Mean {clean(result.value)} at each dose in the same subjects (n = {n}) with "
            f"{100 * result.conf_level:g} % confidence intervals, mixed model",
        ),
        alt=f"Line chart of the mean {clean(result.value)} by dose: {'; '.join(shown)}.",
        data=means,
        is_simulated=result.simulated,
    )
