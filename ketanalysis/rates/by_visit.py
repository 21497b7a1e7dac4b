"""Shares of those who meet a rule, by visit and group: counts, intervals, contrasts, audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    check_conf_level,
    check_one_of,
    listed,
)
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, by_columns, chosen_visits, groups_of
from ketanalysis.imputation.settings import Imputation
from ketanalysis.population import Population
from ketanalysis.rates.comparing import compare_rates
from ketanalysis.rates.contrasts import SCHEMA, check_order, order_notes
from ketanalysis.rates.criteria import Rule
from ketanalysis.rates.handling import (
    HANDLINGS,
    IMPUTED,
    audit_rows,
    chosen_handlings,
    count_met,
    count_rows,
    with_rows,
    with_set_aside,
)
from ketanalysis.rates.imputed import (
    POOLED,
    ImputedRates,
    check_imputation,
    imputed_rates,
    notes_of,
)
from ketanalysis.rates.methods import Methods
from ketanalysis.results import Result

COUNTS = {"AVISIT": pl.String, "missing": pl.String, "count": pl.Int64, "n": pl.Int64}
AUDIT = {
    "AVISIT": pl.String,
    "missing": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "count": pl.Int64,
}
ESTIMATE = ("estimate", "conf_low", "conf_high", "method")
TAKEN = tuple({**COUNTS, **AUDIT, **SCHEMA, **dict.fromkeys(ESTIMATE)})


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RatesResult(Result):
    """Shares of subjects by group, visit and handling of missing scores.

    Attributes
    ----------
    table
        One row a group, visit and handling: by-columns, AVISIT, missing, count, n,
        estimate (0 to 1), conf_low, conf_high, method.
    contrasts
        One row a visit, handling, contrast and measure: by-columns beyond the first, AVISIT,
        missing, contrast, measure, estimate, conf_low, conf_high, method, p_value, test, note;
        with strata also weights, statistic and df.
    strata
        With strata, one row a stratum and contrast: its counts, risk difference and weight.
    standardised
        With covariates, one row a group, visit and handling: its standardised rate.
    scale, outcome
        The scale, and what is counted: "response", "remission", "sustained response", ...
    by
        The by-columns.
    handlings
        What each handling of missing scores means, where it differs from that of one visit.
    pooled
        With imputed scores, one row a handling, group and visit: the share with its standard
        error, degrees of freedom, fraction of information missing, n and n_imputed.
    """

    kind: ClassVar[str] = "rates"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    strata: pl.DataFrame = field(default_factory=pl.DataFrame)
    standardised: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    outcome: str = ""
    by: tuple[str, ...] = ()
    handlings: dict[str, str] = field(default_factory=dict)
    pooled: pl.DataFrame = field(default_factory=pl.DataFrame)


def rates_by_visit(
    data: Any,
    grid: Grid,
    rule: Rule,
    outcome: str,
    by: str | Sequence[str] | None,
    missing: str | Sequence[str] | None,
    visits: Sequence[str] | None,
    methods: Methods,
    population: Population = "ITT",
    imputation: Imputation | None = None,
) -> RatesResult:
    """Return the shares of those who meet a rule at each visit; the arguments are the estimate's.

    ``outcome`` is what the rule defines: "response".
    """
    columns = by_columns(by, TAKEN)
    check_order(grid.subjects, columns)
    handlings = chosen_handlings(missing, imputed=True)
    check_imputation(handlings, imputation, methods)
    shown = _rows_shown(grid, chosen_visits(visits))
    plain = tuple(name for name in handlings if name in HANDLINGS)
    counts, audit = _counted(grid, rule, columns, plain, shown)
    table = with_interval(counts, methods.ci, methods.conf_level)
    count = partial(count_met, rule=rule)
    found = compare_rates(data, grid, count, shown, table, columns, methods)
    title = f"{outcome.capitalize()} on {grid.scale}"
    result = RatesResult(
        table=table,
        contrasts=found.contrasts,
        strata=found.strata,
        standardised=found.standardised,
        title=f"{title} by {', '.join(columns)}" if columns else title,
        definition=rule,
        audit=audit,
        notes=(
            *_notes(grid, handlings, methods.ci, methods.conf_level),
            *(() if visits is not None else _unscored_note(grid)),
            *order_notes(grid.subjects.select(columns), columns),
            *found.notes,
        ),
        conf_level=methods.conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        scale=grid.scale,
        outcome=outcome,
        by=columns,
    )
    if imputation is not None:
        imputed = tuple(name for name in handlings if name in IMPUTED)
        more = imputed_rates(
            data, grid.scale, rule, columns, imputed, (*shown,), population, imputation, methods
        )
        result = _with_imputed(result, more, handlings, (*notes_of(imputation, methods),))
    return replace(
        result,
        audit=with_rows(with_set_aside(result.audit, grid), found.audit),
        warnings=(*grid.warnings, *baseline_warnings(result.audit), *found.warnings),
    )


def _with_imputed(
    result: RatesResult, more: ImputedRates, handlings: tuple[str, ...], notes: tuple[str, ...]
) -> RatesResult:
    """Return the result with the imputed rows among its own, in the order of the handlings."""
    keys: dict[str, Any] = {name: result.table.schema[name] for name in (*result.by, "AVISIT")}
    pooled = pl.DataFrame(more.pooled, schema={**keys, **POOLED, **keys})
    return replace(
        result,
        table=_joined(result.table, more.table, handlings),
        contrasts=_joined(result.contrasts, more.contrasts, handlings),
        audit=_joined(result.audit, more.audit, handlings),
        pooled=pooled,
        notes=(*result.notes, *notes),
    )


def _joined(own: pl.DataFrame, rows: list[dict[str, Any]], order: tuple[str, ...]) -> pl.DataFrame:
    """Return the frame with further rows, by handling in the order that was written."""
    place = pl.col("missing").replace_strict(order, range(len(order)), return_dtype=pl.Int64)
    return pl.concat([own, pl.DataFrame(rows, schema=own.schema)]).sort(place, maintain_order=True)


def check_methods(ci: str, differences: tuple[str, ...], conf_level: float) -> None:
    """Refuse an interval, a difference or a confidence level that there is not."""
    from ketanalysis.rates.proportions import INTERVALS
    from ketanalysis.rates.two_proportions import RISK_DIFFERENCES

    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    if not differences:
        raise ArgumentError(f"difference must name a method: {listed(RISK_DIFFERENCES)}.")
    for name in differences:
        check_one_of("difference", name, tuple(RISK_DIFFERENCES))


def _rows_shown(grid: Grid, visits: tuple[str, ...] | None) -> dict[str, int]:
    """Return the visits that are shown, and the row of each in the grid."""
    return {visit: i for i, visit in enumerate(grid.visits) if visits is None or visit in visits}


def _counted(
    grid: Grid,
    rule: Rule,
    columns: tuple[str, ...],
    handlings: tuple[str, ...],
    rows: dict[str, int],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the counts by group, visit and handling, and who was counted, by reason."""
    groups = groups_of(grid, columns)
    counts, audit = [], []
    for handling in handlings:
        counted = count_met(grid, rule, handling)
        counts += count_rows(counted, groups, rows, handling)
        audit += audit_rows(counted, groups, rows, handling)
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in columns}
    in_order = {"AVISIT": pl.Enum(grid.visits)}
    return (
        pl.DataFrame(counts, schema={**keys, **COUNTS, **in_order}),
        pl.DataFrame(audit, schema={**keys, **AUDIT, **in_order}),
    )


