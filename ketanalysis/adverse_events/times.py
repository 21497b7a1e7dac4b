"""When events began after the start of an infusion, and how long they lasted."""

from __future__ import annotations

import polars as pl

from ketanalysis.adverse_events.records import ANY, Records

ONSET, DURATION = "onset", "duration"
NUMBERS = ("median", "q1", "q3", "min", "max")


def timed(records: Records, infusions: pl.DataFrame | None) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the events with ``onset`` and ``duration`` in hours, and what could not be timed.

    Onset is AFRLT less the start of the event's infusion: that of EXSEQ where ADAE has it, else
    the last one that began at or before the event. Duration is AFRLTEND less AFRLT. Null where
    unknown; an event before its infusion has no onset.
    """
    events = records.events
    if "AFRLT" not in events.columns:
        return events.with_columns(onset=None, duration=None), ()
    begin = pl.col("AFRLT").cast(pl.Float64)
    has_end = "AFRLTEND" in events.columns
    end = pl.col("AFRLTEND").cast(pl.Float64) if has_end else pl.lit(None, pl.Float64)
    start = _starts(events, infusions)
    onset = begin - pl.col("start")
    made = events.with_columns(start=start).with_columns(
        onset=pl.when(onset >= 0).then(onset), duration=pl.when(end >= begin).then(end - begin)
    )
    early = int(made.select((onset < 0).sum()).item())
    said = []
    if early:
        said.append(
            f"{early} record{'' if early == 1 else 's'} began before the infusion they are given "
            "to (EXSEQ) and have no time of onset."
        )
    return made.drop("start"), tuple(said)


def _starts(events: pl.DataFrame, infusions: pl.DataFrame | None) -> pl.Series:
    """Return when the infusion of each event began, in hours; null where unknown."""
    nothing = pl.Series("start", [None] * events.height, dtype=pl.Float64)
    if infusions is None or not {"EXSEQ", "AFRLT"} <= set(infusions.columns):
        return nothing
    given = infusions.select(
        "USUBJID", pl.col("EXSEQ").cast(pl.Int64), start=pl.col("AFRLT").cast(pl.Float64)
    ).drop_nulls()
    numbered = events.with_row_index("row").with_columns(pl.col("AFRLT").cast(pl.Float64))
    own = nothing
    if "EXSEQ" in events.columns:
        keyed = numbered.with_columns(pl.col("EXSEQ").cast(pl.Int64))
        once = given.unique(["USUBJID", "EXSEQ"], keep="first", maintain_order=True)
        own = keyed.join(once, on=["USUBJID", "EXSEQ"], how="left").sort("row")["start"]
    last = (
        numbered.drop_nulls("AFRLT")
        .sort("AFRLT")
        .join_asof(
            given.sort("start"),
            left_on="AFRLT",
            right_on="start",
            by="USUBJID",
            coalesce=False,
            check_sortedness=False,
        )
    )
    found = numbered.select("row").join(last.select("row", "start"), on="row", how="left")
    is_named = pl.lit(False) if "EXSEQ" not in events.columns else events["EXSEQ"].is_not_null()
    both = pl.DataFrame({"own": own, "last": found.sort("row")["start"]})
    return both.select(
        pl.when(is_named).then(pl.col("own")).otherwise(pl.col("last")).alias("start")
    ).to_series()


def times_of(events: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Return onset and duration by group and event: one row each, in hours.

    Columns: by-columns, ascertainment, AEDECOD, measure, n (subjects), n_events, n_missing
    (records without the time), median, q1, q3, min, max. `events` are those of `timed`.
    """
    by = records.by
    whole = events.with_columns(AEDECOD=pl.lit(ANY))
    rows = pl.concat([whole, events.drop_nulls("AEDECOD")])
    parts = []
    for measure in (ONSET, DURATION):
        value = pl.col(measure).cast(pl.Float64)
        parts.append(
            rows.group_by("ascertainment", "AEDECOD", *by).agg(
                pl.lit(measure).alias("measure"),
                pl.col("USUBJID").filter(value.is_not_null()).n_unique().cast(pl.Int64).alias("n"),
                value.count().cast(pl.Int64).alias("n_events"),
                value.null_count().cast(pl.Int64).alias("n_missing"),
                value.median().alias("median"),
                value.quantile(0.25, "linear").alias("q1"),
                value.quantile(0.75, "linear").alias("q3"),
                value.min().alias("min"),
                value.max().alias("max"),
            )
        )
    counts = rows.group_by("ascertainment", "AEDECOD").agg(pl.len().alias("all"))
    way = pl.col("ascertainment").cast(pl.Enum(list(records.ways)))
    return (
        pl.concat(parts)
        .join(counts, on=["ascertainment", "AEDECOD"])
        .with_columns(pl.col("measure").cast(pl.Enum([ONSET, DURATION])))
        .sort(
            way, pl.col("AEDECOD") != ANY, -pl.col("all").cast(pl.Int64), "AEDECOD", "measure", *by
        )
        .select(*by, "ascertainment", "AEDECOD", "measure", "n", "n_events", "n_missing", *NUMBERS)
    )
