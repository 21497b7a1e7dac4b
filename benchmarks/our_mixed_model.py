"""The mixed model by ketanalysis, with the contrast of the arms at every visit.

Call: our_mixed_model.py satterthwaite|kenward-roger SCORES.parquet REPEATS
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import polars as pl
from stopwatch import measure

from ketanalysis import estimate_contrasts, fit_mmrm

FORMULA = "CHG ~ BASE*AVISIT + ARM*AVISIT + us(AVISIT | USUBJID)"


def call(scores: pl.DataFrame, df: str) -> list[Any]:
    fit = fit_mmrm(scores, FORMULA, df=df)
    return estimate_contrasts(fit, "ARM", by="AVISIT").table.select("estimate", "std_error").rows()


if __name__ == "__main__":
    df, data, repeats = sys.argv[1:]
    frame = pl.read_parquet(data)
    few = frame["USUBJID"].unique(maintain_order=True).head(200)
    tiny = frame.filter(pl.col("USUBJID").is_in(few.implode()))
    measure(partial(call, df=df), frame, tiny, int(repeats))
