"""Which rows are events: the one place where a censoring code is turned round.

CDISC's CNSR is 0 for an event; R and lifelines want 1. A wrong guess turns every censored
subject into an event without a sign of it, so no coding is ever guessed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, alike, listed, near_miss
from ketanalysis.survival.risk_sets import Bools

ROW = "row of the given frame"


def check_column(argument: str, column: str, frame: pl.DataFrame) -> None:
    """Raise `ArgumentError` unless the argument names a column of the frame."""
    if column not in frame.columns:
        raise ArgumentError(
            f"{argument} must name a column of the frame ({listed(frame.columns, 20)}), "
            f"not {column!r}.{near_miss(column, frame.columns)}"
        )


def where(rows: pl.DataFrame) -> str:
    """Say which rows, and whose: the second line of an error on some rows of a frame."""
    subjects = ""
    if "USUBJID" in rows.columns:
        names = rows["USUBJID"].cast(pl.String).unique(maintain_order=True)
        subjects = f" (subject{'s' * (len(names) > 1)} {listed(names, 3)})"
    return f"  Row{'s' * (rows.height > 1)} {listed(rows[ROW], 3)}{subjects}, counted from 1."


def event_codes(
    rows: pl.DataFrame, censor: str = "CNSR", event: str | None = None, event_value: Any = None
) -> Bools:
    """Return whether each row (n,) ended in the event, from a declared coding.

    Parameters
    ----------
    rows
        The rows that enter, numbered in the column `ROW`.
    censor
        Column of censoring codes: 0 is the event, 1 or more is censored. Used where
        `event` is None.
    event
        Column of events: 0 and 1, or False and True; any other codes with `event_value`.
    event_value
        The code, or list of codes, of `event` that means the event; all others are censored.

    Raises
    ------
    ArgumentError
        If a column is missing, or the coding is not declared.
    ContractError
        If a code is missing, a censoring code is no whole number of 0 or more, or codes of
        `event` differ only in case or surrounding spaces.

    Examples
    --------
    >>> event_codes(pl.DataFrame({"status": [1, 2, 2]}), event="status", event_value=2).tolist()
    [False, True, True]
    """
    if event is not None:
        check_column("event", event, rows)
        return _declared(rows, event, event_value)
    if event_value is not None:
        raise ArgumentError("event_value needs event, the column that it is a code of.")
    if censor not in rows.columns:
        raise ArgumentError(
            f"The frame has no censoring column {censor!r} (0 = event, 1 or more = censored).\n"
            "  Name it with censor=, or name the column of events with event=."
        )
    return _from_censoring(rows, censor)


def _from_censoring(rows: pl.DataFrame, censor: str) -> Bools:
    codes = rows[censor]
    if not (codes.dtype.is_numeric() or codes.dtype in (pl.Boolean, pl.Null)):
        raise ContractError(
            f"{censor} must be 0 (event) or a whole number from 1 (censored), "
            f"not {listed(map(repr, codes.unique().sort()))}.\n"
            "  Give numbers, or name the column of events with event= and event_value=."
        )
    numbers = codes.cast(pl.Float64).to_numpy()  # null is NaN there
    if bool(((numbers >= 0) & (numbers == np.floor(numbers))).all()):  # usual, without a query
        return np.asarray(numbers == 0)
    code = pl.col(censor).cast(pl.Float64)
    wrong = rows.filter(code.is_null() | (code < 0) | (code != code.floor()))
    if not wrong.is_empty():
        first = "missing" if wrong[censor][0] is None else wrong[censor][0]
        raise ContractError(
            f"{censor} must be 0 (event) or a whole number from 1 (censored), not {first}.\n"
            f"{where(wrong)}\n"
            "  Correct the code, or name the column of events with event=."
        )
    return (codes.cast(pl.Float64) == 0).to_numpy()


def _declared(rows: pl.DataFrame, event: str, event_value: Any) -> Bools:
    codes = rows[event]
    if codes.null_count():
        raise ContractError(
            f"{event} must say of every subject whether the event happened.\n"
            f"{where(rows.filter(codes.is_null()))}\n"
            "  Fill it in, or exclude the subject with entered = False and a reason."
        )
    found = codes.unique().sort().to_list()
    if same := alike(found):
        raise ContractError(
            f"The codes of {event} must differ by more than case or spaces, but these do not: "
            f"{listed(map(repr, same))}.\n"
            f"{where(rows.filter(codes.cast(pl.String).is_in(same)))}\n"
            "  Give each code one spelling."
        )
    if event_value is not None:
        return codes.is_in(_chosen(found, event, event_value)).to_numpy()
    is_number = codes.dtype.is_numeric() or codes.dtype == pl.Boolean
    if is_number and all(code in (0, 1) for code in found):
        return (codes.cast(pl.Float64) == 1).to_numpy()
    raise ArgumentError(
        f"The codes of {event} must be 0 and 1, or False and True, "
        f"not {listed(map(repr, found))}.\n"
        "  Say which code is the event: event_value=2 for 1/2 coding, event_value='Y' for Y/N."
    )


def _chosen(found: list[Any], event: str, event_value: Any) -> list[Any]:
    """Return the codes that mean the event; a code that nearly occurs is a slip."""
    values = event_value if isinstance(event_value, (list, tuple, set)) else [event_value]
    for value in values:
        hint = "" if value in found else _of_other_type(value, found) or near_miss(value, found)
        if hint:
            raise ArgumentError(
                f"event_value must be among the codes of {event} "
                f"({listed(map(repr, found))}), not {value!r}.{hint}"
            )
    return [code for code in found if code in values]


def _of_other_type(value: Any, found: list[Any]) -> str:
    """Say how to give a number among codes that are text, or text among numbers."""
    if not isinstance(value, str) and all(isinstance(code, str) for code in found):
        return f"\n  The codes are text: give it as text ({str(value)!r})."
    if isinstance(value, str) and not any(isinstance(code, str) for code in found):
        return "\n  The codes are no text: give it as a number, or as True or False."
    return ""
