"""The overview: any event, serious, severe, related ones, and what was done with the treatment."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.adverse_events.records import Records
from ketanalysis.adverse_events.selection import RELATED, SERIOUS, SEVERE, related_values
from ketanalysis.adverse_events.shares import with_bounds, with_intervals
from ketanalysis.errors import listed

# The terms of CDISC's codelist ACN, and what they mean.
ACTIONS = {
    "DRUG WITHDRAWN": "led to stopping the treatment",
    "DOSE REDUCED": "led to a lower dose",
    "DRUG INTERRUPTED": "led to an interruption",
}
NO_ACTION = (
    *("DOSE NOT CHANGED", "DOSE INCREASED", "DOSE RATE REDUCED", "NOT APPLICABLE"),
    *("NOT EVALUABLE", "UNKNOWN"),
)
AT_LEAST_ONE = "any event"


def overview_of(
    records: Records, related: Sequence[str] | None, ci: str, conf_level: float
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return subjects with at least one event of each category by group, and what to say.

    Columns: by-columns, ascertainment, category, count, n, n_events, estimate, conf_low,
    conf_high, method, rule_of_three, bound. Categories of columns that ADAE does not have are
    left out.
    """
    kinds, said = _categories(records.events, related)
    parts = []
    for category, is_kind in kinds.items():
        own = records.events.filter(is_kind.fill_null(False))
        parts.append(_category(own, records, category))
    rows = pl.concat(parts).with_columns(pl.col("category").cast(pl.Enum(list(kinds))))
    order = ["ascertainment", "category", *records.by]
    rows = rows.with_columns(pl.col("ascertainment").cast(pl.Enum(list(records.ways)))).sort(order)
    rows = rows.with_columns(pl.col("ascertainment").cast(pl.String))
    return with_bounds(with_intervals(rows, ci, conf_level), conf_level), said


def _categories(
    events: pl.DataFrame, related: Sequence[str] | None
) -> tuple[dict[str, pl.Expr], tuple[str, ...]]:
    kinds = {AT_LEAST_ONE: pl.lit(True)}
    said: list[str] = []
    if "AESER" in events.columns:
        kinds[SERIOUS] = pl.col("AESER").cast(pl.String) == "Y"
    if "AESEV" in events.columns:
        kinds[SEVERE] = pl.col("AESEV").cast(pl.String) == "SEVERE"
    if "AEREL" in events.columns and related is not None:
        kinds[RELATED] = pl.col("AEREL").cast(pl.String).is_in(related_values(events, related))
        said.append(f"Related: AEREL is {listed(related, 20)}.")
    if "AEACN" in events.columns:
        action = pl.col("AEACN").cast(pl.String).str.strip_chars().str.to_uppercase()
        kinds |= {words: action == term for term, words in ACTIONS.items()}
        said += _unknown_actions(events.select(action.alias("AEACN"))["AEACN"])
    return kinds, tuple(said)


def _unknown_actions(actions: pl.Series) -> list[str]:
    other = actions.drop_nulls().filter(~actions.drop_nulls().is_in([*ACTIONS, *NO_ACTION]))
    if other.is_empty():
        return []
    names = listed(map(repr, other.unique().sort()))
    return [
        f"AEACN holds words that are no terms of CDISC's codelist ({names}; {other.len()} "
        f"record{'' if other.len() == 1 else 's'}); what was done there is not counted."
    ]


def _category(own: pl.DataFrame, records: Records, category: str) -> pl.DataFrame:
    by = records.by
    n = pl.len().over(by) if by else pl.len()
    groups = records.exposed.select(*by, n=n.cast(pl.Int64)).unique()
    ways = pl.DataFrame({"ascertainment": list(records.ways)})
    found = own.group_by("ascertainment", *by).agg(
        pl.col("USUBJID").n_unique().cast(pl.Int64).alias("count"),
        pl.len().cast(pl.Int64).alias("n_events"),
    )
    cells = groups.join(ways, how="cross").join(found, on=["ascertainment", *by], how="left")
    return cells.select(
        *by,
        "ascertainment",
        pl.lit(category).alias("category"),
        pl.col("count").fill_null(0),
        "n",
        pl.col("n_events").fill_null(0),
    )


def per_subject(records: Records) -> pl.DataFrame:
    """Return how many records a subject has by group: n, n_events, mean, sd, median, q1, q3, max.

    Subjects without an event count with 0.
    """
    by = records.by
    ways = pl.DataFrame({"ascertainment": list(records.ways)})
    found = records.events.group_by("USUBJID", "ascertainment").agg(pl.len().alias("number"))
    whole = records.exposed.join(ways, how="cross").join(
        found, on=["USUBJID", "ascertainment"], how="left"
    )
    number = pl.col("number").fill_null(0).cast(pl.Float64)
    sorted_ways = pl.col("ascertainment").cast(pl.Enum(list(records.ways)))
    return (
        whole.with_columns(sorted_ways)
        .group_by("ascertainment", *by)
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            number.sum().cast(pl.Int64).alias("n_events"),
            number.mean().alias("mean"),
            number.std().alias("sd"),
            number.median().alias("median"),
            number.quantile(0.25, "linear").alias("q1"),
            number.quantile(0.75, "linear").alias("q3"),
            number.max().alias("max"),
        )
        .sort("ascertainment", *by)
        .select(*by, pl.col("ascertainment").cast(pl.String), pl.exclude("ascertainment", *by))
    )
