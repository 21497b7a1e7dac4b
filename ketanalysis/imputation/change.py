"""Change from baseline with missing scores imputed: do the arms differ, under which assumption?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level
from ketanalysis.imputation.imputed import (
    Draws,
    Imputable,
    draw_parameters,
    imputable,
    impute,
    impute_without_one,
    shifted,
)
from ketanalysis.imputation.pooling import Pooled, pool_jackknife, pool_rubin
from ketanalysis.imputation.settings import AFTER, METHODS, Imputation
from ketanalysis.imputation.strategies import STRATEGY_WORDS
from ketanalysis.mmrm.covariance import Floats
from ketanalysis.population import Population
from ketanalysis.results import Result

ESTIMATES = ("estimate", "std_error", "conf_low", "conf_high", "df", "statistic", "p_value")
TABLE = {
    "AVISIT": pl.String,
    "strategy": pl.String,
    "contrast": pl.String,
    **dict.fromkeys(ESTIMATES, pl.Float64),
    "fraction_missing": pl.Float64,
    "n": pl.Int64,
    "n_imputed": pl.Int64,
}
MEANS = {
    "AVISIT": pl.String,
    "strategy": pl.String,
    "arm": pl.String,
    **dict.fromkeys(ESTIMATES[:5], pl.Float64),
    "n": pl.Int64,
    "n_imputed": pl.Int64,
}
AUDIT = {"status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ImputedChangeResult(Result):
    """Change from baseline after imputation.

    Attributes
    ----------
    table
        One row a visit, strategy and contrast: estimate (points), std_error, conf_low,
        conf_high, df, statistic, p_value, fraction_missing, n, n_imputed.
    means
        One row a visit, strategy and arm: the least-squares mean change.
    settings
        The `Imputation`.
    """

    kind: ClassVar[str] = "imputed change"

    means: pl.DataFrame
    settings: Imputation
    scale: str = ""
    by: tuple[str, ...] = ()


def estimate_imputed_change(
    data: Any,
    scale: str,
    arm: str,
    imputation: Imputation,
    *,
    strategy: str | Sequence[str],
    visits: Sequence[str] | None = None,
    population: Population = "ITT",
    conf_level: float = 0.95,
) -> ImputedChangeResult:
    """Estimate the difference in change between arms with missing scores imputed.

    Answers "does the conclusion hold if those who left did as the reference arm?". Not for a
    primary analysis under missing at random, which `fit_mmrm` gives without imputation.

    Parameters
    ----------
    data
        A `Trial`, or a frame as `estimate_response` takes.
    scale
        PARAMCD of the scale.
    arm
        The column of the arms, an Enum with the reference first.
    imputation
        How scores are imputed: method, draws, seed, reference arm, events, covariates, delta.
    strategy
        One or several: "mar", "j2r" (jump to reference), "cr" (copy reference), "cir" (copy
        increments in reference), "lmcf" (last mean carried forward). It applies from a
        subject's event on, or after its last score; what is missing before is at random.
    visits
        Visits to report; all scores are used.
    population, conf_level
        As in `estimate_response`.

    Returns
    -------
    ImputedChangeResult
        At each visit the difference of each arm to the first in change from baseline, adjusted
        for baseline and the covariates (analysis of covariance of each imputed data set), pooled
        by Rubin's rules with Barnard and Rubin's degrees of freedom; or of the conditional means
        with the jackknife's standard error. Also where there is one visit after baseline.

    Raises
    ------
    ArgumentError
        A strategy without its reference arm, a name that does not exist.
    EstimationError
        The imputation model has no maximum.

    Notes
    -----
    Missing values: a subject without a baseline or covariate cannot be imputed, and is counted in
    `audit` as left out.
    Sources: Carpenter, Roger and Kenward (2013) J Biopharm Stat 23:1352; Wolbers et al. (2022)
    Pharm Stat 21:1246; Barnard and Rubin (1999) Biometrika 86:948.
    Checked against: R rbmi 1.5.2 and the published SAS macros on the antidepressant trial,
    tests/imputation/test_change.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> how = ka.Imputation("approximate-bayes", draws=20, seed=1, reference="midazolam")
    >>> result = ka.estimate_imputed_change(trial, "MADRS", "TRT01P", how, strategy="j2r",
    ...                                     visits=["Day 14"])
    >>> result.table["contrast"].to_list()
    ['ketamine - midazolam']
    """
    check_conf_level(conf_level)
    strategies = (strategy,) if isinstance(strategy, str) else tuple(strategy)
    one = imputable(data, scale, arm, imputation, population)
    for visit in visits or ():
        one.grid.visit_index(visit, "visits")
    shown = [v for v in one.grid.visits if visits is None or v in visits]
    delta = delta_of(one, imputation.shifts)
    draws = draw_parameters(one, imputation)
    rows: list[dict[str, Any]] = []
    means: list[dict[str, Any]] = []
    for name in strategies:
        pooled = _pooled(one, name, draws, delta)
        for visit in shown:
            at = one.grid.visits.index(visit)
            missing = np.isnan(one.data.scores[:, at]) & np.isnan(one.kept[:, at])
            where = {"AVISIT": visit, "strategy": name}
            means += _mean_rows(one, where, pooled.means[at], missing, conf_level)
            rows += _contrast_rows(one, where, pooled.contrasts[at], missing, conf_level)
    in_order: dict[str, Any] = {"AVISIT": pl.Enum(one.grid.visits)}
    return ImputedChangeResult(
        table=pl.DataFrame(rows, schema={**TABLE, **in_order}),
        means=pl.DataFrame(means, schema={**MEANS, **in_order}),
        title=f"Change in {scale} by {arm}, missing scores imputed",
        audit=audit_of(one),
        notes=notes_of(one, imputation, strategies, scale),
        conf_level=conf_level,
        simulated=one.grid.simulated,
        from_pandas=one.grid.from_pandas,
        settings=imputation,
        scale=scale,
        by=(arm,),
    )


@dataclass(frozen=True, eq=False)
class _Estimates:
    """Pooled means and contrasts of each visit."""

    means: list[list[Pooled]]
    contrasts: list[list[Pooled]]


def _pooled(one: Imputable, strategy: str, draws: Draws, delta: Sequence[float]) -> _Estimates:
    y = shifted(one, impute(one, strategy, draws), delta)
    estimates, variances, df = ancova(one.data.z, y, len(one.arms))
    if draws.streams:
        return _by_visit(one, lambda v, i: pool_rubin(estimates[:, v, i], variances[:, v, i], df))
    rests = []
    for rest, filled in impute_without_one(one, strategy):
        points = np.asarray(delta, dtype=np.float64)[rest.arm][:, None]
        moved = filled + np.where(np.isnan(rest.scores), points, 0.0)
        rests.append(ancova(rest.z, moved[None], len(one.arms))[0][0])
    without = np.stack(rests)
    return _by_visit(one, lambda v, i: pool_jackknife(float(estimates[0, v, i]), without[:, v, i]))


def _by_visit(one: Imputable, pool: Any) -> _Estimates:
    arms, visits = len(one.arms), range(one.data.m)
    return _Estimates(
        means=[[pool(v, i) for i in range(arms)] for v in visits],
        contrasts=[[pool(v, arms + i) for i in range(arms - 1)] for v in visits],
    )


def ancova(z: Floats, y: Floats, n_arms: int) -> tuple[Floats, Floats, float]:
    """Analyse complete data sets by analysis of covariance of the change at each visit.

    Parameters
    ----------
    z
        Constant, arms but the first, baseline, covariates, shape (n, k).
    y
        Scores, shape (draws, n, m).
    n_arms
        Number of arms.

    Returns
    -------
    estimates, variances, df
        Shapes (draws, m, 2 arms - 1): least-squares mean change of each arm at the mean of the
        covariates, then the differences of each arm to the first; residual degrees of freedom.
    """
    n, k = z.shape
    change = y - z[:, n_arms][None, :, None]
    inverse = np.linalg.inv(z.T @ z)
    beta = np.einsum("kn,dnm->dkm", inverse @ z.T, change, optimize=True)
    residual = change - np.einsum("nk,dkm->dnm", z, beta, optimize=True)
    variance = (residual**2).sum(axis=1) / (n - k)  # (draws, m)
    centre = z.mean(axis=0)
    rows = np.tile(centre, (n_arms, 1))
    rows[:, 1:n_arms] = np.eye(n_arms)[:, 1:]
    contrasts = np.concatenate([rows, rows[1:] - rows[0]])
    estimates = np.einsum("ck,dkm->dmc", contrasts, beta)
    spread = np.einsum("ck,kl,cl->c", contrasts, inverse, contrasts)
    return estimates, variance[:, :, None] * spread, float(n - k)


def delta_of(one: Imputable, delta: Mapping[str, float]) -> list[float]:
    """Return the points that are added to the imputed scores of each arm."""
    for name in delta:
        if name not in one.arms:
            raise ArgumentError(f"delta= names an arm that does not exist: {name!r}.")
    return [float(delta.get(arm, 0.0)) for arm in one.arms]


def pooled_row(pooled: Pooled, conf_level: float) -> dict[str, float | None]:
    """Return a pooled estimate as the cells of a table; without a spread it has no interval."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    if not pooled.std_error:
        return {"estimate": pooled.estimate, "std_error": 0.0} | dict.fromkeys(ESTIMATES[2:])

    point = (1 + conf_level) / 2
    is_normal = np.isinf(pooled.df)
    half = float(ndtri(point) if is_normal else stdtrit(pooled.df, point)) * pooled.std_error
    statistic = pooled.estimate / pooled.std_error if pooled.std_error > 0 else None
    low = -abs(statistic) if statistic is not None else None
    p = None if low is None else 2 * float(ndtr(low) if is_normal else stdtr(pooled.df, low))
    return {
        "estimate": pooled.estimate,
        "std_error": pooled.std_error,
        "conf_low": pooled.estimate - half,
        "conf_high": pooled.estimate + half,
        "df": None if is_normal else pooled.df,
        "statistic": statistic,
        "p_value": p,
    }


