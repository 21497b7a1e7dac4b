"""Which counts to hold back, so that no small one is shown or follows from those shown.

A count of 1 to ``min_cell - 1`` is small. It is held back (primary suppression), and with it as
many others as are needed (complementary suppression) that in every sum

- at least two counts are held back,
- together they are not small, and more than one for each of them.

So a total minus the counts that are shown is never a small number, and never tells one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ketanalysis.errors import ArgumentError


@dataclass(frozen=True)
class Sum:
    """A count that is the sum of others: their names."""

    total: Hashable
    parts: tuple[Hashable, ...]


def check_min_cell(min_cell: object, name: str = "min_cell") -> int:
    """Return the smallest count that may be shown; refuse what is none."""
    if isinstance(min_cell, bool) or not isinstance(min_cell, int) or min_cell < 3:
        raise ArgumentError(
            f"{name} must be a whole number from 3, such as 5 or 11, not {min_cell!r}: the "
            "smallest count of subjects that may be shown."
        )
    return min_cell


def is_small(count: int, min_cell: int) -> bool:
    """Whether a count is 1 or more and may not be shown; 0 may."""
    return 0 < count < min_cell


def held_back(
    counts: Mapping[Hashable, int],
    sums: Sequence[Sum],
    min_cell: int,
    *,
    known: Collection[Hashable] = (),
) -> frozenset[Hashable]:
    """Return the names of the counts that must not be shown.

    Parameters
    ----------
    counts
        Every count by its name, sums too; also those that are nowhere printed but follow from
        what is (the subjects without the event).
    sums
        Which are sums of which.
    min_cell
        The smallest count that may be shown.
    known
        Names that the reader knows in any case, such as the size of an arm; none may be small.
    """
    small = {name for name, count in counts.items() if is_small(count, min_cell)}
    told = sorted(map(str, small & set(known)))
    if told:
        raise ArgumentError(f"{', '.join(told)} is known to the reader and below {min_cell}.")
    hidden = set(small)
    for _ in counts:
        more = _completed(hidden, counts, sums, min_cell, known)
        more |= _still_told(more, small, counts, sums)
        if more == hidden:
            return frozenset(hidden)
        hidden = more
    return frozenset(hidden)


def _completed(
    hidden: set[Hashable],
    counts: Mapping[Hashable, int],
    sums: Sequence[Sum],
    min_cell: int,
    known: Collection[Hashable],
) -> set[Hashable]:
    """Add to each sum what it needs, the smallest counts first; at last the total itself."""
    hidden = set(hidden)
    for one in sums:
        if one.total in hidden:
            continue
        while True:
            parts = [part for part in one.parts if part in hidden]
            together = sum(counts[part] for part in parts)
            is_safe = len(parts) > 1 and together >= min_cell and together > len(parts)
            if not parts or is_safe:
                break
            shown = [p for p in one.parts if counts[p] > 0 and p not in hidden and p not in known]
            if shown:
                hidden.add(min(shown, key=lambda part: counts[part]))
                continue
            if one.total not in known:
                hidden.add(one.total)
            break
    return hidden


def _still_told(
    hidden: set[Hashable],
    small: set[Hashable],
    counts: Mapping[Hashable, int],
    sums: Sequence[Sum],
) -> set[Hashable]:
    """Return the smallest count whose absence helps, where crossing sums still tell a small one."""
    ranges = possible(counts, sums, hidden)
    told = [name for name in small if ranges[name][0] == ranges[name][1]]
    if not told:
        return set()
    touching = {part for one in sums if _touches(one, hidden) for part in (one.total, *one.parts)}
    shown = sorted((counts[n], str(n), n) for n in touching - hidden if counts[n] > 0)
    return {shown[0][2]} if shown else set()


def _touches(one: Sum, hidden: set[Hashable]) -> bool:
    return one.total in hidden or any(part in hidden for part in one.parts)


def possible(
    counts: Mapping[Hashable, int], sums: Sequence[Sum], hidden: Collection[Hashable]
) -> dict[Hashable, tuple[int, int]]:
    """Return the smallest and largest number that each hidden count might be, to a reader.

    The reader knows every other count and all sums, and that no hidden one is 0 (a 0 is shown).
    An integer programme answers, so that what several sums tell together is found. Counts that
    contradict their sums (wrong data) leave no number possible: each might then be told.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    names = sorted(hidden, key=str)
    if not names:
        return {}
    place = {name: at for at, name in enumerate(names)}
    rows, ends = [], []
    for one in sums:
        if not _touches(one, set(hidden)):
            continue
        row, known = np.zeros(len(names)), 0
        for name, sign in [(one.total, -1), *((part, 1) for part in one.parts)]:
            if name in place:
                row[place[name]] += sign
            else:
                known += sign * counts[name]
        rows.append(row)
        ends.append(-known)
    most = sum(counts.values()) + 1
    bounds = Bounds(np.ones(len(names)), np.full(len(names), most))
    limits = [LinearConstraint(np.array(rows), ends, ends)] if rows else []
    found = {}
    for name in names:
        aim = np.zeros(len(names))
        aim[place[name]] = 1
        low, high = (
            milp(sign * aim, constraints=limits, bounds=bounds, integrality=np.ones(len(names)))
            for sign in (1, -1)
        )
        told = (counts[name], counts[name])
        is_known = low.fun is None or high.fun is None
        found[name] = told if is_known else (round(low.fun), round(-high.fun))
    return found
