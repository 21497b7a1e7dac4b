"""Relapse by several rules as curves over each other, a panel a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.figures.layout import finish, hold_height
from ketanalysis.figures.panels import head, is_left, key_above, panels
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import clean, look, names_of, wrap
from ketanalysis.figures.survival import HEIGHTS, survival_axes
from ketanalysis.figures.survival_words import clock_of, fewest_at_risk, state_of
from ketanalysis.figures.words import among, caption_of, joined
from ketanalysis.rounding import NOT_REACHED, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = {"one": 20, "two": 40}  # characters under a panel that has another one beside it


@figure_of("relapse_sensitivity")
def relapse_sensitivity(result: Any, ax: Axes | None = None, *, width: str = "two") -> Figure:
    """Draw the curve of every rule; that of the primary one is the thick one.

    The drawing of a curve ends where fewer than 5 or a tenth of its group are at risk.

    Parameters
    ----------
    result
        A result of `estimate_relapse_sensitivity`.
    ax
        Axes to draw on, for one group.
    width
        "two" (6.9 inches) or "one" (3.35 inches).

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the steps that are drawn.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> result = ka.estimate_relapse_sensitivity(
    ...     ka.load_example("ketamine"), "MADRS",
    ...     ka.relapse_rule("sustain1", unconfirmed="censor"),
    ...     among=ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
    ...     origin="last infusion", redose="censor")
    >>> result.plot().axes[0].get_ylabel()
    'Free of relapse, %'
    """
    first = next(iter(result.curves.values()))
    names = names_of(first.medians, result.by)
    steps = _steps(result, names)
    inches = HEIGHTS[width] if len(names) == 1 else 2.1
    figure, axes, deep = panels(ax, names, width, inches)
    end = float(steps["time"].to_numpy().max())
    for place, (own, name) in enumerate(zip(axes, names, strict=True)):
        _draw(own, steps.filter(pl.col("group") == place), len(result.curves))
        survival_axes(own, first, end, "one" if len(names) > 1 else width)
        if len(names) > 1:
            own.set_xlabel(wrap(own.get_xlabel(), WIDE[width]), parse_math=False)
        if not is_left(own):
            own.set_ylabel("")
        if len(names) > 1:
            head(own, name)
    key_above(figure, axes, _handles(list(result.curves)), ax is None)
    if ax is None:
        hold_height(figure, axes[0], inches, deep)
    ns = first.medians["n"].to_list()
    return finish(
        figure,
        ax,
        caption=caption_of(
            result,
            f"Share {state_of(first)} by {clock_of(first)} (Kaplan-Meier) by "
            f"{len(result.curves)} rules {among(names, [(n, n) for n in ns])}",
            f"the thick line is the primary rule ({next(iter(result.curves))})",
            "a curve ends where fewer than 5 subjects or 10 % of its group are at risk",
        ),
        alt=_alt(result, names),
        data=steps,
        is_simulated=result.simulated,
    )


def _steps(result: Any, names: list[str]) -> pl.DataFrame:
    """Return variant, group, time and survival of everything that is drawn."""
    frames: list[pl.DataFrame] = []
    for place, (variant, curve) in enumerate(result.curves.items()):
        table, ns = curve.table, curve.medians["n"].to_list()
        keys = curve.medians.select(curve.by).rows() if curve.by else [()]
        for group, (key, n) in enumerate(zip(keys, ns, strict=True)):
            own = table.filter(**dict(zip(curve.by, key, strict=True))) if key else table
            enough = own.filter(pl.col("n_at_risk") >= fewest_at_risk(n))
            last = (own if enough.is_empty() else enough)["time"].to_numpy().max()
            frames.append(
                own.filter(pl.col("time") <= last).select(
                    pl.lit(variant).alias("variant"),
                    pl.lit(place).alias("place"),
                    pl.lit(group).alias("group"),
                    pl.col("time").cast(pl.Float64),
                    "survival",
                )
            )
    return pl.concat(frames)


def _draw(ax: Axes, steps: pl.DataFrame, n: int) -> None:
    for place in range(n):  # the primary one lies below: it is thick enough to be seen
        own = steps.filter(pl.col("place") == place)
        ax.plot(
            own["time"].to_numpy(),
            100 * own["survival"].to_numpy(),
            drawstyle="steps-post",
            **_line(place),
        )


def _line(place: int) -> dict[str, Any]:
    if place == 0:
        return {"color": look(0).colour, "linewidth": 2.4, "linestyle": "-"}
    own = look(place)
    dash = own.dashes if own.dashes else (1, 0)
    return {"color": own.colour, "linewidth": 1.2, "linestyle": (0, dash)}


def _handles(names: list[str]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], label=name, **_line(place)) for place, name in enumerate(names)]


def _alt(result: Any, names: list[str]) -> str:
    """Return what the curves show, for those who do not see them."""
    parts = []
    for variant, curve in result.curves.items():
        medians = [number(m, 1, infinite=NOT_REACHED) for m in curve.medians["median"].to_list()]
        pairs = zip(map(clean, names), medians, strict=True)
        shown = medians[0] if len(names) == 1 else joined(f"{m} in {name}" for name, m in pairs)
        parts.append(f"{variant.capitalize()}: median {shown} {result.time_unit}.")
    return f"Kaplan-Meier curves by {len(result.curves)} rules of relapse. {' '.join(parts)}"
