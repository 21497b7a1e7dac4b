"""Subjects with the event of those exposed: counted, with intervals, and compared between arms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from ketanalysis.adverse_events.records import ANY, NO_CLASS, Records
from ketanalysis.rates.contrasts import SCHEMA, has_order, measure_row, reference_of, with_names
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.rates.two_proportions import odds_ratio, risk_difference, risk_ratio

KEYS = ("AESOC", "AEDECOD")


def worst_of(records: Records, keys: Sequence[str]) -> pl.DataFrame:
    """Return one row a subject, way and key, with ``n_events`` records and the worst AESEV.

    Severity is an Enum of what is held, "not recorded" the least: a subject is mild where one
    record is mild and others are silent.
    """
    events = records.events
    severity = ["not recorded", "MILD", "MODERATE", "SEVERE"]
    held = pl.col("AESEV").cast(pl.String) if "AESEV" in events.columns else pl.lit(None, pl.String)
    known = pl.when(held.is_in(severity)).then(held).otherwise(pl.lit(severity[0]))
    named = events.with_columns(AESEV=known.cast(pl.Enum(severity)))
    if "AESOC" in keys:
        named = named.with_columns(pl.col("AESOC").cast(pl.String).fill_null(NO_CLASS))
    return named.group_by("USUBJID", *records.by, "ascertainment", *keys).agg(
        pl.len().cast(pl.Int64).alias("n_events"), pl.col("AESEV").max()
    )


def collapsed(records: Records, *, with_class: bool) -> pl.DataFrame:
    """Return `worst_of` for the total, the terms and, with `with_class`, the classes."""
    total = pl.lit(ANY)
    columns = ["USUBJID", *records.by, "ascertainment", *(KEYS if with_class else KEYS[1:])]
    columns += ["n_events", "AESEV"]
    whole = worst_of(records, []).with_columns(AESOC=total, AEDECOD=total)
    named = Records(**{**vars(records), "events": records.events.drop_nulls("AEDECOD")})
    if not with_class:
        return pl.concat([whole.select(columns), worst_of(named, ["AEDECOD"]).select(columns)])
    of_class = worst_of(records, ["AESOC"]).with_columns(AEDECOD=total)
    parts = [whole, of_class, worst_of(named, ["AESOC", "AEDECOD"])]
    return pl.concat([part.select(columns) for part in parts])


def counted(once: pl.DataFrame, records: Records, extra: Sequence[str] = ()) -> pl.DataFrame:
    """Return count, n_events and n by group, way and event; groups without the event have 0.

    `once` is the frame of `collapsed`; with `extra` (AESEV) each of its values has a row too.
    Order: ways, the total, then the most frequent first, classes before their terms.
    """
    by, keys = records.by, [name for name in KEYS if name in once.columns]
    exposed = records.exposed
    n = pl.len().over(by) if by else pl.len()
    groups = exposed.select(*by, n=n.cast(pl.Int64)).unique()
    rows = _names(once, records, keys)
    if extra:
        levels = once.select(*extra).unique()
        rows = rows.join(levels, how="cross")
    found = once.group_by("ascertainment", *keys, *extra, *by).agg(
        pl.len().cast(pl.Int64).alias("count"), pl.col("n_events").sum()
    )
    cells = groups.join(rows, how="cross").join(
        found, on=["ascertainment", *keys, *extra, *by], how="left"
    )
    order = ["place", *by, *extra]
    return (
        cells.with_columns(pl.col("count", "n_events").fill_null(0))
        .sort(order)
        .select(*by, "ascertainment", *keys, *extra, "count", "n", "n_events")
    )


def _names(once: pl.DataFrame, records: Records, keys: list[str]) -> pl.DataFrame:
    """Return every way and event once, with its ``place`` in the table."""
    totals = once.group_by("ascertainment", *keys).agg(pl.len().alias("all"))
    first = pl.DataFrame({"ascertainment": list(records.ways), **dict.fromkeys(keys, ANY)})
    rows = pl.concat([first, totals.select("ascertainment", *keys)]).unique()
    rows = rows.join(totals, on=["ascertainment", *keys], how="left").with_columns(
        pl.col("all").fill_null(0).cast(pl.Int64)
    )
    way = pl.col("ascertainment").replace_strict(
        list(records.ways), list(range(len(records.ways))), return_dtype=pl.Int64
    )
    is_whole = pl.all_horizontal(pl.col(key) == ANY for key in keys)
    order = [way, ~is_whole, -pl.col("all"), pl.col("AEDECOD")]
    if "AESOC" in keys:
        in_class = pl.when(pl.col("AEDECOD") == ANY).then(pl.col("all")).max()
        of_class = in_class.over("ascertainment", "AESOC")
        is_term = pl.col("AEDECOD") != ANY
        order = [way, ~is_whole, -of_class, pl.col("AESOC"), is_term, *order[2:]]
    return rows.sort(order).drop("all").with_row_index("place")


def with_intervals(rows: pl.DataFrame, ci: str, conf_level: float) -> pl.DataFrame:
    """Add estimate, conf_low, conf_high and method."""
    low, high = proportion_interval(rows["count"].to_numpy(), rows["n"].to_numpy(), ci, conf_level)
    return rows.with_columns(
        estimate=pl.col("count") / pl.col("n"),
        conf_low=pl.Series(low),
        conf_high=pl.Series(high),
        method=pl.lit(ci),
    )


def with_bounds(rows: pl.DataFrame, conf_level: float) -> pl.DataFrame:
    """Add what is still possible where nobody had the event: rule of three, and the exact bound.

    ``rule_of_three`` is 3 / n, at most 1; ``bound`` the one-sided exact upper bound at
    `conf_level`. Both are null where somebody had the event. Hanley and Lippman-Hand (1983),
    JAMA 249:1743-1745.
    """
    is_none = (pl.col("count") == 0) & (pl.col("n") > 0)
    exact = 1 - (math.log(1 - conf_level) / pl.col("n")).exp()
    return rows.with_columns(
        rule_of_three=pl.when(is_none).then((3 / pl.col("n")).clip(upper_bound=1.0)),
        bound=pl.when(is_none).then(exact),
    )


def share_contrasts(
    rows: pl.DataFrame, by: Sequence[str], difference: str, conf_level: float
) -> pl.DataFrame:
    """Return risk difference, risk ratio and odds ratio of each event, each group with the first.

    There are none without by-columns, or where their groups have no declared order.
    """
    keys = [name for name in ("ascertainment", *KEYS) if name in rows.columns]
    within = [*by[1:], *keys]
    schema = {name: rows.schema[name] for name in within} | SCHEMA
    if not by or not has_order(rows[by[0]]):
        return pl.DataFrame(schema=schema)
    reference = reference_of(rows[by[0]])
    base = rows.filter(pl.col(by[0]) == reference).select(
        *within, count_0=pl.col("count"), n_0=pl.col("n")
    )
    others = rows.filter(pl.col(by[0]) != reference)
    pairs = others.join(base, on=within, how="left", maintain_order="left")
    made: list[dict[str, Any]] = []
    seen: dict[tuple[int, int, int, int], list[dict[str, Any]]] = {}
    for pair in pairs.iter_rows(named=True):
        counts = (pair["count"], pair["n"], pair["count_0"] or 0, pair["n_0"] or 0)
        if counts not in seen:
            seen[counts] = [*_measures(counts, difference, conf_level)]
        key = {name: pair[name] for name in within}
        key["contrast"] = f"{pair[by[0]]} - {reference}"
        made += [key | with_names(row, pair[by[0]], reference) for row in seen[counts]]
    return pl.DataFrame(made, schema=schema)


def _measures(
    counts: tuple[int, int, int, int], difference: str, conf_level: float
) -> Iterator[dict[str, Any]]:
    yield measure_row("risk difference", risk_difference(*counts, difference, conf_level))
    yield measure_row("risk ratio", risk_ratio(*counts, conf_level=conf_level))
    score = "miettinen-nurminen"
    yield measure_row("odds ratio", odds_ratio(*counts, score, conf_level))
