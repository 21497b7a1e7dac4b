"""The shapes that items come in, what the result keeps of them, and every refusal word by word."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.instruments import REGISTRY

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


# --- shapes -------------------------------------------------------------------------------------


def test_a_column_an_item_keeps_the_names_of_the_data() -> None:
    found = score(WIDE, columns="gad_{item}", subject="id", visit="week")
    assert found.table.columns == [
        *("id", "week", "PARAMCD", "AVAL", "n_items", "n_missing", "n_carried", "prorated", "note")
    ]
    assert found.table.select("id", "week", "AVAL").rows() == [
        ("01", 0, 7.0),
        ("02", 0, 14.0),
        ("03", 2, 0.0),
    ]


def test_a_pattern_a_list_and_a_map_say_the_same() -> None:
    names = [f"gad_{i}" for i in range(1, 8)]
    maps: list[Any] = ["gad_{item}", names, dict(zip(range(1, 8), names, strict=True))]
    tables = [score(WIDE, columns=one, subject="id", visit="week").table for one in maps]
    assert all(table.equals(tables[0]) for table in tables)


def test_numbers_with_leading_zeros_and_text_answers() -> None:
    frame = WIDE.rename({f"gad_{i}": f"GAD0{i}" for i in range(1, 8)})
    frame = frame.with_columns(pl.col("^GAD.*$").cast(pl.String)).with_columns(GAD01=pl.lit("ND"))
    found = score(frame, columns="GAD{item}", subject="id", visit="week", missing_codes=["ND"])
    assert found.table["n_missing"].to_list() == [1, 1, 1]


def test_a_row_an_answer_in_cdisc_columns_whatever_its_order() -> None:
    found = score(LONG, "GAD7")
    assert found.table.select("USUBJID", "AVISIT", "AVAL").rows() == [
        *(("01", "d0", 12.0), ("01", "d7", 12.0), ("02", "d0", 12.0), ("02", "d7", 12.0))
    ]
    assert score(LONG.sample(fraction=1, shuffle=True, seed=3)).table.equals(found.table)


def test_codes_of_items_by_pattern_or_map() -> None:
    coded = LONG.with_columns(pl.format("GAD0{}", "QSTESTCD").alias("QSTESTCD"))
    codes = {i: f"GAD0{i}" for i in range(1, 8)}
    one = score(coded, columns="GAD0{item}").table
    assert one.equals(score(coded, columns=codes).table)
    assert one.equals(score(LONG).table)
    assert refused(ka.ArgumentError, coded) == (
        "Every item code of GAD7 must fit '{item}', and 'GAD01', 'GAD02', 'GAD03', 'GAD04', "
        "'GAD05', 'GAD06', 'GAD07' cannot. Say which code is which item: columns='...{item}' with "
        "the text before the number, or a map {item: code}; leave out rows that are no items."
    )


def test_an_item_that_nobody_answered_has_no_row() -> None:
    few = LONG.filter(pl.col("QSTESTCD") != 4)
    assert score(few).table["n_missing"].to_list() == [1] * 4
    assert score(few, prorate=1).table["AVAL"].to_list() == [14.0] * 4  # 12 / 6 x 7


def test_own_names_of_the_columns_of_a_long_frame() -> None:
    frame = LONG.rename(
        {"USUBJID": "pid", "PARAMCD": "form", "QSTESTCD": "question", "AVAL": "answer"}
    )
    found = score(frame, subject="pid", parameter="form", item="question", value="answer")
    assert found.table["AVAL"].to_list() == [12.0] * 4


def test_a_column_an_item_and_visit() -> None:
    frame = pl.DataFrame(
        {
            "id": ["01", "02"],
            **{f"gad_{i}_{visit}": [i % 4, 0] for visit in ("0h", "d14") for i in range(1, 8)},
        }
    )
    found = score(frame, columns="gad_{item}_{visit}", visits=["0h", "4h", "d14"], subject="id")
    assert found.table.select("id", "AVISIT", "AVAL").rows() == [
        *(("01", "0h", 12.0), ("01", "d14", 12.0), ("02", "0h", 0.0), ("02", "d14", 0.0))
    ]
    assert found.table["AVISIT"].dtype == pl.Enum(["0h", "4h", "d14"])


def test_pandas_in_pandas_out_and_arrow() -> None:
    pandas = score(WIDE.to_pandas(), columns="gad_{item}", subject="id", visit="week")
    assert type(pandas.tidy()).__module__.startswith("pandas")
    arrow = score(WIDE.to_arrow(), columns="gad_{item}", subject="id", visit="week")
    assert arrow.table.equals(pandas.table)


def test_several_scales_with_columns_of_their_own() -> None:
    frame = WIDE.with_columns(**{f"phq{i}": pl.lit(1) for i in range(1, 10)})
    columns = {"GAD-7": "gad_{item}", "PHQ9": "phq{item}"}
    found = score(
        frame, ["GAD7", "PHQ9", "PHQ9_SI"], columns=columns, subject="id", visit="week",
        prorate={"GAD7": "never", "PHQ9": 2, "PHQ9_SI": "never"},
    )  # fmt: skip
    assert found.scales == ("GAD7", "PHQ9", "PHQ9_SI")
    assert found.table.filter(PARAMCD="PHQ9")["AVAL"].to_list() == [9.0] * 3
    assert found.table.filter(PARAMCD="PHQ9_SI")["AVAL"].to_list() == [1.0] * 3


def test_subscales_are_left_out_or_asked_for_alone() -> None:
    frame = pl.DataFrame({"USUBJID": ["01"], **{f"h{i}": [1] for i in range(1, 15)}})
    assert score(frame, "HAMA", columns="h{item}").scales == ("HAMA", "HAMA_PSY", "HAMA_SOM")
    assert score(frame, "HAMA", columns="h{item}", with_subscales=False).scales == ("HAMA",)
    assert score(frame, "HAMA_SOM", columns="h{item}").table["AVAL"].to_list() == [7.0]


def test_subscales_are_prorated_only_where_they_are_named() -> None:
    frame = pl.DataFrame({"USUBJID": ["01"], **{f"h{i}": [2 * (i != 9)] for i in range(1, 15)}})
    frame = frame.with_columns(h9=pl.lit(None, dtype=pl.Int64))
    plain = dict(
        score(frame, "HAMA", columns="h{item}", prorate=1).table.select("PARAMCD", "AVAL").rows()
    )
    assert plain == {"HAMA": 28.0, "HAMA_PSY": 14.0, "HAMA_SOM": None}
    named = score(frame, "HAMA", columns="h{item}", prorate={"HAMA": 1, "HAMA_SOM": 1})
    assert named.table.filter(PARAMCD="HAMA_SOM")["AVAL"].to_list() == [14.0]


def test_an_instrument_of_a_registry_of_ones_own(tmp_path: Any) -> None:
    text = (REGISTRY / "HAMD24.toml").read_text(encoding="utf-8")
    tops = "4, 4, 4, 2, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2, 2, 4, 3, 2, 4, 4, 4"
    (tmp_path / "HAMD24.toml").write_text(text.replace("item_high = []", f"item_high = [{tops}]"))
    own = ka.instrument("HAMD24", folder=tmp_path)
    frame = pl.DataFrame({"USUBJID": ["01"], **{f"h{i}": [1] for i in range(1, 25)}})
    assert score(frame, own, columns="h{item}").table["AVAL"].to_list() == [24.0]
    assert refused(ka.ArgumentError, frame, "HAMD24", columns="h{item}") == (
        "HAMD24 cannot be scored from its items: Sum of 24 items. Editions end at 74, 75 or 76, so "
        "the answers of single items are not given here: to score items, copy this file and fill "
        "in item_high from your form. (not verified; general knowledge)"
    )


# --- on to a trial ------------------------------------------------------------------------------


def test_the_scores_go_on_to_a_trial_as_they_are() -> None:
    frame = WIDE.with_columns(week=pl.Series([0, 2, 2]))
    scores = score(frame, columns="gad_{item}", subject="id", visit="week")
    for given in (scores, scores.table, scores.tidy().to_pandas()):
        trial = ka.as_trial(given, subject="id", visit="week", visit_unit="week")
        assert trial.scores("GAD7")["AVAL"].to_list() == [7.0, 14.0, 0.0]
    enum = score(LONG.with_columns(pl.col("AVISIT").cast(pl.Enum(["d0", "d7"]))))
    assert ka.as_trial(enum).visits == ("d0", "d7")


def test_what_belongs_to_the_assessment_is_kept() -> None:
    frame = LONG.with_columns(
        AVISITN=pl.when(AVISIT="d0").then(0).otherwise(7), APERIOD=pl.lit(1), SITE=pl.lit("A")
    )
    found = score(frame, keep=["SITE"])
    assert found.table.columns[:5] == ["USUBJID", "AVISIT", "APERIOD", "AVISITN", "SITE"]
    assert ka.as_trial(found).visits == ("d0", "d7")


def test_a_trial_with_items_is_scored_in_its_own_visits() -> None:
    scores = score(LONG)
    trial = ka.as_trial(scores, visits=["d0", "d7"], items=LONG)
    again = score(trial)
    assert again.table["AVAL"].to_list() == scores.table["AVAL"].to_list()
    assert again.table["AVISIT"].dtype == pl.Enum(["d0", "d7"])
    assert refused(ka.ArgumentError, trial.with_(adqsitem=None)) == (
        "The trial holds no item answers: give them to as_trial as items=, or give score_items "
        "their frame."
    )


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