def _contrast_rows(
    one: Imputable,
    where: dict[str, Any],
    pooled: list[Pooled],
    missing: np.ndarray[Any, np.dtype[np.bool_]],
    conf_level: float,
) -> list[dict[str, Any]]:
    rows = []
    for i, found in enumerate(pooled, start=1):
        both = (one.data.arm == i) | (one.data.arm == 0)
        share = None if np.isnan(found.fraction_missing) else found.fraction_missing
        counts = {"n": int(both.sum()), "n_imputed": int((both & missing).sum())}
        rows.append(
            where
            | {"contrast": f"{one.arms[i]} - {one.arms[0]}", "fraction_missing": share}
            | pooled_row(found, conf_level)
            | counts
        )
    return rows


def _mean_rows(
    one: Imputable,
    where: dict[str, Any],
    pooled: list[Pooled],
    missing: np.ndarray[Any, np.dtype[np.bool_]],
    conf_level: float,
) -> list[dict[str, Any]]:
    rows = []
    for i, found in enumerate(pooled):
        own = one.data.arm == i
        cells = pooled_row(found, conf_level)
        counts = {"n": int(own.sum()), "n_imputed": int((own & missing).sum())}
        kept = {name: cells[name] for name in ESTIMATES[:5]}
        rows.append(where | {"arm": one.arms[i]} | kept | counts)
    return rows


