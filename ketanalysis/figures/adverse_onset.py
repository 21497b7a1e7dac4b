"""When adverse events began after the start of the infusion: a mark a record, and the median."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.adverse_events.ascertainment import all_asked_words
from ketanalysis.adverse_events.records import ANY
from ketanalysis.errors import ArgumentError
from ketanalysis.figures.adverse_events import LABEL_WIDTH, chosen_rows, line_words
from ketanalysis.figures.layout import LINE, POINTS, canvas, finish, hold_height
from ketanalysis.figures.legend import legend_above
from ketanalysis.figures.registry import figure_of
from ketanalysis.figures.style import GRID, SMALL, clean, look, names_of, sober, with_place, wrap
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.rounding import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MINUTES_UP_TO = 4.0  # hours: shorter axes are in minutes
LANE = 0.16  # inches of a group's lane


@figure_of("adverse events", "onset")
def onset(
    result: Any, ax: Axes | None = None, *, width: str = "two", most: int | None = 12
) -> Figure:
    """Draw when each event began after the start of its infusion.

    Parameters
    ----------
    result
        A result of `estimate_adverse_events` with times (AFRLT) and infusions.
    ax
        Axes to draw on.
    width
        "two" (6.9 inches) or "one" (3.35 inches).
    most
        How many events are drawn; None is all.

    Returns
    -------
    matplotlib.figure.Figure
        See `ketanalysis.figures.plot`; ``ketanalysis_data`` holds the rows of `times` that are
        drawn.

    Raises
    ------
    ArgumentError
        No event has a time of onset.

    Notes
    -----
    Missing values: records without a time of onset are not drawn; the caption counts them. Up to
    four hours the axis is in minutes. Marks are moved up and down so that they do not hide each
    other; the movement means nothing.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> events = ka.estimate_adverse_events(ka.load_example("ketamine"), by="TRT01P")
    >>> events.plot(kind="onset", most=3).axes[0].get_xlabel()
    'Minutes from the start of the infusion to the onset'
    """
    seen = result.events.drop_nulls(["onset", "AEDECOD"])
    if seen.is_empty():
        raise ArgumentError(
            "No event has a time of onset: it needs AFRLT in ADAE, and the infusions (ADEX) with "
            "AFRLT."
        )
    kept, _ = chosen_rows(result.table, most)
    keys = ["ascertainment", "AEDECOD"]
    lines = kept.select(keys).unique(maintain_order=True).filter(pl.col("AEDECOD") != ANY).rows()
    names = names_of(result.table, result.by)
    times = result.times.filter((pl.col("measure") == "onset") & (pl.col("AEDECOD") != ANY))
    times = times.join(kept.select(keys).unique(), on=keys, how="semi", maintain_order="left")
    figure, axes = canvas(ax, width, 4)
    per_hour = 60.0 if float(seen["onset"].max()) <= MINUTES_UP_TO else 1.0
    keyed = seen.with_columns(_place(seen, result))
    _marks(axes, keyed, lines, len(names), per_hour)
    _medians(axes, times.with_columns(_place(times, result)), lines, len(names), per_hour)
    _axes(axes, lines, width, per_hour)
    legend_above(axes, names, "point")
    if ax is None:
        hold_height(figure, axes, _height(lines, len(names), width))
    return finish(
        figure,
        ax,
        caption=_caption(result, times),
        alt=_alt(times.with_columns(_place(times, result)), lines, names, per_hour),
        data=times,
        is_simulated=result.simulated,
    )


def _place(rows: pl.DataFrame, result: Any) -> pl.Series:
    """Return the place of each row's group among those of the table, as text."""
    if not result.by:
        return with_place(rows, ())
    keys = result.table.select(result.by).unique(maintain_order=True).rows()
    places = {key: str(place) for place, key in enumerate(keys)}
    return pl.Series("place", [places[key] for key in rows.select(result.by).rows()], pl.String)


