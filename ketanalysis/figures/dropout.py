"""Who is still in at each visit: a step curve by arm, with the numbers under the axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.figures.layout import canvas, finish, hold_height, label_ticks, label_y
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.style import (
    clean,
    hold_labels,
    look,
    looks_by_place,
    names_of,
    sober,
    with_place,
)
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.frames import to_dict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"one": 2.1, "two": 2.7}
TAIL = 0.3  # how far the line goes on after the last visit, so that its last step can be seen


def dropout(result: Any, ax: Axes | None, width: str) -> Figure:
    """Draw the share of subjects who are still in, by visit and arm.

    A subject is still in at a visit where a score at it or after it exists, or where the subject
    is ongoing. Visits stand at even distances. Of the arms, not of all subjects, where
    there are arms.

    Raises
    ------
    ArgumentError
        When the result holds no scores.
    """
    rows = _drawn_rows(result)
    if rows.is_empty():
        raise ArgumentError("The result holds no scores, so that nobody's last visit is known.")
    figure, axes = canvas(ax, width, 4)
    names = names_of(rows, result.by)
    visits = rows["AVISIT"].unique(maintain_order=True).cast(pl.String).to_list()
    _draw(axes, rows, result.by, visits, len(names))
    _axes(axes, len(visits), width)
    label_ticks(axes, range(len(visits)), visits)
    rows_under(figure, axes, "Still in (scored)", range(len(visits)), _counts(rows, result, names))
    legend_above(axes, names, "step")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    sizes = rows.filter(pl.col("AVISIT") == visits[0])["total"].to_list()
    return finish(
        figure,
        ax,
        caption=_caption(result, names, sizes),
        alt=_alt(rows, result, names, visits),
        data=rows,
        is_simulated=result.simulated,
    )


def _drawn_rows(result: Any) -> pl.DataFrame:
    """Return the rows of the arms with who is still in, ``n``, and their share, ``estimate``."""
    rows: pl.DataFrame = result.dropout
    for column in result.by:
        rows = rows.filter(pl.col(column).is_not_null())
    left = rows.with_columns(n=pl.col("total") - pl.col("n_left") - pl.col("n_never"))
    return left.filter(pl.col("total") > 0).with_columns(estimate=pl.col("n") / pl.col("total"))


def _draw(ax: Axes, rows: pl.DataFrame, by: tuple[str, ...], visits: list[str], n: int) -> None:
    import seaborn as sns

    looks = looks_by_place(n)
    at = (
        rows["AVISIT"]
        .cast(pl.String)
        .replace_strict(visits, list(range(len(visits))), return_dtype=pl.Float64)
    )
    drawn = pl.DataFrame({"place": with_place(rows, by), "x": at, "share": rows["estimate"] * 100})
    end = drawn.filter(pl.col("x") == len(visits) - 1).with_columns(pl.col("x") + TAIL)
    drawn = pl.concat([drawn, end])
    hold_labels(ax)
    sns.lineplot(
        data=to_dict(drawn),
        x="x",
        y="share",
        hue="place",
        style="place",
        **looks["order"],
        palette=looks["palette"],
        dashes=looks["dashes"],
        estimator=None,
        legend=False,
        drawstyle="steps-post",
        linewidth=1.5,
        ax=ax,
    )


def _axes(ax: Axes, n_visits: int, width: str) -> None:
    label_y(ax, "Still in, % of the subjects", HEIGHTS[width])
    ax.set_xlabel("")
    ax.set_xlim(-0.3, max(n_visits - 1 + TAIL, 0.7))
    ax.set_ylim(0, 103)
    ax.set_yticks([0, 20, 40, 60, 80, 100])
    sober(ax)


def _counts(rows: pl.DataFrame, result: Any, names: list[str]) -> list[Row]:
    place = with_place(rows, result.by)
    found = []
    for i, name in enumerate(names):
        own = rows.filter(place == str(i))
        cells = [
            str(n) if n == scored else f"{n} ({scored})"
            for n, scored in own.select("n", "n_scored").iter_rows()
        ]
        found.append(Row("" if names == ["All"] else name, look(i).ink, cells))
    return found


def _caption(result: Any, names: list[str], sizes: list[int]) -> str:
    scale = f"a {clean(result.scale)} score" if result.scale else "a score on any scale"
    return caption_of(
        result,
        f"Share of subjects still in, by visit, {among(names, [(n, n) for n in sizes])}",
        f"a subject has left after the last visit with {scale}",
        "in brackets those scored at the visit, where some missed it",
    )


def _alt(rows: pl.DataFrame, result: Any, names: list[str], visits: list[str]) -> str:
    keyed = rows.with_columns(with_place(rows, result.by).alias("place"))
    last = keyed.filter(pl.col("AVISIT").cast(pl.String) == visits[-1])
    parts = [
        said(names[int(row["place"])], f"{row['n']} of {row['total']}", names)
        for row in last.iter_rows(named=True)
    ]
    lines = "one line" if names == ["All"] else f"one line each for {joined(map(clean, names))}"
    return (
        f"Step curve of the subjects still in, over {len(visits)} visits, {lines}. "
        f"At {clean(visits[-1])}, {'; '.join(parts)}."
    )
