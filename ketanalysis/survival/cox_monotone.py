"""Monotone likelihood: does a combination of columns put every event at the edge of its risk set?

Where it does, Cox's partial likelihood grows without end, and what a program prints as a hazard
ratio is where it gave up. Heinze and Schemper (2001), Biometrics 57:114.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ketanalysis.survival.cox_risk_sets import RiskSets
from ketanalysis.survival.risk_sets import Bools, Floats

NOTHING = 1e-7  # of columns scaled to at most 1: less is the tolerance of the linear program


def monotone(sets: RiskSets, x: Floats) -> Bools:
    """Return which columns (p,) drive a coefficient to infinity; none where none does.

    A combination of the columns is monotone where at every event no subject at risk has more of
    it than those with the event, and at some event somebody has less.

    Parameters
    ----------
    sets, x
        The risk sets, and the columns (n, p), all `estimable`.

    Notes
    -----
    The largest sum of the excess of the events over those at risk, with bounded coefficients and
    no negative excess (a linear program), is above 0 exactly where the likelihood is monotone.

    Checked against: tests/survival/test_cox_firth.py, data by hand and, for small sets of
    categories, the likelihood far out in every direction.

    Examples
    --------
    >>> from ketanalysis.survival.cox_risk_sets import risk_sets_of
    >>> arm = np.array([[1.0], [1], [0], [0]])
    >>> late = np.array([False, False, True, True])
    >>> sets = risk_sets_of(np.array([1.0, 2, 3, 4]), ~late, None, np.zeros(4, int))
    >>> monotone(sets, arm).tolist()
    [True]
    """
    columns = np.arange(x.shape[1])
    if not _is_monotone(sets, x):
        return np.zeros(len(columns), dtype=bool)
    for column in range(x.shape[1]):
        rest = columns[columns != column]
        if len(rest) and _is_monotone(sets, x[:, rest]):
            columns = rest
    return np.isin(np.arange(x.shape[1]), columns)


def _is_monotone(sets: RiskSets, x: Floats) -> bool:
    """Solve for coefficients b and, at each event time, the value u of those with the event."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    scaled = (x - x.mean(axis=0)) / np.abs(x - x.mean(axis=0)).max(axis=0)
    p, m = x.shape[1], len(sets.time)
    events = np.unique(np.column_stack((sets.at, scaled[sets.event_rows])), axis=0)
    equal = _rows(events[:, 0].astype(int), events[:, 1:], m)
    rows, times = _pairs(sets)
    below = np.unique(np.column_stack((times, scaled[rows])), axis=0)
    less = _rows(below[:, 0].astype(int), below[:, 1:], m)
    gain = np.asarray(less.sum(axis=0)).ravel()
    bounds: Any = [(-1, 1)] * p + [(None, None)] * m
    found = linprog(
        gain,
        A_ub=csr_matrix(less),
        b_ub=np.zeros(less.shape[0]),
        A_eq=csr_matrix(equal),
        b_eq=np.zeros(equal.shape[0]),
        bounds=bounds,
        method="highs",
    )
    return bool(found.success and -found.fun > NOTHING * len(rows))


def _rows(times: Any, values: Floats, m: int) -> Any:
    """Return rows of ``values b - u[time]``."""
    from scipy.sparse import csr_matrix, hstack

    n = len(times)
    picks = csr_matrix((-np.ones(n), (np.arange(n), times)), shape=(n, m))
    return hstack([csr_matrix(values), picks], format="csr")


def _pairs(sets: RiskSets) -> tuple[Any, Any]:
    """Return every row with every event time at which it is at risk."""
    spans = np.maximum(sets.last - sets.first, 0)
    rows = np.repeat(np.arange(len(spans)), spans)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(spans) - spans, spans)
    return rows, sets.first[rows] + within
