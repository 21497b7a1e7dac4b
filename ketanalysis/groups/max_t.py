"""Many scores of one questionnaire at once: the largest of their statistics under permutation.

Holm and Bonferroni act as if the subscales were strangers. Here each subject keeps all scores
and only the group changes hands, so that the correlation of the scores is in the adjusted p
values: with eleven related subscales they are smaller, and the chance of any false positive is
held all the same. Numbers in, numbers out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketanalysis.errors import ArgumentError, ContractError, check_one_of
from ketanalysis.groups.mann_whitney import average_ranks
from ketanalysis.groups.resampling import (
    NOTHING_DRAWN,
    Draws,
    all_splits,
    can_enumerate,
    membership,
    random_splits,
)
from ketanalysis.groups.two_samples import Floats

Statistic = Callable[[Floats, Floats], Floats]
SAME = 1e-9  # relative: what rounding may make of two statistics that are equal


def max_t(
    scores: ArrayLike,
    is_group: ArrayLike,
    statistic: str = "welch",
    draws: Draws = NOTHING_DRAWN,
) -> tuple[Floats, str]:
    """Return p values adjusted for all scores together (Westfall and Young, step-down max-T).

    Holds the chance of any false positive where, without a difference, the groups are alike in
    all scores together. With unequal groups and unequal spread that may fail, as it does for
    every permutation of subjects.

    Parameters
    ----------
    scores
        Shape ``(n, m)``: subjects by scores, NaN where a subject lacks one; the statistic of a
        score is that of those who have it.
    is_group
        Shape ``(n,)``: 1 in the group, 0 in the reference; NaN is left out.
    statistic
        "welch", "student", "ranks" (standardised rank sum) or "brunner-munzel".
    draws
        Seed and number of resamples, needed where there are more than a million splits.

    Returns
    -------
    p_adjusted, words
        Shape ``(m,)``, NaN for a score without a statistic (fewer than two subjects in a group,
        or no variation), which counts as no test; and how the splits came.

    Raises
    ------
    ArgumentError
        Shapes do not fit, `statistic` is unknown, or resamples are needed and not named.
    ContractError
        When a score is infinite.

    Notes
    -----
    Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 4.1 (free step-down);
    drawn p values are (b + 1) / (m + 1): Phipson and Smyth (2010), Stat Appl Genet Mol Biol 9: 39.
    Checked against: tests/oracle/infusion_anxiety.csv (R 4.2.2, every split enumerated in base R;
    multtest::mt.maxT with all permutations), relative 1e-12.

    Examples
    --------
    >>> scores = [[1, 5], [2, 3], [3, 4], [7, 6], [8, 9], [9, 7]]
    >>> max_t(scores, [0, 0, 0, 1, 1, 1])[0].tolist()
    [0.1, 0.1]
    """
    check_one_of("statistic", statistic, tuple(STATISTICS))
    x, group = _checked(scores, is_group)
    n, size = len(x), int(group.sum())
    seen = np.abs(_all(x, group[np.newaxis].astype(np.float64), statistic)[0])
    is_test = np.isfinite(x).any(axis=0) & _estimable(x, group)
    adjusted = np.full(x.shape[1], np.nan)
    if not is_test.any():
        return adjusted, ""
    is_drawn = not can_enumerate(n, size)
    if is_drawn:
        draws.check("max-t", n)
    order = np.flatnonzero(is_test)[np.argsort(-seen[is_test], kind="stable")]
    bounds, count, total = seen[order] * (1 - SAME), np.zeros(order.size), 0
    for member in _members(n, size, draws if is_drawn else None):
        found = np.abs(_all(x[:, order], member, statistic))
        largest = np.maximum.accumulate(np.nan_to_num(found, nan=0.0, posinf=np.inf)[:, ::-1], 1)
        count += (largest[:, ::-1] >= bounds).sum(axis=0)
        total += len(member)
    adjusted[order] = np.maximum.accumulate((count + is_drawn) / (total + is_drawn))
    return adjusted, draws.words() if is_drawn else f"all {total:,} splits"


def _checked(scores: ArrayLike, is_group: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Return scores and group of those who have both, in the order of the scores."""
    x, group = np.asarray(scores, dtype=np.float64), np.asarray(is_group, dtype=np.float64)
    if x.ndim != 2 or group.shape != (len(x),):
        raise ArgumentError(
            "scores must have a row a subject and is_group one value a subject, not the shapes "
            f"{x.shape} and {group.shape}."
        )
    infinite = int(np.isinf(x).sum())
    if infinite:
        raise ContractError(f"scores must be finite, but {infinite} of them are infinite.")
    is_there = ~np.isnan(group) & ~np.isnan(x).all(axis=1)
    x, group = x[is_there], group[is_there]
    order = np.lexsort((group, *np.nan_to_num(x, nan=np.inf).T[::-1]))
    return x[order], group[order] == 1


