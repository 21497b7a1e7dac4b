"""The partial likelihood of Cox's model with Efron's or Breslow's ties, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ketanalysis.survival.cox_risk_sets import RiskSets
from ketanalysis.survival.risk_sets import Counts, Floats

TIES = ("efron", "breslow", "exact")


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log partial likelihood at coefficients, with its risk sums.

    Tied events at a time are taken one after the other (terms l = 0 to d - 1); before each,
    Efron's weights have l / d of every tied subject gone, Breslow's none. S are sums over those
    at risk, D over those with the event: of the weights (0) and of weights times x (1).

    Attributes
    ----------
    sets, x
        The risk sets; the columns (n, p).
    weight, shift
        (n,) exp(x b - shift), and the largest x b.
    s0, d0, s1, d1
        (m,), (m,), (m, p), (m, p).
    share, per_term
        (e,) l / d and 1 / (S0 - l / d D0) of each term; ``of_term`` is its time.
    value
        The log likelihood.
    """

    sets: RiskSets
    x: Floats
    weight: Floats
    shift: float
    s0: Floats
    d0: Floats
    s1: Floats
    d1: Floats
    share: Floats
    per_term: Floats
    of_term: Counts
    value: float

    def over_terms(self, power: int, squares: int) -> Floats:
        """Return sums (m,) of ``share ** power * per_term ** squares`` at each time."""
        values = self.share**power * self.per_term**squares
        return np.asarray(np.bincount(self.of_term, values, len(self.s0)), dtype=float)

    @cached_property
    def a(self) -> Floats:
        """(m,) the step of the cumulative hazard, up to the factor of the weights."""
        return self.over_terms(0, 1)

    @cached_property
    def b(self) -> Floats:
        """(m,) what of that step those with the event do not share (0 for Breslow)."""
        return self.over_terms(1, 1)

    @cached_property
    def mean_hazard(self) -> Floats:
        """(m, p) the steps of the hazard times the mean of x among those at risk."""
        one, two = (self.over_terms(power, 2)[:, None] for power in (0, 1))
        return np.asarray(self.s1 * one - self.d1 * two)

    @cached_property
    def mean_steps(self) -> Floats:
        """(m, p) sums over the terms of the mean of x among those at risk."""
        return self.s1 * self.a[:, None] - self.d1 * self.b[:, None]

    @cached_property
    def score(self) -> Floats:
        """First derivatives (p,)."""
        events = self.x[self.sets.event_rows].sum(axis=0)
        return np.asarray(events - self.mean_steps.sum(axis=0))

    @cached_property
    def row_hazard(self) -> Floats:
        """(n,) the cumulative hazard of each row while it is at risk."""
        hazard = self.sets.accumulated(self.a)
        hazard[self.sets.event_rows] -= self.b[self.sets.at]
        return self.weight * hazard

    @cached_property
    def information(self) -> Floats:
        """Minus the second derivatives, (p, p)."""
        one, two, three = (self.over_terms(power, 2)[:, None] for power in (0, 1, 2))
        cross = (self.s1 * two).T @ self.d1
        means = (self.s1 * one).T @ self.s1 - cross - cross.T + (self.d1 * three).T @ self.d1
        return np.asarray((self.x * self.row_hazard[:, None]).T @ self.x - means)

    @cached_property
    def variances(self) -> Floats:
        """(m, p, p) the information that each event time adds: variances of x at risk."""
        squares = self.weight[:, None, None] * self.x[:, :, None] * self.x[:, None, :]
        one, two, three = (self.over_terms(power, 2)[:, None, None] for power in (0, 1, 2))
        ss, sd = _outer(self.s1, self.s1), _outer(self.s1, self.d1)
        means = ss * one - (sd + sd.transpose(0, 2, 1)) * two + _outer(self.d1, self.d1) * three
        at_risk = self.sets.at_risk(squares) * self.a[:, None, None]
        return np.asarray(at_risk - self.sets.over_events(squares) * self.b[:, None, None] - means)


def likelihood(sets: RiskSets, x: Floats, b: Floats, ties: str = "efron") -> Likelihood:
    """Return the log partial likelihood of coefficients (p,) of columns (n, p).

    Notes
    -----
    Source: Cox 1972, J R Stat Soc B 34:187; Efron 1977, J Am Stat Assoc 72:557; Therneau and
    Grambsch, Modeling Survival Data (2000), section 3.1 and appendix D.

    Examples
    --------
    >>> from ketanalysis.survival.cox_risk_sets import risk_sets_of
    >>> sets = risk_sets_of(np.array([1.0, 2, 3]), np.ones(3, bool), None, np.zeros(3, int))
    >>> found = likelihood(sets, np.array([[1.0], [0], [0]]), np.zeros(1))
    >>> round(float(np.exp(-found.value)), 9), round(found.score.item(), 9)
    (6.0, 0.666666667)
    """
    predictor = x @ b
    shift = float(predictor.max(initial=0.0))
    weight = np.exp(predictor - shift)
    s0, d0 = sets.at_risk(weight), sets.over_events(weight)
    weighted = weight[:, None] * x
    of_term = np.repeat(np.arange(len(s0)), sets.deaths)
    share = np.zeros(len(of_term))
    if ties == "efron":
        before = np.concatenate(([0], np.cumsum(sets.deaths)))[:-1]
        share = (np.arange(len(of_term)) - before[of_term]) / sets.deaths[of_term]
    denominators = s0[of_term] - share * d0[of_term]
    with np.errstate(divide="ignore", invalid="ignore"):
        per_term = 1 / denominators
        value = float((predictor[sets.event_rows] - shift).sum() - np.log(denominators).sum())
    return Likelihood(
        sets,
        x,
        weight,
        shift,
        s0,
        d0,
        sets.at_risk(weighted),
        sets.over_events(weighted),
        share,
        per_term,
        of_term,
        value,
    )


def _outer(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[:, :, None] * other[:, None, :])
