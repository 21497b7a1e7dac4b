"""Rules on items and totals, each with a table that keeps it and one that breaks it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.contracts.checking import check_frame
from ketanalysis.contracts.item_rules import expected_totals, item_total
from ketanalysis.contracts.rules import named_rule
from tests.contracts.rule_data import found


def items(scale: str = "PHQ9", *rows: Sequence[float | None], visit: str = "d0") -> pl.DataFrame:
    """Return item answers of one scale, one subject a row of answers."""
    return pl.DataFrame(
        [
            (f"{subject:02}", scale, visit, item, None if answer is None else float(answer))
            for subject, answers in enumerate(rows, start=1)
            for item, answer in enumerate(answers, start=1)
        ],
        schema={
            "USUBJID": pl.String,
            "PARAMCD": pl.String,
            "AVISIT": pl.String,
            "QSTESTCD": pl.Int64,
            "AVAL": pl.Float64,
        },
        orient="row",
    )


def totals(scale: str, *values: float | None, visit: str = "d0") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "USUBJID": [f"{i:02}" for i in range(1, len(values) + 1)],
            "PARAMCD": [scale] * len(values),
            "AVISIT": [visit] * len(values),
            "AVAL": values,
        },
        schema_overrides={"AVAL": pl.Float64},
    )


PHQ = items("PHQ9", [1] * 9, [2] * 9)


# --- one answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name, column", [("item_number", "QSTESTCD"), ("item_range", "AVAL")])
def test_good_items_break_no_rule(name: str, column: str) -> None:
    rule = named_rule(name, column)
    assert found(rule, PHQ) == []
    assert found(rule, PHQ.with_columns(AVAL=None, QSTESTCD=pl.lit(9))) == []
    assert found(rule, PHQ.with_columns(PARAMCD=pl.lit("OWN"), QSTESTCD=pl.lit(99))) == []
    # Editions of the FQ number their items differently: nothing is known of item 99.
    assert found(rule, PHQ.with_columns(PARAMCD=pl.lit("FQ"), QSTESTCD=pl.lit(99))) == []


def test_an_item_that_the_scale_does_not_have() -> None:
    odd = PHQ.with_columns(
        QSTESTCD=pl.when(QSTESTCD=9, USUBJID="02").then(10).otherwise("QSTESTCD")
    )
    assert found(named_rule("item_number", "QSTESTCD"), odd) == [
        (18, "ADQS.QSTESTCD must be the number of an item of PHQ9, not 10.")
    ]
    asked = pl.DataFrame({"PARAMCD": ["BSS"] * 3, "QSTESTCD": [19, 21, 22]})
    assert [row for row, _ in found(named_rule("item_number", "QSTESTCD"), asked)] == [3]


def test_an_answer_that_the_item_does_not_have() -> None:
    rule = named_rule("item_range", "AVAL")
    odd = items("HAMD17", [5, 4, 4, 3, 1.5])
    assert found(rule, odd) == [
        (1, "ADQS.AVAL must be an answer to item 1 of HAMD17, not 5 (of 0 to 4)."),
        (4, "ADQS.AVAL must be an answer to item 4 of HAMD17, not 3 (of 0 to 2)."),
        (5, "ADQS.AVAL must be an answer to item 5 of HAMD17, not 1.5 (of 0 to 2)."),
    ]
    assert found(rule, items("VASANX", [37.5], [101]))[0][0] == 2


def test_the_contract_of_item_answers() -> None:
    report = check_frame(PHQ, "adqsitem")
    assert report.ok
    assert check_frame(PHQ[:0], "adqsitem").ok
    twice = check_frame(pl.concat([PHQ, PHQ[:1]]), "adqsitem")
    assert (
        twice.errors["message"].to_list()
        == [
            "ADQSITEM.QSTESTCD must be on one row for each USUBJID and PARAMCD and AVISIT, not 2 "
            "identical rows."
        ]
        * 2
    )
    part = check_frame(PHQ.with_columns(QSTESTCD=pl.col("QSTESTCD") + 0.5), "adqsitem")
    assert set(part.errors["rule"]) == {"whole", "item_number"}


# --- totals against their items -------------------------------------------------------------------


def told(scores: pl.DataFrame, answers: pl.DataFrame) -> list[tuple[int, str]]:
    start = "ADQS.AVAL should be the score of the items of the assessment, not "
    return [(row, text.removeprefix(start)) for row, text in found(item_total(answers), scores)]


def test_a_total_of_complete_items_must_be_theirs() -> None:
    assert told(totals("PHQ9", 9, 18), PHQ) == []
    assert told(totals("PHQ9", 9, 17), PHQ) == [(2, "17 (the items give 18).")]
    assert told(totals("PHQ9", None, 18), PHQ) == []
    assert told(totals("PHQ9", 3, 3, visit="d7"), PHQ) == []  # no items at that visit
    assert told(totals("MADRS", 3, 3), PHQ) == []
    assert told(totals("PHQ9", 9 + 1e-9, 18), PHQ) == []


def test_a_plain_sum_where_domains_or_reversed_items_count() -> None:
    qids = items("QIDSSR16", [1] * 16)
    assert told(totals("QIDSSR16", 9), qids) == []
    assert told(totals("QIDSSR16", 16), qids) == [
        (1, "16 (the items give 9; it is their plain sum).")
    ]
    stai = items("STAIS", [1] * 20)
    assert told(totals("STAIS", 20), stai) == [
        (1, "20 (the items give 50; it is their plain sum).")
    ]


def test_a_total_with_missing_items() -> None:
    answers = items("PHQ9", [1] * 8 + [None], [2] * 5 + [None] * 4, [0] * 8 + [None])
    assert told(totals("PHQ9", 9, 19, 0), answers) == []  # made up for in one way or another
    assert told(totals("PHQ9", 8, 10, 0), answers) == [
        (1, "8 (1 item is missing, which it counts as 0)."),
        (2, "10 (4 items are missing, which it counts as 0)."),
    ]
    assert told(totals("PHQ9", 12, 9, 3), answers) == [
        (1, "12 (1 item is missing, and no answers to them give it)."),
        (2, "9 (4 items are missing, and no answers to them give it)."),
    ]


def test_items_that_say_nothing_give_no_total() -> None:
    assert expected_totals(PHQ.drop("AVISIT")).is_empty()
    assert expected_totals(PHQ.with_columns(PARAMCD=pl.lit("OWN"))).is_empty()
    assert expected_totals(PHQ.with_columns(PARAMCD=pl.lit("FQ"))).is_empty()
    twice = pl.concat([PHQ, PHQ[:1]])  # an item that stands twice counts as not answered
    assert expected_totals(twice).sort("USUBJID")["n_missing"].to_list() == [1, 0]


def test_check_trial_names_subject_and_visit() -> None:
    trial = ka.as_trial(totals("PHQ9", 9, 17), visits=["d0"], items=PHQ)
    assert trial.report is not None
    finding = trial.report.warnings.filter(rule="item_total").row(0, named=True)
    assert (finding["USUBJID"], finding["AVISIT"], finding["PARAMCD"]) == ("02", "d0", "PHQ9")
    assert finding["severity"] == "warning"
    assert (
        "ADQS.AVAL should be the score of the items of the assessment, not 17 (the items give "
        '18).\n  Row 2 (subject 02), visit "d0". Rule `item_total` of schemas/adqs.toml.\n'
        "  Score the items anew with score_items, or correct the item or the total."
    ) in trial.report.summary()


def test_a_period_has_its_own_items() -> None:
    answers = pl.concat(
        [PHQ.with_columns(APERIOD=pl.lit(1)), PHQ.with_columns(APERIOD=pl.lit(2), AVAL=pl.lit(0.0))]
    )
    scores = pl.concat(
        [
            totals("PHQ9", 9, 18).with_columns(APERIOD=pl.lit(1)),
            totals("PHQ9", 0, 1).with_columns(APERIOD=pl.lit(2)),
        ]
    )
    assert told(scores, answers) == [(4, "1 (the items give 0).")]
