"""What a rule is: the column to blame, the rows that break it, and the sentence about them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True, eq=False, kw_only=True)
class Rule:
    """One check of one table.

    Attributes
    ----------
    id
        Its name in contracts and messages.
    column
        The column to blame.
    needs
        Columns without which, or with a wrong type of which, it cannot run.
    demand
        The sentence after the column's name: ``must be ...``; an expression, evaluated on the
        failing rows, where it depends on the row.
    advice
        What the person can do.
    fails
        Takes the table, gives an expression that is true in the rows that break the rule.
    value
        Takes the failing rows, gives what is shown as the value that breaks it; None: the cell
        of `column`.
    states_value
        Whether the sentence ends with ``, not <value>``.
    is_quoted
        Whether the value is a text, to stand in quotation marks.
    """

    id: str
    column: str
    needs: tuple[str, ...]
    demand: str | pl.Expr
    advice: str
    fails: Callable[[pl.DataFrame], pl.Expr]
    severity: str = "error"
    value: Callable[[pl.DataFrame], pl.Expr] | None = None
    states_value: bool = True
    is_quoted: bool = True

    def mask(self, frame: pl.DataFrame) -> pl.Series:
        """Return which rows of the frame break the rule, shape (n,), never null."""
        failing = self.fails(frame).fill_null(False)
        return frame.select(failing.alias("failing")).to_series()


def number(column: str) -> pl.Expr:
    """Return a column in double precision (no small integer can overflow), NaN as missing."""
    return pl.col(column).cast(pl.Float64).fill_nan(None)


def text(column: str) -> pl.Expr:
    """Return a column as text, an Enum or a Categorical too."""
    return pl.col(column).cast(pl.String)


def shown(value: pl.Expr) -> pl.Expr:
    """Return numbers as a person writes them: 70, not 70.0."""
    return value.cast(pl.String).str.strip_suffix(".0")


def shown_number(column: str) -> dict[str, Any]:
    """Return the fields of a `Rule` that shows the cell of a column as a number."""
    return {"value": lambda _: shown(number(column)), "is_quoted": False}


def nowhere() -> pl.Expr:
    """Return an expression that is false in every row."""
    return pl.repeat(False, pl.len())


def distinct(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return the distinct rows of some columns, in order; quick where equal rows lie together."""
    changes = pl.any_horizontal(pl.col(c).ne_missing(pl.col(c).shift()) for c in columns)
    is_head = changes | (pl.int_range(pl.len()) == 0)
    return frame.select(columns).filter(is_head).unique(maintain_order=True)


def is_unique(frame: pl.DataFrame, keys: Collection[str]) -> bool:
    """Whether a quick proof holds that no two rows share the keys: all their hashes differ."""
    hashes = frame.select(pl.struct(*keys).hash()).to_series()
    return hashes.n_unique() == frame.height


def series_keys(frame: pl.DataFrame) -> list[str]:
    """Return what holds the scores of one course together: subject, scale, period if any."""
    return [c for c in ("USUBJID", "PARAMCD", "APERIOD") if c in frame.columns]
