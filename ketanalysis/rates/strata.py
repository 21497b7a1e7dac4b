"""Two groups in several strata: the tables, which of them say something, and their weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.two_by_two import Table, as_table

Floats: TypeAlias = NDArray[np.float64]

NOTHING_SHARED = "Not estimable: no stratum has subjects in both groups."
NO_VARIATION = (
    "No variation: in every stratum all subjects, or none, have the outcome, so there is nothing "
    "to test."
)


@dataclass(frozen=True, eq=False)
class Strata:
    """The strata with subjects in both groups.

    Attributes
    ----------
    x1, n1, x0, n0
        Subjects with the outcome, and all subjects, of group 1 and of group 0 (reference) in
        each stratum; float64, each (k,). Every ``n1`` and ``n0`` is at least 1.
    left_out
        Places, among the strata given, of those without subjects in one of the groups.
    """

    x1: Floats
    n1: Floats
    x0: Floats
    n0: Floats
    left_out: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many strata have subjects in both groups."""
        return len(self.n1)

    @cached_property
    def total(self) -> Floats:
        """Subjects of each stratum, shape (k,)."""
        return self.n1 + self.n0

    @cached_property
    def with_outcome(self) -> Floats:
        """Subjects with the outcome of each stratum, shape (k,)."""
        return self.x1 + self.x0

    @cached_property
    def cmh(self) -> Floats:
        """Mantel and Haenszel's weights n1 n0 / N, shape (k,)."""
        return self.n1 * self.n0 / self.total

    @cached_property
    def varies(self) -> NDArray[np.bool_]:
        """Whether some, and not all, subjects of the stratum have the outcome, shape (k,)."""
        return np.asarray((self.with_outcome > 0) & (self.with_outcome < self.total))

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The strata as tables."""
        columns = (self.x1, self.n1, self.x0, self.n0)
        return tuple(Table(*map(float, row)) for row in zip(*columns, strict=True))

    @property
    def obstacle(self) -> str:
        """Why there is nothing to test, or an empty text."""
        if self.size == 0:
            return NOTHING_SHARED
        return "" if self.varies.any() else NO_VARIATION

    @property
    def swapped(self) -> Strata:
        """The same strata with the groups exchanged."""
        return Strata(self.x0, self.n0, self.x1, self.n1, self.left_out)


def as_strata(
    x1: Sequence[float], n1: Sequence[float], x0: Sequence[float], n0: Sequence[float]
) -> Strata:
    """Return the strata of four sequences of counts, laying aside those without a group.

    Raises
    ------
    ArgumentError
        The sequences differ in length, or a count is not a whole number from 0 to its ``n``.

    Examples
    --------
    >>> strata = as_strata([3, 0, 4], [10, 0, 12], [1, 2, 2], [9, 8, 11])
    >>> strata.size, strata.left_out
    (2, (1,))
    """
    lengths = {len(x1), len(n1), len(x0), len(n0)}
    if len(lengths) > 1:
        raise ArgumentError(
            "The counts of the strata must be as many for both groups, not "
            f"{len(x1)}, {len(n1)}, {len(x0)} and {len(n0)}."
        )
    tables = [as_table(*row) for row in zip(x1, n1, x0, n0, strict=True)]
    kept = [table for table in tables if table.has_subjects]
    columns = np.array(kept, dtype=np.float64).reshape(len(kept), 4).T
    left_out = tuple(place for place, table in enumerate(tables) if not table.has_subjects)
    return Strata(columns[0], columns[1], columns[2], columns[3], left_out)
