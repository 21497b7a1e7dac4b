"""Item answers in one row an answer, as a matrix: one row an assessment, one column an item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray


def item_matrix(
    rows: pl.DataFrame, keys: Sequence[str], numbers: Sequence[int], item: str, value: str
) -> tuple[pl.DataFrame, NDArray[np.float64], NDArray[np.int64]]:
    """Return the assessments, their answers and where each answer stood.

    Parameters
    ----------
    rows
        One row an answer; no two share `keys` and item.
    keys
        Columns that name an assessment.
    numbers
        The k items, in the order of the columns; rows of other items make no column.
    item, value
        Columns with the item's number (whole) and the answer.

    Returns
    -------
    assessments : polars.DataFrame
        The keys, n rows in the order of first appearance, also those without any answer.
    answers : numpy.ndarray
        Shape (n, k), NaN where there is none.
    places : numpy.ndarray
        Shape (n, k): the row of `rows` from 1, 0 where there is none.
    """
    assessments = rows.select(keys).unique(maintain_order=True)
    order = {number: place for place, number in enumerate(numbers)}
    found = rows.with_row_index("row of answer", offset=1).select(
        *keys,
        pl.col("row of answer").cast(pl.Int64),
        pl.col(item).replace_strict(order, default=None, return_dtype=pl.Int64).alias("place"),
        pl.col(value).cast(pl.Float64).fill_nan(None).alias("answer"),
    )
    found = found.filter(pl.col("place").is_not_null()).join(
        assessments.with_row_index("assessment"), on=keys, how="left", nulls_equal=True
    )
    shape = (assessments.height, len(numbers))
    answers, places = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    at = found["assessment"].to_numpy(), found["place"].to_numpy()
    answers[at] = found["answer"].to_numpy()
    places[at] = found["row of answer"].to_numpy()
    return assessments, answers, places
