"""The permutation test of pairs: how often would chance alone move the mean so far?

Under the null hypothesis each subject's two scores could as well have been exchanged, which
turns the sign of its difference. Counted, enumerated or drawn as in
`ketanalysis.groups.permutation`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.paired_differences import (
    ALL_ZERO,
    TOO_FEW_PAIRS,
    complete_pairs,
    differences_of,
)
from ketanalysis.groups.permutation import (
    MOST_WORK,
    SAME,
    Permuted,
    Sums,
    common_step,
    limits_of,
    ways_by_size,
)
from ketanalysis.groups.resampling import CELLS, NOTHING_DRAWN, Draws
from ketanalysis.groups.two_samples import Floats

MOST_ENUMERATED = 20  # pairs: a million ways to turn signs
MOST_COUNTED = 1_000  # pairs: more ways than a float can count


def sign_flips(
    x: ArrayLike, y: ArrayLike, conf_level: float = 0.95, draws: Draws = NOTHING_DRAWN
) -> Permuted:
    """Compare two means of the same subjects by turning the signs of their differences.

    For few pairs and odd distributions; it takes the differences to be symmetric about their
    middle.

    Parameters
    ----------
    x, y
        Scores in points of the same subjects in the same order, shape ``(n,)``; a pair with
        NaN is left out.
    conf_level
        Confidence level of the interval of the mean difference, 0 to 1.
    draws
        Seed and number of resamples, needed where the ways can be neither counted nor
        enumerated: more than 20 pairs with more than four decimals, or several hundred pairs.

    Returns
    -------
    Permuted
        Two-sided p; the interval ends at means of some of the differences.

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When `x` and `y` differ in length, or resamples are needed and not named.

    Notes
    -----
    Fisher (1935), The Design of Experiments, section 21; the interval by Hartigan (1969), J Am
    Stat Assoc 64: 1303-1317. Resampled p values are (b + 1) / (m + 1).
    Checked against: tests/oracle/paired.csv (R 4.2.2, coin::oneway_test within blocks,
    exactRankTests::perm.test; the interval from every way in R), relative 1e-10.

    Examples
    --------
    >>> sign_flips([12.0, 15.0, 9.0, 8.0], [20.0, 19.0, 18.0, 7.0]).p_value
    0.25
    """
    check_conf_level(conf_level)
    x, y = complete_pairs(x, y)
    difference = differences_of(x, y)
    if difference.size < 2:
        return Permuted(reason=TOO_FEW_PAIRS)
    if not difference.any():
        return Permuted(reason=ALL_ZERO)

    step = common_step(np.append(difference, 0.0))
    units = np.rint(difference / step) if step else difference
    sums = _turned(units, draws, is_whole=step > 0)
    seen = float(units.sum())
    slack = 0.0 if step else SAME * float(np.abs(units).sum())
    is_far = np.abs(2 * sums.total - seen) >= abs(seen) - slack
    p = (sums.ways[is_far].sum() + sums.is_drawn) / (sums.ways.sum() + sums.is_drawn)
    low, high = limits_of(sums, seen, units.size, (1 - conf_level) / 2)
    return Permuted(
        difference=float(difference.mean()),
        p_value=float(p),
        conf_low=low * (step or 1),
        conf_high=high * (step or 1),
        method=f"permutation of signs, {sums.words}",
    )


def _turned(units: Floats, draws: Draws, *, is_whole: bool) -> Sums:
    """Return the sum of the differences that keep their sign, and how many do."""
    n = units.size
    low = float(units.min())
    work = n**2 / 2 * float((units - low).sum())
    if is_whole and n <= MOST_COUNTED and work <= MOST_WORK:
        ways = ways_by_size((units - low).astype(np.int64), n)
        found = [(np.flatnonzero(row), kept, row) for kept, row in enumerate(ways)]
        return Sums(
            total=np.concatenate([at + kept * low for at, kept, _ in found]),
            kept=np.concatenate([np.full(at.size, kept) for at, kept, _ in found]),
            ways=np.concatenate([row[at] for at, _, row in found]),
            is_drawn=False,
            words="all ways counted",
        )
    if n <= MOST_ENUMERATED:
        code = np.arange(2**n)[:, np.newaxis]
        keeps = [
            (code[at : at + CELLS // n] >> np.arange(n)) & 1 for at in range(0, 2**n, CELLS // n)
        ]
        return _summed(units, keeps, f"all {2**n:,} ways", is_drawn=False)
    draws.check("permutation", n)
    generator, count = draws.generator(), int(draws.resamples or 0)
    sizes = [min(count - at, max(1, CELLS // n)) for at in range(0, count, max(1, CELLS // n))]
    keeps = [generator.integers(0, 2, (rows, n)) for rows in sizes]
    return _summed(units, keeps, draws.words("ways"), is_drawn=True)


def _summed(units: Floats, keeps: list[np.ndarray], words: str, *, is_drawn: bool) -> Sums:
    total = np.concatenate([keep @ units for keep in keeps])
    kept = np.concatenate([keep.sum(axis=1) for keep in keeps])
    return Sums(total, kept, np.ones(total.size), is_drawn, words)
