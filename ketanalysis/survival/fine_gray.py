"""Fine and Gray's model of the subdistribution hazard: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.survival.cox_monotone import monotone
from ketanalysis.survival.cox_risk_sets import risk_sets_of
from ketanalysis.survival.cumulative_incidence import checked_causes
from ketanalysis.survival.risk_sets import Counts, Floats, checked_times, index_times, risk_sets

STEPS, HALVINGS, ENOUGH = 50, 20, 1e-10
FAR = 12.0  # a ratio of e^12 over the range of a covariate: look whether the likelihood ends


@dataclass(frozen=True, eq=False)
class FineGrayNumbers:
    """A fitted model: coefficients (p,), their robust covariance (p, p), log likelihoods.

    The score test at 0 is not given: with estimated weights it is no likelihood.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    log_likelihood_null: float
    steps: int


@dataclass(frozen=True, eq=False)
class _Data:
    """Subjects: columns (n, p), cause, place among m times; by time: events, censored, G(t-)."""

    x: Floats
    cause: Counts
    place: Counts
    events: Counts
    at_risk: Counts
    censored: Counts
    open_before: Floats  # G(t-): the share not yet censored just before each time


@dataclass(frozen=True, eq=False)
class _Sums:
    """At given coefficients: the log likelihood, its score and information, and what they use."""

    log_likelihood: float
    score: Floats
    information: Floats
    risk: Floats  # exp(x b), (n,)
    mean: Floats  # of the columns at risk, (m, p)
    hazard: Floats  # steps of the baseline, (m,)


def fine_gray(time: ArrayLike, cause: ArrayLike, x: ArrayLike) -> FineGrayNumbers:
    """Fit the model of Fine and Gray for cause 1, with Breslow's ties.

    Subjects with another event stay at risk, weighed by the share that would still be under
    observation (Kaplan-Meier of the censoring, over all subjects).

    Parameters
    ----------
    time
        (n,) time to the first event or to censoring; late entry is not possible.
    cause
        (n,) integers: 0 censored, 1 the cause of interest, 2 or more another.
    x
        (n, p) covariates, linearly independent among those at risk.

    Returns
    -------
    FineGrayNumbers
        The covariance is Fine and Gray's, which counts that the weights are estimated.

    Raises
    ------
    ContractError
        If a time is missing, infinite or negative.
    ArgumentError
        If lengths differ or a cause is no integer of 0 or more.
    EstimationError
        If cause 1 has no event, or the search does not end.

    Notes
    -----
    Missing values are refused. Source: Fine and Gray 1999, J Am Stat Assoc 94:496, equations 7
    and 8 and the variance of their appendix.

    Checked against: tests/oracle/fine_gray.csv (R 4.2.2, cmprsk::crr), coefficients and
    standard errors relative 1e-8, log likelihoods 1e-10.

    Examples
    --------
    >>> found = fine_gray([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 1, 2], [[0], [1], [0], [1], [0], [1]])
    >>> round(float(found.coefficients[0]), 4)
    -1.2458
    """
    data = _read(time, cause, x)
    if not data.events.any():
        raise EstimationError("Fine and Gray's model needs events of the cause, and has none.")

    b = np.zeros(data.x.shape[1])
    found = start = _sums(data, b)
    for step in range(1, STEPS + 1):
        move = np.asarray(np.linalg.solve(found.information, found.score), dtype=float)
        b, found, before = *_advance(data, b, move, found), found.log_likelihood
        if abs(found.log_likelihood - before) <= ENOUGH * (abs(before) + 0.1) and np.all(
            np.abs(move) <= 1e-9 * (np.abs(b) + 1e-3)
        ):
            _check_finite(data, b)
            inverse = np.linalg.inv(found.information)
            parts = _residuals(data, found)
            covariance = inverse @ (parts.T @ parts) @ inverse
            return FineGrayNumbers(b, covariance, found.log_likelihood, start.log_likelihood, step)
    _check_finite(data, b)
    raise EstimationError(f"Fine and Gray's model did not converge in {STEPS} steps.")


def _check_finite(data: _Data, b: Floats) -> None:
    """Refuse a likelihood that grows without end, where crr prints how far it came."""
    if np.max(np.abs(b) * np.ptp(data.x, axis=0)) < FAR:
        return
    time = np.where(data.cause > 1, len(data.events), data.place).astype(float)
    none = np.zeros(len(time), dtype=np.int64)
    if monotone(risk_sets_of(time, data.cause == 1, None, none), data.x).any():
        raise EstimationError(
            "Fine and Gray's model has no finite estimate: its likelihood is monotone, as where "
            "one group has no event of the cause, and the ratio goes to 0 or infinity.\n"
            "  Leave the covariate out, or compare the incidences by Gray's test "
            "(compare_cumulative_incidence)."
        )


