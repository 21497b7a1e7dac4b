"""A score at infusions 1 to k in two groups: the mixed model, by infusion, on average, in slope.

Each group has its own mean at each infusion and the scores of a subject go together as the
covariance says; nothing is assumed of the shape of the course. Numbers in, numbers out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.groups.linear_model import basis_of
from ketanalysis.groups.two_samples import Floats
from ketanalysis.mmrm.covariance import STRUCTURES
from ketanalysis.mmrm.inference import Test, inference
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.newton import maximise
from ketanalysis.mmrm.patterns import Records, summed
from ketanalysis.mmrm.result import check_size

DF = "kenward-roger-linear"
GROUPS = ("responder", "non-responder")
ONE_GROUP = "no subject with a score in one of the groups"
ONE_INFUSION = "only one infusion has scores"


def fit_infusions(
    scores: Floats,
    is_group: NDArray[np.bool_],
    covariates: Floats | None = None,
    structure: str = "us",
    df: str = DF,
) -> Mapping[str, Test]:
    """Return the contrasts of a mixed model of scores over infusions.

    Parameters
    ----------
    scores
        Shape ``(n, k)``: subjects by infusions 1 to k, NaN where there is no score; a subject
        without any is left out.
    is_group
        Shape ``(n,)``: True for a responder.
    covariates
        Shape ``(n, q)``, constant within a subject, without missing values; the means stand at
        their averages.
    structure
        Covariance of the infusions, by R mmrm's name.
    df
        Degrees of freedom, as in `fit_mmrm`; Kenward and Roger's method changes the standard
        errors too where scores are missing.

    Returns
    -------
    mapping of Test
        ``difference 1`` ... ``difference k`` (responder minus non-responder), ``mean`` of the
        differences with equal weights, ``slope responder``, ``slope non-responder`` (points an
        infusion, the straight line through the means) and ``slopes`` (their difference); and the
        means, ``responder 1``, ``non-responder 1``, ...

    Raises
    ------
    EstimationError
        A group or infusion without scores, no variation, or no convergence.

    Notes
    -----
    Restricted likelihood, Kenward-Roger (linear) degrees of freedom; scores missing at random.
    Without missing scores and with an unstructured covariance every test is the pooled t test of
    that combination of each subject's scores.
    Checked against: tests/oracle/over_infusions.csv (R 4.2.2, stats::t.test of scores, means and
    slopes of complete data, relative 1e-6; nlme::gls with corSymm and varIdent of incomplete, to
    2e-5 standard errors), and `fit_mmrm`, which was checked against SAS and R mmrm.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = fit_infusions(rng.normal(30, 8, (12, 3)), np.arange(12) < 6)
    >>> round(found["mean"].df, 6)
    10.0
    """
    y, group, held = _ordered(scores, is_group, covariates)
    n, k = y.shape
    if k < 2:
        raise EstimationError(f"Not estimable: {ONE_INFUSION}.")
    if not (group.any() and not group.all()):
        raise EstimationError(f"Not estimable: {ONE_GROUP}.")
    q = held.shape[1]
    z = np.column_stack([np.ones(n), group.astype(np.float64), held])
    t = np.zeros((k, 2 + q, 2 * k + q))
    place = np.arange(k)
    t[place, 0, place] = t[place, 1, k + place] = 1
    for j in range(q):
        t[:, 2 + j, 2 * k + j] = 1
    known_by = STRUCTURES[structure]
    patterns, subjects = summed(
        Records(y=y, z=z, t=t, group=np.zeros(n, dtype=np.int64)),
        by_visit_scale=known_by.heterogeneous or known_by.name == "us",
    )
    check_size(patterns, [f"infusion {i + 1}" for i in range(k)])
    model = Model(patterns, known_by, True)
    found = maximise(model)
    known = inference(model, found, subjects, df=df, vcov="model")
    asked = _contrasts(k, q)
    return dict(zip(asked, known.single(np.stack([*asked.values()])), strict=True))


def _ordered(
    scores: Floats, is_group: NDArray[np.bool_], covariates: Floats | None
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Return those with a score in the order of their scores, covariates centred."""
    held = np.empty((len(scores), 0)) if covariates is None else covariates
    there = ~np.isnan(scores).all(axis=1)
    y, group, held = scores[there], is_group[there], held[there]
    order = np.lexsort((*held.T, group, *np.nan_to_num(y, nan=np.inf).T[::-1]))
    y, group, held = y[order], group[order], held[order]
    if held.shape[1]:
        _, dependent = basis_of(held)
        held = np.delete(held - held.mean(axis=0), dependent, axis=1)
    return y, group, held


def _contrasts(k: int, q: int) -> dict[str, Floats]:
    """Return the contrasts of the coefficients: k means of the reference, k differences, q."""
    means, differences = np.eye(k, 2 * k + q), np.eye(k, 2 * k + q, k)
    line = np.arange(k) - (k - 1) / 2
    line = line / (line @ line)
    found = {f"difference {i + 1}": differences[i] for i in range(k)}
    found |= {
        "mean": differences.mean(axis=0),
        "slope responder": line @ (means + differences),
        "slope non-responder": line @ means,
        "slopes": line @ differences,
    }
    for i in range(k):
        found |= {
            f"responder {i + 1}": means[i] + differences[i],
            f"non-responder {i + 1}": means[i],
        }
    return found
