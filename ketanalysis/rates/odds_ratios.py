"""The odds ratio of one table by the name of its interval: Woolf, score, conditional exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ketanalysis.errors import check_conf_level, check_one_of
from ketanalysis.rates.cells import normal_quantile
from ketanalysis.rates.fisher import CENTRAL_MID_P, FISHER, conditional_mid_p, fisher_exact
from ketanalysis.rates.score_interval import score_odds
from ketanalysis.rates.table_tests import PEARSON, SCORE, tested
from ketanalysis.rates.two_by_two import (
    ON_THE_LOG,
    Estimate,
    Table,
    as_table,
    empty_cells,
    on_the_log,
    open_end,
    quotient,
)

NAN = math.nan


def odds_ratio(
    x1: float,
    n1: float,
    x0: float,
    n0: float,
    method: str = "wald",
    conf_level: float = 0.95,
) -> Estimate:
    """Return the odds of group 1 over the odds of group 0, with interval and test.

    Not a risk ratio: with common outcomes it is much further from 1. For small groups and
    empty cells name one of the methods that is not ``wald``.

    Parameters
    ----------
    x1, n1, x0, n0, conf_level
        As for `ketanalysis.rates.two_proportions.risk_difference`.
    method
        ``wald`` (Woolf's, normal on the logarithm, and Wald's test), ``cornfield`` (score
        interval without correction, and Pearson's test), ``miettinen-nurminen`` (the same
        with the factor N / (N - 1)), ``conditional-exact`` (conditional maximum likelihood,
        exact interval, Fisher's test: R's fisher.test) or ``conditional-mid-p``.

    Returns
    -------
    Estimate
        The sample odds ratio, 0 to infinity; for the conditional methods the conditional
        maximum likelihood estimate, a little nearer to 1. With an empty cell it is 0,
        ``inf`` or NaN: ``wald`` then has neither interval nor p value (NaN), the others have
        an interval that starts at 0 or has no upper end; ``note`` names the cell. Nothing is
        added to empty cells.

    Raises
    ------
    ArgumentError
        A count is not a whole number from 0 to its ``n``, ``method`` is unknown, or
        ``conf_level`` is not between 0 and 1.

    Notes
    -----
    Woolf (1955), Ann Hum Genet 19:251-253; Cornfield (1956), Proc Third Berkeley Symp
    4:135-148; Miettinen and Nurminen (1985), Stat Med 4:213-226.
    Checked against: tests/oracle/two_proportions.csv (R 4.2.2, stats::glm binomial with logit
    link; score limits by fitting the restricted model with an offset and stats::uniroot),
    tests/oracle/fisher.csv for the conditional methods, interval and p, relative 1e-9.

    Examples
    --------
    >>> abbar = odds_ratio(46, 73, 25, 79)
    >>> f"{abbar.estimate:.2f} ({abbar.low:.2f} to {abbar.high:.2f})"
    '3.68 (1.88 to 7.20)'
    >>> none = odds_ratio(10, 25, 0, 25, "conditional-exact")
    >>> f"{none.estimate} ({none.low:.2f} to {none.high})"
    'inf (3.07 to inf)'
    """
    check_one_of("method", method, tuple(ODDS_RATIOS))
    check_conf_level(conf_level)
    table = as_table(x1, n1, x0, n0)
    of, test = ODDS_RATIOS[method]
    if not table.has_subjects:
        return Estimate(NAN, NAN, NAN, NAN, method, test, table.obstacle)
    return of(table, conf_level)


def _sample(table: Table) -> float:
    x1, without1, x0, without0 = table.cells.values()
    return quotient(x1 * without0, without1 * x0)


def _wald(table: Table, conf_level: float) -> Estimate:
    if min(table.cells.values()) == 0:
        note = table.obstacle or empty_cells(table)
        return Estimate(_sample(table), NAN, NAN, NAN, "wald", ON_THE_LOG, note)
    variance = sum(1 / count for count in table.cells.values())
    return on_the_log(_sample(table), variance, normal_quantile(conf_level), "wald")


def _cornfield(table: Table, conf_level: float) -> Estimate:
    return _score(table, conf_level, "cornfield", "pearson", 1.0)


def _miettinen_nurminen(table: Table, conf_level: float) -> Estimate:
    name = "miettinen-nurminen"
    return _score(table, conf_level, name, name, table.unbiased)


def _score(table: Table, conf_level: float, method: str, test: str, factor: float) -> Estimate:
    low, high = score_odds(table, normal_quantile(conf_level), factor)
    found = tested(table, test)
    note = found.note or open_end(table, low, high)
    ends = (_sample(table), low, high)
    return Estimate(*ends, found.p_value, method, found.test, note, found.statistic, found.df)


def _conditional(
    of: Callable[[float, float, float, float, float], Estimate], method: str
) -> Callable[[Table, float], Estimate]:
    """Return an exact estimate under the name of its method, saying which end is open."""

    def named(table: Table, conf_level: float) -> Estimate:
        found = of(*table, conf_level)
        note = found.note or open_end(table, found.low, found.high)
        p_value = NAN if found.note else found.p_value
        return Estimate(found.estimate, found.low, found.high, p_value, method, found.test, note)

    return named


ODDS_RATIOS: Mapping[str, tuple[Callable[[Table, float], Estimate], str]] = MappingProxyType(
    {
        "wald": (_wald, ON_THE_LOG),
        "cornfield": (_cornfield, PEARSON),
        "miettinen-nurminen": (_miettinen_nurminen, SCORE),
        "conditional-exact": (_conditional(fisher_exact, "conditional-exact"), FISHER),
        "conditional-mid-p": (
            _conditional(conditional_mid_p, "conditional-mid-p"),
            CENTRAL_MID_P,
        ),
    }
)
