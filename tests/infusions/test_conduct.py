"""How infusions were given, against R, and what is not recorded by name."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.infusions.conduct import ConductResult, tabulate_infusions
from ketanalysis.trial import Trial
from tests.shared import ORACLE

ARMS = {
    "ties": ("placebo", "drug"),
    "gaps": ("placebo", "drug", "active"),
    "unbalanced": ("placebo", "drug"),
}
PLANS = {"ties": (4, 40), "gaps": (6, 40), "unbalanced": (8, 100)}


@cache
def infusions(name: str) -> pl.DataFrame:
    """Return one of the data sets of tests/oracle/conduct.R in ADEX columns."""
    raw = pl.read_csv(ORACLE / "conduct_data.csv", schema_overrides={"id": pl.String})
    return raw.filter(data=name).select(
        USUBJID="id",
        TRT01P=pl.col("arm").cast(pl.Enum(ARMS[name])),
        WEIGHT="kg",
        EXSEQ="number",
        AFRLT="start",
        EXDUR="length",
        EXDOSE=pl.col("dose") / 1000,
        EXDOSU=pl.lit("mg/kg"),
        EXADJ="why",
    )


def tabulated(name: str, **options: Any) -> ConductResult:
    planned, minutes = PLANS[name]
    plan = {"planned": planned, "planned_minutes": minutes, "planned_dose": 0.5}
    plan |= {"weight": "WEIGHT", "by": "TRT01P"}
    return tabulate_infusions(infusions(name), **{**plan, **options})


@cache
def oracle() -> dict[tuple[str, ...], dict[str, float | None]]:
    found: dict[tuple[str, ...], dict[str, float | None]] = {}
    with (ORACLE / "conduct.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["data"], row["arm"], row["infusion"], row["measure"], row["level"])
            found.setdefault(key, {})[row["name"]] = float(row["value"]) if row["value"] else None
    return found


@pytest.mark.parametrize("name", ARMS)
def test_every_row_is_that_of_r(name: str) -> None:
    # Sums of at most 200 numbers, and quantiles of t and beta: the last digits differ.
    keys = ("TRT01P", "infusion", "measure", "level")
    ours = {
        tuple(str(row[key]).replace(",", ";" if key == "measure" else "") for key in keys): row
        for row in tabulated(name).table.iter_rows(named=True)
    }
    # Why subjects stopped is not in a bare frame: R says nothing of it.
    ours = {key: row for key, row in ours.items() if key[2:] != ("last infusion", "not recorded")}
    theirs = {key[1:]: found for key, found in oracle().items() if key[0] == name}
    assert ours.keys() == theirs.keys()
    for key, found in theirs.items():
        for number, value in found.items():
            got = ours[key][number]
            expected = None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)
            assert got == expected, (key, number)


def row_of(result: ConductResult, measure: str, **where: str) -> dict[str, Any]:
    chosen = {"infusion": "all", "level": "", "measure": measure, **where}
    tests = [pl.col(column).cast(pl.String) == value for column, value in chosen.items()]
    (row,) = result.table.filter(tests).to_dicts()
    return row


def levels(result: ConductResult, measure: str, infusion: str = "all") -> dict[str, int]:
    rows = result.table.filter(
        (pl.col("measure") == measure)
        & (pl.col("infusion").cast(pl.String) == infusion)
        & (pl.col("level") != "")
    )
    return dict(rows.select("level", "count").rows())


# --- what is not recorded --------------------------------------------------------------------


def test_what_is_not_recorded_is_said_and_not_guessed() -> None:
    bare = infusions("ties").select("USUBJID", "EXSEQ")
    table = tabulate_infusions(bare).table.filter(pl.col("note").str.starts_with("not recorded"))
    assert dict(table.select("measure", "note").rows()) == {
        "all planned infusions": "not recorded: the planned number is not declared (planned=)",
        "stopped early or changed": "not recorded: there is no column EXADJ",
        "length": "not recorded: there is no column EXDUR",
        "dose": "not recorded: there is no column EXDOSE",
        "days since the infusion before": "not recorded: there is no column AFRLT",
    }
    assert tabulate_infusions(bare).notes[1:3] == (
        "No plan was declared.",
        "Why subjects stopped is not recorded in a frame of infusions.",
    )


def test_a_dose_without_a_weight_has_no_mg() -> None:
    result = tabulated("ties", weight=None, by=None)
    assert row_of(result, "dose in mg")["note"] == "not recorded: no weight (weight=)"
    in_mg = infusions("ties").with_columns(EXDOSE=pl.lit(35.0), EXDOSU=pl.lit("mg"))
    assert row_of(tabulate_infusions(in_mg), "dose in mg")["mean"] == 35
    other = infusions("ties").with_columns(EXDOSU=pl.lit("ug"))
    row = row_of(tabulate_infusions(other, weight="WEIGHT"), "dose in mg")
    assert row["note"] == "not recorded: no dose in mg or mg/kg"


def test_two_units_have_two_rows_and_no_total() -> None:
    mixed = infusions("ties").with_columns(
        EXDOSU=pl.when(pl.col("EXSEQ") < 3).then(pl.lit("mg/kg")).otherwise(pl.lit("mg"))
    )
    table = tabulate_infusions(mixed).table
    all_of = table.filter(pl.col("measure") == "dose", pl.col("infusion") == "all")
    assert all_of.select("unit", "n_infusions").rows() == [("mg", 32), ("mg/kg", 32)]
    assert "total dose" not in table["measure"].to_list()
    assert levels(tabulate_infusions(mixed), "dose, step")["not recorded"] == 16


def test_a_planned_dose_for_each_treatment() -> None:
    treated = infusions("ties").with_columns(
        EXTRT=pl.when(pl.col("TRT01P") == "drug")
        .then(pl.lit("ketamine"))
        .otherwise(pl.lit("other"))
    )
    result = tabulate_infusions(treated, planned_dose={"ketamine": 0.5})
    row = row_of(result, "dose, share of plan")
    assert (row["n"], row["n_missing"], row["max"]) == (8, 32, 1)


# --- why subjects stopped --------------------------------------------------------------------


def trial_of(**changes: Any) -> Trial:
    """Three subjects and a plan of 3: a got all, b stopped after 1, c after 2; d none."""
    adex = pl.DataFrame(
        {
            "USUBJID": list("aaabcc"),
            "EXSEQ": [1, 2, 3, 1, 1, 2],
            "AFRLT": [0.0, 48, 96, 0, 0, 48],
        }
    )
    adice = pl.DataFrame(
        {
            "USUBJID": ["b", "b", "c", "a"],
            "AFRLT": [60.0, 30.0, 40.0, 500.0],
            "ICECAT": ["ECT", "rescue", "rescue", "discontinuation"],
        }
    )
    made = Trial(
        adsl=pl.DataFrame({"USUBJID": list("abcd"), "SEX": list("FFMM")}),
        adqs=pl.DataFrame({"PARAMCD": ["MADRS"]}),
        adex=adex,
        adice=adice,
    )
    return made.with_(**changes)


def test_why_is_the_next_event_after_the_last_infusion() -> None:
    result = tabulate_infusions(trial_of(), planned=3)
    assert levels(result, "last infusion", "1") == {"rescue": 1}
    assert levels(result, "last infusion", "2") == {"not recorded": 1}  # c's rescue was before it
    assert result.notes[2] == (
        "Why subjects stopped: the first intercurrent event (ADICE) after the start of their last "
        "infusion; ADSL states no reason."
    )
    row = row_of(result, "last infusion", infusion="1")
    assert (row["count"], row["n"]) == (1, 4)


def test_why_as_adsl_states_it_comes_first() -> None:
    stated = trial_of().adsl.with_columns(DCTREAS=pl.Series(["", "ADVERSE EVENT", " ", None]))
    result = tabulate_infusions(trial_of(adsl=stated), planned=3)
    assert levels(result, "last infusion", "1") == {"ADVERSE EVENT": 1}
    assert levels(result, "last infusion", "2") == {"not recorded": 1}
    assert result.notes[2] == "Why subjects stopped: ADSL.DCTREAS."
    silent = tabulate_infusions(trial_of(adice=None), planned=3)
    assert silent.notes[2] == (
        "Why subjects stopped is not recorded: no reason in ADSL and no ADICE."
    )


def test_who_was_never_infused_is_in_the_denominator_and_in_the_audit() -> None:
    result = tabulate_infusions(trial_of(), by="SEX", planned=3)
    row = row_of(result, "given", infusion="1", SEX="M")
    assert (row["count"], row["n"]) == (1, 2)
    share = row_of(result, "share of planned infusions", SEX="M")
    assert (share["mean"], share["min"]) == (pytest.approx(1 / 3), 0)
    assert result.audit.rows() == [
        ("included", "with an infusion", 3, 6),
        ("included", "no infusion", 1, 0),
    ]


def test_the_step_of_the_dose() -> None:
    doses = [0.5, 0.3, 0.5, 0.5, 0.8, 0.1, None, 0.2]
    frame = pl.DataFrame(
        {
            "USUBJID": ["a"] * 8,
            "EXSEQ": range(1, 9),
            "EXDOSE": doses,
            "EXDOSU": ["mg/kg"] * 8,
            "EXADJ": [None, "anxiety", None, None, None, " ", None, None],
        }
    )
    assert levels(tabulate_infusions(frame), "dose, step") == {
        "the same": 1,
        "increased": 1,
        "increased, after an infusion with a reason (EXADJ)": 1,
        "reduced, no reason recorded": 1,
        "reduced, with a reason (EXADJ)": 1,
        "not recorded": 2,
    }


# --- the frame and the face ------------------------------------------------------------------


def test_pandas_arrow_and_the_order_of_rows() -> None:
    first = tabulated("gaps").table
    options = {"by": "TRT01P", "planned": 6, "planned_minutes": 40, "planned_dose": 0.5}
    frame = infusions("gaps")
    for data in (frame.to_pandas(), frame.to_arrow(), frame.reverse()):
        result = tabulate_infusions(data, weight="WEIGHT", **options)
        assert result.table.equals(first)
    assert isinstance(tabulate_infusions(frame.to_pandas()).tidy(), pd.DataFrame)


def test_every_column_is_in_the_glossary() -> None:
    result = tabulated("gaps")
    for frame in (result.table, result.audit):
        assert {column for column in frame.columns if column.islower()} <= set(GLOSSARY)


def test_a_number_in_running_text() -> None:
    result = tabulated("ties")
    assert result.inline("all planned infusions", arm="drug") == "8/8 (100 %; 95 % CI 63 to 100)"
    assert result.inline("length", infusion="all", arm="drug") == (
        "mean 37.5 minutes (range 20.0 to 40.0)"
    )
    assert tabulate_infusions(infusions("ties")).inline("all planned infusions") == (
        "not recorded: the planned number is not declared (planned=)"
    )


def test_refusals() -> None:
    def message(kind: type[Exception], data: Any, **options: Any) -> str:
        with pytest.raises(kind) as caught:
            tabulate_infusions(data, **options)
        return str(caught.value)

    frame = infusions("ties")
    assert message(ArgumentError, trial_of(adex=None)) == (
        "The trial holds no infusions: give as_trial(..., infusions=)."
    )
    assert message(ArgumentError, frame, planned=2.5) == (
        "planned must be a whole number of infusions, not 2.5."
    )
    assert message(ArgumentError, frame, planned=0) == "planned must be above 0, not 0."
    assert message(ArgumentError, frame, planned_minutes=-4) == (
        "planned_minutes must be above 0, not -4."
    )
    assert message(ArgumentError, frame, planned_dose={"ketamine": 0.5}) == (
        "planned_dose names treatments, and the infusions have no column EXTRT that says what was "
        "given; write one number."
    )
    treated = frame.with_columns(EXTRT=pl.lit("ketamine"))
    assert message(ArgumentError, treated, planned_dose={"ketamin": 0.5}) == (
        "planned_dose names 'ketamin', which EXTRT does not hold. Did you mean ketamine?"
    )
    assert message(ArgumentError, frame, weight="KG").startswith(
        "weight needs a column of data, not 'KG'."
    )
    assert message(ArgumentError, frame, weight="EXDOSU") == (
        "weight needs a column of numbers (kg), and EXDOSU holds none."
    )
    assert message(ContractError, frame.with_columns(EXDUR=pl.lit(-1))) == (
        "EXDUR must be a finite number of 0 or more."
    )
    assert message(ContractError, frame.with_columns(EXDOSE=pl.lit("0.5"))) == (
        "EXDOSE must hold numbers, not String."
    )
    assert message(ContractError, frame.with_columns(EXSEQ=pl.lit("1"))) == (
        "EXSEQ of data must hold whole numbers, not String: the number of the infusion, from 1."
    )
    assert message(EstimationError, frame.clear()) == (
        "No infusion is counted (subjects with an infusion), so there is nothing to estimate."
    )
    assert ka.tabulate_infusions is tabulate_infusions
