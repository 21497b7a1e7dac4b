"""Tables of what others published: figures beside a curve, studies pooled."""

from __future__ import annotations

from typing import Any

from ketanalysis.literature.published import FREE
from ketanalysis.rounding import NOT_REACHED, interval, number, p_digits, percent
from ketanalysis.tables.registry import group_label, level, table_of
from ketanalysis.tables.table import Column, Table

MODELS = {"random": "Random mean", "common": "Common rate"}


@table_of("published_comparison")
def published_comparison(result: Any) -> Table:
    """One row a group and published figure; a block a study, treatment and set."""
    ci = level(result.conf_level)
    columns = (
        *([Column("Group", "left")] if result.by else []),
        Column("Measure", "left"),
        Column(f"Here ({ci})"),
        Column(f"Published ({ci})"),
        Column(f"Difference, points ({ci})"),
    )
    lines: list[tuple[str, ...]] = []
    blocks: list[tuple[str, int]] = []
    theirs = result.table.group_by("study", "treatment", "among", maintain_order=True)
    for (study, treatment, among), own in theirs:
        lines += [_line(result, row) for row in own.iter_rows(named=True)]
        blocks.append((f"{study}: {treatment}; {among}", own.height))
    said = dict.fromkeys(row["note"] for row in result.table.to_dicts() if row["note"])
    return Table(result.title, columns, tuple(lines), tuple(blocks), (*result.notes, *said))


def _line(result: Any, row: dict[str, Any]) -> tuple[str, ...]:
    own = (row["estimate"], row["conf_low"], row["conf_high"])
    theirs = (row["published"], row["published_low"], row["published_high"])
    difference = (row["difference"], row["difference_low"], row["difference_high"])
    cells = (_cell(row, *own), _cell(row, *theirs, is_theirs=True), _cell(row, *difference))
    group = (group_label(row, result.by),) if result.by else ()
    return (*group, measure_words(row), *cells)


def measure_words(row: dict[str, Any]) -> str:
    """Return ``free at 28 days, %``, ``median, days``."""
    if row["measure"] != FREE:
        return f"{row['measure']}, days"
    return f"free at {row['time']:g} days, %" if row["time"] is not None else "free at the end, %"


def _cell(
    row: dict[str, Any], value: float | None, low: Any, high: Any, *, is_theirs: bool = False
) -> str:
    """Return ``63 (41 to 79)``, with ``6/8`` where the published counts are known."""
    if value is None:
        return ""
    if row["measure"] != FREE:
        shown = number(value, 0 if is_theirs and value == round(value) else 1, infinite=NOT_REACHED)
        if low is None and high is None:
            return shown
        if is_theirs:
            return f"{shown} ({interval(low, high, 0)})"
        return f"{shown} ({interval(low, high, infinite=NOT_REACHED)})"
    count = f"{row['published_count']}/{row['published_n']}, " if is_theirs else ""
    count = count if row["published_count"] is not None else ""
    ends = f" ({percent(low)} to {percent(high)})" if low is not None else ""
    return f"{count}{percent(value)}{ends}"


@table_of("pooled_proportions")
def pooled_proportions(result: Any) -> Table:
    """One row a study, then both means, the interval of prediction, and the heterogeneity."""
    columns = (
        Column("Study", "left"),
        Column("n/N"),
        Column("%"),
        Column(level(result.conf_level)),
        Column("Weight, %"),
    )
    studies = [
        (
            row["group"],
            f"{row['count']}/{row['n']}",
            *_percents(row),
            "" if row["weight"] is None else percent(row["weight"]),
        )
        for row in result.studies.iter_rows(named=True)
    ]
    means = [(MODELS[row["model"]], "", *_percents(row), "") for row in result.table.to_dicts()]
    random = result.table.row(0, named=True)
    if random["prediction_low"] is not None:
        ends = f"{percent(random['prediction_low'])} to {percent(random['prediction_high'])}"
        means.append(("Prediction for a further study", "", "", ends, ""))
    blocks = (("Studies", len(studies)), ("Pooled", len(means)))
    notes = (*result.notes, f"{heterogeneity_words(result)}.")
    return Table(result.title, columns, (*studies, *means), blocks, notes)


def _percents(row: dict[str, Any]) -> tuple[str, str]:
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return percent(row["estimate"]), ends


def heterogeneity_words(result: Any) -> str:
    """Return ``Heterogeneity: Cochran's Q 29.79, 13 df, p = 0.005; I2 56 %; tau2 0.36``."""
    (row,) = result.heterogeneity.to_dicts()
    p = p_digits(row["p_value"])
    shown = f"p {p}" if p.startswith("<") else f"p = {p}"
    share = "not estimable" if row["i2"] is None else f"{percent(row['i2'])} %"
    return (
        f"Heterogeneity: {row['test']} {number(row['statistic'], 2)}, {row['df']} df, {shown}; "
        f"I2 {share}; tau2 {number(row['tau2'], 3)}"
    )
