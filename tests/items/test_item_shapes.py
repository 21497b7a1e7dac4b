"""The shapes that items come in, and what the result keeps of them."""

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
