"""When a treatment was taken: before the first infusion, at or after it, or at no known time.

The flags of ADCM decide where they are filled in (PREFL, ONTRTFL), else the times.
"""

from __future__ import annotations

import polars as pl

from ketanalysis.errors import ContractError, cast_remedy

TIMES = ("AFRLT", "AFRLTEND")
FLAGS = ("PREFL", "ONTRTFL")


def derive_periods(treatments: pl.DataFrame) -> pl.DataFrame:
    """Return the same rows with ``before``, ``during`` and ``start``.

    Parameters
    ----------
    treatments
        Rows of ADCM: AFRLT and AFRLTEND (hours since the start of the first infusion), PREFL
        and ONTRTFL ("Y", "N"), each where it is there.

    Returns
    -------
    polars.DataFrame
        ``before``: PREFL = Y; where PREFL says nothing, a start below 0, or an end at or below 0.
        ``during``: ONTRTFL = Y; where it says nothing, a start at or above 0, or an end above 0,
        or a start below 0 without an end: that treatment is taken to go on. ``start``: AFRLT
        where it is 0 or more, else null. All three keep their place beside the row.

    Raises
    ------
    ContractError
        A time that is no number, or a flag that is not Y or N.

    Examples
    --------
    >>> rows = pl.DataFrame({"AFRLT": [-900.0, -900.0, 30.0], "AFRLTEND": [None, -24.0, None]})
    >>> derive_periods(rows).select("before", "during").rows()
    [(True, True), (True, False), (False, True)]
    """
    timed = treatments.with_columns(
        pl.lit(None, dtype=pl.String if name in FLAGS else pl.Float64).alias(name)
        for name in (*TIMES, *FLAGS)
        if name not in treatments.columns
    )
    _check(timed)

    start, end = (pl.col(name).cast(pl.Float64).fill_nan(None) for name in TIMES)
    before_by_time = (start < 0).fill_null(False) | (start.is_null() & (end <= 0)).fill_null(False)
    goes_on = (start < 0).fill_null(False) & end.is_null()
    during_by_time = (
        (start >= 0).fill_null(False) | (end > 0).fill_null(False) | goes_on.fill_null(False)
    )
    said = {name: pl.col(name).cast(pl.String).str.strip_chars() for name in FLAGS}
    is_said = {name: said[name].is_in(["Y", "N"]).fill_null(False) for name in FLAGS}
    return timed.with_columns(
        before=pl.when(is_said["PREFL"]).then(said["PREFL"] == "Y").otherwise(before_by_time),
        during=pl.when(is_said["ONTRTFL"]).then(said["ONTRTFL"] == "Y").otherwise(during_by_time),
        start=pl.when(start >= 0).then(start),
        goes_on=goes_on & ~is_said["ONTRTFL"],
    )


def _check(timed: pl.DataFrame) -> None:
    for name in TIMES:
        dtype = timed.schema[name]
        if not dtype.is_numeric() and dtype != pl.Null:
            remedy = cast_remedy(name) if dtype == pl.String else ""
            raise ContractError(f"{name} must hold hours as numbers, not {dtype}.{remedy}")
    for name in FLAGS:
        held = timed[name].cast(pl.String).str.strip_chars().unique().drop_nulls().to_list()
        odd = sorted(value for value in held if value not in ("Y", "N", ""))
        if odd:
            raise ContractError(f"{name} must be Y or N, not {odd[0]!r}.")


def period_notes(treatments: pl.DataFrame, periods: pl.DataFrame) -> tuple[str, ...]:
    """Return the definition that was applied, and how many rows it could not place.

    Parameters
    ----------
    treatments, periods
        The rows as they were given, and as `derive_periods` returned them.
    """
    has = {name: name in treatments.columns for name in (*TIMES, *FLAGS)}
    before = "PREFL = Y" if has["PREFL"] else ""
    during = "ONTRTFL = Y" if has["ONTRTFL"] else ""
    if any(has[name] for name in TIMES):
        by_start = "started before the first infusion"
        by_use = "in use at or after the start of the first infusion"
        before = f"{before}, else {by_start}" if before else by_start
        during = f"{during}, else {by_use}" if during else by_use
    said = [
        f"Before: {before or 'not recorded'}. During: {during or 'not recorded'}. New: during and "
        "not before."
    ]
    goes_on = int(periods["goes_on"].sum())
    nowhere = int((~periods["before"] & ~periods["during"]).sum())
    if goes_on:
        said.append(
            f"A treatment from before without a recorded end counts as going on: {goes_on} "
            f"row{'' if goes_on == 1 else 's'}."
        )
    if nowhere:
        said.append(
            f"Without a time or flag that places it: {nowhere} row"
            f"{'' if nowhere == 1 else 's'}, counted at any time only."
        )
    return tuple(said)
