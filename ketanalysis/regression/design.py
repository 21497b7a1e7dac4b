"""The columns of a model: numbers as they are, categories as 0/1 columns without the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError

Floats: TypeAlias = NDArray[np.float64]
DEPENDENT = 1e-7  # as R's lm: a column that keeps less than this share of its length is dependent


class Design(NamedTuple):
    """A model matrix, shape (n, p), without intercept, and what each column is called."""

    columns: Floats
    terms: tuple[str, ...]


def design_of(covariates: pl.DataFrame) -> Design:
    """Return the model columns of covariates that have no missing values.

    Parameters
    ----------
    covariates
        One column a covariate. Numbers enter as they are, in a straight line; text, truth
        values, an Enum or a Categorical are categories: one 0/1 column each but the first (of
        an Enum its first level that occurs, of others the first in order).

    Returns
    -------
    Design
        ``terms`` are named ``SEX`` for a number and ``SEX: M`` for a category.

    Raises
    ------
    ArgumentError
        A column holds dates, lists or other values that are neither.

    Examples
    --------
    >>> made = design_of(pl.DataFrame({"BASE": [30, 34], "SEX": ["F", "M"]}))
    >>> made.terms, made.columns.tolist()
    (('BASE', 'SEX: M'), [[30.0, 0.0], [34.0, 1.0]])
    """
    parts: list[Floats] = []
    terms: list[str] = []
    for column in covariates:
        values, names = _one(column)
        parts += values
        terms += names
    empty = np.empty((covariates.height, 0))
    return Design(np.column_stack(parts) if parts else empty, tuple(terms))


def _one(column: pl.Series) -> tuple[list[Floats], list[str]]:
    if column.dtype.is_numeric():
        return [column.cast(pl.Float64).to_numpy()], [column.name]
    if column.dtype not in (pl.String, pl.Boolean, pl.Enum, pl.Categorical):
        raise ArgumentError(
            f"A covariate must hold numbers, text, truth values or categories; {column.name} "
            f"holds {column.dtype}."
        )
    levels = column.unique().sort().to_list()
    dummies = [(column == level).cast(pl.Float64).to_numpy() for level in levels[1:]]
    return dummies, [f"{column.name}: {level}" for level in levels[1:]]


def independent(columns: Floats) -> NDArray[np.bool_]:
    """Return which columns, (p,), do not follow from an intercept and those before them.

    The others add nothing to a model and change nothing; R leaves them out as well.
    """
    centred = columns - columns.mean(axis=0)
    basis = np.empty((len(columns), 0))
    kept = []
    for place, column in enumerate(centred.T):
        length = float(np.linalg.norm(columns[:, place])) or 1.0
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        size = float(np.linalg.norm(left))
        kept.append(size > DEPENDENT * length)
        if kept[-1]:
            basis = np.column_stack((basis, left / size))
    return np.array(kept, dtype=bool)


def named(terms: Sequence[str], which: NDArray[np.bool_]) -> list[str]:
    """Return the terms of those columns."""
    return [term for term, chosen in zip(terms, which, strict=True) if chosen]
