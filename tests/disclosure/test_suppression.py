"""Counts held back: every table is attacked by trying other numbers for what is not shown."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.disclosure.suppression import Sum, check_min_cell, held_back, possible

COUNTS = st.integers(0, 14)


def other_numbers(
    counts: dict[object, int], sums: list[Sum], hidden: list[object], cell: object
) -> bool:
    """Whether other numbers in the hidden cells, another in `cell`, fit all that is shown."""
    for moves in product((0, 1, -1, 2, -2), repeat=len(hidden)):
        moved = dict(zip(hidden, moves, strict=True))
        if moved[cell] == 0 or any(counts[name] + by < 1 for name, by in moved.items()):
            continue
        if all(
            sum(moved.get(part, 0) for part in one.parts) == moved.get(one.total, 0) for one in sums
        ):
            return True
    return False


def crossed(grid: list[list[int]]) -> tuple[dict[object, int], list[Sum]]:
    """Return the cells of a table by row and column with all its totals, and its sums."""
    rows, columns = range(len(grid)), range(len(grid[0]))
    counts: dict[object, int] = {(i, j): grid[i][j] for i in rows for j in columns}
    counts |= {(i, "All"): sum(grid[i]) for i in rows}
    counts |= {("All", j): sum(grid[i][j] for i in rows) for j in columns}
    counts["All", "All"] = sum(map(sum, grid))
    sums = [Sum((i, "All"), tuple((i, j) for j in columns)) for i in [*rows, "All"]]
    sums += [Sum(("All", j), tuple((i, j) for i in rows)) for j in [*columns, "All"]]
    return counts, sums


@settings(max_examples=150, deadline=None)
@given(st.lists(COUNTS, min_size=2, max_size=5), st.sampled_from([3, 5, 11]))
def test_reasons_that_add_up_to_an_arm_of_known_size(parts: list[int], min_cell: int) -> None:
    whole = sum(parts)
    if 0 < whole < min_cell:
        return  # nothing of so few can be shown: see the refusal below
    counts: dict[object, int] = {"N": whole, **dict(enumerate(parts))}
    sums = [Sum("N", tuple(range(len(parts))))]
    hidden = held_back(counts, sums, min_cell, known=("N",))
    small = {name for name, count in counts.items() if 0 < count < min_cell}
    assert small <= hidden
    assert not any(counts[name] == 0 for name in hidden)
    for cell in small:
        assert other_numbers(counts, sums, sorted(hidden, key=str), cell)
    # Those held back together are not few either, nor are they as many as there are cells.
    if hidden:
        together = sum(counts[name] for name in hidden)
        assert together >= min_cell
        assert together > len(hidden) > 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(COUNTS, min_size=2, max_size=2), min_size=2, max_size=3),
    st.sampled_from([3, 5]),
)
def test_two_way_tables_with_all_their_totals(grid: list[list[int]], min_cell: int) -> None:
    counts, sums = crossed(grid)
    hidden = held_back(counts, sums, min_cell)
    small = {name for name, count in counts.items() if 0 < count < min_cell}
    assert small <= hidden
    ranges = possible(counts, sums, hidden)
    for cell in small:
        low, high = ranges[cell]
        assert low <= counts[cell] <= high
        assert low < high
        if len(hidden) <= 7:  # trying all takes 5 to the power of this
            assert other_numbers(counts, sums, sorted(hidden, key=str), cell)


@given(st.permutations(range(5)))
@settings(deadline=None)
def test_the_order_of_the_cells_does_not_matter(order: list[int]) -> None:
    parts = [25, 4, 2, 0, 9]
    counts: dict[object, int] = {"N": 40, **{i: parts[i] for i in order}}
    hidden = held_back(counts, [Sum("N", tuple(order))], 5, known=("N",))
    assert hidden == {1, 2}


def test_one_small_count_takes_the_next_smallest_with_it() -> None:
    counts: dict[object, int] = {"N": 48, "scored": 45, "missing": 3}
    sums = [Sum("N", ("scored", "missing"))]
    assert held_back(counts, sums, 5, known=("N",)) == {"scored", "missing"}
    # Two that are few together take a third.
    counts = {"N": 48, "a": 2, "b": 1, "c": 20, "d": 25}
    assert held_back(counts, [Sum("N", tuple("abcd"))], 5, known=("N",)) == {"a", "b", "c"}
    # As many subjects as cells would tell that each is one.
    counts = {"N": 25, "a": 1, "b": 1, "c": 1, "d": 22}
    assert held_back(counts, [Sum("N", tuple("abcd"))], 3, known=("N",)) == {"a", "b", "c", "d"}


def test_crossing_sums_are_solved_together() -> None:
    # In every row and column two cells are held back, and yet one could be worked out.
    counts: dict[object, int] = {"x": 3, "y": 6, "z": 7, "xy": 9, "yz": 13, "xz": 10}
    sums = [Sum("xy", ("x", "y")), Sum("yz", ("y", "z")), Sum("xz", ("x", "z"))]
    assert possible(counts, sums, {"x", "y", "z"}) == {"x": (3, 3), "y": (6, 6), "z": (7, 7)}
    hidden = held_back(counts, sums, 5)
    low, high = possible(counts, sums, hidden)["x"]
    assert low < high


def test_what_is_no_smallest_count_is_refused() -> None:
    for given_one in (2, 0, -5, True, 5.0, "5", None):
        with pytest.raises(ka.ArgumentError) as refused:
            check_min_cell(given_one)
        assert str(refused.value) == (
            f"min_cell must be a whole number from 3, such as 5 or 11, not {given_one!r}: the "
            "smallest count of subjects that may be shown."
        )
    with pytest.raises(ka.ArgumentError) as refused:
        held_back({"N": 4, "a": 4}, [Sum("N", ("a",))], 5, known=("N",))
    assert str(refused.value) == "N is known to the reader and below 5."
