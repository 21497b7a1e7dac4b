"""How a number becomes text: the one rounding rule and the signs for what has no number.

Rounding is half away from zero on the decimal digits that a person sees, as SAS does
(2.5 is 3, 2.675 is 2.68), in tables, figures, sentences and reports alike.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

NOT_ESTIMABLE = "NE"
NOT_REACHED = "NR"
MINUS = "\N{MINUS SIGN}"


def round_half_up(value: float, digits: int = 0) -> float:
    """Round half away from zero at `digits` decimals of the shortest decimal form."""
    if not math.isfinite(value):
        return value
    return float(_quantised(value, digits))


def number(value: float | None, digits: int = 1, *, infinite: str = NOT_ESTIMABLE) -> str:
    """Return a number with fixed decimals; ``NE`` for none or NaN, `infinite` for infinity."""
    if value is None or math.isnan(value):
        return NOT_ESTIMABLE
    if math.isinf(value):
        return infinite
    rounded = _quantised(value, digits)
    text = f"{abs(rounded):f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def decimals(low: float | None, high: float | None, least: int = 1) -> int:
    """Return how many decimals show an interval to two digits of its width, at least `least`."""
    width = abs((high or 0.0) - (low or 0.0)) if low is not None and high is not None else 0.0
    if not (math.isfinite(width) and width > 0):
        return least
    return max(least, min(9, 1 - math.floor(math.log10(width))))


def counted(count: float | None, estimate: float | None, n: int) -> str:
    """Return a count; where scores were imputed there is none, and the mean count is ``17.4``."""
    if count is not None:
        return f"{count}"
    return "0" if estimate is None else number(estimate * n, 1)


def percent(proportion: float | None, digits: int = 0) -> str:
    """Return a proportion (0 to 1) as a percentage without its sign: 0.548 is ``55``."""
    if proportion is None:
        return NOT_ESTIMABLE
    if not math.isfinite(proportion):
        return NOT_ESTIMABLE
    return number(float(Decimal(repr(float(proportion))) * 100), digits)


def interval(
    low: float | None, high: float | None, digits: int = 1, *, infinite: str = NOT_ESTIMABLE
) -> str:
    """Return ``low to high``; an end that does not exist is ``NE``, an infinite one `infinite`."""
    return f"{number(low, digits, infinite=infinite)} to {number(high, digits, infinite=infinite)}"


def p_value(p: float | None) -> str:
    """Return ``p = 0.031``, ``p < 0.001`` or ``p not estimable``; never ``p = 0``."""
    digits = p_digits(p)
    if digits == NOT_ESTIMABLE:
        return "p not estimable"
    return f"p {digits[0]} {digits[1:]}" if digits[0] in "<>" else f"p = {digits}"


def p_digits(p: float | None) -> str:
    """Return a p value for a table cell: ``0.031``, ``<0.001``, ``>0.999`` or ``NE``."""
    if p is None or math.isnan(p):
        return NOT_ESTIMABLE
    if p < 0.001:
        return "<0.001"
    if p > 0.999:
        return ">0.999"
    return number(p, 3)


def _quantised(value: float, digits: int) -> Decimal:
    step = Decimal(1).scaleb(-digits)
    rounded = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded
