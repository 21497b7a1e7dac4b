"""How the variables of a formula become columns: R's treatment contrasts and their names.

A factor is text, an Enum, a truth value, or a number in ``factor()``; its first level is the
reference (the order of an Enum, else alphabetical). In a term whose margin is in the model a
factor has a column for each level but the first, else one for every level (R's rule, Chambers
and Hastie 1992, Statistical Models in S, page 39).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.formulas.grammar import Factor, Formula, Term

Floats = NDArray[np.float64]


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
                f"{name!r} in the formula is no column; there are {listed(frame.columns, 30)}."
                f"{near_miss(name, frame.columns)}"
            )


def _levels(factor: Factor, column: pl.Series) -> tuple[Any, ...]:
    held = column.drop_nulls().unique()
    if isinstance(column.dtype, pl.Enum):
        present = set(held.cast(pl.String))
        return tuple(level for level in column.dtype.categories if level in present)
    return tuple(held.cast(pl.String).sort() if held.dtype == pl.Categorical else held.sort())


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


def piece_values(piece: Piece, frame: pl.DataFrame) -> Floats:
    """Return the values of one coded variable in the rows of a frame, shape (rows,)."""
    column = frame[piece.factor.column]
    if piece.is_level:
        is_text = isinstance(column.dtype, pl.Enum | pl.Categorical)
        held = column.cast(pl.String) if is_text else column
        return np.asarray((held == piece.level).cast(pl.Float64).fill_null(np.nan).to_numpy())
    values = np.asarray(column.cast(pl.Float64).fill_null(np.nan).to_numpy())
    return transformed(piece.factor, values)


def transformed(factor: Factor, values: Floats) -> Floats:
    """Return values in the function of a factor; outside its domain they are refused."""
    if not factor.function:
        return values
    if factor.function.startswith("log") and (values[~np.isnan(values)] <= 0).any():
        raise ArgumentError(f"{factor.label} needs numbers above 0; {factor.column} has others.")
    if factor.function == "sqrt" and (values[~np.isnan(values)] < 0).any():
        raise ArgumentError(f"{factor.label} needs numbers from 0 on; {factor.column} has others.")
    return np.asarray(getattr(np, factor.function)(values), dtype=np.float64)


def design_rows(coding: Coding, frame: pl.DataFrame) -> Floats:
    """Return the design matrix of the rows of a frame, shape (rows, p)."""
    matrix = np.ones((frame.height, len(coding.columns)))
    held: dict[Piece, Floats] = {}
    for j, column in enumerate(coding.columns):
        for piece in column.pieces:
            if piece not in held:
                held[piece] = piece_values(piece, frame)
            matrix[:, j] *= held[piece]
    return matrix
