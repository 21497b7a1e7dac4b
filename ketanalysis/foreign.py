"""How other people's frames become polars, column by column and exactly.

Only `ketanalysis.frames` calls these; it settles the types afterwards.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ketanalysis.errors import ContractError, listed

if TYPE_CHECKING:
    import pandas as pd


def from_pandas(frame: pd.DataFrame, what: str) -> pl.DataFrame:
    """Return a pandas frame as polars; what an index holds is refused, not lost."""
    _check_names(list(frame.columns), what)
    _check_index(frame, what)

    columns = []
    for place, name in enumerate(frame.columns):
        try:
            columns.append(_pandas_column(frame.iloc[:, place], what).alias(name))
        except (pl.exceptions.PolarsError, TypeError, ImportError, OverflowError) as error:
            kind = frame.dtypes.iloc[place]
            raise ContractError(
                f"{what}: column {name} of pandas type {kind} cannot be read.\n"
                "  Turn it into numbers, text or dates first."
            ) from error
    return pl.DataFrame(columns) if columns else pl.DataFrame(height=len(frame))


def _check_index(frame: pd.DataFrame, what: str) -> None:
    """Refuse an index that holds data; the numbers left by a filter or a sort are none."""
    index = frame.index
    named = [str(name) for name in index.names if name is not None]
    if index.nlevels == 1 and not named and (index.dtype.kind in "iu" or len(index) == 0):
        return
    held = f"holds {listed(named)}" if named else "holds labels"
    raise ContractError(
        f"{what}: the index of the pandas frame {held}, and an index is not read.\n"
        "  Make it columns with .reset_index(), or discard it with .reset_index(drop=True)."
    )


def _pandas_column(series: pd.Series[Any], what: str) -> pl.Series:
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _pandas_categories(series, dtype)
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        if pd.api.types.infer_dtype(series, skipna=True) == "string":
            return pl.from_pandas(series, nan_to_null=True)
        return _object_column(str(series.name), series.tolist(), what)
    column = pl.from_pandas(series, nan_to_null=True)
    if isinstance(column.dtype, (pl.Struct, pl.Object)) or "Extension" in str(column.dtype):
        raise TypeError(str(dtype))
    return column


def _pandas_categories(series: pd.Series[Any], dtype: pd.CategoricalDtype) -> pl.Series:
    categories = dtype.categories
    codes = pl.Series(series.cat.codes.to_numpy().astype(np.int64))
    codes = codes.set(codes < 0, None)
    if categories.dtype.kind in "iuf":
        return pl.Series(categories.to_numpy()).gather(codes)
    names = [str(category) for category in categories]
    text = pl.Series(names, dtype=pl.String).gather(codes)
    return text.cast(pl.Enum(names)) if dtype.ordered else text


def from_mapping(columns: Mapping[Any, Any], what: str) -> pl.DataFrame:
    """Return a dict of lists, arrays or series as polars; nothing is recycled."""
    _check_names(list(columns), what)

    made = {name: _mapping_column(name, values, what) for name, values in columns.items()}
    lengths = {name: len(series) for name, series in made.items()}
    if len(set(lengths.values())) > 1:
        usual = Counter(lengths.values()).most_common(1)[0][0]
        name = next(name for name, length in lengths.items() if length != usual)
        raise ContractError(
            f"{what}: all columns must have the same number of values; "
            f"{name} has {lengths[name]}, others have {usual}."
        )
    return pl.DataFrame(list(made.values()))


def _mapping_column(name: str, values: Any, what: str) -> pl.Series:
    if isinstance(values, pl.Series):
        return values.alias(name)
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype != object:
        return pl.Series(name, values)
    pandas = sys.modules.get("pandas")
    series_types = (pandas.Series, pandas.Categorical) if pandas is not None else ()
    if isinstance(values, series_types):
        return _pandas_column(pandas.Series(values), what).alias(name)  # type: ignore[union-attr]
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__len__"):
        raise ContractError(
            f"{what}: column {name} must be a list of values, not {type(values).__name__}."
        )
    return _object_column(name, list(values), what)


def from_arrow(frame: Any, what: str) -> pl.DataFrame:
    """Return an Arrow table, batch or stream as polars; ordered dictionaries keep their order."""
    import pyarrow as pa

    table = pa.table(frame)
    _check_names(table.column_names, what)

    table = table.unify_dictionaries()
    columns = []
    for field, values in zip(table.schema, table.columns, strict=True):
        column = pl.Series(field.name, pl.from_arrow(values))
        if pa.types.is_dictionary(field.type) and field.type.ordered and values.num_chunks:
            names = [str(value) for value in values.chunk(0).dictionary.to_pylist()]
            column = column.cast(pl.String).cast(pl.Enum(names))
        columns.append(column)
    return pl.DataFrame(columns) if columns else pl.DataFrame(height=table.num_rows)


def _check_names(names: list[Any], what: str) -> None:
    """Refuse names that are not text, and a name that stands twice."""
    for name in names:
        if not isinstance(name, str):
            raise ContractError(
                f"{what}: column names must be text, not {name!r} ({type(name).__name__})."
            )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ContractError(
            f"{what}: each column must have its own name; {listed(twice)} stands more than once."
        )


def _object_column(name: str, values: list[Any], what: str) -> pl.Series:
    """Return a column of Python objects with the one type that holds them all exactly."""
    values = [None if _is_missing(value) else value for value in values]
    kinds = {_kind(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(name, values, dtype=pl.Null)
    if kinds == {"text"}:
        return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)
    if kinds == {"truth"}:
        return pl.Series(name, [None if v is None else bool(v) for v in values])
    if kinds == {"whole"}:
        return pl.Series(name, [None if v is None else int(v) for v in values])
    if kinds <= {"whole", "number"}:
        return pl.Series(name, [None if v is None else float(v) for v in values])
    if kinds <= {"text", "whole", "number"}:
        return pl.Series(name, [None if v is None else str(v) for v in values])
    if len(kinds) == 1 and not kinds & {"other"}:
        return pl.Series(name, values)
    types = sorted({type(value).__name__ for value in values if value is not None})
    raise ContractError(
        f"{what}: column {name} must hold one kind of value, not {listed(types)}.\n"
        "  Turn it into numbers, text or dates first."
    )


def _kind(value: object) -> str:
    families: tuple[tuple[Any, str], ...] = (
        (str, "text"),
        ((bool, np.bool_), "truth"),
        (Integral, "whole"),
        ((Real, Decimal), "number"),
        (datetime, "moment"),
        (date, "day"),
        (time, "time of day"),
        (timedelta, "duration"),
    )
    return next((kind for types, kind in families if isinstance(value, types)), "other")


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))
