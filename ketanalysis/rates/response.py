"""Who responded, who remitted: shares by visit with intervals, and contrasts between arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import (
    ArgumentError,
    EstimationError,
    check_conf_level,
    check_one_of,
    listed,
)
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, by_columns, chosen_visits, groups_of, score_grid
from ketanalysis.population import Population
from ketanalysis.rates.comparing import compare_rates
from ketanalysis.rates.contrasts import SCHEMA, check_order, order_notes
from ketanalysis.rates.criteria import Rule
from ketanalysis.rates.handling import (
    HANDLINGS,
    audit_rows,
    chosen_handlings,
    count_met,
    count_rows,
    with_rows,
    with_set_aside,
)
from ketanalysis.rates.methods import Methods, chosen_methods
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
    """

    kind: ClassVar[str] = "rates"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    strata: pl.DataFrame = field(default_factory=pl.DataFrame)
    standardised: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    outcome: str = ""
    by: tuple[str, ...] = ()
    handlings: dict[str, str] = field(default_factory=dict)


def estimate_response(
    data: Any,
    scale: str,
    rule: Response,
    by: str | Sequence[str] | None = None,
    *,
    missing: str | Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    test: str | Sequence[str] | None = None,
    odds_ratio: str | None = None,
    strata: str | Sequence[str] | None = None,
    weights: str = "cmh",
    adjust: str | Sequence[str] | None = None,
    variance: str = "m-estimation",
    conf_level: float = 0.95,
) -> RatesResult:
    """Estimate the share of responders by visit and group, with intervals and contrasts.

    Answers "who responded?". Not for change in points, which says more than a responder rate
    (see `estimate_change`).

    Parameters
    ----------
    data
        A `Trial`, or a frame (polars, pandas, Arrow) in ADQS columns: USUBJID, AVISIT, AVAL,
        PARAMCD where it holds several scales, ABLFL ("Y") or BASE, and the by-columns.
    scale
        PARAMCD of the scale, for example "MADRS".
    rule
        The definition, for example ``Response(at_least=0.5)``, or a partial response,
        ``Response(at_least=0.25, below=0.5)``.
    by
        Column or columns of ADSL (or of the frame); None is overall. The groups of the first
        are compared, each with the first group, where they have an order: an Enum (pandas: an
        ordered Categorical), truth values or numbers.
    missing
        How a missing score is handled; must be written, one or several of "observed" (the
        denominator is those scored at the visit), "locf" (the last score after baseline; a
        baseline is never carried) and "nri" (missing counts as no response; the denominator
        is the population).
    visits
        Visits to report, default all after baseline at which the scale was scored; a score
        is carried forward from the others too.
    population
        "ITT", "safety", "per protocol" or "completers" by the flags of ADSL (ITTFL, SAFFL,
        PPROTFL, COMPLFL), or `Completers`. Without a flag ITT is all subjects of ADSL; without
        ADSL it is those with a baseline, and the result says so.
    ci
        "wilson", "wilson-corrected", "clopper-pearson", "mid-p", "agresti-coull", "jeffreys"
        or "wald".
    difference
        "miettinen-nurminen", "mee", "newcombe" or "wald", or several, for the risk
        difference; the number needed to treat goes with the first. With strata:
        "miettinen-nurminen", "mantel-haenszel" (Sato's variance) or "greenland-robins".
    test
        Tests of no difference, the first of which goes with the risk difference; without it
        the test that belongs to the interval. "miettinen-nurminen", "pearson",
        "pearson-corrected", "wald", "fisher", "fisher-mid-p", "boschloo" or "barnard"; with
        strata "cmh", "cmh-corrected", "cmh-exact" or "cmh-mid-p".
    odds_ratio
        "wald" (the default), "cornfield", "miettinen-nurminen", "conditional-exact" or
        "conditional-mid-p"; with strata "mantel-haenszel" (the default),
        "conditional-exact" or "conditional-mid-p".
    strata
        Columns of ADSL (or of the frame) whose combinations are strata: the contrasts are then
        common to all strata (see `ketanalysis.rates.stratified_score`).
    weights
        Weights of the stratified Miettinen-Nurminen difference: "cmh" (the default, as R's
        ratesci), "mn" or "sample-size". They are named wherever the difference is printed.
    adjust
        Covariates, columns of ADSL (or of the frame) and "BASE": the contrasts are then between
        rates standardised by a logistic model (see `ketanalysis.rates.standardised`). Numbers
        enter in a straight line, text and categories by their levels. Not together with strata.
    variance
        Of standardised rates: "m-estimation" (the default), "ye" or "delta".
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    RatesResult
        `table` with one row a group, visit and handling, `contrasts` of each group with the
        first (the reference), `audit` of who was counted and who was not, by reason.

    Raises
    ------
    ArgumentError
        A name that does not exist, `missing` not written, a scale whose direction or floor
        is not declared, or arms without an order.
    ContractError
        A bare frame with two scores of a subject at one visit, two baselines, or scores that
        are no finite numbers.
    EstimationError
        No subject has a baseline, no score after baseline, or an empty population.

    Notes
    -----
    Missing values: a subject without a baseline, or with one that has no share (0), cannot be
    observed to respond; with "nri" the subject stays in the denominator. A subject without a
    stratum or covariate stays in the rates and leaves the contrasts. Every subject is counted
    in `audit`.
    Sources: Wilson (1927) J Am Stat Assoc 22:209; Clopper and Pearson (1934) Biometrika
    26:404; Miettinen and Nurminen (1985) Stat Med 4:213; Newcombe (1998) Stat Med 17:873,
    method 10.
    Checked against: tests/oracle/rates.csv (R 4.2.2, from raw scores in base R, with
    binom.test and prop.test), counts exact, estimates and intervals relative 1e-9;
    tests/oracle/rate_contrasts.csv and tests/oracle/two_proportions.csv for the contrasts;
    tests/oracle/strata.csv and tests/oracle/standardised.csv with strata and covariates; the
    antidepressant trial in tests/test_real_trial.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> rates = ka.estimate_response(
    ...     trial, "MADRS", ka.Response(at_least=0.5), by="TRT01P", missing="nri")
    >>> rates.table.columns[:3]
    ['TRT01P', 'AVISIT', 'missing']
    """
    if not isinstance(rule, Response):
        raise ArgumentError(
            f"rule must be a Response, such as Response(at_least=0.5), not {rule!r}."
        )
    methods = chosen_methods(
        ci, difference, test, odds_ratio, strata, weights, adjust, variance, conf_level
    )
    grid = score_grid(data, scale, by, population=population, visits=visits)
    if np.isnan(grid.baseline).all():
        raise EstimationError(
            f"Response needs a baseline, and no subject has a {scale} baseline. Flag the "
            'baseline rows (ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
        )
    return rates_by_visit(data, grid, rule, rule.label, by, missing, visits, methods)


