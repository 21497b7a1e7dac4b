"""Rules on vital signs, alone and beside the infusions: what keeps each, and what breaks it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.contracts.checking import check_frame
from ketanalysis.contracts.reading_rules import reading_rules
from ketanalysis.contracts.rule import Rule
from ketanalysis.contracts.rules import named_rule
from tests.contracts.rule_data import found as found_in_scores


def found(rule: Rule, frame: pl.DataFrame) -> list[tuple[int, str]]:
    return [(row, text.replace("ADQS.", "ADVS.")) for row, text in found_in_scores(rule, frame)]


def signs(**changes: Sequence[object]) -> pl.DataFrame:
    """Two pressures and a saturation of one infusion, and one reading outside, all well."""
    columns: dict[str, Sequence[object]] = {
        "USUBJID": ["a"] * 7,
        "PARAMCD": ["SYSBP", "DIABP", "SPO2", "SYSBP", "DIABP", "SPO2", "HR"],
        "EXSEQ": [1, 1, 1, 1, 1, 1, None],
        "AFRLT": [-0.25, -0.25, -0.25, 0.5, 0.5, 0.5, -48.0],
        "ATPT": ["before"] * 3 + ["30 min"] * 3 + [None],
        "AVAL": [120.0, 80.0, 98.0, 135.0, 88.0, None, 70.0],
        "AVALU": ["mmHg", "mmHg", "%", "mmHg", "mmHg", "%", "beats/min"],
    }
    return pl.DataFrame({**columns, **changes}, strict=False)


RULES = (
    ("known_vital", "PARAMCD"),
    ("vital_unit", "AVALU"),
    ("one_unit", "AVALU"),
    ("vital_range", "AVAL"),
    ("saturation_range", "AVAL"),
    ("diastolic_below_systolic", "AVAL"),
    ("one_reading", "AVAL"),
    ("reading_has_time", "EXSEQ"),
)
INFUSIONS = pl.DataFrame({"USUBJID": ["a", "a"], "EXSEQ": [1, 2], "AFRLT": [0.0, 48.0]})


@pytest.mark.parametrize("name, column", RULES)
def test_clean_readings_break_no_rule(name: str, column: str) -> None:
    assert found(named_rule(name, column), signs()) == []


def test_clean_readings_keep_the_whole_contract() -> None:
    report = check_frame(signs(), "advs", extra=reading_rules(INFUSIONS))
    assert report.summary() == ("Checked advs (7 rows): 0 errors, 0 warnings, 0 for information.")
    assert report.not_run.is_empty()


@pytest.mark.parametrize(
    "name, column, changes, findings",
    [
        (
            "known_vital",
            "PARAMCD",
            {"PARAMCD": ["SYSBP", "DIABP", "SPO2", "ETCO2", "ETCO2", "SPO2", "HR"]},
            [(4, "ADVS.PARAMCD ETCO2 is not a vital sign known here: range not checked.")],
        ),
        (
            "vital_unit",
            "AVALU",
            {"AVALU": ["mm Hg", "mmHg", "%", "mm Hg", "kPa", None, "beats/min"]},
            [
                (1, 'ADVS.AVALU should be mmHg or kPa for SYSBP, not "mm Hg".'),
                (4, 'ADVS.AVALU should be mmHg or kPa for SYSBP, not "mm Hg".'),
            ],
        ),
        (
            "one_unit",
            "AVALU",
            {"AVALU": ["mmHg", "mmHg", "%", "kPa", "mmHg", "%", "beats/min"]},
            [
                (1, "ADVS.AVALU must be one unit for all readings of SYSBP."),
                (4, "ADVS.AVALU must be one unit for all readings of SYSBP."),
            ],
        ),
        (
            "vital_range",
            "AVAL",
            {"AVAL": [16.0, 80.0, 0.98, 135.0, 250.0, None, 70.0]},
            [
                (
                    1,
                    "ADVS.AVAL should be between 50 and 280 mmHg for SYSBP (plausible range), "
                    "not 16.",
                ),
                (
                    3,
                    "ADVS.AVAL should be between 50 and 100 % for SPO2 (plausible range), not "
                    "0.98.",
                ),
                (
                    5,
                    "ADVS.AVAL should be between 25 and 180 mmHg for DIABP (plausible range), "
                    "not 250.",
                ),
            ],
        ),
        (
            "saturation_range",
            "AVAL",
            {"AVAL": [120.0, 80.0, 101.0, 135.0, 88.0, -1.0, 170.0]},
            [
                (3, "ADVS.AVAL must be between 0 and 100 % for SPO2, not 101."),
                (6, "ADVS.AVAL must be between 0 and 100 % for SPO2, not -1."),
            ],
        ),
        (
            "diastolic_below_systolic",
            "AVAL",
            {"AVAL": [80.0, 120.0, 98.0, 88.0, 88.0, None, 70.0]},
            [
                (
                    2,
                    "ADVS.AVAL must not be above the systolic pressure of the same time, not 120.",
                )
            ],
        ),
        (
            "one_reading",
            "AVAL",
            {
                "PARAMCD": ["SYSBP", "SYSBP", "SPO2", "SYSBP", "DIABP", "SPO2", "HR"],
                "ATPT": ["before"] * 7,
            },
            [
                (
                    row,
                    "ADVS.AVAL must be one reading of SYSBP for each subject, infusion and time, "
                    "not 2 readings.",
                )
                for row in (1, 2)
            ],
        ),
        (
            "reading_has_time",
            "EXSEQ",
            {"AFRLT": [None] * 7, "ARRLT": [-0.25, None, -0.25, 0.5, 0.5, None, None]},
            [(2, "ADVS.EXSEQ should have a time of the reading: AFRLT or ARRLT.")],
        ),
    ],
)
def test_readings_that_break_a_rule(
    name: str, column: str, changes: dict[str, Sequence[object]], findings: list[tuple[int, str]]
) -> None:
    assert found(named_rule(name, column), signs(**changes)) == findings


def test_an_impossible_saturation_is_one_finding() -> None:
    frame = signs(AVAL=[120.0, 80.0, 101.0, 135.0, 88.0, None, 70.0])
    findings = check_frame(frame, "advs").findings
    assert findings.select("rule", "severity").rows() == [("saturation_range", "error")]


def test_pressures_in_two_units_or_without_a_time_are_not_held_against_each_other() -> None:
    rule = named_rule("diastolic_below_systolic", "AVAL")
    kpa = signs(
        AVAL=[16.0, 80.0, 98.0, 18.0, 88.0, None, 70.0],
        AVALU=["kPa", "mmHg", "%", "kPa", "mmHg", "%", "beats/min"],
    )
    assert found(rule, kpa) == []
    no_time = signs(AVAL=[80.0, 120.0, *[None] * 5], AFRLT=[None] * 7)
    assert found(rule, no_time) == []


# --- beside the infusions --------------------------------------------------------------------


def beside(name: str, infusions: pl.DataFrame | None = INFUSIONS) -> Rule:
    return next(rule for rule in reading_rules(infusions) if rule.id == name)


def test_an_infusion_that_is_not_in_adex() -> None:
    frame = signs(EXSEQ=[1, 1, 1, 3, 1, 1, None])
    assert found(beside("known_infusion"), frame) == [
        (4, "ADVS.EXSEQ should be the number of an infusion of the subject in ADEX, not 3.")
    ]
    assert [rule.id for rule in reading_rules(None)] == [
        "reading_near_infusion",
        "reading_before_infusion",
    ]


def test_a_reading_far_from_its_infusion_may_be_in_minutes() -> None:
    frame = signs(AFRLT=[-0.25, -0.25, -0.25, 30.0, 48.5, None, -48.0])
    said = (
        "ADVS.EXSEQ should be the infusion within 24 hours of which the reading was taken, not 1."
    )
    assert found(beside("reading_near_infusion"), frame) == [(4, said), (5, said)]
    assert beside("reading_near_infusion").severity == "warning"


def test_an_infusion_without_a_reading_before_it() -> None:
    frame = signs(AFRLT=[0.1, -0.25, -0.25, 0.5, 0.5, 0.5, -48.0])
    said = "ADVS.PARAMCD has no reading of SYSBP at or before the start of these infusions."
    rule = beside("reading_before_infusion")
    assert found(rule, frame) == [(1, said)]
    # An empty reading before is none; one without a time is not known to be none.
    frame = signs(AVAL=[None, 80.0, 98.0, 135.0, 88.0, None, 70.0])
    assert found(rule, frame) == [(1, said)]
    assert found(rule, signs(AFRLT=[None] * 7)) == []
    assert found(rule, signs(AFRLT=[0.0, *[-0.25] * 5, 1.0])) == []


# --- the way in ------------------------------------------------------------------------------

SCORES = pl.DataFrame({"id": ["a", "b"], "madrs_0h": [34, 29], "madrs_d14": [12, 27]})
NAMED = {
    "subject": "id",
    "wide": {"MADRS": "madrs_{visit}"},
    "visits": {"0h": 0, "d14": 336},
    "baseline_visit": "0h",
}


def test_vital_signs_come_in_as_a_table_of_the_trial() -> None:
    text = signs().with_columns(pl.col("AVAL", "EXSEQ", "AFRLT").cast(pl.String))
    given = text.rename({"USUBJID": "id"}).reverse()
    trial = ka.as_trial(SCORES, **NAMED, infusions=INFUSIONS, vital_signs=given)
    assert trial.advs is not None
    assert trial.advs.select("USUBJID", "PARAMCD", "EXSEQ", "AFRLT", "AVAL").rows() == [
        ("a", "HR", None, -48.0, 70.0),
        ("a", "DIABP", 1, -0.25, 80.0),
        ("a", "SPO2", 1, -0.25, 98.0),
        ("a", "SYSBP", 1, -0.25, 120.0),
        ("a", "DIABP", 1, 0.5, 88.0),
        ("a", "SPO2", 1, 0.5, None),
        ("a", "SYSBP", 1, 0.5, 135.0),
    ]
    assert "advs (7 rows)" in str(trial)
    assert trial.equals(ka.as_trial(SCORES, **NAMED, infusions=INFUSIONS, vital_signs=trial.advs))


def test_vital_signs_that_break_their_contract_are_refused_with_all_findings() -> None:
    wrong = signs(
        USUBJID=["a"] * 6 + ["c"],
        AVAL=[80.0, 120.0, 101.0, 135.0, 88.0, None, 70.0],
    ).drop("AVALU")
    with pytest.raises(ka.ContractError) as refused:
        ka.as_trial(SCORES, **NAMED, infusions=INFUSIONS, vital_signs=wrong)
    assert (
        "ADVS.AVALU must be there (Unit of the reading, such as mmHg); the table has no such"
        in (str(refused.value))
    )
    with pytest.raises(ka.ContractError) as refused:
        ka.as_trial(
            SCORES,
            **NAMED,
            subjects=SCORES.select("id"),
            infusions=INFUSIONS,
            vital_signs=wrong.with_columns(AVALU=signs()["AVALU"]),
        )
    said = str(refused.value)
    assert "ADVS.USUBJID must be a subject of ADSL" in said
    assert "ADVS.AVAL must be between 0 and 100 % for SPO2, not 101." in said
    assert "ADVS.AVAL must not be above the systolic pressure of the same time, not 120." in said
