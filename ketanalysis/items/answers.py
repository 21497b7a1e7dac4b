"""The answers of one scale as numbers: read from columns or from rows, and held against its range.

Nothing is repaired: an answer that the scale cannot have is refused with row, subject and item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ContractError, listed
from ketanalysis.instruments import Instrument, family_members
from ketanalysis.intake.shaping import DECLARE_CODES, Codes, as_numbers
from ketanalysis.item_matrix import item_matrix

LETTERED = r"^\s*([0-9])\s*[a-dA-D]\s*$"
MOST_SHOWN = 5
ENOUGH = 30  # answers from which a scale without a single 0 is worth a warning


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """The answers to the items of one scale.

    Attributes
    ----------
    keys
        One row an assessment, n rows: subject, visit and what else was kept.
    numbers
        The k item numbers, in the order of the columns.
    values
        Shape (n, k), NaN where there is no answer.
    rows
        Shape (n, k): the row of the data from 1, for messages.
    is_carried
        Shape (n, k): answers that were carried forward from another visit.
    notes
        What was done while reading.
    """

    keys: pl.DataFrame
    numbers: tuple[int, ...]
    values: NDArray[np.float64]
    rows: NDArray[np.int64]
    is_carried: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    def of(self, numbers: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return values and carried marks of some items, shape (n, len(numbers))."""
        places = [self.numbers.index(number) for number in numbers]
        return self.values[:, places], self.is_carried[:, places]


def wide_answers(
    frame: pl.DataFrame,
    keys: pl.DataFrame,
    columns: Mapping[int, str],
    scale: Instrument,
    *,
    missing_codes: Codes,
    is_stripped: bool,
) -> Answers:
    """Return the answers from a frame with one row an assessment and a column an item."""
    lettered = [columns[n] for n in scale.scoring.lettered_items if n in columns]
    frame, notes = _stripped(frame, lettered, pl.lit(True), scale) if is_stripped else (frame, ())
    advice = _advice(scale, is_stripped)
    numbers = as_numbers(frame, columns.values(), missing_codes, advice)
    values = np.column_stack([numbers[column].to_numpy() for column in columns.values()])
    rows = np.broadcast_to(np.arange(1, frame.height + 1)[:, None], values.shape)
    return Answers(
        keys=keys,
        numbers=tuple(columns),
        values=values.astype(np.float64),
        rows=rows,
        is_carried=np.zeros(values.shape, dtype=bool),
        notes=notes,
    )


def long_answers(
    rows: pl.DataFrame,
    keys: Sequence[str],
    codes: Mapping[int, str],
    scale: Instrument,
    *,
    item: str,
    value: str,
    row: str,
    missing_codes: Codes,
    is_stripped: bool,
) -> Answers:
    """Return the answers from a frame with one row an answer; `codes` is item number → code."""
    number_of = {code: number for number, code in codes.items()}
    number = pl.col(item).cast(pl.String).replace_strict(number_of, default=None)
    rows = rows.with_columns(number.cast(pl.Int64).alias("item number"))
    lettered = pl.col("item number").is_in(list(scale.scoring.lettered_items))
    notes: tuple[str, ...] = ()
    if is_stripped:
        rows, notes = _stripped(rows, [value], lettered, scale)
    answer = as_numbers(rows, [value], missing_codes, _advice(scale, is_stripped))[value]
    rows = rows.with_columns(answer.alias(value))
    _check_once(rows, keys, scale, row)
    assessments, values, places = item_matrix(rows, keys, tuple(codes), "item number", value)
    given = np.concatenate([[0], rows[row].to_numpy()])
    return Answers(
        keys=assessments,
        numbers=tuple(codes),
        values=values,
        rows=given[places],
        is_carried=np.zeros(values.shape, dtype=bool),
        notes=notes,
    )


def check_answers(answers: Answers, scale: Instrument, subject: str, visit: str | None) -> None:
    """Refuse answers that the scale cannot have, the first five with row, subject and item."""
    ends = scale.scoring.ends(scale.items)
    low, high = (np.array([ends[n][i] for n in answers.numbers]) for i in (0, 1))
    values = answers.values
    is_out = (values < low) | (values > high)
    is_part = (values % 1 != 0) & ~np.isnan(values) & ~is_out
    is_bad = is_out if scale.scoring.continuous else is_out | is_part
    if not is_bad.any():
        return
    at = sorted(map(tuple, np.argwhere(is_bad)), key=lambda at: (answers.rows[at], at[1]))
    lines = []
    for assessment, place in at[:MOST_SHOWN]:
        item, answer = answers.numbers[place], values[assessment, place]
        must = f"between {low[place]:g} and {high[place]:g}"
        if not is_out[assessment, place]:
            must = "a whole number"
        who = _who(answers.keys.row(int(assessment), named=True), subject, visit)
        lines.append(
            f"{scale.id} item {item} must be {must}, not {answer:g} "
            f"(row {answers.rows[assessment, place]}, {who})."
        )
    more = len(at) - len(lines)
    lines += [f"So are {more} more answers."] if more > 1 else ["So is 1 more answer."] * more
    raise ContractError("\n".join([*lines, f"  {_other_coding(answers, scale)}"]))


