"""The permutation test of two means: how often would chance alone part them so far?

Under the null hypothesis each subject could as well have stood in the other group. The p value
is the share of all splits whose difference of means is at least as far from 0. Scores that are
whole numbers or short decimals, as rating scales give, are counted exactly by sums, without a
split being written down; other scores are enumerated; only what is too large for both is drawn
at random, with a seed. Numbers in, numbers out; NaN is missing and left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import check_conf_level
from ketanalysis.groups.resampling import (
    NOTHING_DRAWN,
    Draws,
    all_splits,
    can_enumerate,
    random_splits,
)
from ketanalysis.groups.two_samples import NO_VARIATION, TOO_FEW, Floats, observed

MOST_WORK = 300_000_000  # products of two counts: about a second
MOST_SUBJECTS = 1_000  # more splits than a float can count
DECIMALS = 4
SAME = 1e-9  # of the range: what rounding may make of two sums that are equal
NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Permuted:
    """A difference of means (`a - b`, in points) and its permutation test, unrounded.

    ``method`` says whether all splits were counted or some drawn. ``conf_low`` and
    ``conf_high`` are NaN where so few splits allow no interval of the level.
    """

    difference: float = NAN
    p_value: float = NAN
    conf_low: float = NAN
    conf_high: float = NAN
    method: str = ""
    reason: str | None = None


@dataclass(frozen=True)
class Sums:
    """Splits by the sum of the scores that stand in the first group.

    Attributes
    ----------
    total
        Sum of the scores in the first group, shape ``(m,)``.
    kept
        How many of the first group were in it from the start, shape ``(m,)``.
    ways
        How many splits there are of this kind, shape ``(m,)``.
    is_drawn, words
        Whether the splits were drawn at random; how they came.
    """

    total: Floats
    kept: NDArray[np.int64]
    ways: Floats
    is_drawn: bool
    words: str


def permutation(
    a: ArrayLike, b: ArrayLike, conf_level: float = 0.95, draws: Draws = NOTHING_DRAWN
) -> Permuted:
    """Compare two means by the permutation of subjects, without a distribution assumed.

    For small groups and odd distributions. It tests whether the groups come from one
    distribution: with unequal spread and unequal groups it may reject although the means agree.

    Parameters
    ----------
    a, b
        Scores in points, shape ``(n_a,)`` and ``(n_b,)``; NaN is missing and left out.
    conf_level
        Confidence level of the interval of the shift, 0 to 1.
    draws
        Seed and number of resamples, needed where the splits can be neither counted nor
        enumerated: scores with more than four decimals, or several hundred subjects.

    Returns
    -------
    Permuted
        Two-sided p; the interval holds the shifts that neither one-sided test rejects at
        half of ``1 - conf_level``.

    Raises
    ------
    ContractError
        When a value is infinite.
    ArgumentError
        When resamples are needed and not named.

    Notes
    -----
    Pitman (1937), Suppl J R Stat Soc 4: 119-130; sums counted as by Streitberg and Röhmel
    (1986), Stat Software Newsletter 12: 10-17; the interval by Tritchler (1984), J Am Stat
    Assoc 79: 200-207. Resampled p values are (b + 1) / (m + 1): Phipson and Smyth (2010), Stat
    Appl Genet Mol Biol 9: 39.
    Checked against: tests/oracle/permutation.csv (R 4.2.2, coin::oneway_test with its exact
    distribution, exactRankTests::perm.test; the interval from every split in R), relative 1e-10.

    Examples
    --------
    >>> permutation([1.0, 2.0, 3.0], [2.0, 4.0, 7.0]).p_value
    0.3
    """
    check_conf_level(conf_level)
    a, b = observed(a, "a"), observed(b, "b")
    if min(a.size, b.size) < 2:
        return Permuted(reason=TOO_FEW)
    if a[0] == b[0] == a[-1] == b[-1]:
        return Permuted(reason=NO_VARIATION)

    if b.size < a.size:
        turned = _permuted(b, a, conf_level, draws)
        return Permuted(
            difference=-turned.difference,
            p_value=turned.p_value,
            conf_low=-turned.conf_high,
            conf_high=-turned.conf_low,
            method=turned.method,
        )
    return _permuted(a, b, conf_level, draws)


def _permuted(a: Floats, b: Floats, conf_level: float, draws: Draws) -> Permuted:
    step = common_step(np.concatenate([a, b]))
    lowest = min(a[0], b[0])
    first, second = (a - lowest) / (step or 1), (b - lowest) / (step or 1)
    if step:
        first, second = np.rint(first), np.rint(second)
    sums = _sums(first, second, draws, is_whole=step > 0)

    seen, n = float(first.sum()), a.size + b.size
    centre = a.size * (seen + float(second.sum()))
    slack = 0.0 if step else SAME * n * float(max(first[-1], second[-1]))
    is_far = np.abs(n * sums.total - centre) >= abs(n * seen - centre) - slack
    p = (sums.ways[is_far].sum() + sums.is_drawn) / (sums.ways.sum() + sums.is_drawn)
    low, high = limits_of(sums, seen, a.size, (1 - conf_level) / 2)
    return Permuted(
        difference=float(a.mean() - b.mean()),
        p_value=float(p),
        conf_low=low * (step or 1),
        conf_high=high * (step or 1),
        method=f"permutation, {sums.words}",
    )


def common_step(values: Floats) -> float:
    """Return the largest step, in points, that all differences of the values are whole steps of.

    0 where the values have more than four decimals.
    """
    for decimals in range(DECIMALS + 1):
        scaled = values * 10**decimals
        whole = np.rint(scaled)
        if np.all(np.abs(scaled - whole) <= SAME * np.maximum(1, np.abs(scaled))):
            if float(np.abs(whole).max()) >= 2**53:
                return 0.0
            steps = np.gcd.reduce((whole - whole.min()).astype(np.int64))
            return max(int(steps), 1) / float(10**decimals)
    return 0.0


def _sums(first: Floats, second: Floats, draws: Draws, *, is_whole: bool) -> Sums:
    """Return the splits by sum: counted, else enumerated, else drawn."""
    n, size = first.size + second.size, first.size
    if is_whole and _work(first, second) <= MOST_WORK and n <= MOST_SUBJECTS:
        return _counted(first.astype(np.int64), second.astype(np.int64))
    is_drawn = not can_enumerate(n, size)
    if is_drawn:
        draws.check("permutation", n)
    pooled = np.concatenate([first, second])
    splits = random_splits(n, size, draws) if is_drawn else all_splits(n, size)
    found = [(pooled[chosen].sum(axis=1), (chosen < size).sum(axis=1)) for chosen in splits]
    total, kept = (np.concatenate(parts) for parts in zip(*found, strict=True))
    words = draws.words() if is_drawn else f"all {total.size:,} splits"
    return Sums(total, kept, np.ones(total.size), is_drawn, words)


def _work(first: Floats, second: Floats) -> float:
    """Return how many products the counting of all sums takes."""
    largest = [1 + np.concatenate([[0], np.cumsum(v[::-1])]) for v in (first, second)]
    return float(sum(largest[0][k] * largest[1][first.size - k] for k in range(first.size + 1)))


def _counted(first: NDArray[np.int64], second: NDArray[np.int64]) -> Sums:
    from_first = ways_by_size(first, first.size)
    from_second = ways_by_size(second, first.size)
    parts = []
    for kept in range(first.size + 1):
        ways = np.convolve(from_first[kept], from_second[first.size - kept])
        total = np.flatnonzero(ways)
        parts.append((total.astype(np.float64), np.full(total.size, kept), ways[total]))
    return Sums(
        total=np.concatenate([total for total, _, _ in parts]),
        kept=np.concatenate([kept for _, kept, _ in parts]),
        ways=np.concatenate([ways for _, _, ways in parts]),
        is_drawn=False,
        words="all splits counted",
    )


def ways_by_size(values: NDArray[np.int64], most: int) -> list[Floats]:
    """Count the subsets of whole numbers by size (up to `most`) and sum.

    Entry ``[k][s]`` is how many subsets of k values sum to s; each array ends at its largest sum.
    """
    most = min(most, values.size)
    ways = np.zeros((most + 1, int(np.sort(values)[values.size - most :].sum()) + 1))
    ways[0, 0] = 1
    for seen, value in enumerate(np.sort(values).tolist(), start=1):
        top = min(seen, most)
        ways[1 : top + 1, value:] += ways[:top, : ways.shape[1] - value]
    return [np.trim_zeros(row, "b") for row in ways]


def limits_of(sums: Sums, seen: float, size: int, tail: float) -> tuple[float, float]:
    """Return the shifts at which a one-sided p value passes `tail`.

    A split whose first group keeps k subjects of `size` is as far as the one seen, from the
    shift ``(seen - total) / (size - k)`` on; the split seen itself always is.
    """
    is_other = sums.kept < size
    shift = (seen - sums.total[is_other]) / (size - sums.kept[is_other])
    order = np.argsort(shift, kind="stable")
    shift, ways = shift[order], sums.ways[is_other][order]
    always = float(sums.ways[~is_other].sum()) + sums.is_drawn
    least = tail * float(sums.ways.sum() + sums.is_drawn) * (1 + SAME)
    if always > least:
        return NAN, NAN
    up, down = always + np.cumsum(ways), always + np.cumsum(ways[::-1])
    if up[-1] <= least:
        return NAN, NAN
    low, high = np.searchsorted(up, least, "right"), np.searchsorted(down, least, "right")
    return float(shift[low]), float(shift[shift.size - 1 - high])
