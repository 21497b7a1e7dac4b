"""Response rates by ketanalysis: one call. It also makes the contrasts and the audit.

python our_rates.py SCORES.parquet TINY.parquet REPEATS
"""

from __future__ import annotations

import sys
from typing import Any

import polars as pl
from stopwatch import measure

from ketanalysis import Response, estimate_response

COLUMNS = ("TRT01P", "AVISIT", "missing", "count", "n", "estimate", "conf_low", "conf_high")


def rates(scores: pl.DataFrame) -> list[Any]:
    result = estimate_response(
        scores,
        "MADRS",
        Response(at_least=0.5),
        by="TRT01P",
        missing=["observed", "locf", "nri"],
    )
    return result.table.select(COLUMNS).rows()


if __name__ == "__main__":
    data, tiny, repeats = sys.argv[1:]
    measure(rates, pl.read_parquet(data), pl.read_parquet(tiny), int(repeats))
