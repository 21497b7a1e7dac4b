from __future__ import annotations

import pickle
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.contracts.checking import check_frame, check_trial
from ketanalysis.contracts.contract import read_contract
from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.trial import Trial


def scores(**changes: Sequence[object]) -> pl.DataFrame:
    columns: dict[str, Sequence[object]] = {
        "USUBJID": ["01", "01", "02", "02"],
        "PARAMCD": ["MADRS"] * 4,
        "AVISIT": ["Baseline", "Day 7"] * 2,
        "AVISITN": [0, 7, 0, 7],
        "AFRLT": [0.0, 168.0, 0.0, 168.0],
        "AVAL": [31.0, 12.0, 28.0, 30.0],
        "ABLFL": ["Y", None, "Y", None],
    }
    return pl.DataFrame({**columns, **changes}, strict=False)


def subjects(**changes: Sequence[object]) -> pl.DataFrame:
    columns = {"USUBJID": ["01", "02"], "TRT01P": ["PLACEBO", "DRUG"]}
    return pl.DataFrame({**columns, **changes})


def trial(**changes: object) -> Trial:
    held = Trial(
        adsl=subjects(),
        adqs=scores(),
        arms=("PLACEBO", "DRUG"),
        visits=("Baseline", "Day 7"),
        subjects_given=True,
    )
    return held.with_(**changes)


def found(frame: Any, table: str = "adqs") -> list[tuple[int | None, str]]:
    findings = check_frame(frame, table).findings
    return list(findings.select("row", "message").iter_rows())


def test_a_clean_trial_has_no_finding() -> None:
    report = check_trial(trial())
    assert report.ok
    assert report.summary() == (
        "Checked adsl (2 rows), adqs (4 rows): 0 errors, 0 warnings, 0 for information."
    )
    assert report.not_run.height == 0


def test_all_findings_of_all_tables_come_at_once() -> None:
    infusions = pl.DataFrame(
        {
            "USUBJID": ["01", "03"],
            "EXSEQ": [1, 1],
            "AFRLT": [0.0, 0.0],
            "EXDOSE": [-0.5, 0.5],
            "EXDOSU": ["mg/kg", None],
        }
    )
    events = pl.DataFrame({"USUBJID": ["01"], "AFRLT": [48.0], "ICECAT": ["rescued"]})
    harms = pl.DataFrame({"USUBJID": ["02"], "AEDECOD": ["Anxiety"], "AESEV": ["Mild"]})
    bad = trial(
        adsl=subjects(USUBJID=["01", "04"], TRT01P=["PLACEBO", "drug"]),
        adqs=scores(AVAL=[0.0, 61.0, 28.0, float("inf")], ABLFL=["Y", None, None, None]),
        adex=infusions,
        adae=harms,
        adice=events,
    )
    report = check_trial(bad)
    places = report.findings.select("table", "row", "column", "rule", "severity")
    assert set(places.iter_rows()) == {
        ("adsl", 2, "TRT01P", "declared_arm", "error"),
        ("adsl", 2, "USUBJID", "has_scores", "info"),
        ("adqs", 3, "USUBJID", "known_subject", "error"),
        ("adqs", 4, "USUBJID", "known_subject", "error"),
        ("adqs", 2, "AVAL", "scale_range", "error"),
        ("adqs", 4, "AVAL", "finite", "error"),
        ("adqs", 1, "AVAL", "baseline_zero", "warning"),
        ("adqs", 3, "ABLFL", "missing_baseline", "warning"),
        ("adex", 2, "USUBJID", "known_subject", "error"),
        ("adex", 1, "EXDOSE", "range", "error"),
        ("adex", 2, "EXDOSE", "dose_has_unit", "error"),
        ("adae", 1, "USUBJID", "known_subject", "error"),
        ("adae", 1, "AESEV", "values", "error"),
        ("adice", 1, "ICECAT", "values", "error"),
    }
    assert not report.ok


def test_a_trial_that_holds_another_kind_of_table() -> None:
    with pytest.raises(ArgumentError) as caught:
        check_trial(trial(adqs=scores().to_pandas()))
    assert str(caught.value) == (
        "The table adqs of the trial must be a polars DataFrame, not pandas.DataFrame: as_trial "
        "makes a Trial from a data frame of your own."
    )


