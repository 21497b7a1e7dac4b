"""Tests of no difference between two rates, by name: what goes with a risk difference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ketanalysis.errors import check_one_of
from ketanalysis.rates.fisher import FISHER, MID_P
from ketanalysis.rates.fixed_margins import conditional_on_margins
from ketanalysis.rates.two_by_two import Estimate, Table, as_table, two_sided
from ketanalysis.rates.unconditional import TOO_LARGE, barnard, boschloo, is_too_large


class Tested(NamedTuple):
    """A test of one table: two-sided p value, name, statistic and degrees of freedom.

    NaN where there is none (exact tests have no statistic); ``note`` says why there is no p.
    """

    p_value: float
    test: str
    statistic: float = math.nan
    df: float = math.nan
    note: str = ""

    def as_estimate(self) -> Estimate:
        """Return the test as a comparison without estimate, interval and method."""
        nan = math.nan
        test = (self.p_value, "", self.test, self.note, self.statistic, self.df)
        return Estimate(nan, nan, nan, *test)


def table_test(x1: float, n1: float, x0: float, n0: float, test: str = "pearson") -> Tested:
    """Return a test of no difference between the rates of two groups.

    Not for paired data, nor over strata (`ketanalysis.rates.mantel_haenszel`).

    Parameters
    ----------
    x1, n1, x0, n0
        Subjects with the outcome, and all subjects, of group 1 and of group 0 (reference).
    test
        ``miettinen-nurminen`` (score test with the factor N / (N - 1)), ``pearson``
        (chi-square), ``pearson-corrected`` (with Yates' continuity correction, as R's
        prop.test), ``wald``, ``fisher`` (sum of the tables no more probable, as R),
        ``fisher-mid-p`` (the same with the observed table counted half), ``boschloo`` or
        ``barnard`` (unconditional, see `ketanalysis.rates.unconditional`).

    Returns
    -------
    Tested
        Chi-square statistics have 1 df; exact tests have none. Without variation, or in a
        table without subjects in a group, p is NaN and ``note`` says so (R's exact tests
        say 1).

    Raises
    ------
    ArgumentError
        A count is not a whole number from 0 to its ``n``, or ``test`` is unknown.

    Notes
    -----
    Checked against: tests/oracle/two_proportions.csv and tests/oracle/fisher.csv (R 4.2.2,
    stats::prop.test, stats::fisher.test), relative 1e-9; tests/oracle/unconditional.csv,
    relative 1e-8.

    Examples
    --------
    >>> for name in ("pearson", "fisher", "boschloo"):
    ...     print(f"{name}: p = {table_test(12, 16, 5, 15, name).p_value:.4f}")
    pearson: p = 0.0198
    fisher: p = 0.0320
    boschloo: p = 0.0301
    """
    check_one_of("test", test, tuple(TESTS))
    table = as_table(x1, n1, x0, n0)
    return tested(table, test)


def tested(table: Table, test: str) -> Tested:
    """Return a test of a table by name, as `table_test`, without checking the name."""
    label, of = TESTS[test]
    if table.obstacle:
        return Tested(math.nan, label, note=table.obstacle)
    return of(table)


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
        return math.nan, math.nan
    return _chi_square(table), two_sided(math.sqrt(_chi_square(table)))


def _chi_squared(label: str, statistic: float) -> Tested:
    return Tested(two_sided(math.sqrt(statistic)), label, statistic, 1.0)


def _chi_square(table: Table) -> float:
    x1, without1, x0, without0 = table.cells.values()
    margins = table.n1 * table.n0 * (x1 + x0) * (without1 + without0)
    return table.total * (x1 * without0 - x0 * without1) ** 2 / margins


def _miettinen_nurminen(table: Table) -> Tested:
    return _chi_squared(SCORE, _chi_square(table) / table.unbiased)


def _pearson(table: Table) -> Tested:
    return _chi_squared(PEARSON, _chi_square(table))


def _pearson_corrected(table: Table) -> Tested:
    """Return Yates' test: half a subject nearer to what is expected, at most all the way."""
    x1, without1, x0, without0 = table.cells.values()
    gap = abs(x1 * without0 - x0 * without1)
    kept = gap - min(table.total / 2, gap)
    share = (kept / gap) ** 2 if gap else 0.0
    return _chi_squared(CORRECTED, share * _chi_square(table))


def _wald(table: Table) -> Tested:
    if not table.standard_error:
        return Tested(math.nan, WALD)
    return _chi_squared(WALD, ((table.p1 - table.p0) / table.standard_error) ** 2)


def _fisher(table: Table) -> Tested:
    return Tested(conditional_on_margins([table]).p_value(table.x1), FISHER)


def _fisher_mid_p(table: Table) -> Tested:
    return Tested(conditional_on_margins([table]).mid_p(table.x1), MID_P)


def _boschloo(table: Table) -> Tested:
    if is_too_large(table):
        return Tested(math.nan, BOSCHLOO, note=TOO_LARGE)
    return Tested(boschloo(*table), BOSCHLOO)


def _barnard(table: Table) -> Tested:
    if is_too_large(table):
        return Tested(math.nan, BARNARD, note=TOO_LARGE)
    return Tested(barnard(*table), BARNARD)


SCORE = "miettinen-nurminen score"
PEARSON = "pearson chi-square"
CORRECTED = "pearson chi-square with continuity correction"
WALD = "wald"
BOSCHLOO = "boschloo exact, unconditional"
BARNARD = "barnard exact, unconditional, score statistic"
TESTS: Mapping[str, tuple[str, Callable[[Table], Tested]]] = MappingProxyType(
    {
        "miettinen-nurminen": (SCORE, _miettinen_nurminen),
        "pearson": (PEARSON, _pearson),
        "pearson-corrected": (CORRECTED, _pearson_corrected),
        "wald": (WALD, _wald),
        "fisher": (FISHER, _fisher),
        "fisher-mid-p": (MID_P, _fisher_mid_p),
        "boschloo": (BOSCHLOO, _boschloo),
        "barnard": (BARNARD, _barnard),
    }
)
