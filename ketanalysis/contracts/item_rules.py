"""Rules on items: the item is one of the scale, its answer is possible, the total is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.contracts.rule import (
    Rule,
    distinct,
    is_unique,
    nowhere,
    number,
    shown,
    shown_number,
    text,
)
from ketanalysis.instruments import Instrument, find_instrument, form_numbers
from ketanalysis.item_matrix import item_matrix
from ketanalysis.item_totals import unit_values

SAME = 1e-6  # totals that were rounded when they were written down still agree
KEYS = ("USUBJID", "PARAMCD", "AVISIT", "APERIOD")


def registered_scales(frame: pl.DataFrame) -> dict[str, Instrument]:
    """Return the instruments of the registry that a table names in PARAMCD, by that name."""
    names = distinct(frame, "PARAMCD").to_series().drop_nulls().cast(pl.String)
    found = {name: find_instrument(name) for name in names.unique()}
    return {name: one for name, one in found.items() if one is not None}


def item_number(column: str) -> Rule:
    """The item is one that stands on the form of the scale."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        known = {n: one for n, one in registered_scales(frame).items() if is_checked(one)}
        if not known:
            return nowhere()
        item = number(column)
        return pl.any_horizontal(
            (text("PARAMCD") == name) & ~item.is_in([float(n) for n in form_numbers(one)])
            for name, one in known.items()
        )

    return Rule(
        id="item_number",
        column=column,
        needs=(column, "PARAMCD"),
        demand=pl.format("must be the number of an item of {}", text("PARAMCD")),
        advice="Correct the number, or leave out rows that are no items, such as totals.",
        fails=fails,
        **shown_number(column),
    )


def item_range(column: str) -> Rule:
    """An answer is one that its item has."""
    return Rule(
        id="item_range",
        column=column,
        needs=(column, "PARAMCD", "QSTESTCD"),
        demand=pl.format(
            "must be an answer to item {} of {}", shown(number("QSTESTCD")), text("PARAMCD")
        ),
        advice="Correct the answer, or name another instrument in PARAMCD.",
        fails=lambda frame: _outside(frame, column),
        value=lambda failing: pl.format("{} (of {})", shown(number(column)), _span(failing)),
        is_quoted=False,
    )


def _outside(frame: pl.DataFrame, column: str) -> pl.Expr:
    ends, answer = _item_ends(frame), number(column)
    is_part = pl.lit(~ends["is_continuous"]) & (answer % 1 != 0)
    return (answer < pl.lit(ends["low"])) | (answer > pl.lit(ends["high"])) | is_part


def _span(failing: pl.DataFrame) -> pl.Expr:
    ends = _item_ends(failing)
    return pl.format("{} to {}", shown(pl.lit(ends["low"])), shown(pl.lit(ends["high"])))


def _item_ends(frame: pl.DataFrame) -> pl.DataFrame:
    """Return lowest and highest answer of each row's item, null where that is not known."""
    rows = [
        (name, item, low, high, one.scoring.continuous)
        for name, one in registered_scales(frame).items()
        if is_checked(one)
        for item, (low, high) in one.scoring.ends(one.items).items()
    ]
    names = ["PARAMCD", "QSTESTCD", "low", "high", "is_continuous"]
    types = [pl.String, pl.Float64, pl.Float64, pl.Float64, pl.Boolean]
    held = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
    keys = frame.select(text("PARAMCD"), number("QSTESTCD"))
    return keys.join(held, on=["PARAMCD", "QSTESTCD"], how="left", maintain_order="left")


# Between two tables --------------------------------------------------------------------------


