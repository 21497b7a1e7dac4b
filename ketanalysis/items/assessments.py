"""Which rows of the data are an assessment: the shapes that item answers come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.frames import id_text, to_polars
from ketanalysis.instruments import Instrument, find_instrument
from ketanalysis.intake.shaping import Codes, label_text, require_columns
from ketanalysis.items.answers import Answers, long_answers, wide_answers
from ketanalysis.items.columns import (
    ITEM_MARK,
    VISIT_MARK,
    Columns,
    columns_of,
    item_columns,
    item_number,
)
from ketanalysis.trial import Trial

ROW = "row of the data"
BESIDE = ("APERIOD", "AVISITN", "AFRLT", "ADY")  # of the assessment, kept where they are there


@dataclass(frozen=True, eq=False, kw_only=True)
class Items:
    """Item answers as they were given, and how to find them.

    Attributes
    ----------
    frame
        The data, with `ROW`.
    subject, visit
        Columns of who and when; `visit` is None where each subject has one assessment.
    kept
        Further columns of the assessment.
    item
        The column with the item's code in long data; None for a column an item.
    visits
        The visits of a frame with a column an item and visit, in order.
    """

    frame: pl.DataFrame
    subject: str
    visit: str | None
    kept: tuple[str, ...]
    item: str | None
    parameter: str = "PARAMCD"
    value: str = "AVAL"
    visits: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns that name an assessment: subject, visit, period."""
        period = ["APERIOD"] if "APERIOD" in self.kept else []
        return [self.subject, *([self.visit] if self.visit else []), *period]


def items_from(
    data: Any,
    *,
    subject: str,
    visit: str | None,
    visits: Sequence[object] | None,
    item: str | None,
    parameter: str,
    value: str,
    keep: Sequence[str],
) -> Items:
    """Return the items of a trial or a frame; which shape they have is read off the columns."""
    if isinstance(data, Trial):
        if data.adqsitem is None:
            raise ArgumentError(
                "The trial holds no item answers: give them to as_trial as items=, or give "
                "score_items their frame."
            )
        frame = data.adqsitem
    else:
        frame = to_polars(data, "items")
    if frame.is_empty():
        raise ContractError("The items have 0 rows.")
    item = "QSTESTCD" if item is None and {"QSTESTCD", "AVAL"} <= set(frame.columns) else item
    if visit is None and "AVISIT" in frame.columns:
        visit = "AVISIT"
    if isinstance(keep, str) or not isinstance(keep, Sequence):
        raise ArgumentError(f"keep must be a list of columns, not {keep!r}.")
    require_columns(frame, "subject", [subject], "items")
    require_columns(frame, "visit", [visit] if visit else [], "items")
    require_columns(frame, "item", [item, value] if item else [], "items")
    require_columns(frame, "keep", keep, "items")
    if visits is not None and (visit is not None or item is not None):
        raise ArgumentError(
            "visits= is for a frame with a column an item and visit, such as "
            f"'madrs_{ITEM_MARK}_{VISIT_MARK}'; this frame has a column with the visit."
        )
    beside = [name for name in BESIDE if name in frame.columns]
    kept = tuple(dict.fromkeys([*beside, *keep]))
    rows = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW)
    items = Items(
        frame=frame.with_columns(rows, id_text(frame[subject], subject)),
        subject=subject,
        visit=visit,
        kept=tuple(name for name in kept if name not in (subject, visit)),
        item=item,
        parameter=parameter,
        value=value,
        visits=tuple(str(one) for one in visits or ()),
    )
    _check_named(items)
    return items


def answers_of(
    items: Items,
    scale: Instrument,
    columns: Columns | Mapping[str, Columns] | None,
    scales: Sequence[str],
    *,
    missing_codes: Codes,
    is_stripped: bool,
) -> Answers:
    """Return the answers to one scale, one row an assessment, in a fixed order of rows."""
    given = columns_of(columns, scale, scales)
    how: dict[str, Any] = {"missing_codes": missing_codes, "is_stripped": is_stripped}
    if items.item is not None:
        answers = _long(items, scale, given, how)
    elif isinstance(given, str) and VISIT_MARK in given:
        answers = _by_visit(items, scale, given, how)
    else:
        taken = {items.subject, items.visit, ROW, *items.kept}
        held = [name for name in items.frame.columns if name not in taken]
        keys = items.frame.select(*items.names, *_beside(items))
        _check_one_row(items, keys, scale)
        answers = wide_answers(items.frame, keys, item_columns(given, scale, held), scale, **how)
    return _sorted(answers, items)


def _long(items: Items, scale: Instrument, given: Columns | None, how: dict[str, Any]) -> Answers:
    assert items.item is not None
    rows = _rows_of(items, scale)
    rows = rows.with_columns(label_text(rows[items.item]))
    _check_kept(rows, items)
    held = rows[items.item].drop_nulls().unique().sort().to_list()
    is_bare = given is None and scale.scoring.numbering == "form"
    codes = item_columns(ITEM_MARK if is_bare else given, scale, held, "code")
    answers = long_answers(
        rows, items.names, codes, scale, item=items.item, value=items.value, row=ROW, **how
    )
    beside = rows.group_by(items.names, maintain_order=True).agg(
        pl.col(_beside(items)).drop_nulls().first()
    )
    keys = answers.keys.join(
        beside, on=items.names, how="left", nulls_equal=True, maintain_order="left"
    )
    return replace(answers, keys=keys)


