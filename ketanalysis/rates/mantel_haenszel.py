"""Mantel and Haenszel: one difference, ratio or odds ratio for all strata, and its test."""

from __future__ import annotations

import math

import numpy as np

from ketanalysis.rates.cells import normal_quantile
from ketanalysis.rates.fixed_margins import conditional_on_margins
from ketanalysis.rates.strata import NOTHING_SHARED, Strata
from ketanalysis.rates.table_tests import Tested
from ketanalysis.rates.two_by_two import ON_THE_LOG, Estimate, on_the_log, quotient, two_sided

NAN = math.nan
CMH = "cochran-mantel-haenszel"
CMH_CORRECTED = "cochran-mantel-haenszel with continuity correction"
CMH_EXACT = "cochran-mantel-haenszel exact"
CMH_MID_P = "cochran-mantel-haenszel exact, mid-p"
NO_WIDTH = (
    "The interval has no width: in each group of each stratum all subjects, or none, have the "
    "outcome."
)
NO_EXACT_SUM = "The interval is not estimable: no stratum has both {}."


def cmh_test(strata: Strata, *, is_corrected: bool = False) -> Tested:
    """Return the Cochran-Mantel-Haenszel test that the groups do not differ in any stratum.

    For an effect of one direction: effects that cancel over strata are not seen. Strata in
    which all subjects, or none, have the outcome say nothing and change nothing.

    Parameters
    ----------
    strata
        The tables of the strata.
    is_corrected
        With the continuity correction of half a subject (R's default; SAS has none).

    Returns
    -------
    Tested
        Chi-square with 1 df; NaN, with the reason, where no stratum varies.

    Notes
    -----
    Mantel and Haenszel (1959), J Natl Cancer Inst 22:719-748. As R, the correction is left
    out where the sum is nearer than half a subject to what is expected.
    Checked against: tests/oracle/strata.csv (R 4.2.2, stats::mantelhaen.test), relative 1e-9.

    Examples
    --------
    >>> from ketanalysis.rates.strata import as_strata
    >>> found = cmh_test(as_strata([8, 5], [20, 15], [3, 2], [21, 14]))
    >>> f"{found.statistic:.2f}, p = {found.p_value:.3f}"
    '4.69, p = 0.030'
    """
    label = CMH_CORRECTED if is_corrected else CMH
    if strata.obstacle:
        return Tested(NAN, label, note=strata.obstacle)
    n, m = strata.total, strata.with_outcome
    gap = abs(float((strata.x1 - strata.n1 * m / n).sum()))
    varies = strata.varies
    spread = strata.n1 * strata.n0 * m * (n - m) / (n**2 * np.where(varies, n - 1, 1))
    correction = 0.5 if is_corrected and gap >= 0.5 else 0.0
    statistic = (gap - correction) ** 2 / float(spread[varies].sum())
    return Tested(two_sided(math.sqrt(statistic)), label, statistic, 1.0)


def cmh_exact(strata: Strata, *, is_mid_p: bool = False) -> Tested:
    """Return the exact Cochran-Mantel-Haenszel test: Fisher's, summed over strata.

    The sum of the probabilities, given the margins of every stratum, of all totals in group 1
    that are no more probable than the one seen; with `is_mid_p` that one counts half.

    Notes
    -----
    Mehta, Patel and Gray (1985), J Am Stat Assoc 80:969-973.
    Checked against: tests/oracle/strata.csv (R 4.2.2, stats::mantelhaen.test with exact =
    TRUE), relative 1e-9.
    """
    label = CMH_MID_P if is_mid_p else CMH_EXACT
    if strata.obstacle:
        return Tested(NAN, label, note=strata.obstacle)
    given, seen = conditional_on_margins(strata.tables), float(strata.x1.sum())
    return Tested(given.mid_p(seen) if is_mid_p else given.p_value(seen), label)


def common_odds_ratio(strata: Strata, conf_level: float = 0.95) -> Estimate:
    """Return Mantel and Haenszel's common odds ratio with the interval of Robins and others.

    Not where the strata differ in their odds ratios: see `breslow_day` beside it.

    Returns
    -------
    Estimate
        Interval and Wald's test on the logarithm. 0 or ``inf`` without an interval where no
        stratum speaks against it, NaN where none says anything; ``note`` names it.

    Notes
    -----
    Robins, Breslow and Greenland (1986), Biometrics 42:311-323.
    Checked against: tests/oracle/strata.csv (R 4.2.2, stats::mantelhaen.test), relative 1e-9.
    """
    method = "mantel-haenszel, robins-breslow-greenland"
    if strata.size == 0:
        return Estimate(NAN, NAN, NAN, NAN, method, ON_THE_LOG, NOTHING_SHARED)
    n = strata.total
    without1, without0 = strata.n1 - strata.x1, strata.n0 - strata.x0
    r, s = strata.x1 * without0 / n, without1 * strata.x0 / n
    p, q = (strata.x1 + without0) / n, (without1 + strata.x0) / n
    sum_r, sum_s = float(r.sum()), float(s.sum())
    ratio = quotient(sum_r, sum_s)
    if not (sum_r and sum_s):
        missing = "subjects with the outcome in group 1 and without it in group 0"
        if sum_r:
            missing = "subjects without the outcome in group 1 and with it in group 0"
        note = strata.obstacle or NO_EXACT_SUM.format(missing)
        return Estimate(ratio, NAN, NAN, NAN, method, ON_THE_LOG, note)
    variance = (
        float((p * r).sum()) / sum_r**2
        + float((p * s + q * r).sum()) / (sum_r * sum_s)
        + float((q * s).sum()) / sum_s**2
    ) / 2
    return on_the_log(ratio, variance, normal_quantile(conf_level), method)


