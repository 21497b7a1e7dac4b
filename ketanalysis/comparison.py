"""Exact comparison of scores with bounds and with shares of a baseline.

Scores are short decimals (mostly integers), so every boundary case can be decided exactly:
5 -> 4 points is a reduction of 20 %, although ``(5 - 4) / 5 >= 0.2`` is a matter of luck in
floating point once percentages are formed (``100 * (4 - 5) / 5``). A share is therefore taken
as a fraction, the score that it leads to is computed once a subject, and scores are compared
with it, with a slack of 1e-9 of the subject's baseline: it absorbs rounding and the binary form
of decimals such as 21.6, and is far below any real difference.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Comparator = Literal["at_least", "above", "at_most", "below"]
COMPARATORS: tuple[Comparator, ...] = ("at_least", "above", "at_most", "below")
WORDS = {
    "at_least": "at least",
    "above": "more than",
    "at_most": "at most",
    "below": "less than",
}
# A gain of at least 10 points is a score at most so high.
MIRRORED: dict[Comparator, Comparator] = {
    "at_least": "at_most",
    "above": "below",
    "at_most": "at_least",
    "below": "above",
}
SLACK = 1e-9


def exact_share(share: float) -> Fraction:
    """Return a share as the fraction that a person meant: 0.35 is 7/20, 0.3333333333 is 1/3."""
    return Fraction(repr(float(share))).limit_denominator(1_000_000)


def holds(
    value: NDArray[np.float64], bound: float | NDArray[np.float64], comparator: Comparator
) -> NDArray[np.bool_]:
    """Whether each value keeps the bound; a missing value (NaN) never does.

    ``value`` and ``bound`` have the same shape, or ``bound`` is one number.
    """
    return _keeps(value, bound, _slack(bound), comparator)


def improvement_holds(
    score: NDArray[np.float64],
    baseline: NDArray[np.float64],
    share: float,
    comparator: Comparator,
    *,
    floor: float = 0.0,
    higher_is_worse: bool = True,
) -> NDArray[np.bool_]:
    """Whether the improvement from baseline keeps the bound `share`, decided exactly.

    The improvement is ``(baseline - score) / (baseline - floor)``; for a scale on which higher
    is better, ``(score - baseline) / (baseline - floor)``. ``score`` has shape (n,) or
    (n_visits, n) and ``baseline`` (n,). Nothing holds where a value is missing or where the
    baseline stands at the floor, where a share of it does not exist.
    """
    fraction = exact_share(share)
    room = np.where(baseline > floor, baseline - floor, np.nan)
    gain = fraction.numerator * room / fraction.denominator
    slack = _slack(baseline)
    if higher_is_worse:
        return _keeps(score, baseline - gain, slack, MIRRORED[comparator])
    return _keeps(score, baseline + gain, slack, comparator)


def _keeps(
    value: NDArray[np.float64],
    bound: float | NDArray[np.float64],
    slack: NDArray[np.float64],
    comparator: Comparator,
) -> NDArray[np.bool_]:
    """Compare every value once with the bound, moved by the slack."""
    if comparator == "at_least":
        return value >= bound - slack
    if comparator == "above":
        return value > bound + slack
    if comparator == "at_most":
        return value <= bound + slack
    return value < bound - slack


def _slack(scores: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1e-9 of each score: of its own, so that no subject changes another's result."""
    return SLACK * np.maximum(np.abs(np.asarray(scores, dtype=np.float64)), 1.0)
