"""Does the treatment act through what was felt? Total, direct and indirect effects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.acute_effects.bootstrap_intervals import (
    INTERVALS,
    bca_interval,
    percentile_interval,
)
from ketanalysis.acute_effects.effects import TERMS, binary_effects, linear_effects
from ketanalysis.acute_effects.pathway import (
    Pathway,
    named_covariates,
    scored_pathway,
    tabled_pathway,
)
from ketanalysis.definitions import Response
from ketanalysis.errors import ArgumentError, EstimationError, check_conf_level, check_one_of
from ketanalysis.regression.design import independent
from ketanalysis.regression.least_squares import LeastSquares, fit_least_squares
from ketanalysis.results import Result

Floats = NDArray[np.float64]

SCHEMA = {
    "term": pl.String,
    "measure": pl.String,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
PATHS = {
    "term": pl.String,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "statistic": pl.Float64,
    "df": pl.Float64,
    "p_value": pl.Float64,
}
NO_SPREAD = "every resample gives the same: no standard error and no interval"
ONE_SIDED = "all resamples lie on one side of the estimate: no such interval"
FEW_DRAWN = "hardly a resample has an estimate: no standard error and no interval"
NOT_ESTIMABLE = "The effects are not estimable: "
FLAT = 1e-10  # of the estimates: a standard error that is 0 but for rounding
CHUNK = 500  # resamples at once: what is held stays below some 100 MB at n = 1000
ASSUMED = (
    "Direct and indirect effect are effects only if nothing that is not in the model moves both "
    "mediator and outcome, and nothing that the treatment changes does. Randomisation gives "
    "neither: it covers the total effect. The model has no interaction of treatment and mediator."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MediationResult(Result):
    """Effects of a treatment through a mediator and past it.

    Attributes
    ----------
    table
        One row an effect (total, direct, indirect): measure ("difference in points" or "risk
        difference"), n, estimate, std_error (of the resamples), conf_low, conf_high, method.
    intervals
        The same for both kinds of interval, "bca" and "percentile".
    paths
        The linear models behind it: treatment on mediator, mediator on outcome; with a response
        as outcome the first only.
    mediator, outcome, arms
        What was asked.
    """

    kind: ClassVar[str] = "mediation"

    intervals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    paths: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PATHS))
    mediator: str = ""
    outcome: str = ""
    arms: tuple[str, ...] = ()


def estimate_mediation(
    data: Any,
    *,
    mediator: str,
    outcome: str,
    arm: str = "TRT01P",
    covariates: str | Sequence[str] = (),
    mediator_visit: str | None = None,
    outcome_visit: str | None = None,
    mediator_hours: float | None = None,
    outcome_hours: float | None = None,
    response: Response | None = None,
    ci: str = "bca",
    resamples: int = 2000,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> MediationResult:
    """Estimate how much of a treatment effect goes through a mediator, such as dissociation.

    Answers "does it work through what is felt?". Not a proof of a mechanism: the mediator was not
    randomised, and the assumptions stand under the result.

    Parameters
    ----------
    data
        A `Trial` or a frame in ADQS columns (with `mediator_visit` and `outcome_visit`), or a
        frame with one row a subject (with `mediator_hours` and `outcome_hours`).
    mediator, outcome
        Scales (PARAMCD), or columns of the frame with one row a subject.
    arm
        Two treatments in a declared order, the reference first.
    covariates
        Measured before treatment; "BASE" is the baseline of the outcome. Both models have all.
    mediator_visit, outcome_visit
        The visits at which they were scored.
    mediator_hours, outcome_hours
        Of a frame with one row a subject: hours since treatment began.
    response
        With visits: the outcome is the response by this definition, and the effects are risk
        differences. A column of 0 and 1 is such an outcome too.
    ci
        "bca" (bias-corrected and accelerated) or "percentile"; both stand in `intervals`.
    resamples, seed
        Of the bootstrap, in which subjects are drawn within each arm; a seed must be written.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    MediationResult
        `table`, `intervals` and `paths`; `audit` counts who lacks what.

    Raises
    ------
    ArgumentError
        A mediator that was not measured after treatment began and before the outcome; a name
        that does not exist; no seed.
    EstimationError
        Nobody is complete, a term follows from others, or the response is separated.

    Notes
    -----
    Missing values: only subjects with all values are used; the others are counted by reason.
    Sources: product of coefficients: MacKinnon (2008); natural effects by standardisation with a
    binary outcome: VanderWeele (2015); intervals: Efron (1987), Davison and Hinkley (1997).
    Checked against: tests/oracle/mediation.csv (R 4.2.2, lm; glm with integrate), estimates and
    paths relative 1e-9 and 1e-7; tests/oracle/bootstrap.csv (boot::boot.ci), relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_mediation(
    ...     ka.load_example("ketamine"), mediator="ASC_ANX", mediator_visit="4 h",
    ...     outcome="MADRS", outcome_visit="Day 7", covariates="BASE", resamples=200, seed=1)
    >>> found.table["term"].to_list()
    ['total', 'direct', 'indirect']
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, INTERVALS)
    _check_draws(resamples, seed)
    names = named_covariates(covariates)
    path = _read(
        data,
        (mediator, mediator_visit, mediator_hours),
        (outcome, outcome_visit, outcome_hours),
        arm,
        names,
        response,
    )
    _check_varies(path, mediator, outcome)
    is_binary = set(np.unique(path.outcome)) <= {0.0, 1.0}
    paths = _paths(path, is_binary, conf_level)
    estimate, drawn, influence = _resampled(path, is_binary, resamples, seed)
    rows = list(_rows(path, is_binary, estimate, drawn, influence, conf_level))
    lost = int(np.isnan(drawn[:, 0]).sum())
    return MediationResult(
        table=pl.DataFrame([row for row in rows if row["method"] == ci], schema=SCHEMA),
        title=f"{path.arms[1]} minus {path.arms[0]} on {outcome} through {mediator}",
        audit=path.audit,
        notes=_notes(path, names, is_binary, ci, resamples, seed, conf_level, response, outcome),
        warnings=(ASSUMED, *_few(path, lost, resamples)),
        conf_level=conf_level,
        simulated=path.simulated,
        from_pandas=path.from_pandas,
        intervals=pl.DataFrame(rows, schema=SCHEMA),
        paths=paths,
        mediator=mediator,
        outcome=outcome,
        arms=path.arms,
    )


