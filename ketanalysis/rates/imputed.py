"""Rates with missing scores imputed: each data set is judged by the rule, then all are pooled.

Scores are imputed on the scale of the score and only then judged, as the outcome is made of the
score; they are neither rounded nor cut at the ends of the scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError
from ketanalysis.frames import to_polars
from ketanalysis.glossary import method_words
from ketanalysis.grid import Groups, groups_of
from ketanalysis.imputation.change import delta_of
from ketanalysis.imputation.imputed import (
    Draws,
    Imputable,
    draw_parameters,
    imputable,
    impute,
    shifted,
)
from ketanalysis.imputation.settings import Imputation
from ketanalysis.population import Population
from ketanalysis.rates.cells import none_if_nan
from ketanalysis.rates.contrasts import (
    ARMS,
    NEEDED,
    has_order,
    measure_row,
    reference_of,
    with_names,
)
from ketanalysis.rates.criteria import Rule, met_by, obstacles
from ketanalysis.rates.handling import STRATEGY_OF
from ketanalysis.rates.methods import Methods
from ketanalysis.rates.pooled import (
    DIFFERENCES,
    SHARES,
    WALD,
    Share,
    pooled_difference,
    pooled_ratio,
    pooled_share,
)
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]
POOLABLE = ("wald", "newcombe")
POOLED = {
    "missing": pl.String,
    "AVISIT": pl.String,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "df": pl.Float64,
    "fraction_missing": pl.Float64,
    "n": pl.Int64,
    "n_imputed": pl.Int64,
}


@dataclass(frozen=True, eq=False)
class ImputedRates:
    """The rows that imputation adds to a result of rates.

    Attributes
    ----------
    table, contrasts, audit
        As those of `RatesResult`, one handling after the other.
    pooled
        One row a handling, group and visit: the share, its standard error and degrees of
        freedom by Rubin's rules, the fraction of information missing, subjects imputed.
    one
        What was imputed.
    """

    table: list[dict[str, Any]]
    contrasts: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    pooled: list[dict[str, Any]]
    one: Imputable


@dataclass(frozen=True, eq=False)
class _Judged:
    """Who meets the rule, (draws, n_visits, n), in whom it can be judged, (n,), and the groups."""

    met: NDArray[np.bool_]
    can_judge: NDArray[np.bool_]
    groups: Groups


def check_imputation(
    handlings: Sequence[str], imputation: Imputation | None, methods: Methods
) -> None:
    """Refuse an imputed handling without its settings, and what has no pooled form."""
    imputed = [name for name in handlings if name in STRATEGY_OF]
    if imputation is None:
        if imputed:
            raise ArgumentError(
                f'missing="{imputed[0]}" needs imputation=, which says how scores are imputed: '
                'imputation=Imputation("approximate-bayes", draws=..., seed=...).'
            )
        return
    if not imputed:
        names = ", ".join(f'"{name}"' for name in STRATEGY_OF)
        raise ArgumentError(
            f"imputation= does nothing here: missing= names none of {names}. Add one, or leave "
            "imputation= out."
        )
    if imputation.method == "conditional-mean":
        raise ArgumentError(
            "Conditional means are no scores that a rule can judge: a share of them is biased. "
            'Write Imputation("approximate-bayes", ...) or Imputation("bayes", ...).'
        )
    if methods.strata or methods.adjust:
        argument = "strata" if methods.strata else "adjust"
        raise ArgumentError(
            f"{argument}= is not there for imputed scores. Leave it out, and name its columns in "
            "Imputation(covariates=...), which makes the imputed scores depend on them."
        )
    if methods.ci not in SHARES:
        raise ArgumentError(
            f'ci="{methods.ci}" has no form for imputed scores; write ci="wilson" (Lott and '
            'Reiter) or ci="wald".'
        )


def imputed_rates(
    data: Any,
    scale: str,
    rule: Rule,
    columns: tuple[str, ...],
    handlings: Sequence[str],
    shown: Sequence[str],
    population: Population,
    imputation: Imputation,
    methods: Methods,
) -> ImputedRates:
    """Return the rates under each imputed handling; the arguments are `estimate_response`'s."""
    arm = _model_arm(data, columns)
    _check_known(columns, arm, imputation)
    one = imputable(data, scale, arm, imputation, population, columns)
    _check_shown(one, shown)
    draws, found = draw_parameters(one, imputation), ImputedRates([], [], [], [], one)
    for handling in handlings:
        judged = _judge(one, rule, columns, handling, draws, imputation)
        for visit in shown:
            where = {"AVISIT": visit, "missing": handling}
            counts = [*_counts(judged, one.grid.visits.index(visit))]
            shares = [
                (key, pooled_share(c, n, methods.ci, methods.conf_level), n) for key, c, n in counts
            ]
            found.table.extend(
                _share_row(key, where, share, n, methods) for key, share, n in shares
            )
            found.contrasts.extend(_contrasts(columns, where, counts, methods, one))
            found.audit.extend(_audit(one, rule, columns, where, judged))
            found.pooled.extend(_pooled_rows(one, judged, where, shares))
    return found


