"""Who is in a curve and who is out of it, by reason: the counts that stand under every result."""

from __future__ import annotations

import polars as pl

from ketanalysis.results import AUDIT_SCHEMA
from ketanalysis.survival.risk_sets import Bools

OUT = "why the row is out"
HAPPENED = "whether the event happened"


def audit_of(
    kept: pl.DataFrame, rows: pl.DataFrame, happened: Bools, by: str | None
) -> pl.DataFrame:
    """Return the subjects of each reason, in the curve (`rows`) and out of it.

    `kept` holds all rows of the endpoint, `happened` whether each of `rows` is an event, (n,).
    """
    columns = [] if by is None else [by]
    described = [c for c in ("reason", "EVNTDESC", "CNSDTDSC") if c in rows.columns]
    if not columns and not described and kept.height == rows.height:
        return _plain_audit(happened)
    keys = [*columns, HAPPENED, *described]
    inside = (
        rows.with_columns(pl.Series(HAPPENED, happened))
        .group_by(keys)
        .agg(count=pl.len().cast(pl.Int64))
    )
    inside = inside.select(
        *columns,
        pl.lit("included").alias("status"),
        pl.when(HAPPENED)
        .then(_reason(inside, "event", "EVNTDESC"))
        .otherwise(_reason(inside, "censored", "CNSDTDSC"))
        .alias("reason"),
        "count",
    )
    outside = kept.filter(pl.col(OUT).is_not_null()).select(
        *columns,
        pl.lit("excluded").alias("status"),
        pl.col(OUT).alias("reason"),
        pl.lit(1, dtype=pl.Int64).alias("count"),
    )
    counted = (
        pl.concat([inside, outside])
        .group_by([*columns, "status", "reason"])
        .agg(pl.col("count").sum())
    )
    return counted.sort([*columns, pl.col("status") != "included", "reason"])


def _plain_audit(happened: Bools) -> pl.DataFrame:
    """Return the audit of rows that are all in and say no more than whether the event came."""
    events = int(happened.sum())
    counts = {"censored": len(happened) - events, "event": events}
    rows = [("included", reason, count) for reason, count in counts.items() if count]
    return pl.DataFrame(rows, schema=AUDIT_SCHEMA, orient="row")


def _reason(rows: pl.DataFrame, what: str, described: str) -> pl.Expr:
    """Return ``event: first relapse``: the row's reason, or CDISC's description, if any."""
    named = [pl.col(c).cast(pl.String) for c in ("reason", described) if c in rows.columns]
    why = pl.coalesce(named) if named else pl.lit(None, dtype=pl.String)
    return pl.concat_str(pl.lit(what), pl.lit(": ") + why, ignore_nulls=True)
