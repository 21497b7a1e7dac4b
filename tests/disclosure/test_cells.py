"""`ka.suppress_small_cells`: a table of one's own before it is passed on."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka

REASONS = ["completed", "lost to follow-up", "adverse event", "All"]
ARMS = {"ketamine": [25, 4, 2, 31], "midazolam": [28, 3, 0, 31], "All": [53, 7, 2, 62]}
TABLE = pl.DataFrame(
    [
        {"arm": arm, "reason": reason, "count": count}
        for arm, counts in ARMS.items()
        for reason, count in zip(REASONS, counts, strict=True)
    ]
)


def shown(table: pl.DataFrame, arm: str) -> list[int | None]:
    return table.filter(pl.col("arm") == arm)["count"].to_list()


def test_a_table_by_arm_and_reason_with_both_totals() -> None:
    found = ka.suppress_small_cells(
        TABLE, by=["arm", "reason"], count="count", min_cell=5, total="All"
    )
    assert found.columns == [*TABLE.columns, "suppressed"]
    # 3 of midazolam takes 28 with it, for the 0 is shown; and the 53 of all would tell that 28.
    assert shown(found, "midazolam") == [None, None, 0, 31]
    assert shown(found, "ketamine") == [None, None, None, 31]
    assert shown(found, "All")[3] == 62
    assert shown(found, "All")[2] is None
    assert found["suppressed"].to_list() == found["count"].is_null().to_list()


def test_rows_in_any_order_and_any_frame_give_the_same() -> None:
    asked = {"by": ["arm", "reason"], "count": "count", "min_cell": 5, "total": "All"}
    straight = ka.suppress_small_cells(TABLE, **asked)
    back = ka.suppress_small_cells(TABLE.reverse(), **asked)
    assert back.reverse().equals(straight)
    pandas = ka.suppress_small_cells(TABLE.to_pandas(), **asked)
    assert isinstance(pandas, pd.DataFrame)
    assert pandas["suppressed"].tolist() == straight["suppressed"].to_list()


def test_without_totals_only_small_counts_are_held_back() -> None:
    found = ka.suppress_small_cells(
        {"reason": REASONS[:3], "count": [25, 4, 0]}, by="reason", count="count", min_cell=5
    )
    assert found["count"].to_list() == [25, None, 0]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (
            [25, 4, 3, 31],
            "The total of all is 31, and its parts add up to 32.\n"
            "  Give every part, or leave the total out.",
        ),
        (
            [25, None, 2, 31],
            "count must hold whole numbers from 0 and none missing: it counts subjects.",
        ),
        (
            [25, -4, 10, 31],
            "count must hold whole numbers from 0 and none missing: it counts subjects.",
        ),
        (
            [25.5, 4.0, 2.0, 31.5],
            "count must hold whole numbers from 0 and none missing: it counts subjects.",
        ),
    ],
)
def test_counts_that_cannot_be_are_refused(counts: list[object], words: str) -> None:
    with pytest.raises(ka.ContractError) as refused:
        ka.suppress_small_cells(
            {"reason": REASONS, "count": counts},
            by="reason",
            count="count",
            min_cell=5,
            total="All",
        )
    assert str(refused.value) == words


def test_a_cell_stands_once_and_columns_are_there() -> None:
    twice = {"reason": ["a", "a"], "count": [7, 8]}
    with pytest.raises(ka.ContractError) as refused:
        ka.suppress_small_cells(twice, by="reason", count="count", min_cell=5)
    assert str(refused.value) == "Two rows agree in reason: each cell must stand once."
    with pytest.raises(ka.ArgumentError, match="by must be"):
        ka.suppress_small_cells(twice, by="reasons", count="count", min_cell=5)
