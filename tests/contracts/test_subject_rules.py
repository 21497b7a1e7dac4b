"""Each rule on identifiers, keys and arms, kept and broken; messages word by word."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.contracts.rules import named_rule
from ketanalysis.contracts.subject_rules import declared_arm, has_scores, known_subject, unique_key
from tests.contracts.rule_data import course, found

KEPT = [("trimmed", "USUBJID"), ("near_duplicate", "USUBJID")]


@pytest.mark.parametrize("name, column", KEPT)
def test_a_clean_course_of_scores_breaks_no_rule(name: str, column: str) -> None:
    assert found(named_rule(name, column), course()) == []


def test_spaces_at_the_ends() -> None:
    frame = course(USUBJID=["S1", "S1 ", "S2", " S2", "S3", None])
    assert found(named_rule("trimmed", "USUBJID"), frame) == [
        (2, 'ADQS.USUBJID should have no spaces at its ends, not "S1 ".'),
        (4, 'ADQS.USUBJID should have no spaces at its ends, not " S2".'),
    ]


def test_near_duplicates_by_capitals_spaces_and_accents() -> None:
    frame = course(USUBJID=["S1", "s1", "caf\u00e9", "cafe\u0301", "S 2", "S2"])
    assert [row for row, _ in found(named_rule("near_duplicate", "USUBJID"), frame)] == [1, 2, 3, 4]
    assert found(named_rule("near_duplicate", "USUBJID"), frame)[0][1] == (
        "ADQS.USUBJID should spell each subject in one way: these differ only in spaces, "
        "capitals, the coding of accents or unseen characters."
    )


def test_characters_that_cannot_be_seen_make_near_duplicates() -> None:
    frame = course(USUBJID=["S1", "S\u200b1", "S2\ufeff", "S2 \u200d", "\u00e9", "e\u00ad\u0301"])
    rows = [row for row, _ in found(named_rule("near_duplicate", "USUBJID"), frame)]
    assert rows == [1, 2, 3, 4, 5, 6]


def test_who_has_no_arm() -> None:
    frame = pl.DataFrame(
        {
            "TRT01P": ["drug", None, None, None, " ", None],
            "RANDFL": ["Y", "Y", "N", "N", "N", None],
            "ITTFL": ["Y", "Y", "N", "Y", "N", "N"],
            "SAFFL": ["Y", "Y", "N", "N", "N", "N"],
            "PPROTFL": ["Y", None, None, "N", "Y", None],
        }
    )
    rule = named_rule("has_arm", "TRT01P")
    message = "ADQS.TRT01P must not be missing."
    assert found(rule, frame) == [(row, message) for row in (2, 4, 5, 6)]
    for column in ("RANDFL", "ITTFL", "SAFFL"):  # without its flag, nobody is screened only
        rows = [row for row, _ in found(rule, frame.drop(column))]
        assert rows == [2, 3, 4, 5, 6]


def test_two_spellings_of_an_event() -> None:
    frame = pl.DataFrame({"AEDECOD": ["Nausea", "NAUSEA ", "Headache", None, "Nausea"]})
    rule = named_rule("near_duplicate", "AEDECOD")
    message = (
        "ADQS.AEDECOD should spell each event in one way: these differ only in spaces, capitals, "
        "the coding of accents or unseen characters."
    )
    assert found(rule, frame) == [(1, message), (2, message)]
    assert rule.advice == "Use one spelling if they are one event."


def test_two_rows_of_one_visit_are_both_listed() -> None:
    rule = unique_key(("USUBJID", "PARAMCD", "AVISIT"), ("APERIOD",))
    assert found(rule, course()) == []
    twice = pl.concat([course(), course(AVAL=[31.0, 20.0, 1, 1, 1, 1]).head(2)])
    message = "ADQS.AVISIT must be on one row for each USUBJID and PARAMCD, not 2 {}."
    assert found(rule, twice) == [
        (1, message.format("identical rows")),
        (2, message.format("rows")),
        (7, message.format("identical rows")),
        (8, message.format("rows")),
    ]


def test_rows_of_two_periods_are_no_duplicates_and_are_counted_apart() -> None:
    rule = unique_key(("USUBJID", "PARAMCD", "AVISIT"), ("APERIOD",))
    two = pl.concat([course(APERIOD=[1] * 6), course(APERIOD=[2] * 6)])
    assert found(rule, two) == []
    assert {m[-21:] for _, m in found(rule, pl.concat([two, two.head(1), two.slice(6, 1)]))} == {
        "not 2 identical rows."
    }


def test_a_key_that_is_missing_is_no_duplicate() -> None:
    frame = pl.DataFrame({"USUBJID": [None, None, "1", "1"]}, schema={"USUBJID": pl.String})
    assert [row for row, _ in found(unique_key(("USUBJID",)), frame)] == [3, 4]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12))
def test_the_quick_proof_of_uniqueness_agrees_with_counting(rows: list[tuple[str, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    mask = unique_key(("a", "b")).mask(frame)
    assert mask.to_list() == [rows.count(row) > 1 for row in rows]


def test_a_subject_in_two_arms_lists_the_arms() -> None:
    frame = pl.DataFrame({"USUBJID": ["1", "2", "1"], "TRT01P": ["DRUG", "DRUG", "PLACEBO"]})
    message = 'ADQS.TRT01P must be one arm for each subject, not "DRUG" and "PLACEBO".'
    assert found(named_rule("one_arm", "TRT01P"), frame) == [(1, message), (3, message)]
    one = frame.with_columns(TRT01P=pl.Series(["DRUG", None, None]))
    assert found(named_rule("one_arm", "TRT01P"), one) == []


def test_an_arm_that_was_not_declared() -> None:
    frame = pl.DataFrame({"TRT01P": ["DRUG", "Drug", None]})
    assert found(declared_arm(["PLACEBO", "DRUG"]), frame) == [
        (2, 'ADQS.TRT01P must be one of the declared arms PLACEBO, DRUG, not "Drug".')
    ]


def test_a_subject_that_adsl_does_not_know() -> None:
    rule = known_subject(pl.Series(["1", "2"]))
    assert found(rule, pl.DataFrame({"USUBJID": ["1", "3", None]})) == [
        (2, 'ADQS.USUBJID must be a subject of ADSL, not "3".')
    ]
    assert rule.severity == "error"
    assert found(rule, pl.DataFrame({"USUBJID": ["1"]})) == []


def test_a_subject_without_scores() -> None:
    rule = has_scores(pl.Series(["1"]))
    assert found(rule, pl.DataFrame({"USUBJID": ["1", "2"]})) == [
        (2, "ADQS.USUBJID has no row in ADQS for these subjects.")
    ]