def doubts(answers: Answers, scale: Instrument) -> tuple[str, ...]:
    """Return sentences on answers that look like another coding of the scale."""
    seen = answers.values[~np.isnan(answers.values)]
    if not seen.size:
        return ()
    least, most = float(seen.min()), float(seen.max())
    ends = scale.scoring.ends(scale.items).values()
    if scale.scoring.continuous and 0 < most <= 10:
        return (
            f"{scale.id}: the answers should run from 0 to 100, and the largest is {most:g}. "
            "Multiply them by 100 or 10 if they were entered from 0 to 1 or from 0 to 10.",
        )
    is_from_zero = scale.items > 1 and all(low == 0 for low, _ in ends)
    if is_from_zero and not scale.scoring.continuous and seen.size >= ENOUGH and least >= 1:
        return (
            f"{scale.id}: none of {seen.size} answers is 0, the lowest possible. Were the items "
            "coded from 1? Then every score is too high.",
        )
    return ()


def _stripped(
    frame: pl.DataFrame, columns: Sequence[str], where: pl.Expr, scale: Instrument
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the frame with the letter of answers such as 1a dropped, and how many there were."""
    held = [column for column in columns if frame.schema[column] == pl.String]
    if not held:
        return frame, ()
    is_lettered = [pl.col(column).str.contains(LETTERED) & where for column in held]
    count = sum(frame.select(mark.sum() for mark in is_lettered).row(0))
    changed = [
        pl.when(mark).then(pl.col(column).str.extract(LETTERED)).otherwise(pl.col(column))
        for column, mark in zip(held, is_lettered, strict=True)
    ]
    frame = frame.with_columns(c.alias(name) for c, name in zip(changed, held, strict=True))
    items = listed(scale.scoring.lettered_items)
    return frame, (f"{scale.id}: the letter of {count} answers to items {items} was dropped.",)


def _advice(scale: Instrument, is_stripped: bool) -> str:
    if not scale.scoring.lettered_items or is_stripped:
        return DECLARE_CODES
    items = listed(scale.scoring.lettered_items)
    return (
        f"{DECLARE_CODES} Items {items} of {scale.id} have options with letters (1a, 1b): "
        "strip_letters=True drops the letter."
    )


def _check_once(rows: pl.DataFrame, keys: Sequence[str], scale: Instrument, row: str) -> None:
    known = rows.filter(pl.col("item number").is_not_null())
    twice = known.filter(pl.struct(*keys, "item number").is_duplicated())
    if twice.is_empty():
        return
    first = twice.row(0, named=True)
    same = twice.filter(
        pl.all_horizontal(pl.col(key).eq_missing(first[key]) for key in (*keys, "item number"))
    )
    raise ContractError(
        f"An item of {scale.id} must be answered once an assessment; {twice.height} rows share "
        f"theirs, the first are item {first['item number']} in rows {listed(same[row])} (subject "
        f"{first[keys[0]]}). Keep the right row."
    )


def _who(key: Mapping[str, object], subject: str, visit: str | None) -> str:
    at = f", visit {str(key[visit])!r}" if visit is not None else ""
    return f"subject {key[subject]}{at}"


def _other_coding(answers: Answers, scale: Instrument) -> str:
    """Return what to do: name the sibling whose coding fits, else correct the answers."""
    seen = answers.values[~np.isnan(answers.values)]
    for other in family_members(scale.family):
        ends = set(other.scoring.ends(other.items).values())
        if other.items != scale.items or len(ends) != 1:
            continue
        low, high = ends.pop()
        if seen.min() >= low and seen.max() <= high:
            return f"All answers fit {other.id}, whose items are coded {low:g} to {high:g}."
    return (
        "Correct the answers, name the scale that was used, or declare the codes that mean "
        "missing: missing_codes=[...]."
    )
