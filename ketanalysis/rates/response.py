"""Who responded, who remitted: shares by visit with intervals, and contrasts between arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import (
    ArgumentError,
    EstimationError,
)
from ketanalysis.grid import score_grid
from ketanalysis.imputation.settings import Imputation
from ketanalysis.population import Population
from ketanalysis.rates.by_visit import RatesResult, rates_by_visit
from ketanalysis.rates.methods import chosen_methods


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
    imputation: Imputation | None = None,
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
        baseline is never carried), "nri" (missing counts as no response; the denominator is the
        population), or by multiple imputation "mi" (at random), "j2r", "cr", "cir", "lmcf"
        (reference-based); these need `imputation`.
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
    imputation
        An `Imputation`, for the handlings that impute: its model knows the arm, and needs every
        other by-column among its covariates. Its intervals are "wilson" (Lott and Reiter) or
        "wald"; differences ("wald", or "newcombe" from two such intervals) and ratios are
        pooled by Rubin's rules.
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
    stratum or covariate stays in the rates and leaves the contrasts. A subject without a
    baseline cannot be imputed. Every subject is counted in `audit`.
    Sources: Wilson (1927) J Am Stat Assoc 22:209; Clopper and Pearson (1934) Biometrika
    26:404; Miettinen and Nurminen (1985) Stat Med 4:213; Newcombe (1998) Stat Med 17:873,
    method 10; Lott and Reiter (2020) Am Stat 74:109.
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
    return rates_by_visit(
        data, grid, rule, rule.label, by, missing, visits, methods, population, imputation
    )


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
    imputation: Imputation | None = None,
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
    weights, adjust, variance, imputation, conf_level
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
    return rates_by_visit(
        data, grid, rule, "remission", by, missing, visits, methods, population, imputation
    )