def test_events_and_infusions_are_held_to_their_names_and_clock() -> None:
    harms = pl.DataFrame({"USUBJID": ["01", "02"], "AEDECOD": ["Nausea", "NAUSEA "]})
    infusions = pl.DataFrame({"USUBJID": ["01"], "EXSEQ": [1], "AFRLT": [72.0]})
    report = check_trial(trial(adae=harms, adex=infusions))
    assert report.ok
    spelling = (
        "ADAE.AEDECOD should spell each event in one way: these differ only in spaces, capitals, "
        "the coding of accents or unseen characters."
    )
    assert set(report.warnings.select("row", "message").iter_rows()) == {
        (1, "ADEX.AFRLT should be 0 at the subject's first infusion, not 72."),
        (2, 'ADAE.AEDECOD should have no spaces at its ends, not "NAUSEA ".'),
        (1, spelling),
        (2, spelling),
    }


def test_without_a_table_of_subjects_an_unknown_subject_is_a_warning() -> None:
    infusions = pl.DataFrame({"USUBJID": ["03"], "EXSEQ": [1], "AFRLT": [0.0]})
    report = check_trial(trial(adex=infusions, subjects_given=False))
    assert report.ok
    assert report.warnings["rule"].to_list() == ["known_subject"]


def test_the_text_of_a_bad_score_names_rows_subjects_visit_rule_and_remedy() -> None:
    report = check_frame(scores(AVAL=[31.0, 70.0, 28.0, 70.0]), "adqs")
    with pytest.raises(ContractError) as caught:
        report.raise_for_errors()
    assert str(caught.value) == (
        "ADQS.AVAL must be between 0 and 60 for MADRS, not 70.\n"
        '  Rows 2 and 4 (subjects 01, 02), visit "Day 7". '
        "Rule `scale_range` of schemas/adqs.toml.\n"
        "  Correct the score, or name another instrument in PARAMCD."
    )


def test_no_foreign_exception_leaves_and_no_frame_is_held() -> None:
    report = check_frame(scores(AVAL=[31.0, 70.0, 28.0, 30.0]), "adqs")
    with pytest.raises(ContractError) as caught:
        report.raise_for_errors()
    told = "".join(traceback.format_exception(caught.value))
    assert "pandera" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert b"Day 7" in pickle.dumps(report)  # what is listed is held,
    assert b"Baseline" not in pickle.dumps(report)  # the other rows are not


@pytest.mark.parametrize("kind", [pl.UInt8, pl.Int8])
def test_small_integers_do_not_overflow(kind: pl.DataType) -> None:
    frame = scores(AVAL=[31, 100, 28, 30]).with_columns(pl.col("AVAL").cast(kind))
    assert found(frame) == [(2, "ADQS.AVAL must be between 0 and 60 for MADRS, not 100.")]


def test_a_lazy_frame_and_a_pandas_frame_are_checked_too() -> None:
    bad = scores(AVAL=[31.0, 70.0, 28.0, 30.0])
    assert found(bad.lazy()) == found(bad)
    assert found(pd.DataFrame(bad.to_dict(as_series=False))) == found(bad)


def test_nan_is_missing() -> None:
    assert found(scores(AVAL=[31.0, float("nan"), 28.0, 30.0])) == []
    assert found(scores(AVISITN=[0.0, float("nan"), 0.0, 7.0])) == [
        (2, "ADQS.AVISITN must not be missing.")
    ]


def test_identifiers_read_as_numbers_say_why_and_what_was_not_checked() -> None:
    report = check_frame(scores(USUBJID=[1, 1, 2, 2]), "adqs")
    assert report.errors["message"].to_list() == [
        "ADQS.USUBJID must be text, not Int64: leading zeros are lost (007 becomes 7)."
    ]
    assert report.not_run.filter(pl.col("column") == "AVISIT").row(0) == (
        "adqs",
        "unique",
        "AVISIT",
        "not_checked",
        "USUBJID must first be of the right type.",
    )
    unchecked = {
        "unique",
        "missing",
        "trimmed",
        "near_duplicate",
        "time_order",
        "missing_baseline",
        "one_baseline",
        "baseline_after_treatment",
        "same_time",
    }
    assert set(report.not_run["rule"]) == unchecked
    assert "a rule that did not run is not a pass" in report.summary()


