"""To which infusion an event belongs: by its number, or by its time where that is declared."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ketanalysis.adverse_events.exposure import numbered_infusions
from ketanalysis.errors import ArgumentError
from ketanalysis.trial import Trial


@dataclass(frozen=True, eq=False)
class Numbered:
    """Events with the infusion they belong to.

    Attributes
    ----------
    events
        The events with ``infusion`` (EXSEQ) and ``order`` (1 is the subject's first infusion);
        both null where the event belongs to none.
    infusions
        One row an infusion: USUBJID, EXSEQ, start, ``order``.
    notes
        How many belong to none, and why.
    """

    events: pl.DataFrame
    infusions: pl.DataFrame
    notes: tuple[str, ...]


def with_infusion(trial: Trial, events: pl.DataFrame, within: float | None) -> Numbered:
    """Return the events with their infusion: EXSEQ, or the last one that began before the event.

    Time decides only for events without EXSEQ, and only where `within` says up to how many
    hours after the start of an infusion an event belongs to it.
    """
    if within is not None and not within > 0:
        raise ArgumentError(f"within must be a number of hours above 0, not {within!r}.")
    given = numbered_infusions(trial).with_columns(
        order=pl.col("EXSEQ").rank("ordinal").over("USUBJID").cast(pl.Int64)
    )
    has_number = "EXSEQ" in events.columns
    if not has_number and within is None:
        raise ArgumentError(
            "ADAE has no EXSEQ, so no event is given to an infusion: say with within= up to how "
            "many hours after the start of an infusion an event belongs to it (by AFRLT)."
        )
    number = pl.col("EXSEQ").cast(pl.Int64) if has_number else pl.lit(None, pl.Int64)
    rows = events.with_row_index("row").with_columns(infusion=number)
    if within is not None:
        rows = rows.with_columns(
            infusion=pl.col("infusion").fill_null(_by_time(rows, given, within))
        )
    keyed = rows.join(
        given.select("USUBJID", pl.col("EXSEQ").alias("infusion"), "order"),
        on=["USUBJID", "infusion"],
        how="left",
    ).sort("row")
    unplaced = keyed["infusion"].null_count()
    unknown = keyed["order"].null_count() - unplaced
    said = []
    if unplaced:
        said.append(f"{unplaced} of {keyed.height} records belong to no infusion")
    if unknown:
        said.append(f"{unknown} name an infusion that ADEX does not have")
    note = f"Not counted by infusion: {'; '.join(said)}." if said else ""
    timed = () if within is None else (_timed_note(within),)
    return Numbered(keyed.drop("row"), given, (*timed, *((note,) if note else ())))


def _by_time(rows: pl.DataFrame, given: pl.DataFrame, within: float) -> pl.Series:
    if "AFRLT" not in rows.columns or given["start"].null_count() == given.height:
        raise ArgumentError(
            "within= needs AFRLT, hours since the first infusion, in ADAE and ADEX."
        )
    timed = rows.with_columns(pl.col("AFRLT").cast(pl.Float64)).drop_nulls("AFRLT").sort("AFRLT")
    last = timed.join_asof(
        given.drop_nulls("start").sort("start").select("USUBJID", "start", found="EXSEQ"),
        left_on="AFRLT",
        right_on="start",
        by="USUBJID",
        tolerance=within,
        check_sortedness=False,
    )
    whole = rows.select("row").join(last.select("row", "found"), on="row", how="left")
    return whole.sort("row")["found"]


def _timed_note(within: float) -> str:
    return (
        "An event without EXSEQ belongs to the last infusion that began at most "
        f"{within:g} hours before it."
    )
