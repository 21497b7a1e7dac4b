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
# CDISC's names of dates end so: EXSTDTC, AEENDTC. No analysis rests on them.
DATES = "DTC"
# ISO 8601 as SDTM has it (IG 3.4, 4.4.2): parts at the end may be absent, others a hyphen.
_PART = r"(\d{2}|-)"
_ISO_DATE = (
    rf"^(\d{{4}}|-)(?:-{_PART}(?:-{_PART}(?:T{_PART}(?::{_PART}(?::(\d{{2}})(?:\.\d+)?)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?)?)?)?$"
)
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


def possible_date(column: str) -> Rule:
    """A date is one of the calendar, in full or in part."""
    cell = text(column).str.strip_chars()

    def fails(_: pl.DataFrame) -> pl.Expr:
        parts = cell.str.extract_groups(_ISO_DATE).struct
        month, day, hour, minute, second = (
            parts.field(str(i)).cast(pl.Int64, strict=False) for i in range(2, 7)
        )
        in_full = cell.str.extract(r"^(\d{4}-\d{2}-\d{2})")
        is_no_day = in_full.is_not_null() & in_full.str.to_date("%Y-%m-%d", strict=False).is_null()
        is_odd = ~cell.str.contains(_ISO_DATE) | is_no_day
        is_odd |= ~month.is_between(1, 12).fill_null(True) | ~day.is_between(1, 31).fill_null(True)
        is_odd |= (hour > 23).fill_null(False) | (minute > 59).fill_null(False)
        return (is_odd | (second > 59).fill_null(False)) & (cell != "")

    return Rule(
        id="date",
        column=column,
        needs=(column,),
        demand="should be a date of the calendar by ISO 8601, such as 2026-03-05T14:30 or 2026-03",
        advice="Correct the date. No analysis rests on it: times are AFRLT, in hours.",
        fails=fails,
        severity="warning",
    )
