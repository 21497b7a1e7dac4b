"""Sentences on scores: change from baseline, and groups compared."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import decimals, number
from ketanalysis.tables.registry import group_label
from ketanalysis.text.registry import phrase, sentences_of
from ketanalysis.text.style import Style


@sentences_of("change")
def change(result: Any, style: Style) -> str:
    """Say the mean change of each group at the last visit."""
    last = result.table["AVISIT"].unique(maintain_order=True)[-1]
    measure = "change" if "change" in result.table["measure"] else "score"
    rows = result.table.filter((pl.col("AVISIT") == last) & (pl.col("measure") == measure))
    what = "Mean change in" if measure == "change" else "Mean"
    parts = [
        f"{group_label(row, result.by)} {phrase(result, row, style)}, n = {row['n']}"
        for row in rows.iter_rows(named=True)
    ]
    return f"{what} {result.scale} at {last}: {'; '.join(parts)}."


@sentences_of("comparison")
@sentences_of("responders")
def comparison(result: Any, style: Style) -> str:
    """Say both means, the difference and the p value of each primary row."""
    rows = result.table.filter(pl.col("role") == "primary")
    by = list(result.by) if result.kind == "responders" else []
    parts = []
    for row in rows.iter_rows(named=True):
        where = f" ({group_label(row, by)})" if by else ""
        p = row["p_adjusted"] if row["p_adjusted"] is not None else row["p_value"]
        digits = decimals(row["conf_low"], row["conf_high"])
        parts.append(
            f"{row['outcome']}{where}: {result.group} mean {number(row['mean'], digits)} "
            f"(n = {row['n']}), {result.reference} mean {number(row['mean_reference'], digits)} "
            f"(n = {row['n_reference']}), difference {phrase(result, row, style)}, {style.p(p)}"
        )
    return f"{'; '.join(parts)}."
