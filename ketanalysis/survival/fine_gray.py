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

    The score test at 0 is not given: with estimated weights it is no likelihood. ``time`` and
    ``hazard`` (k,) are the steps of the baseline subdistribution hazard, that of a subject with
    the covariates ``center`` (p,). ``influence`` (n, p) is each subject's part in the coefficients,
    whose squares are the covariance; ``data`` and ``sums`` are what a prediction is read from.
    """

    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    log_likelihood_null: float
    steps: int
    time: Floats
    hazard: Floats
    center: Floats
    influence: Floats
    data: FineGrayData
    sums: FineGraySums


@dataclass(frozen=True, eq=False)
class FineGrayData:
    """Subjects: columns (n, p), cause, place among m times; by time: events, censored, G(t-)."""

    x: Floats
    center: Floats
    cause: Counts
    time: Floats
    place: Counts
    entered: Counts | None  # (n,) how many of the times are until the entry, None for nobody late
    events: Counts
    at_risk: Counts
    censored: Counts
    open_before: Floats  # the share under observation just before each time, by which others weigh


@dataclass(frozen=True, eq=False)
class FineGraySums:
    """At given coefficients: the log likelihood, its score and information, and what they use."""

    log_likelihood: float
    score: Floats
    information: Floats
    risk: Floats  # exp(x b), (n,)
    mean: Floats  # of the columns at risk, (m, p)
    hazard: Floats  # steps of the baseline, (m,)


def fine_gray(
    time: ArrayLike, cause: ArrayLike, x: ArrayLike, entry: ArrayLike | None = None
) -> FineGrayNumbers:
    """Fit the model of Fine and Gray for cause 1, with Breslow's ties.

    Subjects with another event stay at risk, weighed by the share that would still be under
    observation (Kaplan-Meier of the censoring, over all subjects).

    Parameters
    ----------
    time
        (n,) time to the first event or to censoring.
    cause
        (n,) integers: 0 censored, 1 the cause of interest, 2 or more another.
    x
        (n, p) covariates, linearly independent among those at risk.
    entry
        (n,) when each subject comes under observation, or None: all from 0.

    Returns
    -------
    FineGrayNumbers
        The covariance is Fine and Gray's, which counts that the weights are estimated; with late
        entry it is the sandwich by subject, which takes them as known.

    Raises
    ------
    ContractError
        If a time is missing, infinite or negative.
    ArgumentError
        If lengths differ or a cause is no integer of 0 or more.
    EstimationError
        If cause 1 has no event, the weights do not exist, or the search does not end.

    Notes
    -----
    Missing values are refused. With late entry those with another event weigh by the share not
    yet censored times the share already entered (Geskus), and censoring comes after the events of
    its time; without, it counts among those at risk then, as in crr. The two differ by ties only.

    Sources: Fine and Gray 1999, J Am Stat Assoc 94:496, equations 7 and 8 and the variance of
    their appendix; Geskus 2011, Biometrics 67:39.

    Checked against: tests/oracle/fine_gray.csv (R 4.2.2, cmprsk::crr), coefficients and
    standard errors relative 1e-8, log likelihoods 1e-10; tests/oracle/fine_gray_entry.csv
    (survival::finegray and coxph, Breslow's ties, clusters of subjects), relative 1e-7.

    Examples
    --------
    >>> found = fine_gray([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 1, 2], [[0], [1], [0], [1], [0], [1]])
    >>> round(float(found.coefficients[0]), 4)
    -1.2458
    """
    data = _read(time, cause, x, entry)
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
            influence = _residuals(data, found) @ np.linalg.inv(found.information)
            happened = data.events > 0
            return FineGrayNumbers(
                coefficients=b,
                covariance=influence.T @ influence,
                log_likelihood=found.log_likelihood,
                log_likelihood_null=start.log_likelihood,
                steps=step,
                time=data.time[happened],
                hazard=found.hazard[happened],
                center=data.center,
                influence=influence,
                data=data,
                sums=found,
            )
    _check_finite(data, b)
    raise EstimationError(f"Fine and Gray's model did not converge in {STEPS} steps.")


def _check_finite(data: FineGrayData, b: Floats) -> None:
    """Refuse a likelihood that grows without end, where crr prints how far it came."""
    if np.max(np.abs(b) * np.ptp(data.x, axis=0)) < FAR:
        return
    time = np.where(data.cause > 1, len(data.events), data.place).astype(float)
    none = np.zeros(len(time), dtype=np.int64)
    entry = None
    if data.entered is not None:
        entry = np.asarray(data.entered - 0.5, dtype=float)  # between the times
    if monotone(risk_sets_of(time, data.cause == 1, entry, none), data.x).any():
        raise EstimationError(
            "Fine and Gray's model has no finite estimate: its likelihood is monotone, as where "
            "one group has no event of the cause, and the ratio goes to 0 or infinity.\n"
            "  Leave the covariate out, or compare the incidences by Gray's test "
            "(compare_cumulative_incidence)."
        )


def _read(time: ArrayLike, cause: ArrayLike, x: ArrayLike, entry: ArrayLike | None) -> FineGrayData:
    codes = np.asarray(cause)
    causes = checked_causes(codes, max(int(codes.max(initial=1)), 1))
    times, _, entries = checked_times(time, causes > 0, entry)
    if entries is not None and not (entries > 0).any():
        entries = None
    columns = np.asarray(x, dtype=float)
    if columns.ndim != 2 or len(columns) != len(times):
        raise ArgumentError("x must have one row a subject and one column a covariate.")
    distinct, place = index_times(times)
    m = len(distinct)
    leaving = np.bincount(place, minlength=m)
    at_risk = risk_sets(distinct, leaving, entries)
    censored = np.bincount(place[causes == 0], minlength=m)
    open_to = at_risk if entries is None else at_risk - (leaving - censored)
    gone = np.divide(censored, open_to, out=np.zeros(m), where=open_to > 0)
    open_before = np.concatenate(([1.0], np.cumprod(1 - gone)[:-1]))
    if entries is not None:
        open_before = open_before * share_entered(distinct, times, entries)
        _check_weights(open_before[place[causes > 1]])
    return FineGrayData(
        x=columns - columns.mean(axis=0),
        center=columns.mean(axis=0),
        cause=causes,
        time=distinct,
        place=place,
        entered=None if entries is None else _places(distinct, entries),
        events=np.bincount(place[causes == 1], minlength=m),
        at_risk=at_risk,
        censored=censored,
        open_before=open_before,
    )


def _places(distinct: Floats, entry: Floats) -> Counts:
    """Return how many of the times (m,) are until each entry (n,); none for an entry at 0."""
    until = np.searchsorted(distinct, entry, side="right")
    return np.where(entry > 0, until, 0).astype(np.int64)


def share_entered(distinct: Floats, time: Floats, entry: Floats) -> Floats:
    """Return the share (m,) that had entered just before each time, of those who ever do.

    It is Kaplan-Meier of the entries with time turned round: at an entry are at risk those who
    are under observation then or just after.

    Examples
    --------
    >>> share_entered(np.array([1.0, 3.0]), np.array([3.0, 3.0]), np.array([0.0, 2.0])).tolist()
    [0.5, 1.0]
    """
    entries, count = np.unique(entry, return_counts=True)
    came = np.searchsorted(np.sort(entry), entries, side="right")
    left = np.searchsorted(np.sort(time), entries, side="right")
    kept = 1 - count / np.maximum(came - left, 1)
    later = np.append(np.cumprod(kept[::-1])[::-1], 1.0)
    return np.asarray(later[np.searchsorted(entries, distinct, side="left")], dtype=float)


def _check_weights(of_others: Floats) -> None:
    if (of_others <= 0).any():
        raise EstimationError(
            "Fine and Gray's model has no weights: at some entry everybody under observation came "
            "just then, after another event had happened.\n"
            "  Start the clock later (a landmark), or model the hazard of each cause with "
            "fit_cox(event=, event_value=, competing=)."
        )


def _advance(
    data: FineGrayData, b: Floats, move: Floats, now: FineGraySums
) -> tuple[Floats, FineGraySums]:
    """Take Newton's step, halved while the likelihood falls."""
    for halving in range(HALVINGS):
        new = b + move / 2**halving
        found = _sums(data, new)
        if found.log_likelihood >= now.log_likelihood - 1e-12 * abs(now.log_likelihood):
            return new, found
    return b, now


def _sums(data: FineGrayData, b: Floats) -> FineGraySums:
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
    return FineGraySums(
        log_likelihood=float((happened @ b).sum() - d @ np.log(zero)),
        score=happened.sum(axis=0) - d @ mean,
        information=np.einsum("m,mij->ij", d, spread),
        risk=risk,
        mean=mean,
        hazard=d / zero,
    )


def _at_risk(data: FineGrayData, values: Floats) -> Floats:
    """Sum values (n, ...) over the risk set of each time: (m, ...), the others' events weighed."""
    m = len(data.events)
    there = np.zeros((m, *values.shape[1:]))
    np.add.at(there, data.place, values)
    if data.entered is not None:  # not yet at risk
        late = data.entered > 0
        np.subtract.at(there, data.entered[late] - 1, values[late])
    there = np.cumsum(there[::-1], axis=0)[::-1]
    open_before = data.open_before.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(there + open_before * passed(data, values))


def passed(data: FineGrayData, values: Floats) -> Floats:
    """Sum values / G(T-) over those with another event before each time: (m, ...)."""
    m, others = len(data.events), data.cause > 1
    gone = np.zeros((m, *values.shape[1:]))
    shape = (-1, *[1] * (values.ndim - 1))
    weighed = values[others] / data.open_before[data.place[others]].reshape(shape)
    np.add.at(gone, data.place[others], weighed)
    total = np.cumsum(gone, axis=0)
    return np.concatenate((np.zeros_like(total[:1]), total[:-1]))


def _residuals(data: FineGrayData, found: FineGraySums) -> Floats:
    """Return each subject's part in the score (n, p), with that of the estimated weights."""
    x, place, risk = data.x, data.place, found.risk
    others = data.cause > 1
    weighed = data.open_before * found.hazard  # the baseline as those who had another event see it
    own, own_mean = np.cumsum(found.hazard), np.cumsum(found.hazard[:, None] * found.mean, axis=0)
    after, after_mean = np.cumsum(weighed), np.cumsum(weighed[:, None] * found.mean, axis=0)

    weight = np.where(others, 1 / data.open_before[place], 0.0)
    total = own[place] + weight * (after[-1] - after[place])
    total_mean = own_mean[place] + weight[:, None] * (after_mean[-1] - after_mean[place])
    if data.entered is not None:
        before = data.entered - 1
        late = data.entered > 0
        total[late] -= own[before[late]]
        total_mean[late] -= own_mean[before[late]]
    martingale = risk[:, None] * (x * total[:, None] - total_mean)
    parts = np.where((data.cause == 1)[:, None], x - found.mean[place], 0.0) - martingale
    if data.entered is not None:
        return np.asarray(parts)

    from_here = after[-1] - after + weighed
    from_here_mean = after_mean[-1] - after_mean + weighed[:, None] * found.mean
    gone, gone_x = passed(data, risk), passed(data, risk[:, None] * x)
    q = gone_x * from_here[:, None] - gone[:, None] * from_here_mean
    each = q / data.at_risk[:, None]
    compensated = np.cumsum(each * (data.censored / data.at_risk)[:, None], axis=0)
    of_weights = np.where((data.cause == 0)[:, None], each[place], 0.0) - compensated[place]
    return np.asarray(parts + of_weights)
