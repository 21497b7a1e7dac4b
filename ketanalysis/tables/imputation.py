"""Tables after imputation: change by visit and strategy, and the tipping point."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import decimals, interval, number, p_digits, percent
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import contrast_words

CHANGE = "difference in change"


@table_of("imputed change")
def imputed_change(result: Any) -> Table:
    """One row a visit and contrast, grouped by strategy."""
    columns = (
        Column("Visit", "left"),
        Column("Contrast", "left"),
        Column("n"),
        Column("Imputed"),
        Column(f"Difference ({level(result.conf_level)})"),
        Column("SE"),
        Column("df"),
        Column("p"),
        Column("Information missing, %"),
    )
    lines, groups = [], []
    for strategy in result.table["strategy"].unique(maintain_order=True):
        rows = [r for r in result.table.iter_rows(named=True) if r["strategy"] == strategy]
        groups.append((f"Strategy: {strategy}", len(rows)))
        for row in rows:
            digits = decimals(row["conf_low"], row["conf_high"])
            lines.append(
                (
                    row["AVISIT"],
                    contrast_words(row["contrast"]),
                    str(row["n"]),
                    str(row["n_imputed"]),
                    _with_interval(row, digits),
                    number(row["std_error"], digits),
                    "" if row["df"] is None else number(row["df"], 1),
                    p_digits(row["p_value"]),
                    "" if row["fraction_missing"] is None else percent(row["fraction_missing"]),
                )
            )
    return Table(result.title, columns, tuple(lines), tuple(groups), result.notes)


@table_of("tipping point")
def tipping(result: Any) -> Table:
    """One row a shift and contrast."""
    columns = (
        Column("Shift, points"),
        Column("Contrast", "left"),
        Column(f"Difference ({level(result.conf_level)}), {unit_of(result)}"),
        Column("p"),
    )
    lines = [
        (
            number(row["delta"], 0 if float(row["delta"]).is_integer() else 1),
            contrast_words(row["contrast"]),
            _difference(row),
            p_digits(row["p_value"]),
        )
        for row in result.table.iter_rows(named=True)
    ]
    notes = tuple(tip_words(row, result) for row in result.tips.iter_rows(named=True))
    return Table(result.title, columns, tuple(lines), notes=(*notes, *result.notes))


def unit_of(result: Any) -> str:
    """Return the unit of the differences of a tipping point."""
    return "points" if result.table["measure"][0] == CHANGE else "percentage points"


def _difference(row: dict[str, Any]) -> str:
    if row["measure"] == CHANGE:
        return _with_interval(row, decimals(row["conf_low"], row["conf_high"]))
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return f"{percent(row['estimate'])} ({ends})"


def tip_words(row: dict[str, Any], result: Any) -> str:
    """Return at which shift the interval of a contrast first holds no difference."""
    pair = contrast_words(row["contrast"])
    if row["delta"] is None:
        return f"{pair}: the interval excludes no difference at every shift tried."
    return (
        f"{pair}: the interval first includes no difference at a shift of "
        f"{number(row['delta'], 1)} points."
    )


def _with_interval(row: dict[str, Any], digits: int) -> str:
    ends = interval(row["conf_low"], row["conf_high"], digits)
    return f"{number(row['estimate'], digits)} ({ends})"
