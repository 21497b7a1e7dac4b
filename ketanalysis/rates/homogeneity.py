"""Do the strata share one odds ratio? Breslow and Day's test with Tarone's correction."""

from __future__ import annotations

import math

import numpy as np

from ketanalysis.rates.mantel_haenszel import common_odds_ratio
from ketanalysis.rates.score_interval import bisect
from ketanalysis.rates.strata import Strata
from ketanalysis.rates.table_tests import Tested
from ketanalysis.rates.two_by_two import Table

BRESLOW_DAY = "breslow-day"
TARONE = "breslow-day-tarone"
ONE_STRATUM = "Not estimable: fewer than two strata in which the outcome varies."
NO_COMMON = "Not estimable: the Mantel-Haenszel odds ratio is 0 or has no upper end."


def breslow_day(strata: Strata, *, with_tarone: bool = True) -> Tested:
    """Return the test that all strata have the same odds ratio.

    To be read beside a common odds ratio, not to choose an analysis by: with few subjects a
    stratum it seldom sees that strata differ, and is approximate.

    Parameters
    ----------
    strata
        The tables of the strata.
    with_tarone
        With Tarone's correction for taking Mantel and Haenszel's odds ratio, which is not the
        most efficient estimate; it is the default as it costs nothing.

    Returns
    -------
    Tested
        Chi-square with one df less than the strata in which the outcome varies; NaN, with the
        reason, where these are fewer than two or the common odds ratio is 0 or infinite.

    Notes
    -----
    Breslow and Day (1980), Statistical Methods in Cancer Research I, IARC, page 142;
    Tarone (1985), Biometrika 72:91-95.
    Checked against: tests/oracle/strata.csv (R 4.2.2, from the equations in base R with
    stats::uniroot; metafor::rma.mh for Tarone's), statistic and p, relative 1e-9.

    Examples
    --------
    >>> from ketanalysis.rates.strata import as_strata
    >>> found = breslow_day(as_strata([8, 5], [20, 15], [3, 6], [21, 14]))
    >>> f"{found.statistic:.2f}, {found.df:g} df, p = {found.p_value:.3f}"
    '2.77, 1 df, p = 0.096'
    """
    label = TARONE if with_tarone else BRESLOW_DAY
    tables = [t for t, varies in zip(strata.tables, strata.varies, strict=True) if varies]
    if len(tables) < 2:
        return Tested(math.nan, label, note=ONE_STRATUM)
    odds_ratio = common_odds_ratio(strata).estimate
    if not 0 < odds_ratio < math.inf:
        return Tested(math.nan, label, note=NO_COMMON)

    fitted = np.array([_fitted(table, odds_ratio) for table in tables])
    seen = np.array([table.x1 for table in tables])
    variance = 1 / (1 / fitted[:, 0] + 1 / fitted[:, 1] + 1 / fitted[:, 2] + 1 / fitted[:, 3])
    gap = seen - fitted[:, 0]
    statistic = float((gap**2 / variance).sum())
    if with_tarone:
        statistic -= float(gap.sum()) ** 2 / float(variance.sum())
    df = len(tables) - 1
    return Tested(_chi_square_tail(statistic, df), label, statistic, float(df))


def _fitted(table: Table, odds_ratio: float) -> tuple[float, float, float, float]:
    """Return the four cells that keep the margins and have this odds ratio."""
    with_outcome = table.x1 + table.x0
    least, most = max(0.0, with_outcome - table.n0), min(table.n1, with_outcome)

    def cells(a: float) -> tuple[float, float, float, float]:
        return a, table.n1 - a, with_outcome - a, table.n0 - with_outcome + a

    def is_below(a: float) -> bool:
        first, without, other, rest = cells(a)
        return first * rest < odds_ratio * without * other

    return cells(bisect(is_below, least, most))


def _chi_square_tail(statistic: float, df: int) -> float:
    from scipy.special import gammaincc

    return float(gammaincc(df / 2, max(statistic, 0.0) / 2))
