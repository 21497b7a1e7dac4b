"""Score intervals of two proportions: all differences, or ratios, that a score test keeps.

For a difference (or ratio) under test, the rates of both groups are first fitted to the table
under that restriction; the estimate is then held against the variance at those rates.
Miettinen and Nurminen (1985), Stat Med 4:213-226; Mee (1984), Biometrics 40:1175-1176.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ketanalysis.rates.two_by_two import Table

RATIO_BRACKET = 100.0  # of |log ratio|: the ends are below 2 log(n z), so n up to 1e21 fits


def score_difference(table: Table, z: float, factor: float) -> tuple[float, float]:
    """Return the score interval of p1 - p0; `factor` multiplies the variance."""
    swapped_low = _difference_low(table.swapped, z, factor)
    return _difference_low(table, z, factor), 0.0 - swapped_low


def score_ratio(table: Table, z: float, factor: float) -> tuple[float, float]:
    """Return the score interval of p1 / p0; 0 or ``inf`` where a group is without outcome."""
    swapped_low = _ratio_low(table.swapped, z, factor)
    return _ratio_low(table, z, factor), 1 / swapped_low if swapped_low else math.inf


def score_odds(table: Table, z: float, factor: float) -> tuple[float, float]:
    """Return the score interval of the odds ratio; 0 or ``inf`` where a cell is empty.

    Cornfield's form: given the margins, an odds ratio is a fitted count `a` in the first cell,
    and the table is kept where (x1 - a) ** 2 times the sum of the reciprocals of the four
    fitted cells is at most z ** 2 (times `factor`).
    """
    with_outcome = table.x1 + table.x0
    least, most = max(0.0, with_outcome - table.n0), min(table.n1, with_outcome)

    def cells(a: float) -> tuple[float, float, float, float]:
        return a, table.n1 - a, with_outcome - a, table.n0 - with_outcome + a

    def excess(a: float) -> float:
        reciprocals = sum(1 / cell for cell in cells(a))
        return abs(table.x1 - a) * math.sqrt(reciprocals) - z * math.sqrt(factor)

    def odds(a: float) -> float:
        first, without, other, rest = cells(a)
        return first * rest / (without * other)

    low = 0.0 if table.x1 == least else odds(crossing(excess, least, table.x1))
    if table.x1 == most:
        return low, math.inf
    return low, odds(crossing(lambda a: -excess(a), table.x1, most))


def restricted_rates(table: Table, difference: float) -> tuple[float, float]:
    """Return the likeliest rates (p1, p0) among those with p1 - p0 = `difference`.

    The closed form, a cubic, loses its digits where the outcome is rare in large groups (with
    a few events it is off by 1e-6 at a million subjects, by 2 % at 1e8): the score equation
    is solved instead.
    """
    terms = (
        (table.x0, 0.0, 1.0),
        (table.n0 - table.x0, 1.0, -1.0),
        (table.x1, difference, 1.0),
        (table.n1 - table.x1, 1.0 - difference, -1.0),
    )
    pooled = (table.x0 + table.x1 - table.n1 * difference) / (table.n0 + table.n1)
    p0 = _likeliest(terms, max(0.0, -difference), min(1.0, 1.0 - difference), pooled)
    return p0 + difference, p0


def restricted_rates_of_ratio(table: Table, ratio: float) -> tuple[float, float]:
    """Return the likeliest rates (p1, p0) among those with p1 / p0 = `ratio`."""
    terms = (
        (table.x1 + table.x0, 0.0, 1.0),
        (table.n0 - table.x0, 1.0, -1.0),
        (table.n1 - table.x1, 1.0, -ratio),
    )
    pooled = (table.x0 + table.x1) / (table.n0 + table.n1 * ratio)
    p0 = _likeliest(terms, 0.0, min(1.0, 1.0 / ratio), pooled)
    return ratio * p0, p0


def bisect(is_below: Callable[[float], bool], low: float, high: float) -> float:
    """Return where `is_below` turns from true to false, to 2 ** -64 of the bracket.

    The ends themselves are never tried, so a statistic may be undefined there.
    """
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return (low + high) / 2


def crossing(excess: Callable[[float], float], low: float, high: float) -> float:
    """Return where `excess` falls through 0 between `low` and `high`, to the last digits.

    The bracket is halved until both its ends were tried, then Brent's method finishes. The
    ends that were given are never tried, so a statistic may be undefined there.
    """
    from scipy.optimize import brentq

    is_tried = {"low": False, "high": False}
    for _ in range(64):
        middle = (low + high) / 2
        value = excess(middle)
        if value > 0:
            low, is_tried["low"] = middle, True
        else:
            high, is_tried["high"] = middle, value < 0
        if all(is_tried.values()):
            return float(brentq(excess, low, high, xtol=1e-300, rtol=1e-15))
    return (low + high) / 2


def _difference_low(table: Table, z: float, factor: float) -> float:
    observed = table.p1 - table.p0

    def excess(difference: float) -> float:
        p1, p0 = restricted_rates(table, difference)
        variance = p1 * (1 - p1) / table.n1 + p0 * (1 - p0) / table.n0
        return observed - difference - z * math.sqrt(factor * variance)

    return crossing(excess, -1.0, observed)


def _ratio_low(table: Table, z: float, factor: float) -> float:
    if table.x1 == 0:
        return 0.0

    def excess(log_ratio: float) -> float:
        ratio = math.exp(log_ratio)
        p1, p0 = restricted_rates_of_ratio(table, ratio)
        variance = p1 * (1 - p1) / table.n1 + ratio**2 * p0 * (1 - p0) / table.n0
        return table.p1 - ratio * table.p0 - z * math.sqrt(factor * variance)

    return math.exp(crossing(excess, -RATIO_BRACKET, RATIO_BRACKET))


def _likeliest(
    terms: Sequence[tuple[float, float, float]], low: float, high: float, guess: float
) -> float:
    """Return the p in [low, high] where sum(count * log(constant + slope * p)) is largest.

    The sum is concave, so its derivative falls: Newton's steps from `guess` inside a bracket
    that shrinks. Each term is (count, constant, slope); where its count is 0, it says nothing.
    """
    terms = [term for term in terms if term[0] > 0]
    if low >= high or _derivative(terms, low) <= 0:
        return low
    if _derivative(terms, high) >= 0:
        return high

    p = guess if low < guess < high else (low + high) / 2
    for _ in range(200):
        slope, curvature = _derivatives(terms, p)
        low, high = (p, high) if slope > 0 else (low, p)
        step_to = p + slope / curvature
        following = step_to if low < step_to < high else (low + high) / 2
        if abs(following - p) <= 1e-15 * p:
            return following
        p = following
    return p


def _derivative(terms: Sequence[tuple[float, float, float]], p: float) -> float:
    total = 0.0
    for count, a, b in terms:
        rate = a + b * p
        total += count * b / rate if rate > 0 else math.copysign(math.inf, b)
    return total


def _derivatives(terms: Sequence[tuple[float, float, float]], p: float) -> tuple[float, float]:
    """Return the derivative and how fast it falls; both are infinite where a rate is 0."""
    slope = curvature = 0.0
    for count, a, b in terms:
        rate = a + b * p
        slope += count * b / rate if rate > 0 else math.copysign(math.inf, b)
        curvature += count * (b / rate) ** 2 if rate > 0 else math.inf
    return slope, curvature
