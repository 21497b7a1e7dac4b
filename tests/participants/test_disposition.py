"""The flow of the subjects: R's counts, every arrow, every source, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from tests.participants.disposition_data import SCORED, flow_frame, rows_of, trial_of
from tests.shared import DATA, reference_value, requires_shared


def flow(**changes: Any) -> pl.DataFrame:
    return flow_frame().with_columns(**changes) if changes else flow_frame()


def counts(result: ka.Result, arm: str | None = None) -> dict[tuple[str, str], int]:
    rows = result.table
    if "TRT01P" in rows.columns:
        rows = rows.filter(pl.col("TRT01P").cast(pl.String).eq_missing(pl.lit(arm)))
    return {(stage, why): n for stage, why, n in rows.select("stage", "reason", "count").rows()}


@pytest.fixture(scope="module")
def trial() -> ka.Trial:
    return ka.load_example("ketamine")


# --- R ----------------------------------------------------------------------------------------


def test_the_flow_is_that_of_r() -> None:
    result = ka.tabulate_disposition(flow(), by="TRT01P")
    for arm in (None, "placebo", "drug"):
        expected = {
            (row["visit"], row["name"]): int(row["value"])
            for row in rows_of("flow", "flow")
            if row["group"] == (arm or "")
        }
        assert expected
        assert counts(result, arm) == expected
    assert result.checks["discrepancy"].sum() == 0
    assert result.warnings == ()


@pytest.mark.parametrize("name", SCORED)
def test_drop_out_is_that_of_r(name: str) -> None:
    table = ka.tabulate_disposition(trial_of(name), by="TRT01P").dropout
    expected = rows_of(name, "dropout")
    assert expected
    for row in expected:
        found = table.filter(
            pl.col("TRT01P").cast(pl.String) == row["group"],
            pl.col("AVISIT").cast(pl.String) == row["visit"],
        )
        assert found[row["name"]].item() == int(row["value"]), row


@pytest.mark.parametrize("name", SCORED)
def test_patterns_are_those_of_r(name: str) -> None:
    table = ka.tabulate_disposition(trial_of(name), by="TRT01P").patterns
    rows = table.filter(pl.col("TRT01P").is_not_null())
    expected = {(r["group"], r["name"]): int(r["value"]) for r in rows_of(name, "pattern")}
    found = {
        (arm, pattern): n for arm, pattern, n in rows.select("TRT01P", "pattern", "count").rows()
    }
    assert found == expected


# --- the example ------------------------------------------------------------------------------


def test_the_example_adds_up_and_says_who_left(trial: ka.Trial) -> None:
    result = ka.tabulate_disposition(trial, by="TRT01P")
    assert result.checks["discrepancy"].to_list() == [0] * result.checks.height
    assert result.warnings == ()
    left = trial.adice.filter(ICECAT="discontinuation").height  # type: ignore[union-attr]
    whole = counts(result)
    assert whole["completed the study", "reached"] == 96 - left
    reasons = [n for (stage, why), n in whole.items() if stage == "completed the study"][1:]
    assert sum(reasons) == left
    by_visit = result.dropout.filter(pl.col("TRT01P").is_null())
    assert by_visit["n_left"].to_list()[-1] == left
    parts = ("n_scored", "n_intermittent", "n_left", "n_never", "n_ongoing")
    assert (by_visit.select(pl.sum_horizontal(*parts)).to_series() == 96).all()
    assert by_visit["n_last"].sum() == 96
    assert result.simulated


def test_arms_add_up_to_all_subjects(trial: ka.Trial) -> None:
    result = ka.tabulate_disposition(trial, by="TRT01P")
    whole = counts(result)
    arms = [counts(result, arm) for arm in trial.arms]
    for key, n in whole.items():
        assert sum(arm[key] for arm in arms) == n


def test_the_scores_of_one_scale(trial: ka.Trial) -> None:
    result = ka.tabulate_disposition(trial, scale="HAMA")
    assert "40 min" not in result.dropout["AVISIT"].cast(pl.String).to_list()
    assert (
        "Visits without any HAMA score, which are not in the table: 'Infusion 1 before', "
        "'Infusion 1 at 40 min', '40 min', 'Infusion 1 at 2 h' and 16 more."
    ) in result.notes
    assert "Seen at a visit: a HAMA score." in " ".join(result.notes)
    assert result.scale == "HAMA"


# --- where it is from -------------------------------------------------------------------------


def test_who_was_screened_from_a_log() -> None:
    entered = flow().filter(RANDFL="Y")
    why = {"Not meeting the criteria": 50, "Declined": 14}
    result = ka.tabulate_disposition(entered, by="TRT01P", screened=100, not_randomised=why)
    whole = counts(result)
    assert whole["screened", "reached"] == 100
    assert whole["randomised", "reached"] == 36
    assert whole["randomised", "Declined"] == 14
    assert result.checks["discrepancy"].sum() == 0
    assert "screened: screening log" in result.notes[0]
    short = ka.tabulate_disposition(entered, screened=100, not_randomised={"Declined": 60})
    assert short.warnings == (
        "The flow does not add up: 100 screened, but 36 randomised and 60 not: 4 subjects are not "
        "accounted for.",
    )
    alone = ka.tabulate_disposition(entered, screened=100)
    assert counts(alone)["randomised", "reason not recorded"] == 64


def test_each_source_bears_its_own_name(trial: ka.Trial) -> None:
    bare = trial.adsl.drop("EOSSTT", "EOTSTT", "RANDFL", "SAFFL")
    by_events = ka.tabulate_disposition(trial.with_(adsl=bare))
    assert [words for _, words, _, _ in by_events.stages] == [
        *("allocated", "treated", "not discontinued", "analysed: intention-to-treat"),
    ]
    assert counts(by_events)["not discontinued", "LACK OF EFFICACY"] == 15  # DCSREAS is there
    no_events = trial.with_(adsl=bare, adice=None, adex=None)
    by_scores = ka.tabulate_disposition(no_events, scale="MADRS")
    assert [words for _, words, _, _ in by_scores.stages] == [
        *("allocated", "scored at Day 84", "analysed: intention-to-treat"),
    ]
    assert counts(by_scores)["scored at Day 84", "last score at 24 h"] == 8
    assert "Who was treated is not recorded (no SAFFL, no infusions)." in by_scores.notes
    flagged = bare.with_columns(
        COMPLFL=trial.adsl["EOSSTT"].replace_strict({"COMPLETED": "Y", "DISCONTINUED": "N"})
    )
    by_flag = ka.tabulate_disposition(trial.with_(adsl=flagged))
    assert by_flag.stages[2][1:3] == ("completed the study", "COMPLFL = Y")
    assert counts(by_flag)["completed the study", "reached"] == 70
    assert counts(by_events)["not discontinued", "reached"] == 70
    assert counts(by_scores)["scored at Day 84", "reached"] == 70


def test_an_event_is_the_reason_where_adsl_has_none(trial: ka.Trial) -> None:
    bare = trial.adsl.drop("EOSSTT", "DCSREAS", "COMPLFL", strict=False)
    result = ka.tabulate_disposition(trial.with_(adsl=bare))
    assert counts(result)["not discontinued", "discontinuation"] == 26


def test_ongoing_subjects_have_not_left() -> None:
    scores = trial_of("made")
    statuses = pl.Series(["ONGOING"] + ["COMPLETED"] * 29)
    early = scores.with_(adsl=scores.adsl.with_columns(EOSSTT=statuses))
    last = ka.tabulate_disposition(early).dropout.row(-1, named=True)
    before = ka.tabulate_disposition(scores).dropout.row(-1, named=True)
    assert (last["n_ongoing"], last["n_left"]) == (1, before["n_left"] - 1)
    assert counts(ka.tabulate_disposition(early))["completed the study", "ongoing"] == 1
    assert "ongoing" in ka.tabulate_disposition(early).patterns["kind"].to_list()
    assert "not yet due" in " ".join(ka.tabulate_disposition(early).notes)


def test_a_bare_frame_of_scores_gives_its_own_flow() -> None:
    held = trial_of("made")
    frame = held.adqs.join(held.adsl, on="USUBJID")
    result = ka.tabulate_disposition(frame, by="TRT01P", scale="MADRS")
    assert counts(result)["allocated", "reached"] == 29  # S17 has no row
    assert counts(result)["scored at v4", "last score at v3"] > 0
    whole = ka.tabulate_disposition(frame.to_pandas(), scale="MADRS")
    assert type(whole.tidy()).__module__.startswith("pandas")
    assert counts(whole)["included", "reached"] == 29


# --- what does not fit ------------------------------------------------------------------------


def test_an_arrow_that_does_not_add_up_is_named_with_its_difference() -> None:
    treated = pl.when(pl.col("USUBJID") == "P10").then(pl.lit("Y")).otherwise(pl.col("SAFFL"))
    result = ka.tabulate_disposition(flow(SAFFL=treated), by="TRT01P")
    assert result.warnings == (
        "The flow does not add up: 36 randomised, but 34 treated and 3 not: 1 subject counted as "
        "treated is not counted as randomised.",
    )
    assert result.checks.filter(stage="treated")["discrepancy"].to_list() == [1, 0, 0]
    assert "does not add up" in result.plot().ketanalysis_caption


@pytest.mark.parametrize(
    "changes, finding",
    [
        (
            {"DCSREAS": pl.lit("LACK OF EFFICACY")},
            "25 subjects have EOSSTT = COMPLETED and a reason in DCSREAS.",
        ),
        (
            {"COMPLFL": pl.lit("Y")},
            "11 subjects have EOSSTT and COMPLFL that contradict each other.",
        ),
        (
            {"TRT01P": pl.when(pl.col("USUBJID") == "P01").then(None).otherwise(pl.col("TRT01P"))},
            "1 randomised without TRT01P: among all subjects, and in no arm.",
        ),
    ],
)
def test_columns_that_contradict_each_other(changes: Any, finding: str) -> None:
    assert finding in ka.tabulate_disposition(flow(**changes), by="TRT01P").warnings


def test_events_that_contradict_adsl(trial: ka.Trial) -> None:
    done = trial.adsl.with_columns(EOSSTT=pl.lit("COMPLETED"), DCSREAS=pl.lit(None))
    assert ka.tabulate_disposition(trial.with_(adsl=done)).warnings[-1] == (
        "26 subjects have EOSSTT = COMPLETED and a discontinuation or death in ADICE."
    )


def test_an_empty_arm_is_a_column_of_noughts() -> None:
    arms = pl.Enum(["placebo", "drug", "higher dose"])
    result = ka.tabulate_disposition(flow(TRT01P=pl.col("TRT01P").cast(arms)), by="TRT01P")
    assert set(counts(result, "higher dose").values()) == {0}
    assert result.warnings == ("Groups without subjects: higher dose.",)
    assert "0/0 (NE)" in str(result)


def test_one_subject_and_no_scores() -> None:
    result = ka.tabulate_disposition({"USUBJID": ["01"], "RANDFL": ["Y"]})
    assert counts(result) == {("randomised", "reached"): 1}
    assert result.dropout.is_empty()
    assert result.plot().ketanalysis_data.height == 1


@settings(max_examples=10)
@given(st.permutations(list(range(40))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    one = ka.tabulate_disposition(flow(), by="TRT01P")
    assert one.table.equals(ka.tabulate_disposition(flow()[order], by="TRT01P").table)


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, error, message",
    [
        (
            lambda: ka.tabulate_disposition(flow(EOSSTT=pl.lit("Completed"))),
            ka.ContractError,
            "EOSSTT must be one of COMPLETED, DISCONTINUED, ONGOING, not 'Completed'. Did you mean "
            "COMPLETED?\n  Recode the column.",
        ),
        (
            lambda: ka.tabulate_disposition(flow(SAFFL=pl.lit("yes"))),
            ka.ContractError,
            "SAFFL must be Y or N, not 'yes'.",
        ),
        (
            lambda: ka.tabulate_disposition(flow(), by="ARM"),
            ka.ArgumentError,
            "by needs a column of the subjects, not 'ARM'; there are USUBJID, RANDFL, DCSCREEN, "
            "TRT01P, SAFFL, ITTFL, PPROTFL, EOSSTT, DCSREAS.",
        ),
        (
            lambda: ka.tabulate_disposition(flow(), by=["TRT01P"]),  # type: ignore[arg-type]
            ka.ArgumentError,
            "by must be the name of one column, or None, not ['TRT01P'].",
        ),
        (
            lambda: ka.tabulate_disposition(flow(), screened=100),
            ka.ArgumentError,
            "screened= is for data that hold randomised subjects only; here ADSL holds 40 subjects "
            "who were screened.",
        ),
        (
            lambda: ka.tabulate_disposition(flow().filter(RANDFL="Y"), screened=20),
            ka.ArgumentError,
            "screened must be at least the 36 who were randomised, not 20.",
        ),
        (
            lambda: ka.tabulate_disposition(flow().filter(RANDFL="Y"), not_randomised={"x": 1}),
            ka.ArgumentError,
            "not_randomised= needs screened=: how many were screened.",
        ),
        (
            lambda: ka.tabulate_disposition(
                flow().filter(RANDFL="Y"),
                screened=99,
                not_randomised={"x": 1.5},  # type: ignore[dict-item]
            ),
            ka.ArgumentError,
            "not_randomised['x'] must be a whole number of 0 or more, not 1.5.",
        ),
        (
            lambda: ka.tabulate_disposition(flow(), scale="MADRS"),
            ka.ArgumentError,
            "scale= needs scores: a Trial, or a frame with AVISIT and AVAL.",
        ),
        (
            lambda: ka.tabulate_disposition(flow(), subject="id"),
            ka.ArgumentError,
            "subject must name a column of the frame, not 'id'; it has USUBJID, RANDFL, DCSCREEN, "
            "TRT01P, SAFFL, ITTFL, PPROTFL, EOSSTT, DCSREAS.",
        ),
        (
            lambda: ka.tabulate_disposition(pl.concat([flow(), flow().head(1)])),
            ka.ContractError,
            "USUBJID must be the same in all rows, and a subject on one row; it is not for 1 "
            "(P01).",
        ),
        (
            lambda: ka.tabulate_disposition({"USUBJID": ["1", None]}),
            ka.ContractError,
            "USUBJID must hold the subject's id in every row, but 1 have none.",
        ),
        (
            lambda: ka.tabulate_disposition(flow()).plot(kind="drop-out"),
            ka.ArgumentError,
            "kind must be one of 'flow', 'dropout', not 'drop-out'. Did you mean dropout?",
        ),
        (
            lambda: ka.tabulate_disposition(flow()).plot(kind="dropout"),
            ka.ArgumentError,
            "The result holds no scores, so that nobody's last visit is known.",
        ),
    ],
)
def test_refusals(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refused:
        call()
    assert str(refused.value) == message


# --- other people's data ----------------------------------------------------------------------


@requires_shared
def test_visits_of_real_trials() -> None:
    """Subjects scored at each visit, as R counts them."""
    for name, file, columns, arms, where in (
        (
            "antidepressant_data",
            "antidepressant_trial.csv",
            ("PATIENT", "VISIT", "HAMDTL17", "THERAPY"),
            ("PLACEBO", "DRUG"),
            "observed_by_visit",
        ),
        (
            "btheb",
            "btheb_long.csv",
            ("subject", "month", "bdi", "treatment"),
            ("TAU", "BtheB"),
            "observed",
        ),
    ):
        frame = pl.read_csv(DATA / file, infer_schema_length=None, null_values=["NA"])
        new = dict(zip(columns, ("USUBJID", "AVISIT", "AVAL", "TRT01P"), strict=True))
        frame = frame.rename(new).with_columns(pl.col("TRT01P").cast(pl.Enum(arms)))
        found = ka.tabulate_disposition(frame, by="TRT01P").dropout
        expected = reference_value(name, "counts")[where]
        for arm, row in zip(expected["rows"], expected["values"], strict=True):
            assert found.filter(TRT01P=arm)["n_scored"].to_list() == row, (name, arm)
