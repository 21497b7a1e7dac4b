"""The imputation model: one multivariate normal for the visits, with a mean for each subject."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import EstimationError
from ketanalysis.mmrm.covariance import STRUCTURES, Floats
from ketanalysis.mmrm.likelihood import Model
from ketanalysis.mmrm.newton import maximise
from ketanalysis.mmrm.patterns import Records, summed

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ImputationData:
    """What is imputed.

    Attributes
    ----------
    scores
        Scores that the model is fitted to, shape (n, m); NaN where missing or set aside.
    z
        Covariates of each subject, shape (n, k): a constant, the arms but the first, baseline
        and more; each has an effect of its own at each visit.
    z_reference
        The same as if the subject were in the reference arm.
    arm
        Arm of each subject, shape (n,).
    first
        First visit after the subject's event, shape (n,); m where there is none.
    by_arm
        Whether each arm has a covariance of its own.
    """

    scores: Floats
    z: Floats
    z_reference: Floats
    arm: Indices
    first: Indices
    by_arm: bool = False

    @property
    def n(self) -> int:
        """Subjects."""
        return len(self.scores)

    @property
    def m(self) -> int:
        """Visits."""
        return int(self.scores.shape[1])

    def taken(self, who: Indices) -> ImputationData:
        """Return some subjects, as often as they are named."""
        return replace(
            self,
            scores=self.scores[who],
            z=self.z[who],
            z_reference=self.z_reference[who],
            arm=self.arm[who],
            first=self.first[who],
        )


@dataclass(frozen=True, eq=False)
class Parameters:
    """Coefficients by visit, shape (m, k), and the covariance of each arm, shape (arms, m, m)."""

    coefficients: Floats
    sigma: Floats


def fit_parameters(data: ImputationData, start: Parameters | None = None) -> Parameters:
    """Return the restricted maximum likelihood estimates of the imputation model.

    Raises
    ------
    EstimationError
        Where a coefficient cannot be estimated (an arm without a score at a visit), or the
        likelihood has no maximum.
    """
    m, k = data.m, data.z.shape[1]
    t = np.zeros((m, k, m * k))
    for visit in range(m):
        t[visit, :, visit * k : (visit + 1) * k] = np.eye(k)
    group = data.arm if data.by_arm else np.zeros(data.n, dtype=np.int64)
    seen = ~np.isnan(data.scores).all(axis=1)
    records = Records(data.scores[seen], data.z[seen], t, group[seen])
    patterns, _ = summed(records, by_visit_scale=True)
    if len(patterns.kept) < m * k:
        raise EstimationError(
            "The imputation model cannot be estimated: at some visit an arm or a covariate has no "
            "scores to learn from. Leave out the visit or the covariate."
        )
    model = Model(patterns, STRUCTURES["us"], is_restricted=True)
    found = maximise(model, None if start is None else start.sigma)
    scale = np.outer(patterns.scale, patterns.scale)
    sigma = np.stack([shape.sigma[0] * scale for shape in found.point.shapes])
    return Parameters((found.point.beta + patterns.shift).reshape(m, k), sigma)