def audit_of(one: Imputable) -> pl.DataFrame:
    """Return who is in, who cannot be imputed, and what was set aside."""
    rows = [("included", "analysed", int(one.who.sum()))]
    left = int((~one.who).sum())
    rows += (
        [("excluded", "no baseline or covariate, so nothing to impute from", left)] if left else []
    )
    rows += [("excluded", reason, count) for reason, count in one.grid.set_aside]
    if one.set_aside:
        rows.append(("excluded", "scores after an event, set aside", one.set_aside))
    return pl.DataFrame(rows, schema=AUDIT, orient="row")


def notes_of(
    one: Imputable, settings: Imputation, strategies: Sequence[str], scale: str
) -> tuple[str, ...]:
    """Return how the scores were imputed, in sentences."""
    draws = f" {settings.draws} data sets, seed {settings.seed}." if settings.draws else ""
    since = f"the event ({', '.join(settings.events)})" if settings.events else "the last score"
    kept = f" {AFTER[str(settings.after_events)].capitalize()}." if settings.events else ""
    how = "; ".join(f"{name}: {STRATEGY_WORDS[name]}" for name in strategies)
    more = f", {', '.join(settings.covariates)}" if settings.covariates else ""
    apart = "for each arm apart" if settings.by_arm else "shared by the arms"
    reference = f" Reference arm: {settings.reference}." if settings.reference else ""
    shift = "".join(
        f" Imputed scores of {arm} are shifted by {points:+g} points."
        for arm, points in settings.shifts.items()
        if points
    )
    return (
        f"Population: {one.grid.population}.",
        f"Missing scores: {METHODS[settings.method]}.{draws} After {since}, {how}.{reference}{kept}"
        f"{shift}",
        f"Imputation model: multivariate normal scores of {scale} with arm, baseline{more} at each "
        f"visit; unstructured covariance {apart}.",
        "Differences of change from baseline, adjusted for baseline; "
        + (
            "standard errors by the jackknife, normal intervals."
            if settings.method == "conditional-mean"
            else "pooled by Rubin's rules with the degrees of freedom of Barnard and Rubin."
        ),
    )