def test_a_missing_column_is_an_error_with_a_hint_and_its_rules_are_not_run() -> None:
    report = check_frame(scores().rename({"AVAL": "Aval"}), "adqs")
    assert report.errors.select("row", "message").rows() == [
        (None, "ADQS.AVAL must be there (Score); the table has no such column.")
    ]
    assert report.infos["message"].to_list() == [
        "ADQS.Aval is not in the contract: it is kept and not checked."
    ]
    assert "Add the column, or name yours AVAL. Did you mean Aval?" in report.summary()
    assert set(report.not_run["rule"]) == {
        "finite",
        "scale_range",
        "asc_unit",
        "missing_baseline",
        "scale_without_baseline",
        "baseline_zero",
        "same_time",
    }


def test_a_key_column_that_is_absent_is_no_pass_of_the_key() -> None:
    report = check_frame(scores().drop("AVISIT"), "adqs")
    assert not report.ok
    assert "unique" in report.not_run["rule"].to_list()


def test_text_among_numbers_is_told_cell_by_cell() -> None:
    frame = scores(AVAL=["31", "ND", "<5", "ND"])
    assert found(frame) == [
        (2, 'ADQS.AVAL must be a number, not "ND".'),
        (3, 'ADQS.AVAL must be a number, not "<5".'),
        (4, 'ADQS.AVAL must be a number, not "ND".'),
    ]
    assert 'ADQS.AVAL must be a number, not "ND", "<5".' in check_frame(frame, "adqs").summary()


def test_numbers_that_are_text_throughout_are_one_finding() -> None:
    assert found(scores(AVAL=["31", "12", None, "30"])) == [
        (None, "ADQS.AVAL must be a number, not text.")
    ]


def test_a_column_without_any_value_is_of_every_type() -> None:
    assert found(scores(AFRLT=[None] * 4)) == []


def test_a_table_with_0_rows() -> None:
    assert found(scores().clear()) == [(None, "ADQS must have rows, not 0 data rows.")]
    assert found(pl.DataFrame(schema={"USUBJID": pl.String, "AEDECOD": pl.String}), "adae") == []
    lacking = pl.DataFrame(schema={"USUBJID": pl.String})
    assert [message for _, message in found(lacking, "adae")] == [
        "ADAE.AEDECOD must be there (Event (preferred term)); the table has no such column."
    ]


def test_a_subject_in_two_arms_is_an_error_naming_both() -> None:
    frame = subjects(USUBJID=["01", "01"])
    messages = check_frame(frame, "adsl").errors["message"].unique(maintain_order=True).to_list()
    assert messages == [
        "ADSL.USUBJID must be on one row, not 2 rows.",
        'ADSL.TRT01P must be one arm for each subject, not "PLACEBO" and "DRUG".',
    ]


def test_times_to_an_event() -> None:
    frame = pl.DataFrame(
        {
            "USUBJID": ["1", "2", "3"],
            "PARAMCD": ["R"] * 3,
            "AVAL": [-1.0, 3.0, 4.0],
            "CNSR": [0.0, 1.5, -1.0],
        }
    )
    assert found(frame, "adtte") == [
        (1, "ADTTE.AVAL must be at least 0 days, not -1."),
        (2, "ADTTE.CNSR must be a whole number, not 1.5."),
        (3, "ADTTE.CNSR must be at least 0, not -1."),
    ]


def test_severities_of_adverse_events_and_kinds_of_intercurrent_events() -> None:
    harms = pl.DataFrame({"USUBJID": ["1"] * 2, "AEDECOD": ["Anxiety"] * 2, "AESEV": ["MILD", "3"]})
    assert found(harms, "adae") == [
        (2, 'ADAE.AESEV must be one of MILD, MODERATE, SEVERE, not "3".')
    ]
    events = pl.DataFrame({"USUBJID": ["1"] * 2, "AFRLT": [1.0, 2.0], "ICECAT": ["ECT", "ect"]})
    assert found(events, "adice") == [
        (
            2,
            "ADICE.ICECAT must be one of rescue, ECT, extra infusion, discontinuation, "
            'hospitalisation, suicidality, death, not "ect".',
        )
    ]


