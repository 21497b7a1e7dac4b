"""The masses of the Turnbull intervals that make the observed intervals most likely.

The log likelihood ``sum_i w_i log(F(last_i) - F(first_i))`` is concave in the masses p, so that
the Karush-Kuhn-Tucker conditions are necessary and sufficient for its maximum: with
``g_j = sum of w_i / P_i over the intervals that cover j`` and N subjects, ``g_j = N`` where
``p_j > 0`` and ``g_j <= N`` elsewhere. The search ends when they hold, not when it moves little:
``gap``, the largest violation of ``g_j / N``, bounds how far the log likelihood is from its
maximum by ``N gap``.

A few steps of expectation-maximisation and of iterative convex minorants find about where the
mass lies; Newton's method on those places, in which intervals that cover the same ones are one,
finishes in a few steps, adding places where the conditions are violated.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketanalysis.errors import EstimationError
from ketanalysis.interval_censored.newton_step import newton_step
from ketanalysis.interval_censored.turnbull_intervals import Cliques
from ketanalysis.survival.risk_sets import Floats

TOLERANCE = 1e-10  # of the conditions
NONE = 1e-15  # a mass below is 0
MOST_STEPS = 300
FIRST_STEPS, FIRST_STEPS_OF_MANY, MANY = 5, 10, 300
AGAIN = 10  # after so many Newton steps, three of the first kind
SURE = 1e-6  # of the log likelihood: a step that promises less needs no proof
ROUNDING = 1e-12  # of a log likelihood, a subject


class Masses(NamedTuple):
    """The masses (m,), which sum to 1, and how well they keep the conditions.

    Attributes
    ----------
    mass
        (m,) mass of each Turnbull interval; exactly 0 where there is none.
    slack
        (m,) ``1 - g / N``: 0 where there is mass, 0 or more elsewhere, but for `gap`.
    log_likelihood
        At the masses.
    gap
        The largest violation of the conditions.
    steps
        Newton steps that were taken.
    """

    mass: Floats
    slack: Floats
    log_likelihood: float
    gap: float
    steps: int


def most_likely(cliques: Cliques, start: Floats | None = None) -> Masses:
    """Return the masses of largest likelihood.

    Parameters
    ----------
    cliques
        The Turnbull intervals, and which of them the observed intervals cover.
    start
        (m,) masses to start from, such that every observed interval has some.

    Raises
    ------
    EstimationError
        If the conditions are not met within many steps.

    Notes
    -----
    Source: Turnbull 1976, J R Stat Soc B 38:290; Groeneboom and Wellner 1992, Information
    Bounds and Nonparametric Maximum Likelihood Estimation, part II (convex minorants); Wang
    2008, Comput Stat Data Anal 52:2388 (constrained Newton with reduced dimension); Gentleman
    and Geyer 1994, Biometrika 81:618 (the conditions).

    Examples
    --------
    >>> from ketanalysis.interval_censored.turnbull_intervals import cliques_of, places_of
    >>> low, high = np.array([0.0, 5.0, 5.0]), np.array([6.0, 9.0, np.inf])
    >>> most_likely(cliques_of(places_of(low, high))).mass.tolist()
    [1.0]
    """
    m, n = len(cliques.left), float(cliques.weight.sum())
    if start is not None:
        mass = start
    else:
        many = m > MANY
        mass = _first_steps(
            np.full(m, 1 / m), cliques, FIRST_STEPS_OF_MANY if many else FIRST_STEPS
        )
    for step in range(MOST_STEPS):
        gradient, share = gradient_of(mass, cliques)
        slack = 1 - gradient / n
        gap = max(float(-slack.min()), float(np.abs(slack[mass > 0]).max()))
        if gap <= TOLERANCE:
            reached = float(cliques.weight @ np.log(share))
            return Masses(mass, slack, reached, gap, step)
        if step % AGAIN == AGAIN - 1:
            mass = _first_steps(mass, cliques, 3)
            gradient, share = gradient_of(mass, cliques)
        mass = _climbed(mass, gradient, share, cliques)
    raise EstimationError(
        f"The likelihood of the intervals has no maximum within {MOST_STEPS} steps: its conditions "
        f"are violated by {gap:.1g} still, where {TOLERANCE:g} is asked."
    )


def gradient_of(mass: Floats, cliques: Cliques) -> tuple[Floats, Floats]:
    """Return ``g`` (m,), and the probability (r,) of each observed interval."""
    m = len(mass)
    below = np.zeros(m + 1)
    np.cumsum(mass, out=below[1:])
    share = below[cliques.last] - below[cliques.first]
    ratio = cliques.weight / share
    begun = np.bincount(cliques.first, ratio, m + 1) - np.bincount(cliques.last, ratio, m + 1)
    return np.cumsum(begun)[:m], share


def _climbed(mass: Floats, gradient: Floats, share: Floats, cliques: Cliques) -> Floats:
    """Return the masses after a step of Newton, halved until the likelihood does not fall."""
    n = float(cliques.weight.sum())
    move, length = newton_step(mass, gradient, share, cliques)
    before = float(cliques.weight @ np.log(share)) - n * float(mass.sum())
    promised = float((gradient - n) @ move)
    while length > NONE:
        found = mass + length * move
        found[found < NONE] = 0
        below = np.concatenate(([0.0], np.cumsum(found)))
        share = below[cliques.last] - below[cliques.first]
        if share.min() > 0:
            reached = float(cliques.weight @ np.log(share)) - n * float(below[-1])
            if promised < SURE or reached >= before - ROUNDING * n:
                return np.asarray(found / below[-1], dtype=float)
        length /= 2
    return mass


def _first_steps(mass: Floats, cliques: Cliques, steps: int) -> Floats:
    """Return the masses after steps of expectation-maximisation, each with a convex minorant."""
    from scipy.optimize import isotonic_regression

    first, last, weight = cliques.first, cliques.last, cliques.weight
    m = len(mass)
    below = np.zeros(m + 1)
    for _ in range(steps):
        mass = mass * gradient_of(mass, cliques)[0]
        np.cumsum(mass / mass.sum(), out=below[1:])
        if m == 1:
            break
        below[m] = 1.0
        share = below[last] - below[first]
        reached = weight @ np.log(share)
        ratio = weight / share
        bend = ratio / share
        slope = np.bincount(last, ratio, m + 1) - np.bincount(first, ratio, m + 1)
        curvature = np.bincount(last, bend, m + 1) + np.bincount(first, bend, m + 1)
        inner = np.maximum(curvature[1:m], np.finfo(float).tiny)
        aim = isotonic_regression(below[1:m] + slope[1:m] / inner, weights=inner).x
        below[1:m] = _towards(below, np.clip(aim, 0, 1), float(reached), cliques)[1:m]
        mass = np.maximum(np.diff(below), 0.0)
    return np.asarray(mass / mass.sum(), dtype=float)


def _towards(below: Floats, aim: Floats, reached: float, cliques: Cliques) -> Floats:
    """Return the distribution moved towards an aim as far as the likelihood does not fall."""
    move, length = aim - below[1:-1], 1.0
    while length > SURE:
        found = below.copy()
        found[1:-1] += length * move
        share = found[cliques.last] - found[cliques.first]
        if share.min() > 0 and cliques.weight @ np.log(share) >= reached:
            return found
        length /= 2
    return below
