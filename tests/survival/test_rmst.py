"""Restricted means: R's survfit and survRM2, pages by hand, and properties that must hold."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.survival.estimates import SurvivalResult, estimate_survival
from ketanalysis.survival.kaplan_meier import kaplan_meier
from ketanalysis.survival.restricted_mean import restricted_mean
from ketanalysis.survival.rmst import estimate_rmst
from ketanalysis.tables import tabulate
from tests.shared import DATA, ORACLE, reference_value, requires_shared
from tests.survival.survival_data import adtte, random_frame

# Sums of up to 60 areas and variances.
RTOL = 1e-10
TABLE = pl.read_csv(ORACLE / "restricted_mean.csv", infer_schema_length=None)
CASES = TABLE.filter(pl.col("record") == "mean").select("dataset", "tau").unique().sort(pl.all())


def result_of(dataset: str) -> SurvivalResult:
    data = TABLE.filter(pl.col("dataset") == dataset, pl.col("record") == "data")
    return estimate_survival(
        data.select("time", "status", "group", "entry"),
        time="time",
        event="status",
        by="group",
        entry="entry",
        known_at="baseline",
    )


@pytest.mark.parametrize(("dataset", "tau"), CASES.rows())
def test_means_and_contrasts_are_rs(dataset: str, tau: float) -> None:
    found = result_of(dataset).rmst(tau)
    theirs = TABLE.filter(pl.col("dataset") == dataset, pl.col("tau") == tau)
    means = theirs.filter(pl.col("record") == "mean")
    ours = found.table.filter(pl.col("measure") == "restricted mean")
    for column in ("estimate", "std_error"):
        assert ours[column].to_list() == pytest.approx(means[column].to_list(), rel=RTOL)
    lost = found.table.filter(pl.col("measure") == "time lost")["estimate"]
    np.testing.assert_allclose(lost + ours["estimate"], tau, rtol=1e-14)
    for row in found.contrasts.iter_rows(named=True):
        theirs_row = theirs.filter(pl.col("record") == row["measure"]).row(0, named=True)
        pairs = [("conf_low", "low"), ("conf_high", "high"), ("p_value", "p_value")]
        for mine, other in [("estimate", "estimate"), ("std_error", "std_error"), *pairs]:
            # A difference of two means loses a digit or two.
            assert row[mine] == pytest.approx(theirs_row[other], rel=1e-9), (row["measure"], mine)


@requires_shared
@pytest.mark.parametrize(
    ("dataset", "name", "tau", "event_value", "by"),
    [
        ("lung", "rmst_sex_tau600", 600, 2, "sex"),
        ("veteran", "rmst_trt_tau365", 365, 1, "trt"),
    ],
)
def test_survrm2(dataset: str, name: str, tau: float, event_value: int, by: str) -> None:
    frame = pl.read_csv(DATA / f"{dataset}.csv", null_values=["NA"])
    found = estimate_survival(
        frame, time="time", event="status", event_value=event_value, by=by, known_at="baseline"
    ).rmst(tau)
    theirs = reference_value(dataset, name)
    ours = found.table.filter(pl.col("measure") == "restricted mean").rows(named=True)
    lost = found.table.filter(pl.col("measure") == "time lost").rows(named=True)
    for place, (row, gone) in enumerate(zip(ours, lost, strict=True)):
        for mine, record in ((row, f"arm{place}"), (gone, f"rmtl{place}")):
            for column, label in (
                *(("estimate", "Est."), ("std_error", "se")),
                *(("conf_low", "lower .95"), ("conf_high", "upper .95")),
            ):
                # The file prints 15 digits.
                assert mine[column] == pytest.approx(theirs[record][label], rel=1e-12)
    columns = ("estimate", "conf_low", "conf_high", "p_value")
    np.testing.assert_allclose(
        found.contrasts.select(columns).to_numpy(), theirs["unadjusted"]["values"], rtol=1e-10
    )


def test_by_hand() -> None:
    # Times 1, 2, 3 with events, 4 censored: S = 3/4, 1/2, 1/4; to 3: area 1 + 3/4 + 1/2.
    # After 1: 3/4 + 1/2, after 2: 1/2; variance (5/4)^2 / (4 * 3) + (1/2)^2 / (3 * 2).
    found = restricted_mean(kaplan_meier([1, 2, 3, 4], [True, True, True, False]), 3)
    variance = Fraction(25, 16) / 12 + Fraction(1, 4) / 6
    assert found.estimate == 2.25
    assert found.std_error == pytest.approx(float(variance) ** 0.5, rel=1e-14)
    assert found.n_event == 3


def test_a_curve_at_zero_is_known_for_ever() -> None:
    # S is 0 from 2 on: the mean to 10 is the plain mean of 1 and 2.
    curve = kaplan_meier([1, 2], [True, True])
    assert restricted_mean(curve, 10).estimate == 1.5
    # Without censoring the variance is that of a mean: (1/4) / 2.
    assert restricted_mean(curve, 10).std_error == pytest.approx((1 / 8) ** 0.5, rel=1e-14)


@pytest.mark.filterwarnings("ignore:The maximum number of subdivisions")
def test_lifelines_variance_is_that_of_a_subject() -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    time, event = np.array([2.0, 4, 6, 9, 12, 20]), np.ones(6, dtype=bool)
    fitted = KaplanMeierFitter().fit(time, event)
    with np.errstate(all="ignore"):
        mean, variance = restricted_mean_survival_time(fitted, 20, return_variance=True)
    ours = restricted_mean(kaplan_meier(time, event), 20)
    assert ours.estimate == pytest.approx(mean, rel=1e-12)
    # Without censoring: of the mean it is the variance of a subject over n.
    assert ours.std_error**2 == pytest.approx(np.var(time) / 6, rel=1e-12)
    assert variance == pytest.approx(np.var(time), rel=1e-3)  # lifelines integrates numerically


def test_no_event_before_the_horizon_is_told() -> None:
    result = estimate_survival(adtte(), by="TRT01P")
    found = result.rmst(5)
    assert found.warnings == (
        "No event up to 5 days in KET: the mean is the whole time, and its standard error of 0 "
        "says nothing of how sure it is.",
    )
    assert found.table["std_error"].to_list()[0] == 0
    lost = found.contrasts.filter(pl.col("measure") == "ratio of time lost").row(0, named=True)
    assert (lost["estimate"], lost["p_value"]) == (None, None)
    alone = estimate_survival(adtte().filter(pl.col("TRT01P") == "KET")).rmst(5)
    assert alone.warnings[0].startswith("No event up to 5 days: the mean is the whole time")
    assert alone.contrasts.height == 0
    both = result.rmst(2).contrasts.filter(pl.col("measure") == "difference").row(0, named=True)
    assert (both["estimate"], both["statistic"], both["p_value"]) == (0, None, None)


def test_what_is_refused() -> None:
    result = estimate_survival(random_frame(), by="TRT01P")
    for tau in (0, -1, float("inf"), "28", True, None):
        with pytest.raises(ArgumentError) as caught:
            result.rmst(tau)  # type: ignore[arg-type]
        assert str(caught.value) == f"tau must be a time above 0, in days, not {tau!r}."
    with pytest.raises(ArgumentError) as caught:
        estimate_rmst(result.table, 5)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "result must be a SurvivalResult of estimate_survival, not DataFrame."
    )
    short = estimate_survival(adtte(), by="TRT01P")
    with pytest.raises(EstimationError) as refused:
        short.rmst(12)
    assert str(refused.value) == (
        "tau must be a time at which every curve is known, not 12: follow-up ends in PBO at 11 "
        "days, and a curve is not extended.\n"
        "  The latest tau that these data allow is 11; which one is taken belongs in the "
        "analysis plan."
    )
    one = estimate_survival(adtte().filter(pl.col("TRT01P") == "PBO"))
    with pytest.raises(EstimationError) as refused:
        one.rmst(12)
    assert str(refused.value).startswith(
        "tau must be a time at which every curve is known, not 12: follow-up ends at 11 days,"
    )


def test_what_is_said() -> None:
    found = estimate_survival(random_frame(), by="TRT01P").rmst(20)
    assert found.title == "Restricted mean time free of the event, to 20 days: AVAL by TRT01P"
    assert found.notes[0] == (
        "Restricted mean: area under the Kaplan-Meier curve from 0 to 20 days; time lost: 20 "
        "less the mean. Normal 95 % intervals, of ratios on the log scale."
    )
    first = found.text().partition(" Restricted mean:")[0]
    assert first == (
        "Restricted mean time free of the event, to 20 days: AVAL by TRT01P: KET 14.3 (95 % CI "
        "12.2 to 16.4) days; PBO 16.2 (95 % CI 13.7 to 18.7) days. Difference PBO minus KET: 1.9 "
        "days (95 % CI −1.3 to 5.1; p = 0.243). Ratio PBO over KET: 1.13 (95 % CI 0.92 to 1.40; "
        "p = 0.240)."
    )
    assert found.inline("PBO", measure="restricted mean", style="jama") == (
        "16.2 (95% CI, 13.7-18.7)"
    )
    assert {c for frame in (found.table, found.contrasts) for c in frame.columns} - {
        "TRT01P"
    } <= set(GLOSSARY)


def test_the_table() -> None:
    rows = tabulate(estimate_survival(random_frame(), by="TRT01P").rmst(20)).rows
    assert rows == (
        ("KET", "20/40", "14.3", "12.2 to 16.4", ""),
        ("PBO", "9/20", "16.2", "13.7 to 18.7", ""),
        ("PBO minus KET, difference", "", "1.9", "−1.3 to 5.1", "0.243"),
        ("PBO over KET, ratio", "", "1.13", "0.92 to 1.40", "0.240"),
        ("PBO over KET, ratio of time lost", "", "0.7", "0.3 to 1.4", "0.281"),
    )


people = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=3, max_size=40)


@settings(max_examples=40, deadline=None)
@given(rows=people, unit=st.sampled_from([1 / 7, 24.0, 3.7]), seed=st.integers(0, 99))
def test_units_order_and_doubling(rows: list, unit: float, seed: int) -> None:
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    tau = float(np.median(time))
    order = np.random.default_rng(seed).permutation(len(time))
    one = restricted_mean(kaplan_meier(time, event), tau)
    other = restricted_mean(kaplan_meier(time[order] * unit, event[order]), tau * unit)
    np.testing.assert_allclose(other.estimate, one.estimate * unit, rtol=1e-12)
    np.testing.assert_allclose(other.std_error, one.std_error * unit, rtol=1e-10, atol=1e-12)
    twice = restricted_mean(kaplan_meier(np.tile(time, 2), np.tile(event, 2)), tau)
    np.testing.assert_allclose(twice.estimate, one.estimate, rtol=1e-12)
    assert 0 <= one.estimate <= tau


def test_the_figure_holds_the_area_and_states_the_difference() -> None:
    means = estimate_rmst(estimate_survival(random_frame(), by="TRT01P"), 20)
    figure = means.plot()
    drawn = figure.ketanalysis_data
    for name, row in zip(("KET", "PBO"), means.table[::2].iter_rows(named=True), strict=True):
        own = drawn.filter(group=name)
        widths, shares = own["time"].diff().drop_nulls(), own["survival"][:-1]
        assert (widths * shares).sum() == pytest.approx(row["estimate"], rel=1e-12)
    words = [text.get_text() for text in figure.axes[1].texts]
    assert any(re.fullmatch(r"\S+ days \(95 % CI .* to .*\) against\s+KET", one) for one in words)
    assert "dashed: the curve of KET, from which the difference is taken" in (
        figure.ketanalysis_caption
    )
    assert re.search(
        r"PBO: mean .* days \(95 % CI .*; p = 0\.\d+\) against KET", (figure.ketanalysis_alt)
    )