def notes_of(imputation: Imputation, methods: Methods) -> Iterator[str]:
    """Yield how scores were imputed and rates pooled, in sentences."""
    among = ", ".join(["arm", "baseline", *imputation.covariates])
    yield (
        f"{imputation.sentence()} The model holds {among} at each visit and an unstructured "
        "covariance. Imputed scores are judged as they are, neither rounded nor cut at the ends of "
        "the scale."
    )
    how = (
        "Wilson's interval for imputed data (Lott and Reiter)"
        if methods.ci == "wilson"
        else "Wald's interval"
    )
    asked = [name for name in methods.differences if name not in POOLABLE]
    instead = (
        f" in place of {method_words(', '.join(asked))}, not defined for them" if asked else ""
    )
    yield (
        f"Rates of imputed data: {how}; differences and ratios by Rubin's rules{instead}. Their "
        "counts are means over the data sets."
    )


def _model_arm(data: Any, columns: tuple[str, ...]) -> str | None:
    """Return the column of the arms: the by-column that holds them, else the planned arm."""
    named = [column for column in columns if column in ARMS]
    if named:
        return named[0]
    if isinstance(data, Trial):
        return "TRT01P" if len(data.arms) > 1 else None
    if "TRT01P" in to_polars(data, what="data").columns:
        return "TRT01P"
    return columns[0] if columns else None


def _check_known(columns: tuple[str, ...], arm: str | None, imputation: Imputation) -> None:
    """Refuse groups that the imputation model does not know: it would blur them."""
    for column in columns:
        if column != arm and column not in imputation.covariates:
            raise ArgumentError(
                f'by= divides the subjects by "{column}", which the imputation does not know, so '
                "imputed scores would make its groups alike. Write "
                f'Imputation(covariates=["{column}"], ...).'
            )


def _check_shown(one: Imputable, shown: Sequence[str]) -> None:
    for visit in shown:
        if visit not in one.grid.visits:
            raise ArgumentError(
                f"Rates are shown at {visit!r}, which Imputation(visits=...) leaves out. Name it "
                "there, or name the visits that are shown: visits=."
            )


def _judge(
    one: Imputable,
    rule: Rule,
    columns: tuple[str, ...],
    handling: str,
    draws: Draws,
    imputation: Imputation,
) -> _Judged:
    """Judge every data set of one handling."""
    y = shifted(one, impute(one, STRATEGY_OF[handling], draws), delta_of(one, imputation.shifts))
    grid = one.imputed_grid
    d, n, m = y.shape
    met = met_by(grid, rule, np.moveaxis(y, 2, 1).reshape(d * m, n)).reshape(d, m, n)
    can_judge = np.ones(n, dtype=bool)
    for _, who in obstacles(grid, rule):
        can_judge &= ~who
    return _Judged(met & can_judge, can_judge, groups_of(grid, columns))


def _counts(judged: _Judged, at: int) -> Iterator[tuple[dict[str, Any], Floats, int]]:
    """Yield each group with its count in each data set, (draws,), and its subjects."""
    for key, mask in judged.groups:
        counts = (judged.met[:, at] & mask).sum(axis=1).astype(np.float64)
        yield key, counts, int((judged.can_judge & mask).sum())


def _share_row(
    key: dict[str, Any], where: dict[str, Any], share: Share, n: int, methods: Methods
) -> dict[str, Any]:
    return {
        **key,
        **where,
        "count": None,
        "n": n,
        "estimate": none_if_nan(share.pooled.estimate),
        "conf_low": none_if_nan(share.low),
        "conf_high": none_if_nan(share.high),
        "method": SHARES[methods.ci],
    }