def _estimable(x: Floats, group: NDArray[np.bool_]) -> NDArray[np.bool_]:
    is_there = ~np.isnan(x)
    enough = (is_there[group].sum(axis=0) >= 2) & (is_there[~group].sum(axis=0) >= 2)
    low = np.where(is_there, x, np.inf).min(axis=0, initial=np.inf)
    high = np.where(is_there, x, -np.inf).max(axis=0, initial=-np.inf)
    return np.asarray(enough & (high > low))


def _members(n: int, size: int, draws: Draws | None) -> Iterator[Floats]:
    splits = all_splits(n, size) if draws is None else random_splits(n, size, draws)
    for chosen in splits:
        yield membership(chosen, n).astype(np.float64)


def _all(x: Floats, member: Floats, statistic: str) -> Floats:
    """Return the statistic of each split and score, shape ``(splits, m)``."""
    columns = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for column in x.T:
            there = ~np.isnan(column)
            columns.append(STATISTICS[statistic](column[there], member[:, there]))
    return np.stack(columns, axis=1)


def _moments(values: Floats, member: Floats) -> tuple[Floats, ...]:
    """Return number, mean and sum of squares of both groups in each split."""
    values = values - values.mean() if values.size else values
    both = np.column_stack([np.ones_like(values), values, values**2])
    inside = member @ both
    outside = both.sum(axis=0) - inside
    found: list[Floats] = []
    for n, total, squares in (inside.T, outside.T):
        mean = total / n
        spread = squares - n * mean**2
        # what rounding leaves of a group whose scores are all equal
        found += [n, mean, np.where(spread <= SAME * SAME + 1e-12 * squares, 0.0, spread)]
    return tuple(found)


def _welch(values: Floats, member: Floats) -> Floats:
    n_a, mean_a, ss_a, n_b, mean_b, ss_b = _moments(values, member)
    error = np.sqrt(ss_a / (n_a * (n_a - 1)) + ss_b / (n_b * (n_b - 1)))
    return _over(mean_a - mean_b, error, np.minimum(n_a, n_b) > 1)


def _student(values: Floats, member: Floats) -> Floats:
    n_a, mean_a, ss_a, n_b, mean_b, ss_b = _moments(values, member)
    error = np.sqrt((ss_a + ss_b) / (n_a + n_b - 2) * (1 / n_a + 1 / n_b))
    return _over(mean_a - mean_b, error, np.minimum(n_a, n_b) > 0)


def _ranks(values: Floats, member: Floats) -> Floats:
    n = values.size
    ranks = average_ranks(values) - (n + 1) / 2 if n else values
    n_a = member.sum(axis=1)
    error = np.sqrt(n_a * (n - n_a) / (n * (n - 1)) * float(ranks @ ranks))
    return _over(member @ ranks, error, (n_a > 0) & (n_a < n))


def _brunner_munzel(values: Floats, member: Floats) -> Floats:
    above = (1 + np.sign(values[:, np.newaxis] - values)) / 2
    n_a = member.sum(axis=1)[:, np.newaxis]
    n_b = values.size - n_a
    among_a, among_b = member @ above.T / n_a, (1 - member) @ above.T / n_b
    share = (member * among_b).sum(axis=1)[:, np.newaxis] / n_a
    v_a = (member * (among_b - share) ** 2).sum(axis=1, keepdims=True) / (n_a - 1)
    v_b = ((1 - member) * (among_a - 1 + share) ** 2).sum(axis=1, keepdims=True) / (n_b - 1)
    error = np.sqrt(v_a / n_a + v_b / n_b)
    return _over(share - 0.5, error, np.minimum(n_a, n_b) > 1)[:, 0]


def _over(gap: Floats, error: Floats, is_defined: NDArray[np.bool_]) -> Floats:
    """Return the gap in standard errors: without error endless, or 0 where there is no gap."""
    is_none = np.abs(gap) <= SAME * SAME
    found = np.where(error > 0, gap / error, np.where(is_none, 0.0, np.sign(gap) * np.inf))
    return np.where(is_defined, found, np.nan)


STATISTICS: Mapping[str, Statistic] = MappingProxyType(
    {
        "welch": _welch,
        "student": _student,
        "ranks": _ranks,
        "brunner-munzel": _brunner_munzel,
    }
)
# The statistic whose permutation belongs to each test of two groups.
STATISTIC_OF: Mapping[str, str] = MappingProxyType(
    {
        "welch": "welch",
        "student": "student",
        "permutation": "student",
        "mann-whitney": "ranks",
        "mann-whitney-exact": "ranks",
        "brunner-munzel": "brunner-munzel",
        "brunner-munzel-permutation": "brunner-munzel",
    }
)
