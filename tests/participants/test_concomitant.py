"""Concomitant treatments: subjects by class and period, counted by hand; rescue from ADICE."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.participants.treatment_periods import derive_periods
from ketanalysis.rates.proportions import clopper_pearson
from ketanalysis.tables import tabulate

ARMS = pl.Enum(["placebo", "drug"])
PEOPLE = pl.DataFrame(
    {
        "USUBJID": ["1", "2", "3", "4", "5"],
        "TRT01P": pl.Series(["placebo", "placebo", "drug", "drug", "drug"], dtype=ARMS),
        "ITTFL": ["Y", "Y", "Y", "Y", "N"],
    }
)
# Subject 1: a from before, going on; b given up before. 2: a begun in the trial, twice.
# 3: a without times; c without a class. 4: nothing. 5: not in the population.
TAKEN = pl.DataFrame(
    {
        "USUBJID": ["1", "1", "2", "2", "3", "3", "5"],
        "CMDECOD": ["a1", "b1", "a1", "a2", "a1", "c1", "a1"],
        "CMCLAS": ["a", "b", "a", "a", "a", None, "a"],
        "AFRLT": [-900.0, -900.0, 48.0, 24.0, None, -5.0, 0.0],
        "AFRLTEND": [None, -24.0, 72.0, None, None, 5.0, None],
    }
)
EVENTS = pl.DataFrame(
    {
        "USUBJID": ["2", "2", "4"],
        "AFRLT": [240.0, 480.0, 96.0],
        "ICECAT": ["rescue", "rescue", "discontinuation"],
    }
)


def trial(**changes: Any) -> ka.Trial:
    adqs = pl.DataFrame({"USUBJID": ["1"], "PARAMCD": ["MADRS"]})
    tables: dict[str, Any] = {"adsl": PEOPLE, "adqs": adqs, "adcm": TAKEN, "adice": EVENTS}
    return ka.Trial(**{**tables, **changes}, arms=("placebo", "drug"), subjects_given=True)


def counts(result: ka.Result, period: str) -> dict[tuple[str, str], int]:
    rows = result.table.filter(period=period)
    return {(what, arm): n for what, arm, n in rows.select("treatment", "TRT01P", "count").rows()}


def test_subjects_by_class_and_period_counted_by_hand() -> None:
    result = ka.tabulate_concomitant(trial(), by="TRT01P")
    assert result.table["n"].unique().to_list() == [2]  # subject 5 is not in the population
    assert counts(result, "before") == {
        ("Any treatment", "placebo"): 1,
        ("Any treatment", "drug"): 1,
        ("a", "placebo"): 1,
        ("a", "drug"): 0,
        ("b", "placebo"): 1,
        ("b", "drug"): 0,
        ("not recorded", "placebo"): 0,
        ("not recorded", "drug"): 1,
        ("rescue", "placebo"): 0,
        ("rescue", "drug"): 0,
        ("ECT", "placebo"): 0,
        ("ECT", "drug"): 0,
        ("extra infusion", "placebo"): 0,
        ("extra infusion", "drug"): 0,
    }
    during = counts(result, "during")
    assert during["Any treatment", "placebo"] == 2
    assert during["a", "placebo"] == 2  # subject 2 counts once for two rows
    assert during["a", "drug"] == 0  # no time: at any time only
    assert during["not recorded", "drug"] == 1
    assert during["rescue", "placebo"] == 1  # two events of one subject
    assert counts(result, "any")["a", "drug"] == 1
    new = counts(result, "new")
    assert new["a", "placebo"] == 1
    assert new["Any treatment", "placebo"] == 1
    assert new["not recorded", "drug"] == 0


def test_the_first_use_of_those_new() -> None:
    rows = ka.tabulate_concomitant(trial(), by="TRT01P").table.filter(period="new")
    first = rows.filter(treatment="a", TRT01P="placebo")
    assert first.select("median", "min", "max").row(0) == (24.0, 24.0, 24.0)
    rescue = rows.filter(treatment="rescue", TRT01P="placebo")
    assert rescue["median"].item() == 240.0
    assert rows.filter(count=0)["median"].null_count() == rows.filter(count=0).height


def test_the_definition_and_what_it_could_not_place_are_printed() -> None:
    result = ka.tabulate_concomitant(trial())
    assert result.notes[1:] == (
        "Each subject counts once for each treatment: treatments by CMCLAS from ADCM; rescue, ECT, "
        "extra infusion from ADICE.",
        "Before: started before the first infusion. During: in use at or after the start of the "
        "first infusion. New: during and not before.",
        "A treatment from before without a recorded end counts as going on: 1 row.",
        "Without a time or flag that places it: 1 row, counted at any time only.",
    )
    assert result.audit.rows() == [
        ("included", "counted: ITT population (ITTFL = Y)", 4),
        ("excluded", "not in the ITT population (ITTFL is not Y)", 1),
        ("excluded", "of these or unknown, with treatments", 1),
    ]


@pytest.mark.parametrize(
    "row, before, during",
    [
        ({"AFRLT": -1.0}, True, True),  # no end: going on
        ({"AFRLT": -1.0, "AFRLTEND": 0.0}, True, False),
        ({"AFRLT": -1.0, "AFRLTEND": 0.5}, True, True),
        ({"AFRLT": 0.0}, False, True),
        ({"AFRLTEND": -2.0}, True, False),
        ({"AFRLTEND": 2.0}, False, True),
        ({}, False, False),
        ({"AFRLT": -1.0, "PREFL": "N"}, False, True),
        ({"AFRLT": -1.0, "ONTRTFL": "N"}, True, False),
        ({"PREFL": "Y", "ONTRTFL": "Y"}, True, True),
        ({"AFRLT": 3.0, "PREFL": " "}, False, True),  # an empty flag says nothing
    ],
)
def test_when_a_treatment_was_taken(row: dict[str, Any], before: bool, during: bool) -> None:
    frame = pl.DataFrame({name: [value] for name, value in {"USUBJID": "1", **row}.items()})
    assert derive_periods(frame).select("before", "during").row(0) == (before, during)


def test_flags_decide_and_the_note_says_so() -> None:
    flagged = TAKEN.with_columns(PREFL=pl.lit("Y"), ONTRTFL=pl.lit(None, dtype=pl.String))
    result = ka.tabulate_concomitant(trial(adcm=flagged))
    assert "Before: PREFL = Y, else started before the first infusion." in result.notes[2]
    only = flagged.drop("AFRLT", "AFRLTEND").with_columns(ONTRTFL=pl.lit("N"))
    by_flags = ka.tabulate_concomitant(trial(adcm=only))
    assert by_flags.notes[2] == (
        "Before: PREFL = Y. During: ONTRTFL = Y. New: during and not before."
    )
    assert by_flags.table.filter(treatment="Any treatment", period="before")["count"].item() == 3


def test_single_treatments_and_intervals_where_asked() -> None:
    result = ka.tabulate_concomitant(trial(), term="CMDECOD", ci="clopper-pearson")
    row = result.table.filter(treatment="a1", period="any").row(0, named=True)
    low, high = clopper_pearson(3, 4)
    assert (row["count"], row["conf_low"], row["conf_high"]) == (3, low, high)
    assert result.inline("a1", "any") == "3/4 (75 %; 95 % CI 19 to 99)"
    assert "95 % intervals: Clopper-Pearson." in result.notes
    plain = ka.tabulate_concomitant(trial(), term="CMDECOD")
    assert plain.table["conf_low"].null_count() == plain.table.height
    assert plain.inline("a1", "any", style="jama") == "3 of 4 (75%)"


def test_a_bare_frame_needs_to_know_who_took_nothing() -> None:
    result = ka.tabulate_concomitant(
        TAKEN.to_pandas(), by="TRT01P", subjects=PEOPLE, term="CMDECOD"
    )
    assert result.table.filter(treatment="a1", period="any")["count"].to_list() == [2, 2]
    assert result.table.filter(treatment="a1", period="any")["n"].to_list() == [2, 3]
    assert type(result.tidy()).__module__.startswith("pandas")
    assert "rescue" not in result.table["treatment"].to_list()


def test_an_empty_arm_and_an_empty_table() -> None:
    arms = pl.Enum(["placebo", "drug", "higher dose"])
    adsl = PEOPLE.with_columns(pl.col("TRT01P").cast(arms))
    result = ka.tabulate_concomitant(trial(adsl=adsl, adcm=TAKEN.head(0)), by="TRT01P", ci="wilson")
    empty = result.table.filter(TRT01P="higher dose")
    assert empty["estimate"].null_count() == empty["conf_low"].null_count() == empty.height
    assert result.table.filter(treatment="Any treatment")["count"].sum() == 0
    assert "0/0 (NE)" in str(result)


def test_words_and_table() -> None:
    result = ka.tabulate_concomitant(trial(), by="TRT01P")
    assert result.text().startswith(
        "Taken during the trial. Any treatment: placebo 2/2 (100 %), drug 1/2 (50 %); A: placebo "
        "2/2 (100 %), drug 0/2 (0 %); Not recorded: placebo 0/2 (0 %), drug 1/2 (50 %); Rescue: "
        "placebo 1/2 (50 %), drug 0/2 (0 %). "
    )
    assert "placebo 2 of 2 (100%)" in result.text("jama")
    nobody = ka.tabulate_concomitant(trial(adcm=TAKEN.head(0), adice=EVENTS.head(0)))
    assert nobody.text().startswith("Taken during the trial. Nobody took any.")
    table = tabulate(result)
    assert table.row_groups == (("Concomitant treatments", 4), ("Rescue", 3))
    assert table.rows[1][:5] == ("A", "1/2 (50 %)", "2/2 (100 %)", "1/2 (50 %)", "1")


@settings(max_examples=10)
@given(st.permutations(list(range(7))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    one = ka.tabulate_concomitant(trial(), by="TRT01P")
    other = ka.tabulate_concomitant(trial(adcm=TAKEN[order]), by="TRT01P")
    assert one.table.equals(other.table)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (
            lambda: ka.tabulate_concomitant(trial(adcm=None, adice=None)),
            ka.ArgumentError,
            "The trial holds neither concomitant treatments nor intercurrent events: give "
            "as_trial(..., concomitant=) or as_trial(..., events=).",
        ),
        (
            lambda: ka.tabulate_concomitant(TAKEN),
            ka.ArgumentError,
            "A frame of treatments does not say who took none: give subjects=, a frame with one "
            "row a subject and the column USUBJID.",
        ),
        (
            lambda: ka.tabulate_concomitant(trial(), subjects=PEOPLE),
            ka.ArgumentError,
            "subjects= is for a bare frame; a Trial has its own in ADSL.",
        ),
        (
            lambda: ka.tabulate_concomitant(trial(adcm=TAKEN.drop("CMCLAS"))),
            ka.ArgumentError,
            "The treatments have no column CMCLAS; they have USUBJID, CMDECOD, AFRLT, AFRLTEND. "
            'Write term="CMDECOD".',
        ),
        (
            lambda: ka.tabulate_concomitant(trial(), term="CMTRT"),
            ka.ArgumentError,
            "term must be one of 'CMCLAS', 'CMDECOD', not 'CMTRT'.",
        ),
        (
            lambda: ka.tabulate_concomitant(TAKEN, subjects=PEOPLE, population="safety"),
            ka.ArgumentError,
            "The safety population needs a trial with ADSL; a bare frame has none.",
        ),
        (
            lambda: ka.tabulate_concomitant(TAKEN, subjects=PEOPLE.rename({"USUBJID": "id"})),
            ka.ArgumentError,
            "subject must name a column of subjects, not 'USUBJID'; it has id, TRT01P, ITTFL.",
        ),
        (
            lambda: ka.tabulate_concomitant(
                trial(adcm=TAKEN.with_columns(CMCLAS=pl.lit("any treatment ")))
            ),
            ka.ContractError,
            'CMCLAS must name a treatment, not "any treatment": so is called the row that counts '
            "the subjects with at least one treatment.",
        ),
        (
            lambda: ka.tabulate_concomitant(
                trial(adcm=TAKEN.with_columns(pl.col("AFRLT").cast(pl.String)))
            ),
            ka.ContractError,
            "AFRLT must hold hours as numbers, not String.\n"
            '  Cast the column: pl.col("AFRLT").cast(pl.Float64). Text from a file is read as text '
            "so that no code is lost.",
        ),
        (
            lambda: ka.tabulate_concomitant(trial(adcm=TAKEN.with_columns(PREFL=pl.lit("yes")))),
            ka.ContractError,
            "PREFL must be Y or N, not 'yes'.",
        ),
    ],
)
def test_refusals(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refused:
        call()
    assert str(refused.value) == message
