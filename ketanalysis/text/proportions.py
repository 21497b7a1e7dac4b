"""Sentences on proportions from counts."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rates.contrasts import NEEDED
from ketanalysis.tables.proportions import needed_of_counts
from ketanalysis.text.contrasts import contrast_phrase, infinite, needed_phrase
from ketanalysis.text.rates import share
from ketanalysis.text.registry import phrase_of, sentences_of
from ketanalysis.text.style import Style

phrase_of("proportion")(share)


@sentences_of("proportion")
def proportion(result: Any, style: Style) -> str:
    """Say each proportion with its interval, and the test where there is one."""
    parts = []
    for row in result.table.iter_rows(named=True):
        name = f"{row['group']} " if result.table.height > 1 or row["group"] != "All" else ""
        p = f", {style.p(row['p_value'])}" if "p_value" in row else ""
        parts.append(f"{name}{share(result, row, style)}{p}")
    return f"{result.title}: {'; '.join(parts)}."


@phrase_of("proportions")
def comparison(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return one measure in running text; see `contrast_phrase`."""
    if row["measure"] == NEEDED:
        return needed_phrase(needed_of_counts(result), result.conf_level, style)
    return contrast_phrase(result, row, style)


@sentences_of("proportions")
def proportions(result: Any, style: Style) -> str:
    """Say both rates, the risk difference, and the number needed to treat."""
    rates = ", ".join(
        f"{row['group']} {share(result, row, style)}" for row in result.groups.iter_rows(named=True)
    )
    first = result.table.row(0, named=True)
    kind = "Common risk difference" if result.strata.height else "Risk difference"
    text = f"{rates}. {kind} {comparison(result, first, style)}."
    needed = needed_of_counts(result)
    if needed is None:
        return text
    (row,) = result.table.filter(pl.col("measure") == NEEDED).to_dicts()
    said = comparison(result, row, style)
    return f"{text} Number needed to treat {said}. {needed.legend(infinite(style))}"
