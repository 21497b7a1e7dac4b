"""From the rows of a frame to the values of one outcome by group, with everybody counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.groups.ancova import Ancova, ancova
from ketanalysis.groups.comparison_rows import Outcome
from ketanalysis.groups.covariates import Design, design_of
from ketanalysis.groups.two_samples import Floats

SPREAD = ("mean", "sd", "median", "q1", "q3", "min", "max")
COUNTS: Mapping[str, Any] = {
    **dict.fromkeys(("outcome", "group"), pl.String),
    **dict.fromkeys(("n", "n_missing"), pl.Int64),
}
COMPARED = "compared"


def outcome_rows(
    given: pl.DataFrame,
    entry: pl.DataFrame,
    name: str,
    columns: Sequence[str],
    labels: Sequence[str],
) -> pl.DataFrame:
    """Return group, value, covariates and the reason why a row is out (null: it is in).

    `columns` are the columns of the covariates, which the reasons call by their `labels`; here
    they are "0", "1", ..., in order.
    """
    taken = given.select(pl.col(column).alias(str(at)) for at, column in enumerate(columns))
    value = given[name].cast(pl.Float64).fill_nan(None).alias("value")
    rows = pl.DataFrame([entry["group"], value, entry["reason"], *taken])
    no_value = pl.when(pl.col("value").is_null()).then(pl.lit("no value"))
    lacking = [
        pl.when(pl.col(str(at)).is_null()).then(pl.lit(f"no {label}"))
        for at, label in enumerate(labels)
    ]
    return rows.with_columns(reason=pl.coalesce("reason", no_value, *lacking))


def outcome_of(
    rows: pl.DataFrame, name: str, levels: tuple[str, ...], adjust: Sequence[str]
) -> Outcome:
    """Return the values of an outcome by group, sorted, and the adjusted fit if asked for."""
    codes = [str(at) for at in range(len(adjust))]
    compared = rows.filter(pl.col("reason").is_null()).with_columns(
        pl.col("group").cast(pl.Enum(levels))
    )
    compared = compared.sort("group", "value", *codes)
    place = compared["group"].to_physical().cast(pl.Int64).to_numpy()
    value = compared["value"].to_numpy()
    subjects = compared.select(codes).rename(dict(zip(codes, adjust, strict=True)))
    design = design_of(subjects, adjust) if adjust else None
    fit = None if design is None else _fit(value, place, len(levels), design)
    nothing = () if fit is None or design is None else _nothing(fit, design)
    return Outcome(
        name=name,
        levels=levels,
        values=tuple(value[place == at] for at in range(len(levels))),
        n_missing=_lacking(rows).height,
        fit=fit,
        adjusted_for=tuple(adjust),
        adds_nothing=nothing,
    )


def describe(rows: pl.DataFrame, outcome: Outcome) -> list[dict[str, Any]]:
    """Return one row a group: n, n_missing, mean, sd, quartiles."""
    lacking = _lacking(rows)["group"].to_list()
    return [
        {
            "outcome": outcome.name,
            "group": level,
            "n": values.size,
            "n_missing": lacking.count(level),
            **spread_of(values),
        }
        for level, values in zip(outcome.levels, outcome.values, strict=True)
    ]


def groups_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the description of all outcomes and groups."""
    return pl.DataFrame(list(rows), schema={**COUNTS, **dict.fromkeys(SPREAD, pl.Float64)})


def data_frame(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """Return every value compared: outcome, group, value; no subject identifiers."""
    names, levels = [one.name for one in outcomes], outcomes[0].levels
    sizes = [
        (one.name, at, v.size) for one in outcomes for at, v in zip(levels, one.values, strict=True)
    ]
    return pl.DataFrame(
        {
            "outcome": [name for name, _, size in sizes for _ in range(size)],
            "group": [level for _, level, size in sizes for _ in range(size)],
            "value": np.concatenate([v for one in outcomes for v in one.values]),
        },
        schema={"outcome": pl.Enum(names), "group": pl.Enum(levels), "value": pl.Float64},
    )


def audit_of(long: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return who was compared and who was not, by outcome, group and reason."""
    stacked = pl.concat(
        [
            rows.select(pl.lit(name).alias("outcome"), "group", "reason")
            for name, rows in long.items()
        ]
    )
    excluded = pl.col("reason").is_not_null()
    status = pl.when(excluded).then(pl.lit("excluded")).otherwise(pl.lit("included"))
    return (
        stacked.with_columns(
            pl.col("outcome").cast(pl.Enum(list(long))),
            status=status,
            reason=pl.col("reason").fill_null(COMPARED),
        )
        .group_by("outcome", "group", "status", "reason")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("outcome", "status", "reason", "group", descending=[False, True, False, False])
        .with_columns(pl.col("outcome").cast(pl.String))
    )


def _fit(value: Floats, place: Any, k: int, design: Design) -> Ancova:
    return ancova(value, place, k, design.columns - design.centres)


def _nothing(fit: Ancova, design: Design) -> tuple[str, ...]:
    return tuple(dict.fromkeys(design.names[at] for at in fit.dependent))


def _lacking(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the groups without the value or a covariate."""
    return rows.filter(pl.col("reason").str.starts_with("no ") & (pl.col("reason") != "no group"))


def spread_of(values: Floats) -> dict[str, float | None]:
    """Return mean, sd, quartiles (type 7) and ends of sorted values; None where there are none."""
    if not values.size:
        return dict.fromkeys(SPREAD)
    low, q1, median, q3, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    with np.errstate(over="ignore"):
        sd = values.std(ddof=1) if values.size > 1 else np.nan
    found = zip(SPREAD, (values.mean(), sd, median, q1, q3, low, high), strict=True)
    return {name: float(value) if np.isfinite(value) else None for name, value in found}
