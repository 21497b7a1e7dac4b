"""Proportions of several studies pooled: one rate for all, or rates that vary between studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.glossary import method_words
from ketanalysis.literature.between_studies import (
    TAU2,
    Heterogeneity,
    cochran_q,
    hartung_knapp,
    share_between,
    tested,
    weighted_mean,
)
from ketanalysis.literature.pooled_scales import SCALES, Scale
from ketanalysis.literature.random_logits import fit_random_logits
from ketanalysis.rates.cells import Floats, none_if_nan
from ketanalysis.rates.from_counts import proportion_counts, proportion_names
from ketanalysis.rates.proportions import INTERVALS, proportion_interval
from ketanalysis.results import Result

GLMM, INVERSE = "glmm", "inverse-variance"
METHODS = {
    GLMM: "binomial-normal model of logits by maximum likelihood (GLMM)",
    INVERSE: "inverse variance",
}
WALD, KNAPP = "wald", "hartung-knapp"
COMMON, RANDOM = "common", "random"
TAU2_WORDS = {
    "reml": "restricted maximum likelihood",
    "ml": "maximum likelihood",
    "dersimonian-laird": "DerSimonian and Laird",
    "paule-mandel": "Paule and Mandel",
}
FEW = 5


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PooledProportions(Result):
    """Proportions of several studies, pooled.

    Attributes
    ----------
    table
        Two rows: model ("random": rates vary between studies; "common": one rate for all),
        estimate, conf_low, conf_high, prediction_low, prediction_high (0 to 1; the rate of a
        further study, of "random" alone), method.
    studies
        One row a study: group, count, n, estimate, conf_low, conf_high, weight (share in the
        random mean; null where a model of counts has none).
    heterogeneity
        One row: test, statistic, df, p_value, tau2 (variance between studies, on the scale
        pooled), i2 (0 to 1).
    pooled_by, transform, ci
        The method, the scale, and the interval of the mean, by name.
    """

    kind: ClassVar[str] = "pooled_proportions"

    studies: pl.DataFrame = field(default_factory=pl.DataFrame)
    heterogeneity: pl.DataFrame = field(default_factory=pl.DataFrame)
    pooled_by: str = GLMM
    transform: str = "logit"
    ci: str = WALD


class _Pooled(NamedTuple):
    """Both means on the scale pooled, and what lies between the studies."""

    random: tuple[float, float]
    common: tuple[float, float]
    tau2: float
    i2: float
    tested: Heterogeneity
    test: str
    weight: Floats | None


def pool_proportions(
    events: int | Sequence[int],
    n: int | Sequence[int],
    *,
    names: Sequence[str] | None = None,
    method: str,
    transform: str = "logit",
    tau2: str | None = None,
    ci: str = WALD,
    study_ci: str = "wilson",
    conf_level: float = 0.95,
) -> PooledProportions:
    """Pool the proportions of several studies, by a random and by a common rate.

    Answers "what is the rate, over these studies, and how unlike are they?". Not for arms of one
    trial, and not for figures whose definitions differ: a relapse of one study must be a relapse
    of the next, counted from the same origin up to the same time.

    Parameters
    ----------
    events, n
        Subjects with the event, and all subjects, of each study.
    names
        What the studies are called; without it "study 1", "study 2", ...
    method
        "glmm" (the counts are binomial, the logits of studies normal; nothing is added to a
        study without an event) or "inverse-variance" (each study's estimate on the scale of
        `transform` weighted by its variance). Must be written: they answer differently where
        events are few.
    transform
        Of "inverse-variance": "logit", "freeman-tukey" or "arcsine".
    tau2
        Of "inverse-variance": the variance between studies by "reml" (where not written), "ml",
        "dersimonian-laird" or "paule-mandel".
    ci
        Interval of the random mean: "wald" (normal), or of "inverse-variance" also
        "hartung-knapp" (t with k - 1 degrees of freedom; better where studies are few).
    study_ci
        Interval of each study, as in `estimate_proportion`.
    conf_level
        Confidence level, 0 to 1, of every interval, that of prediction too.

    Returns
    -------
    PooledProportions
        Both means, the prediction interval, heterogeneity, and the studies.

    Raises
    ------
    ArgumentError
        Fewer than two studies, counts that are no whole subjects, a name that does not exist, or
        an option of the other method.
    EstimationError
        The model of logits where no subject had the event, or every one.

    Notes
    -----
    A study without subjects is refused. The prediction interval is that of Higgins, Thompson and
    Spiegelhalter (2009, J R Stat Soc A 172:137): t with k - 2 degrees of freedom; null for two
    studies. I2 is tau2 over tau2 and the typical variance within studies. The test of
    heterogeneity is Cochran's Q, of the model of counts the likelihood ratio test against a rate
    of each study's own.

    Source: Hamza, van Houwelingen and Stijnen 2008, J Clin Epidemiol 61:41; Hartung and Knapp
    2001, Stat Med 20:3875; Schwarzer et al. 2019, Res Synth Methods 10:476, on the double arcsine.
    Checked against: tests/oracle/pooled_proportions.csv (R 4.2.2, metafor 3.8-1 rma and
    rma.glmm), means, standard errors, intervals, Q, tau2, I2, relative 1e-8; of rma.glmm 1e-4.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> pooled = ka.pool_proportions([2, 5, 1], [8, 11, 19], method="glmm")
    >>> pooled.inline(model="random")[:4]
    '21 %'
    """
    check_one_of("method", method, tuple(METHODS))
    check_one_of("transform", transform, tuple(SCALES))
    check_one_of("ci", ci, (WALD, KNAPP))
    check_one_of("study_ci", study_ci, tuple(INTERVALS))
    check_conf_level(conf_level)
    counts, sizes = _checked(events, n)
    _refuse_options(method, transform, tau2, ci)
    chosen = "reml" if tau2 is None else tau2
    check_one_of("tau2", chosen, tuple(TAU2))
    labels = _labels(names, len(counts))
    scale = SCALES[transform]
    pooled = (
        _by_counts(counts, sizes)
        if method == GLMM
        else _by_variance(counts, sizes, scale, chosen, ci)
    )
    return PooledProportions(
        table=_table(pooled, scale, sizes, ci, method, conf_level),
        title=f"Proportions of {len(counts)} studies pooled",
        studies=_studies(labels, counts, sizes, pooled.weight, study_ci, conf_level),
        heterogeneity=_heterogeneity(pooled),
        notes=_notes(method, scale, chosen, ci, study_ci, conf_level, len(counts)),
        warnings=_warnings(counts, sizes, method, transform, pooled),
        conf_level=conf_level,
        pooled_by=method,
        transform=transform,
        ci=ci,
    )


def _checked(events: Any, n: Any) -> tuple[Floats, Floats]:
    counts, sizes = proportion_counts("events", events, "n", n)
    if len(counts) < 2:
        raise ArgumentError("Pooling needs two studies or more; events holds one count.")
    if 0 in sizes:
        raise ArgumentError(
            f"n must be 1 or more in every study; place {sizes.index(0) + 1} is 0. Leave it out."
        )
    return np.array(counts, dtype=np.float64), np.array(sizes, dtype=np.float64)


def _refuse_options(method: str, transform: str, tau2: str | None, ci: str) -> None:
    """Refuse what belongs to the other method."""
    if method == INVERSE:
        return
    for name, given, own in (
        ("transform", transform, "logit"),
        ("tau2", tau2, None),
        ("ci", ci, WALD),
    ):
        if given != own:
            raise ArgumentError(
                f'{name}={given!r} belongs to method="inverse-variance"; the model of counts is '
                "one of logits by maximum likelihood, with a normal interval."
            )


def _labels(names: Sequence[str] | None, size: int) -> list[str]:
    if names is None:
        return [f"study {place + 1}" for place in range(size)]
    return proportion_names(names, size)


def _by_variance(count: Floats, n: Floats, scale: Scale, tau2: str, ci: str) -> _Pooled:
    estimate, variance = scale.there(count, n)
    between = TAU2[tau2](estimate, variance)
    random, common = (weighted_mean(estimate, variance, t) for t in (between, 0.0))
    is_knapp = ci == KNAPP
    std_error = hartung_knapp(estimate, variance, between) if is_knapp else random.std_error
    return _Pooled(
        (random.estimate, std_error),
        (common.estimate, common.std_error),
        between,
        share_between(variance, between),
        cochran_q(estimate, variance),
        "Cochran's Q",
        random.weight,
    )


def _by_counts(count: Floats, n: Floats) -> _Pooled:
    fit = fit_random_logits(count, n)
    total, size = float(count.sum()), float(n.sum())
    p = total / size
    common = (float(np.log(p / (1 - p))), float(1 / np.sqrt(size * p * (1 - p))))
    _, variance = SCALES["logit"].there(count, n)
    return _Pooled(
        (fit.mean, fit.std_error),
        common,
        fit.tau**2,
        share_between(variance, fit.tau**2),
        tested(_deviance(count, n, p), len(count) - 1),
        "likelihood ratio",
        None,
    )


def _deviance(count: Floats, n: Floats, p: float) -> float:
    """Return twice the log-likelihood that studies of one rate lose."""
    from scipy.special import xlogy

    own = count / n
    parts = xlogy(count, own / p) + xlogy(n - count, (1 - own) / (1 - p))
    return float(2 * parts.sum())


def _table(
    pooled: _Pooled, scale: Scale, n: Floats, ci: str, method: str, conf_level: float
) -> pl.DataFrame:
    from scipy.stats import norm, t

    k, tail = len(n), (1 + conf_level) / 2
    z = float(norm.ppf(tail))
    far = float(t.ppf(tail, k - 1)) if ci == KNAPP else z
    rows = []
    for model, (mean, std_error), reach in (
        (RANDOM, pooled.random, far),
        (COMMON, pooled.common, z),
    ):
        wide = float("nan")
        if model == RANDOM and k > 2:
            wide = float(t.ppf(tail, k - 2)) * float(np.hypot(std_error, np.sqrt(pooled.tau2)))
        at = mean + np.array([0, -reach * std_error, reach * std_error, -wide, wide])
        shown = [float("nan") if np.isnan(a) else float(scale.back(a, n)) for a in at]
        rows.append((model, *map(none_if_nan, shown), f"{method}, {ci}"))
    columns = ("estimate", "conf_low", "conf_high", "prediction_low", "prediction_high")
    schema = {"model": pl.String, **dict.fromkeys(columns, pl.Float64), "method": pl.String}
    rows[1] = (*rows[1][:-1], f"{method}, {WALD}")
    return pl.DataFrame(rows, schema=schema, orient="row")


def _studies(
    names: list[str],
    count: Floats,
    n: Floats,
    weight: Floats | None,
    study_ci: str,
    conf_level: float,
) -> pl.DataFrame:
    low, high = proportion_interval(count, n, study_ci, conf_level)
    return pl.DataFrame(
        {
            "group": names,
            "count": count.astype(np.int64),
            "n": n.astype(np.int64),
            "estimate": count / n,
            "conf_low": low,
            "conf_high": high,
            "weight": pl.Series([None] * len(n) if weight is None else weight, dtype=pl.Float64),
        }
    )


def _heterogeneity(pooled: _Pooled) -> pl.DataFrame:
    found = pooled.tested
    return pl.DataFrame(
        {
            "test": [pooled.test],
            "statistic": [found.statistic],
            "df": [found.df],
            "p_value": [none_if_nan(found.p_value)],
            "tau2": [pooled.tau2],
            "i2": pl.Series([none_if_nan(pooled.i2)], dtype=pl.Float64),
        }
    )


def _notes(
    method: str, scale: Scale, tau2: str, ci: str, study_ci: str, conf_level: float, k: int
) -> tuple[str, ...]:
    level = f"{100 * conf_level:g} %"
    how = f"Pooled by {METHODS[method]}."
    if method == INVERSE:
        between = f"Variance between studies: {TAU2_WORDS[tau2]}."
        how = f"{how} {scale.note} {between}"
    mean = (
        f"Hartung and Knapp, t with {k - 1} degrees of freedom" if ci == KNAPP else "Wald (normal)"
    )
    prediction = (
        "No interval of prediction: it needs three studies or more."
        if k < 3
        else f"{level} interval of prediction of a further study's rate: t with {k - 2} degree"
        f"{'s' if k > 3 else ''} of freedom (Higgins, Thompson and Spiegelhalter)."
    )
    return (
        how,
        f"{level} intervals: {mean} of the random mean, Wald (normal) of the common rate, "
        f"{method_words(study_ci)} of each study.",
        prediction,
    )


def _warnings(
    count: Floats, n: Floats, method: str, transform: str, pooled: _Pooled
) -> tuple[str, ...]:
    found = []
    empty = int(((count == 0) | (count == n)).sum())
    if method == INVERSE and transform == "logit" and empty:
        found.append(
            f"{empty} of {len(n)} studies have no event, or events only: the half that is added "
            'to them draws the mean to one half. method="glmm" needs none.'
        )
    if len(n) < FEW:
        found.append(
            f"With {len(n)} studies the variance between them is hardly known, and the interval "
            "of the random mean may be too narrow."
        )
    if pooled.i2 > 0.75:
        found.append(
            f"Most of the differences between the studies are not chance (I2 "
            f"{100 * pooled.i2:.0f} %): the mean may be the rate of none of them."
        )
    return tuple(found)
