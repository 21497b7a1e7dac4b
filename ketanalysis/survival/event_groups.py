"""The groups of a time-to-event frame: which columns may form them, their order, their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, alike, listed
from ketanalysis.grid import by_columns
from ketanalysis.rates.contrasts import has_order
from ketanalysis.survival.event_codes import check_column, where
from ketanalysis.survival.risk_sets import Counts

ARM_COLUMNS = ("TRT01P", "TRT01A", "ARM", "ACTARM")
BASELINE_COLUMNS = (*ARM_COLUMNS, "SEX", "RACE", "AGEGR1", "SITEID")
PLACE = "place of the group"
TAKEN = (
    *("time", "n_at_risk", "n_event", "n_censored", "survival", "std_error"),
    *("conf_low", "conf_high", "n", "median", "expected", "status", "reason", "count"),
)


def check_by(by: str | None, used: dict[str, str | None]) -> None:
    """Refuse a by-column that a result names its own, or that is `used` as another argument."""
    for argument, column in used.items():
        if by is not None and by == column:
            raise ArgumentError(
                f"by cannot name the column {by!r}, which {argument} names; groups need a column "
                "of their own."
            )
    by_columns(by, TAKEN)


def check_known_at(frame: pl.DataFrame, by: str | None, known_at: str | float | None) -> None:
    """Refuse groups that may have been formed after the origin, unless it is said when."""
    if by is None:
        if known_at not in (None, "baseline"):
            raise ArgumentError("known_at says when the groups were known, so it needs by.")
        return
    if known_at is None and by not in BASELINE_COLUMNS:
        raise ArgumentError(
            f"by={by!r} needs known_at: a subject may have had to stay free of the event until "
            f"{by} was known, which makes its curve too good (immortal time).\n"
            '  Say known_at="baseline" if it was known at the origin; else give the time or the '
            "column of times at which it was known, and subjects count from then."
        )
    if isinstance(known_at, str) and known_at != "baseline":
        check_column("known_at", known_at, frame)


def groups_in_order(
    rows: pl.DataFrame, by: str | None, order: Sequence[object] | None
) -> tuple[pl.Series | None, Counts]:
    """Return the groups in order and each subject's place (n,) among them."""
    if by is None:
        if order is not None:
            raise ArgumentError("groups gives the order of the groups, so it needs by.")
        return None, np.zeros(rows.height, dtype=np.int64)
    given = rows[by]
    if given.null_count():
        raise ContractError(
            f"{by} must name a group for every subject that enters.\n"
            f"{where(rows.filter(given.is_null()))}\n"
            "  Fill it in, or exclude the subject with entered = False and a reason."
        )
    if not (given.dtype.is_integer() or given.dtype in (pl.String, pl.Enum, pl.Boolean)):
        raise ArgumentError(
            f"by must be a column of groups (text, ordered categories, whole numbers or "
            f"True/False), and {by} is of type {given.dtype}."
        )
    found = given.unique().sort()
    if same := alike(found):
        raise ContractError(
            f"The groups of {by} must differ by more than case or spaces, but these do not: "
            f"{listed(map(repr, same))}.\n"
            f"{where(rows.filter(given.cast(pl.String).is_in(same)))}\n"
            "  Give each group one spelling."
        )
    if order is not None:
        found = _declared_order(found, by, order)
    places = pl.DataFrame({by: found}).with_row_index(PLACE)
    code = given.to_frame().join(places, on=by, how="left", maintain_order="left")[PLACE]
    return found, code.to_numpy().astype(np.int64)


def _declared_order(found: pl.Series, by: str, order: Sequence[object]) -> pl.Series:
    held = found.to_list()
    if len(order) != len(held) or set(order) != set(held):
        raise ArgumentError(
            f"groups must list every group of {by} once ({listed(map(repr, held))}), "
            f"the reference first, not {listed(map(repr, order))}."
        )
    return pl.Series(found.name, list(order), dtype=found.dtype)


def order_notes(groups: pl.Series | None, order: Sequence[object] | None) -> tuple[str, ...]:
    """Say that groups in plain text stand in the order of the alphabet."""
    if groups is None or order is not None or has_order(groups) or len(groups) == 1:
        return ()
    return (
        f"The groups of {groups.name} have no declared order and stand in that of the alphabet: "
        f"{listed(groups)}.",
    )


def known_notes(by: str | None, known_at: str | float | None) -> tuple[str, ...]:
    """Say when the groups were known."""
    if known_at is None or by is None:
        return ()
    if known_at == "baseline":
        return (f"{by} was declared known at the origin.",)
    when = f"at the time in {known_at}" if isinstance(known_at, str) else f"at {known_at:g}"
    return (f"{by} was known {when}: subjects are at risk from then (late entry).",)


def absent_groups(groups: pl.Series | None, kept: pl.DataFrame) -> tuple[str, ...]:
    """Name the groups of the frame, and of an Enum, of which no subject enters."""
    if groups is None:
        return ()
    named = kept[groups.name].drop_nulls().unique().sort()
    if isinstance(groups.dtype, pl.Enum):
        named = groups.dtype.categories
    absent = [name for name in named.to_list() if name not in groups.to_list()]
    return tuple(f"No subject of {groups.name} {name} enters the curve." for name in absent)