def _rows_of(items: Items, scale: Instrument) -> pl.DataFrame:
    """Return the rows of a scale by its own name, or by that of the form it is part of."""
    if items.parameter not in items.frame.columns:
        return items.frame
    names = items.frame[items.parameter].cast(pl.String)
    whole = find_instrument(scale.part_of) if scale.part_of else None
    for one in (scale, whole):
        spellings = {n.casefold() for n in (one.id, *one.aliases)} if one is not None else set()
        is_its = names.str.to_lowercase().is_in([n.lower() for n in spellings])
        if is_its.fill_null(False).any():
            return items.frame.filter(is_its.fill_null(False))
    held = names.drop_nulls().unique().sort().to_list()
    wanted = scale.id if whole is None else f"{scale.id} or {whole.id}"
    raise ArgumentError(
        f"The items hold no rows of {wanted}; {items.parameter} holds "
        f"{listed(map(repr, held), 20)}.{near_miss(scale.id, held)}"
    )


def _by_visit(items: Items, scale: Instrument, pattern: str, how: dict[str, Any]) -> Answers:
    """Return the answers of a frame with one row a subject, a column an item and visit."""
    if not items.visits:
        raise ArgumentError(
            f"columns={pattern!r} needs visits=[...]: the visits in order, as they stand in the "
            "names of the columns."
        )
    if pattern.count(ITEM_MARK) != 1 or pattern.count(VISIT_MARK) != 1:
        raise ArgumentError(
            f"columns= must hold {ITEM_MARK} and {VISIT_MARK} once each, not {pattern!r}."
        )
    subjects = items.frame.select(items.subject, *items.kept)
    _check_one_row(items, subjects, scale)
    held = [name for name in items.frame.columns if name not in subjects.columns]
    parts = []
    for visit in items.visits:
        own = pattern.replace(VISIT_MARK, visit)
        if not any(item_number(name, own) is not None for name in held):
            continue  # the scale is not rated at this visit
        keys = subjects.with_columns(pl.lit(visit, dtype=pl.Enum(items.visits)).alias("AVISIT"))
        columns = item_columns(own, scale, held)
        parts.append(wide_answers(items.frame, keys, columns, scale, **how))
    if not parts:
        raise ArgumentError(
            f"columns={pattern!r} fits no column at any of the visits "
            f"{listed(map(repr, items.visits), 20)}."
        )
    return _stacked(parts)


def _stacked(parts: Sequence[Answers]) -> Answers:
    import numpy as np

    return Answers(
        keys=pl.concat(part.keys for part in parts),
        numbers=parts[0].numbers,
        values=np.concatenate([part.values for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
        is_carried=np.concatenate([part.is_carried for part in parts]),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _sorted(answers: Answers, items: Items) -> Answers:
    """Return the answers in an order that does not depend on that of the data."""
    visit = items.visit or ("AVISIT" if items.visits else None)
    period = ["APERIOD"] if "APERIOD" in answers.keys.columns else []
    by = [items.subject, *period, *([visit] if visit else [])]
    order = answers.keys.select(by).with_row_index("at").sort(by, nulls_last=True)["at"].to_numpy()
    return replace(
        answers,
        keys=answers.keys[order],
        values=answers.values[order],
        rows=answers.rows[order],
        is_carried=answers.is_carried[order],
    )


def _beside(items: Items) -> list[str]:
    return [name for name in items.kept if name not in items.names]


def _check_named(items: Items) -> None:
    for name in items.names:
        column = items.frame[name]
        empty = column.is_null()
        if column.dtype == pl.String:
            empty = empty | (column.str.strip_chars() == "").fill_null(False)
        if empty.any():
            raise ContractError(
                f"{name} must be given in every row of the items; row "
                f"{int(empty.arg_max() or 0) + 1} has none."
            )


def _check_one_row(items: Items, keys: pl.DataFrame, scale: Instrument) -> None:
    names = [name for name in items.names if name in keys.columns]
    twice = items.frame.filter(keys.select(names).is_duplicated())
    if twice.is_empty():
        return
    first = twice.select(names).row(0)
    rows = twice.filter(
        pl.all_horizontal(pl.col(n).eq_missing(v) for n, v in zip(names, first, strict=True))
    )[ROW]
    where = "subject" if len(names) == 1 else "subject and visit"
    hint = (
        " Name the column with the visit: visit=..."
        if len(names) == 1 and not items.visits
        else " Keep the right row."
    )
    raise ContractError(
        f"The items of {scale.id} must have one row a {where}; rows {listed(rows)} share theirs "
        f"({', '.join(map(str, first))}).{hint}"
    )


def _check_kept(rows: pl.DataFrame, items: Items) -> None:
    """Refuse a kept column that differs between the items of one assessment."""
    for name in _beside(items):
        differs = rows.filter(pl.col(name).drop_nulls().n_unique().over(items.names) > 1)
        if differs.height:
            first = differs.row(0, named=True)
            raise ContractError(
                f"{name} must be the same for all items of an assessment; it is not for subject "
                f"{first[items.subject]} (row {first[ROW]})."
            )
