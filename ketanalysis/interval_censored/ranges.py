"""Times that are only known to lie in a range, as words."""

from __future__ import annotations

import math

from ketanalysis.rounding import number


def between(low: float | None, high: float | None, unit: str = "") -> str:
    """Return a range of times, one time, or what is known where its end is not reached.

    Examples
    --------
    >>> between(38.0, 40.0, "days"), between(12.0, 12.0), between(84.0, math.inf, "days")
    ('38.0 to 40.0 days', '12.0', 'above 84.0 days')
    """
    words = f" {unit}" if unit else ""
    if low is None or high is None or math.isinf(low):
        return "not reached"
    if math.isinf(high):
        return f"above {number(low)}{words}"
    if low == high:
        return f"{number(low)}{words}"
    return f"{number(low)} to {number(high)}{words}"


def reached(time: float | None) -> str:
    """Return a time, or that it was not reached.

    Examples
    --------
    >>> reached(26.0), reached(math.inf)
    ('26.0', 'not reached')
    """
    return "not reached" if time is None or math.isinf(time) else number(time)
