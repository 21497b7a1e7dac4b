"""The published flag of dissociation: a score above a cut-off that also rose from before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.cutoffs import cutoffs
from ketanalysis.errors import ArgumentError
from ketanalysis.infusions.crossings import crossing_rows
from ketanalysis.threshold import Threshold

PURPOSE = "dissociation"
KEYS = ("USUBJID", "EXSEQ")


@dataclass(frozen=True)
class Flag:
    """A level that must be exceeded by a rating that is also above the one before the infusion."""

    level: Threshold
    source: str

    @property
    def words(self) -> str:
        """The rule in words."""
        return f"{self.level.words} and above the value before"


def published_flag(scale: str) -> Flag:
    """Return the flag of the registry, or say that the scale has none that could be verified."""
    cuts = cutoffs(scale).filter((pl.col("purpose") == PURPOSE) & pl.col("verified"))
    if cuts.is_empty():
        raise ArgumentError(
            f"{scale} has no published flag of dissociation whose source could be read. Write the "
            f'level of your protocol: flag=Threshold("{scale}", above=..., unit="points").'
        )
    cut = cuts.row(0, named=True)
    name = {">": "above", ">=": "at_least"}[cut["comparator"]]
    return Flag(Threshold(scale, unit="points", **{name: cut["value"]}), cut["citation"])


def flagged_rows(
    result: Any, flag: Flag, *, ci: str, conf_level: float
) -> Iterator[dict[str, Any]]:
    """Yield subjects and infusions with the flag, by group and number of the infusion."""
    after = result.readings.filter((pl.col("minutes") > 0) & pl.col("change").is_not_null())
    above = pl.Series(
        "above", flag.level.crossed(after["value"].to_numpy(), after["value"].to_numpy())
    )
    met = (
        after.with_columns(above)
        .group_by(KEYS)
        .agg(met=(pl.col("above") & (pl.col("change") > 0)).any())
    )
    code = pl.col("USUBJID").rank("dense").cast(pl.Int64).alias("subject")
    judged = result.infusions.join(met, on=KEYS, how="left").with_columns(code).sort(KEYS)
    yield from crossing_rows(judged, flag, result.by, ci=ci, conf_level=conf_level)  # type: ignore[arg-type]
