"""The one door for frames: pandas, Arrow, narwhals and dictionaries come in, polars goes on.

Past this door there is only polars, NaN does not exist, whole numbers are Int64 and
fractions Float64. The way back, for libraries that speak pandas, is here too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.foreign import from_arrow, from_mapping, from_pandas

if TYPE_CHECKING:
    import pandas as pd

ACCEPTED = (
    "a polars DataFrame or LazyFrame, a pandas DataFrame, a pyarrow Table or RecordBatch, "
    "a narwhals frame or a dict of lists"
)
_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)
_INT64_MAX = 2**63 - 1
_EXACT = 2.0**53
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def to_polars(frame: Any, what: str = "data") -> pl.DataFrame:
    """Return any data frame as a polars frame: the door that every analysis uses.

    Not for files: `ketanalysis.reading.files.read_table` reads those.

    Parameters
    ----------
    frame
        A polars DataFrame or LazyFrame (collected), a pandas DataFrame, a pyarrow Table or
        RecordBatch, a narwhals frame, an object with ``__arrow_c_stream__``, or a dict that
        holds one list or array a column.
    what
        The word for the data in error messages.

    Returns
    -------
    polars.DataFrame
        The same rows and columns in the same order. NaN and pandas' NA are null. Whole
        numbers are Int64, other numbers Float64, ordered categories an Enum in their order,
        unordered categories text. An object column with both texts and numbers is text.

    Raises
    ------
    ArgumentError
        When `frame` is not a data frame.
    ContractError
        When columns share a name, a name is not text, a pandas index holds data, or a
        column holds what is neither a number, text, a truth value nor a time.

    Examples
    --------
    >>> to_polars({"USUBJID": ["01", "02"], "AVAL": [31.0, float("nan")]}).rows()
    [('01', 31.0), ('02', None)]
    """
    if isinstance(frame, pl.LazyFrame):
        return _settled(frame.collect())
    if isinstance(frame, pl.DataFrame):
        return _settled(frame)
    if is_pandas(frame):
        return _settled(from_pandas(frame, what))
    if isinstance(frame, Mapping):
        return _settled(from_mapping(frame, what))
    narwhals = sys.modules.get("narwhals")
    if narwhals is not None and isinstance(frame, (narwhals.DataFrame, narwhals.LazyFrame)):
        return to_polars(narwhals.to_native(frame), what)
    if hasattr(frame, "__arrow_c_stream__") and not _is_one_column(frame):
        return _settled(from_arrow(frame, what))
    hint = " Read a file with read_table first." if isinstance(frame, str) else ""
    kind = f"{type(frame).__module__}.{type(frame).__qualname__}".removeprefix("builtins.")
    raise ArgumentError(f"{what} must be {ACCEPTED}, not {kind}.{hint}")


def is_pandas(frame: object) -> bool:
    """Whether the frame is a pandas DataFrame (pandas itself is not imported to find out)."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(frame, getattr(pandas, "DataFrame", ()))


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Return a pandas frame, for pingouin, lifelines and callers who gave pandas.

    An Enum becomes an ordered Categorical. Null becomes NaN in numbers (whole numbers with
    a null are then floating) and None in text.

    Examples
    --------
    >>> to_pandas(pl.DataFrame({"AVAL": [31.0, None]}))["AVAL"].isna().sum().item()
    1
    """
    pandas_frame = frame.to_pandas()
    for column in frame.columns:
        if isinstance(frame[column].dtype, pl.Enum):
            pandas_frame[column] = pandas_frame[column].cat.as_ordered()
    return pandas_frame


def to_dict(frame: pl.DataFrame) -> dict[str, Any]:
    """Return one array a column, each of shape ``(n,)``, which seaborn takes as its data.

    Numbers are numpy arrays with NaN for null, text is an object array with None for null,
    an Enum is an ordered pandas Categorical, so that plots keep the order of arms and visits.

    Examples
    --------
    >>> to_dict(pl.DataFrame({"AVAL": [31.0, None]}))["AVAL"]
    array([31., nan])
    """
    return {name: _plotted(frame[name]) for name in frame.columns}


def like_given(frame: pl.DataFrame, *, from_pandas: bool) -> Any:
    """Return the frame as the caller's kind: pandas for those who gave pandas, else polars."""
    return to_pandas(frame) if from_pandas else frame


def id_text(series: pl.Series, column: str) -> pl.Series:
    """Return subject ids as text, so that '001', '01' and '1' stay three subjects.

    Text is kept exactly, whole numbers become their digits, null stays null.

    Raises
    ------
    ContractError
        When the ids are floating-point numbers, truth values or dates: digits were lost
        before they came here.

    Examples
    --------
    >>> id_text(pl.Series([1, 20]), "USUBJID").to_list()
    ['1', '20']
    """
    dtype = series.dtype
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null) or dtype.is_integer():
        return series.cast(pl.String).alias(column)
    kind = "floating-point numbers" if dtype.is_float() else f"of type {dtype}"
    raise ContractError(
        f"{column} must be text or whole numbers, not {kind}.\n"
        "  The ids were read as numbers, and leading zeros or long ids may be lost already.\n"
        "  Read the column as text: read_table does, pandas does with "
        f"dtype={{{column!r}: str}}."
    )