def _pooled_rows(
    one: Imputable,
    judged: _Judged,
    where: dict[str, Any],
    shares: Sequence[tuple[dict[str, Any], Share, int]],
) -> Iterator[dict[str, Any]]:
    at = one.grid.visits.index(where["AVISIT"])
    is_imputed = np.isnan(one.data.scores[:, at]) & np.isnan(one.kept[:, at])
    for (key, share, n), (_, mask) in zip(shares, judged.groups, strict=True):
        pooled = share.pooled
        yield {
            **key,
            **where,
            "estimate": none_if_nan(pooled.estimate),
            "std_error": none_if_nan(pooled.std_error),
            "df": none_if_nan(pooled.df) if np.isfinite(pooled.df) else None,
            "fraction_missing": none_if_nan(pooled.fraction_missing),
            "n": n,
            "n_imputed": int((is_imputed & mask & judged.can_judge).sum()),
        }


def _contrasts(
    columns: tuple[str, ...],
    where: dict[str, Any],
    counts: Sequence[tuple[dict[str, Any], Floats, int]],
    methods: Methods,
    one: Imputable,
) -> Iterator[dict[str, Any]]:
    """Yield each group of the first by-column against its first group, as `contrast_rows`."""
    if not columns or not has_order(one.grid.subjects[columns[0]]):
        return
    first, within = columns[0], columns[1:]
    reference = reference_of(one.grid.subjects[first])
    for key, ours, n in counts:
        if key[first] == reference:
            continue
        beside = {column: key[column] for column in within}
        theirs, n_0 = _reference_counts(counts, {first: reference, **beside}, len(ours))
        contrast = {**beside, **where, "contrast": f"{key[first]} - {reference}"}
        for row in _measures(ours, n, theirs, n_0, methods):
            yield contrast | with_names(row, key[first], reference)


def _reference_counts(
    counts: Sequence[tuple[dict[str, Any], Floats, int]], key: dict[str, Any], draws: int
) -> tuple[Floats, int]:
    found = [(c, n) for own, c, n in counts if own == key]
    return found[0] if found else (np.zeros(draws), 0)


def _measures(
    counts: Floats, n: int, counts_0: Floats, n_0: int, methods: Methods
) -> Iterator[dict[str, Any]]:
    names = dict.fromkeys(DIFFERENCES.get(name, WALD) for name in methods.differences)
    level = methods.conf_level
    found = [pooled_difference(counts, n, counts_0, n_0, name, level) for name in names]
    for difference in found:
        yield measure_row("risk difference", difference)
    for measure in ("risk ratio", "odds ratio"):
        yield measure_row(measure, pooled_ratio(counts, n, counts_0, n_0, measure, level))
    yield measure_row(NEEDED, found[0])


def _audit(
    one: Imputable, rule: Rule, columns: tuple[str, ...], where: dict[str, Any], judged: _Judged
) -> list[dict[str, Any]]:
    """Return who was scored, who was imputed, and in whom the rule cannot be judged."""
    at = one.grid.visits.index(where["AVISIT"])
    own = one.grid.scores[at]
    everybody = np.flatnonzero(one.who)
    seen = np.zeros(one.grid.n, dtype=bool)
    seen[everybody] = ~np.isnan(one.data.scores[:, at]) | ~np.isnan(one.kept[:, at])
    can_judge = np.zeros(one.grid.n, dtype=bool)
    can_judge[everybody] = judged.can_judge
    aside = can_judge & ~seen & ~np.isnan(own)
    reasons: list[tuple[str, str, NDArray[np.bool_]]] = [
        ("included", "scored at the visit", can_judge & seen),
        ("included", "no score at the visit: imputed", can_judge & ~seen & ~aside),
        ("included", "score after an event set aside: imputed", aside),
        ("excluded", "no baseline or covariate, so nothing to impute from", ~one.who),
    ]
    for why, who in obstacles(one.grid, rule):
        reasons.append(("excluded", why, who & one.who))
    return [
        {**key, **where, "status": status, "reason": reason, "count": int((who & mask).sum())}
        for key, mask in groups_of(one.grid, columns)
        for status, reason, who in reasons
        if (who & mask).any()
    ]
