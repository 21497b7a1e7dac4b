"""Fisher's exact test, and the conditional odds ratio with its exact and mid-p interval."""

from __future__ import annotations

import math

from ketanalysis.errors import check_conf_level
from ketanalysis.rates.fixed_margins import conditional_on_margins
from ketanalysis.rates.two_by_two import Estimate, as_table

FISHER, MID_P = "fisher exact", "fisher exact, mid-p"
CENTRAL_MID_P = "fisher exact, mid-p, twice the smaller tail"


def fisher_exact(x1: float, n1: float, x0: float, n0: float, conf_level: float = 0.95) -> Estimate:
    """Return the conditional odds ratio of a 2 x 2 table and Fisher's exact test.

    For small groups and empty cells. The odds ratio is the conditional maximum likelihood
    estimate (R's), a little nearer to 1 than the sample odds ratio. The interval is made of
    two one-sided exact tests and the p value of the tables no more probable than this one, so
    that near the level the two can disagree.

    Parameters
    ----------
    x1, n1, x0, n0
        Subjects with the outcome, and all subjects, of group 1 and of group 0 (reference).
        A missing count is refused.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    Estimate
        An odds ratio, 0 to infinity; 0 or ``inf`` at the boundary of the table. Where a
        margin is 0 the estimate is NaN (R says 0), the interval 0 to ``inf`` and p 1, with
        the reason in ``note``; a group without subjects gives NaN throughout.

    Raises
    ------
    ArgumentError
        A count is not a whole number from 0 to its ``n``, or ``conf_level`` is not between
        0 and 1.

    Notes
    -----
    Fisher (1935), J R Stat Soc 98:39-82; Cornfield (1956), Proc Third Berkeley Symp 4:135-148.
    R stops its own search for the estimate and the ends when the odds ratio, or its inverse,
    is known to 1.2e-4; above 100 that is 1 % and more (here R prints 621.93).
    Checked against: tests/oracle/fisher.csv (R 4.2.2, stats::fisher.test: p relative 1e-9,
    estimate and ends to R's 1.3e-4; the same equations solved with stats::uniroot to the last
    digit: relative 1e-9).

    Examples
    --------
    >>> tea = fisher_exact(3, 4, 1, 4)
    >>> f"{tea.estimate:.2f} ({tea.low:.2f} to {tea.high:.2f}), p = {tea.p_value:.4f}"
    '6.41 (0.21 to 626.24), p = 0.4857'
    """
    check_conf_level(conf_level)
    table = as_table(x1, n1, x0, n0)
    method = "conditional exact"
    if not table.has_subjects:
        nan = math.nan
        return Estimate(nan, nan, nan, nan, method, FISHER, table.obstacle)

    given = conditional_on_margins([table])
    low, high = given.interval(table.x1, (1 - conf_level) / 2)
    estimate, p_value = given.estimate(table.x1), given.p_value(table.x1)
    return Estimate(estimate, low, high, p_value, method, FISHER, table.obstacle)


def conditional_mid_p(
    x1: float, n1: float, x0: float, n0: float, conf_level: float = 0.95
) -> Estimate:
    """Return the conditional odds ratio with its mid-p interval and mid-p test.

    As `fisher_exact`, less cautious: the observed table counts half in each tail. Coverage
    is close to the level on average and can fall a little below it. Interval and p value are
    two sides of one test.

    Parameters
    ----------
    x1, n1, x0, n0, conf_level
        As for `fisher_exact`.

    Returns
    -------
    Estimate
        As `fisher_exact`; its p value is twice the smaller tail, at most 1.

    Raises
    ------
    ArgumentError
        As for `fisher_exact`.

    Notes
    -----
    Lancaster (1961), J Am Stat Assoc 56:223-234; Hirji, Tan and Elashoff (1991), Stat Med
    10:1137-1153.
    Checked against: tests/oracle/fisher.csv (R 4.2.2, the equations with stats::dhyper solved
    with stats::uniroot, relative 1e-9; epitools::ormidp.test, p relative 1e-9).

    Examples
    --------
    >>> tea = conditional_mid_p(3, 4, 1, 4)
    >>> f"{tea.estimate:.2f} ({tea.low:.2f} to {tea.high:.2f}), p = {tea.p_value:.4f}"
    '6.41 (0.31 to 308.56), p = 0.2571'
    """
    check_conf_level(conf_level)
    table = as_table(x1, n1, x0, n0)
    method = "conditional mid-p"
    if not table.has_subjects:
        nan = math.nan
        return Estimate(nan, nan, nan, nan, method, CENTRAL_MID_P, table.obstacle)

    given = conditional_on_margins([table])
    low, high = given.interval(table.x1, (1 - conf_level) / 2, is_mid_p=True)
    estimate, p_value = given.estimate(table.x1), given.central_mid_p(table.x1)
    return Estimate(estimate, low, high, p_value, method, CENTRAL_MID_P, table.obstacle)
