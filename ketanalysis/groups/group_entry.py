"""Who enters a comparison of groups, in which order they stand, and the refusals on the way in."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, alike, cast_remedy, listed, near_miss


def check_columns(
    given: pl.DataFrame,
    outcomes: Sequence[str],
    by: tuple[str, str],
    among: str | None,
    adjust: Sequence[str] = (),
) -> None:
    """Refuse columns that the frame does not have, and scores that are no finite numbers.

    `by` is the name of the argument and the column that it names.
    """
    asked = [*(("value", name) for name in outcomes), by, *(("adjust", name) for name in adjust)]
    for argument, name in [*asked, ("among", among)] if among is not None else asked:
        if name not in given.columns:
            raise ArgumentError(
                f"{argument} must name a column of the frame, not {name!r}; it has "
                f"{listed(given.columns)}.{near_miss(name, given.columns)}"
            )
    for name in adjust:
        if name in (*outcomes, by[1]):
            raise ArgumentError(f"adjust cannot name {name!r}, which is compared already.")
    for name in (*outcomes, *(name for name in adjust if given.schema[name].is_float())):
        dtype = given.schema[name]
        if not (dtype.is_numeric() or dtype == pl.Null):
            remedy = cast_remedy(name) if dtype == pl.String else ""
            raise ContractError(f"{name} must hold numbers, not {dtype}.{remedy}")
        places = given[name].cast(pl.Float64).is_infinite().arg_true() + 1
        if len(places):
            many = len(places) > 1
            raise ContractError(
                f"{name} must be finite, but {len(places)} value{'s are' if many else ' is'} "
                f"infinite.\n  Row{'s' * many} {listed(places, 3)}, counted from 1."
            )


def group_entry(
    given: pl.DataFrame, by: str, among: str | None, missing: str = "no group"
) -> pl.DataFrame:
    """Return each row's ``group`` as text and the ``reason`` why it is out (null: it is in).

    `missing` is the reason of a row without a group.
    """
    group = given[by].fill_nan(None) if given.schema[by].is_float() else given[by]
    no_group = pl.when(pl.col("group").is_null()).then(pl.lit(missing))
    entry = pl.DataFrame({"group": group.cast(pl.String)}).with_columns(reason=no_group)
    if among is None:
        return entry
    no_flag = pl.when(pl.col("flag").is_null()).then(pl.lit(f"{among} missing"))
    not_in = pl.when(~pl.col("flag")).then(pl.lit(f"not in {among}"))
    return entry.with_columns(flag=_flag(given[among])).select(
        "group", reason=pl.coalesce(no_flag, not_in, "reason")
    )


def _flag(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Boolean:
        return column
    text = column.cast(pl.String)
    wrong = text.filter(~text.is_in(["Y", "N"])).unique().sort()
    if wrong.len():
        raise ContractError(
            f"{column.name} must hold true and false, or Y and N, not {listed(wrong, 5)}."
        )
    return text == "Y"


def check_subjects(compared: pl.DataFrame, subject: str) -> None:
    """Refuse a subject with several rows, by name; a frame without the column passes."""
    if subject not in compared.columns:
        return
    if compared[subject].null_count():
        raise ContractError(
            f"{subject} must not be missing, but {compared[subject].null_count()} rows have none."
        )
    rows = compared.group_by(pl.col(subject).cast(pl.String)).len().filter(pl.col("len") > 1)
    if rows.height:
        named = (f"{name} ({count} rows)" for name, count in rows.sort(subject).iter_rows())
        raise ContractError(
            f"{subject} must be unique (one row a subject), but {rows.height} "
            f"{'has' if rows.height == 1 else 'have'} several rows: {listed(named)}.\n"
            "  Choose one visit and one scale before the comparison."
        )


def groups_in_order(
    entry: pl.DataFrame, column: pl.Series, by: tuple[str, str], reference: object
) -> tuple[str, ...]:
    """Return the groups that are compared: the reference, then the others.

    Those of an Enum stand in its order, numbers by size, text by the alphabet. `by` is the name
    of the argument and the column that it names.
    """
    (argument, name), what = by, "groups" if by[0] == "by" else "occasions"
    found = entry.filter(pl.col("reason").is_null())["group"].unique().sort().to_list()
    if same := alike(found):
        raise ContractError(
            f"The {what} of {name} must differ by more than case or spaces, but these do not: "
            f"{listed(map(repr, same))}.\n  Give each {what[:-1]} one spelling."
        )
    if len(found) < 2:
        raise ArgumentError(
            f"{argument} must name a column of two or more {what}; {name!r} has {len(found)}"
            f"{': ' if found else ''}{listed(found)}."
        )
    dtype, label = column.dtype, str(reference)
    if dtype == pl.Boolean or dtype.is_numeric():
        label = str(pl.Series([reference]).cast(dtype, strict=False).cast(pl.String)[0])
    if label not in found:
        raise ArgumentError(
            f"reference must be one of the {what} of {name}: {listed(found)}; not {reference!r}."
            f"{near_miss(reference, found)}"
        )
    ranked = column.drop_nulls().unique().sort().cast(pl.String).to_list()
    return (label, *(level for level in ranked if level in found and level != label))


def has_order(dtype: pl.DataType) -> bool:
    """Whether the groups have an order of their own, so that none need be taken."""
    return isinstance(dtype, pl.Enum) or dtype == pl.Boolean or dtype.is_numeric()