def _read(time: ArrayLike, cause: ArrayLike, x: ArrayLike) -> _Data:
    codes = np.asarray(cause)
    causes = checked_causes(codes, max(int(codes.max(initial=1)), 1))
    times, _, _ = checked_times(time, causes > 0)
    columns = np.asarray(x, dtype=float)
    if columns.ndim != 2 or len(columns) != len(times):
        raise ArgumentError("x must have one row a subject and one column a covariate.")
    distinct, place = index_times(times)
    m = len(distinct)
    at_risk = risk_sets(distinct, np.bincount(place, minlength=m), None)
    censored = np.bincount(place[causes == 0], minlength=m)
    still = np.cumprod(1 - censored / at_risk)
    return _Data(
        x=columns - columns.mean(axis=0),
        cause=causes,
        place=place,
        events=np.bincount(place[causes == 1], minlength=m),
        at_risk=at_risk,
        censored=censored,
        open_before=np.concatenate(([1.0], still[:-1])),
    )


def _advance(data: _Data, b: Floats, move: Floats, now: _Sums) -> tuple[Floats, _Sums]:
    """Take Newton's step, halved while the likelihood falls."""
    for halving in range(HALVINGS):
        new = b + move / 2**halving
        found = _sums(data, new)
        if found.log_likelihood >= now.log_likelihood - 1e-12 * abs(now.log_likelihood):
            return new, found
    return b, now


def _sums(data: _Data, b: Floats) -> _Sums:
    risk = np.exp(data.x @ b)
    squares = data.x[:, :, None] * data.x[:, None, :]
    zero, one, two = (
        _at_risk(data, risk.reshape(-1, *[1] * (part.ndim - 1)) * part)
        for part in (np.ones(len(risk)), data.x, squares)
    )
    d = data.events
    mean = one / zero[:, None]
    spread = two / zero[:, None, None] - mean[:, :, None] * mean[:, None, :]
    happened = data.x[data.cause == 1]
    return _Sums(
        log_likelihood=float((happened @ b).sum() - d @ np.log(zero)),
        score=happened.sum(axis=0) - d @ mean,
        information=np.einsum("m,mij->ij", d, spread),
        risk=risk,
        mean=mean,
        hazard=d / zero,
    )


def _at_risk(data: _Data, values: Floats) -> Floats:
    """Sum values (n, ...) over the risk set of each time: (m, ...), the others' events weighed."""
    m = len(data.events)
    there = np.zeros((m, *values.shape[1:]))
    np.add.at(there, data.place, values)
    there = np.cumsum(there[::-1], axis=0)[::-1]
    open_before = data.open_before.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(there + open_before * _passed(data, values))


def _passed(data: _Data, values: Floats) -> Floats:
    """Sum values / G(T-) over those with another event before each time: (m, ...)."""
    m, others = len(data.events), data.cause > 1
    gone = np.zeros((m, *values.shape[1:]))
    shape = (-1, *[1] * (values.ndim - 1))
    weighed = values[others] / data.open_before[data.place[others]].reshape(shape)
    np.add.at(gone, data.place[others], weighed)
    total = np.cumsum(gone, axis=0)
    return np.concatenate((np.zeros_like(total[:1]), total[:-1]))


def _residuals(data: _Data, found: _Sums) -> Floats:
    """Return each subject's part in the score (n, p), with that of the estimated weights."""
    x, place, risk = data.x, data.place, found.risk
    others = data.cause > 1
    late = data.open_before * found.hazard  # the baseline as those who had another event see it
    own, own_mean = np.cumsum(found.hazard), np.cumsum(found.hazard[:, None] * found.mean, axis=0)
    after, after_mean = np.cumsum(late), np.cumsum(late[:, None] * found.mean, axis=0)

    weight = np.where(others, 1 / data.open_before[place], 0.0)
    total = own[place] + weight * (after[-1] - after[place])
    total_mean = own_mean[place] + weight[:, None] * (after_mean[-1] - after_mean[place])
    martingale = risk[:, None] * (x * total[:, None] - total_mean)
    parts = np.where((data.cause == 1)[:, None], x - found.mean[place], 0.0) - martingale

    from_here = after[-1] - after + late
    from_here_mean = after_mean[-1] - after_mean + late[:, None] * found.mean
    passed, passed_x = _passed(data, risk), _passed(data, risk[:, None] * x)
    q = passed_x * from_here[:, None] - passed[:, None] * from_here_mean
    each = q / data.at_risk[:, None]
    compensated = np.cumsum(each * (data.censored / data.at_risk)[:, None], axis=0)
    of_weights = np.where((data.cause == 0)[:, None], each[place], 0.0) - compensated[place]
    return np.asarray(parts + of_weights)
