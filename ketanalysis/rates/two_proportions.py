"""Comparing the rates of two groups: risk difference, risk ratio and odds ratio of one table.

Every function takes the four numbers of a 2 x 2 table: ``x1`` of ``n1`` subjects of group 1
have the outcome, and ``x0`` of ``n0`` of group 0, the reference. The odds ratio, the tests and
the number needed to treat are at hand here too; they live in `odds_ratios`, `table_tests`,
`fisher` and `number_needed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ketanalysis.errors import check_conf_level, check_one_of
from ketanalysis.rates.fisher import fisher_exact
from ketanalysis.rates.number_needed import NumberNeeded, number_needed
from ketanalysis.rates.odds_ratios import ODDS_RATIOS, odds_ratio
from ketanalysis.rates.proportions import normal_quantile, wilson
from ketanalysis.rates.score_interval import score_difference, score_ratio
from ketanalysis.rates.table_tests import SCORE, TESTS, pearson_chi_square, tested
from ketanalysis.rates.two_by_two import (
    ON_THE_LOG,
    Estimate,
    Table,
    as_table,
    empty_cells,
    on_the_log,
    quotient,
)

__all__ = [
    "ODDS_RATIOS",
    "RISK_DIFFERENCES",
    "RISK_RATIOS",
    "TESTS",
    "Estimate",
    "NumberNeeded",
    "fisher_exact",
    "number_needed",
    "odds_ratio",
    "pearson_chi_square",
    "risk_difference",
    "risk_ratio",
]

NAN = math.nan
NO_WIDTH = "Wald's interval has no width: in each group all subjects, or none, have the outcome."
NO_UPPER_END = "The interval has no upper end: no subject with the outcome in group 0."


def risk_difference(
    x1: float,
    n1: float,
    x0: float,
    n0: float,
    method: str = "miettinen-nurminen",
    conf_level: float = 0.95,
    test: str | None = None,
) -> Estimate:
    """Return the rate of group 1 minus the rate of group 0, with interval and test.

    Not for stratified or paired data, nor for a rate that baseline covariates adjust.

    Parameters
    ----------
    x1, n1, x0, n0
        Subjects with the outcome, and all subjects, of group 1 and of group 0 (reference).
        A missing count (NaN) is refused.
    method
        ``miettinen-nurminen`` (score interval with the factor N / (N - 1), and its own score
        test), ``mee`` (the same without the factor), ``newcombe`` (hybrid score, his method
        10) or ``wald``. Mee and Newcombe go with Pearson's chi-square test, Wald with Wald's.
    conf_level
        Confidence level, 0 to 1.
    test
        Another test by name (see `ketanalysis.rates.table_tests.table_test`), such as
        ``fisher`` or ``boschloo``; interval and p value are then not two sides of one method.

    Returns
    -------
    Estimate
        A difference of proportions, -1 to 1 (Wald's ends can lie outside). A group without
        subjects gives NaN; a table without variation gives an interval and no p value; both
        say so in ``note``.

    Raises
    ------
    ArgumentError
        A count is not a whole number from 0 to its ``n``, ``method`` is unknown, or
        ``conf_level`` is not between 0 and 1.

    Notes
    -----
    Miettinen and Nurminen (1985), Stat Med 4:213-226; Mee (1984), Biometrics
    40:1175-1176; Newcombe (1998), Stat Med 17:873-890, method 10.
    Checked against: tests/oracle/two_proportions.csv (R 4.2.2, restricted likelihood
    maximised numerically; stats::prop.test), interval and p, relative 1e-9.

    Examples
    --------
    >>> rd = risk_difference(108, 195, 70, 170)
    >>> f"{rd.estimate:.3f} ({rd.low:.3f} to {rd.high:.3f}), p = {rd.p_value:.4f}"
    '0.142 (0.039 to 0.242), p = 0.0068'
    """
    check_one_of("method", method, tuple(RISK_DIFFERENCES))
    check_conf_level(conf_level)
    table = as_table(x1, n1, x0, n0)
    interval, own_test = RISK_DIFFERENCES[method]
    name = own_test if test is None else test
    check_one_of("test", name, tuple(TESTS))
    found = tested(table, name)
    if not table.has_subjects:
        return Estimate(NAN, NAN, NAN, NAN, method, found.test, table.obstacle)

    low, high = interval(table, conf_level)
    note = found.note or ("" if low < high else NO_WIDTH)
    ends = (table.p1 - table.p0, low, high)
    return Estimate(*ends, found.p_value, method, found.test, note, found.statistic, found.df)


def risk_ratio(
    x1: float,
    n1: float,
    x0: float,
    n0: float,
    method: str = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> Estimate:
    """Return the rate of group 1 over the rate of group 0, with interval and test.

    Say beside it what the rates are: a ratio of 2 can be 2 % against 1 %.

    Parameters
    ----------
    x1, n1, x0, n0, conf_level
        As for `risk_difference`.
    method
        ``miettinen-nurminen`` (score interval and test, also with empty cells) or ``katz``
        (normal on the logarithm, Wald's test; needs the outcome in both groups).

    Returns
    -------
    Estimate
        A ratio, 0 to infinity; ``inf`` where group 0 is without the outcome, NaN where both
        are. Katz's interval is then NaN, with the reason in ``note``; nothing is added to
        empty cells.

    Raises
    ------
    ArgumentError
        As for `risk_difference`.

    Notes
    -----
    Miettinen and Nurminen (1985), Stat Med 4:213-226; Katz et al. (1978), Biometrics
    34:469-474.
    Checked against: tests/oracle/two_proportions.csv (R 4.2.2, restricted likelihood
    maximised numerically; stats::glm binomial with log link), interval and p, relative 1e-9.

    Examples
    --------
    >>> rr = risk_ratio(108, 195, 70, 170, "katz")
    >>> f"{rr.estimate:.2f} ({rr.low:.2f} to {rr.high:.2f})"
    '1.35 (1.08 to 1.68)'
    """
    check_one_of("method", method, tuple(RISK_RATIOS))
    table, z = as_table(x1, n1, x0, n0), normal_quantile(conf_level)
    test = RISK_RATIOS[method]
    if not table.has_subjects:
        return Estimate(NAN, NAN, NAN, NAN, method, test, table.obstacle)

    ratio = quotient(table.p1, table.p0)
    if method == "miettinen-nurminen":
        low, high = score_ratio(table, z, table.unbiased)
        found = tested(table, "miettinen-nurminen")
        ends = (ratio, low, high)
        note = found.note or (NO_UPPER_END if ratio == math.inf else "")
        return Estimate(*ends, found.p_value, method, test, note, found.statistic, found.df)
    if table.x1 == 0 or table.x0 == 0:
        note = table.obstacle or empty_cells(table, "with the outcome")
        return Estimate(ratio, NAN, NAN, NAN, method, test, note)
    variance = (1 - table.p1) / table.x1 + (1 - table.p0) / table.x0
    return on_the_log(ratio, variance, z, method, table.obstacle)


def _miettinen_nurminen(table: Table, conf_level: float) -> tuple[float, float]:
    return score_difference(table, normal_quantile(conf_level), table.unbiased)


def _mee(table: Table, conf_level: float) -> tuple[float, float]:
    return score_difference(table, normal_quantile(conf_level), 1.0)


def _newcombe(table: Table, conf_level: float) -> tuple[float, float]:
    """Return Newcombe's method 10: the distances of Wilson's ends, added in quadrature."""
    p1, p0 = table.p1, table.p0
    low, high = wilson([table.x1, table.x0], [table.n1, table.n0], conf_level)
    below = math.hypot(p1 - low[0], high[1] - p0)
    above = math.hypot(high[0] - p1, p0 - low[1])
    return p1 - p0 - below, p1 - p0 + above


def _wald(table: Table, conf_level: float) -> tuple[float, float]:
    difference = table.p1 - table.p0
    half = normal_quantile(conf_level) * table.standard_error
    return difference - half, difference + half


RISK_DIFFERENCES: Mapping[str, tuple[Callable[[Table, float], tuple[float, float]], str]] = (
    MappingProxyType(
        {
            "miettinen-nurminen": (_miettinen_nurminen, "miettinen-nurminen"),
            "mee": (_mee, "pearson"),
            "newcombe": (_newcombe, "pearson"),
            "wald": (_wald, "wald"),
        }
    )
)
RISK_RATIOS: Mapping[str, str] = MappingProxyType({"miettinen-nurminen": SCORE, "katz": ON_THE_LOG})