def with_interval(table: pl.DataFrame, ci: str, conf_level: float) -> pl.DataFrame:
    """Add the share of each row with its interval; no subjects have none."""
    from ketanalysis.rates.proportions import proportion_interval

    count = table["count"].to_numpy().astype(np.float64)
    n = table["n"].to_numpy().astype(np.float64)
    low, high = proportion_interval(count, n, ci, conf_level)
    return table.with_columns(
        estimate=pl.when(pl.col("n") > 0).then(pl.col("count") / pl.col("n")),
        conf_low=pl.Series(low).fill_nan(None),
        conf_high=pl.Series(high).fill_nan(None),
        method=pl.lit(ci),
    )


def _notes(grid: Grid, handlings: tuple[str, ...], ci: str, conf_level: float) -> tuple[str, ...]:
    meaning = {**HANDLINGS, **IMPUTED}
    how = "; ".join(f"{name}: {meaning[name]}" for name in handlings)
    aside = "".join(f" Set aside: {count} ({reason})." for reason, count in grid.set_aside)
    return (
        f"Population: {grid.population}.{aside}",
        f"Missing scores: {how}.",
        f"{conf_level * 100:g} % intervals: {method_words(ci)}.",
    )


def _unscored_note(grid: Grid) -> tuple[str, ...]:
    """Say which declared visits are not in the table, because nobody has a score there."""
    if not grid.unscored:
        return ()
    names = listed(map(repr, grid.unscored), 4)
    return (f"Visits without any {grid.scale} score, which are not in the table: {names}.",)


def baseline_warnings(audit: pl.DataFrame) -> tuple[str, ...]:
    """Say how many subjects cannot respond by their baseline (admiral: PCHG is missing)."""
    first = audit.filter(
        pl.col("reason").str.starts_with("baseline of")
        & (pl.col("AVISIT") == audit["AVISIT"].min())
        & (pl.col("missing") == audit["missing"].first())
    )
    if first.is_empty():
        return ()
    reason = str(first["reason"][0]).removesuffix(": counted as failure")
    return (f"Subjects in whom response cannot be judged: {first['count'].sum()} ({reason}).",)
