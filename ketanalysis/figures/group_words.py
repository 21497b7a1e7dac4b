"""Panels of groups, and their words: title, difference, caption, text for the unsighted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ketanalysis.figures.style import clean
from ketanalysis.figures.words import caption_of, joined
from ketanalysis.groups.test_names import WORDS, statistic_words
from ketanalysis.rounding import interval, number, p_value
from ketanalysis.tables.groups import digits_of, test_label
from ketanalysis.tables.registry import level


class Panel(NamedTuple):
    """One outcome in one by-group: its label, the primary row, names, values and means by group.

    The reference is the first group.
    """

    outcome: str
    label: str
    row: dict[str, Any]
    names: tuple[str, ...]
    values: tuple[NDArray[np.float64], ...]
    means: tuple[float | None, ...]


def title_of(panel: Panel, panels: Sequence[Panel]) -> str:
    """Return what names a panel beside the others: its outcome, its by-group, both or nothing."""
    has_outcomes = len({p.outcome for p in panels}) > 1
    label = clean(panel.label) if panel.label != "All" else ""
    return ", ".join(t for t in (clean(panel.outcome) if has_outcomes else "", label) if t)


def difference_of(panel: Panel, result: Any) -> str:
    """Return the difference of a panel with its interval, or the test of all its groups."""
    row = panel.row
    if row["n_reference"] is None and row["statistic"] is not None:
        return f"{test_label(row['test'])}: {statistic_words(row)}, {p_value(row['p_value'])}"
    if row["n_reference"] is None:
        return f"{test_label(row['test'])} not estimable"
    word = _measure(row)
    if row["estimate"] is None:
        return f"{word} not estimable"
    digits = digits_of(row)
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"{word} {number(row['estimate'], digits)} ({level(result.conf_level)} {ends})"


def _measure(row: dict[str, Any]) -> str:
    measure = str(row["measure"])
    if measure.startswith("difference of means, adjusted"):
        return "Adjusted difference"
    return "Superiority" if measure == "probability of superiority" else "Difference"


MOST_COUNTED = 4  # panels whose numbers stand in the caption too


def panels_caption(result: Any, panels: Sequence[Panel]) -> str:
    """Return the caption of a comparison."""
    row = panels[0].row
    test = WORDS.get(row["test"], row["test"]).removeprefix("the ")
    where = "" if len(panels) == 1 else "over each panel "
    what = clean(result.title.partition(": ")[0].partition(", by ")[0])
    kept = f", missing response scores {row['missing']}" if "missing" in row else ""
    counted = f", {_counted(panels)}" if len(panels) <= MOST_COUNTED else ""
    if row["n_reference"] is None:
        found = f"{where}{test} of {joined(map(clean, panels[0].names))}{counted}"
    else:
        found = (
            f"{where}{_what_stands_there(row)} {clean(result.group)} minus "
            f"{clean(result.reference)} ({row['measure']}) with its "
            f"{100 * result.conf_level:g} % confidence interval by {test}{counted}"
        )
    return caption_of(
        result,
        f"{what}{kept}: every subject is a point, the box is median and quartiles, the diamond "
        f"the mean",
        found,
    )


def _what_stands_there(row: dict[str, Any]) -> str:
    return "the estimate" if row["measure"] == "probability of superiority" else "the difference"


def _counted(panels: Sequence[Panel]) -> str:
    return "; ".join(
        f"{title_of(p, panels) + ': ' if title_of(p, panels) else ''}{_numbers(p)}" for p in panels
    )


def _numbers(panel: Panel) -> str:
    row = panel.row
    if row["n_reference"] is None:
        if row["statistic"] is None:
            return f"not estimable, n = {row['n']}"
        return f"{statistic_words(row)}, {p_value(row['p_value'])}, n = {row['n']}"
    counts = f"n = {row['n']} and {row['n_reference']}"
    if row["estimate"] is None:
        return f"not estimable, {counts}"
    digits = digits_of(row)
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"{number(row['estimate'], digits)} ({ends}), {counts}"


def alt_of(result: Any, panels: Sequence[Panel]) -> str:
    """Return what the panels show, for those who do not see them."""
    parts = []
    for panel in panels:
        title = title_of(panel, panels)
        means = [
            f"{clean(name)} mean {number(mean)} (n = {len(values)})"
            if len(values)
            else f"no {clean(name)}"
            for name, mean, values in zip(panel.names, panel.means, panel.values, strict=True)
        ]
        difference = difference_of(panel, result)
        if panel.row["n_reference"] is not None:
            difference = f"{difference[0].lower()}{difference[1:]}"
        parts.append(f"{title + ': ' if title else ''}{'; '.join(means)}; {difference}.")
    outcomes = joined(dict.fromkeys(clean(panel.outcome) for panel in panels))
    return (
        f"Points, boxes and means of {outcomes} for {joined(map(clean, panels[0].names))}. "
        f"{' '.join(parts)}"
    )
