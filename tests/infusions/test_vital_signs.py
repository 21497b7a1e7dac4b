"""Vital signs at infusions against R, number by number, and one data set worked by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.infusions.vital_signs import estimate_vital_signs
from ketanalysis.threshold import Threshold
from tests.infusions import vital_data
from tests.infusions.vital_data import ARMS, SIGNS, THRESHOLDS, by_hand, estimated, oracle

NUMBERS = ("mean", "sd", "std_error", "conf_low", "conf_high", "median", "min", "max")
COUNTS = ("n", "n_infusions", "n_missing")
NAMES = list(ARMS)


def same(ours: Any, theirs: float | None) -> bool:
    """Compare with R: sums of at most 200 readings and t quantiles differ in the last digits.

    A change near 0 is a difference of readings near 120, whose own rounding is 1e-14: hence the
    absolute part.
    """
    if theirs is None or ours is None:
        return ours is None and theirs is None
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def rows_by(frame: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[str, Any]]:
    return {tuple(str(row[key]) for key in keys): row for row in frame.iter_rows(named=True)}


# --- against R -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_before_peak_change_and_time_are_those_of_r(name: str) -> None:
    ours = rows_by(estimated(name).table, "TRT01P", "PARAMCD", "infusion", "measure")
    theirs = {
        key[1:]: found
        for key, found in oracle().items()
        if key[0] == name and key[4] in ("before", "peak", "change", "time of peak")
    }
    assert ours.keys() == theirs.keys()
    for key, found in theirs.items():
        for number in (*COUNTS, *NUMBERS):
            # R gives equal values a standard error of 0; here it is null, beside no interval.
            is_flat = number == "std_error" and ours[key]["note"].startswith("all values")
            assert same(ours[key][number], None if is_flat else found[number]), (key, number)


@pytest.mark.parametrize("stays", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_the_way_back_is_that_of_r(name: str, stays: bool) -> None:
    result = estimated(name, return_stays=stays)
    ours = rows_by(result.returns, "TRT01P", "PARAMCD", "infusion")
    what = "returns; stays" if stays else "returns"
    theirs = {k[1:4]: found for k, found in oracle().items() if k[0] == name and k[4] == what}
    assert ours.keys() == theirs.keys()
    for key, found in theirs.items():
        for number, value in found.items():
            assert same(ours[key][number], value), (key, number)


@pytest.mark.parametrize("name", NAMES)
def test_thresholds_are_those_of_r(name: str) -> None:
    result = estimated(name)
    ours = rows_by(result.thresholds, "TRT01P", "threshold", "infusion", "basis")
    words = {key: threshold.words for key, threshold in THRESHOLDS[name].items()}
    theirs = {
        (key[1], words[key[2]], key[3], key[4]): found
        for key, found in oracle().items()
        if key[0] == name and key[4] in ("subjects", "infusions")
    }
    assert ours.keys() == theirs.keys()
    assert any(row["count"] for row in ours.values())
    for key, found in theirs.items():
        for number, value in found.items():
            assert same(ours[key][number], value), (key, number)


@pytest.mark.parametrize("name", NAMES)
def test_the_course_by_time_point_is_that_of_r(name: str) -> None:
    course = estimated(name).course.filter(pl.col("measure") == "value")
    ours = rows_by(course, "TRT01P", "PARAMCD", "infusion", "ATPT")
    theirs = {
        (*key[1:4], key[4].removeprefix("point ")): found
        for key, found in oracle().items()
        if key[0] == name and key[4].startswith("point ")
    }
    assert ours.keys() == theirs.keys()
    for key, found in theirs.items():
        for number in (*COUNTS, *NUMBERS[:5], "minutes"):
            assert same(ours[key][number], found[number]), (key, number)


def test_the_other_clock_gives_the_same() -> None:
    whole = vital_data.trial_of("unbalanced")
    start = vital_data.given("unbalanced").select("USUBJID", "EXSEQ", start="AFRLT")
    clocked = whole.advs.join(start, on=["USUBJID", "EXSEQ"]).with_columns(
        AFRLT=pl.col("start") + pl.col("ARRLT")
    )
    other = estimated("unbalanced", whole.with_(advs=clocked.drop("ARRLT", "start")))
    first = estimated("unbalanced")
    assert other.table.equals(first.table)
    assert other.returns.equals(first.returns)


# --- by hand ---------------------------------------------------------------------------------


def hand(**options: Any) -> Any:
    plan = {"pre_within": 60, "return_within": 10, "return_stays": True}
    return estimate_vital_signs(by_hand(), "SYSBP", **{**plan, **options})


def test_one_infusion_at_a_time_by_hand() -> None:
    columns = ("pre", "pre_minutes", "n_after", "peak", "peak_minutes", "change")
    found = hand().infusions.select("USUBJID", "EXSEQ", *columns)
    assert found.rows() == [
        ("a", 1, 120, 0, 5, 140, 20, 20),
        ("a", 2, 130, -10, 2, 138, 30, 8),
        ("b", 1, 110, -5, 2, 160, 30, 50),
        ("b", 2, None, None, 1, 170, 30, None),
        ("c", 1, 125, -5, 0, None, None, None),
    ]


def test_the_way_back_by_hand() -> None:
    columns = ("USUBJID", "EXSEQ", "way_back", "return_after", "return_at")
    # a, infusion 1: 128 at 60 minutes is back (120 + 10), 131 at 90 is out again.
    assert hand().infusions.select(columns).rows() == [
        ("a", 1, "seen to return", 90, 120),
        ("a", 2, "stayed within the margin", None, None),
        ("b", 1, "not seen to return", None, None),
        ("b", 2, None, None, None),
        ("c", 1, None, None, None),
    ]
    at_once = hand(return_stays=False).infusions.row(0, named=True)
    assert (at_once["return_after"], at_once["return_at"]) == (40, 60)
    assert hand(return_within=11).infusions.row(0, named=True)["return_at"] == 60
    rows = rows_by(hand().returns, "infusion")
    assert [rows[k,]["n_not_returned"] for k in ("1", "2", "all")] == [1, 0, 1]
    assert rows["2",]["note"] == "no reading was outside the margin"
    assert rows["all",]["note"] == (
        "fewer than half of those outside the margin were seen to return: no median"
    )
    assert rows["1",]["median"] is None


def test_readings_after_the_last_minute_that_counts_do_not_count() -> None:
    found = hand(until=60).infusions.select("USUBJID", "EXSEQ", "n_after", "last_minutes")
    assert found.row(0) == ("a", 1, 3, 60)
    assert hand(until=25).infusions.row(2, named=True)["peak"] is None


def test_a_threshold_by_hand() -> None:
    rise = Threshold("SYSBP", rise_at_least=20, unit="mmHg")
    high = Threshold("SYSBP", above=160, unit="mmHg")
    result = hand(thresholds=[rise, high, rise | high])
    rows = rows_by(result.thresholds, "threshold", "infusion", "basis")
    picked = {key: (row["count"], row["n"], row["n_missing"]) for key, row in rows.items()}
    # A rise of exactly 20 in a; b rises by 50; b's second infusion has 170 and nothing before.
    assert picked[rise.words, "1", "subjects"] == (2, 2, 1)
    assert picked[rise.words, "2", "subjects"] == (0, 1, 1)
    assert picked[rise.words, "all", "subjects"] == (2, 2, 1)
    assert picked[rise.words, "all", "infusions"] == (2, 3, 2)
    assert picked[high.words, "all", "subjects"] == (1, 2, 1)
    either = (rise | high).words
    assert picked[either, "2", "subjects"] == (1, 2, 0)
    assert picked[either, "all", "infusions"] == (3, 4, 1)


def test_a_subject_without_a_crossing_who_was_partly_judged_is_noted() -> None:
    fall = Threshold("SYSBP", fall_at_least=30, unit="mmHg")
    row = rows_by(hand(thresholds=fall).thresholds, "infusion", "basis")["all", "subjects"]
    assert (row["count"], row["n"]) == (0, 2)
    assert row["note"] == ("1 counted as not crossing has an infusion that could not be judged")


def test_the_lowest_saturation_is_the_worst() -> None:
    data = pl.DataFrame(
        {
            "USUBJID": ["a"] * 4,
            "EXSEQ": [1] * 4,
            "ARRLT": [-0.1, 0.5, 1.0, 2.0],
            "AVAL": [98, 93, 99, 93],
        }
    )
    result = estimate_vital_signs(
        data, "SPO2", pre_within=30, unit="%", return_within=1, return_stays=False
    )
    one = result.infusions.row(0, named=True)
    assert (one["peak"], one["peak_minutes"], one["change"]) == (93, 30, -5)
    assert (one["return_after"], one["return_at"]) == (30, 60)
    turned = estimate_vital_signs(data, "SPO2", pre_within=30, unit="%", worst={"SPO2": "highest"})
    assert turned.infusions["peak"].item() == 99


# --- who is counted --------------------------------------------------------------------------


def test_the_audit_counts_subjects_and_infusions_without_a_value_before() -> None:
    result = hand()
    assert result.audit.rows() == [
        (
            "SYSBP",
            "included",
            "SYSBP: a pre-infusion value and a reading after the start",
            2,
            3,
        ),
        (
            "SYSBP",
            "included",
            "SYSBP: peak only: no reading in the 60 minutes before the start",
            1,
            1,
        ),
        ("SYSBP", "excluded", "SYSBP: no reading after the start", 1, 1),
    ]
    assert result.warnings == (
        "1 of 5 infusions (in 1 subject) have no SYSBP reading in the 60 minutes before the start, "
        "and no change.",
    )


def test_readings_that_are_not_used_are_counted() -> None:
    data = pl.concat(
        [
            by_hand(),
            by_hand(AVAL=pl.lit(None, dtype=pl.Float64)).head(2),
            by_hand(EXSEQ=pl.lit(None, dtype=pl.Int64)).head(3),
            by_hand(EXSEQ=pl.lit(7, dtype=pl.Int64)).head(1),
            by_hand(ARRLT=pl.lit(None, dtype=pl.Float64)).head(4),
        ]
    )
    adex = by_hand().select("USUBJID", "EXSEQ").unique()
    result = estimate_vital_signs(data, "SYSBP", pre_within=60, infusions=adex)
    assert result.notes[1] == (
        "Readings not used: 2 no value; 3 outside the infusions (no EXSEQ); 1 at an infusion that "
        "is not counted; 4 without a time since the start."
    )
    assert result.table.equals(hand(return_within=None, return_stays=None).table)


def test_the_safety_population_and_subjects_without_an_infusion() -> None:
    whole = vital_data.trial_of("ties")
    flags = ["Y"] * 14 + ["N", None]
    adsl = pl.concat(
        [
            whole.adsl.with_columns(SAFFL=pl.Series(flags)),
            pl.DataFrame(
                {"USUBJID": ["x", "y"], "TRT01P": ["drug", None], "SAFFL": ["Y", "Y"]},
                schema_overrides={"TRT01P": whole.adsl.schema["TRT01P"]},
            ),
        ]
    )
    result = estimated("ties", whole.with_(adsl=adsl))
    assert result.audit.filter(pl.col("PARAMCD").is_null()).select("reason", "count").rows() == [
        ("not in the safety population (SAFFL is not Y)", 2),
        ("no TRT01P", 1),
        ("no infusion", 1),
    ]
    assert result.notes[0] == (
        "Counted: 28 infusions in 14 subjects of the safety population (SAFFL = Y) with an "
        "infusion."
    )


def test_by_a_column_of_the_infusions() -> None:
    whole = vital_data.trial_of("ties")
    dose = whole.adex.with_columns(EXDOSE=pl.when(EXSEQ=1).then(0.2).otherwise(0.5))
    result = estimated("ties", whole.with_(adex=dose), by=["TRT01P", "EXDOSE"])
    counts = result.table.filter(pl.col("measure") == "peak").select(
        "TRT01P", "EXDOSE", "infusion", "n_infusions"
    )
    assert counts.rows() == [
        *(("placebo", 0.2, k, 8) for k in ("1", "all")),
        *(("placebo", 0.5, k, 8) for k in ("2", "all")),
        *(("drug", 0.2, k, 8) for k in ("1", "all")),
        *(("drug", 0.5, k, 8) for k in ("2", "all")),
    ]


def test_a_bare_frame_is_the_trial() -> None:
    name = "gaps"
    arms = vital_data.subjects(name)
    frame = vital_data.readings(name).join(arms, on="USUBJID")
    adex = vital_data.given(name).join(arms, on="USUBJID")
    whole = estimated(name)
    for data, beside in (
        (frame, adex),
        (frame.to_arrow(), adex.to_arrow()),
        (frame.reverse(), adex.reverse()),
    ):
        bare = estimated(name, data, infusions=beside)
        for table in ("table", "thresholds", "returns", "course"):
            ours, theirs = getattr(bare, table), getattr(whole, table)
            assert ours.equals(theirs.select(ours.columns)), table
    # The arm may stand in the readings alone; an infusion without readings is then not counted.
    no_arm = estimated(name, frame, infusions=vital_data.given(name))
    assert no_arm.table["n_infusions"].sum() == whole.table["n_infusions"].sum()


def test_pandas_in_gives_pandas() -> None:
    result = estimate_vital_signs(by_hand().to_pandas(), "SYSBP", pre_within=60)
    assert isinstance(result.tidy(), pd.DataFrame)
    assert result.table.equals(estimate_vital_signs(by_hand(), "SYSBP", pre_within=60).table)


def test_a_single_infusion_has_no_row_over_all() -> None:
    data = by_hand().filter(EXSEQ=1)
    result = estimate_vital_signs(data, "SYSBP", pre_within=60)
    assert result.table["infusion"].unique().to_list() == ["1"]
    assert "clustered" not in " ".join([*result.notes, *result.table["method"]])


def test_where_nothing_can_be_estimated_the_row_says_why() -> None:
    data = by_hand().filter(pl.col("USUBJID") == "c")
    rows = rows_by(estimate_vital_signs(data, "SYSBP", pre_within=60).table, "measure")
    assert (rows["before",]["mean"], rows["before",]["note"]) == (125, "one subject: no interval")
    assert (rows["change",]["mean"], rows["change",]["note"]) == (
        None,
        "no infusion has the value",
    )
    same_twice = pl.concat([by_hand().head(11), by_hand(USUBJID=pl.lit("z")).head(11)])
    rows = rows_by(
        estimate_vital_signs(same_twice, "SYSBP", pre_within=60).table, "infusion", "measure"
    )
    assert rows["1", "peak"]["note"] == "all values are the same: no interval"
    assert (rows["1", "peak"]["conf_low"], rows["1", "peak"]["sd"]) == (None, 0)


def test_without_planned_time_points_there_is_no_course() -> None:
    assert hand().course.is_empty()
    with pytest.raises(ArgumentError) as refused:
        hand().plot()
    assert str(refused.value) == (
        "The result holds no course: the readings name no planned time point (ATPT)."
    )


def test_time_points_stand_in_the_order_of_their_numbers_or_of_their_times() -> None:
    data = by_hand().filter(USUBJID="a", EXSEQ=1).with_columns(ATPT=pl.Series(list("hgfedcba")))
    course = estimate_vital_signs(data, "SYSBP", pre_within=60).course
    assert course["ATPT"].unique(maintain_order=True).to_list() == list("hgfedcba")
    numbered = data.with_columns(ATPTN=pl.Series(range(8, 0, -1)))
    course = estimate_vital_signs(numbered, "SYSBP", pre_within=60).course
    assert course["ATPT"].unique(maintain_order=True).to_list() == list("abcdefgh")


def test_every_column_is_in_the_glossary() -> None:
    result = estimated("gaps")
    for frame in ("table", "thresholds", "returns", "course", "infusions", "readings", "audit"):
        columns = getattr(result, frame).columns
        assert {c for c in columns if c.islower()} <= set(GLOSSARY), frame
    assert result.simulated
    assert result.length is not None


def test_the_public_name() -> None:
    assert ka.estimate_vital_signs is estimate_vital_signs
    assert SIGNS.keys() == ARMS.keys()