def _check_draws(resamples: int, seed: int | None) -> None:
    if not isinstance(resamples, int) or isinstance(resamples, bool) or resamples < 100:
        raise ArgumentError(f"resamples must be a whole number of 100 or more, not {resamples!r}.")
    if seed is None:
        raise ArgumentError("seed= must be written, so that the intervals can be had again.")


def _read(
    data: Any,
    mediator: tuple[str, str | None, float | None],
    outcome: tuple[str, str | None, float | None],
    arm: str,
    covariates: tuple[str, ...],
    response: Response | None,
) -> Pathway:
    if mediator[1] is not None and outcome[1] is not None:
        scales = (mediator[0], mediator[1]), (outcome[0], outcome[1])
        return scored_pathway(data, *scales, arm, covariates, response)
    if mediator[2] is None or outcome[2] is None:
        raise ArgumentError(
            "When mediator and outcome were measured must be written: mediator_visit= and "
            "outcome_visit= of scores by visit, mediator_hours= and outcome_hours= (since "
            "treatment began) of a frame with one row a subject."
        )
    if response is not None:
        raise ArgumentError("response= needs scores by visit; of a frame give a column of 0 and 1.")
    hours = (mediator[2], outcome[2])
    return tabled_pathway(data, mediator[0], outcome[0], arm, covariates, hours)


def _check_varies(path: Pathway, mediator: str, outcome: str) -> None:
    """Refuse what no model can tell apart, by its own reason."""
    n = len(path.drug)
    for name, values in ((mediator, path.mediator), (outcome, path.outcome)):
        if np.ptp(values) == 0:
            raise EstimationError(f"{NOT_ESTIMABLE}{name} is the same in all {n} subjects.")
    for arm, side in zip(path.arms, (0.0, 1.0), strict=True):
        if np.count_nonzero(path.drug == side) < 2:
            raise EstimationError(
                f"{NOT_ESTIMABLE}arm {arm!r} has one subject, whose spread is not known."
            )
    kept = independent(np.column_stack([path.drug, path.design.columns, path.mediator]))
    if not kept[-1]:
        beside = " and the covariates" if path.design.terms else ""
        raise EstimationError(f"{NOT_ESTIMABLE}{mediator} follows from the treatment{beside}.")
    if not kept.all():
        raise EstimationError(f"{NOT_ESTIMABLE}a covariate follows from the treatment.")


