"""What kind of characteristic a column is: a number, a category, a yes or no, or a date.

The type of the column decides, and what the caller declares; text whose only values are Y and N
is a yes or no. A text column that holds numbers is refused: a mean of it was probably meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.contracts.contract import shipped_contract
from ketanalysis.errors import ArgumentError, ContractError, alike, cast_remedy, listed
from ketanalysis.frames import number_column

NUMBER, CATEGORY, FLAG, DATE = "number", "category", "flag", "date"
YES_NO = ({"Y", "N"}, {"Yes", "No"}, {"yes", "no"})
LEVEL_ORDERS = ("alphabet", "frequency")
MANY_LEVELS = 20


@dataclass(frozen=True, eq=False)
class Variable:
    """One characteristic of n subjects.

    Attributes
    ----------
    name, label
        The column, and the words for it with its unit.
    kind
        "number", "category", "flag" (one line: the share of yes) or "date".
    levels
        Categories in the order of the table; of a flag, the one word for yes; else none.
    values
        Of a number: shape ``(n,)``, NaN for missing. Of a category or flag: the place of each
        subject's category in `levels` (a flag: 0 is yes, 1 is no), -1 for missing.
    dates
        The column itself, of a date.
    note
        What a reader must know of the variable, or "".
    """

    name: str
    label: str
    kind: str
    values: NDArray[np.float64]
    levels: tuple[str, ...] = ()
    dates: pl.Series = field(default_factory=pl.Series)
    note: str = ""


def read_variable(
    column: pl.Series, label: str, categorical: Collection[str], level_order: str
) -> Variable:
    """Return a column as a characteristic of the subjects, or say why it is none.

    Parameters
    ----------
    column
        Shape ``(n,)``; a blank text is missing.
    label
        The words for it, with its unit.
    categorical
        Columns that hold codes: what looks like a number in them is a name.
    level_order
        "alphabet" or "frequency", for categories whose order the column does not declare.

    Raises
    ------
    ContractError
        Numbers stored as text (and not named in `categorical`), infinite numbers, times of
        day, durations, lists.
    """
    name, dtype = column.name, column.dtype
    is_text = dtype in (pl.String, pl.Categorical, pl.Enum)
    if name in categorical and (dtype.is_numeric() or is_text):
        return _category(column, label, level_order)
    if dtype == pl.Boolean:
        return _flag(column.cast(pl.Int64), {1: 0, 0: 1}, "Yes", label)
    if dtype.is_numeric() or dtype == pl.Null:
        return _number(column, label)
    if dtype in (pl.Date, pl.Datetime):
        return Variable(name, label, DATE, np.empty(0), dates=column)
    if not is_text:
        raise ContractError(
            f"{name} must hold numbers, text, truth values or dates, not {dtype}.\n"
            "  Turn it into one of these, or leave it out of columns."
        )
    texts = _without_blanks(column)
    held = set(texts.drop_nulls().unique())
    words = next((words for words in YES_NO if held and held <= words), None)
    if words is not None:
        yes = next(word for word in words if word.lower().startswith("y"))
        return _flag(texts, {word: int(word != yes) for word in words}, yes, label)
    if not isinstance(dtype, pl.Enum) and not _is_known_text(name):
        _refuse_numbers_as_text(texts)
    return _category(column, label, level_order)


def label_of(name: str, labels: Mapping[str, str]) -> str:
    """Return the words for a column: the caller's, those of the contract with its unit, or it."""
    if name in labels:
        return labels[name]
    known = shipped_contract("adsl").column(name)
    if known is None:
        return name
    return f"{known.label}, {known.unit}" if known.unit else known.label


def check_labels(labels: Mapping[str, str], names: Sequence[str], hint: str) -> None:
    """Refuse labels of columns that are not in the table, and two variables of one label."""
    for name, label in labels.items():
        if name not in names:
            raise ArgumentError(
                f"labels names {name!r}, which is not in the table; it has {listed(names, 20)}."
                f"{hint}"
            )
        if not isinstance(label, str) or not label.strip():
            raise ArgumentError(f"labels must give {name!r} a text, not {label!r}.")
    shown = [label_of(name, labels) for name in names]
    for label in shown:
        if shown.count(label) > 1:
            same = [name for name, words in zip(names, shown, strict=True) if words == label]
            raise ArgumentError(f"labels gives {listed(same)} the same label, {label!r}.")


