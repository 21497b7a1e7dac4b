"""Comparing the rates of two groups: risk difference, risk ratio and odds ratio of one table.

Every function takes the four numbers of a 2 x 2 table: ``x1`` of ``n1`` subjects of group 1
have the outcome, and ``x0`` of ``n0`` of group 0, the reference. Fisher's exact test and the
number needed to treat are at hand here too; they live in `fisher` and `number_needed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ketanalysis.errors import check_conf_level, check_one_of
from ketanalysis.rates.fisher import fisher_exact
from ketanalysis.rates.number_needed import NumberNeeded, number_needed
from ketanalysis.rates.proportions import normal_quantile, wilson
from ketanalysis.rates.score_interval import score_difference, score_ratio
from ketanalysis.rates.two_by_two import Estimate, Table, as_table

__all__ = [
    "RISK_DIFFERENCES",
    "RISK_RATIOS",
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


def risk_difference(
    x1: float,
    n1: float,
    x0: float,
    n0: float,
    method: str = "miettinen-nurminen",
    conf_level: float = 0.95,
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
    interval, test = RISK_DIFFERENCES[method]
    if not table.has_subjects:
        return Estimate(NAN, NAN, NAN, NAN, method, test, table.obstacle)

    low, high = interval(table, conf_level)
    p_value = NAN if table.obstacle else TESTS[test](table)
    note = table.obstacle or ("" if low < high else NO_WIDTH)
    return Estimate(table.p1 - table.p0, low, high, p_value, method, test, note)


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

    ratio = _quotient(table.p1, table.p0)
    if method == "miettinen-nurminen":
        low, high = score_ratio(table, z, _unbiased(table))
        p_value = NAN if table.obstacle else TESTS[test](table)
        return Estimate(ratio, low, high, p_value, method, test, table.obstacle)
    if table.x1 == 0 or table.x0 == 0:
        note = table.obstacle or _empty_cells(table, "with the outcome")
        return Estimate(ratio, NAN, NAN, NAN, method, test, note)
    variance = (1 - table.p1) / table.x1 + (1 - table.p0) / table.x0
    return _on_the_log(ratio, variance, z, method, table.obstacle)


def odds_ratio(x1: float, n1: float, x0: float, n0: float, conf_level: float = 0.95) -> Estimate:
    """Return the odds of group 1 over the odds of group 0, with Wald's interval and test.

    Not a risk ratio: with common outcomes it is much further from 1. For small groups and
    empty cells use `ketanalysis.rates.fisher.fisher_exact`.

    Parameters
    ----------
    x1, n1, x0, n0, conf_level
        As for `risk_difference`.

    Returns
    -------
    Estimate
        The sample odds ratio, 0 to infinity, normal on the logarithm. With an empty cell it
        is 0, ``inf`` or NaN and has neither interval nor p value (NaN); ``note`` names the
        cell. Nothing is added to empty cells.

    Raises
    ------
    ArgumentError
        As for `risk_difference`.

    Notes
    -----
    Woolf (1955), Ann Hum Genet 19:251-253.
    Checked against: tests/oracle/two_proportions.csv (R 4.2.2, stats::glm binomial with logit
    link), interval and p, relative 1e-9.

    Examples
    --------
    >>> abbar = odds_ratio(46, 73, 25, 79)
    >>> f"{abbar.estimate:.2f} ({abbar.low:.2f} to {abbar.high:.2f})"
    '3.68 (1.88 to 7.20)'
    """
    table, z = as_table(x1, n1, x0, n0), normal_quantile(conf_level)
    x1, without1, x0, without0 = table.cells.values()

    ratio = _quotient(x1 * without0, without1 * x0)
    if min(x1, without1, x0, without0) == 0:
        note = table.obstacle or _empty_cells(table)
        return Estimate(ratio, NAN, NAN, NAN, "wald", ON_THE_LOG, note)
    return _on_the_log(ratio, 1 / x1 + 1 / without1 + 1 / x0 + 1 / without0, z, "wald")


def pearson_chi_square(x1: float, n1: float, x0: float, n0: float) -> tuple[float, float]:
    """Return Pearson's chi-square of a 2 x 2 table, 1 df, uncorrected, and its p value.

    Not for small expected counts (`ketanalysis.rates.fisher.fisher_exact`).

    Parameters
    ----------
    x1, n1, x0, n0
        As for `risk_difference`.

    Returns
    -------
    tuple of float
        Statistic and two-sided p value; both NaN where a margin of the table is 0.

    Raises
    ------
    ArgumentError
        As for `risk_difference`.

    Notes
    -----
    Checked against: tests/oracle/two_proportions.csv (R 4.2.2, stats::prop.test without
    continuity correction), relative 1e-9.

    Examples
    --------
    >>> statistic, p = pearson_chi_square(108, 195, 70, 170)
    >>> f"{statistic:.3f}, p = {p:.4f}"
    '7.338, p = 0.0068'
    """
    table = as_table(x1, n1, x0, n0)
    if table.obstacle:
        return NAN, NAN
    return _chi_square(table), _pearson_p(table)


def _miettinen_nurminen(table: Table, conf_level: float) -> tuple[float, float]:
    return score_difference(table, normal_quantile(conf_level), _unbiased(table))


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
    half = normal_quantile(conf_level) * _standard_error(table)
    return difference - half, difference + half


def _standard_error(table: Table) -> float:
    p1, p0 = table.p1, table.p0
    return math.sqrt(p1 * (1 - p1) / table.n1 + p0 * (1 - p0) / table.n0)


def _unbiased(table: Table) -> float:
    """Return N / (N - 1), by which Miettinen and Nurminen multiply the variance."""
    return table.total / (table.total - 1)


def _chi_square(table: Table) -> float:
    x1, without1, x0, without0 = table.cells.values()
    margins = table.n1 * table.n0 * (x1 + x0) * (without1 + without0)
    return table.total * (x1 * without0 - x0 * without1) ** 2 / margins


def _pearson_p(table: Table) -> float:
    return _two_sided(math.sqrt(_chi_square(table)))


def _miettinen_nurminen_p(table: Table) -> float:
    return _two_sided(math.sqrt(_chi_square(table) / _unbiased(table)))


def _wald_p(table: Table) -> float:
    standard_error = _standard_error(table)
    return _two_sided((table.p1 - table.p0) / standard_error) if standard_error else NAN


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _quotient(above: float, below: float) -> float:
    """Return above / below; infinity over 0, NaN for 0 over 0."""
    if below:
        return above / below
    return math.inf if above else NAN


def _on_the_log(ratio: float, variance: float, z: float, method: str, note: str = "") -> Estimate:
    """Return a ratio with the interval and the test that are normal on its logarithm."""
    standard_error, log_ratio = math.sqrt(variance), math.log(ratio)
    low, high = math.exp(log_ratio - z * standard_error), math.exp(log_ratio + z * standard_error)
    p_value = _two_sided(log_ratio / standard_error) if standard_error else NAN
    return Estimate(ratio, low, high, p_value, method, ON_THE_LOG, note)


def _empty_cells(table: Table, among: str = "") -> str:
    empty = [cell for cell, count in table.cells.items() if count == 0 and cell.startswith(among)]
    return f"The interval is not estimable: no subject {' and none '.join(empty)}."


ON_THE_LOG = "wald on the log"
RISK_DIFFERENCES: Mapping[str, tuple[Callable[[Table, float], tuple[float, float]], str]] = (
    MappingProxyType(
        {
            "miettinen-nurminen": (_miettinen_nurminen, "miettinen-nurminen score"),
            "mee": (_mee, "pearson chi-square"),
            "newcombe": (_newcombe, "pearson chi-square"),
            "wald": (_wald, "wald"),
        }
    )
)
RISK_RATIOS: Mapping[str, str] = MappingProxyType(
    {"miettinen-nurminen": "miettinen-nurminen score", "katz": ON_THE_LOG}
)
TESTS: Mapping[str, Callable[[Table], float]] = MappingProxyType(
    {
        "miettinen-nurminen score": _miettinen_nurminen_p,
        "pearson chi-square": _pearson_p,
        "wald": _wald_p,
    }
)
