"""The 2 x 2 table: what it refuses, and what it says where there is nothing to estimate."""

from __future__ import annotations

import math

import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.rates.two_by_two import as_table
from ketanalysis.rates.two_proportions import (
    RISK_DIFFERENCES,
    RISK_RATIOS,
    fisher_exact,
    odds_ratio,
    pearson_chi_square,
    risk_difference,
    risk_ratio,
)


def test_rates_and_cells_by_hand() -> None:
    table = as_table(3, 4, 1, 5)
    assert (table.p1, table.p0, table.total, table.obstacle) == (0.75, 0.2, 9.0, "")
    assert tuple(table.cells.values()) == (3.0, 1.0, 1.0, 4.0)
    assert table.swapped == as_table(1, 5, 3, 4)
    assert all(type(count) is float for count in table)


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ((0, 0, 3, 5), "No subjects in group 1."),
        ((3, 5, 0, 0), "No subjects in group 0."),
        ((0, 0, 0, 0), "No subjects in group 1 and group 0."),
    ],
)
def test_a_group_without_subjects_gives_nan_and_says_so(
    counts: tuple[int, int, int, int], note: str
) -> None:
    found = [risk_difference(*counts, method) for method in RISK_DIFFERENCES]
    found += [risk_ratio(*counts, method) for method in RISK_RATIOS]
    for estimate in [*found, odds_ratio(*counts), fisher_exact(*counts)]:
        held = (estimate.estimate, estimate.low, estimate.high, estimate.p_value)
        assert all(math.isnan(value) for value in held), estimate
        assert estimate.note == note
    assert all(math.isnan(value) for value in pearson_chi_square(*counts))


@pytest.mark.parametrize("function", [risk_difference, risk_ratio, odds_ratio, fisher_exact])
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((4, 3, 1, 5), "x1 must be whole subjects between 0 and n1, not 4 of 3."),
        ((1, 3, -1, 5), "x0 must be whole subjects between 0 and n0, not -1 of 5."),
        ((0.5, 3, 1, 5), "x1 must be whole subjects between 0 and n1, not 0.5 of 3."),
        ((1, 3, 1, math.nan), "x0 must be whole subjects between 0 and n0, not 1 of nan."),
        ((1, math.inf, 1, 2), "x1 must be whole subjects between 0 and n1, not 1 of inf."),
    ],
)
def test_impossible_counts_are_refused(
    function: object, counts: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ArgumentError) as refusal:
        function(*counts)  # type: ignore[operator]
    assert str(refusal.value) == message


@pytest.mark.parametrize("function", [risk_difference, risk_ratio, odds_ratio, fisher_exact])
def test_a_level_in_per_cent_is_refused(function: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        function(1, 2, 1, 2, conf_level=95)  # type: ignore[operator]
    assert str(refusal.value) == "conf_level must be between 0 and 1 (0.95 is 95 %), not 95."
