"""A batch that is passed on: which values of a split are no studies of it, and what it says.

The size of a trial and of its arms is known to everybody, so the studies of a split add up to a
known sum in every arm. One value that is not reported, because an arm has few subjects there,
would follow from the others: as many more are not reported as are needed that none does.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ketanalysis.disclosure.suppression import Sum, held_back
from ketanalysis.errors import TooFewError


def held_levels(counts: Mapping[str, Mapping[str, int]], share: int, column: str) -> frozenset[str]:
    """Return the values of a split that must not be reported, nor named.

    Parameters
    ----------
    counts
        Value → arm → subjects; every value has all arms.
    share
        The smallest count of subjects that may be shown.
    column
        What was split by, for the refusal.

    Raises
    ------
    TooFewError
        No value is left.
    """
    arms = list(dict.fromkeys(arm for sizes in counts.values() for arm in sizes))
    cells: dict[Hashable, int] = {
        (level, arm): size for level, sizes in counts.items() for arm, size in sizes.items()
    }
    totals: dict[Hashable, int] = {arm: sum(cells[level, arm] for level in counts) for arm in arms}
    few = {level for level, sizes in counts.items() if min(sizes.values()) < share}
    if all(total >= share for total in totals.values()):
        sums = [Sum(arm, tuple((level, arm) for level in counts)) for arm in arms]
        found = held_back({**cells, **totals}, sums, share, known=arms)
        few |= {name[0] for name in found if isinstance(name, tuple)}
    if len(few) < len(counts):
        return frozenset(few)
    raise TooFewError(
        f"share={share} leaves no value of {column}: each has an arm with fewer than {share} "
        "subjects, or would tell of one that has.\n  Join values, or choose another column."
    )


def about_shared(share: int, n_held_back: int) -> str:
    """Return what the index says of what it holds, and of what it does not."""
    words = (
        f"To be passed on: counts of 1 to {share - 1} subjects are held back, and with them what "
        "they would follow from. results.parquet and results.json hold the tables of the "
        "reports, one row a cell. Findings in the data are not shown. No total over studies is "
        "given: who has one elsewhere can subtract."
    )
    if n_held_back == 0:
        return words
    values = "1 value" if n_held_back == 1 else f"{n_held_back} values"
    return (
        f"{words} Not reported and not named, because an arm has fewer than {share} subjects, or "
        f"such an arm would follow: {values} of the column that the study was split by."
    )
