"""Tables of a report that is passed on: cells held back where a small count could be read.

Each function takes a table and the size of each arm, which is known to the reader, and returns
the table with what must not be read replaced by `SIGN`. What holds for which table is stated here
alone; a table that no function knows is shown whole or not at all (`is_clear`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import polars as pl

from ketanalysis.disclosure.suppression import Sum, held_back, is_small
from ketanalysis.study.shared_cells import blocks_of, count_in
from ketanalysis.tables import Table

Sizes = Mapping[str, int]


def small_in_shares(
    table: Table, sizes: Sizes, min_cell: int, *, is_one_question: bool = True
) -> set[tuple[int, int]]:
    """Return the cells to hold back of a table whose spanned columns begin with n/N.

    Of one group, one visit (or event) and all blocks: a share is shown only where neither those
    with nor those without, nor those of the arm who are not counted, are few, and where what is
    shown differs from each share shown above by no small number of subjects. What compares the
    groups is held back where one of them is. The blocks are several questions, such as several
    events, where `is_one_question` is false; then each stands alone.
    """
    shown: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    hidden: set[tuple[int, int]] = set()
    blocks, compared = _spans(table)
    asked = {i: "" if is_one_question else name for name, at in blocks_of(table) for i in at}
    for i, row in enumerate(table.rows):
        for group, columns in blocks.items():
            found = count_in(row[columns[0]])
            if found is None or found[1] is None:
                continue
            share, size = (found[0], found[1]), sizes.get(group, found[1])
            above = shown.setdefault((asked[i], row[0], group), [])
            if is_told(share, size, above, min_cell):
                hidden |= {(i, j) for j in columns}
            else:
                above.append(share)
        if any((i, columns[0]) in hidden for columns in blocks.values()):
            hidden |= {(i, j) for j in compared}
    return hidden


def is_told(share: tuple[int, int], size: int, above: list[tuple[int, int]], min_cell: int) -> bool:
    """Whether a share of a group of this size, beside those shown above, tells a small count."""
    count, total = share
    numbers = [count, total - count, size - total, total]
    for other, whole in above:
        numbers += [abs(count - other), abs(total - whole), abs(total - count - whole + other)]
    return any(is_small(number, min_cell) for number in numbers)


def _spans(table: Table) -> tuple[dict[str, list[int]], list[int]]:
    """Return the columns of each group that has n/N, and the columns that compare groups."""
    blocks: dict[str, list[int]] = {}
    for j, column in enumerate(table.columns):
        if column.spanner:
            blocks.setdefault(column.spanner, []).append(j)
    groups = {name: at for name, at in blocks.items() if table.columns[at[0]].label == "n/N"}
    rest = [j for name, at in blocks.items() if name not in groups for j in at]
    return groups, rest


def small_in_events(table: Table, sizes: Sizes, min_cell: int) -> set[tuple[int, int]]:
    """Return the cells to hold back of a table of adverse events.

    Beside `small_in_shares`: an event is held back where those with any event and not this one
    are few; a sum over infusions, where one of its infusions is.
    """
    hidden = small_in_shares(table, sizes, min_cell, is_one_question=False)
    blocks, compared = _spans(table)
    for columns in blocks.values():
        first = columns[0]
        most: int | None = None
        for _, lines in blocks_of(table):
            for i in lines:
                found = count_in(table.rows[i][first])
                if found is None:
                    continue
                label = table.rows[i][0]
                if label == "Any event":
                    most = found[0] if (i, first) not in hidden else None
                is_rest_small = most is not None and is_small(most - found[0], min_cell)
                is_sum = label == "All infusions"
                if is_rest_small or (is_sum and any((k, first) in hidden for k in lines)):
                    hidden |= {(i, j) for j in (*columns, *compared)}
    return hidden


def small_in_course(table: Table, sizes: Sizes, min_cell: int) -> set[tuple[int, int]]:
    """Return the cells to hold back of means by visit: the n, and the interval that tells it."""
    hidden = set()
    spans: dict[str, list[int]] = {}
    for j, column in enumerate(table.columns):
        if j:
            spans.setdefault(column.spanner, []).append(j)
    for i, row in enumerate(table.rows):
        for group, columns in spans.items():
            found = count_in(row[columns[0]])
            if found is None:
                continue
            n, size = found[0], sizes.get(group, sum(sizes.values()))
            if is_small(n, min_cell):
                hidden |= {(i, j) for j in columns}
            elif is_small(size - n, min_cell):
                hidden |= {(i, columns[0]), (i, columns[-1])}
    return hidden


def small_in_sensitivity(
    table: Table, held: Mapping[str, set[str]], sizes: Sizes, min_cell: int
) -> set[tuple[int, int]]:
    """Return the cells to hold back of sensitivity analyses.

    `held` gives, for response and remission, the handlings of missing scores whose counts are
    held back; so are their differences here. Of a change the numbers of subjects are.
    """
    hidden = set()
    # Of several contrasts the columns name no arm: then the most subjects of any row count.
    most = [
        sizes.get(column.label.removesuffix(", n"), max(int(row[j]) for row in table.rows))
        for j, column in list(enumerate(table.columns))[1:3]
    ]
    for block, lines in blocks_of(table):
        endpoint = block.partition(",")[0].lower()
        for i in lines:
            row = table.rows[i]
            handling = row[0].removesuffix(" (primary)")
            if handling[:1].lower() + handling[1:] in held.get(endpoint, ()):
                hidden |= {(i, j) for j in range(1, len(row))}
            if any(is_small(m - int(n), min_cell) for n, m in zip(row[1:3], most, strict=True)):
                hidden |= {(i, 1), (i, 2)}
    return hidden


def small_in_milestones(result: Any, relapse: Any, min_cell: int) -> set[tuple[int, int]]:
    """Return the cells to hold back of the shares without event at given times.

    Where nobody is censored before, such a share tells the number of events until then.
    """
    tte = relapse.tte.filter(pl.col("entered"))
    shown: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    hidden = set()
    for i, row in enumerate(result.table.iter_rows(named=True)):
        group = tuple(row[column] for column in result.by)
        mine = tte.filter([pl.col(c).cast(pl.String) == str(row[c]) for c in result.by] or True)
        events = mine.filter((pl.col("CNSR") == 0) & (pl.col("AVAL") <= row["time"])).height
        share = (events, mine.height)
        above = shown.setdefault(group, [])
        if is_told(share, mine.height, above, min_cell):
            hidden |= {(i, 2), (i, 3)}
        else:
            above.append(share)
    return hidden


def small_in_audit(table: Table, sizes: Sizes, min_cell: int) -> set[tuple[int, int]]:
    """Return the cells to hold back of subjects in and out: the reasons of an arm add up to it."""
    return {
        (name, j)
        for j, held in _audited(table, sizes, min_cell).items()
        for name in held
        if isinstance(name, int)
    }


def arms_with_few(table: Table, sizes: Sizes, min_cell: int) -> dict[str, set[str]]:
    """Return what is held back of each arm in an audit: "in", "events" or "censored"."""
    return {
        table.columns[j].label: {name for name in held if isinstance(name, str)}
        for j, held in _audited(table, sizes, min_cell).items()
    }


def _audited(table: Table, sizes: Sizes, min_cell: int) -> dict[int, set[Hashable]]:
    """Return, by column, the rows of an audit that are held back, and the sums over its rows.

    All reasons of a block add up to the arm; so do those in the analysis and those not, and those
    in it are with or without an event. The first block names the sums for all.
    """
    found = {}
    for j, column in enumerate(table.columns):
        if j < 2:
            continue
        size = sizes.get(column.label, sum(sizes.values()))
        counts: dict[Hashable, int] = {"N": size}
        sums: list[Sum] = []
        for at, (_, lines) in enumerate(blocks_of(table)):
            counts |= {i: int(table.rows[i][j]) for i in lines}
            if sum(counts[i] for i in lines) == size:
                sums += _sums_of_block(table, lines, counts, "" if at == 0 else str(at))
        held = set(held_back(counts, sums, min_cell, known=("N",)))
        # Two blocks may count the same subjects under other words.
        told = {counts[name] for name in held if isinstance(name, int)}
        held |= {i for i in range(len(table.rows)) if counts[i] in told and counts[i]}
        found[j] = held
    return found


def _sums_of_block(table: Table, lines: range, counts: dict[Hashable, int], mark: str) -> list[Sum]:
    """Return the sums of one block, and add what they are to the counts."""
    rows = {i: table.rows[i] for i in lines}
    included = tuple(i for i, row in rows.items() if row[1] == "included")
    excluded = tuple(i for i in lines if i not in included)
    parts: dict[str, tuple[Hashable, ...]] = {"in": included, "out": excluded}
    events = tuple(i for i in included if rows[i][0].startswith("Event"))
    if events:
        parts["events"] = events
        parts["censored"] = tuple(i for i in included if i not in events)
        parts["in"] = ("events" + mark, "censored" + mark)
    # The parts of the parts first: a sum is made of names that are counted already.
    for name in ("events", "censored", "in", "out"):
        if name in parts:
            counts[name + mark] = sum(counts[part] for part in parts[name])
    sums = [Sum(name + mark, members) for name, members in parts.items()]
    return [*sums, Sum("N", ("in" + mark, "out" + mark))]
