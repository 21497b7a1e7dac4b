"""Tables of rating scales: which were used, and how many scores stand on which items."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.rounding import number
from ketanalysis.tables.registry import table_of
from ketanalysis.tables.table import Column, Table


@table_of("item scores")
def item_scores(result: Any) -> Table:
    """One row a score: assessments, on what they stand, lowest and highest."""
    counts = {
        (row["PARAMCD"], row["reason"]): row["count"] for row in result.audit.iter_rows(named=True)
    }
    reasons = {
        "all items answered": "All items",
        "all items, some carried forward": "Some carried",
        "prorated": "Prorated",
        "more items missing than allowed": "Too few items",
        "no item answered": "Not rated",
    }
    shown = [one for one in reasons if any((scale, one) in counts for scale in result.scales)]
    columns = [Column("Score", "left"), Column("Assessments")]
    columns += [Column(reasons[one]) for one in shown]
    columns += [Column("Lowest"), Column("Highest")]
    rows = []
    for scale in result.scales:
        scores = result.table.filter(pl.col("PARAMCD") == scale)["AVAL"]
        cells = [str(counts.get((scale, one), 0)) for one in shown]
        ends = [_plain(scores.min()), _plain(scores.max())]
        rows.append((scale, str(len(scores)), *cells, *ends))
    return Table(result.title, tuple(columns), tuple(rows), notes=result.notes)


@table_of("instruments")
def instruments(result: Any) -> Table:
    """One row a scale: items, range, direction, and how many of its facts were read."""
    columns = (
        Column("Scale", "left"),
        Column("Name", "left"),
        Column("Items"),
        Column("Range"),
        Column("Direction", "left"),
        Column("Range verified", "left"),
        Column("Facts verified"),
    )
    rows = []
    for scale in result.scales:
        facts = result.table.filter(pl.col("scale") == scale)
        held = {row["fact"]: row for row in facts.iter_rows(named=True)}
        if "range" not in held:
            rows.append((scale, "not in the registry", "", "", "", "", ""))
            continue
        range_text, items = held["range"]["statement"].split(", ", 1)
        known = facts.filter(pl.col("verified").is_not_null())
        rows.append(
            (
                scale,
                held["name"]["statement"],
                items.removesuffix("s").removesuffix(" item"),
                range_text,
                held["direction"]["statement"],
                "yes" if held["range"]["verified"] else "not verified",
                f"{int(known['verified'].sum())} of {known.height}",
            )
        )
    return Table(result.title, columns, tuple(rows), notes=(*result.paragraphs(), *result.notes))


def _plain(score: Any) -> str:
    return "" if score is None else number(score, 0 if float(score).is_integer() else 1)