def number_column(
    series: pl.Series, column: str, missing_codes: Iterable[object] = ()
) -> tuple[pl.Series, pl.DataFrame]:
    """Return a column as numbers, and everything in it that is not one.

    Numbers are written 12, -3, 12.5, .5, +4 or 1e3, with blanks around them at most. What is
    none ("ND", "<5", "30*", "12,5", "1,234") is null in the numbers **and** a row of the
    second frame; the caller must not go on before it has shown that frame.

    Parameters
    ----------
    series
        Text or numbers, shape ``(n,)``.
    column
        The name that the returned series gets.
    missing_codes
        Codes that were declared to mean "no value", as text or numbers: ``("ND", -9)``.
        A code that is a number covers all its spellings: -9 and "-9" cover "-9.0" too.

    Returns
    -------
    numbers : polars.Series
        Float64, shape ``(n,)``; null where the cell is empty, blank, a declared code or odd.
    odd : polars.DataFrame
        One row a distinct odd text: ``token`` (trimmed), ``count``, ``rows`` (the first five,
        counted from 1). In the order of first appearance; no rows when all is well. Infinite
        numbers and whole numbers from 2**53 on, which Float64 cannot hold, are odd too.

    Raises
    ------
    ContractError
        When the column holds truth values, dates or anything but text and numbers.

    Examples
    --------
    >>> numbers, odd = number_column(pl.Series(["31", " 28.5", "ND", ""]), "AVAL")
    >>> numbers.to_list(), odd.rows()
    ([31.0, 28.5, None, None], [('ND', 1, [3])])
    """
    dtype = series.dtype
    is_text = dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)
    if not is_text and not dtype.is_numeric():
        raise ContractError(f"{column} must hold numbers, not values of type {dtype}.")

    codes = [str(code).strip() for code in missing_codes]
    tokens = series.cast(pl.String).str.strip_chars().alias("token")
    tokens = tokens.set(tokens.is_in(["", *codes]), None)
    if is_text:
        numbers = tokens.set(~tokens.str.contains(_NUMBER), None).cast(pl.Float64)
    else:
        numbers = series.cast(pl.Float64).fill_nan(None)
        tokens = tokens.set(numbers.is_null(), None)
    is_declared = numbers.is_in([float(c) for c in codes if re.match(_NUMBER, c)])
    tokens = tokens.set(is_declared.fill_null(False), None)
    odd = tokens.is_not_null() & (numbers.is_null() | (numbers.abs() >= _EXACT))
    numbers = numbers.set(odd | tokens.is_null(), None)
    return numbers.alias(column), _odd_tokens(tokens, odd)


def _odd_tokens(tokens: pl.Series, odd: pl.Series) -> pl.DataFrame:
    """Return each distinct odd token with its count and its first five rows, from 1."""
    listed_tokens = tokens.to_frame().with_row_index("row", offset=1).filter(odd)
    return listed_tokens.group_by("token", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("count"),
        pl.col("row").cast(pl.Int64).head(5).alias("rows"),
    )


def _is_one_column(frame: object) -> bool:
    """Whether the object is a column: polars, pandas and Arrow columns speak Arrow too."""
    return type(frame).__name__ in ("Series", "ChunkedArray", "Array")


def _settled(frame: pl.DataFrame) -> pl.DataFrame:
    """Apply the door's rules on types: no NaN, no small integers, no unordered categories."""
    changed = []
    for name, dtype in frame.schema.items():
        if dtype.is_float():
            if dtype != pl.Float64 or _has_nan(frame[name]):
                changed.append(pl.col(name).cast(pl.Float64).fill_nan(None))
        elif isinstance(dtype, pl.Decimal):
            changed.append(pl.col(name).cast(pl.Float64))
        elif isinstance(dtype, pl.Categorical):
            changed.append(pl.col(name).cast(pl.String))
        elif dtype in _INTEGERS or (dtype == pl.UInt64 and _fits_int64(frame[name])):
            changed.append(pl.col(name).cast(pl.Int64))
    return frame.with_columns(changed) if changed else frame


def _has_nan(series: pl.Series) -> bool:
    nan = np.isnan(series.to_numpy())  # null is NaN there too
    return int(np.count_nonzero(nan)) > series.null_count()


def _fits_int64(series: pl.Series) -> bool:
    most = series.max()
    return not isinstance(most, int) or most <= _INT64_MAX


def _plotted(series: pl.Series) -> Any:
    if isinstance(series.dtype, pl.Enum):
        import pandas as pd

        order = pd.CategoricalDtype(series.dtype.categories.to_list(), ordered=True)
        return pd.Categorical(series.cast(pl.String).to_list(), dtype=order)
    if series.dtype in (pl.String, pl.Categorical, pl.Null):
        return np.array(series.cast(pl.String).to_list(), dtype=object)
    if series.dtype == pl.Boolean and series.null_count():
        return np.array(series.to_list(), dtype=object)
    return series.to_numpy()
