"""How long are subjects free of the event on average, up to a time: restricted means."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, EstimationError, listed
from ketanalysis.survival.restricted_mean import RestrictedMean, known_until, restricted_mean
from ketanalysis.survival.results import RestrictedMeans, SurvivalResult
from ketanalysis.survival.risk_sets import ROUNDING
from ketanalysis.survival.rows import beside_groups, emptied_warnings

CONTRASTS = {
    "contrast": pl.String,
    "measure": pl.String,
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("statistic", "p_value"), pl.Float64),
}


def estimate_rmst(result: SurvivalResult, tau: float) -> RestrictedMeans:
    """Estimate the mean time free of the event up to a horizon, and how groups differ in it.

    Answers "how many days without relapse does a subject have in the first 28?", also where
    hazards are not proportional and the median is not reached. Do not use it with a horizon
    chosen after the curves were seen, nor where another event prevents the one of interest.

    Parameters
    ----------
    result
        A result of `estimate_survival`, `estimate_relapse` or `estimate_time_to_response`.
    tau
        The horizon, above 0, in the unit of the result. It has no default: it belongs in the
        analysis plan.

    Returns
    -------
    RestrictedMeans
        `table` with the restricted mean and the time lost of each group; `contrasts` of each
        group with the first: difference, ratio, and ratio of time lost.

    Raises
    ------
    ArgumentError
        If `tau` is no time above 0, or `result` is another kind of result.
    EstimationError
        If a curve ends before `tau` without having fallen to 0: it is not extended.

    Notes
    -----
    The intervals are normal, those of ratios on the log scale; the intervals of a curve that
    the result was asked for (log-log, log, plain) play no part. A ratio of time lost needs
    events in both groups; it is null without.

    Source: Uno et al. 2014, J Clin Oncol 32:2380; Royston and Parmar 2013, BMC Med Res Methodol
    13:152.

    Checked against: tests/oracle/restricted_mean.csv (R 4.2.2, survival::survfit; contrasts by
    their formulas in base R), relative 1e-10; R survRM2 on lung and veteran in
    tests/survival/test_rmst.py, relative 1e-10.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis.survival.estimates import estimate_survival
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 8, 12], "CNSR": [0, 0, 1, 1]})
    >>> estimate_rmst(estimate_survival(frame), tau=10).table["estimate"].to_list()
    [8.25, 1.75]
    """
    _check_tau(result, tau)
    means = {name: restricted_mean(curve, tau) for name, curve in result.curves.items()}
    what = result.title.partition(": ")[2] or result.title
    return RestrictedMeans(
        table=_table(result, means, tau),
        title=f"Restricted mean time free of the event, to {tau:g} {result.time_unit}: {what}",
        definition=result.definition,
        audit=result.audit,
        notes=(
            f"Restricted mean: area under the Kaplan-Meier curve from 0 to {tau:g} "
            f"{result.time_unit}; time lost: {tau:g} less the mean. Normal "
            f"{100 * result.conf_level:g} % intervals, of ratios on the log scale.",
            *result.notes[1:],
        ),
        warnings=(
            *emptied_warnings(result.samples, result.curves, result.time_unit),
            *_no_event_warnings(result, means, tau),
        ),
        conf_level=result.conf_level,
        simulated=result.simulated,
        from_pandas=result.from_pandas,
        contrasts=_contrasts(result, means, tau),
        tau=float(tau),
        survival=result,
        by=result.by,
        time_unit=result.time_unit,
    )


def _check_tau(result: Any, tau: Any) -> None:
    if not isinstance(result, SurvivalResult):
        raise ArgumentError(
            f"result must be a SurvivalResult of estimate_survival, not {type(result).__name__}."
        )
    is_number = isinstance(tau, int | float | np.number) and not isinstance(tau, bool)
    if not is_number or not 0 < tau < np.inf:
        raise ArgumentError(f"tau must be a time above 0, in {result.time_unit}, not {tau!r}.")
    ends = {name: known_until(curve) for name, curve in result.curves.items()}
    short = {name: end for name, end in ends.items() if tau > end * (1 + ROUNDING)}
    if short:
        named = listed(
            f"in {name} at {end:g}" if result.by else f"at {end:g}" for name, end in short.items()
        )
        raise EstimationError(
            f"tau must be a time at which every curve is known, not {tau:g}: follow-up ends "
            f"{named} {result.time_unit}, and a curve is not extended.\n"
            f"  The latest tau that these data allow is {min(short.values()):g}; which one is "
            "taken belongs in the analysis plan."
        )


def _table(result: SurvivalResult, means: dict[str, RestrictedMean], tau: float) -> pl.DataFrame:
    z = _z(result.conf_level)
    rows = []
    for name, mean in means.items():
        counts = (len(result.samples[name].time), mean.n_event)
        for measure, estimate in (
            ("restricted mean", mean.estimate),
            ("time lost", tau - mean.estimate),
        ):
            ends = (estimate - z * mean.std_error, estimate + z * mean.std_error)
            rows.append((*counts, measure, estimate, mean.std_error, *ends))
    names = ("n", "n_event", "measure", "estimate", "std_error", "conf_low", "conf_high")
    table = pl.DataFrame(rows, schema=names, orient="row")
    groups = result.groups[result.by[0]] if result.by else None
    return beside_groups(groups, [2] * len(means), table)


def _contrasts(
    result: SurvivalResult, means: dict[str, RestrictedMean], tau: float
) -> pl.DataFrame:
    (first, reference), *others = means.items()
    rows = []
    for name, mean in others:
        pair = (mean, reference)
        rows += [
            (f"{name} - {first}", "difference", *_difference(*pair, result.conf_level)),
            (f"{name} / {first}", "ratio", *_ratio(*pair, 0.0, result.conf_level)),
            (f"{name} / {first}", "ratio of time lost", *_ratio(*pair, tau, result.conf_level)),
        ]
    return pl.DataFrame(rows, schema=CONTRASTS, orient="row")


def _difference(
    one: RestrictedMean, other: RestrictedMean, conf_level: float
) -> tuple[float | None, ...]:
    estimate = one.estimate - other.estimate
    error = float(np.hypot(one.std_error, other.std_error))
    half = _z(conf_level) * error
    return (estimate, error, estimate - half, estimate + half, *_tested(estimate, error))


def _ratio(
    one: RestrictedMean, other: RestrictedMean, tau: float, conf_level: float
) -> tuple[float | None, ...]:
    """Return the ratio of the means, or of their distances from `tau` where it is not 0."""
    top, bottom = abs(tau - one.estimate), abs(tau - other.estimate)
    if top == 0 or bottom == 0 or min(one.n_event, other.n_event) == 0 < tau:
        return (None,) * 6
    ratio = float(np.log(top / bottom))
    error = float(np.hypot(one.std_error / top, other.std_error / bottom))
    half = _z(conf_level) * error
    ends = np.exp([ratio, ratio - half, ratio + half]).tolist()
    return (ends[0], error, *ends[1:], *_tested(ratio, error))


def _tested(estimate: float, error: float) -> tuple[float | None, float | None]:
    from scipy.special import ndtr

    if error == 0:
        return None, None
    return estimate / error, float(2 * ndtr(-abs(estimate / error)))


def _no_event_warnings(
    result: SurvivalResult, means: dict[str, RestrictedMean], tau: float
) -> tuple[str, ...]:
    without = [name for name, mean in means.items() if mean.n_event == 0]
    if not without:
        return ()
    where = f" in {listed(without)}" if result.by else ""
    return (
        f"No event up to {tau:g} {result.time_unit}{where}: the mean is the whole time, and its "
        "standard error of 0 says nothing of how sure it is.",
    )


def _z(conf_level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + conf_level / 2))
