"""Every refusal and doubt of `score_items`, word by word: what must be, what was given, where."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka

GAD = {f"gad_{i}": [1, 2, 0] for i in range(1, 8)}
WIDE = pl.DataFrame({"id": ["01", "02", "03"], "week": [0, 0, 2], **GAD})
LONG = pl.DataFrame(
    [
        (subject, "GAD-7", visit, item, item % 4)
        for subject in ("02", "01")
        for visit in ("d7", "d0")
        for item in range(7, 0, -1)
    ],
    schema=["USUBJID", "PARAMCD", "AVISIT", "QSTESTCD", "AVAL"],
    orient="row",
)


def score(frame: Any, scale: Any = "GAD7", **options: Any) -> Any:
    given = {"prorate": "never", **options}
    return ka.score_items(frame, scale, **given)


def refused(kind: type[Exception], frame: Any, scale: Any = "GAD7", **options: Any) -> str:
    with pytest.raises(kind) as found:
        score(frame, scale, **options)
    return str(found.value)


# --- refusals: the caller -----------------------------------------------------------------------

PRORATE = (
    '"registry" (the rule of the instrument, and none where it has none), "never" (a score with '
    "an unanswered item is missing), or a number (up to so many unanswered items are made up for "
    "by the mean of the others)"
)


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"prorate": None},
            f"prorate= must say what is done about unanswered items: {PRORATE}.",
        ),
        (
            {"prorate": "regestry"},
            f"prorate= for GAD7 must be {PRORATE}, not 'regestry'. Did you mean registry?",
        ),
        ({"prorate": 7}, f"prorate= for GAD7 must be {PRORATE} from 0 to 6, not 7."),
        ({"prorate": True}, f"prorate= for GAD7 must be {PRORATE} from 0 to 6, not True."),
        ({"prorate": {}}, f"prorate= must have an entry for GAD7: {PRORATE}."),
        (
            {"prorate": {"GAD": 1}},
            "prorate= must name scales that are scored, GAD7, not 'GAD'. Did you mean GAD7?",
        ),
        (
            {"columns": None},
            "columns= must say which column holds which item of GAD7: a pattern such as "
            "'gad7_{item}', a list of the 7 columns in order, or a map {item: column}.",
        ),
        (
            {"columns": "gad_1"},
            "columns= must hold {item} once, in the place of the item's number (for example "
            "'gad7_{item}'), not 'gad_1'.",
        ),
        (
            {"columns": "gad{item}"},
            "columns='gad{item}' must fit a column for each item of GAD7; there is none for item "
            "1, 2, 3, 4, 5, 6, 7. Did you mean gad_1?",
        ),
        (
            {"columns": ["gad_1", "gad_2"]},
            "columns= must list the 7 columns of GAD7 in the order of its items, not 2.",
        ),
        (
            {"columns": {i: "gad_1" for i in range(1, 8)}},
            "columns= must give each item of GAD7 its own column; 'gad_1' is taken for items 1 "
            "and 2.",
        ),
        (
            {"columns": {i: f"gad_{i}" for i in range(1, 7)}},
            "columns= must name a column for each item of GAD7; it names none for item 7.",
        ),
        (
            {"columns": {i: f"gad_{i}" for i in range(2, 9)}},
            "columns= must have item numbers of GAD7 as its keys (1, 2, 3, 4, 5, 6, 7), not 8.",
        ),
        (
            {"columns": {i: f"gad_{i}x" for i in range(1, 8)}},
            "columns= names the column 'gad_1x' for item 1 of GAD7, which is not there. Did you "
            "mean gad_1?",
        ),
        (
            {"columns": {"GAD": "gad_{item}"}},
            "columns= must have the scales that are scored as its keys, GAD7, or item numbers, "
            "not 'GAD'. Did you mean GAD7?",
        ),
        (
            {"subject": "pid"},
            "subject must name a column of items, not 'pid'. Did you mean id?\n"
            "  Its columns: id, week, gad_1, gad_2, gad_3, gad_4, gad_5, gad_6, gad_7.",
        ),
        ({"keep": "week"}, "keep must be a list of columns, not 'week'."),
        (
            {"visits": ["0", "2"]},
            "visits= is for a frame with a column an item and visit, such as "
            "'madrs_{item}_{visit}'; this frame has a column with the visit.",
        ),
    ],
)
def test_what_the_caller_must_change(options: dict[str, Any], message: str) -> None:
    given = {"columns": "gad_{item}", "subject": "id", "visit": "week", **options}
    assert refused(ka.ArgumentError, WIDE, **given) == message


def test_a_column_that_is_no_item_of_the_scale() -> None:
    frame = WIDE.with_columns(gad_8=pl.lit(1))
    assert refused(ka.ArgumentError, frame, columns="gad_{item}", subject="id", visit="week") == (
        "columns='gad_{item}' fits the column 'gad_8', and GAD7 has no item 8. Is it another "
        "version of the scale? Narrow the pattern, or give a map {item: column}."
    )
    twice = WIDE.with_columns(gad_01=pl.lit(1))
    assert refused(ka.ArgumentError, twice, columns="gad_{item}", subject="id", visit="week") == (
        "columns='gad_{item}' fits two columns for item 1 of GAD7: 'gad_1' and 'gad_01'. Give a "
        "map {item: column}."
    )


def test_scales_whose_numbers_differ_by_edition_need_a_map() -> None:
    message = (
        "Editions of FQ number their items differently, so no numbers are taken for granted: give "
        "columns={2: ..., 16: ...} with the column of the 15 items, or a list of the columns in "
        "the order of the items."
    )
    assert refused(ka.ArgumentError, WIDE, "FQ", columns="f{item}", subject="id") == message
    long = LONG.with_columns(PARAMCD=pl.lit("FQ"))
    assert refused(ka.ArgumentError, long, "FQ") == message.replace("column ", "code ").replace(
        "columns in", "codes in"
    )


@pytest.mark.parametrize(
    "scale, message",
    [
        ([], "instrument must be a scale of the registry or a list of them, not []."),
        (["GAD7", "gad-7"], "instrument cannot name GAD7 twice."),
        (
            "5D-ASC",
            "5D-ASC is several instruments of the registry: ASC_AED (0 to 100), ASC_AUDIT (0 to "
            "100), ASC_OB (0 to 100), ASC_VIGIL (0 to 100), ASC_VRS (0 to 100). Name the one that "
            "was used.",
        ),
    ],
)
def test_which_scale_must_be_clear(scale: Any, message: str) -> None:
    assert refused(ka.ArgumentError, WIDE, scale, columns="gad_{item}") == message


def test_a_subtracted_item_has_no_mean_of_the_others() -> None:
    assert refused(ka.ArgumentError, WIDE, "POMS", prorate=1) == (
        "POMS cannot be prorated: some of its items are added and some subtracted, so an "
        'unanswered one has no mean of the others. Write prorate="never", or score its subscales.'
    )


def test_rows_of_another_scale() -> None:
    assert refused(ka.ArgumentError, LONG, "MADRS_SI") == (
        "The items hold no rows of MADRS_SI or MADRS; PARAMCD holds 'GAD-7'."
    )


# --- refusals: the data -------------------------------------------------------------------------


def test_answers_that_the_scale_cannot_have_are_listed() -> None:
    frame = WIDE.with_columns(
        gad_2=pl.Series([4.0, 1.5, -1.0]), gad_5=pl.Series([9, 9, 9]), gad_7=pl.Series([8, 0, 0])
    )
    assert refused(ka.ContractError, frame, columns="gad_{item}", subject="id", visit="week") == (
        "GAD7 item 2 must be between 0 and 3, not 4 (row 1, subject 01, visit '0').\n"
        "GAD7 item 5 must be between 0 and 3, not 9 (row 1, subject 01, visit '0').\n"
        "GAD7 item 7 must be between 0 and 3, not 8 (row 1, subject 01, visit '0').\n"
        "GAD7 item 2 must be a whole number, not 1.5 (row 2, subject 02, visit '0').\n"
        "GAD7 item 5 must be between 0 and 3, not 9 (row 2, subject 02, visit '0').\n"
        "So are 2 more answers.\n"
        "  Correct the answers, name the scale that was used, or declare the codes that mean "
        "missing: missing_codes=[...]."
    )
    long = LONG.with_columns(AVAL=pl.when(USUBJID="02", QSTESTCD=1).then(5).otherwise("AVAL"))
    assert refused(ka.ContractError, long).startswith(
        "GAD7 item 1 must be between 0 and 3, not 5 (row 7, subject 02, visit 'd7').\n"
    )


def test_the_other_coding_of_the_bprs_is_named() -> None:
    frame = pl.DataFrame({"USUBJID": ["01"], **{f"b{i}": [i % 7] for i in range(1, 19)}})
    message = refused(ka.ContractError, frame, "BPRS1TO7", columns="b{item}")
    assert message.splitlines()[0] == (
        "BPRS1TO7 item 7 must be between 1 and 7, not 0 (row 1, subject 01)."
    )
    assert message.endswith("\n  All answers fit BPRS0TO6, whose items are coded 0 to 6.")
    frame = frame.with_columns(pl.col(pl.Int64) + 1)
    assert refused(ka.ContractError, frame, "BPRS0TO6", columns="b{item}").endswith(
        "\n  All answers fit BPRS1TO7, whose items are coded 1 to 7."
    )


def test_an_assessment_and_an_answer_stand_once() -> None:
    twice = pl.concat([WIDE, WIDE[1:2]])
    given: dict[str, Any] = {"columns": "gad_{item}", "subject": "id"}
    assert refused(ka.ContractError, twice, visit="week", **given) == (
        "The items of GAD7 must have one row a subject and visit; rows 2, 4 share theirs (02, 0). "
        "Keep the right row."
    )
    assert refused(ka.ContractError, twice, **given) == (
        "The items of GAD7 must have one row a subject; rows 2, 4 share theirs (02). Name the "
        "column with the visit: visit=..."
    )
    long = pl.concat([LONG, LONG[3:4]])
    assert refused(ka.ContractError, long) == (
        "An item of GAD7 must be answered once an assessment; 2 rows share theirs, the first are "
        "item 4 in rows 4, 29 (subject 02). Keep the right row."
    )


def test_who_and_when_must_be_given() -> None:
    given: dict[str, Any] = {"columns": "gad_{item}", "subject": "id", "visit": "week"}
    nobody = WIDE.with_columns(id=pl.Series(["01", " ", "03"]))
    assert refused(ka.ContractError, nobody, **given) == (
        "id must be given in every row of the items; row 2 has none."
    )
    assert refused(ka.ContractError, WIDE[:0], **given) == "The items have 0 rows."
    moved = LONG.with_columns(AFRLT=pl.int_range(pl.len()))
    assert refused(ka.ContractError, moved) == (
        "AFRLT must be the same for all items of an assessment; it is not for subject 02 (row 1)."
    )


# --- doubts -------------------------------------------------------------------------------------


def test_a_scale_that_was_entered_otherwise_is_a_warning() -> None:
    items = [f"a{i}" for i in range(6)]
    for factor, shown in ((0.01, "0.6"), (0.1, "6")):
        frame = pl.DataFrame({"USUBJID": ["01", "02"], **{n: [60 * factor, 0.0] for n in items}})
        assert score(frame, "ANX", columns=items).warnings == (
            f"ASC_ANX: the answers should run from 0 to 100, and the largest is {shown}. Multiply "
            "them by 100 or 10 if they were entered from 0 to 1 or from 0 to 10.",
        )
    fine = pl.DataFrame({"USUBJID": ["01"], **{n: [11.0] for n in items}})
    assert score(fine, "ANX", columns=items).warnings == ()
    zero = pl.DataFrame({"USUBJID": ["01"], **{n: [0.0] for n in items}})
    assert score(zero, "ANX", columns=items).warnings == ()


def test_items_coded_from_1_are_a_warning() -> None:
    many = pl.DataFrame({"USUBJID": [f"{i}" for i in range(5)], **{c: [1] * 5 for c in GAD}})
    assert score(many, columns="gad_{item}").warnings == (
        "GAD7: none of 35 answers is 0, the lowest possible. Were the items coded from 1? Then "
        "every score is too high.",
    )
    assert score(many[:4], columns="gad_{item}").warnings == ()  # 28 answers say little
