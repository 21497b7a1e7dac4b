"""Infusions received: bars of the share of subjects given each, and those stopped early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import canvas, finish, hold_height
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import look, names_of, sober, with_place
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.rounding import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 1.9, "two": 2.3}
STOPPED = "stopped early or changed"


@figure_of("conduct")
def conduct(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the share of subjects who were given each infusion, by group.

    The pale top of a bar are infusions stopped early or changed (EXADJ), where that is recorded.

    Parameters
    ----------
    result
        A result of `tabulate_infusions`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds count (given), n (subjects),
        stopped and the number of the infusion, one row a group and number.

    Notes
    -----
    Missing values: where EXADJ is not recorded no bar has a pale top, and the caption says so.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> given = ka.tabulate_infusions(ka.load_example("ketamine"), by="TRT01P", planned=6)
    >>> given.plot(width="one").ketanalysis_data["count"].max()
    48
    """
    data, has_reasons = _drawn(result)
    figure, axes = canvas(ax, width, 3)
    names = names_of(data, result.by)
    keyed = data.with_columns(with_place(data, result.by))
    _draw(axes, keyed, len(names))
    numbers = keyed["infusion"].cast(pl.String).unique(maintain_order=True).to_list()
    _axes(axes, numbers)
    rows_under(
        figure, axes, "Subjects given it", range(len(numbers)), _counts(keyed, names, numbers)
    )
    _legend(axes, names, has_pale=bool(data["stopped"].sum()))
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, keyed, names, has_reasons),
        alt=_alt(keyed, names, numbers),
        data=data,
        is_simulated=result.simulated,
    )


def _drawn(result: Any) -> tuple[pl.DataFrame, bool]:
    """Return one row a group and number: count, n, stopped; and whether stops are recorded."""
    rows = result.table.filter((pl.col("level") == "") & (pl.col("infusion") != "all"))
    keys = [*result.by, "infusion"]
    given = rows.filter(pl.col("measure") == "given").select(*keys, "count", "n")
    stopped = rows.filter(pl.col("measure") == STOPPED).select(*keys, stopped=pl.col("count"))
    joined_rows = given.join(stopped, on=keys, how="left", maintain_order="left")
    return joined_rows.with_columns(pl.col("stopped").fill_null(0)), stopped.height > 0


def _draw(ax: Axes, rows: pl.DataFrame, n: int) -> None:
    width = 0.8 / n
    for place in range(n):
        own, one = rows.filter(pl.col("place") == str(place)), look(place)
        at = [i + (place - (n - 1) / 2) * width for i in range(own.height)]
        total = own["n"].cast(pl.Float64).replace(0, None)
        whole = (100 * (own["count"] - own["stopped"]) / total).fill_null(0).to_list()
        stopped = (100 * own["stopped"] / total).fill_null(0).to_list()
        look_of: dict[str, Any] = {"width": 0.9 * width, "linewidth": 0, "color": one.colour}
        ax.bar(at, whole, hatch=one.hatch, edgecolor="white", **look_of)
        ax.bar(at, stopped, bottom=whole, alpha=0.4, **look_of)


def _axes(ax: Axes, numbers: list[str]) -> None:
    ax.set_xlim(-0.5, len(numbers) - 0.5)
    ax.set_xticks(range(len(numbers)), numbers, parse_math=False)
    ax.tick_params(axis="x", length=0)
    ax.set_ylim(0, 100)
    ax.set_yticks([0, 20, 40, 60, 80, 100])
    ax.set_ylabel("Subjects given it, %")
    ax.set_xlabel("Infusion")
    sober(ax)


def _legend(ax: Axes, names: list[str], has_pale: bool) -> None:
    """Name the groups and the pale tops; a group alone needs no name, its pale tops do."""
    from matplotlib.patches import Patch

    colour = look(0).colour if len(names) == 1 else "#7C858D"
    pale = Patch(facecolor=colour, alpha=0.4, linewidth=0, label="stopped early or changed")
    if len(names) > 1:
        legend_above(ax, names, "bar", (pale,) if has_pale else ())
    elif has_pale:
        ax.legend(handles=[pale], loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2)


def _counts(rows: pl.DataFrame, names: list[str], numbers: list[str]) -> list[Row]:
    counted = []
    for place, name in enumerate(names):
        own = rows.filter(pl.col("place") == str(place))
        by_number = dict(zip(own["infusion"].cast(pl.String), own["count"], strict=True))
        cells = [str(by_number.get(number, "")) for number in numbers]
        counted.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return counted


def _caption(result: Any, rows: pl.DataFrame, names: list[str], has_reasons: bool) -> str:
    n = rows.group_by("place", maintain_order=True).agg(pl.col("n").first())["n"].to_list()
    pale = "pale: stopped early or changed" if has_reasons else "stops are not recorded"
    plan = "" if result.planned is None else f" of {result.planned} planned"
    who = among(names, [(k, k) for k in n])
    return caption_of(result, f"Share of subjects who were given each infusion{plan}, {who}", pale)


def _alt(rows: pl.DataFrame, names: list[str], numbers: list[str]) -> str:
    parts = []
    for place, name in enumerate(names):
        own = rows.filter(pl.col("place") == str(place))
        last = own.row(-1, named=True)
        share = percent(last["count"] / last["n"]) if last["n"] else "no"
        words = (
            f"infusion {last['infusion']} was given to {last['count']} of {last['n']} ({share} %), "
            f"{own['stopped'].sum()} infusions were stopped early or changed"
        )
        parts.append(said(name, words, names))
    bars = "" if names == ["All"] else f", bars for {joined(names)}"
    return f"Bar chart of the share of subjects given each of {len(numbers)} infusions{bars}. \
{'; '.join(parts)}."
