"""Competing causes in ready rows: declared codes, guards, R's numbers through the whole call."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from tests.survival.incidence_data import CURVES, TESTS, data_of, subjects

CAUSES = {"relapse": 1, "infusion": 2}
CODED: dict[str, Any] = {"event": "status", "causes": CAUSES, "censored": 0}


def rows() -> pl.DataFrame:
    """Eight subjects of two arms, one with no time."""
    return pl.DataFrame(
        {
            "USUBJID": [f"S{i}" for i in range(1, 9)],
            "TRT01P": ["KET", "PBO"] * 4,
            "AVAL": [5.0, 8.0, 9.0, 9.0, 12.0, 14.0, 20.0, None],
            "status": [1, 2, 1, 0, 2, 1, 0, 0],
        },
        schema_overrides={"TRT01P": pl.Enum(["PBO", "KET"])},
    )


def message(*arguments: object, **options: object) -> str:
    with pytest.raises((ArgumentError, ContractError, EstimationError)) as caught:
        ka.estimate_cumulative_incidence(*arguments, **options)
    return str(caught.value)


def test_the_whole_call_gives_cumincs_numbers() -> None:
    data = data_of("melanoma").with_columns(AVAL="time", SEX=pl.col("stratum").cast(pl.String))
    data = data.with_columns(ULCER=pl.col("group").replace_strict({1: "no", 2: "yes"}))
    found = ka.estimate_cumulative_incidence(
        data, event="cause", causes={"melanoma": 1, "other": 2}, censored=0,
        by="ULCER", known_at="baseline", variance="aalen",
    )  # fmt: skip
    for group, name in ((1, "no"), (2, "yes")):
        theirs = CURVES.filter(dataset="melanoma", group=group, cause=2).drop_nulls("aalen")
        ours = found.table.filter(pl.col("time") > 0, ULCER=name, cause="other")
        # R wrote 15 digits; sums of 250 products.
        joined = ours.join(theirs, on="time", how="inner", suffix="_r")
        assert joined.height == theirs.height
        np.testing.assert_allclose(joined["estimate"], joined["estimate_r"], rtol=1e-10)
        np.testing.assert_allclose(joined["std_error"] ** 2, joined["aalen"], rtol=1e-10)
        np.testing.assert_allclose(joined["survival"], joined["survival_r"], rtol=1e-10)

    asked = {"event": "cause", "causes": {"melanoma": 1, "other": 2}, "censored": 0}
    tested = ka.compare_cumulative_incidence(
        data, "ULCER", "SEX", known_at="baseline", rho=1, **asked
    )
    theirs = TESTS.filter(pl.col("stratified"), dataset="melanoma", rho=1)
    np.testing.assert_allclose(tested.table["statistic"], theirs["statistic"], rtol=1e-9)
    np.testing.assert_allclose(tested.table["p_value"], theirs["p_value"], rtol=1e-9)
    plain = TESTS.filter(~pl.col("stratified"), dataset="melanoma", rho=0)
    np.testing.assert_allclose(found.tests["p_value"], plain["p_value"], rtol=1e-9)


def test_the_face_of_a_result() -> None:
    found = ka.estimate_cumulative_incidence(rows(), by="TRT01P", **CODED)
    assert found.causes == ("relapse", "infusion")
    assert found.table.columns == [
        *("TRT01P", "cause", "time", "n_at_risk", "n_event", "n_censored"),
        *("estimate", "std_error", "conf_low", "conf_high", "survival"),
    ]
    assert found.groups.select("TRT01P", "cause", "n", "n_event").rows() == [
        ("PBO", "relapse", 3, 1),
        ("PBO", "infusion", 3, 1),
        ("KET", "relapse", 4, 2),
        ("KET", "infusion", 4, 1),
    ]
    assert found.audit.rows() == [
        ("PBO", "included", "censored", 1),
        ("PBO", "included", "event: infusion", 1),
        ("PBO", "included", "event: relapse", 1),
        ("PBO", "excluded", "no time", 1),
        ("KET", "included", "censored", 1),
        ("KET", "included", "event: infusion", 1),
        ("KET", "included", "event: relapse", 2),
    ]
    assert found.notes == (
        "Aalen-Johansen with log-log 95 % intervals (as SAS; R's survfit takes log). Times in "
        "days.",
        "Standard errors by the delta method (Dinse and Larson), as R's survfit.",
        "Causes in status: relapse (1), infusion (2); censored (0).",
    )
    assert found.tte.columns == rows().columns
    assert found.inline("KET", cause="relapse") == "50 % (95 % CI 6 to 84)"
    assert found.milestones([9]).inline("PBO", cause="infusion").startswith("33 % (95 % CI ")
    assert "Gray's test of relapse: p = " in found.text()
    assert "KET    infusion       1/4        20                       25  1 to 67" in str(found)


def test_numbers_and_shares_at_given_times() -> None:
    found = ka.estimate_cumulative_incidence(rows(), **CODED)
    counted = found.at_risk([0, 9]).table
    assert counted.rows() == [
        ("relapse", 0.0, 7, 0, 0),
        ("relapse", 9.0, 5, 1, 2),
        ("infusion", 0.0, 7, 0, 0),
        ("infusion", 9.0, 5, 1, 1),
    ]
    shares = found.milestones([0, 9, 99])
    assert shares.table["estimate"].to_list() == pytest.approx(
        [0, 2 / 7, None, 0, 1 / 7, None], abs=1e-15
    )
    assert shares.warnings == ("Nothing is estimated beyond the last follow-up, in days: 20.",)


def test_only_declared_codes_count() -> None:
    assert message(rows(), event="status") == (
        "causes must name the events that compete, each with its code of status, that of interest "
        "first, not None.\n"
        '  Write causes={"relapse": 1, "death": 2}, censored=0.'
    )
    assert message(rows(), event="status", causes=CAUSES) == (
        "Every code of status must be declared as a cause or as censored; 0 is not "
        "(USUBJID S4, S7).\n"
        "  Say censored=0 if it is no event, or name it in causes=."
    )
    assert message(rows(), event="status", causes={"a": 1, "b": [1, 2]}, censored=0) == (
        "Each code of status must be one cause, or censored; 1 is named twice."
    )
    assert message(rows(), **(CODED | {"causes": {"relapse": "1"}})).startswith(
        "event_value must be among the codes of status"
    )
    assert message(rows()).startswith("event must name a column of the frame")


def test_codes_alone_words_and_a_cause_that_never_happened() -> None:
    words = rows().with_columns(
        status=pl.col("status").replace_strict({0: "none", 1: "relapse", 2: "infusion"})
    )
    by_words = ka.estimate_cumulative_incidence(
        words, event="status", causes=["relapse", "infusion"], censored="none"
    )
    by_codes = ka.estimate_cumulative_incidence(rows(), **CODED)
    assert by_words.table.equals(by_codes.table)
    levels = words.with_columns(pl.col("status").cast(pl.Enum(["none", "relapse", "infusion"])))
    by_levels = ka.estimate_cumulative_incidence(
        levels, event="status", causes=["relapse", "infusion"], censored="none"
    )
    assert by_levels.table.equals(by_codes.table)
    more = ka.estimate_cumulative_incidence(rows(), **(CODED | {"causes": CAUSES | {"death": 3}}))
    assert more.groups.filter(cause="death")["n_event"].item() == 0
    assert more.table.filter(pl.col("cause") != "death").equals(by_codes.table)


def test_groups_formed_later_are_refused_or_enter_late() -> None:
    later = rows().with_columns(RESP=pl.Series(["Y", "N"] * 4), KNOWN=pl.lit(6.0))
    assert message(later, by="RESP", **CODED).startswith("by='RESP' needs known_at:")
    late = ka.estimate_cumulative_incidence(later, by="RESP", known_at="KNOWN", **CODED)
    assert late.groups.filter(cause="relapse")["n"].to_list() == [3, 3]
    assert late.tests.height == 0
    assert late.warnings[-1] == (
        "Gray's test is not made: it needs everybody under observation from the origin."
    )
    with pytest.raises(ArgumentError) as caught:
        ka.compare_cumulative_incidence(later, "RESP", known_at=6.0, **CODED)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "Gray's test needs groups that were known at the origin, not at 6.0: it has no late "
        "entry.\n"
        "  Start the clock when they were known (a landmark), or compare the hazards of each "
        "cause with compare_survival."
    )
    entered = later.with_columns(entered=pl.lit(True), entry=pl.lit(1.0))
    with pytest.raises(ArgumentError) as caught:
        ka.compare_cumulative_incidence(entered, "TRT01P", **CODED)
    assert str(caught.value) == (
        "Gray's test needs everybody under observation from the origin, and some enter later "
        "(column entry).\n"
        "  Fit the subdistribution hazard by group with fit_fine_gray(entry=), whose weights hold "
        "late entry; start the clock at entry (origin=); or compare the hazards of each cause with "
        "compare_survival(entry=)."
    )
    alone = rows().filter(pl.col("TRT01P") == "KET")
    with pytest.raises(ArgumentError) as caught:
        ka.compare_cumulative_incidence(alone, "TRT01P", **CODED)
    assert str(caught.value) == "TRT01P holds one group only (KET): nothing to compare."


def test_nothing_happened_and_nothing_is_tested() -> None:
    nobody = rows().with_columns(status=pl.lit(0))
    found = ka.estimate_cumulative_incidence(nobody, by="TRT01P", **CODED)
    assert found.table["estimate"].unique().to_list() == [0.0]
    assert found.warnings[-3:] == (
        "No events of any cause: nothing can be estimated or tested.",
        "Gray's test of relapse is not estimable: no events.",
        "Gray's test of infusion is not estimable: no events.",
    )
    assert found.tests["p_value"].to_list() == [None, None]
    absent = ka.estimate_cumulative_incidence(
        rows().with_columns(entered=pl.col("TRT01P") == "KET"), by="TRT01P", **CODED
    )
    assert "No subject of TRT01P PBO enters the curve." in absent.warnings


def test_pandas_in_pandas_out() -> None:
    found = ka.estimate_cumulative_incidence(rows().to_pandas(), **CODED)
    assert type(found.tidy()).__module__.startswith("pandas")


@settings(max_examples=25, deadline=None)
@given(people=subjects)
def test_every_subject_is_in_one_row_of_the_audit(people: list) -> None:
    time, status, group = (list(part) for part in zip(*people, strict=True))
    frame = pl.DataFrame({"AVAL": time, "status": status, "g": [str(g) for g in group]})
    found = ka.estimate_cumulative_incidence(frame, by="g", known_at="baseline", **CODED)
    assert found.audit["count"].sum() == len(people)
    assert found.groups["n_event"].sum() == sum(code > 0 for code in status)
    sums = found.table.group_by("g", "time", "survival").agg(pl.col("estimate").sum())
    np.testing.assert_allclose(sums["estimate"] + sums["survival"], 1, rtol=1e-13)


def test_relapse_and_a_further_infusion_of_a_trial() -> None:
    trial = ka.load_example("ketamine")
    plan: dict[str, Any] = {
        "among": ka.Among(ka.Response(at_least=0.5), visit="Day 14"),
        "origin": "last infusion",
    }
    rule = ka.Relapse(at_least=22, consecutive=1, dated="first")
    found = ka.estimate_relapse_incidence(trial, "MADRS", rule, "TRT01P", **plan)
    tte = ka.time_to_relapse(trial, "MADRS", rule, by="TRT01P", redose="competing", **plan)
    again = ka.estimate_cumulative_incidence(tte, by="TRT01P")
    assert again.table.equals(found.table)
    assert found.causes == ("relapse", "further infusion")
    assert found.definition == rule
    assert found.simulated
    assert found.audit["count"].sum() == tte.height
    assert found.title == (
        "Cumulative incidence with log-log 95 % intervals: relapse on MADRS or a further "
        "infusion, among those who entered, by TRT01P"
    )
