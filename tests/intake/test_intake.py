"""The way in: one trial in every shape and from every kind of frame, and nothing guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError

VISITS = {"0h": 0, "24h": 24, "d14": 336}
WIDE = pl.DataFrame(
    {
        "id": ["01", "02", "1", "03"],
        "group": ["placebo", "ketamine", "ketamine", "placebo"],
        "age": [41, 52, 38, 60],
        "madrs_0h": [34, 29, 31, 33],
        "madrs_24h": [30, 12, 15, 31],
        "madrs_d14": [28, 10, None, 22],
    }
)
NAMED: dict[str, Any] = {
    "subject": "id",
    "arm": "group",
    "arms": ["placebo", "ketamine"],
    "visits": VISITS,
    "baseline_visit": "0h",
    "subject_columns": ["age"],
}


def wide(data: Any = WIDE, **changes: Any) -> ka.Trial:
    return ka.as_trial(data, **{**NAMED, "wide": {"MADRS": "madrs_{visit}"}, **changes})


def by_visit() -> pl.DataFrame:
    scored = WIDE.unpivot(
        [f"madrs_{visit}" for visit in VISITS],
        index=["id", "group", "age"],
        variable_name="visit",
        value_name="madrs",
    )
    visit = pl.col("visit").str.strip_prefix("madrs_")
    return scored.with_columns(visit).filter(pl.col("madrs").is_not_null())


def same(one: ka.Trial, other: ka.Trial) -> bool:
    """Whether two trials are equal, the types of their columns included."""
    types = [{n: t.schema for n, t in trial.tables().items()} for trial in (one, other)]
    return one.equals(other) and types[0] == types[1]


def said(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as refused:
        call()
    return str(refused.value)


# --- the same trial ----------------------------------------------------------------------------


def test_the_tables() -> None:
    trial = wide()
    assert trial.adsl.rows() == [
        ("01", "placebo", 41),
        ("02", "ketamine", 52),
        ("03", "placebo", 60),
        ("1", "ketamine", 38),
    ]
    assert trial.adqs.columns == [
        *("USUBJID", "PARAMCD", "AVISIT", "AVISITN", "AFRLT", "AVAL", "ABLFL"),
    ]
    assert trial.adqs.filter(USUBJID="1").rows() == [
        ("1", "MADRS", "0h", 0, 0.0, 31.0, "Y"),
        ("1", "MADRS", "24h", 1, 24.0, 15.0, None),
    ]
    assert (trial.arms, trial.visits) == (("placebo", "ketamine"), ("0h", "24h", "d14"))
    assert trial.n_subjects == 4
    assert not trial.subjects_given
    assert trial.notes == ()


def test_three_shapes_are_one_trial() -> None:
    named = {**NAMED, "visit": "visit"}
    long = by_visit().with_columns(pl.lit("MADRS").alias("scale"))
    assert same(wide(), ka.as_trial(by_visit(), **named, scores={"MADRS": "madrs"}))
    assert same(wide(), ka.as_trial(long, **named, parameter="scale", value="madrs"))


@pytest.mark.parametrize(
    "kind",
    [
        lambda f: f.lazy(),
        lambda f: f.to_arrow(),
        lambda f: f.to_pandas(),
        lambda f: f.to_pandas().astype({"madrs_d14": "Int64", "group": "category"}),
        lambda f: f.to_pandas().astype(object),
        lambda f: f.to_dict(as_series=False),
        lambda f: f.cast({"madrs_0h": pl.UInt8, "madrs_24h": pl.Float32}),
    ],
    ids=["lazy", "arrow", "pandas", "nullable", "object", "dict", "small numbers"],
)
def test_every_kind_of_frame_is_one_trial(kind: Callable[[pl.DataFrame], Any]) -> None:
    assert same(wide(kind(WIDE)), wide())


def test_all_cells_as_text_is_one_trial_but_for_its_covariates() -> None:
    texts = wide(WIDE.cast(pl.String))
    assert texts.adqs.equals(wide().adqs)
    assert texts.adsl["age"].dtype == pl.String


def test_as_trial_twice_is_once() -> None:
    trial = wide()
    frame = trial.adqs.join(trial.adsl, on="USUBJID")
    assert same(ka.as_trial(frame, subject_columns=["age"]), trial)
    whole = ka.load_example("ketamine")
    tables = {"infusions": whole.adex, "adverse_events": whole.adae, "events": whole.adice}
    tables["concomitant"] = whole.adcm
    tables["vital_signs"] = whole.advs
    again = ka.as_trial(
        whole.adqs, subjects=whole.adsl, **tables, label=whole.label, simulated=True
    )
    assert same(again, whole)


@settings(max_examples=6)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random: Any) -> None:
    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame[random.sample(range(frame.height), frame.height)]

    named = {**NAMED, "visit": "visit", "scores": {"MADRS": "madrs"}}
    assert same(ka.as_trial(shuffled(by_visit()), **named), wide())
    assert same(wide(shuffled(WIDE)), wide())
    tables = {
        "infusions": pl.DataFrame(
            {"id": ["01", "01", "02"], "EXSEQ": [1, 2, 1], "AFRLT": [0, 48, 0]}
        ),
        "events": pl.DataFrame(
            {"id": ["01", "02", "02"], "AFRLT": [5, 9, 9], "ICECAT": ["rescue", "ECT", "rescue"]}
        ),
    }
    mixed = {name: shuffled(table) for name, table in tables.items()}
    assert same(wide(**mixed), wide(**tables))


def test_ids_stay_apart() -> None:
    ids = ["001", "01", "1", "S1"]
    assert wide(WIDE.with_columns(id=pl.Series(ids))).adsl["USUBJID"].to_list() == ids
    numbers = wide(WIDE.to_pandas().assign(id=np.array([10, 2, 3, 4], dtype="int64")))
    assert numbers.adsl["USUBJID"].to_list() == ["10", "2", "3", "4"]
    nullable = wide(WIDE.to_pandas().assign(id=pd.array([10, 2, 3, 4], dtype="Int64")))
    assert same(nullable, numbers)


def test_a_cdisc_frame_needs_no_names() -> None:
    frame = pl.DataFrame(
        {
            "USUBJID": ["a", "a", "b"],
            "TRT01P": pl.Series(["K", "K", "P"], dtype=pl.Enum(["P", "K"])),
            "PARAMCD": ["MADRS"] * 3,
            "AVISIT": ["Week 10", "Week 2", "Week 2"],
            "AVISITN": [10, 2, 2],
            "AVAL": [20, 30, 31],
            "ABLFL": ["", "Y", "Y"],
        }
    )
    trial = ka.as_trial(frame)
    assert (trial.arms, trial.visits) == (("P", "K"), ("Week 2", "Week 10"))
    assert trial.adqs["ABLFL"].to_list() == ["Y", None, "Y"]


def test_numbered_visits_with_a_unit() -> None:
    frame = by_visit().with_columns(
        week=pl.col("visit").replace_strict({"0h": 0, "24h": 1, "d14": 2}),
        scale=pl.lit("MADRS"),
    )
    trial = ka.as_trial(
        frame, subject="id", visit="week", visit_unit="week", parameter="scale", value="madrs"
    )
    assert trial.visits == ("Week 0", "Week 1", "Week 2")
    assert trial.adqs["AFRLT"].unique().sort().to_list() == [0.0, 168.0, 336.0]
    assert trial.notes == (
        "Baseline is the last score at or before the start of the first infusion, by the clock.",
    )


def test_a_named_clock_goes_before_the_column_afrlt() -> None:
    frame = by_visit().with_columns(AFRLT=pl.lit(1.0), t=pl.lit(2.0))
    named = {**NAMED, "visit": "visit", "scores": {"MADRS": "madrs"}}
    assert ka.as_trial(frame, **named, hour="t").adqs["AFRLT"].unique().to_list() == [2.0]
    assert ka.as_trial(frame, **named).adqs["AFRLT"].unique().to_list() == [1.0]


# --- the scale -----------------------------------------------------------------------------------


def test_an_alias_stays_as_it_was_written_and_is_found() -> None:
    frame = WIDE.with_columns(anx_24h=pl.Series([101.0, 20, 30, 40]))
    message = said(
        ContractError, lambda: wide(frame, wide={"MADRS": "madrs_{visit}", "ANX": "anx_{visit}"})
    )
    assert message == (
        "ADQS.AVAL must be between 0 and 100 for ANX, not 101.\n"
        '  Row 1 (subject 01), visit "24h". Rule `scale_range` of schemas/adqs.toml.\n'
        "  Correct the score, or name another instrument in PARAMCD."
    )


@pytest.mark.parametrize("pair", [("MADRS", "madrs"), ("ANX", "ASC_ANX"), ("Mine", "mine ")])
def test_one_scale_has_one_name(pair: tuple[str, str]) -> None:
    one, other = sorted(pair)
    frame = by_visit().with_columns(
        scale=pl.when(pl.col("id") == "01").then(pl.lit(one)).otherwise(pl.lit(other))
    )
    named = {**NAMED, "visit": "visit", "parameter": "scale", "value": "madrs"}
    assert said(ContractError, lambda: ka.as_trial(frame, **named)) == (
        f"Each scale must have one name, not both {one!r} and {other!r}."
    )


# --- refused --------------------------------------------------------------------------------------


def test_a_duplicate_is_listed_with_the_rows_of_the_given_frame() -> None:
    frame = by_visit()
    frame = pl.concat(
        [frame, frame.head(1).with_columns(madrs=pl.lit(9).cast(frame["madrs"].dtype))]
    )
    named = {**NAMED, "visit": "visit", "scores": {"MADRS": "madrs"}}
    assert said(ContractError, lambda: ka.as_trial(frame, **named)) == (
        "ADQS.AVISIT must be on one row for each USUBJID and PARAMCD, not 2 rows.\n"
        '  Rows 1 and 12 (subject 01), visit "0h". Rule `unique` of schemas/adqs.toml.\n'
        "  Keep the right row. Scores are never averaged and rows never dropped for you.\n\n"
        "ADQS.ABLFL must be Y on at most one row for each USUBJID and PARAMCD.\n"
        '  Rows 1 and 12 (subject 01), visit "0h". Rule `one_baseline` of schemas/adqs.toml.\n'
        "  Mark one row as the baseline."
    )


def test_all_findings_come_at_once_with_a_report() -> None:
    frame = WIDE.with_columns(
        madrs_0h=pl.Series([70, 29, 31, 33]), madrs_24h=pl.Series([30, 12, 15, -1])
    )
    with pytest.raises(ContractError) as refused:
        wide(frame)
    report = refused.value.report
    assert report is not None
    assert report.errors.select("row", "USUBJID", "AVISIT", "value").rows() == [
        (1, "01", "0h", "70"),
        (4, "03", "24h", "-1"),
    ]


@pytest.mark.parametrize(
    "changes, error, message",
    [
        (
            {"subject": "ID"},
            ArgumentError,
            "subject must name a column of data, not 'ID'. Did you mean id?\n"
            "  Its columns: id, group, age, madrs_0h, madrs_24h, madrs_d14.",
        ),
        (
            {"scores": {"MADRS": "madrs_0h"}},
            ArgumentError,
            "Give one shape of the scores: scores=, wide=, or parameter= and value=.",
        ),
        (
            {"wide": None},
            ArgumentError,
            'Say where the scores are: scores={"HAMD17": "column"} for a column a scale, '
            'wide={"MADRS": "madrs_{visit}"} for a column a scale and visit, or parameter= and '
            "value= for long data.",
        ),
        (
            {"wide": {}},
            ArgumentError,
            "wide must be a dict with one entry a scale, not {}.",
        ),
        (
            {"wide": "madrs_{visit}"},
            ArgumentError,
            "wide must be a dict with one entry a scale, not 'madrs_{visit}'.",
        ),
        (
            {"visits": None},
            ArgumentError,
            "wide= needs visits=: the visits in order, as a list or with their hours since the "
            'first infusion, for example visits={"0h": 0, "24h": 24, "d14": 336}.',
        ),
        (
            {"visit": "age"},
            ArgumentError,
            "visit= is for a column with the visit; with wide= give visits=.",
        ),
        (
            {"hour": "age"},
            ArgumentError,
            "hour= is for a time in each row; with wide= give visits= with hours.",
        ),
        ({"missing_codes": "-99"}, ArgumentError, "missing_codes must be a list, not '-99'."),
        ({"subject_columns": "age"}, ArgumentError, "subject_columns must be a list, not 'age'."),
    ],
)
def test_arguments_that_do_not_fit(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    assert said(error, lambda: wide(**changes)) == message


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"parameter": "scale"},
            "parameter= needs value=: the column with the score.",
        ),
        (
            {"value": "madrs"},
            "value= needs parameter=: the column that names the scale.",
        ),
        (
            {"scores": {"MADRS": "madrs"}, "visit": None},
            "visit= must name the column with the visit (scores in one row a subject go in with "
            "wide=).",
        ),
        (
            {"scores": {"MADRS": "madr"}},
            "scores must name a column of data, not 'madr'. Did you mean madrs?\n"
            "  Its columns: id, group, age, visit, madrs, scale.",
        ),
    ],
)
def test_long_arguments_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    frame = by_visit().with_columns(scale=pl.lit("MADRS"))
    named = {**NAMED, "visit": "visit", **changes}
    assert said(ArgumentError, lambda: ka.as_trial(frame, **named)) == message


def test_frames_without_scores() -> None:
    assert said(ContractError, lambda: wide(WIDE.head(0))) == "The data have 0 rows."
    void = WIDE.with_columns(pl.lit(None).alias(f"madrs_{visit}") for visit in VISITS)
    assert said(ContractError, lambda: wide(void)) == (
        "There is no score at all: madrs_0h, madrs_24h, madrs_d14 hold none."
    )


def test_two_rows_of_a_subject_in_wide_data() -> None:
    assert said(ContractError, lambda: wide(pl.concat([WIDE, WIDE.head(1)]))) == (
        "With wide= a subject must have one row; 1 have more (01). "
        "Keep the right row, or give scores= and visit= for a row a visit."
    )


def test_a_path_is_no_frame() -> None:
    assert said(ArgumentError, lambda: wide("scores.csv")).startswith(
        "data must be a polars DataFrame or LazyFrame"
    )


# --- told -----------------------------------------------------------------------------------------


def test_nan_is_missing_and_makes_no_row() -> None:
    holes = WIDE.to_pandas().astype({"madrs_24h": float})
    holes.loc[1, "madrs_24h"] = np.nan
    assert wide(holes).adqs.height == wide().adqs.height - 1
    assert same(wide(pa.Table.from_pandas(holes)), wide(holes))


def test_what_was_read_as_missing_and_what_was_never_scored_is_noted() -> None:
    frame = WIDE.with_columns(
        madrs_24h=pl.Series(["ND", "-99", "15", "-99.0"]), hama_0h=pl.Series([None] * 4)
    )
    trial = wide(
        frame,
        wide={"MADRS": "madrs_{visit}", "HAMA": "hama_{visit}"},
        visits={**VISITS, "d28": 672},
        missing_codes=["ND", -99],
    )
    assert trial.notes == (
        "Cells read as missing by missing_codes: '-99' (1), '-99.0' (1), 'ND' (1).",
        "No score stands at these declared visits: 'd28'.",
        "No score stands at these declared scales: 'HAMA'.",
    )
