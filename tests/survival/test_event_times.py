"""Times, subjects and groups: who is at risk from when, and what is refused by its row."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ContractError, EstimationError
from ketanalysis.survival.comparison import compare_survival
from ketanalysis.survival.estimates import estimate_survival
from ketanalysis.survival.kaplan_meier import kaplan_meier
from tests.survival.survival_data import adtte, message, random_frame

# Times and subjects.


def test_negative_and_infinite_times_are_refused_with_their_rows() -> None:
    frame = adtte().with_columns(
        AVAL=pl.when(pl.col("USUBJID").is_in(["S2", "S5"])).then(-3.0).otherwise("AVAL")
    )
    assert message(frame) == (
        "AVAL must be a time of 0 or later, not -3.\n"
        "  Rows 2, 5 (subjects S2, S5), counted from 1.\n"
        "  Correct the time, or exclude the subject with entered = False and a reason."
    )
    assert message(pl.DataFrame({"AVAL": [np.inf], "CNSR": [0]})) == (
        "AVAL must be a time of 0 or later, not inf.\n"
        "  Row 1, counted from 1.\n"
        "  Correct the time, or exclude the subject with entered = False and a reason."
    )
    assert message(pl.DataFrame({"AVAL": ["3"], "CNSR": [0]})) == (
        "AVAL must hold numbers, not values of type String.\n"
        '  Cast the column: pl.col("AVAL").cast(pl.Float64). Text from a file is read as text so '
        "that no code is lost."
    )


def test_nan_is_no_time_and_is_counted() -> None:
    result = estimate_survival(pl.DataFrame({"AVAL": [3.0, np.nan], "CNSR": [0, 0]}))
    assert result.audit.rows() == [("included", "event", 1), ("excluded", "no time", 1)]


def test_time_zero_is_allowed() -> None:
    table = estimate_survival(pl.DataFrame({"AVAL": [0.0, 3, 5, 6], "CNSR": [0, 1, 0, 1]})).table
    assert table["time"].to_list() == [0, 0, 3, 5, 6]
    assert table["survival"].to_list() == [1, 0.75, 0.75, 0.375, 0.375]


def test_one_row_is_one_subject() -> None:
    assert message(pl.concat([adtte(), adtte()[:1]])) == (
        "One row must be one subject of the endpoint, with its USUBJID.\n"
        "  Rows 1, 9 (subject S1), counted from 1.\n"
        "  Keep one row a subject, or name the endpoint."
    )


def test_several_endpoints_need_a_name() -> None:
    both = pl.concat([adtte(), adtte().with_columns(PARAMCD=pl.lit("DEATH"))])
    assert message(both) == (
        "endpoint must name one PARAMCD: the frame holds DEATH, RELAPSE, "
        "and one row must be one subject."
    )
    assert message(both, "RELAPS") == (
        "endpoint must be one of DEATH, RELAPSE, not 'RELAPS'. Did you mean RELAPSE?"
    )
    assert message(adtte().drop("PARAMCD"), "RELAPSE") == (
        "endpoint='RELAPSE' needs a column PARAMCD, which the frame does not have."
    )
    result = estimate_survival(both, "RELAPSE", by="TRT01P")
    assert result.table.equals(estimate_survival(adtte(), by="TRT01P").table)
    assert result.endpoint == "RELAPSE"


def test_nobody_in_is_an_error_of_the_numbers() -> None:
    with pytest.raises(EstimationError) as caught:
        estimate_survival(adtte().with_columns(entered=False))
    assert str(caught.value) == (
        "No subject enters the curve: 8 rows are out (not entered, no response)."
    )
    with pytest.raises(EstimationError):
        estimate_survival(adtte().clear())


def test_a_missing_group_is_an_error_only_of_those_who_enter() -> None:
    frame = adtte().with_columns(
        TRT01P=pl.when(pl.col("USUBJID") == "S3").then(None).otherwise("TRT01P")
    )
    assert message(frame, by="TRT01P") == (
        "TRT01P must name a group for every subject that enters.\n"
        "  Row 3 (subject S3), counted from 1.\n"
        "  Fill it in, or exclude the subject with entered = False and a reason."
    )
    assert message(random_frame(), by="KNOWN", known_at="baseline") == (
        "by must be a column of groups (text, ordered categories, whole numbers or True/False), "
        "and KNOWN is of type Float64."
    )
    assert message(random_frame(), by="TRT01A") == (
        "by must name a column of the frame (USUBJID, AVAL, CNSR, TRT01P, SITEID, RESP, KNOWN), "
        "not 'TRT01A'. Did you mean TRT01P?"
    )


# When were the groups known?


def test_a_group_that_may_be_known_late_is_refused() -> None:
    assert message(random_frame(), by="RESP") == (
        "by='RESP' needs known_at: a subject may have had to stay free of the event until RESP "
        "was known, which makes its curve too good (immortal time).\n"
        '  Say known_at="baseline" if it was known at the origin; else give the time or the '
        "column of times at which it was known, and subjects count from then."
    )


def test_declared_known_at_baseline_is_written_down() -> None:
    result = estimate_survival(random_frame(), by="RESP", known_at="baseline")
    assert result.notes[-1] == "RESP was declared known at the origin."


@pytest.mark.parametrize("known_at", [8, "KNOWN"])
def test_groups_known_later_count_from_then(known_at: float | str) -> None:
    frame = random_frame()
    result = estimate_survival(frame, by="RESP", known_at=known_at)
    known = frame["KNOWN"] if known_at == "KNOWN" else pl.Series([8.0] * frame.height)
    inside = frame.filter((frame["AVAL"] > known) | (known == 0))
    starts = known.filter((frame["AVAL"] > known) | (known == 0))
    out = result.audit.filter(pl.col("status") == "excluded")
    assert out["reason"].unique().to_list() == ["ended before RESP was known"]
    assert out["count"].sum() == frame.height - inside.height
    for group in ("N", "Y"):
        mine = inside["RESP"] == group
        expected = kaplan_meier(
            inside["AVAL"].filter(mine).to_numpy(),
            (inside["CNSR"].filter(mine) == 0).to_numpy(),
            starts.filter(mine).to_numpy(),
        )
        np.testing.assert_array_equal(result.curves[group].survival, expected.survival)
        np.testing.assert_array_equal(result.curves[group].n_at_risk, expected.n_at_risk)
    when = "at the time in KNOWN" if known_at == "KNOWN" else "at 8"
    assert result.notes[-1] == (
        f"RESP was known {when}: subjects are at risk from then (late entry)."
    )


def test_other_refusals_about_groups() -> None:
    assert message(random_frame(), known_at=8) == (
        "known_at says when the groups were known, so it needs by."
    )
    assert message(random_frame(), groups=["N"]) == (
        "groups gives the order of the groups, so it needs by."
    )
    assert message(random_frame(), by="RESP", known_at=-1) == (
        "known_at must be a time of 0 or later, not -1."
    )
    assert message(random_frame(), by="RESP", known_at="day 8") == (
        "known_at must name a column of the frame "
        "(USUBJID, AVAL, CNSR, TRT01P, SITEID, RESP, KNOWN), not 'day 8'."
    )


def test_late_entry() -> None:
    frame = pl.DataFrame(
        {"AVAL": [5.0, 4, 6, 2.5, 8, 7], "CNSR": [0, 0, 1, 0, 0, 1], "start": [0.0, 1, 2, 2, 3, 7]}
    )
    result = estimate_survival(frame, entry="start")
    # R: survfit(Surv(start, time, status) ~ 1) gives 0.75, 0.5625, 0.375, 0.375, 0.
    assert result.table["survival"].to_list() == [1, 0.75, 0.5625, 0.375, 0.375, 0]
    assert result.table["n_at_risk"].to_list() == [1, 4, 4, 3, 2, 1]
    assert result.audit.rows()[-1] == ("excluded", "ended at entry, never at risk", 1)
    assert message(frame.with_columns(start=pl.lit(5.5)), entry="start") == (
        "start must not be after AVAL: who enters later was never at risk.\n"
        "  Rows 1, 2, 4, counted from 1.\n"
        "  Correct it, or exclude the subject with entered = False."
    )
    assert message(frame.with_columns(start=pl.lit(None)), entry="start") == (
        "start must hold numbers, not values of type Null."
    )


# What looks alike, what is missing, what clashes.


def test_a_missing_endpoint_is_refused_with_its_rows() -> None:
    frame = adtte().with_columns(
        PARAMCD=pl.when(pl.col("USUBJID").is_in(["S2", "S4"])).then(None).otherwise("PARAMCD")
    )
    for endpoint in (None, "RELAPSE"):
        assert message(frame, endpoint) == (
            "PARAMCD must name the endpoint of every row.\n"
            "  Rows 2, 4 (subjects S2, S4), counted from 1.\n"
            "  Fill it in, or take the rows out."
        )


def test_rows_without_a_time_are_warned_of() -> None:
    frame = pl.DataFrame({"AVAL": [3.0, None, 5, None], "CNSR": [0, 0, 1, 1]})
    few = "Fewer than 10 events (1): the estimates are uncertain."
    assert estimate_survival(frame).warnings == (
        "2 rows have no AVAL and are out of the curve.",
        few,
    )
    assert estimate_survival(frame[:3]).warnings == (
        "1 row has no AVAL and is out of the curve.",
        few,
    )
    assert estimate_survival(frame.with_columns(entered=pl.col("AVAL").is_not_null())).warnings == (
        few,
    )


def test_subjects_that_look_alike_are_warned_of() -> None:
    frame = pl.DataFrame({"USUBJID": ["a", "a ", "b"], "AVAL": [3.0, 4, 5], "CNSR": 0})
    assert estimate_survival(frame).warnings[0] == (
        "Subjects whose USUBJID differs only in case or spaces count as different subjects: "
        "'a', 'a '."
    )


def test_groups_that_look_alike_are_refused() -> None:
    frame = pl.DataFrame({"AVAL": [3.0, 4, 5, 6], "CNSR": 0, "SEX": ["x", "X", "x ", "y"]})
    expected = (
        "The groups of SEX must differ by more than case or spaces, but these do not: "
        "'X', 'x', 'x '.\n"
        "  Rows 1, 2, 3, counted from 1.\n"
        "  Give each group one spelling."
    )
    assert message(frame, by="SEX") == expected
    with pytest.raises(ContractError) as caught:
        compare_survival(frame, "SEX")
    assert str(caught.value) == expected


@pytest.mark.parametrize("by", ["time", "survival", "n_at_risk", "n", "median", "reason", "count"])
def test_by_may_not_name_a_column_of_the_result(by: str) -> None:
    frame = random_frame().rename({"RESP": by})
    assert message(frame, by=by, known_at="baseline") == (
        f"by cannot name the column {by!r}, which the result uses itself; rename it."
    )


@pytest.mark.parametrize("by", ["place", "happened"])
def test_by_may_have_any_other_name(by: str) -> None:
    result = estimate_survival(random_frame().rename({"RESP": by}), by=by, known_at="baseline")
    assert result.medians[by].to_list() == ["N", "Y"]


@pytest.mark.parametrize(
    ("by", "argument", "options"),
    [
        ("AVAL", "time", {}),
        ("CNSR", "censor", {}),
        ("CNSR", "event", {"event": "CNSR"}),
        ("KNOWN", "entry", {"entry": "KNOWN"}),
    ],
)
def test_by_may_not_name_the_times_or_the_codes(by: str, argument: str, options: dict) -> None:
    assert message(random_frame(), by=by, known_at="baseline", **options) == (
        f"by cannot name the column {by!r}, which {argument} names; groups need a column of "
        "their own."
    )


@pytest.mark.parametrize("by", ["TRT01P", "TRT01A", "ARM", "ACTARM"])
def test_the_order_of_arms_in_plain_text_is_said(by: str) -> None:
    text = random_frame().select(pl.all().exclude("TRT01P"), pl.col("TRT01P").cast(str).alias(by))
    assert (
        f"The groups of {by} have no declared order and stand in that of the alphabet: KET, PBO."
        in estimate_survival(text, by=by).notes
    )
    assert list(estimate_survival(text, by=by, groups=["PBO", "KET"]).curves) == ["PBO", "KET"]


def test_the_order_of_other_groups_is_said() -> None:
    result = estimate_survival(random_frame(), by="RESP", known_at="baseline")
    assert result.notes[-2] == (
        "The groups of RESP have no declared order and stand in that of the alphabet: N, Y."
    )
    declared = estimate_survival(random_frame(), by="RESP", known_at="baseline", groups=["Y", "N"])
    assert declared.notes[1:] == ("RESP was declared known at the origin.",)


# Late entry.


def test_a_curve_that_falls_to_zero_before_others_enter_is_warned_of() -> None:
    frame = pl.DataFrame(
        {"AVAL": [2.0, 9, 8, 7], "CNSR": [0, 0, 1, 1], "start": [0.0, 3, 4, 2], "SEX": list("FFFF")}
    )
    said = (
        "falls to 0 at 2 days, where the risk set is 1 subject, all with the event, and 3 enter "
        "then or later: it stays at 0 whatever happens to them, so it must not be read as the "
        "survival of the group."
    )
    assert estimate_survival(frame, entry="start").warnings[0] == f"The curve {said}"
    by_sex = estimate_survival(frame, entry="start", by="SEX")
    assert by_sex.warnings[0] == f"The curve of F {said}"
    early = frame.with_columns(start=pl.Series([0.0, 1, 1, 1]))
    assert not any(
        "falls to 0" in said for said in estimate_survival(early, entry="start").warnings
    )
    # What is read from such a curve says so too.
    curve = estimate_survival(frame, entry="start")
    for read in (curve.milestones(5), curve.quantiles(0.5), curve.rmst(5)):
        assert read.warnings[0] == f"The curve {said}"


def test_our_own_column_of_entries_is_used_unasked() -> None:
    frame = random_frame().with_columns(
        entered=pl.lit(True), entry=pl.min_horizontal("KNOWN", pl.col("AVAL") / 2)
    )
    asked = estimate_survival(frame, by="TRT01P", entry="entry")
    unasked = estimate_survival(frame, by="TRT01P")
    assert unasked.table.equals(asked.table)
    assert not unasked.table.equals(estimate_survival(frame.drop("entry"), by="TRT01P").table)
    said = (
        "Late entry from the column entry, which stands beside entered in derived rows: subjects "
        "are at risk from then. Without that column they count from the origin."
    )
    assert unasked.notes == (*asked.notes, said)
    assert compare_survival(frame, "TRT01P").table.equals(asked.tests)
    assert compare_survival(frame, "TRT01P").notes == (said,)
    at_origin = estimate_survival(frame.with_columns(entry=0.0), by="TRT01P")
    assert said not in at_origin.notes
