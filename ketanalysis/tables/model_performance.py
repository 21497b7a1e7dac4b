"""Tables of how a model performs: corrected for optimism, calibrated, in net benefit."""

from __future__ import annotations

from typing import Any

from ketanalysis.rounding import interval, number, p_digits
from ketanalysis.tables.registry import level, table_of
from ketanalysis.tables.table import Column, Table

Row = dict[str, Any]
LABELS = {
    "bootstrap": "Bootstrap (Harrell)",
    "0.632+": ".632+ bootstrap",
    "leave-one-out": "Leave one out, pooled",
    "leave-pair-out": "Leave a pair out",
}


def method_label(method: str) -> str:
    """Return the name of a way of validating as a table heads it."""
    return LABELS.get(method, f"{method[:1].upper()}{method[1:]}")


@table_of("validation")
def validation(result: Any) -> Table:
    """One row a measure: apparent, optimism, corrected; a block a method."""
    columns = (
        Column("Measure", "left"),
        Column("Apparent"),
        Column("Optimism"),
        Column("Corrected"),
        Column("Resamples or folds"),
    )
    lines, blocks = [], []
    for (method,), rows in result.table.group_by("method", maintain_order=True):
        for row in rows.iter_rows(named=True):
            lines.append(
                (
                    _capital(row["measure"]),
                    number(row["estimate"], 3),
                    number(row["optimism"], 3),
                    number(row["corrected"], 3),
                    str(row["n_resamples"]),
                )
            )
        blocks.append((method_label(method), rows.height))
    return Table(result.title, columns, tuple(lines), tuple(blocks), result.notes)


@table_of("calibration")
def calibration(result: Any) -> Table:
    """One row a measure with its interval and test; the groups below."""
    columns = (
        Column("Measure", "left"),
        Column("Estimate"),
        Column(level(result.conf_level)),
        Column("p"),
    )
    lines = [
        (
            _capital(row["measure"]),
            number(row["estimate"], 3),
            "" if row["conf_low"] is None else interval(row["conf_low"], row["conf_high"], 2),
            "" if row["p_value"] is None else p_digits(row["p_value"]),
        )
        for row in result.table.iter_rows(named=True)
    ]
    why = dict.fromkeys(
        f"{_capital(row['measure'])}: {row['note']}."
        for row in result.table.iter_rows(named=True)
        if row["note"]
    )
    return Table(result.title, columns, tuple(lines), notes=(*result.notes, *why))


@table_of("net benefit")
def net_benefit(result: Any) -> Table:
    """One row a threshold: net benefit of the model, of treating all, of treating none."""
    columns = (
        Column("Threshold, %"),
        Column(f"Model ({level(result.conf_level)})"),
        Column("Everybody"),
        Column("Nobody"),
        Column("Treated, of 100"),
    )
    wide = result.table.pivot("strategy", index="threshold", values="estimate")
    models = {
        r["threshold"]: r for r in result.table.iter_rows(named=True) if r["count"] is not None
    }
    lines = []
    for row in wide.iter_rows(named=True):
        own = models[row["threshold"]]
        ends = interval(own["conf_low"], own["conf_high"], 3)
        lines.append(
            (
                f"{100 * row['threshold']:g}",
                f"{number(row['model'], 3)} ({ends})",
                number(row["everybody"], 3),
                number(row["nobody"], 3),
                number(100 * own["count"] / own["n"], 0),
            )
        )
    return Table(result.title, columns, tuple(lines), notes=result.notes)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
