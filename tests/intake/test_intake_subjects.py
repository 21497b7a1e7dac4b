"""Who is in the trial, in which arm; infusions and events beside the scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError

SCORES = pl.DataFrame(
    {
        "id": ["a", "a", "b", "b", "c", "c"],
        "arm": ["P", "P", "K", "K", "K", "K"],
        "age": [41, 41, 52, 52, 38, 38],
        "visit": ["0", "7"] * 3,
        "score": [30, 20, 31, 12, 29, 11],
    }
)
SUBJECTS = pl.DataFrame({"id": ["d", "c", "b", "a"], "arm": ["P", "K", "K", "P"]})
NAMED: dict[str, Any] = {
    "subject": "id",
    "visit": "visit",
    "visits": {"0": 0, "7": 168},
    "scores": {"MADRS": "score"},
    "baseline_visit": "0",
}
ARMS: dict[str, Any] = {"arm": "arm", "arms": ["P", "K"]}


def trial(data: Any = SCORES, **changes: Any) -> ka.Trial:
    return ka.as_trial(data, **{**NAMED, **changes})


def said(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as refused:
        call()
    return str(refused.value)


# --- arms ----------------------------------------------------------------------------------------


def test_no_arm_is_a_single_arm_study() -> None:
    alone = trial()
    assert alone.arms == ()
    assert alone.adsl.columns == ["USUBJID"]


def test_the_first_arm_is_the_reference() -> None:
    kind = trial(**ARMS).adsl.schema["TRT01P"]
    assert kind == pl.Enum(["P", "K"])


@pytest.mark.parametrize(
    "arm, arms",
    [
        (pd.Categorical(["P", "P", "K", "K", "K", "K"], ["P", "K"], ordered=True), None),
        (pd.Categorical(["P", "P", "K", "K", "K", "K"]), ["P", "K"]),
        ([0.0, None, 1.0, 1.0, 1.0, 1.0], [0, 1]),
        ([0, 0, 1, 1, 1, 1], ["0", "1"]),
        (["P", None, "K", "", "K", "K"], ["P", "K"]),
    ],
    ids=["ordered", "unordered", "fractions", "whole", "only on the first row"],
)
def test_arms_in_many_types(arm: Any, arms: list[object] | None) -> None:
    frame = SCORES.to_pandas().assign(arm=arm)
    found = trial(frame, arm="arm", arms=arms)
    assert found.adsl["TRT01P"].to_physical().to_list() == [0, 1, 1]


@pytest.mark.parametrize(
    "changes, error, message",
    [
        (
            {"arm": "arm"},
            ArgumentError,
            "The arms in arm have no declared order, and none is taken from the alphabet.\n"
            "  Write arms=[...], the reference first; found: 'K', 'P'.",
        ),
        (
            {"arms": ["P", "K"]},
            ArgumentError,
            "arms= needs arm=: the column that holds the arm.",
        ),
        (
            {"arm": "arm", "arms": "P"},
            ArgumentError,
            "arms must be a list of arms, the reference first, not 'P'.",
        ),
        (
            {"arm": "arm", "arms": ["P", "P"]},
            ArgumentError,
            "arms must name each arm once; P stands twice.",
        ),
        (
            {"arm": "group", "arms": ["P", "K"]},
            ArgumentError,
            "arm must name a column of data, not 'group'.\n"
            "  Its columns: id, arm, age, visit, score.",
        ),
        (
            {"arm": "arm", "arms": ["P", "Ket"]},
            ContractError,
            "arm must be one of the declared arms 'P', 'Ket', not 'K'.",
        ),
    ],
)
def test_arms_that_do_not_fit(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    assert said(error, lambda: trial(**changes)) == message


def test_an_arm_in_two_spellings() -> None:
    frame = SCORES.with_columns(
        arm=pl.Series(["Placebo", "Placebo ", "Ketamine", "Ketamine", "Ketamine", "Ketamine"])
    )
    assert said(ContractError, lambda: trial(frame, arm="arm", arms=["Placebo", "Ketamine"])) == (
        "arm must be one of the declared arms 'Placebo', 'Ketamine', not 'Placebo '. "
        "Did you mean Placebo?"
    )


def test_a_subject_in_two_arms() -> None:
    frame = SCORES.with_columns(arm=pl.Series(["P", "P", "K", "P", "K", "K"]))
    assert said(ContractError, lambda: trial(frame, **ARMS)) == (
        'ADSL.TRT01P must be one arm for each subject, not "K" and "P".\n'
        "  Rows 3 and 4 (subject b). Rule `one_arm` of schemas/adsl.toml.\n"
        "  Correct the arm. For a crossover give the sequence in TRTSEQP."
    )


def test_a_subject_without_an_arm() -> None:
    frame = SCORES.with_columns(arm=pl.Series(["P", "P", None, None, "K", "K"]))
    assert said(ContractError, lambda: trial(frame, **ARMS)) == (
        "ADSL.TRT01P must not be missing.\n"
        "  Row 3 (subject b). Rule `has_arm` of schemas/adsl.toml.\n"
        "  Fill in the arm. Who was screened only needs N in RANDFL, ITTFL and SAFFL, and no Y in "
        "FASFL and PPROTFL."
    )


def test_who_was_screened_only_has_no_arm_and_is_in_no_analysis() -> None:
    subjects = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "arm": ["P", "K", "K", None],
            "RANDFL": ["Y", "Y", "Y", "N"],
            "ITTFL": ["Y", "Y", "Y", "N"],
            "SAFFL": ["Y", "Y", "Y", "N"],
        }
    )
    held = trial(subjects=subjects, **ARMS)
    assert held.n_subjects == 4
    flow = ka.tabulate_disposition(held, by="TRT01P").table
    assert flow.filter(stage="screened")["count"].item() == 4
    assert flow.filter(stage="randomised", reason="reached")["count"].to_list() == [3, 1, 2]
    assert ka.tabulate_baseline(held, ["SAFFL"]).table["total"].item() == 3
    lax = subjects.with_columns(SAFFL=pl.lit("Y"))
    assert "Rule `has_arm`" in said(ContractError, lambda: trial(subjects=lax, **ARMS))


def test_a_declared_arm_without_subjects_is_noted() -> None:
    assert trial(arm="arm", arms=["P", "K", "Esk"]).notes == (
        "No subject is in the declared arm 'Esk'.",
    )


# --- subjects ------------------------------------------------------------------------------------


def test_a_subject_without_scores_is_counted() -> None:
    with_d = trial(subjects=SUBJECTS, **ARMS)
    assert (with_d.n_subjects, with_d.subjects_given) == (4, True)
    assert with_d.report is not None
    assert with_d.report.infos["USUBJID"].to_list() == ["d"]
    rate = ka.estimate_response(
        with_d, "MADRS", ka.Response(at_least=0.5), by="TRT01P", missing="nri"
    )
    assert rate.table.select("TRT01P", "count", "n").rows() == [("P", 0, 2), ("K", 2, 2)]


def test_a_subject_who_is_not_in_the_list() -> None:
    some = SUBJECTS.filter(pl.col("id") != "b")
    assert said(ContractError, lambda: trial(subjects=some, **ARMS)) == (
        'ADQS.USUBJID must be a subject of ADSL, not "b".\n'
        '  Rows 3 and 4 (subject b), visits "0", "7". Rule `known_subject` of schemas/adqs.toml.\n'
        "  Add the subject to ADSL, or correct the identifier (spaces and capitals count)."
    )


def test_a_subject_who_stands_twice_in_the_list() -> None:
    twice = pl.concat([SUBJECTS, SUBJECTS.tail(1)])
    assert said(ContractError, lambda: trial(subjects=twice, **ARMS)) == (
        "ADSL.USUBJID must be on one row, not 2 identical rows.\n"
        "  Rows 4 and 5 (subject a). Rule `unique` of schemas/adsl.toml.\n"
        "  Keep the right row. Scores are never averaged and rows never dropped for you."
    )


def test_the_list_may_say_usubjid_and_its_numbers_may_be_text() -> None:
    listed = SUBJECTS.rename({"id": "USUBJID"}).with_columns(AGE=pl.Series(["41", "ND", "", "38"]))
    found = trial(subjects=listed, missing_codes=["ND"], **ARMS)
    assert found.adsl.columns == ["USUBJID", "TRT01P", "AGE"]
    assert found.adsl["AGE"].to_list() == [38.0, None, None, 41.0]


@pytest.mark.parametrize(
    "changes, error, message",
    [
        (
            {"subjects": SUBJECTS, "arm": "group", "arms": ["P", "K"]},
            ArgumentError,
            "arm must name a column of subjects, not 'group'.\n  Its columns: id, arm.",
        ),
        (
            {"subjects": SUBJECTS.rename({"id": "who"})},
            ArgumentError,
            "subject must name a column of subjects, not 'id'.\n  Its columns: who, arm.",
        ),
        (
            {"subjects": SUBJECTS, "subject_columns": ["age"]},
            ArgumentError,
            "Give subject_columns= or subjects=, not both: all columns of subjects= are kept.",
        ),
        (
            {"subjects": SUBJECTS.with_columns(arm=pl.lit("K")), **ARMS},
            ContractError,
            "arm must be the same in data and in subjects; it is not for 1 subjects (a). Correct "
            "one of the two, or take arm out of data.",
        ),
        (
            {"subjects": SUBJECTS.with_columns(AGE=pl.Series(["x", "1", "2", "3"]))},
            ContractError,
            "ADSL.AGE must hold numbers, not 'x' (row 1).\n"
            "  Correct the cells, or declare the codes that mean missing: missing_codes=[...].",
        ),
    ],
)
def test_lists_of_subjects_that_do_not_fit(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    assert said(error, lambda: trial(**changes)) == message


def test_ids_as_fractions() -> None:
    frame = SCORES.with_columns(id=pl.Series([1.0, 1.0, 2.0, 2.0, None, None]))
    assert said(ContractError, lambda: trial(frame.to_pandas())) == (
        "id must be text or whole numbers, not floating-point numbers.\n"
        "  The ids were read as numbers, and leading zeros or long ids may be lost already.\n"
        "  Read the column as text: read_table does, pandas does with dtype={'id': str}."
    )


@pytest.mark.parametrize("blank", [None, " "])
def test_rows_without_an_id(blank: str | None) -> None:
    frame = SCORES.with_columns(id=pl.Series(["a", "a", "b", "b", blank, blank]))
    assert said(ContractError, lambda: trial(frame)) == (
        "id must hold the subject's id in every row of data; 2 rows have none, the first is row 5."
    )


def test_covariates_are_constant_within_a_subject() -> None:
    assert trial(subject_columns=["age"]).adsl["age"].to_list() == [41, 52, 38]
    frame = SCORES.with_columns(age=pl.Series([41, 42, None, 52, 38, 38]))
    assert said(ContractError, lambda: trial(frame, subject_columns=["age"])) == (
        "age must be the same in all rows of a subject; it is not in 1 (a)."
    )
    filled = SCORES.with_columns(age=pl.Series([41, 41, None, 52, 38, 38]))
    assert trial(filled, subject_columns=["age"]).adsl["age"].to_list() == [41, 52, 38]


# --- infusions and events -------------------------------------------------------------------


def test_infusions_take_the_clock_of_the_scores_and_text_becomes_numbers() -> None:
    ex = pl.DataFrame({"id": ["b", "a", "a"], "EXSEQ": ["1", "2", "1"], "day": ["0", "3", "0"]})
    frame = SCORES.with_columns(day=pl.Series([0, 7] * 3))
    found = trial(frame, infusions=ex, visits=["0", "7"], day="day")
    assert found.adex is not None
    assert found.adex.select("USUBJID", "EXSEQ", "AFRLT").rows() == [
        ("a", 1, 0.0),
        ("a", 2, 72.0),
        ("b", 1, 0.0),
    ]


def test_a_missing_code_is_no_time() -> None:
    ex = pl.DataFrame(
        {"id": ["a"], "EXSEQ": [1], "AFRLT": ["-9"], "EXDOSE": ["-9"], "EXDOSU": "mg/kg"}
    )
    found = trial(infusions=ex, missing_codes=[-9])
    assert found.adex is not None
    assert found.adex.select("AFRLT", "EXDOSE").rows() == [(-9.0, None)]


@pytest.mark.parametrize(
    "table, error, message",
    [
        (
            {"infusions": pl.DataFrame({"id": ["a", "a"], "EXSEQ": ["1.5", "2"], "AFRLT": [0, 1]})},
            ContractError,
            "ADEX.EXSEQ must be a whole number, not 1.5.\n"
            "  Row 1 (subject a). Rule `whole` of schemas/adex.toml.\n"
            "  Correct the number.",
        ),
        (
            {"infusions": [1]},
            ArgumentError,
            "infusions must be a polars DataFrame or LazyFrame, a pandas DataFrame, a pyarrow "
            "Table or RecordBatch, a narwhals frame or a dict of lists, not list.",
        ),
        (
            {"events": pl.DataFrame({"id": ["z"], "AFRLT": ["soon"], "ICECAT": ["rescue"]})},
            ContractError,
            "ADICE.AFRLT must hold numbers, not 'soon' (row 1).\n"
            "  Correct the cells; leave a cell empty where the time is not known.",
        ),
    ],
)
def test_further_tables_that_do_not_fit(
    table: dict[str, Any], error: type[Exception], message: str
) -> None:
    assert said(error, lambda: trial(**table)) == message


@pytest.mark.parametrize("arms", [(False, True), ("False", "True")])
@pytest.mark.parametrize("held", [[True, False], ["True", "False"]])
def test_truth_values_are_arms(arms: tuple[object, ...], held: list[object]) -> None:
    rows = pl.DataFrame({"id": ["a", "b"], "arm": held, "AVISIT": ["0", "0"], "MADRS": [30, 31]})
    made = ka.as_trial(
        rows,
        subject="id",
        arm="arm",
        arms=arms,
        visit="AVISIT",
        visits=["0"],
        scores={"MADRS": "MADRS"},
    )
    assert made.arms == ("False", "True")
    assert made.adsl["TRT01P"].to_list() == ["True", "False"]


def test_truth_values_are_not_written_in_small_letters() -> None:
    rows = pl.DataFrame(
        {"id": ["a", "b"], "arm": [True, False], "AVISIT": ["0", "0"], "MADRS": [30, 31]}
    )
    with pytest.raises(ContractError) as refusal:
        ka.as_trial(
            rows,
            subject="id",
            arm="arm",
            arms=["false", "true"],
            visit="AVISIT",
            visits=["0"],
            scores={"MADRS": "MADRS"},
        )
    assert str(refusal.value) == (
        "arm must be one of the declared arms 'false', 'true', not 'False', 'True'. It holds "
        "truth values: write arms=[False, True], the reference first."
    )
