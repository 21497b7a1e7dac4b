"""From answers to totals: reversal, domain maxima, sums and means, and missing items made up for.

Numbers in, numbers out. What the numbers of a scale are stands in its file of the registry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Key:
    """A scoring rule as numbers, for k items.

    Attributes
    ----------
    low, high
        Lowest and highest answer of each item, shape (k,).
    is_reversed, is_subtracted
        Which items are turned round, and which are taken off, shape (k,).
    domains
        Places (from 0) of the items of each unit: one item, or the items of a domain whose
        highest counts; m of them.
    is_mean
        Whether the score is the mean of the units; else their sum.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    is_reversed: NDArray[np.bool_]
    is_subtracted: NDArray[np.bool_]
    domains: tuple[tuple[int, ...], ...]
    is_mean: bool

    def unit_ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and highest value of each unit, shape (m,), its sign applied."""
        low = np.where(self.is_subtracted, -self.high, self.low)
        high = np.where(self.is_subtracted, -self.low, self.high)
        lows = [max(low[i] for i in domain) for domain in self.domains]
        highs = [max(high[i] for i in domain) for domain in self.domains]
        return np.array(lows, dtype=np.float64), np.array(highs, dtype=np.float64)

    def limits(self) -> tuple[float, float]:
        """Return the lowest and highest score that the items can give."""
        low, high = (float(ends.sum()) for ends in self.unit_ends())
        m = len(self.domains) if self.is_mean else 1
        return low / m, high / m


@dataclass(frozen=True, eq=False, kw_only=True)
class Totals:
    """The scores of n assessments.

    Attributes
    ----------
    score
        Shape (n,); NaN where more units are missing than allowed.
    n_missing
        Units without an answer, shape (n,).
    is_prorated
        Where the score stands on fewer units than the rule has, shape (n,).
    """

    score: NDArray[np.float64]
    n_missing: NDArray[np.int64]
    is_prorated: NDArray[np.bool_]


def item_totals(answers: NDArray[np.float64], key: Key, at_most: int = 0) -> Totals:
    """Score n assessments by a key; up to `at_most` missing units are made up for, pro rata.

    Not for finding out whether answers are possible: that is checked before.

    Parameters
    ----------
    answers
        Shape (n, k), NaN where there is no answer.
    key
        The rule.
    at_most
        Units that may be missing. The score is then the same share of the possible points as
        the answered units have: for items of one range it is the mean of the others times the
        number of items. Never with subtracted items.

    Returns
    -------
    Totals
        A score with more missing units than allowed, or with none answered, is NaN, never 0.

    Notes
    -----
    Checked against: tests/oracle/score_items.csv (R 4.2.2, psych::scoreItems and base R),
    relative 1e-12, and pages worked by hand in tests/items/test_item_pages.py.

    Examples
    --------
    >>> three = np.arange(3) < 0
    >>> key = Key(low=np.zeros(3), high=np.full(3, 6.0), is_reversed=three,
    ...           is_subtracted=three, domains=((0,), (1,), (2,)), is_mean=False)
    >>> item_totals(np.array([[4.0, 2.0, np.nan]]), key, at_most=1).score
    array([9.])
    """
    units = unit_values(answers, key)
    is_missing = np.isnan(units)
    n_missing = is_missing.sum(axis=1)
    m = units.shape[1]
    low, high = key.unit_ends()

    points = np.where(is_missing, 0.0, units - low).sum(axis=1)
    possible = np.where(is_missing, 0.0, high - low).sum(axis=1)
    is_prorated = (n_missing > 0) & (n_missing <= at_most) & (n_missing < m)
    # Multiplied before it is divided, so that whole numbers stay whole where they can.
    filled = points * (high - low).sum() / np.where(possible > 0, possible, 1.0)
    total = low.sum() + np.where(is_prorated, filled, points)
    total[~is_prorated & (n_missing > 0)] = np.nan
    return Totals(
        score=total / m if key.is_mean else total,
        n_missing=n_missing.astype(np.int64),
        is_prorated=is_prorated,
    )


def unit_values(answers: NDArray[np.float64], key: Key) -> NDArray[np.float64]:
    """Return the value of each unit, shape (n, m): reversed, signed, the highest of a domain.

    A domain is the highest of its answered items; NaN where none is answered.
    """
    turned = np.where(key.is_reversed, key.low + key.high - answers, answers)
    signed = np.where(key.is_subtracted, -turned, turned)
    columns = [np.fmax.reduce(signed[:, list(domain)], axis=1) for domain in key.domains]
    return np.column_stack(columns) if columns else np.empty((len(answers), 0))
