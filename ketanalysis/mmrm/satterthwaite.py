"""Satterthwaite's degrees of freedom: how well the standard error itself is known.

For a contrast l with variance v = l'Phi l, g its gradient by the covariance parameters
(g_i = l'Phi F_i Phi l) and w their covariance, df = 2 v^2 / (g'w g), equation (4) of
docs/mixed-model.md.
Sources: Satterthwaite (1946) Biometrics Bulletin 2:110; Giesbrecht and Burns (1985) Biometrics
41:477; for several rows Fai and Cornelius (1996) J Stat Comput Simul 54:363, by the
eigenvectors of the contrasts' covariance, as R's lmerTest and mmrm.
"""

from __future__ import annotations

import numpy as np

from ketanalysis.mmrm.covariance import Floats


def single(contrasts: Floats, phi: Floats, by_theta: Floats, w: Floats) -> Floats:
    """Return the degrees of freedom of each contrast by itself, shape (l, p) to (l,)."""
    onto = contrasts @ phi
    variance = (onto * contrasts).sum(axis=1)
    gradient = ((onto @ by_theta) * onto).sum(axis=2)  # (q, l)
    spread = (gradient * (w @ gradient)).sum(axis=0)
    known = spread > 0
    return np.where(known, 2 * variance**2 / np.where(known, spread, 1.0), np.inf)


def pooled(dfs: Floats) -> float:
    """Return one denominator df from those of independent parts, shape (l,)."""
    if np.ptp(dfs) < 1e-8:
        return float(dfs.mean())
    if (dfs <= 2).any():
        return 2.0
    expected = float((dfs / (dfs - 2)).sum())
    return 2 * expected / (expected - len(dfs))


def independent_parts(contrast: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return independent contrasts and their variances, for contrasts (l, p) of any rank."""
    values, vectors = np.linalg.eigh(contrast @ covariance @ contrast.T)
    keep = values > max(np.sqrt(np.finfo(float).eps) * values[-1], 0)
    return (vectors.T @ contrast)[keep], values[keep]