def _lane(line: int, place: int, n: int) -> float:
    return line + (place - (n - 1) / 2) * 0.8 / n


def _marks(
    ax: Axes, seen: pl.DataFrame, lines: list[tuple[str, str]], n: int, per_hour: float
) -> None:
    for line, (way, event) in enumerate(lines):
        for place in range(n):
            own = seen.filter(
                (pl.col("ascertainment") == way)
                & (pl.col("AEDECOD") == event)
                & (pl.col("place") == str(place))
            )["onset"].sort()
            one = look(place)
            # A fixed up and down instead of chance: the same data give the same picture.
            moved = ((np.arange(own.len()) * 7) % 5 - 2) * 0.075 * 0.8 / n
            ax.plot(
                own.to_numpy() * per_hour,
                _lane(line, place, n) + moved,
                linestyle="none",
                marker=one.marker,
                markersize=3.4,
                color=one.colour,
                alpha=0.55,
                markeredgewidth=0,
                clip_on=False,
            )


def _medians(
    ax: Axes, times: pl.DataFrame, lines: list[tuple[str, str]], n: int, per_hour: float
) -> None:
    numbers = {key: i for i, key in enumerate(lines)}
    for row in times.drop_nulls("median").iter_rows(named=True):
        y = _lane(numbers[row["ascertainment"], row["AEDECOD"]], int(row["place"]), n)
        x, half = row["median"] * per_hour, 0.32 / n
        ax.plot([x, x], [y - half, y + half], color=look(int(row["place"])).ink, linewidth=1.8)


def _axes(ax: Axes, lines: list[tuple[str, str]], width: str, per_hour: float) -> None:
    labels = [wrap(words, LABEL_WIDTH[width]) for words in line_words(lines)]
    ax.set_ylim(len(lines) - 0.45, -0.55)
    ax.set_yticks(range(len(lines)), labels, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(left=0)
    unit = "Minutes" if per_hour > 1 else "Hours"
    end = "from the start of the infusion to the onset"
    ax.set_xlabel(f"{unit} {end}" if width == "two" else f"{unit} from start to onset")
    sober(ax, "x")
    for line in range(len(lines) - 1):
        ax.axhline(line + 0.5, color=GRID, linewidth=0.5, zorder=0.5)


def _height(lines: list[tuple[str, str]], n: int, width: str) -> float:
    texts = [wrap(words, LABEL_WIDTH[width]) for words in line_words(lines)]
    by_text = sum(text.count("\n") + 1.4 for text in texts) * LINE * SMALL / POINTS
    return max(by_text, len(lines) * n * LANE + 0.1, 0.6)


def _caption(result: Any, times: pl.DataFrame) -> str:
    known, unknown = int(times["n_events"].sum()), int(times["n_missing"].sum())
    without = f"{unknown} records without a time of onset are not drawn" if unknown else ""
    return caption_of(
        result,
        "Time from the start of the infusion to the onset of adverse events, a mark a record "
        f"(n = {known} records), a line at the median",
        all_asked_words(result.ways),
        without,
    )


def _alt(
    times: pl.DataFrame, lines: list[tuple[str, str]], names: list[str], per_hour: float
) -> str:
    unit = "minutes" if per_hour > 1 else "hours"
    parts = []
    for (way, event), words in list(zip(lines, line_words(lines), strict=True))[:4]:
        own = times.filter((pl.col("AEDECOD") == event) & (pl.col("ascertainment") == way))
        told = []
        for row in own.drop_nulls("median").to_dicts():
            name = names[int(row["place"])]
            whose = "" if name == "All" else f"{clean(name)} "
            median = number(row["median"] * per_hour, 0 if per_hour > 1 else 1)
            told.append(f"{whose}{median} {unit} (n = {row['n_events']})")
        if told:
            parts.append(f"{clean(words)}, median onset {joined(told)}.")
    return f"Strip plot of the onset of {len(lines)} adverse events. {' '.join(parts)}".strip()
