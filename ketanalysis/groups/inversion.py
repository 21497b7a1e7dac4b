"""The exact interval of a shift: all shifts that a rank test with ties does not reject.

Ranks change only where two scores meet, so a test has one p value between two neighbouring
steps, and its interval ends at steps. Which one is found by halving, from a guess.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ketanalysis.groups.two_samples import Floats

Tail = Callable[[float], float]
ROUNDING = 1e-9  # of a tail probability that is meant to be met exactly


def kept_shifts(
    steps: Floats, upper: Tail, lower: Tail, tail: float, guess: int
) -> tuple[float, float]:
    """Return the lowest and the highest shift that is not rejected, NaN where all are kept.

    Parameters
    ----------
    steps
        The differences at which the ranks change, distinct and ascending, shape ``(k,)``.
    upper, lower
        One-sided p values at a shift: that the true shift is larger, that it is smaller.
    tail
        A shift is rejected where a one-sided p value is below this.
    guess
        How many steps from either end a limit may lie; only the time depends on it.
    """
    low = _first_kept(steps, upper, tail, guess)
    high = _first_kept(-steps[::-1], lambda shift: lower(-shift), tail, guess)
    return low, -high


def _first_kept(steps: Floats, p_at: Tail, tail: float, guess: int) -> float:
    between = np.concatenate([[steps[0] - 1], (steps[1:] + steps[:-1]) / 2, [steps[-1] + 1]])
    if p_at(float(between[0])) > tail * (1 + ROUNDING):
        return float("nan")

    def is_kept(place: int) -> bool:
        return p_at(float(between[place])) >= tail * (1 - ROUNDING)

    rejected, kept = _bracket(is_kept, min(max(guess, 1), steps.size), steps.size)
    while kept - rejected > 1:
        middle = (rejected + kept) // 2
        rejected, kept = (rejected, middle) if is_kept(middle) else (middle, kept)
    return float(steps[kept - 1])


def _bracket(is_kept: Callable[[int], bool], guess: int, last: int) -> tuple[int, int]:
    """Return a rejected and a kept place about the guess; 0 is rejected and `last` is kept."""
    stride = 1
    if guess == last or is_kept(guess):
        kept = guess
        while kept - stride > 0 and is_kept(kept - stride):
            kept, stride = kept - stride, 2 * stride
        return max(kept - stride, 0), kept
    rejected = guess
    while rejected + stride < last and not is_kept(rejected + stride):
        rejected, stride = rejected + stride, 2 * stride
    return rejected, min(rejected + stride, last)
