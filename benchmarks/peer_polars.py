"""Response rates in plain polars, as it is mostly written: join, forward fill over the subject.

python peer_polars.py SCORES.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys
from typing import Any

import polars as pl
from stopwatch import measure

Z = 1.959963984540054


def rates(scores: pl.DataFrame) -> list[Any]:
    rows = scores.lazy().filter(pl.col("PARAMCD") == "MADRS")
    is_baseline = pl.col("ABLFL").is_not_null()
    start = rows.filter(is_baseline, pl.col("AVAL").is_not_null()).select(
        "USUBJID", "TRT01P", half=pl.col("AVAL") / 2
    )
    later = rows.filter(~is_baseline).select("USUBJID", "AVISIT", "AVAL")
    visits = scores["AVISIT"].dtype.categories[1:]
    every = start.join(pl.LazyFrame({"AVISIT": visits.cast(scores["AVISIT"].dtype)}), how="cross")
    counts = (
        every.join(later, on=["USUBJID", "AVISIT"], how="left")
        .sort("USUBJID", "AVISIT")
        .with_columns(carried=pl.col("AVAL").forward_fill().over("USUBJID"))
        .group_by("TRT01P", "AVISIT")
        .agg(
            n=pl.len(),
            n_observed=pl.col("AVAL").count(),
            n_locf=pl.col("carried").count(),
            observed=(pl.col("AVAL") <= pl.col("half")).sum(),
            locf=(pl.col("carried") <= pl.col("half")).sum(),
        )
        .collect()
    )
    pairs = (("observed", "n_observed"), ("locf", "n_locf"), ("observed", "n"))
    tables = [
        counts.select(
            "TRT01P",
            "AVISIT",
            pl.lit(name).alias("missing"),
            pl.col(count).cast(pl.Float64).alias("count"),  # counts are 32-bit and would overflow
            pl.col(n).cast(pl.Float64).alias("n"),
        )
        for name, (count, n) in zip(("observed", "locf", "nri"), pairs, strict=True)
    ]
    return with_wilson(pl.concat(tables)).rows()


def with_wilson(counts: pl.DataFrame) -> pl.DataFrame:
    x, n = pl.col("count"), pl.col("n")
    middle = (x + Z**2 / 2) / (n + Z**2)
    half = Z * (x * (n - x) / n + Z**2 / 4).sqrt() / (n + Z**2)
    table = counts.with_columns(estimate=x / n, conf_low=middle - half, conf_high=middle + half)
    return table.cast({"count": pl.Int64, "n": pl.Int64})


if __name__ == "__main__":
    data, tiny, repeats = sys.argv[1:]
    measure(rates, pl.read_parquet(data), pl.read_parquet(tiny), int(repeats))
