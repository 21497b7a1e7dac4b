"""From the shape somebody's scores have to one row a subject, scale and visit.

Three shapes are in use: long (a column names the scale, another holds the score), wide by
scale (one row a subject and visit, a column a scale), and wide by scale and visit (one row a
subject, a column a scale and visit such as ``madrs_d14``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.frames import number_column

VISIT_MARK = "{visit}"
ROW = "row of the data"
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
DECLARE_CODES = "Correct the cells, or declare the codes that mean missing: missing_codes=[...]."
LEAVE_EMPTY = "Correct the cells; leave a cell empty where the time is not known."
Codes = Sequence[object]


def require_columns(
    frame: pl.DataFrame, argument: str, columns: Iterable[object], where: str = "data"
) -> None:
    """Raise `ArgumentError` for the first column that the frame does not have."""
    held = frame.columns
    for column in columns:
        if not isinstance(column, str) or column not in held:
            given = held[: held.index(ROW)] if ROW in held else held  # what follows is ours
            raise ArgumentError(
                f"{argument} must name a column of {where}, not {column!r}."
                f"{near_miss(column, given)}\n"
                f"  Its columns: {listed(given, 20)}."
            )


def label_of(value: object) -> str:
    """Return a visit or an arm as text; 4.0, which is how 4 looks beside a gap, is "4"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def label_text(column: pl.Series) -> pl.Series:
    """Return a column of visits or arms as text, each as `label_of` writes it."""
    if not column.dtype.is_float() and column.dtype != pl.Boolean:
        return column.cast(pl.String)
    labels = {value: label_of(value) for value in column.drop_nulls().unique()}
    return column.replace_strict(labels, default=None, return_dtype=pl.String)


def as_numbers(
    frame: pl.DataFrame,
    columns: Iterable[str],
    missing_codes: Codes = (),
    advice: str = DECLARE_CODES,
    owner: str = "",
) -> dict[str, pl.Series]:
    """Return columns as numbers; what is neither a number nor missing is refused at once.

    All odd cells of all columns stand in the one message, each with its count; `advice` says
    what to do about them, `owner` is the table that the message names ("ADSL.").
    """
    numbers: dict[str, pl.Series] = {}
    lines, odd_texts = [], []
    for column in dict.fromkeys(columns):
        numbers[column], odd = number_column(frame[column], column, missing_codes)
        if odd.height:
            codes = listed((_counted(row) for row in odd.iter_rows(named=True)), 20)
            lines.append(f"{owner}{column} must hold numbers, not {codes}.")
            odd_texts += odd["token"].to_list()
    if any(DECIMAL_COMMA.fullmatch(text) for text in odd_texts):
        advice += ' If commas are decimal, read the file with decimal=",".'
    if lines:
        raise ContractError("\n".join([*lines, f"  {advice}"]))
    return numbers


def rows_without(lacking: pl.Series) -> str:
    """Return "row 3 has none", or how many rows have none and the first of them."""
    first = int(lacking.arg_max() or 0) + 1
    count = int(lacking.sum())
    if count == 1:
        return f"row {first} has none"
    return f"{count} rows have none, the first is row {first}"


def coded_cells(frame: pl.DataFrame, numbers: Mapping[str, pl.Series]) -> Counter[str]:
    """Return how many cells each declared code made missing, over the columns of `numbers`."""
    found: Counter[str] = Counter()
    for column, values in numbers.items():
        text = frame[column].cast(pl.String).str.strip_chars()
        coded = text.filter(values.is_null() & text.is_not_null() & (text != ""))
        found.update(dict(coded.value_counts().iter_rows()))
    return found


def long_rows(
    frame: pl.DataFrame, parameter: str, score: pl.Series, keep: Sequence[str]
) -> pl.DataFrame:
    """Return the rows of a long frame: `keep` columns, PARAMCD and AVAL."""
    scale = label_text(frame[parameter])
    lacking = scale.is_null() | (scale.str.strip_chars() == "").fill_null(False)
    if lacking.any():
        raise ContractError(f"{parameter} must name a scale in every row; {rows_without(lacking)}.")
    return frame.select(keep).with_columns(scale.alias("PARAMCD"), score.alias("AVAL"))


