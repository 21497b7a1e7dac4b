"""The study folder: what study.toml may say, and that a trial written is the trial read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomlkit

import ketanalysis as ka
from ketanalysis.reading.files import file_sha256
from ketanalysis.study.folder import COLUMN_KEYS, DATA_KEYS, STUDY_KEYS, write_example_study

PLAN = ka.Plan(scale="MADRS", visit="d14", missing="nri", response=ka.Response(at_least=0.5))
SCORES = "id,madrs_0h,madrs_d14\n01,34,12\n02,29,27\n1,31,\n"


def config(**changes: Any) -> dict[str, Any]:
    """Return the sections of a small study; `data__scores=...` changes one key."""
    sections: dict[str, Any] = {
        "study": {"title": "Small"},
        "data": {"scores": "data/scores.csv"},
        "columns": {
            "subject": "id",
            "wide": {"MADRS": "madrs_{visit}"},
            "visits": {"0h": 0, "d14": 336},
            "baseline_visit": "0h",
        },
        "plan": PLAN.to_dict(),
    }
    for place, value in changes.items():
        section, _, key = place.partition("__")
        if not key:
            sections[section] = value
        else:
            sections.setdefault(section, {})[key] = value
    return {name: section for name, section in sections.items() if section is not None}


def write(folder: Path, scores: str | bytes = SCORES, **changes: Any) -> Path:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    content = scores.encode() if isinstance(scores, str) else scores
    (folder / "data" / "scores.csv").write_bytes(content)
    (folder / "study.toml").write_text(tomlkit.dumps(config(**changes)), encoding="utf-8")
    return folder


def said(folder: Path, error: type[Exception] = ka.ArgumentError) -> str:
    with pytest.raises(error) as refused:
        ka.read_study(folder)
    return str(refused.value)


# --- read ----------------------------------------------------------------------------------------


def test_a_study_is_its_trial_and_its_plan(tmp_path: Path) -> None:
    study = ka.read_study(write(tmp_path))
    assert (study.title, study.plan, study.folder) == ("Small", PLAN, tmp_path)
    assert study.trial.adsl["USUBJID"].to_list() == ["01", "02", "1"]
    assert study.inputs == {
        "study.toml": file_sha256(tmp_path / "study.toml"),
        "data/scores.csv": file_sha256(tmp_path / "data" / "scores.csv"),
    }


def test_the_file_itself_may_be_named(tmp_path: Path) -> None:
    assert ka.read_study(write(tmp_path) / "study.toml").trial.n_subjects == 3


def test_the_title_is_the_folder_where_none_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path / "my-trial", study=None))
    assert ka.read_study(".").title == "my-trial"


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = write(tmp_path) / "study.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert ka.read_study(tmp_path).title == "Small"


@pytest.mark.parametrize(
    "scores, encoding",
    [
        ("\ufeffid;madrs_0h;madrs_d14\r\nM\u00fc1;34,5;12\r\n02;29;27,5\r\n", "utf-8"),
        ("id;madrs_0h;madrs_d14\r\nM\u00fc1;34,5;12\r\n02;29;27,5\r\n", "cp1252"),
    ],
)
def test_a_german_file_of_excel(tmp_path: Path, scores: str, encoding: str) -> None:
    declared = {"data__encoding": encoding} if encoding == "cp1252" else {}
    study = ka.read_study(write(tmp_path, scores.encode(encoding), **declared))
    assert study.trial.adqs.filter(ABLFL="Y").select("USUBJID", "AVAL").rows() == [
        ("02", 29.0),
        ("M\u00fc1", 34.5),
    ]
    assert all(note.startswith("data/scores.csv: ") for note in study.notes)
    assert any("comma" in note for note in study.notes)


def test_codes_for_missing_are_declared_and_counted(tmp_path: Path) -> None:
    scores = SCORES.replace("1,31,\n", "1,31,ND\n")
    study = ka.read_study(write(tmp_path, scores, data__missing_codes=["ND"]))
    assert study.notes == ("Cells read as missing by missing_codes: 'ND' (1).",)
    assert said(write(tmp_path, scores), ka.ContractError) == (
        "madrs_d14 must hold numbers, not 'ND' (row 3).\n"
        "  Correct the cells, or declare the codes that mean missing: missing_codes=[...]."
    )


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"colums": {}},
            "study.toml has no key 'colums'; it has study, data, columns, plan. "
            "Did you mean columns?",
        ),
        (
            {"study__titel": "x"},
            "[study] has no key 'titel'; it has title, simulated, notes, subjects_from_scores. "
            "Did you mean title?",
        ),
        (
            {"data__score": "x"},
            "[data] has no key 'score'; it has scores, subjects, items, infusions, adverse_events, "
            "events, concomitant, vital_signs, decimal, separator, encoding, missing_codes. Did "
            "you mean scores?",
        ),
        (
            {"columns__arm_": "x"},
            "[columns] has no key 'arm_'; it has subject, arm, arms, visit, visits, visit_unit, "
            "day, study_day, hour, scores, wide, parameter, value, baseline, baseline_visit, "
            "subject_columns. Did you mean arm?",
        ),
        (
            {"plan__scales": "x"},
            "[plan] has no key 'scales'; it has scale, visit, missing, response, remission, "
            "relapse, among, origin, redose, anxiety, acute, baseline, imputation, model, "
            "sensitivity, prediction, blinding, subgroups, suicidality, durability, estimand, "
            "protocol, conf_level. Did you mean scale?",
        ),
        ({"plan": None}, "study.toml must have [plan]."),
        ({"data": None, "plan": None}, "study.toml must have [data] and [plan]."),
        ({"data": {}}, "[data] must have scores."),
        ({"data": "scores.csv"}, "[data] must be a section with keys, not 'scores.csv'."),
        ({"study__simulated": "false"}, "[study] simulated must be true or false, not 'false'."),
        ({"study__notes": "a note"}, "[study] notes must be a list of texts, not 'a note'."),
        ({"study__title": 1}, "[study] title must be a text, not 1."),
        ({"data__scores": 1}, "[data] scores must name one file, not 1."),
        (
            {"data__scores": "http://127.0.0.1:9/x.csv"},
            "[data] scores must name a file of the study folder, not the address "
            "'http://127.0.0.1:9/x.csv'.",
        ),
        (
            {"data__scores": "data/*.csv"},
            "[data] scores names 'data/*.csv', which is no file; data/ holds scores.csv. "
            "Patterns are not read: name one file.",
        ),
        (
            {"data__scores": "data/score.csv"},
            "[data] scores names 'data/score.csv', which is no file; data/ holds scores.csv. "
            "Did you mean data/scores.csv?",
        ),
        (
            {"data__subjects": "../scores.csv"},
            "[data] subjects names '../scores.csv', which lies outside the study folder; copy it "
            "into data/.",
        ),
        (
            {"data__subjects": "/etc/hostname"},
            "[data] subjects names '/etc/hostname', which lies outside the study folder; copy it "
            "into data/.",
        ),
        ({"data__missing_codes": "ND"}, "missing_codes must be a list, not 'ND'."),
        (
            {"columns__subject": 3},
            "subject must name a column of data, not 3.\n  Its columns: id, madrs_0h, madrs_d14.",
        ),
        (
            {"plan__scale": "MADRSS"},
            "[plan] scale must be one of 'MADRS', which the data have, not 'MADRSS'. "
            "Did you mean MADRS?",
        ),
        (
            {"plan__visit": "D14"},
            "[plan] visit must be one of '0h', 'd14', which the data have, not 'D14'. "
            "Did you mean d14?",
        ),
        (
            {"plan__anxiety": {"outcomes": ["ANX"], "visit": "0h"}},
            "[plan.anxiety] outcomes must be one of 'MADRS', which the data have, not 'ANX'.",
        ),
        (
            {"plan__among": {"visit": "d7", "response": {"at_least": 0.5}}},
            "[plan.among] visit must be one of '0h', 'd14', which the data have, not 'd7'.",
        ),
        (
            {"plan__sensitivity": {"missing": ["nri"], "endpoints": ["change"], "visits": ["d7"]}},
            "[plan.sensitivity] visits must be one of '0h', 'd14', which the data have, not 'd7'.",
        ),
        (
            {"plan__imputation": {"method": "bayes", "draws": 9, "seed": 1, "visits": ["d4"]}},
            "[plan.imputation] visits must be one of '0h', 'd14', which the data have, not 'd4'. "
            "Did you mean d14?",
        ),
        (
            {"plan__model": {"df": "kenward-roger", "covariates": ["AGE"]}},
            "[plan.model] covariates must be one of 'USUBJID', which the data have, not 'AGE'.",
        ),
        (
            {"plan__baseline": {"categorical": ["SITE"]}},
            "[plan.baseline] columns must be one of 'USUBJID', which the data have, not 'SITE'.",
        ),
    ],
)
def test_what_study_toml_may_not_say(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert said(write(tmp_path / "study", **changes)) == message


@pytest.mark.parametrize("section", ["study", "data", "columns", "plan"])
def test_a_value_of_the_wrong_kind_is_never_an_error_of_python(
    tmp_path: Path, section: str
) -> None:
    keys = {
        "study": STUDY_KEYS,
        "data": DATA_KEYS,
        "columns": COLUMN_KEYS,
        "plan": [field.name for field in fields(ka.Plan)],
    }
    values: list[Any] = [5, True, "", "x", "\x00", "x" * 300, [], [[1]], {"a": 1}, {"a": ["b"]}]
    for key in keys[section]:
        for value in values:
            write(tmp_path, **{f"{section}__{key}": value})
            with suppress(ka.KetanalysisError):
                ka.read_study(tmp_path)


def test_a_link_may_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "study")
    (tmp_path / "secret.csv").write_text(SCORES)
    (folder / "data" / "scores.csv").unlink()
    (folder / "data" / "scores.csv").symlink_to(tmp_path / "secret.csv")
    assert said(folder) == (
        "[data] scores names 'data/scores.csv', which lies outside the study folder; copy it into "
        "data/."
    )


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    folder = write(tmp_path, data__scores="data/[1]*.csv")
    (folder / "data" / "[1]*.csv").write_text(SCORES.replace("34", "35"))
    assert ka.read_study(folder).trial.adqs["AVAL"].max() == 35


@pytest.mark.parametrize(
    "text, message",
    [
        (b"[plan]\nscale = 1\nscale = 2\n", "Cannot overwrite a value (at line 3, column 10)"),
        (b"[data\n", "Expected ']' at the end of a table declaration (at line 1, column 6)"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "study.toml").write_bytes(text)
    assert said(tmp_path) == f"study.toml is not valid TOML: {message}."


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes("[study]\ntitle = 'Kölner Studie'\n".encode("cp1252"))
    assert said(tmp_path) == "study.toml must be saved as UTF-8."


def test_a_folder_that_is_no_study(tmp_path: Path) -> None:
    assert said(tmp_path) == (
        f"{tmp_path} holds no study.toml. `ketanalysis init FOLDER` writes one to fill in."
    )
    assert said(tmp_path / "none") == f"There is no folder {tmp_path / 'none'}."


# --- written -------------------------------------------------------------------------------------


def arms() -> ka.Trial:
    frame = pl.DataFrame(
        {
            "id": ["01", "02", "03"],
            "arm": ["K", "P", "K"],
            "site": ["Köln", "Bonn", None],
            "madrs_0h": [34.0, 29.0, None],
            "madrs_d14": [12, 27, None],
        }
    )
    named: dict[str, Any] = {"wide": {"MADRS": "madrs_{visit}"}, "visits": ["0h", "d14"]}
    return ka.as_trial(
        frame,
        subject="id",
        arm="arm",
        arms=["P", "K"],
        baseline_visit="0h",
        subject_columns=["site"],
        label="Arms",
        **named,
    )


@pytest.mark.parametrize(
    "made", [arms, lambda: ka.load_example("ketamine")], ids=["small", "large"]
)
@pytest.mark.parametrize("is_single", [False, True], ids=["arms", "single arm"])
def test_a_trial_that_was_written_is_read_back(tmp_path: Path, made: Any, is_single: bool) -> None:
    trial: ka.Trial = made()
    if is_single:
        trial = trial.with_(adsl=trial.adsl.drop("TRT01P"), arms=())
    plan = ka.Plan(scale="MADRS", visit=trial.visits[-1], missing="nri")
    study = ka.read_study(ka.write_study(tmp_path / "study", trial, plan))
    assert study.trial.equals(trial)
    assert {n: t.schema for n, t in study.trial.tables().items()} == {
        n: t.schema for n, t in trial.tables().items()
    }
    assert study.plan == plan


def test_a_written_trial_gives_the_same_denominators(tmp_path: Path) -> None:
    rule = ka.Response(at_least=0.5)
    before = ka.estimate_response(arms(), "MADRS", rule, by="TRT01P", missing="nri").table
    folder = ka.write_study(tmp_path, arms(), PLAN)
    after = ka.estimate_response(
        ka.read_study(folder).trial, "MADRS", rule, by="TRT01P", missing="nri"
    ).table
    assert before["n"].to_list() == [1, 1]  # the third subject has no score
    assert after.equals(before)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    folder = ka.write_study(tmp_path / "a", arms(), PLAN)
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_study(folder, arms(), PLAN)
    assert str(refused.value) == f"{folder} already holds a study.toml; choose another folder."
    (folder / "study.toml").unlink()
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_study(folder, arms(), PLAN)
    assert str(refused.value) == (
        f"{folder / 'data'} already holds adsl.parquet, adqs.parquet, which cannot be written "
        "over; choose another folder."
    )


def test_an_example_that_was_written_is_the_example(tmp_path: Path) -> None:
    study = ka.read_study(write_example_study("ketamine", tmp_path / "ketamine"))
    assert study.trial.equals(ka.load_example("ketamine"))
    assert sorted(study.inputs) == [
        *("data/adae.csv", "data/adcm.csv", "data/adex.csv", "data/adice.csv", "data/adqs.csv"),
        *("data/adsl.csv", "data/advs.csv", "study.toml"),
    ]
    with pytest.raises(ka.ArgumentError) as refused:
        write_example_study("ketamin", tmp_path / "other")
    assert str(refused.value) == (
        "name must be one of 'ketamine', not 'ketamin'. Did you mean ketamine?"
    )
    assert not (tmp_path / "other").exists()
