"""Table 1 and the flow of subjects in a report that is passed on: which cells are held back."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping

from ketanalysis.disclosure.suppression import Sum, held_back, is_small
from ketanalysis.study.shared_cells import Cells, blocks_of, count_in, is_share
from ketanalysis.tables import Table
from ketanalysis.tables.baseline import LINES, YES
from ketanalysis.tables.disposition import KINDS, SEEN

_SIZE = re.compile(r"(?P<arm>.*) \(n = (?P<size>\d+)\)")
QUARTILES, EXTREMES = LINES["median"], {LINES["range"], "First to last"}


def small_in_flow(table: Table, sizes: Mapping[str, int], min_cell: int) -> set[tuple[int, int]]:
    """Return the cells to hold back of the flow of subjects.

    A stage and those who did not reach it add up to the stage before, their reasons to them, the
    patterns of scores to all, and the arms to all subjects. How many were screened, where they are
    more than the arms have, is not known to the reader; how many of them entered is.
    """
    counts: dict[Hashable, int] = {}
    sums: list[Sum] = []
    whole = sum(sizes.values())
    columns = range(1, len(table.columns))
    for j in columns:
        counts["N", j] = sizes.get(table.columns[j].label, whole)
        sums += _sums_of_stages(table, j, counts)
    everybody = [j for j in columns if table.columns[j].label not in sizes]
    arms = tuple(j for j in columns if table.columns[j].label in sizes)
    seen = [i for block, lines in blocks_of(table) if block == SEEN for i in lines]
    for j in everybody:
        for i, row in enumerate(table.rows):
            if i not in seen and arms and all(count_in(row[k]) for k in (j, *arms)):
                sums.append(Sum((i, j), tuple((i, k) for k in arms)))
    known: set[Hashable] = {("N", j) for j in columns}
    screened = {(i, j) for i, j in _names(counts) if counts[i, j] > counts["N", j]}
    known |= {one.parts[0] for one in sums if one.total in screened}
    found = held_back(counts, sums, min_cell, known=known)
    hidden = {(i, j) for i, j in _names(found) if isinstance(i, int)}
    # How many of an arm were seen stands in other tables: here all subjects give way.
    hidden |= {(i, j) for j in everybody for i in seen if any((i, k) in hidden for k in arms)}
    return hidden | _totals_told(table, hidden, counts)


def _names(found: Collection[Hashable]) -> list[tuple[object, int]]:
    return [name for name in found if isinstance(name, tuple) and len(name) == 2]


def _sums_of_stages(table: Table, j: int, counts: dict[Hashable, int]) -> list[Sum]:
    sums: list[Sum] = []
    reached: list[Hashable] = [("N", j)]
    for block, rows in blocks_of(table):
        lines = [i for i in rows if count_in(table.rows[i][j])]
        values = {i: count_in(table.rows[i][j]) or (0, None) for i in lines}
        counts |= {(i, j): count for i, (count, _) in values.items()}
        if block == KINDS:
            sums.append(Sum(("N", j), tuple((i, j) for i in lines)))
            continue
        stages = [i for i in lines if not table.rows[i][0].startswith(("–", "Not "))]
        for i in stages:
            count, total = values[i]
            before: Hashable = ("N", j)
            if block != SEEN and total is not None:
                before = next((key for key in reversed(reached) if counts[key] == total), before)
            rest: Hashable = ("rest", i, j)
            if i + 1 in values and table.rows[i + 1][0].startswith("Not "):
                rest = (i + 1, j)
                reasons = [k for k in lines if k > i + 1 and table.rows[k][0].startswith("–")]
                mine = [k for k in reasons if not any(i < s <= k for s in stages)]
                if mine:
                    sums.append(Sum(rest, tuple((k, j) for k in mine)))
            if count > counts["N", j]:  # screened: more than entered
                reached.append((i, j))
                continue
            counts[rest] = counts[before] - count
            sums.append(Sum(before, ((i, j), rest)))
            if block != SEEN:
                reached.append((i, j))
    return sums


def _totals_told(
    table: Table, hidden: Cells, counts: Mapping[Hashable, int]
) -> set[tuple[int, int]]:
    """Return the cells that print a total, ``7/43``, which is itself held back elsewhere."""
    told = {(counts[i, j], j) for i, j in hidden}
    return {
        (i, j)
        for i, row in enumerate(table.rows)
        for j in range(1, len(row))
        for found in [count_in(row[j])]
        if found is not None and found[1] is not None and (found[1], j) in told
        if found[1] != counts["N", j]
    }


def small_in_baseline(table: Table, min_cell: int) -> set[tuple[int, int]]:
    """Return the cells to hold back of Table 1.

    Extremes are values of single subjects; quartiles are shown where at least `min_cell` subjects
    lie beyond each. The levels of a category add up to those with a value, the arms to all.
    """
    sizes = {
        j: int(found["size"])
        for j, column in enumerate(table.columns)
        if (found := _SIZE.fullmatch(column.label))
    }
    beside = [j for j in range(1, len(table.columns)) if j not in sizes]
    hidden: set[tuple[int, int]] = set()
    for block, lines in blocks_of(table):
        # Under one heading stand several flags; each is a characteristic of its own.
        pieces = [[i] for i in lines] if block == YES else [list(lines)]
        for piece in pieces:
            cells = _small_in_characteristic(table, piece, sizes, min_cell)
            if any(is_share(table.rows[i][j]) and not _is_missing(table.rows[i]) for i, j in cells):
                cells |= {(i, j) for i in piece for j in beside}
            hidden |= cells
    return hidden


def _small_in_characteristic(
    table: Table, lines: list[int], sizes: Mapping[int, int], min_cell: int
) -> set[tuple[int, int]]:
    counts: dict[Hashable, int] = {("N", j): size for j, size in sizes.items()}
    sums, hidden = [], set()
    for j, size in sizes.items():
        shares = {i: found for i in lines if (found := count_in(table.rows[i][j])) and found[1]}
        missing = [i for i in shares if _is_missing(table.rows[i])]
        levels = [i for i in shares if i not in missing]
        with_value = size - sum(shares[i][0] for i in missing)
        if levels:
            with_value = shares[levels[0]][1] or 0
        counts |= {(i, j): found[0] for i, found in shares.items()}
        counts["rest", j], counts["value", j] = size - with_value, with_value
        sums.append(Sum(("N", j), (("value", j), ("rest", j))))
        sums += [Sum(("rest", j), ((i, j),)) for i in missing]
        if levels:
            left = with_value - sum(shares[i][0] for i in levels)
            counts["other", j] = left
            sums.append(Sum(("value", j), (*((i, j) for i in levels), ("other", j))))
        hidden |= _told_by_few(table, lines, j, with_value, min_cell)
    arms = [j for j in sizes if not table.columns[j].label.startswith("All subjects")]
    for j in [j for j in sizes if j not in arms]:
        sums += [
            Sum((i, j), tuple((i, k) for k in arms))
            for i in lines
            if all((i, k) in counts for k in (j, *arms))
        ]
    held = held_back(counts, sums, min_cell, known=[("N", j) for j in sizes])
    hidden |= {(i, j) for i, j in _names(held) if isinstance(i, int)}
    # Who prints the number with a value prints the number without one.
    for j in [j for j in sizes if ("value", j) in held]:
        hidden |= {(i, j) for i in lines if is_share(table.rows[i][j])}
    return hidden


def _is_missing(row: tuple[str, ...]) -> bool:
    return row[0].lower().endswith("missing")


def _told_by_few(
    table: Table, lines: list[int], j: int, with_value: int, min_cell: int
) -> set[tuple[int, int]]:
    """Return the statistics that are values of single subjects, or rest on few."""
    return {
        (i, j)
        for i in lines
        for label in [table.rows[i][0]]
        if not is_share(table.rows[i][j])
        if label in EXTREMES
        or is_small(with_value, min_cell)
        or (label == QUARTILES and with_value < 4 * min_cell)
    }
