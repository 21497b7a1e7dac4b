"""Rules on single cells: there or missing, of the right type, within the values allowed."""

from __future__ import annotations

import polars as pl

from ketanalysis.contracts.rule import Rule, number, shown_number, text

KINDS = {
    "text": "text",
    "number": "a number",
    "integer": "a whole number",
    "flag": 'text, "Y" or "N"',
    "date": "a date",
    "datetime": "a date with a time",
}
NUMBERS = ("number", "integer")
TEXTS = ("text", "flag")


def accepts(kind: str, dtype: pl.DataType) -> bool:
    """Whether a column of that polars type can hold values of the contract's type.

    Every numeric type is a number (a whole number is asked of the values, not of the type);
    an Enum and a Categorical are text; a column without any value is of every type.
    """
    if dtype == pl.Null:
        return True
    if kind in NUMBERS:
        return dtype.is_numeric()
    if kind in TEXTS:
        return isinstance(dtype, (pl.String, pl.Enum, pl.Categorical))
    return isinstance(dtype, pl.Date if kind == "date" else pl.Datetime)


def not_missing(column: str, kind: str, severity: str) -> Rule:
    """A cell is there; NaN and blank text are missing."""

    def fails(frame: pl.DataFrame) -> pl.Expr:
        cell = pl.col(column)
        if kind in TEXTS:
            return cell.is_null() | (text(column).str.strip_chars() == "")
        return number(column).is_null() if kind in NUMBERS else cell.is_null()

    return Rule(
        id="missing",
        column=column,
        needs=(column,),
        demand="must not be missing",
        advice="Fill in the cell, or take the row out.",
        fails=fails,
        severity=severity,
        states_value=False,
    )


def finite(column: str) -> Rule:
    """A number is finite."""
    return Rule(
        id="finite",
        column=column,
        needs=(column,),
        demand="must be finite",
        advice="Correct the number, or leave the cell empty if it is not known.",
        fails=lambda _: number(column).is_infinite(),
        **shown_number(column),
    )


def whole(column: str) -> Rule:
    """A number has no decimals."""
    return Rule(
        id="whole",
        column=column,
        needs=(column,),
        demand="must be a whole number",
        advice="Correct the number.",
        fails=lambda _: number(column) != number(column).round(),
        **shown_number(column),
    )


def within(column: str, low: float | None, high: float | None, unit: str, severity: str) -> Rule:
    """A number lies between two ends, both allowed."""
    ends = [end for end in (low, high) if end is not None]
    words = " and ".join(f"{end:g}" for end in ends)
    way = "between" if len(ends) == 2 else "at least" if high is None else "at most"
    below = number(column) < low if low is not None else pl.lit(False)
    above = number(column) > high if high is not None else pl.lit(False)
    return Rule(
        id="range",
        column=column,
        needs=(column,),
        demand=f"must be {way} {words}" + (f" {unit}" if unit else ""),
        advice="Correct the value.",
        fails=lambda _: (below | above) & number(column).is_finite(),
        severity=severity,
        **shown_number(column),
    )


def one_of(column: str, kind: str, values: tuple[str | float, ...], severity: str) -> Rule:
    """A cell holds one of the values allowed."""
    is_number = kind in NUMBERS
    allowed = [float(v) for v in values] if is_number else [str(v) for v in values]
    cell = number(column) if is_number else text(column)
    is_empty = pl.lit(False) if is_number else text(column).str.strip_chars() == ""
    return Rule(
        id="values",
        column=column,
        needs=(column,),
        demand=f"must be {'one of ' if len(values) > 1 else ''}{', '.join(map(str, values))}",
        advice="Use one of these words (capitals count), or add the word to the contract.",
        fails=lambda _: ~cell.is_in(allowed) & ~is_empty,
        severity=severity,
        **(shown_number(column) if is_number else {}),
    )
