"""Does the acute effect wane over infusions? A straight line over infusions in a mixed model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from ketanalysis.errors import EstimationError
from ketanalysis.infusions.crossings import groups_of
from ketanalysis.mmrm.fit import fit_mmrm
from ketanalysis.mmrm.result import ModelResult

SCHEMA = {
    "term": pl.String,
    "measure": pl.String,
    "n": pl.Int64,
    "n_infusions": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "statistic": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
SLOPE, DIFFERENCE = "per infusion", "per infusion, difference"
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "statistic", "df", "p_value")


def attenuation_rows(
    infusions: pl.DataFrame,
    by: Sequence[str],
    measure: str,
    covariance: str,
    fallback: Sequence[str],
    df: str,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    """Yield the slope over infusions in each group, and how the slopes of two groups differ.

    Each group has a model of its own, ``measure ~ infusion`` with a covariance over infusions;
    the difference comes from one model of both, with one covariance.
    """
    known = infusions.drop_nulls(measure)
    levels = [str(k) for k in known["EXSEQ"].unique().sort()]
    if len(levels) < 2:
        return
    rows = known.select(
        *by,
        "USUBJID",
        VALUE=pl.col(measure),
        INFUSION=pl.col("EXSEQ").cast(pl.String).cast(pl.Enum(levels)),
        NUMBER=pl.col("EXSEQ").cast(pl.Float64),
    )

    def fitted(own: pl.DataFrame, right: str) -> ModelResult:
        held = [k for k in levels if (own["INFUSION"].cast(pl.String) == k).any()]
        own = own.with_columns(pl.col("INFUSION").cast(pl.String).cast(pl.Enum(held)))
        formula = f"VALUE ~ {right} + {covariance}(INFUSION | USUBJID)"
        return fit_mmrm(own, formula, df=df, fallback=fallback, conf_level=conf_level)

    groups = list(groups_of(rows, by))
    for key, own in groups:
        where = {**key, "measure": measure, "term": SLOPE, "method": covariance}
        yield where | _row(own, lambda own=own: fitted(own, "NUMBER"), "NUMBER")
    if len(groups) == 2 and len(by) == 1:
        marked = pl.concat(
            own.with_columns(OTHER=pl.lit(float(place))) for place, (_, own) in enumerate(groups)
        )
        where = {**groups[1][0], "measure": measure, "term": DIFFERENCE, "method": covariance}
        yield where | _row(marked, lambda: fitted(marked, "NUMBER*OTHER"), "NUMBER:OTHER")


def _row(own: pl.DataFrame, fit: Any, term: str) -> dict[str, Any]:
    counted = {"n": own["USUBJID"].n_unique(), "n_infusions": own.height, "note": ""}
    try:
        (found,) = fit().table.filter(pl.col("term") == term).to_dicts()
    except (EstimationError, ValueError) as error:
        return counted | dict.fromkeys(NUMBERS) | {"note": f"not estimable: {error}"}
    return counted | {name: found[name] for name in NUMBERS}
