"""Friedman's test: three or more scores of the same subjects, by ranks within each subject."""

from __future__ import annotations

import numpy as np

from ketanalysis.groups.analysis_of_variance import Omnibus
from ketanalysis.groups.mann_whitney import average_ranks
from ketanalysis.groups.paired_differences import TOO_FEW_PAIRS
from ketanalysis.groups.two_samples import EffectSize, Floats

ALL_TIED = "not estimable: no subject's scores differ between the occasions"
TOO_FEW_COMPLETE = TOO_FEW_PAIRS.replace("pairs", "subjects with all scores")
NO_W_INTERVAL = "no interval: none but the bootstrap's is in use for it"


def friedman(scores: Floats) -> Omnibus:
    """Compare several occasions of the same subjects by ranks (Friedman's test).

    For skewed scores. It uses only subjects with a score at every occasion; where visits are
    missing, a mixed model for repeated measures uses them all.

    Parameters
    ----------
    scores
        Shape ``(n, k)``: a row a subject, a column an occasion, no missing values.

    Returns
    -------
    Omnibus
        Friedman's chi-square, corrected for ties, with ``k - 1`` degrees of freedom.

    Notes
    -----
    Friedman (1937), J Am Stat Assoc 32: 675-701.
    Checked against: tests/oracle/paired.csv (R 4.2.2, stats::friedman.test), relative 1e-10.

    Examples
    --------
    >>> import numpy as np
    >>> round(friedman(np.array([[3.0, 2, 1], [5, 4, 4], [9, 3, 2]])).statistic, 4)
    5.6364
    """
    from scipy import special

    k = scores.shape[1]
    reason, q = _q(scores)
    if reason:
        return Omnibus(reason=reason)
    return Omnibus(
        statistic=q,
        df_num=k - 1,
        p_value=float(special.chdtrc(k - 1, q)),
        method="chi-square of Q",
    )


def kendalls_w(scores: Floats) -> EffectSize:
    """How far do the subjects agree in the order of the occasions, 0 to 1?

    Notes
    -----
    Kendall and Babington Smith (1939), Ann Math Stat 10: 275-287, corrected for ties: Friedman's
    statistic over ``n (k - 1)``; without interval.
    Checked against: tests/oracle/paired.csv (R 4.2.2, effectsize::kendalls_w), relative 1e-10.

    Examples
    --------
    >>> import numpy as np
    >>> round(kendalls_w(np.array([[3.0, 2, 1], [5, 4, 4], [9, 3, 2]])).estimate, 4)
    0.9394
    """
    n, k = scores.shape
    reason, q = _q(scores)
    if reason:
        return EffectSize(reason=reason)
    return EffectSize(estimate=q / (n * (k - 1)), reason=NO_W_INTERVAL)


def _q(scores: Floats) -> tuple[str | None, float]:
    n, k = scores.shape
    if n < 2:
        return TOO_FEW_COMPLETE, float("nan")
    ranks = np.array([average_ranks(row) for row in scores])
    ties = sum(
        float((size.astype(np.float64) ** 3 - size).sum())
        for size in (np.unique(row, return_counts=True)[1] for row in ranks)
    )
    scale = n * k * (k + 1) - ties / (k - 1)
    if scale <= 0:
        return ALL_TIED, float("nan")
    return None, 12 * float(((ranks.sum(axis=0) - n * (k + 1) / 2) ** 2).sum()) / scale
