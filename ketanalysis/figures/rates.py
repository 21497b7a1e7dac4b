"""Response and remission: bars of shares with intervals, and the numbers they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.errors import check_one_of
from ketanalysis.figures.layout import (
    canvas,
    finish,
    hold_height,
    label_ticks,
    label_y,
    spacing,
    text_width,
)
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import (
    INK,
    SMALL,
    clean,
    hold_labels,
    look,
    names_of,
    sober,
    with_place,
)
from ketanalysis.figures.under_axis import Row, rows_under
from ketanalysis.figures.words import INTERVALS, among, caption_of, joined, rate_words, said
from ketanalysis.frames import to_dict
from ketanalysis.rates.handling import HANDLINGS, IMPUTED
from ketanalysis.rounding import counted
from ketanalysis.tables.registry import level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = {
    "observed": "Observed scores only",
    "locf": "Last score carried forward",
    "nri": "Missing counts as failure",
    "mi": "Imputed, at random",
    "j2r": "Imputed, jump to reference",
    "cr": "Imputed, copy reference",
    "cir": "Imputed, copy increments",
    "lmcf": "Imputed, last mean carried",
}
HEIGHTS = {"one": 2.1, "two": 2.6}
BAR = 0.78  # of the distance between positions


@figure_of("rates")
def rates(
    result: Any, ax: Axes | None = None, *, width: str = "two", missing: str | None = None
) -> Figure:
    """Draw shares of responders or remitters as bars from 0 to 100 % with intervals.

    Several visits stand side by side, under one handling of missing scores. One visit stands
    by handling, where there are several; else by group.

    Parameters
    ----------
    result
        A result of `estimate_response` or `estimate_remission`.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    missing
        The handling that is drawn; without it all for one visit, and for several visits the
        first, which is the primary one. The caption says which.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of the table that
        are drawn.

    Raises
    ------
    ArgumentError
        When `missing` is no handling of the result.

    Notes
    -----
    Missing values: a group with nobody in the denominator has no bar.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> rates = ka.estimate_response(
    ...     trial, "MADRS", ka.Response(at_least=0.5), by="TRT01P", missing="nri")
    >>> rates.plot().axes[0].get_ylabel()
    'Response on MADRS, % (95 % CI)'
    """
    rows, across = _chosen(result, missing)
    figure, axes = canvas(ax, width, 4)
    names = names_of(rows, result.by)
    visit = str(rows["AVISIT"][0])
    if across == "group":
        labels, n_bars = (names if result.by else [visit]), 1
        at = with_place(rows, result.by).cast(pl.Int64)
    else:
        labels, n_bars = (
            rows[across].unique(maintain_order=True).cast(pl.String).to_list(),
            len(names),
        )
        at = (
            rows[across]
            .cast(pl.String)
            .replace_strict(labels, list(range(len(labels))), return_dtype=pl.Int64)
        )
    drawn = _drawn(rows, with_place(rows, result.by), at, n_bars)
    _draw(axes, drawn, n_bars, len(labels))
    _axes(axes, result, len(labels), width)
    shown = [LABELS.get(label, label) for label in labels] if across == "missing" else labels
    label_ticks(axes, range(len(labels)), shown)
    if across == "AVISIT" and not _counts_fit(axes, drawn, n_bars):
        under = _counts_under(drawn, names, len(labels))
        rows_under(figure, axes, _header(result), range(len(labels)), under)
    else:
        _counts_above(axes, drawn)
    if across != "AVISIT" and labels != [visit]:
        axes.set_xlabel(clean(visit), parse_math=False)
    if n_bars > 1:
        legend_above(axes, names, "bar")
    if ax is None:
        hold_height(figure, axes, HEIGHTS[width])
    return finish(
        figure,
        ax,
        caption=_caption(result, rows, names, across),
        alt=_alt(result, rows, names),
        data=rows,
        is_simulated=result.simulated,
    )


def _chosen(result: Any, missing: str | None) -> tuple[pl.DataFrame, str]:
    """Return the rows to draw, and what stands along the axis."""
    handlings = result.table["missing"].unique(maintain_order=True).to_list()
    n_visits = result.table["AVISIT"].n_unique()
    if missing is not None:
        check_one_of("missing", missing, tuple(handlings))
    elif n_visits > 1:
        missing = handlings[0]
    if missing is None and len(handlings) > 1:
        return result.table, "missing"
    rows = result.table.filter(pl.col("missing") == (missing or handlings[0]))
    return rows, "AVISIT" if n_visits > 1 else "group"


def _drawn(rows: pl.DataFrame, place: pl.Series, at: pl.Series, n_bars: int) -> pl.DataFrame:
    """Return place, position, centre of the bar, count, n and per cents, one row a bar."""
    shift = (place.cast(pl.Float64) - (n_bars - 1) / 2) * BAR / n_bars if n_bars > 1 else 0.0
    return pl.DataFrame({"place": place, "at": at, "x": at.cast(pl.Float64) + shift}).with_columns(
        rows.select("count", "n", pl.col("estimate", "conf_low", "conf_high") * 100)
    )


def _draw(ax: Axes, drawn: pl.DataFrame, n_bars: int, n_at: int) -> None:
    import seaborn as sns

    seen = drawn.filter(pl.col("estimate").is_not_null())
    width = BAR / n_bars if n_at > 1 or n_bars > 1 else 0.4
    width = min(width, 0.5) if n_bars == 1 else width
    for place in sorted(set(seen["place"]), key=int):
        own = seen.filter(pl.col("place") == place)
        one = look(int(place))
        hold_labels(ax)
        sns.barplot(
            data=to_dict(own.select("x", "estimate")),
            x="x",
            y="estimate",
            native_scale=True,
            errorbar=None,
            color=one.colour,
            saturation=1,
            width=1,
            hatch=one.hatch,
            edgecolor="white",
            linewidth=0.8,
            ax=ax,
        )
        none = own.filter(pl.col("estimate") == 0)["x"].to_numpy()
        ax.hlines(  # a bar without height keeps its colour
            0 * none, none - width * 0.48, none + width * 0.48, color=one.colour, linewidth=2.5
        )
        for bar, centre in zip(ax.containers[-1], own["x"].sort(), strict=True):
            bar.set_width(width * 0.96)
            bar.set_x(centre - width * 0.48)
    x, estimate = seen["x"].to_numpy(), seen["estimate"].to_numpy()
    low, high = seen["conf_low"].to_numpy(), seen["conf_high"].to_numpy()
    ax.errorbar(
        x,
        estimate,
        yerr=[(estimate - low).clip(0), (high - estimate).clip(0)],
        fmt="none",
        ecolor=INK,
        elinewidth=0.9,
        capsize=2,
        capthick=0.9,
    )


def _axes(ax: Axes, result: Any, n_at: int, width: str) -> None:
    what = f"{result.outcome.capitalize()} on {clean(result.scale)}"
    label_y(ax, f"{what}, % ({level(result.conf_level)})", HEIGHTS[width])
    ax.set_xlabel("")
    edge = 0.55 if n_at > 1 else 0.9
    ax.set_xlim(-edge, n_at - 1 + edge)
    ax.set_ylim(0, 100)
    ax.set_yticks(range(0, 101, 20))
    ax.tick_params(axis="x", length=0)
    sober(ax)


def _counts_fit(ax: Axes, drawn: pl.DataFrame, n_bars: int) -> bool:
    texts = _counts_of(drawn)
    widest = max(text_width(text, SMALL) for text in texts)
    return widest < 0.97 * BAR / n_bars * spacing(ax, sorted(set(drawn["at"])))


def _counts_of(drawn: pl.DataFrame) -> list[str]:
    """Return n/N of each bar; of imputed scores the mean count."""
    shown = drawn.select("count", pl.col("estimate") / 100, "n")
    return [f"{counted(count, share, n)}/{n}" for count, share, n in shown.iter_rows()]


def _counts_above(ax: Axes, drawn: pl.DataFrame) -> None:
    """Write n/N over each interval, with room over 100 % where one reaches up there."""
    if float(drawn["conf_high"].max() or 0) > 92:  # type: ignore[arg-type]
        ax.set_ylim(0, 109)
        ax.spines["left"].set_bounds(0, 100)
    for row, words in zip(drawn.iter_rows(named=True), _counts_of(drawn), strict=True):
        top = row["conf_high"] if row["conf_high"] is not None else 0
        ax.annotate(
            words,
            (row["x"], top),
            xytext=(0, 2.5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=SMALL,
            annotation_clip=False,
        )


def _counts_under(drawn: pl.DataFrame, names: list[str], n_at: int) -> list[Row]:
    rows = []
    for place, name in enumerate(names):
        own = drawn.filter(pl.col("place") == str(place))
        counts = dict(zip(own["at"].to_list(), _counts_of(own), strict=True))
        cells = [counts.get(at, "") for at in range(n_at)]
        rows.append(Row("" if names == ["All"] else name, look(place).ink, cells))
    return rows


def _header(result: Any) -> str:
    if result.outcome.endswith("response"):
        return "Responders / subjects"
    return "Remitted / subjects" if result.outcome.endswith("remission") else "With it / subjects"


def _caption(result: Any, rows: pl.DataFrame, names: list[str], across: str) -> str:
    visits = rows["AVISIT"].unique(maintain_order=True).cast(pl.String).to_list()
    when = "by visit" if len(visits) > 1 else f"at {clean(visits[0])}"
    by = " by handling of missing scores" if across == "missing" else ""
    handling = rows["missing"].unique(maintain_order=True).to_list()
    meaning = {**HANDLINGS, **IMPUTED, **result.handlings}
    how = "; ".join(f"{name}: {meaning.get(name, name)}" for name in handling)
    others = result.table["missing"].n_unique() - len(handling)
    more = f"; {others} further handling{'s' if others > 1 else ''} not drawn" if others else ""
    keyed = rows.with_columns(with_place(rows, result.by)).group_by("place", maintain_order=True)
    counts = keyed.agg(pl.col("n").min().alias("low"), pl.col("n").max().alias("high"))
    who = among(names, counts.select("low", "high").rows())
    method = INTERVALS.get(rows["method"][0], rows["method"][0])
    return caption_of(
        result,
        f"{result.outcome.capitalize()} on {clean(result.scale)} {when}{by} {who} with "
        f"{100 * result.conf_level:g} % {method} confidence intervals",
        f"missing scores: {how}{more}",
    )


def _alt(result: Any, rows: pl.DataFrame, names: list[str]) -> str:
    visits = rows["AVISIT"].unique(maintain_order=True).cast(pl.String).to_list()
    shown = visits if len(visits) <= 3 else [visits[0], visits[-1]]
    keyed = rows.with_columns(with_place(rows, result.by))
    handlings = rows["missing"].unique(maintain_order=True).to_list()
    parts = []
    for handling in handlings:
        for visit in shown:
            at = keyed.filter(
                (pl.col("AVISIT").cast(pl.String) == visit) & (pl.col("missing") == handling)
            )
            found = [
                said(names[int(row["place"])], rate_words(row, result.conf_level), names)
                for row in at.iter_rows(named=True)
            ]
            how = f" ({LABELS.get(handling, handling).lower()})" if len(handlings) > 1 else ""
            parts.append(f"At {clean(visit)}{how}, {'; '.join(found)}.")
    bars = "" if names == ["All"] else f", a bar each for {joined(map(clean, names))}"
    return (
        f"Bar chart of {result.outcome} on {clean(result.scale)} at {len(visits)} "
        f"visit{'s' if len(visits) > 1 else ''}{bars}. {' '.join(parts)}"
    )
