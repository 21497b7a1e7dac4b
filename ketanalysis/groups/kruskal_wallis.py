"""Several groups by ranks: the Kruskal-Wallis test, its effect sizes, Dunn's pairs.

Numbers in, numbers out: `groups` is a sequence of arrays, shape ``(n_i,)`` each; NaN is missing
and left out, and only the order of the scores counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.groups.analysis_of_variance import TOO_FEW_SUBJECTS, Omnibus, samples_of
from ketanalysis.groups.dominance import ALL_EQUAL
from ketanalysis.groups.mann_whitney import average_ranks
from ketanalysis.groups.two_samples import EffectSize, Floats

NO_RANK_INTERVAL = "no interval: none but the bootstrap's is in use for it"


def kruskal_wallis(groups: Sequence[ArrayLike]) -> Omnibus:
    """Compare several groups by ranks: does any tend to lie higher than the others?

    For skewed scores, or scores with many zeros. It is not a test of means or medians: with
    unequal spread it may reject although the medians agree.

    Parameters
    ----------
    groups
        Two or more arrays of scores, shape ``(n_i,)``; NaN is missing and left out.

    Returns
    -------
    Omnibus
        H, corrected for ties, with the chi-square approximation.

    Raises
    ------
    ContractError
        When a value is infinite.

    Notes
    -----
    Kruskal and Wallis (1952), J Am Stat Assoc 47: 583-621.
    Checked against: tests/oracle/several_groups.csv (R 4.2.2, stats::kruskal.test), relative
    1e-10.

    Examples
    --------
    >>> round(kruskal_wallis([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).statistic, 4)
    5.4006
    """
    from scipy import special

    samples = samples_of(groups)
    reason = _why_not(samples)
    if reason:
        return Omnibus(reason=reason)

    df = len(samples) - 1
    h = _h(samples)
    return Omnibus(
        statistic=h, df_num=df, p_value=float(special.chdtrc(df, h)), method="chi-square of H"
    )


def rank_epsilon_squared(groups: Sequence[ArrayLike], conf_level: float = 0.95) -> EffectSize:
    """What share of the variation of the ranks lies between the groups?

    Notes
    -----
    ``H / (n - 1)``: Kelley's epsilon of the ranks, King and Minium (2008), p. 406; without
    interval, which no formula gives.
    Checked against: tests/oracle/several_groups.csv (R 4.2.2, effectsize::rank_epsilon_squared),
    relative 1e-10.

    Examples
    --------
    >>> round(rank_epsilon_squared([[1, 2, 3], [2, 4, 6], [5, 7, 9]]).estimate, 3)
    0.675
    """
    samples = samples_of(groups)
    reason = _why_not(samples)
    if reason:
        return EffectSize(reason=reason)
    n = sum(sample.size for sample in samples)
    return EffectSize(estimate=_h(samples) / (n - 1), reason=NO_RANK_INTERVAL)


def dunn_spread(samples: Sequence[Floats]) -> tuple[Floats, float]:
    """Return the mean rank of each group, shape ``(k,)``, and the variance of one rank."""
    ranks = average_ranks(np.concatenate(list(samples)))
    ends = np.cumsum([sample.size for sample in samples])[:-1]
    n = ranks.size
    ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    variance = n * (n + 1) / 12 - float((ties**3 - ties).sum()) / (12 * (n - 1))
    return np.array([part.mean() for part in np.split(ranks, ends)]), variance


def _h(samples: Sequence[Floats]) -> float:
    mean_rank, variance = dunn_spread(samples)
    size = np.array([sample.size for sample in samples])
    centre = (size.sum() + 1) / 2
    return float((size * (mean_rank - centre) ** 2).sum()) / variance


def _why_not(samples: Sequence[Floats]) -> str | None:
    if min(sample.size for sample in samples) < 2:
        return TOO_FEW_SUBJECTS
    return ALL_EQUAL if np.ptp(np.concatenate(list(samples))) == 0 else None
