"""What is felt at each infusion: the mean change to the peak by the number of the infusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import canvas, finish, hold_height, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.means import draw_means, drawn_means, means_told
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}


@figure_of("acute effects", "attenuation")
def attenuation(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the mean change from before to the highest rating, infusion by infusion.

    The points are plain means of the infusions that were rated; the slope of the mixed model is
    in the table. Whoever stopped coming is in no later point: the numbers stand under the axis.

    Parameters
    ----------
    result
        A result of `estimate_acute_effects` with two infusions or more.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of ``table`` drawn.

    Raises
    ------
    ArgumentError
        When there was one infusion only.

    Notes
    -----
    Missing values: an infusion without a value before has no change; one subject alone has a
    point without an interval.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> acute = ka.estimate_acute_effects(
    ...     ka.load_example("ketamine"), "CADSS", "TRT01P", pre_within=60, until=240,
    ...     points={"before": (-60, 0), "40 min": (20, 60), "2 h": (90, 150)}, covariance="cs")
    >>> acute.plot(kind="attenuation").axes[0].get_xlabel()
    'Number of the infusion'
    """
    from matplotlib.ticker import MaxNLocator

    rows = result.table.filter(
        pl.col("measure") == "change", pl.col("infusion").cast(pl.String) != "all"
    ).with_columns(pl.col("infusion").cast(pl.String), estimate=pl.col("mean"))
    places = rows["infusion"].unique(maintain_order=True).to_list()
    places.sort(key=int)
    if len(places) < 2:
        raise ArgumentError("Attenuation needs two infusions or more; the result holds one.")
    figure, axes = canvas(ax, width, 4)
    names = names_of(rows, result.by)
    drawn = drawn_means(rows, result.by, ("infusion",), places, len(names))
    draw_means(axes, drawn, len(names))
    scale = clean(result.parameters[0])
    label_y(
        axes, f"Change in {scale} to its peak, mean ({level(result.conf_level)})", HEIGHTS[width]
    )
    axes.set_xlabel("Number of the infusion")
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.set_xticks(range(len(places)), places)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    sober(axes)
    counts = _counts(rows.with_columns(with_place(rows, result.by)), names, places)
    at = [float(place) for place in range(len(places))]
    rows_under(figure, axes, "Infusions with a change", at, counts)
    legend_above(axes, names, "line")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"Mean change in {scale} from before the infusion to the highest rating, by infusion, "
            f"with {100 * result.conf_level:g} % confidence intervals, changes "
            f"{_who(rows, result, names)}",
            "whoever had no further infusion is in no later mean",
        ),
        alt=_alt(result, drawn, names, places, scale),
        data=rows,
        is_simulated=result.simulated,
    )


def _who(rows: pl.DataFrame, result: Any, names: list[str]) -> str:
    """Return the changes of each line at the infusions with the fewest and the most."""
    keyed = rows.with_columns(with_place(rows, result.by)).group_by("place", maintain_order=True)
    ends = keyed.agg(low=pl.col("n_infusions").min(), high=pl.col("n_infusions").max())
    return among(names, ends.select("low", "high").rows())


def _counts(rows: pl.DataFrame, names: list[str], places: list[str]) -> list[Row]:
    counted = []
    for place, name in enumerate(names):
        own = rows.filter(pl.col("place") == str(place))
        by_number = dict(zip(own["infusion"], own["n_infusions"], strict=True))
        cells = [str(by_number.get(number, "")) for number in places]
        counted.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return counted


def _alt(result: Any, drawn: pl.DataFrame, names: list[str], places: list[str], scale: str) -> str:
    parts = []
    for at in (places[0], places[-1]):
        told = means_told(drawn.filter(pl.col("at") == at).drop_nulls(), names, result.conf_level)
        parts += [f"At infusion {at}, {told}."] if told else []
    series = "one line" if names == ["All"] else f"one line each for {joined(map(clean, names))}"
    return (
        f"Line chart of the mean change in {scale} to its peak at {len(places)} infusions, "
        f"{series}. {' '.join(parts)}"
    )
