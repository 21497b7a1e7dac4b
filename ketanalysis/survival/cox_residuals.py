"""Residuals of Cox's model: scores of rows, the robust covariance, and the test of proportions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ketanalysis.errors import check_one_of
from ketanalysis.survival.cox_likelihood import Likelihood
from ketanalysis.survival.kaplan_meier import kaplan_meier
from ketanalysis.survival.risk_sets import Bools, Counts, Floats

TRANSFORMS = ("km", "rank", "identity", "log")


class Proportionality(NamedTuple):
    """A score test of a term that changes with time: chi-square, degrees of freedom, p."""

    statistic: float
    df: int
    p_value: float


def score_residuals(found: Likelihood) -> Floats:
    """Return what each row adds to the score, (n, p), as R's ``residuals(type = "score")``.

    Notes
    -----
    Source: Therneau and Grambsch, Modeling Survival Data (2000), section 4.6, with Efron's
    ties.

    Checked against: tests/oracle/cox.csv (R 4.2.2, survival::coxph's robust standard
    errors), relative 1e-9.
    """
    sets = found.sets
    two, three = (found.over_terms(power, 2)[:, None] for power in (1, 2))
    mean_hazard = sets.accumulated(found.mean_hazard)
    mean_hazard[sets.event_rows] -= (found.s1 * two - found.d1 * three)[sets.at]
    scores = found.weight[:, None] * mean_hazard - found.x * found.row_hazard[:, None]
    means = found.mean_steps / sets.deaths[:, None]
    scores[sets.event_rows] += found.x[sets.event_rows] - means[sets.at]
    return scores


def summed_by(cluster: Counts | None, rows: Floats) -> Floats:
    """Return sums of rows (n, p) by cluster 0 to k - 1, (k, p); the rows where there is none."""
    if cluster is None:
        return rows
    return np.stack([np.bincount(cluster, column) for column in rows.T], axis=1)


def robust_covariance(found: Likelihood, covariance: Floats, cluster: Counts | None) -> Floats:
    """Return the sandwich covariance (p, p) of the coefficients (Lin and Wei 1989)."""
    influence = summed_by(cluster, score_residuals(found) @ covariance)
    return np.asarray(influence.T @ influence)


def robust_score_test(at_start: Likelihood, cluster: Counts | None) -> float:
    """Return the robust score statistic from the likelihood without the columns."""
    scores = summed_by(cluster, score_residuals(at_start))
    total = scores.sum(axis=0)
    return float(total @ np.linalg.solve(scores.T @ scores, total))


def transformed_times(
    name: str, found: Likelihood, time: Floats, event: Bools, entry: Floats | None
) -> Floats:
    """Return the times of the events (m,) on a scale: as R's ``cox.zph(transform = )``.

    "km" is 1 less the Kaplan-Meier curve of all rows just before, "rank" the rank among
    all times, "identity" the time, "log" its logarithm.
    """
    check_one_of("transform", name, TRANSFORMS)
    at = found.sets.time
    if name == "identity":
        return at
    if name == "log":
        return np.asarray(np.log(at))
    if name == "rank":
        ends = np.sort(time)
        low = np.searchsorted(ends, at, side="left")
        return np.asarray((low + np.searchsorted(ends, at, side="right") + 1) / 2)
    curve = kaplan_meier(time, event, entry)
    before = np.concatenate(([1.0], curve.survival))
    return np.asarray(1 - before[np.searchsorted(curve.time, at, side="left")])


def proportionality(
    found: Likelihood, scale: Floats, columns: Counts | None = None
) -> Proportionality:
    """Test whether coefficients change in proportion to a scale of time.

    Parameters
    ----------
    found
        The likelihood at the fitted coefficients.
    scale
        (m,) the event times on the scale.
    columns
        The columns of a term, or None for all.

    Notes
    -----
    The score test of the products of the columns and the scale, added to the model, as
    ``cox.zph`` of R survival 3 and later (before, it was an approximation that took the
    information as constant, and lifelines still does).

    Source: Grambsch and Therneau 1994, Biometrika 81:515.
    """
    from scipy.special import chdtrc

    chosen = np.arange(found.x.shape[1]) if columns is None else columns
    g = scale - float((scale * found.sets.deaths).sum() / found.sets.deaths.sum())
    excess = found.sets.over_events(found.x) - found.mean_steps
    score = g @ excess
    inner = found.information
    cross = np.tensordot(g, found.variances, axes=1)
    outer = np.tensordot(g**2, found.variances, axes=1)
    left = outer - cross @ np.linalg.solve(inner, cross)
    # With the other products held at 0 the information of the chosen ones is conditional on
    # the coefficients alone.
    mine = left[np.ix_(chosen, chosen)]
    statistic = float(score[chosen] @ np.linalg.solve(mine, score[chosen]))
    return Proportionality(statistic, len(chosen), float(chdtrc(len(chosen), statistic)))
