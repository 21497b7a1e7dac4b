"""Panels of two groups, and their words: title, difference, caption, text for the unsighted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ketanalysis.figures.style import clean
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.groups.group_tests import WORDS
from ketanalysis.rounding import interval, number
from ketanalysis.tables.registry import level


class Panel(NamedTuple):
    """One outcome in one by-group: its label, the primary row, the values by group."""

    outcome: str
    label: str
    row: dict[str, Any]
    values: tuple[NDArray[np.float64], NDArray[np.float64]]


def title_of(panel: Panel, panels: Sequence[Panel]) -> str:
    """Return what names a panel beside the others: its outcome, its by-group, both or nothing."""
    has_outcomes = len({p.outcome for p in panels}) > 1
    label = clean(panel.label) if panel.label != "All" else ""
    return ", ".join(t for t in (clean(panel.outcome) if has_outcomes else "", label) if t)


def difference_of(panel: Panel, result: Any) -> str:
    """Return the difference of a panel with its interval."""
    row = panel.row
    if row["estimate"] is None:
        return "Difference not estimable"
    ends = interval(row["conf_low"], row["conf_high"])
    return f"Difference {number(row['estimate'])} ({level(result.conf_level)} {ends})"


MOST_COUNTED = 4  # panels whose numbers stand in the caption too


def panels_caption(result: Any, panels: Sequence[Panel]) -> str:
    """Return the caption of a comparison."""
    row = panels[0].row
    test = WORDS.get(row["test"], row["test"]).removeprefix("the ")
    where = "" if len(panels) == 1 else "over each panel "
    what = clean(result.title.partition(": ")[0].partition(", by ")[0])
    kept = f", missing response scores {row['missing']}" if "missing" in row else ""
    return caption_of(
        result,
        f"{what}{kept}: every subject is a point, the box is median and quartiles, the diamond "
        f"the mean",
        f"{where}the difference {clean(result.group)} minus {clean(result.reference)} "
        f"({row['measure']}) with its {100 * result.conf_level:g} % confidence interval by "
        f"{test}" + (f", {_counted(panels)}" if len(panels) <= MOST_COUNTED else ""),
    )


def _counted(panels: Sequence[Panel]) -> str:
    return "; ".join(
        f"{title_of(p, panels) + ': ' if title_of(p, panels) else ''}"
        f"{_numbers(p)}, n = {p.row['n']} and {p.row['n_reference']}"
        for p in panels
    )


def _numbers(panel: Panel) -> str:
    row = panel.row
    if row["estimate"] is None:
        return "not estimable"
    return f"{number(row['estimate'])} ({interval(row['conf_low'], row['conf_high'])})"


def alt_of(result: Any, panels: Sequence[Panel]) -> str:
    """Return what the panels show, for those who do not see them."""
    parts = []
    for panel in panels:
        title, row = title_of(panel, panels), panel.row
        pairs = ((result.reference, "mean_reference"), (result.group, "mean"))
        means = [
            f"{clean(name)} mean {number(row[column])} (n = {len(values)})"
            if len(values)
            else f"no {clean(name)}"
            for (name, column), values in zip(pairs, panel.values, strict=True)
        ]
        difference = difference_of(panel, result)
        parts.append(
            f"{title + ': ' if title else ''}{'; '.join(means)}; "
            f"{difference[0].lower()}{difference[1:]}."
        )
    outcomes = joined(dict.fromkeys(clean(panel.outcome) for panel in panels))
    return (
        f"Points, boxes and means of {outcomes} for {clean(result.reference)} and "
        f"{clean(result.group)}. {' '.join(parts)}"
    )