def common_conditional_odds_ratio(
    strata: Strata, conf_level: float = 0.95, *, is_mid_p: bool = False
) -> Estimate:
    """Return the conditional common odds ratio with its exact, or mid-p, interval.

    For sparse strata and empty cells. Solved fully; R's mantelhaen.test stops at about 1e-4.

    Returns
    -------
    Estimate
        The conditional maximum likelihood estimate; the test is the exact test of the total
        given all margins (with `is_mid_p` twice the smaller tail, the test of the interval).

    Notes
    -----
    Mehta, Patel and Gray (1985), J Am Stat Assoc 80:969-973.
    Checked against: tests/oracle/strata.csv (R 4.2.2, stats::mantelhaen.test with exact =
    TRUE, to its 1.3e-4; the same equations solved with stats::uniroot, relative 1e-9).
    """
    method = "conditional-mid-p" if is_mid_p else "conditional-exact"
    test = f"{CMH_MID_P}, twice the smaller tail" if is_mid_p else CMH_EXACT
    if strata.obstacle:
        return Estimate(NAN, NAN, NAN, NAN, method, test, strata.obstacle)
    given, seen = conditional_on_margins(strata.tables), float(strata.x1.sum())
    low, high = given.interval(seen, (1 - conf_level) / 2, is_mid_p)
    p_value = given.central_mid_p(seen) if is_mid_p else given.p_value(seen)
    note = ""
    if seen in (given.k[0], given.k[-1]):
        end = "starts at 0" if seen == given.k[0] else "has no upper end"
        note = f"The interval {end}: the total in group 1 is at the end of what its margins allow."
    return Estimate(given.estimate(seen), low, high, p_value, method, test, note)


def common_difference(
    strata: Strata, conf_level: float = 0.95, *, variance: str = "sato"
) -> Estimate:
    """Return Mantel and Haenszel's risk difference with a normal interval and Wald's test.

    For few large and for many sparse strata with Sato's variance, which SAS gives; with
    Greenland and Robins' for large strata only.

    Parameters
    ----------
    strata
        The tables of the strata.
    conf_level
        Confidence level, 0 to 1.
    variance
        ``sato`` or ``greenland-robins``.

    Returns
    -------
    Estimate
        A difference of proportions; the ends can lie outside -1 to 1. NaN, or an interval
        without width, say why in ``note``.

    Notes
    -----
    Greenland and Robins (1985), Biometrics 41:55-68; Sato (1989), Biometrics 45:1323-1324.
    Checked against: tests/oracle/strata.csv (R 4.2.2, metafor::rma.mh for Sato's, base R for
    Greenland and Robins'), relative 1e-9.
    """
    method = f"mantel-haenszel, {variance}"
    if strata.size == 0:
        return Estimate(NAN, NAN, NAN, NAN, method, "wald", NOTHING_SHARED)
    z, weights = normal_quantile(conf_level), strata.cmh
    rates = strata.x1 / strata.n1 - strata.x0 / strata.n0
    difference = float((weights * rates).sum() / weights.sum())
    spread = _sato(strata, difference) if variance == "sato" else _greenland_robins(strata)
    error = math.sqrt(max(spread, 0.0)) / float(weights.sum())
    ends = (difference, difference - z * error, difference + z * error)
    if error == 0:
        return Estimate(*ends, NAN, method, "wald", strata.obstacle or NO_WIDTH)
    if strata.obstacle:
        return Estimate(*ends, NAN, method, "wald", strata.obstacle)
    statistic = difference / error
    return Estimate(*ends, two_sided(statistic), method, "wald", "", statistic**2, 1.0)


def _sato(strata: Strata, difference: float) -> float:
    x1, n1, x0, n0, n = strata.x1, strata.n1, strata.x0, strata.n0, strata.total
    p = (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / n**2
    q = (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n)
    return float(difference * p.sum() + q.sum())


def _greenland_robins(strata: Strata) -> float:
    x1, n1, x0, n0 = strata.x1, strata.n1, strata.x0, strata.n0
    return float((strata.cmh**2 * (x1 * (n1 - x1) / n1**3 + x0 * (n0 - x0) / n0**3)).sum())


def common_risk_ratio(strata: Strata, conf_level: float = 0.95) -> Estimate:
    """Return Mantel and Haenszel's risk ratio with the interval of Greenland and Robins.

    Returns
    -------
    Estimate
        Interval and Wald's test on the logarithm; 0, ``inf`` or NaN without an interval where
        a group is without the outcome in all strata.

    Notes
    -----
    Greenland and Robins (1985), Biometrics 41:55-68.
    Checked against: tests/oracle/strata.csv (R 4.2.2, metafor::rma.mh), relative 1e-9.
    """
    method = "mantel-haenszel, greenland-robins"
    if strata.size == 0:
        return Estimate(NAN, NAN, NAN, NAN, method, ON_THE_LOG, NOTHING_SHARED)
    n, m = strata.total, strata.with_outcome
    above, below = (
        float((strata.x1 * strata.n0 / n).sum()),
        float((strata.x0 * strata.n1 / n).sum()),
    )
    ratio = quotient(above, below)
    if not (above and below):
        group = "0" if above else "1"
        note = f"The interval is not estimable: no subject with the outcome in group {group}."
        none = strata.obstacle if not (above or below) else note
        return Estimate(ratio, NAN, NAN, NAN, method, ON_THE_LOG, none)
    spread = (strata.n1 * strata.n0 * m - strata.x1 * strata.x0 * n) / n**2
    variance = float(spread.sum()) / (above * below)
    z = normal_quantile(conf_level)
    return on_the_log(ratio, max(variance, 0.0), z, method, strata.obstacle)