def wide_by_scale(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    scores: Mapping[str, pl.Series],
    keep: Sequence[str],
) -> pl.DataFrame:
    """Return one row a scale from a frame with a column a scale; `columns` is scale → column."""
    check_once("scores", columns)
    return pl.concat(
        frame.select(keep).with_columns(
            pl.lit(scale).alias("PARAMCD"), scores[column].alias("AVAL")
        )
        for scale, column in columns.items()
    )


def wide_by_visit(
    frame: pl.DataFrame,
    columns: Mapping[tuple[str, str], str],
    scores: Mapping[str, pl.Series],
    keep: Sequence[str],
) -> pl.DataFrame:
    """Return one row a scale and visit; `columns` is (scale, visit) → column.

    A cell without a score makes no row.
    """
    return pl.concat(
        frame.select(keep)
        .with_columns(
            pl.lit(visit).alias("AVISIT"),
            pl.lit(scale).alias("PARAMCD"),
            scores[column].alias("AVAL"),
        )
        .filter(pl.col("AVAL").is_not_null())
        for (scale, visit), column in columns.items()
    )


def visit_columns(
    frame: pl.DataFrame,
    patterns: Mapping[str, str],
    visits: Sequence[str],
    taken: Collection[str],
) -> dict[tuple[str, str], str]:
    """Return (scale, visit) → column for patterns such as ``madrs_{visit}``.

    A column that fits a pattern but no visit is refused, so that no visit is lost; columns
    that are `taken` (they were named as something else) fit no pattern.
    """
    names = [name for name in frame.columns if name not in taken]
    found = {
        (scale, visit): column
        for scale, pattern in patterns.items()
        for visit, column in _fitting(names, scale, pattern, visits).items()
    }
    check_once("wide", {f"{scale}, {visit}": column for (scale, visit), column in found.items()})
    return found


def check_once(argument: str, columns: Mapping[str, str]) -> None:
    """Raise `ArgumentError` where two scales or visits would be read from one column."""
    owners: dict[str, str] = {}
    for owner, column in columns.items():
        if column in owners:
            raise ArgumentError(
                f"{argument} must give each scale its own columns; {column!r} is taken for "
                f"{owners[column]} and for {owner}."
            )
        owners[column] = owner


def _fitting(
    names: Sequence[str], scale: str, pattern: str, visits: Sequence[str]
) -> dict[str, str]:
    if not isinstance(pattern, str) or pattern.count(VISIT_MARK) != 1:
        raise ArgumentError(
            f"wide[{scale!r}] must hold {VISIT_MARK} once, in the place of the visit "
            f"(for example 'madrs_{VISIT_MARK}'), not {pattern!r}."
        )
    start, end = pattern.split(VISIT_MARK)
    fitting = {
        name[len(start) : len(name) - len(end)]: name
        for name in names
        if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)
    }
    unknown = [name for visit, name in fitting.items() if visit not in visits]
    if unknown:
        raise ArgumentError(
            f"wide[{scale!r}] = {pattern!r} fits columns whose visits are not declared: "
            f"{listed(unknown)}. visits= has {listed(map(repr, visits), 20)}.\n"
            "  Add the visits, narrow the pattern, or take the columns out of the data."
        )
    if not fitting:
        wanted = pattern.replace(VISIT_MARK, visits[0])
        raise ArgumentError(
            f"wide[{scale!r}] = {pattern!r} must fit a column (for example {wanted!r}), and fits "
            f"none.{near_miss(wanted, names)}\n  Columns of data: {listed(names, 20)}."
        )
    return {visit: fitting[visit] for visit in visits if visit in fitting}


def _counted(odd: Mapping[str, object]) -> str:
    rows = odd["rows"]
    assert isinstance(rows, list)
    if odd["count"] == 1:
        return f"{odd['token']!r} (row {rows[0]})"
    return f"{odd['token']!r} ({odd['count']} rows, the first is row {rows[0]})"
