"""Decimal commas in columns of text: where they are beyond doubt, and what is in doubt."""

from __future__ import annotations

import polars as pl

from ketanalysis.errors import ContractError, listed

_COMMA = r"^[+-]?[0-9]+,[0-9]+$"
_POINT = r"^[+-]?[0-9]*\.[0-9]+$"
_ONE_POINT = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_UP_TO_THREE_DIGITS = r"^[+-]?[0-9]{1,3}$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$"


def with_decimal_points(frame: pl.DataFrame, name: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the frame with a decimal point for each decimal comma, and notes on what changed.

    A column has decimal commas when every value of it that holds a comma is digits, one
    comma, digits (a sign before it at most). Other columns stay exactly as they are. Null
    stays null.

    Raises
    ------
    ContractError
        When a column has numbers with a comma and numbers with a point.
    """
    columns = [column for column in frame.columns if _has_decimal_commas(frame[column])]
    for column in columns:
        _refuse_two_marks(frame[column], column, name)
    changed = frame.with_columns(
        pl.when(pl.col(column).str.strip_chars().str.contains(_COMMA))
        .then(pl.col(column).str.replace(",", ".", literal=True))
        .otherwise(pl.col(column))
        .alias(column)
        for column in columns
    )
    if not columns:
        return frame, ()
    notes = [f"Decimal commas were read in {listed(columns)}."]
    dotted = [c for c in frame.columns if c not in columns and _has(frame[c], _THOUSANDS)]
    if dotted:
        notes.append(
            f"Values like 1.234 were kept as they stand in {listed(dotted)}; beside decimal "
            "commas such a point can mark thousands."
        )
    return changed, tuple(notes)


def refuse_ambiguous_points(frame: pl.DataFrame, name: str) -> None:
    """Refuse a column of numbers like 1.234, which beside a declared decimal comma say two things.

    Whole numbers of up to three digits settle nothing; any other value does.

    Raises
    ------
    ContractError
        When a column has such numbers and nothing that settles what the point means.
    """
    for column in frame.columns:
        values = frame[column].str.strip_chars()
        pointed = values.str.contains(_ONE_POINT)
        if not pointed.any():
            continue
        if (pointed | values.str.contains(_UP_TO_THREE_DIGITS)).all():
            row = int(pointed.arg_true()[0])
            whole, rest = values[row].split(".")
            raise ContractError(
                f"{name}, column {column} can be read in two ways where the decimal mark is a "
                f'comma: data row {row + 1} has "{values[row]}".\n'
                f'  Write "{whole}{rest}" if the point marks thousands, "{whole},{rest}" if it is '
                'decimal; or declare\n  decimal="." to read the file as it stands.'
            )


def looks_decimal(frame: pl.DataFrame) -> list[str]:
    """Return the columns whose commas can only be decimal commas."""
    return [column for column in frame.columns if _has_decimal_commas(frame[column])]


def _has_decimal_commas(series: pl.Series) -> bool:
    with_comma = series.filter(series.str.contains(",", literal=True)).str.strip_chars()
    return len(with_comma) > 0 and bool(with_comma.str.contains(_COMMA).all())


def _has(series: pl.Series, pattern: str) -> bool:
    return bool(series.str.strip_chars().str.contains(pattern).any())


def _refuse_two_marks(series: pl.Series, column: str, name: str) -> None:
    values = series.str.strip_chars()
    with_point = values.str.contains(_POINT).arg_true()
    if not len(with_point):
        return
    with_comma = values.str.contains(_COMMA).arg_true()
    comma_row, point_row = int(with_comma[0]), int(with_point[0])
    raise ContractError(
        f"{name}, column {column} must have one decimal mark: data row {comma_row + 1} has "
        f'"{values[comma_row]}", data row {point_row + 1} has "{values[point_row]}".\n'
        '  Write one mark throughout; declare decimal="." to read the column as it stands.'
    )