def _resampled(
    path: Pathway, is_binary: bool, resamples: int, seed: int | None
) -> tuple[Floats, Floats, Floats]:
    """Return the estimates (3,), those of the resamples (r, 3), and the influences (n, 3)."""
    effects = binary_effects if is_binary else linear_effects
    given = (path.outcome, path.mediator, path.drug, path.design.columns)
    n = len(path.drug)
    estimate = effects(*given, np.ones((1, n)))[0]
    if np.isnan(estimate).any():
        raise EstimationError(
            NOT_ESTIMABLE
            + ("the response is separated by the terms of its model, or " if is_binary else "")
            + "a term follows from the others."
        )
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(path.drug == side) for side in (0.0, 1.0)]
    parts = []
    for start in range(0, resamples, CHUNK):
        weights = np.zeros((min(CHUNK, resamples - start), n))
        for group in groups:
            weights[:, group] = rng.multinomial(
                len(group), np.full(len(group), 1 / len(group)), size=len(weights)
            )
        parts.append(effects(*given, weights))
    parts_of = np.array_split(np.arange(n), -(-n // CHUNK))
    without = np.concatenate([effects(*given, 1 - np.eye(n)[part]) for part in parts_of])
    influence = (n - 1) * (np.nanmean(without, axis=0) - without)
    return estimate, np.concatenate(parts), influence


def _rows(
    path: Pathway,
    is_binary: bool,
    estimate: Floats,
    drawn: Floats,
    influence: Floats,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    for place, term in enumerate(TERMS):
        own = drawn[:, place][~np.isnan(drawn[:, place])]
        known = influence[:, place][~np.isnan(influence[:, place])]
        point = float(estimate[place])
        for method in ("bca", "percentile"):
            yield {
                "term": term,
                "measure": "risk difference" if is_binary else "difference in points",
                "n": len(path.drug),
                "estimate": point,
                "method": method,
                **_spread(method, point, own, known, conf_level),
            }


def _spread(
    method: str, estimate: float, own: Floats, known: Floats, conf_level: float
) -> dict[str, Any]:
    """Return standard error and interval of the resampled estimates, or why there are none."""
    nothing = dict.fromkeys(("std_error", "conf_low", "conf_high"), None)
    if len(own) < 2:
        return nothing | {"note": FEW_DRAWN}
    error = float(own.std(ddof=1))
    if error <= FLAT * max(float(np.abs(own).max()), 1.0):
        return nothing | {"note": NO_SPREAD}
    if method == "bca":
        low, high = bca_interval(estimate, own, known, conf_level)
    else:
        low, high = percentile_interval(own, conf_level)
    if np.isnan(low):
        return nothing | {"std_error": error, "note": ONE_SIDED}
    return {"std_error": error, "conf_low": low, "conf_high": high, "note": ""}


def _paths(path: Pathway, is_binary: bool, conf_level: float) -> pl.DataFrame:
    one = np.ones(len(path.drug))
    base = np.column_stack([one, path.drug, path.design.columns])
    rows = [_path("treatment on mediator", fit_least_squares(base, path.mediator), 1, conf_level)]
    if not is_binary:
        full = np.column_stack([one, path.drug, path.mediator, path.design.columns])
        fit = fit_least_squares(full, path.outcome)
        rows.append(_path("mediator on outcome", fit, 2, conf_level))
    return pl.DataFrame(rows, schema=PATHS)


def _path(term: str, fit: LeastSquares, place: int, conf_level: float) -> dict[str, Any]:
    return {"term": term, **coefficient(fit, np.eye(len(fit.coefficients))[place], conf_level)}


def coefficient(fit: LeastSquares, contrast: Floats, conf_level: float) -> dict[str, Any]:
    """Return a combination of the coefficients with its t interval and test."""
    from scipy.special import stdtr, stdtrit

    estimate = float(contrast @ fit.coefficients)
    error = float(np.sqrt(contrast @ fit.covariance @ contrast))
    half = float(stdtrit(fit.df, (1 + conf_level) / 2)) * error
    statistic = estimate / error if error > 0 else float("nan")
    return {
        "estimate": estimate,
        "std_error": error,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "statistic": statistic,
        "df": float(fit.df),
        "p_value": 2 * float(stdtr(fit.df, -abs(statistic))),
    }


def _notes(
    path: Pathway,
    covariates: tuple[str, ...],
    is_binary: bool,
    ci: str,
    resamples: int,
    seed: int | None,
    conf_level: float,
    response: Response | None,
    outcome: str,
) -> tuple[str, ...]:
    beside = f", adjusted for {', '.join(covariates)}" if covariates else ", without covariates"
    how = (
        "Outcome by logistic regression on treatment and mediator, risks standardised over the "
        "subjects and the mediator; mediator by linear regression on treatment"
        if is_binary
        else "Linear models; the indirect effect is the product of treatment on mediator and "
        "mediator on outcome"
    )
    words = {"bca": "bias-corrected and accelerated", "percentile": "percentile"}[ci]
    return (
        path.order,
        f"{how}{beside}.",
        f"{conf_level * 100:g} % intervals: {words}, {resamples} bootstrap resamples within the "
        f"arms, seed {seed}.",
        *([response.sentence(outcome)] if response is not None else []),
    )


def _few(path: Pathway, lost: int, resamples: int) -> Iterator[str]:
    left_out = int(path.audit["count"].sum()) - len(path.drug)
    if left_out:
        yield f"{left_out} subjects are not in the models; the audit says what they lack."
    if lost:
        yield f"{lost} of {resamples} resamples had no estimate and are not in the intervals."
