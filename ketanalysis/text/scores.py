"""Sentences on scores: change from baseline."""

from __future__ import annotations

from typing import Any

import polars as pl

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
