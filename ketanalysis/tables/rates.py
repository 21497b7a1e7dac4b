"""Tables of shares: who responded or remitted, by visit and group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from ketanalysis.glossary import method_words
from ketanalysis.rates.handling import IMPUTED
from ketanalysis.rates.number_needed import number_needed
from ketanalysis.rounding import p_digits, percent
from ketanalysis.tables.registry import group_label, level, share_cells, share_columns, table_of
from ketanalysis.tables.table import Column, Table
from ketanalysis.tables.words import at_visit, contrast_words, handling_words


@table_of("rates")
def rates(result: Any) -> Table:
    """One row a visit, a block of columns a group, then the risk difference to the reference."""
    rows = result.table.to_dicts()
    groups = list(dict.fromkeys(group_label(row, result.by) for row in rows))
    cells = {(group_label(r, result.by), r["AVISIT"], r["missing"]): r for r in rows}
    visits = list(dict.fromkeys(row["AVISIT"] for row in rows))
    handlings = list(dict.fromkeys(row["missing"] for row in rows))
    contrasts = _differences(result)
    names = list(dict.fromkeys(key[0] for key in contrasts))
    columns = [Column("Visit", "left"), *share_columns(groups, result.conf_level)]
    for name in names:
        words = contrast_words(name, groups)
        shown = f"Difference ({level(result.conf_level)}), points"
        columns += [Column(shown, spanner=words), Column("p", spanner=words)]
    lines = []
    for handling in handlings:
        for visit in visits:
            line = [visit]
            for group in groups:
                line += share_cells(cells.get((group, visit, handling)))
            for name in names:
                line += contrasts.get((name, visit, handling), ["", ""])
            lines.append(tuple(line))
    groups_of_rows = tuple(
        (f"Missing scores: {handling_words(name, result.handlings)}", len(visits))
        for name in handlings
    )
    said = (*_hows(result), *_needed(result)) if names else ()
    return Table(
        result.title,
        tuple(columns),
        tuple(lines),
        groups_of_rows,
        (str(result.definition.sentence(result.scale)), *result.notes, *said),
    )


def _hows(result: Any) -> Iterator[str]:
    """Say by which method each kind of difference has its interval and its p value."""
    rows = first_differences(result).unique(["method", "test"], keep="first", maintain_order=True)
    for row in rows.iter_rows(named=True):
        imputed = row["missing"] in IMPUTED and rows.height > 1
        yield f"{'Imputed scores: d' if imputed else 'D'}{_how(row).removeprefix('D')}"


def _how(row: dict[str, Any]) -> str:
    """Say by which method the differences have their intervals, and by which their p values."""
    method, test = row["method"], row["test"]
    if test.startswith(method):
        return f"Difference in percentage points, interval and test by {method_words(method)}."
    ends = f"interval by {method_words(method)}"
    return f"Difference in percentage points, {ends}, p by {method_words(test)}."


def _needed(result: Any) -> tuple[str, ...]:
    """Say the number needed to treat of each contrast at the last visit, as Altman writes it."""
    visit, handling = result.table["AVISIT"][-1], result.table["missing"][0]
    groups = list(dict.fromkeys(group_label(row, result.by) for row in result.table.to_dicts()))
    said: list[str] = []
    legends = set()
    for row in first_differences(result).iter_rows(named=True):
        if row["AVISIT"] == visit and row["missing"] == handling and row["estimate"] is not None:
            words = contrast_words(row["contrast"], groups)
            needed = number_needed(row["estimate"], row["conf_low"], row["conf_high"])
            ends = f"{level(result.conf_level)} {needed.ends()}"
            said.append(f"{words} {at_visit(str(visit))}: {needed.value()} ({ends})")
            legends.add(needed.legend())
    if not said:
        return ()
    return (f"Number needed to treat, {'; '.join(said)}. {max(legends, key=len)}",)


def first_differences(result: Any) -> pl.DataFrame:
    """Return the risk differences by the first method, one row a contrast."""
    rows: pl.DataFrame = result.contrasts.filter(pl.col("measure") == "risk difference")
    first = pl.col("method").first().over("missing")
    return rows.filter(pl.col("method") == first)


def _differences(result: Any) -> dict[tuple[str, str, str], list[str]]:
    if result.contrasts.is_empty() or len(result.by) != 1:
        return {}
    rows = first_differences(result)
    return {
        (row["contrast"], row["AVISIT"], row["missing"]): [
            f"{percent(row['estimate'])} ({percent(row['conf_low'])} to "
            f"{percent(row['conf_high'])})",
            p_digits(row["p_value"]),
        ]
        for row in rows.iter_rows(named=True)
    }
