"""Text columns of a file, as the types that their contract names: a CSV file knows only text."""

from __future__ import annotations

import polars as pl

from ketanalysis.contracts.contract import shipped_contract
from ketanalysis.intake.shaping import LEAVE_EMPTY, Codes, as_numbers

NUMBERS = ("number", "integer")
CLOCKS = ("AFRLT", "AFRLTEND", "ARRLT", "ADY")


def typed_by_contract(frame: pl.DataFrame, table: str, missing_codes: Codes = ()) -> pl.DataFrame:
    """Return the frame with text columns as numbers where the contract of `table` says so.

    A cell that is no number is refused with its code and count; an empty cell and a declared
    code are missing (a time has no codes: -9 hours is a time). Columns that the contract does
    not know stay text.
    """
    kinds = {
        column.name: column.type
        for column in shipped_contract(table).columns
        if column.type in NUMBERS
        and column.name in frame.columns
        and frame.schema[column.name] in (pl.String, pl.Float64, pl.Int64)
    }
    owner = f"{table.upper()}."
    clocks = as_numbers(frame, [n for n in kinds if n in CLOCKS], (), LEAVE_EMPTY, owner)
    rest = [n for n in kinds if n not in CLOCKS]
    others = as_numbers(frame, rest, missing_codes, owner=owner)
    return frame.with_columns(
        _whole(values) if kinds[name] == "integer" else values
        for name, values in (clocks | others).items()
    )


def _whole(values: pl.Series) -> pl.Series:
    """Return whole numbers as Int64; a fraction stays, for the contract to refuse its row."""
    return values.cast(pl.Int64) if (values.drop_nulls() % 1 == 0).all() else values