def _number(column: pl.Series, label: str) -> Variable:
    values = column.cast(pl.Float64).fill_nan(None)
    infinite = int(values.is_infinite().sum())
    if infinite:
        raise ContractError(
            f"{column.name} must be finite, but {infinite} value"
            f"{' is' if infinite == 1 else 's are'} infinite. Leave the cell empty where there is "
            "no value."
        )
    return Variable(column.name, label, NUMBER, values.fill_null(np.nan).to_numpy())


def _flag(column: pl.Series, places: Mapping[object, int], yes: str, label: str) -> Variable:
    place = column.replace_strict(dict(places), default=-1, return_dtype=pl.Float64)
    return Variable(column.name, label, FLAG, place.fill_null(-1).to_numpy(), (yes,))


def _category(column: pl.Series, label: str, level_order: str) -> Variable:
    texts = _level_texts(column)
    if isinstance(column.dtype, pl.Enum):
        levels = column.dtype.categories.to_list()
        order = "in their declared order"
    else:
        levels = _ordered_levels(column, texts, level_order)
        order = "in the order of the alphabet" if level_order == "alphabet" else "by frequency"
    place = texts.replace_strict(
        {level: i for i, level in enumerate(levels)}, default=-1, return_dtype=pl.Float64
    )
    notes = [f"{len(levels)} categories, {order}"] if len(levels) > MANY_LEVELS else []
    if same := alike(levels):
        notes.append(f"categories that differ only in case or spaces: {listed(map(repr, same))}")
    values = place.fill_null(-1).to_numpy()
    return Variable(column.name, label, CATEGORY, values, tuple(levels), note="; ".join(notes))


def _level_texts(column: pl.Series) -> pl.Series:
    """Return categories as text: 2.0 is 2, a blank is missing."""
    if column.dtype.is_float():
        numbers = column.fill_nan(None)
        whole = (numbers.drop_nulls() % 1 == 0).all()
        return (numbers.cast(pl.Int64) if whole else numbers).cast(pl.String)
    return _without_blanks(column)


def _without_blanks(column: pl.Series) -> pl.Series:
    texts = column.cast(pl.String)
    return texts.set((texts.str.strip_chars() == "").fill_null(False), None)


def _ordered_levels(column: pl.Series, texts: pl.Series, level_order: str) -> list[str]:
    counts = pl.DataFrame({"level": texts, "number": _as_order(column)}).drop_nulls("level")
    each = counts.group_by("level").agg(pl.len().cast(pl.Int64), pl.col("number").min())
    first = [] if level_order == "alphabet" else [-pl.col("len")]
    return each.sort([*first, pl.col("number"), pl.col("level")])["level"].to_list()


def _as_order(column: pl.Series) -> pl.Series:
    """Return what sorts the levels: the numbers of a numeric column, nothing for text."""
    if column.dtype.is_numeric():
        return column.cast(pl.Float64)
    return pl.Series([None] * len(column), dtype=pl.Float64)


def _is_known_text(name: str) -> bool:
    """Whether the contract of ADSL says that the column holds names, such as SITEID."""
    known = shipped_contract("adsl").column(name)
    return known is not None and known.type in ("text", "flag")


def _refuse_numbers_as_text(texts: pl.Series) -> None:
    distinct = texts.drop_nulls().unique().sort()
    numbers, odd = number_column(distinct, texts.name)
    n_numbers = len(numbers.drop_nulls())
    if 2 * n_numbers <= len(distinct):
        return
    others = f" (and {listed(map(repr, odd['token']), 5)})" if odd.height else ""
    raise ContractError(
        f"{texts.name} holds numbers as text{others}, and a mean of text cannot be taken."
        f"{cast_remedy(texts.name)}\n"
        f'  If they are codes, write categorical=["{texts.name}"]; if they identify the subjects, '
        f'write subject="{texts.name}".'
    )