def item_total(items: pl.DataFrame) -> Rule:
    """A total agrees with the items of its assessment, where all of them were answered.

    With items missing, a total is named that no answers to them could give, or that counts
    them as 0.
    """
    expected = expected_totals(items)

    def beside(frame: pl.DataFrame) -> pl.DataFrame:
        keys = [name for name in KEYS if name in frame.columns and name in expected.columns]
        plain = frame.select(pl.col(keys).cast(pl.String))
        return plain.join(expected, on=keys, how="left", nulls_equal=True, maintain_order="left")

    def fails(frame: pl.DataFrame) -> pl.Expr:
        if expected.is_empty():
            return nowhere()
        held, total = beside(frame), number("AVAL")
        least, most, zeroed = (pl.lit(held[name]) for name in ("least", "most", "zeroed"))
        is_zeroed = (total - zeroed).abs() <= SAME
        return (total < least - SAME) | (total > most + SAME) | is_zeroed

    def value(failing: pl.DataFrame) -> pl.Expr:
        totals = failing.select(number("AVAL")).to_series()
        rows = beside(failing).iter_rows(named=True)
        told = [_told(row, total) for row, total in zip(rows, totals, strict=True)]
        return pl.lit(pl.Series("told", told, dtype=pl.String))

    return Rule(
        id="item_total",
        column="AVAL",
        needs=("AVAL", "USUBJID", "PARAMCD", "AVISIT"),
        demand="should be the score of the items of the assessment",
        advice="Score the items anew with score_items, or correct the item or the total.",
        fails=fails,
        severity="warning",
        value=value,
        is_quoted=False,
    )


def _told(row: Mapping[str, Any], total: float) -> str:
    """Return ``31 (the items give 28)``, with the mistake where it shows."""
    if row["n_missing"]:
        is_zeroed = row["zeroed"] is not None and abs(total - row["zeroed"]) <= SAME
        why = "which it counts as 0" if is_zeroed else "and no answers to them give it"
        what = "1 item is" if row["n_missing"] == 1 else f"{row['n_missing']} items are"
        return f"{total:g} ({what} missing, {why})"
    mistake = "; it is their plain sum" if abs(total - row["plain"]) <= SAME else ""
    return f"{total:g} (the items give {row['least']:g}{mistake})"


def expected_totals(items: pl.DataFrame) -> pl.DataFrame:
    """Return what the items of each assessment can give, one row an assessment.

    Columns: the keys as text; ``least`` and ``most``, which are one number where all items are
    answered; ``plain``, the sum of the answers as they stand; ``zeroed``, the score with
    missing items counted as nothing, where that is a mistake; ``n_missing``.
    """
    names = {name: pl.String for name in KEYS if name in items.columns}
    more = dict.fromkeys(("least", "most", "plain", "zeroed"), pl.Float64)
    empty = pl.DataFrame(schema={**names, **more, "n_missing": pl.Int64})
    if not {"USUBJID", "PARAMCD", "AVISIT", "QSTESTCD", "AVAL"} <= set(items.columns):
        return empty
    rows = items.with_columns(pl.col(list(names)).cast(pl.String))
    known = [(n, one) for n, one in registered_scales(items).items() if is_checked(one)]
    return pl.concat([empty, *(_expected(rows, list(names), name, one) for name, one in known)])


def is_checked(scale: Instrument) -> bool:
    """Whether the registry knows which answers its item numbers have, in all editions."""
    return bool(scale.scoring.item_high) and scale.scoring.numbering == "form"


def _expected(rows: pl.DataFrame, keys: list[str], name: str, one: Instrument) -> pl.DataFrame:
    its = rows.filter(pl.col("PARAMCD") == name)
    if not is_unique(its, [*keys, "QSTESTCD"]):  # the key's to say; which answer counts is not
        its = its.unique([*keys, "QSTESTCD"], keep="none")
    assessments, answers, _ = item_matrix(its, keys, one.item_numbers, "QSTESTCD", "AVAL")
    key = one.scoring.key(one.items)
    units, (low, high) = unit_values(answers, key), key.unit_ends()
    is_missing = np.isnan(units)
    parts = len(key.domains) if key.is_mean else 1
    zeroed = np.where(is_missing, 0.0, units).sum(axis=1) / parts
    points = np.where(is_missing, 0.0, units - low).sum(axis=1)
    is_partial = is_missing.any(axis=1) & (points > 0)  # else nothing is what they give
    return assessments.with_columns(
        pl.Series("least", np.where(is_missing, low, units).sum(axis=1) / parts),
        pl.Series("most", np.where(is_missing, high, units).sum(axis=1) / parts),
        pl.Series("plain", np.nansum(answers, axis=1)),
        pl.Series("zeroed", np.where(is_partial, zeroed, np.nan)).fill_nan(None),
        pl.Series("n_missing", is_missing.sum(axis=1), dtype=pl.Int64),
    )