def test_a_flag_is_y_or_n() -> None:
    assert found(scores(ABLFL=["Y", "no", "Y", None])) == [
        (2, 'ADQS.ABLFL must be one of Y, N, not "no".')
    ]
    assert found(scores(ABLFL=[True, False, True, None])) == [
        (None, 'ADQS.ABLFL must be text, "Y" or "N", not Boolean.')
    ]


def test_findings_are_capped_and_the_count_is_exact() -> None:
    n = 1_500
    frame = pl.DataFrame(
        {"USUBJID": [f"S{i}" for i in range(n)], "TRT01P": ["A"] * n, "AGE": [130] * n}
    )
    report = check_frame(frame, "adsl")
    assert report.findings.height == 1_000
    assert report.counts.row(0) == ("adsl", "range", "AGE", "error", n, 1_000)
    assert "Rows 1, 2 and 1,498 more (subjects S0, S1, …)" in report.summary()


def test_the_severity_is_the_contract_s(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'dataset = "ADSL"\nlabel = "Mine"\n[columns.AGE]\ntype = "integer"\nlabel = "Age"\n'
        'at_most = 65\nvalues = [40, 41]\nseverity = "warning"\n',
        encoding="utf-8",
    )
    report = check_frame(
        pl.DataFrame({"AGE": [40, 70, None]}), "adsl", contract=read_contract(path)
    )
    assert report.ok
    assert report.warnings.select("row", "message").rows() == [
        (3, "ADSL.AGE must not be missing."),
        (2, "ADSL.AGE must be at most 65, not 70."),
        (2, "ADSL.AGE must be one of 40, 41, not 70."),
    ]


def test_what_is_no_frame_or_no_table_is_refused() -> None:
    with pytest.raises(ArgumentError, match="adqs must be a polars DataFrame"):
        check_frame(7, "adqs")
    with pytest.raises(ArgumentError, match="Did you mean adqs"):
        check_frame(scores(), "adq")


def test_the_input_is_not_changed() -> None:
    frame = scores(AVAL=[31.0, float("nan"), 28.0, 30.0])
    before = frame.clone()
    check_frame(frame, "adqs")
    assert frame.equals(before)


def test_a_frame_in_several_chunks_is_checked_like_one() -> None:
    # polars 2.1 panics in pl.format where a filter empties the first chunk of several.
    second = scores(USUBJID=["03", "03", "04", "04"], AVAL=[31.0, 70.0, 28.0, 71.0])
    chunked = pl.concat([scores(), second], rechunk=False)
    assert chunked["AVAL"].n_chunks() == 2
    assert found(chunked) == [
        (6, "ADQS.AVAL must be between 0 and 60 for MADRS, not 70."),
        (8, "ADQS.AVAL must be between 0 and 60 for MADRS, not 71."),
    ]


CELLS = st.one_of(
    st.lists(st.one_of(st.none(), st.sampled_from(["", " ", "01", "Y", "MADRS", "ANX", "ND"]))),
    st.lists(st.one_of(st.none(), st.integers(-5, 100))),
    st.lists(st.one_of(st.none(), st.floats())),
    st.lists(st.one_of(st.none(), st.booleans())),
    st.lists(st.one_of(st.none(), st.dates())),
)
NAMES = ["USUBJID", "PARAMCD", "AVISIT", "AVISITN", "AFRLT", "AVAL", "ABLFL", "APERIOD", "ODD"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), CELLS, min_size=1), st.integers(0, 6))
def test_any_table_gets_a_report_and_none_an_exception(
    columns: dict[str, list[object]], height: int
) -> None:
    padded = {name: (cells + [None] * height)[:height] for name, cells in columns.items()}
    report = check_frame(pl.DataFrame(padded), "adqs")
    assert report.summary().startswith(f"Checked adqs ({height} rows): ")
    assert report.ok == (report.errors.height == 0)
    if height and report.not_run.height == 0:
        assert set(NAMES[:7]) <= columns.keys()
