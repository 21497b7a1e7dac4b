"""Trials of a few columns for the tests of subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import polars as pl

from ketanalysis.trial import Trial
from tests.shared import ORACLE

VISITS = ("Baseline", "Day 7")


def trial_of(
    arms: Sequence[str],
    arm: Sequence[str],
    base: Sequence[float | None],
    last: Sequence[float | None],
    *,
    scale: str = "MADRS",
    **columns: Any,
) -> Trial:
    """Return a trial of one scale at baseline and Day 7, and further columns of ADSL."""
    ids = [f"S{i:03d}" for i in range(len(arm))]
    adsl = pl.DataFrame(
        {"USUBJID": ids, "TRT01P": arm, "ITTFL": ["Y"] * len(ids), **columns},
        schema_overrides={"TRT01P": pl.Enum(arms)},
    )
    rows = [
        {"USUBJID": who, "PARAMCD": scale, "AVISIT": visit, "AVAL": value, "AFRLT": hours}
        | {"ABLFL": "Y" if visit == "Baseline" else None}
        for values, visit, hours in ((base, "Baseline", -1.0), (last, "Day 7", 168.0))
        for who, value in zip(ids, values, strict=True)
    ]
    types = {"AVISIT": pl.Enum(VISITS), "ABLFL": pl.String, "AVAL": pl.Float64}
    adqs = pl.DataFrame(rows, schema_overrides=types)
    return Trial(adsl=adsl, adqs=adqs, arms=tuple(arms), visits=VISITS, subjects_given=True)


@cache
def drawn(name: str) -> Trial:
    """Return the trial of one data set of the oracle."""
    rows = pl.read_csv(ORACLE / "subgroups_data.csv").filter(data=name)
    arms = [f"arm {k}" for k in range(int(rows["arm"].max()) + 1)]  # type: ignore[call-overload]
    level = rows["level"].cast(pl.String)
    return trial_of(
        arms,
        [f"arm {k}" for k in rows["arm"]],
        rows["base"].cast(pl.Float64).to_list(),
        rows["last"].cast(pl.Float64).to_list(),
        LEVEL=("level " + level).to_list(),
        VALUE=[
            None if k is None else float(v)
            for k, v in zip(rows["level"], rows["value"], strict=True)
        ],
    )
