"""The container: what it holds, how it prints, when two are equal."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.trial import Trial

ADSL = pl.DataFrame({"USUBJID": ["1", "2"]})
ADQS = pl.DataFrame(
    {
        "USUBJID": ["1", "1", "2"],
        "PARAMCD": ["MADRS", "HAMA", "MADRS"],
        "AVISIT": ["d0", "d0", "d0"],
        "AVAL": [30.0, 20.0, 28.0],
    }
)
TRIAL = Trial(adsl=ADSL, adqs=ADQS, visits=("d0",), notes=("Made by hand.",))


def test_it_prints_what_it_holds() -> None:
    expected = (
        "trial: 2 subjects, one arm\n"
        "  scales: MADRS, HAMA\n"
        "  visits: d0\n"
        "  tables: adsl (2 rows), adqs (3 rows)\n"
        "  note: Made by hand."
    )
    assert repr(TRIAL) == str(TRIAL) == TRIAL.summary() == expected


def test_arms_and_simulated_data_are_named() -> None:
    first, *_ = TRIAL.with_(arms=("P", "K"), simulated=True, label="T").summary().splitlines()
    assert first == "T: 2 subjects, 2 arms (P, K), SIMULATED"


def test_scores_of_one_scale() -> None:
    assert TRIAL.scores("MADRS")["AVAL"].to_list() == [30.0, 28.0]


@pytest.mark.parametrize(
    "scale, hint", [("MADRSS", " Did you mean MADRS?"), ("hama", " Did you mean HAMA?"), ("X", "")]
)
def test_scores_of_a_scale_that_it_does_not_have(scale: str, hint: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        TRIAL.scores(scale)
    assert str(refused.value) == (
        f"The trial has no scores of {scale!r}; it has MADRS, HAMA.{hint}"
    )


def test_equal_is_the_same_tables_and_the_same_description() -> None:
    assert TRIAL.equals(TRIAL.with_(adqs=ADQS.clone()))
    assert not TRIAL.equals(TRIAL.with_(adqs=ADQS.reverse()))
    assert not TRIAL.equals(TRIAL.with_(adae=ADSL))
    assert not TRIAL.equals(TRIAL.with_(subjects_given=True))
    assert not TRIAL.equals(ADQS)


def test_the_report_is_no_part_of_what_is_equal() -> None:
    assert TRIAL.equals(TRIAL.with_(report=ka.check_trial(TRIAL)))


def test_it_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TRIAL.label = "other"  # type: ignore[misc]
