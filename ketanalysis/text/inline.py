"""One estimate as running text, chosen by visit, group or column value."""

from __future__ import annotations

import polars as pl

from ketanalysis.errors import ArgumentError, listed
from ketanalysis.results import Result
from ketanalysis.text.registry import phrase
from ketanalysis.text.style import style_named

# Results whose table holds whole curves: the frame with one row a group.
SUMMARISED = {
    "survival": "medians",
    "interval_survival": "medians",
    "cumulative_incidence": "groups",
}


def inline(result: Result, *where: object, style: str = "plain", **by: object) -> str:
    """Return one estimate as running text; `where` and `by` choose one row of the table.

    Each value of `where` is matched with the columns that name the row (a visit, a group, a
    time, a handling of missing scores); `by` names the column: ``arm="ketamine"`` is TRT01P.
    With ``measure="risk difference"`` it is one of the contrasts.
    """
    chosen = style_named(style)
    rows: pl.DataFrame = getattr(result, SUMMARISED.get(result.kind, "table"), result.table)
    if by.keys() & {"measure", "contrast"} and not {"measure", "contrast"} & {*rows.columns}:
        rows = getattr(result, "contrasts", rows)
    keys = [c for c, t in rows.schema.items() if c.isupper() or t in (pl.String, pl.Enum)]
    keys += [c for c in (*getattr(result, "by", ()), "time") if c in rows.columns and c not in keys]
    named = {"TRT01P" if key == "arm" else key: value for key, value in by.items()}
    for column in named:
        if column not in rows.columns:
            raise ArgumentError(f"There is no column {column!r}; there are {listed(rows.columns)}.")
    tests = [_is(column, value) for column, value in named.items()]
    tests += [pl.any_horizontal(_is(column, value) for column in keys) for value in where]
    fitting = rows.filter(tests) if tests else rows
    if fitting.height != 1:
        asked = listed(map(repr, [*where, *named.values()])) or "this"
        found = f"{fitting.height} estimates fit" if fitting.height else "No estimate fits"
        raise ArgumentError(f"{found} {asked}. Choose one by {_choices(rows, keys)}.")
    return phrase(result, fitting.row(0, named=True), chosen)


def _is(column: str, value: object) -> pl.Expr:
    """Whether a cell is the value, as text; 28.0 and 28 are the same."""
    text = f"{value:g}" if isinstance(value, int | float) else str(value)
    return pl.col(column).cast(pl.String).str.strip_suffix(".0") == text


def _choices(rows: pl.DataFrame, keys: list[str]) -> str:
    several = [key for key in keys if rows[key].n_unique() > 1]
    return "; ".join(
        f"{key}: {listed(rows[key].drop_nulls().unique(maintain_order=True))}" for key in several
    )
