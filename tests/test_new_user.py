"""What a new user does first: own data, own names, no manual; every refusal says what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.study.anxiety_sections import Anxiety

N = 31
RESPONSE = ka.Response(at_least=0.5)
NAMED: dict[str, Any] = {
    "subject": "id",
    "wide": {"MADRS": "madrs_{visit}", "ANX": "anx_{visit}"},
    "visits": {"0h": 0, "4h": 4, "24h": 24, "d14": 336},
    "baseline_visit": "0h",
}


def single_arm() -> pl.DataFrame:
    """Return 31 patients in one arm: 17 halve their MADRS by day 14, three are not seen then."""
    number = np.arange(N)
    end = np.where(number < 17, 12, 25)
    return pl.DataFrame(
        {
            "id": [f"{i:03}" for i in range(1, N + 1)],
            "madrs_0h": (28 + number % 9).tolist(),
            "madrs_4h": (20 + number % 11).tolist(),
            "madrs_24h": (14 + number % 13).tolist(),
            "madrs_d14": [None if i >= N - 3 else int(end[i]) for i in range(N)],
            "anx_4h": np.round(10 + 40 * ((number * 7) % 31) / 31, 1).tolist(),
        }
    )


@pytest.fixture(scope="module")
def trial() -> ka.Trial:
    return ka.as_trial(single_arm(), **NAMED)


# --- at the prompt -------------------------------------------------------------------------------


def test_the_trial_prints(trial: ka.Trial) -> None:
    assert str(trial) == (
        "trial: 31 subjects, one arm\n"
        "  scales: ANX, MADRS\n"
        "  visits: 0h, 4h, 24h, d14\n"
        "  tables: adsl (31 rows), adqs (152 rows)"
    )
    assert trial.report is not None
    assert trial.report.ok


def test_who_responded(trial: ka.Trial) -> None:
    rate = ka.estimate_response(trial, "MADRS", RESPONSE, missing=["nri", "observed"])
    last = rate.table.filter(pl.col("AVISIT") == "d14")
    assert last.select("missing", "count", "n").rows() == [("nri", 17, 31), ("observed", 17, 28)]
    assert "17/31" in rate.inline("d14", missing="nri")


def test_who_remitted(trial: ka.Trial) -> None:
    rate = ka.estimate_remission(trial, "MADRS", ka.Remission(at_most=12), missing="nri")
    assert rate.table.filter(pl.col("AVISIT") == "d14")["count"].item() == 17


def test_how_scores_change(trial: ka.Trial) -> None:
    change = ka.estimate_change(trial, "MADRS")
    assert "MADRS" in str(change)
    assert "d14" in change.table["AVISIT"].cast(pl.String).to_list()


def test_anxiety_of_responders_under_the_name_that_the_user_gave(trial: ka.Trial) -> None:
    compared = ka.compare_responders(
        trial,
        "ANX",
        scale="MADRS",
        rule=RESPONSE,
        response_visit="d14",
        anxiety_visit="4h",
        missing="observed",
    )
    assert set(compared.table["outcome"]) == {"ANX"}
    assert set(compared.table["missing"]) == {"observed", "nri"}


def test_a_scale_under_another_name_gets_a_hint(trial: ka.Trial) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.estimate_response(trial, "MADRSS", RESPONSE, missing="nri")
    assert str(refused.value) == (
        "The trial has no scores of 'MADRSS'; it has ANX, MADRS. Did you mean MADRS?"
    )


def test_pandas_and_arrow_give_the_same_trial(trial: ka.Trial) -> None:
    assert ka.as_trial(single_arm().to_pandas(), **NAMED).equals(trial)
    assert ka.as_trial(single_arm().to_arrow(), **NAMED).equals(trial)


# --- in a folder ---------------------------------------------------------------------------------

STUDY = """
[study]
title = "Ketamin bei Depression"

[data]
scores = "data/werte.csv"
encoding = "cp1252"

[columns]
subject = "id"
wide = { MADRS = "madrs_{visit}", ANX = "anx_{visit}" }
baseline_visit = "0h"
[columns.visits]
"0h" = 0
"4h" = 4
"24h" = 24
"d14" = 336

[plan]
scale = "MADRS"
visit = "d14"
missing = ["nri", "observed"]
response = { at_least = 0.5 }
remission = { at_most = 12 }
anxiety = { outcomes = ["ANX"], visit = "4h" }
"""


def test_a_file_saved_by_a_german_excel_is_the_same_trial(trial: ka.Trial, tmp_path: Path) -> None:
    frame = single_arm().with_columns(pl.all().cast(pl.String).str.replace(".", ",", literal=True))
    names = single_arm().with_columns(Prüfer=pl.lit("Müller")).columns
    lines = [
        ";".join(names),
        *(";".join([*(c or "" for c in row), "Müller"]) for row in frame.rows()),
    ]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "werte.csv").write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    study = ka.read_study(tmp_path)
    assert study.trial.adqs.equals(trial.adqs)
    assert study.trial.adsl.equals(trial.adsl)
    results = ka.run_study(study)
    assert results.refused == {}
    assert list(results) == [
        *("baseline", "disposition", "change", "course", "response", "response_by_visit"),
        *("remission", "infusion_anxiety"),
    ]
    assert results["response"].table["n"].to_list() == [31, 28]


def test_the_same_from_the_prompt(trial: ka.Trial) -> None:
    plan = ka.Plan(
        scale="MADRS",
        visit="d14",
        missing=("nri", "observed"),
        response=RESPONSE,
        anxiety=Anxiety(("ANX",), visit="4h"),
    )
    assert list(ka.run_study(trial, plan)) == [
        *("baseline", "disposition", "change", "course", "response", "response_by_visit"),
        "infusion_anxiety",
    ]


# --- the first mistakes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame, message",
    [
        (
            pl.DataFrame(
                {
                    "id": ["a", "a"],
                    "visit": ["Week 10", "Week 2"],
                    "scale": ["MADRS"] * 2,
                    "v": [9, 30],
                }
            ),
            "The visits in visit have no declared order, and none is taken from the alphabet.\n"
            "  If this is their order, write visits=['Week 2', 'Week 10'].\n"
            "  Where the column holds numbers, visit_unit= (hour, day or week) gives order and "
            "time.",
        ),
        (
            pl.DataFrame({"id": ["a"], "scale": ["MADRS"], "v": [9]}),
            "visit must name a column of data, not 'visit'.\n  Its columns: id, scale, v.",
        ),
    ],
)
def test_long_data_without_an_order_or_a_visit(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.as_trial(frame, subject="id", visit="visit", parameter="scale", value="v")
    assert str(refused.value) == message


def test_long_data_with_numbered_weeks() -> None:
    frame = pl.DataFrame(
        {"id": ["a"] * 3, "week": [10, 0, 2], "scale": ["MADRS"] * 3, "v": [9, 30, 20]}
    )
    trial = ka.as_trial(
        frame, subject="id", visit="week", visit_unit="week", parameter="scale", value="v"
    )
    assert trial.visits == ("Week 0", "Week 2", "Week 10")
    assert trial.adqs["ABLFL"].to_list() == ["Y", None, None]
