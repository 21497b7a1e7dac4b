"""The number needed to treat, with an interval that stays true when it passes infinity."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ketanalysis.errors import ArgumentError
from ketanalysis.rounding import NOT_ESTIMABLE, number

INFINITY = "infinity"


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

    def text(self, digits: int = 1) -> str:
        """Return estimate and interval as Altman writes them, `digits` decimals."""
        estimate = _named(_inverse(self.estimate), digits)
        if math.isnan(self.low) or math.isnan(self.high):
            return f"{estimate} ({NOT_ESTIMABLE})"
        best, worst = _named(self.high, digits), _named(self.low, digits)
        if self.low < 0 < self.high:
            nearer, further = (worst, best) if self.estimate < 0 else (best, worst)
            return f"{estimate} ({nearer} to {INFINITY} to {further})"
        nearer, further = (worst, best) if self.low < 0 else (best, worst)
        return f"{estimate} ({nearer} to {further})"


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


def _named(rd: float, digits: int) -> str:
    if math.isnan(rd):
        return NOT_ESTIMABLE
    if rd == 0:
        return INFINITY
    return f"{'NNTB' if rd > 0 else 'NNTH'} {number(1 / abs(rd), digits)}"