def estimate_remission(
    data: Any,
    scale: str,
    rule: Remission,
    by: str | Sequence[str] | None = None,
    *,
    missing: str | Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    test: str | Sequence[str] | None = None,
    odds_ratio: str | None = None,
    strata: str | Sequence[str] | None = None,
    weights: str = "cmh",
    adjust: str | Sequence[str] | None = None,
    variance: str = "m-estimation",
    conf_level: float = 0.95,
) -> RatesResult:
    """Estimate the share of subjects in remission by visit and group.

    Answers "who is well?". The cut-off and its comparator are part of the definition; there
    is no default, because several are in use for the same scale. A remission does not need a
    response, nor a baseline.

    Parameters
    ----------
    data, scale, by, missing, visits, population, ci, difference, test, odds_ratio, strata
        As in `estimate_response`.
    weights, adjust, variance, conf_level
        As in `estimate_response`.
    rule
        The definition, for example ``Remission(at_most=10)``.

    Returns
    -------
    RatesResult
        As `estimate_response`.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also a cut-off on the wrong side of the scale.

    Notes
    -----
    Sources and checks as `estimate_response`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> rates = ka.estimate_remission(
    ...     trial, "MADRS", ka.Remission(at_most=10), by="TRT01P", missing="observed")
    >>> rates.outcome
    'remission'
    """
    if not isinstance(rule, Remission):
        raise ArgumentError(
            f"rule must be a Remission, such as Remission(at_most=10), not {rule!r}."
        )
    methods = chosen_methods(
        ci, difference, test, odds_ratio, strata, weights, adjust, variance, conf_level
    )
    grid = score_grid(data, scale, by, population=population, visits=visits)
    return rates_by_visit(data, grid, rule, "remission", by, missing, visits, methods)


def rates_by_visit(
    data: Any,
    grid: Grid,
    rule: Rule,
    outcome: str,
    by: str | Sequence[str] | None,
    missing: str | Sequence[str] | None,
    visits: Sequence[str] | None,
    methods: Methods,
) -> RatesResult:
    """Return the shares of those who meet a rule at each visit; the arguments are the estimate's.

    ``outcome`` is what the rule defines: "response".
    """
    columns = by_columns(by, TAKEN)
    check_order(grid.subjects, columns)
    handlings, shown = chosen_handlings(missing), _rows_shown(grid, chosen_visits(visits))
    counts, audit = _counted(grid, rule, columns, handlings, shown)
    table = with_interval(counts, methods.ci, methods.conf_level)
    count = partial(count_met, rule=rule)
    found = compare_rates(data, grid, count, shown, table, columns, methods)
    title = f"{outcome.capitalize()} on {grid.scale}"
    return RatesResult(
        table=table,
        contrasts=found.contrasts,
        strata=found.strata,
        standardised=found.standardised,
        title=f"{title} by {', '.join(columns)}" if columns else title,
        definition=rule,
        audit=with_rows(with_set_aside(audit, grid), found.audit),
        notes=(
            *_notes(grid, handlings, methods.ci, methods.conf_level),
            *(() if visits is not None else _unscored_note(grid)),
            *order_notes(table, columns),
            *found.notes,
        ),
        warnings=(*grid.warnings, *baseline_warnings(audit), *found.warnings),
        conf_level=methods.conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        scale=grid.scale,
        outcome=outcome,
        by=columns,
    )


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
    how = "; ".join(f"{name}: {HANDLINGS[name]}" for name in handlings)
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
    names = listed(map(repr, grid.unscored), 20)
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
