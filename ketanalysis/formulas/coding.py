"""How the variables of a formula become columns: R's treatment contrasts and their names.

A factor is text, an Enum, a truth value, or a number in ``factor()``; its first level is the
reference (the order of an Enum, else alphabetical). In a term whose margin is in the model a
factor has a column for each level but the first, else one for every level (R's rule, Chambers
and Hastie 1992, Statistical Models in S, page 39).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.formulas.grammar import Factor, Formula, Term

Floats = NDArray[np.float64]
ARMS = ("TRT01P", "TRT01A")


@dataclass(frozen=True)
class Piece:
    """One coded variable: a number as it is, or the indicator of one level of a factor."""

    factor: Factor
    level: Any = None
    is_level: bool = False

    @property
    def label(self) -> str:
        """R's name: ``BASE`` or ``AVISITWeek 2``."""
        return f"{self.factor.label}{self.level}" if self.is_level else self.factor.label


@dataclass(frozen=True)
class DesignColumn:
    """A column of the design matrix: the product of its pieces; none is the intercept."""

    pieces: tuple[Piece, ...]
    term: str

    @property
    def label(self) -> str:
        """R's name, such as ``TRT01Pketamine:AVISITWeek 2``."""
        return ":".join(piece.label for piece in self.pieces) or "(Intercept)"


@dataclass(frozen=True, eq=False)
class Coding:
    """The columns of a design and the levels of its factors.

    Attributes
    ----------
    columns
        In R's order.
    levels
        Factor label to its levels in order; numbers are not in it.
    """

    columns: tuple[DesignColumn, ...]
    levels: Mapping[str, tuple[Any, ...]]

    @property
    def labels(self) -> tuple[str, ...]:
        """R's names of the columns."""
        return tuple(column.label for column in self.columns)


def code_formula(formula: Formula, frame: pl.DataFrame) -> Coding:
    """Return the coding of a formula for the rows of a frame that enter the model."""
    factors = list(dict.fromkeys(f for term in formula.terms for f in term))
    levels = {f.label: _levels(f, frame[f.column]) for f in factors if is_categorical(f, frame)}
    columns = [DesignColumn((), "(Intercept)")] if formula.has_intercept else []
    for term in formula.terms:
        columns += _term_columns(term, formula, levels)
    return Coding(tuple(columns), levels)


def is_categorical(factor: Factor, frame: pl.DataFrame) -> bool:
    """Whether a variable is a factor: text, category, truth value, or in ``factor()``."""
    dtype = frame.schema[factor.column]
    if factor.function == "factor":
        return True
    if dtype.is_numeric():
        return False
    if dtype in (pl.String, pl.Boolean) or isinstance(dtype, pl.Enum | pl.Categorical):
        if factor.function:
            raise ArgumentError(f"{factor.label} needs numbers, but {factor.column} holds {dtype}.")
        return True
    raise ArgumentError(
        f"{factor.column} holds {dtype}, which can be no term of a model: give numbers, text or "
        "an Enum."
    )


def check_columns(formula: Formula, frame: pl.DataFrame, *more: str) -> None:
    """Refuse names of a formula that are no columns."""
    for name in (formula.response, *formula.columns, *more):
        if name not in frame.columns:
            raise ArgumentError(
                f"{name!r} in the formula is no column; there are "
                f"{listed(frame.columns, 30) or 'none'}."
                f"{near_miss(name, frame.columns)}"
            )


def check_arms(formula: Formula, rows: pl.DataFrame) -> None:
    """Refuse arms in plain text, whose order nobody declared."""
    for arm in ARMS:
        if arm in formula.columns and rows.schema[arm] == pl.String:
            found = rows[arm].drop_nulls().unique().sort().to_list()
            raise ArgumentError(
                f"The arms in {arm} have no declared order: give {arm} as a polars Enum (pandas: "
                "an ordered Categorical), the reference first; found: "
                f"{listed(map(repr, found))}."
            )


def _levels(factor: Factor, column: pl.Series) -> tuple[Any, ...]:
    if isinstance(column.dtype, pl.Enum):
        return present_categories(column)
    held = column.drop_nulls().unique()
    return tuple(held.cast(pl.String).sort() if held.dtype == pl.Categorical else held.sort())


def present_categories(column: pl.Series) -> tuple[str, ...]:
    """Return the categories of an Enum that some row has, in their order."""
    assert isinstance(column.dtype, pl.Enum)
    categories = column.dtype.categories.to_list()
    if column.n_unique() - bool(column.null_count()) == len(categories):
        return tuple(categories)
    held = set(column.unique().cast(pl.String))
    return tuple(name for name in categories if name in held)


