"""Survival of ready frames: rows in, curves out, and what is said of them word by word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.survival.comparison import compare_survival
from ketanalysis.survival.estimates import (
    SurvivalResult,
    estimate_at_risk,
    estimate_milestones,
    estimate_survival,
)
from tests.shared import DATA, reference_value, requires_shared
from tests.survival.survival_data import adtte, message, random_frame

# What comes out.


def test_the_table_starts_at_one_and_goes_by_group_and_time() -> None:
    table = estimate_survival(adtte(), by="TRT01P").table
    assert table.columns == [
        "TRT01P", "time", "n_at_risk", "n_event", "n_censored",
        "survival", "std_error", "conf_low", "conf_high",
    ]  # fmt: skip
    assert table["TRT01P"].to_list() == ["KET"] * 4 + ["PBO"] * 4
    assert table["time"].to_list() == [0, 9, 14, 20, 0, 4, 6, 11]
    assert table["n_at_risk"].to_list() == [3, 3, 2, 1, 3, 3, 2, 1]
    assert table["n_event"].to_list() == [0, 1, 0, 1, 0, 1, 1, 0]
    assert table["n_censored"].to_list() == [0, 0, 1, 0, 0, 0, 0, 1]
    assert table["survival"].to_list() == pytest.approx(
        [1, 2 / 3, 2 / 3, 0, 1, 2 / 3, 1 / 3, 1 / 3], rel=1e-15
    )
    # Not estimable is null, never NaN (polars takes NaN for the largest number).
    assert table["conf_low"].is_nan().sum() == 0
    assert table.row(3)[6:] == (None, None, None)


def test_medians_tests_and_groups() -> None:
    result = estimate_survival(adtte(), by="TRT01P")
    assert result.medians["n"].to_list() == [3, 3]
    assert result.medians["n_event"].to_list() == [2, 2]
    assert result.medians["median"].to_list() == [20, 6]
    assert result.medians["conf_high"].to_list() == [np.inf, np.inf]
    assert result.tests["test"].to_list() == ["log-rank"]
    assert result.tests["df"].to_list() == [1]
    assert result.groups["n_event"].sum() == 4
    # By hand, the share of KET at risk at the events on days 4, 6, 9 and 20.
    assert result.groups["expected"][0] == pytest.approx(3 / 6 + 3 / 5 + 3 / 4 + 1 / 1, rel=1e-14)


def test_every_column_is_in_the_glossary() -> None:
    result = estimate_survival(adtte(), by="TRT01P")
    frames = [
        result.table, result.medians, result.tests, result.groups, result.audit,
        result.milestones(5).table, result.at_risk(5).table,
        compare_survival(adtte(), "TRT01P").table,
    ]  # fmt: skip
    columns = {column for frame in frames for column in frame.columns} - {"TRT01P"}
    assert columns <= set(GLOSSARY)


def test_the_audit_counts_every_subject_with_its_reason() -> None:
    result = estimate_survival(adtte(), by="TRT01P")
    assert result.audit.rows() == [
        (None, "excluded", "no response", 1),
        ("KET", "included", "censored: left the study", 1),
        ("KET", "included", "event", 2),
        ("KET", "excluded", "no time", 1),
        ("PBO", "included", "censored: study end", 1),
        ("PBO", "included", "event", 2),
    ]
    assert result.audit["count"].sum() == adtte().height
    assert sorted(result.tte["USUBJID"]) == sorted(adtte()["USUBJID"])
    assert result.tte.columns == adtte().columns


def test_title_and_notes_name_the_interval() -> None:
    result = estimate_survival(adtte(), by="TRT01P")
    assert result.title == (
        "Kaplan-Meier with log-log 95 % intervals (as SAS and lifelines; R's default is log): "
        "RELAPSE by TRT01P"
    )
    assert result.notes == (
        "Kaplan-Meier with log-log 95 % intervals (as SAS and lifelines; R's default is log). "
        "Times in days.",
    )
    assert result.warnings == (
        "Fewer than 10 events in KET (2), PBO (2): the estimates are uncertain.",
    )
    plain = estimate_survival(adtte(), conf_type="plain", conf_level=0.9, time_unit="weeks")
    assert plain.title == (
        "Kaplan-Meier with plain 90 % intervals "
        "(linear; SAS and lifelines use log-log, R log): RELAPSE"
    )
    assert plain.warnings == ("Fewer than 10 events (4): the estimates are uncertain.",)


def test_without_groups_there_is_one_curve_and_no_test() -> None:
    result = estimate_survival(adtte())
    assert list(result.curves) == ["overall"]
    assert result.tests.height == 0
    assert result.tests.columns == ["test", "statistic", "df", "p_value"]
    assert result.by == ()
    one = estimate_survival(adtte().filter(pl.col("TRT01P") == "KET"), by="TRT01P")
    assert one.tests.height == 0


def test_an_enum_keeps_its_order_and_an_empty_group_is_named() -> None:
    arms = pl.Enum(["PBO", "KET", "MID"])
    result = estimate_survival(adtte().with_columns(pl.col("TRT01P").cast(arms)), by="TRT01P")
    assert result.medians["TRT01P"].to_list() == ["PBO", "KET"]
    assert result.warnings[0] == "No subject of TRT01P MID enters the curve."


def test_groups_gives_the_order() -> None:
    result = estimate_survival(adtte(), by="TRT01P", groups=["PBO", "KET"])
    assert list(result.curves) == ["PBO", "KET"]
    assert message(adtte(), by="TRT01P", groups=["PBO"]) == (
        "groups must list every group of TRT01P once ('KET', 'PBO'), the reference first, "
        "not 'PBO'."
    )


def test_the_order_of_rows_does_not_matter() -> None:
    frame = random_frame()
    one = estimate_survival(frame, by="TRT01P")
    other = estimate_survival(frame.sample(fraction=1, shuffle=True, seed=3), by="TRT01P")
    for name in ("table", "medians", "tests", "groups", "audit", "tte"):
        assert getattr(one, name).equals(getattr(other, name)), name


def test_any_kind_of_frame() -> None:
    frame = random_frame()
    expected = estimate_survival(frame, by="TRT01P")
    assert not expected.from_pandas
    for other in (frame.to_pandas(), frame.to_arrow(), frame.lazy()):
        assert isinstance(other, (pd.DataFrame, pa.Table, pl.LazyFrame))
        result = estimate_survival(other, by="TRT01P")
        assert result.table.equals(expected.table)
        assert result.from_pandas == isinstance(other, pd.DataFrame)
    assert isinstance(estimate_survival(frame.to_pandas()).tidy(), pd.DataFrame)


def test_a_result_is_frozen() -> None:
    with pytest.raises(AttributeError):
        estimate_survival(adtte()).conf_type = "log"  # type: ignore[misc]


def test_unknown_options_are_refused() -> None:
    assert message(adtte(), conf_type="loglog") == (
        "conf_type must be one of 'log-log', 'log', 'plain', not 'loglog'. Did you mean log-log?"
    )
    assert message(adtte(), time_unit="day") == (
        "time_unit must be one of 'hours', 'days', 'weeks', 'months', 'years', 'infusions', "
        "not 'day'. Did you mean days?"
    )
    assert message(adtte(), conf_level=95) == (
        "conf_level must be between 0 and 1 (0.95 is 95 %), not 95."
    )


@requires_shared
def test_lung_by_sex_from_the_file() -> None:
    lung = pl.read_csv(DATA / "lung.csv", null_values=["NA"])
    result = estimate_survival(
        lung, time="time", event="status", event_value=2, by="sex", known_at="baseline"
    )
    assert isinstance(result, SurvivalResult)
    expected = reference_value("lung", "km_by_sex")["conf_log-log"]["quantiles"]
    for ours, theirs in (("median", "quantile"), ("conf_low", "lower"), ("conf_high", "upper")):
        assert result.medians[ours].to_list() == [row[1] for row in expected[theirs]["values"]]
    test = reference_value("lung", "logrank")["logrank_rho0"]
    assert result.tests["statistic"].item() == pytest.approx(test["chisq"], rel=1e-11)
    assert result.groups["expected"].to_list() == pytest.approx(test["exp"], rel=1e-12)


# lifelines.


def test_the_curve_of_lifelines_is_ours() -> None:
    result = estimate_survival(random_frame(), by="TRT01P", conf_level=0.9)
    assert list(result.lifelines) == ["KET", "PBO"]
    for name, fitter in result.lifelines.items():
        ours = result.table.filter(pl.col("TRT01P") == name)
        # lifelines sums logarithms: a few units in the last place, 0 as 0.
        np.testing.assert_allclose(
            fitter.survival_function_at_times(ours["time"].to_numpy()).to_numpy(),
            ours["survival"].to_numpy(),
            rtol=1e-12,
            atol=1e-12,
        )
        theirs = fitter.confidence_interval_.loc[result.curves[name].time].to_numpy()
        known = ~np.isnan(result.curves[name].conf_low)
        np.testing.assert_allclose(
            theirs[known, 0], result.curves[name].conf_low[known], rtol=1e-10
        )


def test_the_median_of_lifelines_differs_where_survival_is_one_half() -> None:
    frame = pl.DataFrame({"AVAL": [2.0, 4, 6, 9, 12, 20], "CNSR": 0})
    result = estimate_survival(frame)
    assert result.medians["median"].item() == 7.5  # the middle, as R
    assert (
        result.lifelines["overall"].median_survival_time_ == 9
    )  # by a rounding error; its rule: 6


# No events.


def test_no_events_is_said_and_p_is_not_one() -> None:
    result = estimate_survival(adtte().with_columns(CNSR=1), by="TRT01P")
    assert result.medians["median"].to_list() == [np.inf, np.inf]
    assert result.medians["conf_low"].to_list() == [None, None]
    assert result.tests.row(0) == ("log-rank", None, None, None)
    assert result.notes[1] == "The median is not reached in KET, PBO."
    assert result.warnings == (
        "No events: the median is not reached and nothing can be tested. If events are coded "
        "otherwise, name event= and event_value=.",
        "The log-rank test is not estimable: no events.",
    )


def test_groups_that_are_never_at_risk_together_are_not_tested() -> None:
    frame = pl.DataFrame({"AVAL": [1.0, 2, 5, 6], "CNSR": [1, 1, 0, 0], "SEX": list("FFMM")})
    result = estimate_survival(frame, by="SEX")
    assert result.tests["p_value"].to_list() == [None]
    assert result.warnings[-1] == (
        "The log-rank test is not estimable: the groups are never at risk together at an event."
    )


# Reading the curve.


def test_milestones_have_intervals_and_end_with_the_follow_up() -> None:
    result = estimate_survival(random_frame(), by="TRT01P", conf_type="log")
    found = result.milestones([0, 10, 29.5])
    assert found.table["time"].to_list() == [0, 10, 29.5] * 2
    assert found.table["survival"].null_count() == 2
    row = found.table.row(1, named=True)
    curve = result.table.filter(pl.col("TRT01P") == "KET", pl.col("time") <= 10).row(-1, named=True)
    for name in ("survival", "std_error", "conf_low", "conf_high"):
        assert row[name] == curve[name]
    assert found.warnings == (
        "Nothing is estimated beyond the last follow-up, in days: KET (29), PBO (29).",
    )
    assert found.kind == "milestones"
    assert estimate_survival(random_frame()).milestones(100).warnings == (
        "Nothing is estimated beyond the last follow-up, in days: 29.",
    )


def test_numbers_at_risk() -> None:
    found = estimate_survival(adtte(), by="TRT01P").at_risk([0, 9, 14.5])
    assert found.table.columns == ["TRT01P", "time", "n_at_risk", "n_censored", "n_event"]
    assert found.table["n_at_risk"].to_list() == [3, 3, 1, 3, 1, 0]
    assert found.table["n_censored"].to_list() == [0, 0, 1, 0, 0, 1]
    assert found.table["n_event"].to_list() == [0, 1, 1, 0, 2, 2]
    assert found.title == "Subjects at risk: RELAPSE by TRT01P"


def test_times_to_read_at_must_be_times_of_a_survival_result() -> None:
    result = estimate_survival(adtte())
    for read in (estimate_milestones, estimate_at_risk):
        with pytest.raises(ArgumentError) as caught:
            read(result, [-1])
        assert (
            str(caught.value) == "times must be one or more times of 0 or later, in days, not [-1]."
        )
        with pytest.raises(ArgumentError) as caught:
            read(result.table, [1])
        assert str(caught.value) == (
            "result must be a SurvivalResult of estimate_survival, or a CumulativeIncidence of "
            "estimate_cumulative_incidence, not DataFrame."
        )
