"""The number needed to treat, with an interval that stays true when it passes infinity."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ketanalysis.errors import ArgumentError
from ketanalysis.rounding import NOT_ESTIMABLE, number

INFINITY = "infinity"
LEGEND = (
    "NNTB is the number of subjects to treat for one more to benefit, NNTH for one more to be "
    "harmed."
)
THROUGH = (
    "An interval through {} holds no difference between the groups, and with it benefit and harm."
)


@dataclass(frozen=True)
class NumberNeeded:
    """A number needed to treat, and the risk difference that it was taken from.

    Attributes
    ----------
    estimate
        Patients to treat for one more (positive: NNTB) or one fewer (negative: NNTH) good
        outcome; ``inf`` where the risk difference is 0, NaN where there is none.
    low, high
        Ends of the interval of the risk difference, positive for benefit: not of the number
        needed, whose values from one end to the other can pass through infinity.
    """

    estimate: float
    low: float
    high: float

    def text(self, digits: int = 1, infinite: str = INFINITY) -> str:
        """Return estimate and interval as Altman writes them, `digits` decimals."""
        return f"{self.value(digits, infinite)} ({self.ends(digits, infinite)})"

    def legend(self, infinite: str = INFINITY) -> str:
        """Return what the letters mean and, where it does, why the interval runs so far."""
        through = f" {THROUGH.format(infinite)}" if self.low <= 0 <= self.high else ""
        return f"{LEGEND}{through}"

    def value(self, digits: int = 1, infinite: str = INFINITY) -> str:
        """Return the estimate: ``NNTB 5.2``, ``NNTH 5.2``, or infinity."""
        return _named(_inverse(self.estimate), digits, infinite)

    def ends(self, digits: int = 1, infinite: str = INFINITY) -> str:
        """Return the interval, through infinity where the risk difference's holds 0.

        ``NNTB 2.1 to infinity to NNTH 10.3``.
        """
        if math.isnan(self.low) or math.isnan(self.high):
            return NOT_ESTIMABLE
        best, worst = _named(self.high, digits, infinite), _named(self.low, digits, infinite)
        if self.low < 0 < self.high:
            nearer, further = (worst, best) if self.estimate < 0 else (best, worst)
            return f"{nearer} to {infinite} to {further}"
        nearer, further = (worst, best) if self.low < 0 else (best, worst)
        return f"{nearer} to {further}"


def number_needed(
    rd: float, low: float, high: float, *, is_outcome_good: bool = True
) -> NumberNeeded:
    """Return the number needed to treat for one more patient with (or without) the outcome.

    NNTB is the number needed to treat for benefit, NNTH for harm. An interval of the risk
    difference that holds 0 is two ranges of the number needed, which meet at infinity; it is
    written so, not left out. Not for odds ratios or hazard ratios.

    Parameters
    ----------
    rd, low, high
        Risk difference (treated minus control) and the ends of its interval, -1 to 1; NaN
        where not estimable.
    is_outcome_good
        Whether the outcome is one to wish for (response: True; relapse: False).

    Returns
    -------
    NumberNeeded
        The number needed, the risk difference's ends with benefit positive, and ``text()``.

    Raises
    ------
    ArgumentError
        The risk difference lies outside its interval.

    Notes
    -----
    Altman (1998), BMJ 317:1309-1312.
    Checked against: tests/rates/test_number_needed.py, worked by hand.

    Examples
    --------
    >>> number_needed(0.10, -0.05, 0.25).text()
    'NNTB 10.0 (NNTB 4.0 to infinity to NNTH 20.0)'
    """
    if low > rd or rd > high:
        raise ArgumentError(f"rd must lie between low and high, not {rd!r} in {low!r} to {high!r}.")

    if is_outcome_good:
        return NumberNeeded(_inverse(rd), low, high)
    return NumberNeeded(_inverse(0.0 - rd), 0.0 - high, 0.0 - low)


def _inverse(value: float) -> float:
    """Return 1 / value, infinity for 0 and 0 for infinity."""
    return math.inf if value == 0 else 1 / value


def _named(rd: float, digits: int, infinite: str) -> str:
    if math.isnan(rd):
        return NOT_ESTIMABLE
    if rd == 0:
        return infinite
    return f"{'NNTB' if rd > 0 else 'NNTH'} {number(1 / abs(rd), digits)}"
