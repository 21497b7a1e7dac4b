"""Covariances of the coefficients that stay right when the covariance structure is not.

With L_i a root of subject i's covariance, H_i = L_i^-1 X_i Phi X_i' L_i^-T its leverage and e_i
its residuals, the empirical covariance is

    Phi [ sum_i X_i' L_i^-T A_i L_i^-1 e_i e_i' L_i^-T A_i L_i^-1 X_i ] Phi              (7)

with A_i the identity (empirical, Liang and Zeger 1986, Biometrika 73:13), (I - H_i)^-1 (jackknife,
Mancl and DeRouen 2001, Biometrics 57:126) or (I - H_i)^-1/2 (bias reduced, Bell and McCaffrey
2002, Survey Methodology 28:169, whose page 173 has the degrees of freedom).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ketanalysis.mmrm.covariance import Floats
from ketanalysis.mmrm.likelihood import Model, Point
from ketanalysis.mmrm.patterns import Subjects

KINDS = {
    "empirical": "empirical (sandwich)",
    "empirical-jackknife": "empirical, jackknife (Mancl-DeRouen)",
    "empirical-bias-reduced": "empirical, bias reduced (Bell-McCaffrey)",
}


@dataclass(frozen=True, eq=False)
class Sandwich:
    """An empirical covariance.

    Attributes
    ----------
    covariance
        Equation (7), shape (p, p).
    own
        Sums u_i'u_i of each subject for its degrees of freedom: A_i L_i^-1 X_i crossed with
        itself, shape (n, p, p).
    across
        X_i' L_i^-T A_i L_i^-1 X_i, shape (n, p, p).
    phi
        The model's covariance, shape (p, p).
    """

    covariance: Floats
    own: Floats
    across: Floats
    phi: Floats

    def degrees_of_freedom(self, contrast: Floats) -> float:
        """Return Bell and McCaffrey's degrees of freedom of one contrast, shape (p,).

        The ratio of the squared trace to the sum of squares of G, whose cell for subjects i and
        j is u_i'(I - H)_ij u_j with u_i = A_i L_i^-1 X_i Phi l.
        """
        onto = self.phi @ contrast
        own = np.einsum("p,npr,r->n", onto, self.own, onto)
        moved = self.across @ onto  # (n, p)
        lever = np.einsum("np,pr,nr->n", moved, self.phi, moved)
        cross = self.phi @ (moved.T @ moved)
        trace = float((own - lever).sum())
        square = float((own**2 - 2 * own * lever).sum() + np.einsum("pr,rp->", cross, cross))
        return trace**2 / square


def sandwich(model: Model, point: Point, subjects: Subjects, kind: str) -> Sandwich:
    """Return the empirical covariance of one kind."""
    p = model.patterns.t.shape[2]
    meat = np.zeros((p, p))
    own, across = [], []
    for x, residuals, root in _by_pattern(model, point, subjects):
        whitened = root @ x  # L^-1 X, (n, visits, p)
        adjusted = _adjusted(whitened, point.phi, kind)
        score = np.einsum("nap,na->np", adjusted, residuals @ root.T)
        meat += score.T @ score
        own.append(adjusted.transpose(0, 2, 1) @ adjusted)
        across.append(whitened.transpose(0, 2, 1) @ adjusted)
    return Sandwich(
        point.phi @ meat @ point.phi, np.concatenate(own), np.concatenate(across), point.phi
    )


def _by_pattern(
    model: Model, point: Point, subjects: Subjects
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield design (n, visits, p), residuals (n, visits) and L^-1 of each pattern."""
    data = model.patterns
    ends = np.cumsum(data.n).astype(int)
    for i, end in enumerate(ends):
        seen = data.mask[i]
        rows = slice(end - int(data.n[i]), end)
        x = np.einsum("nk,akp->nap", subjects.z[rows], data.t[seen], optimize=True)
        residuals = subjects.y[rows][:, seen] - x @ point.beta
        inverse = point.inverse[i][np.ix_(seen, seen)]
        yield x, residuals, np.linalg.cholesky(inverse).T


def _adjusted(whitened: Floats, phi: Floats, kind: str) -> Floats:
    """Return A_i L_i^-1 X_i, shape (n, visits, p)."""
    if kind == "empirical":
        return whitened
    left = np.eye(whitened.shape[1]) - whitened @ phi @ whitened.transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(left)
    power = -1.0 if kind == "empirical-jackknife" else -0.5
    sound = values > 1e-10  # a subject that alone determines a coefficient has leverage 1
    scaled = np.where(sound, np.where(sound, values, 1.0) ** power, 0.0)
    return np.asarray((vectors * scaled[:, None, :]) @ vectors.transpose(0, 2, 1) @ whitened)
