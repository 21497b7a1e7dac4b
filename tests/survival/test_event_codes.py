"""Codes of events: those declared are read as declared, and none is ever guessed."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.survival.estimates import estimate_survival
from tests.survival.survival_data import message


@pytest.mark.parametrize(
    ("codes", "options"),
    [
        ([1, 0, 1, 1], {}),
        ([True, False, True, True], {}),
        ([1.0, 0.0, 1.0, 1.0], {}),
        ([2, 1, 2, 2], {"event_value": 2}),
        (["Y", "N", "Y", "Y"], {"event_value": "Y"}),
        (["ECT", "none", "relapse", "relapse"], {"event_value": ["ECT", "relapse"]}),
    ],
)
def test_declared_codings_agree(codes: list, options: dict) -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 5, 6, 8], "CNSR": [0, 1, 0, 0], "status": codes})
    assert estimate_survival(frame, event="status", **options).table.equals(
        estimate_survival(frame).table
    )


def test_what_counts_as_censored_is_written_down() -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 5, 6], "status": [0, 1, 2]})
    assert estimate_survival(frame, event="status", event_value=1).notes[-1] == (
        "Event: status is 1; 0, 2 counted as censored."
    )


@pytest.mark.parametrize("codes", [[1, 2, 2], [-1, 1, 0], [0.5, 1.0, 0.0], ["0", "1", "1"]])
def test_an_undeclared_coding_is_never_guessed(codes: list) -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 5, 6], "status": codes})
    found = ", ".join(repr(code) for code in sorted(set(codes)))
    assert message(frame, event="status") == (
        f"The codes of status must be 0 and 1, or False and True, not {found}.\n"
        "  Say which code is the event: event_value=2 for 1/2 coding, event_value='Y' for Y/N."
    )


def test_a_slip_in_the_code_is_caught_but_a_code_that_did_not_occur_is_not() -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 5], "status": ["Yes", "No"]})
    assert message(frame, event="status", event_value="yes") == (
        "event_value must be among the codes of status ('No', 'Yes'), not 'yes'. Did you mean Yes?"
    )
    none = pl.DataFrame({"AVAL": [3.0, 5], "status": [1, 1]})
    assert estimate_survival(none, event="status", event_value=2).medians["n_event"].item() == 0


def test_censoring_codes_are_zero_or_positive_whole_numbers() -> None:
    for code, shown in ((-1.0, "-1.0"), (0.5, "0.5"), (None, "missing")):
        frame = pl.DataFrame({"USUBJID": ["A", "B"], "AVAL": [3.0, 5], "CNSR": [0.0, code]})
        assert message(frame) == (
            f"CNSR must be 0 (event) or a whole number from 1 (censored), not {shown}.\n"
            "  Row 2 (subject B), counted from 1.\n"
            "  Correct the code, or name the column of events with event=."
        )
    frame = pl.DataFrame({"AVAL": [3.0, 5], "CNSR": ["Y", "N"]})
    assert message(frame) == (
        "CNSR must be 0 (event) or a whole number from 1 (censored), not 'N', 'Y'.\n"
        "  Give numbers, or name the column of events with event= and event_value=."
    )


def test_other_refusals_about_codes() -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 5], "status": [0, None]})
    assert message(frame) == (
        "The frame has no censoring column 'CNSR' (0 = event, 1 or more = censored).\n"
        "  Name it with censor=, or name the column of events with event=."
    )
    assert message(frame, event_value=2) == (
        "event_value needs event, the column that it is a code of."
    )
    assert message(frame, event="status") == (
        "status must say of every subject whether the event happened.\n"
        "  Row 2, counted from 1.\n"
        "  Fill it in, or exclude the subject with entered = False and a reason."
    )
    assert message(frame, event="stats") == (
        "event must name a column of the frame (AVAL, status), not 'stats'. Did you mean status?"
    )


def test_codes_that_look_alike_are_refused() -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 5, 6, 7], "status": ["Y", "Y ", "N", "y"]})
    for options in ({}, {"event_value": "Y"}):
        assert message(frame, event="status", **options) == (
            "The codes of status must differ by more than case or spaces, but these do not: "
            "'Y', 'Y ', 'y'.\n"
            "  Rows 1, 2, 4, counted from 1.\n"
            "  Give each code one spelling."
        )


def test_a_number_among_codes_of_text_and_the_reverse() -> None:
    text = pl.DataFrame({"AVAL": [3.0, 5], "status": ["0", "1"]})
    assert message(text, event="status", event_value=1) == (
        "event_value must be among the codes of status ('0', '1'), not 1.\n"
        "  The codes are text: give it as text ('1')."
    )
    numbers = pl.DataFrame({"AVAL": [3.0, 5], "status": [0, 1]})
    assert message(numbers, event="status", event_value="1") == (
        "event_value must be among the codes of status (0, 1), not '1'.\n"
        "  The codes are no text: give it as a number, or as True or False."
    )