def level_codes(column: pl.Series, levels: Sequence[Any]) -> NDArray[np.int64]:
    """Return the place of each row's level, from 0, shape (rows,); -1 where it has none of them."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        values = (column.cast(pl.Float64) if column.null_count() else column).to_numpy()
        known = np.asarray(levels)
        order = np.argsort(known, kind="stable")
        place = order[np.searchsorted(known, values, sorter=order).clip(max=len(known) - 1)]
        return np.where(known[place] == values, place, -1).astype(np.int64)
    names = [str(level) for level in levels]
    if isinstance(column.dtype, pl.Enum):
        own = column.dtype.categories.to_list()
        lookup = np.array([names.index(name) if name in names else -1 for name in own] + [-1])
        return lookup[_whole(column, len(own))]
    return _whole(column.cast(pl.String).cast(pl.Enum(names), strict=False), -1)


def _whole(codes: pl.Series, null: int) -> NDArray[np.int64]:
    """Return the physical numbers of an Enum, with `null` for null."""
    numbers = codes.cat.physical().cast(pl.Int64)
    held = numbers.fill_null(null) if numbers.null_count() else numbers
    return np.asarray(held.to_numpy())


def _term_columns(
    term: Term, formula: Formula, levels: Mapping[str, tuple[Any, ...]]
) -> list[DesignColumn]:
    """Return the columns of a term; the first factor varies fastest, as in R."""
    name = ":".join(factor.label for factor in term)
    products: list[tuple[Piece, ...]] = [()]
    for factor in term:
        pieces = _pieces(factor, levels, is_full=not _has_margin(term, factor, formula))
        products = [(*before, piece) for piece in pieces for before in products]
    return [DesignColumn(pieces, name) for pieces in products]


def _has_margin(term: Term, factor: Factor, formula: Formula) -> bool:
    """Whether the term without the factor is in the model, so that one level is spoken for."""
    rest = {f for f in term if f != factor}
    if not rest:
        return formula.has_intercept
    return any(set(other) == rest for other in formula.terms)


def _pieces(factor: Factor, levels: Mapping[str, tuple[Any, ...]], *, is_full: bool) -> list[Piece]:
    if factor.label not in levels:
        return [Piece(factor)]
    held = levels[factor.label]
    return [Piece(factor, level, True) for level in (held if is_full else held[1:])]


def coded(factor: Factor, coding: Coding, frame: pl.DataFrame) -> NDArray[np.generic]:
    """Return a variable in the rows of a frame: places of levels, or numbers, shape (rows,)."""
    column = frame[factor.column]
    if factor.label in coding.levels:
        return level_codes(column, coding.levels[factor.label])
    return transformed(factor, column.cast(pl.Float64).to_numpy())


def piece_values(piece: Piece, coding: Coding, values: NDArray[np.generic]) -> Floats:
    """Return a coded variable from the places of its levels, or its numbers, in any shape."""
    if not piece.is_level:
        return np.asarray(values, dtype=np.float64)
    place = coding.levels[piece.factor.label].index(piece.level)
    return np.asarray(values == place, dtype=np.float64)


def transformed(factor: Factor, values: Floats) -> Floats:
    """Return values in the function of a factor; outside its domain they are refused."""
    if not factor.function:
        return values
    if factor.function.startswith("log") and (values[~np.isnan(values)] <= 0).any():
        raise ArgumentError(f"{factor.label} needs numbers above 0; {factor.column} has others.")
    if factor.function == "sqrt" and (values[~np.isnan(values)] < 0).any():
        raise ArgumentError(f"{factor.label} needs numbers from 0 on; {factor.column} has others.")
    return np.asarray(getattr(np, factor.function)(values), dtype=np.float64)


def design_rows(coding: Coding, values: Mapping[str, NDArray[np.generic]], n: int) -> Floats:
    """Return the design matrix of n points, shape (n, p).

    `values` has each variable by its label: places of levels, or numbers, shape (n,).
    """
    matrix = np.ones((n, len(coding.columns)))
    held: dict[Piece, Floats] = {}
    for j, column in enumerate(coding.columns):
        for piece in column.pieces:
            if piece not in held:
                held[piece] = piece_values(piece, coding, values[piece.factor.label])
            matrix[:, j] *= held[piece]
    return matrix
