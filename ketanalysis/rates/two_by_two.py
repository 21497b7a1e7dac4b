"""The 2 x 2 table of two groups and an outcome, and the value that a comparison gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ketanalysis.errors import ArgumentError

ON_THE_LOG = "wald on the log"


@dataclass(frozen=True)
class Estimate:
    """One comparison of two groups: its estimate, interval and test, each by name.

    Attributes
    ----------
    estimate, low, high
        The estimate and the ends of its interval; NaN where the data give none, ``inf``
        where an end is unbounded.
    p_value
        Two-sided, unrounded; NaN where there is nothing to test.
    method, test
        Names of the interval and of the test; they need not be two sides of one method.
    note
        Why something is not estimable, or an empty text.
    statistic, df
        The statistic of the test and its degrees of freedom; NaN where an exact test has none.
    """

    estimate: float
    low: float
    high: float
    p_value: float
    method: str
    test: str
    note: str = ""
    statistic: float = math.nan
    df: float = math.nan


class Table(NamedTuple):
    """Subjects with the outcome, and all subjects, of group 1 and of group 0, as floats."""

    x1: float
    n1: float
    x0: float
    n0: float

    @property
    def p1(self) -> float:
        """Rate of group 1."""
        return self.x1 / self.n1

    @property
    def p0(self) -> float:
        """Rate of group 0."""
        return self.x0 / self.n0

    @property
    def total(self) -> float:
        """Subjects of both groups."""
        return self.n1 + self.n0

    @property
    def unbiased(self) -> float:
        """N / (N - 1), by which Miettinen and Nurminen multiply the variance."""
        return self.total / (self.total - 1)

    @property
    def standard_error(self) -> float:
        """Wald's standard error of the risk difference."""
        p1, p0 = self.p1, self.p0
        return math.sqrt(p1 * (1 - p1) / self.n1 + p0 * (1 - p0) / self.n0)

    @property
    def swapped(self) -> Table:
        """The same table with the groups exchanged."""
        return Table(self.x0, self.n0, self.x1, self.n1)

    @property
    def cells(self) -> dict[str, float]:
        """The four cells by what they hold."""
        return {
            "with the outcome in group 1": self.x1,
            "without the outcome in group 1": self.n1 - self.x1,
            "with the outcome in group 0": self.x0,
            "without the outcome in group 0": self.n0 - self.x0,
        }

    @property
    def has_subjects(self) -> bool:
        """Whether both groups have subjects."""
        return self.n1 > 0 and self.n0 > 0

    @property
    def obstacle(self) -> str:
        """Why there is nothing to test, or an empty text."""
        if not self.has_subjects:
            empty = [group for group, n in (("1", self.n1), ("0", self.n0)) if n == 0]
            return f"No subjects in group {' and group '.join(empty)}."
        if self.x1 + self.x0 == 0:
            return "No variation: no subject has the outcome, so there is nothing to test."
        if self.x1 + self.x0 == self.total:
            return "No variation: every subject has the outcome, so there is nothing to test."
        return ""


def as_table(x1: float, n1: float, x0: float, n0: float) -> Table:
    """Return the table of four counts, or raise `ArgumentError` naming the bad group."""
    # numpy and polars counts may be 32-bit and unsigned: from here on all are float64.
    table = Table(float(x1), float(n1), float(x0), float(n0))
    for group, x, n in ((1, table.x1, table.n1), (0, table.x0, table.n0)):
        if not (0 <= x <= n and x.is_integer() and n.is_integer()):
            raise ArgumentError(
                f"x{group} must be whole subjects between 0 and n{group}, not {x:g} of {n:g}."
            )
    return table


def two_sided(z: float) -> float:
    """Return the two-sided p value of a standard normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2))


def quotient(above: float, below: float) -> float:
    """Return above / below; infinity over 0, NaN for 0 over 0."""
    if below:
        return above / below
    return math.inf if above else math.nan


def on_the_log(ratio: float, variance: float, z: float, method: str, note: str = "") -> Estimate:
    """Return a ratio with the interval and the test that are normal on its logarithm."""
    standard_error, log_ratio = math.sqrt(variance), math.log(ratio)
    low, high = math.exp(log_ratio - z * standard_error), math.exp(log_ratio + z * standard_error)
    if not standard_error:
        return Estimate(ratio, low, high, math.nan, method, ON_THE_LOG, note)
    statistic = log_ratio / standard_error
    return Estimate(
        ratio, low, high, two_sided(statistic), method, ON_THE_LOG, note, statistic**2, 1.0
    )


def empty_cells(table: Table, among: str = "") -> str:
    """Return why an interval is not estimable: which cells are empty."""
    return f"The interval is not estimable: {_which(table, among)}."


def open_end(table: Table, low: float, high: float) -> str:
    """Return that an interval of an odds ratio has no upper end, or starts at 0, and why."""
    if low > 0 and high < math.inf:
        return ""
    end = "has no upper end" if high == math.inf else "starts at 0"
    return f"The interval {end}: {_which(table)}."


def _which(table: Table, among: str = "") -> str:
    empty = [cell for cell, count in table.cells.items() if count == 0 and cell.startswith(among)]
    return f"no subject {' and none '.join(empty)}"
