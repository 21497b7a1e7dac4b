"""Several outcomes of responders at once: Holm, Benjamini-Hochberg and max-T beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.groups.max_t import STATISTIC_OF, max_t
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.responder_cells import Cell
from ketanalysis.multiplicity import ADJUSTMENTS, adjust_p

Row = dict[str, Any]
MAX_T = "max-t"
CHOICES = (*ADJUSTMENTS, MAX_T)
BESIDE = ("holm", "bh", MAX_T)
NO_DRAWS = "not computed: max-t needs seed= and resamples="
NOT_PERMUTED = "not computed: max-t permutes subjects, which covariates do not allow"
FAMILY_SCHEMA: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "missing", "test"), pl.String),
    "p_value": pl.Float64,
    "method": pl.String,
    "p_adjusted": pl.Float64,
    "note": pl.String,
}


def check_family(outcomes: Sequence[str], p_adjust: str | None, adjust: Sequence[str]) -> None:
    """Refuse several outcomes without a method, and max-t where subjects cannot be permuted."""
    if p_adjust is None and len(outcomes) > 1:
        raise ArgumentError(
            f"p_adjust= must be written for {len(outcomes)} outcomes, which are one family of "
            f"tests: {listed(map(repr, CHOICES))}."
        )
    if p_adjust is not None:
        check_one_of("p_adjust", p_adjust, CHOICES)
    if p_adjust == MAX_T and adjust:
        raise ArgumentError(
            'p_adjust="max-t" permutes responders among subjects, which adjust= does not allow: '
            'write by= for arms, or p_adjust="holm".'
        )


def adjust_rows(
    rows: Sequence[Row], cells: Sequence[Cell], by: Sequence[str], p_adjust: str, draws: Draws
) -> None:
    """Write p_adjusted over the outcomes, within by-group, handling and test."""
    for family in _families(rows, by):
        if p_adjust == MAX_T:
            adjusted, _ = _max_t(family, cells, by, draws)
        else:
            adjusted = adjust_p([row["p_value"] for row in family], p_adjust)
        for row, p in zip(family, adjusted.tolist(), strict=True):
            row["p_adjusted"] = None if np.isnan(p) or row["p_value"] is None else p


def family_rows(
    table: pl.DataFrame, cells: Sequence[Cell], by: Sequence[str], draws: Draws
) -> Iterator[Row]:
    """Yield, for the primary test of several outcomes, its p adjusted in three ways."""
    primary = table.filter(pl.col("role") == "primary").rows(named=True)
    for family in _families(primary, by):
        if len(family) < 2:
            continue
        for method in BESIDE:
            adjusted, note = _beside(family, cells, by, draws, method)
            for row, p in zip(family, adjusted.tolist(), strict=True):
                yield {name: row[name] for name in (*by, "outcome", "missing", "test")} | {
                    "p_value": row["p_value"],
                    "method": method,
                    "p_adjusted": None if row["p_value"] is None else p,
                    "note": row["note"] if row["p_value"] is None else note,
                }


def _beside(
    family: Sequence[Row], cells: Sequence[Cell], by: Sequence[str], draws: Draws, method: str
) -> tuple[np.ndarray[Any, Any], str | None]:
    nothing = np.full(len(family), np.nan)
    if method != MAX_T:
        return adjust_p([row["p_value"] for row in family], method), None
    if family[0]["test"] not in STATISTIC_OF:
        return nothing, NOT_PERMUTED
    try:
        return _max_t(family, cells, by, draws)
    except ArgumentError:  # more splits than can be counted, and no seed or number of resamples
        return nothing, NO_DRAWS


def _families(rows: Sequence[Row], by: Sequence[str]) -> list[list[Row]]:
    families: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        families.setdefault(tuple(row[c] for c in (*by, "missing", "test")), []).append(row)
    return [*families.values()]


def _max_t(
    family: Sequence[Row], cells: Sequence[Cell], by: Sequence[str], draws: Draws
) -> tuple[np.ndarray[Any, Any], str]:
    """Return max-T p values of the outcomes of a family, each the column of its cell."""
    first = family[0]
    own = {
        cell.outcome: cell
        for cell in cells
        if cell.missing == first["missing"] and all(cell.key[c] == first[c] for c in by)
    }
    columns = [own[row["outcome"]] for row in family]
    scores = np.column_stack([cell.value for cell in columns])
    return max_t(scores, columns[0].responds, STATISTIC_OF[first["test"]], draws)
