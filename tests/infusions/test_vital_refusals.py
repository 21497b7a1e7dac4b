"""What is refused of vital signs: a plan left open, a unit guessed, a reading twice."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.infusions.vital_signs import estimate_vital_signs
from ketanalysis.threshold import Threshold
from tests.infusions import vital_data
from tests.infusions.vital_data import by_hand


def message(kind: type[Exception], *arguments: Any, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        estimate_vital_signs(*arguments, **{"pre_within": 60, **options})
    return str(caught.value)


def test_what_the_plan_must_say() -> None:
    data = by_hand()
    assert message(ArgumentError, data, "SYSBP", pre_within=None) == (
        "pre_within= must be written: within how many minutes before the start of the infusion "
        "the last reading counts as the pre-infusion value."
    )
    assert message(ArgumentError, data, "SYSBP", pre_within=-1) == (
        "pre_within must be minutes, 0 or more, not -1."
    )
    assert message(ArgumentError, data, "SYSBP", until=0) == (
        "until must be minutes above 0, not 0."
    )
    assert message(ArgumentError, data, "SYSBP", return_within=10) == (
        "return_within= needs return_stays=: True if all later readings must be back too, False "
        "if the first reading back counts; not None."
    )
    assert message(ArgumentError, data, "SYSBP", return_stays=True) == (
        "return_stays belongs to return_within=, which is not given."
    )
    margins = {"return_within": {"HR": 5}, "return_stays": True}
    assert message(ArgumentError, data, "SYSBP", **margins) == (
        "return_within must name a margin for SYSBP, or be one number."
    )
    low = {"return_within": -1, "return_stays": True}
    assert message(ArgumentError, data, "SYSBP", **low) == (
        "return_within of SYSBP must be 0 or more, not -1."
    )


def test_thresholds_that_do_not_fit() -> None:
    data = by_hand()
    assert message(ArgumentError, data, "SYSBP", thresholds=180) == (
        "thresholds must be a Threshold or a list of them, not 180."
    )
    assert message(ArgumentError, data, "SYSBP", thresholds=[180]) == (
        'thresholds must be Thresholds, such as Threshold("SYSBP", at_least=180, unit="mmHg"), '
        "not 180."
    )
    other = Threshold("DIABP", at_least=110, unit="mmHg")
    assert message(ArgumentError, data, "SYSBP", thresholds=other) == (
        "The threshold DIABP of at least 110 mmHg needs DIABP in parameter=, which names SYSBP."
    )
    kpa = Threshold("SYSBP", at_least=24, unit="kPa")
    assert message(ArgumentError, data, "SYSBP", thresholds=kpa) == (
        "The threshold SYSBP of at least 24 kPa must be in the unit of the readings, mmHg, not "
        "kPa. Convert the threshold: 1 kPa is 7.50062 mmHg."
    )


def test_units_are_never_guessed() -> None:
    data = by_hand()
    assert message(ArgumentError, data.drop("AVALU"), "SYSBP") == (
        'The unit of the readings is not known: add the column AVALU, or write unit="mmHg" '
        '(several parameters: unit={"SYSBP": "mmHg", "HR": "beats/min"}).'
    )
    assert message(ArgumentError, data, "SYSBP", unit="mmHg") == (
        "Give unit= or the column AVALU, not both."
    )
    assert message(ArgumentError, data.drop("AVALU"), "SYSBP", unit={"HR": "bpm"}) == (
        "unit must name the unit of SYSBP, not None."
    )
    mixed = by_hand(AVALU=pl.when(USUBJID="b").then(pl.lit("kPa")).otherwise(pl.lit("mmHg")))
    assert message(ContractError, mixed, "SYSBP") == (
        "The readings of SYSBP must have one unit (AVALU), not kPa, mmHg. Convert them to one: 1 "
        "kPa is 7.50062 mmHg."
    )
    blank = by_hand(AVALU=pl.when(USUBJID="b").then(None).otherwise(pl.lit("mmHg")))
    assert message(ContractError, blank, "SYSBP") == (
        "The readings of SYSBP must have one unit (AVALU), not mmHg, no unit. Convert them to "
        "one: 1 kPa is 7.50062 mmHg."
    )


def test_names_that_do_not_exist() -> None:
    data = by_hand()
    assert message(ArgumentError, data, "SYSBPP") == (
        "There are no readings of 'SYSBPP'; PARAMCD holds SYSBP. Did you mean SYSBP?"
    )
    assert message(ArgumentError, data, ["SYSBP", "SYSBP"]) == (
        "parameter must name vital signs, each once, not ['SYSBP', 'SYSBP']."
    )
    assert message(ArgumentError, data.drop("PARAMCD"), ["SYSBP", "HR"]) == (
        "data needs the column PARAMCD where several parameters are named."
    )
    assert message(ArgumentError, data.drop("EXSEQ"), "SYSBP") == (
        "data needs the column EXSEQ; it has USUBJID, AVAL, PARAMCD, ARRLT, AVALU."
    )
    assert message(ArgumentError, data, "SYSBP", by="ARM").startswith(
        "data needs the column ARM; it has USUBJID, EXSEQ,"
    )
    whole = vital_data.trial_of("ties")
    assert message(ArgumentError, whole, "SYSBP", by="TRT1P") == (
        "by needs a column of ADSL or ADEX, not 'TRT1P'. Did you mean TRT01P?"
    )
    assert message(ArgumentError, whole.with_(advs=None), "SYSBP") == (
        "The trial holds no vital signs: give as_trial(..., vital_signs=)."
    )
    assert message(ArgumentError, whole, "SYSBP", infusions=whole.adex) == (
        "infusions= is for a bare frame: a Trial holds its own (ADEX)."
    )
    assert message(ArgumentError, data, "SYSBP", worst={"SYSPB": "highest"}) == (
        "worst must be one of 'SYSBP', not 'SYSPB'. Did you mean SYSBP?"
    )
    temperature = by_hand(PARAMCD=pl.lit("TEMP"), AVALU=pl.lit("C"))
    assert message(ArgumentError, temperature, "TEMP") == (
        "Which reading of TEMP is its worst is not known here: write "
        'worst={"TEMP": "highest"} or "lowest".'
    )
    assert message(ArgumentError, data, "SYSBP", worst={"SYSBP": "high"}).startswith(
        "worst['SYSBP'] must be one of 'highest', 'lowest', not 'high'."
    )


def test_data_that_cannot_be_used() -> None:
    twice = pl.concat([by_hand(), by_hand().head(4).tail(1)])
    assert message(ContractError, twice, "SYSBP") == (
        "A subject can have one reading of SYSBP at a time; 2 rows share theirs, first subject a, "
        "infusion 1, 20 minutes from its start. Keep the right row, or give each its own time. "
        "Readings are never averaged for you."
    )
    points = by_hand(ATPT=pl.lit("pre"))
    assert message(ContractError, points, "SYSBP") == (
        "An infusion can have one reading of SYSBP at a planned time point; 14 rows share theirs, "
        "first subject a, infusion 1, 'pre'. Leave ATPT empty for a reading that was not planned."
    )
    assert message(ContractError, by_hand(AVAL=pl.lit("high")), "SYSBP") == (
        "AVAL must hold numbers, not String."
    )
    assert message(ContractError, by_hand(AVAL=pl.lit(float("inf"))), "SYSBP") == (
        "AVAL must be finite."
    )
    assert message(ContractError, by_hand(EXSEQ=pl.lit(1.5)), "SYSBP") == (
        "EXSEQ of data must hold whole numbers from 1."
    )
    adex = pl.DataFrame({"USUBJID": ["a", "a"], "EXSEQ": [1, 1]})
    assert message(ContractError, by_hand(), "SYSBP", infusions=adex) == (
        "infusions must have one row for each subject and infusion; 2 rows share theirs, first "
        "subject a, infusion 1. Keep the right row, or number the infusions."
    )
    unnumbered = pl.DataFrame({"USUBJID": ["a", "a"], "EXSEQ": [1, None]})
    assert message(ContractError, by_hand(), "SYSBP", infusions=unnumbered) == (
        "EXSEQ of infusions must not be missing, but 1 of 2 rows have none."
    )
    changing = by_hand(ARM=pl.Series(range(16)))
    assert message(ContractError, changing, "SYSBP", by="ARM") == (
        "ARM must be the same in all rows of an infusion; it is not for subject a, infusion 1."
    )
    nobody = by_hand(EXSEQ=pl.lit(None, dtype=pl.Int64))
    assert message(EstimationError, nobody, "SYSBP").startswith("No infusion is counted (")
