"""Items carried forward from the rating before the dose: filled, counted, never over answers."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka

ORDER = ["0h", "4h", "24h", "d14"]


def course() -> pl.DataFrame:
    """Two subjects; sleep (4) is not rated at 4 and 24 h, except once; 02 has no sleep before."""
    rows = [
        (subject, visit, {**dict.fromkeys(range(1, 11), 2), 4: sleep})
        for subject, visit, sleep in [
            ("01", "0h", 5),
            ("01", "4h", None),
            ("01", "24h", 1),
            ("01", "d14", None),
            ("02", "0h", None),
            ("02", "4h", None),
            ("02", "24h", None),
            ("02", "d14", 3),
            ("03", "24h", None),
        ]
    ]
    return pl.DataFrame(
        [
            {"USUBJID": s, "AVISIT": v, **{f"m{i}": a for i, a in items.items()}}
            for s, v, items in rows
        ]
    )


CARRY: dict[str, Any] = {
    "carry_forward": {"MADRS": [4]},
    "carry_from": "0h",
    "carry_to": ["4h", "24h"],
}


def score(frame: Any, **options: Any) -> Any:
    return ka.score_items(frame, "MADRS", columns="m{item}", **{"prorate": "never", **options})


def test_only_what_was_declared_is_filled_and_an_answer_stands() -> None:
    found = score(course(), **CARRY)
    rows = found.table.select("USUBJID", "AVISIT", "AVAL", "n_carried").rows()
    assert sorted(rows) == [
        ("01", "0h", 23.0, 0),
        ("01", "24h", 19.0, 0),  # rated at the visit itself: 1, not 5
        ("01", "4h", 23.0, 1),
        ("01", "d14", None, 0),  # not among carry_to
        ("02", "0h", None, 0),
        ("02", "24h", None, 0),  # nothing to carry
        ("02", "4h", None, 0),
        ("02", "d14", 21.0, 0),
        ("03", "24h", None, 0),  # no visit before
    ]
    assert (
        "MADRS: item 4 at '4h', '24h' carried forward from '0h': 1 answer; 1 answered at the "
        "visit itself and kept; 3 not answered at either visit."
    ) in found.notes
    assert found.audit.filter(reason="all items, some carried forward")["count"].to_list() == [1]
    assert "1 with all items, some of them carried forward" in found.text()
    assert "Some carried" in found.summary()


def test_an_item_that_is_carried_is_no_longer_missing() -> None:
    both = course().with_columns(m5=pl.when(AVISIT="4h").then(None).otherwise("m5"))
    plain = score(both, prorate=1).table.filter(USUBJID="01", AVISIT="4h")
    assert plain.row(0, named=True)["AVAL"] is None  # items 4 and 5: one too many
    filled = score(both, prorate=1, **CARRY).table.filter(USUBJID="01", AVISIT="4h")
    assert filled.select("AVAL", "n_missing", "n_carried", "prorated").row(0) == (
        pytest.approx(10 * (8 * 2 + 5) / 9),
        1,
        1,
        True,
    )


def test_the_order_of_the_rows_does_not_matter() -> None:
    found = score(course(), **CARRY)
    assert score(course().reverse(), **CARRY).table.equals(found.table)


def test_a_period_of_a_crossover_carries_its_own_items() -> None:
    one = course().filter(pl.col("USUBJID") == "01").with_columns(APERIOD=pl.lit(1))
    two = one.with_columns(APERIOD=pl.lit(2), m4=pl.when(AVISIT="0h").then(6).otherwise("m4"))
    found = score(pl.concat([one, two], how="vertical_relaxed"), **CARRY).table
    at = found.filter(AVISIT="4h").select("APERIOD", "AVAL").rows()
    assert at == [(1, 23.0), (2, 24.0)]


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"carry_from": None},
            "Items are carried forward by three declarations: carry_forward={scale: [items]}, "
            "carry_from=visit and carry_to=[visits]; carry_from= is not given.",
        ),
        (
            {"carry_forward": [4]},
            'carry_forward must be a dict of scale and items, such as {"MADRS": [4, 5]}, not [4].',
        ),
        (
            {"carry_forward": {"MADR": [4]}},
            "carry_forward must name scales that are scored, MADRS, not 'MADR'. Did you mean "
            "MADRS?",
        ),
        (
            {"carry_forward": {"MADRS": 4}},
            "carry_forward['MADRS'] must be a list of item numbers, not 4.",
        ),
        (
            {"carry_forward": {"MADRS": [11]}},
            "carry_forward['MADRS'] must name items of MADRS, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, not "
            "11.",
        ),
        (
            {"carry_to": ["0h"]},
            "carry_to must name the visits that take items from '0h', and cannot name that visit "
            "itself; it is ['0h'].",
        ),
        (
            {"carry_to": "Day 1"},
            "carry_from= and carry_to= must name visits of the data, not 'Day 1'; AVISIT holds "
            "'0h', '24h', '4h', 'd14'.",
        ),
    ],
)
def test_what_is_carried_must_be_declared(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        score(course(), **{**CARRY, **options})
    assert str(refused.value) == message


def test_a_later_visit_cannot_give_items_to_an_earlier_one() -> None:
    frame = course().with_columns(pl.col("AVISIT").cast(pl.Enum(ORDER)))
    with pytest.raises(ka.ArgumentError) as refused:
        score(frame, carry_forward={"MADRS": [4]}, carry_from="d14", carry_to=["24h"])
    assert str(refused.value) == (
        "carry_from must be an earlier visit than those of carry_to; 'd14' comes after '24h'."
    )
    with pytest.raises(ka.ArgumentError, match="needs visits"):
        score(course().filter(AVISIT="0h").drop("AVISIT"), **CARRY)
