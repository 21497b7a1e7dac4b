"""Fine and Gray's model: R's crr, Cox's model without competing events, and properties."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.survival.cox_newton import newton
from ketanalysis.survival.cox_risk_sets import risk_sets_of
from ketanalysis.survival.fine_gray import fine_gray
from tests.shared import ORACLE
from tests.survival.incidence_data import column, data_of

TABLE = pl.read_csv(ORACLE / "fine_gray.csv", infer_schema_length=None)
SETS = TABLE.select("dataset", "cause").unique(maintain_order=True).rows()


def columns_of(data: pl.DataFrame) -> np.ndarray:
    return np.column_stack((column(data, "group"), (np.arange(1, data.height + 1) * 37) % 101 / 10))


@pytest.mark.parametrize(("dataset", "cause"), SETS)
def test_every_number_is_crrs(dataset: str, cause: int) -> None:
    data, theirs = data_of(dataset), TABLE.filter(dataset=dataset, cause=cause)
    codes = data["cause"].to_numpy()
    first = np.where(codes == 0, 0, np.where(codes == cause, 1, 2))
    ours = fine_gray(column(data, "time"), first, columns_of(data))

    # crr stops where the likelihood changes by 1e-12 of itself: about 1e-8 in a coefficient.
    np.testing.assert_allclose(ours.coefficients, theirs["coefficient"], rtol=1e-7, atol=1e-8)
    error = np.sqrt(np.diag(ours.covariance))
    np.testing.assert_allclose(error, theirs["std_error"], rtol=1e-8)
    assert ours.log_likelihood == pytest.approx(theirs["log_likelihood"][0], rel=1e-11)
    assert ours.log_likelihood_null == pytest.approx(theirs["log_likelihood_null"][0], rel=1e-11)


def test_without_competing_events_it_is_coxs_model() -> None:
    data = data_of("melanoma")
    time, event, x = column(data, "time"), data["cause"].to_numpy() == 1, columns_of(data)
    cox = newton(risk_sets_of(time, event, None, np.zeros(len(time), dtype=int)), x, "breslow")
    ours = fine_gray(time, event.astype(int), x)
    np.testing.assert_allclose(ours.coefficients, cox.coefficients, rtol=1e-7)


def test_refusals() -> None:
    with pytest.raises(EstimationError, match="needs events of the cause, and has none"):
        fine_gray([1, 2], [0, 2], [[0.0], [1.0]])
    apart = data_of("three_causes")  # one group has no event of cause 1
    with pytest.raises(EstimationError) as caught:
        fine_gray(column(apart, "time"), apart["cause"].to_numpy(), columns_of(apart))
    assert str(caught.value) == (
        "Fine and Gray's model has no finite estimate: its likelihood is monotone, as where one "
        "group has no event of the cause, and the ratio goes to 0 or infinity.\n"
        "  Leave the covariate out, or compare the incidences by Gray's test "
        "(compare_cumulative_incidence)."
    )
    with pytest.raises(ArgumentError, match="x must have one row a subject"):
        fine_gray([1, 2], [1, 2], [0.0, 1.0])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), unit=st.sampled_from([1 / 7, 24.0]))
def test_order_unit_and_scale_do_not_matter(seed: int, unit: float) -> None:
    data = data_of("ties")
    time, cause, x = column(data, "time"), data["cause"].to_numpy(), columns_of(data)
    order = np.random.default_rng(seed).permutation(len(time))
    once = fine_gray(time, cause, x)
    again = fine_gray(time[order] * unit, cause[order], x[order] * [1, 10])
    # Two searches end within 1e-9 of the same maximum.
    np.testing.assert_allclose(again.coefficients * [1, 10], once.coefficients, rtol=1e-6)
    scaled = again.covariance * np.outer([1, 10], [1, 10])
    np.testing.assert_allclose(scaled, once.covariance, rtol=1e-6)


def test_the_whole_call_on_rows() -> None:
    data = data_of("melanoma").with_columns(
        AVAL="time", AGE=pl.Series(columns_of(data_of("melanoma"))[:, 1]), BASE="group"
    )
    coded = {"event": "cause", "causes": {"melanoma": 1, "other": 2}, "censored": 0}
    fit = ka.fit_fine_gray(data, "BASE + AGE", "other", **coded)
    theirs = TABLE.filter(dataset="melanoma", cause=2)
    np.testing.assert_allclose(fit.table["coefficient"], theirs["coefficient"], rtol=1e-7)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=1e-8)
    np.testing.assert_allclose(fit.table["estimate"], np.exp(theirs["coefficient"]), rtol=1e-7)
    z = theirs["coefficient"] + 1.959963984540054 * theirs["std_error"]
    np.testing.assert_allclose(fit.table["conf_high"], np.exp(z), rtol=1e-7)
    assert fit.title == "Fine and Gray's model of other, AVAL: BASE + AGE"
    assert fit.notes[:2] == (
        "Subdistribution hazard ratios of other (Fine and Gray); melanoma competes. Ties "
        "Breslow's; 95 % Wald intervals, with the variance of the estimated weights.",
        "Causes in cause: melanoma (1), other (2); censored (0).",
    )
    assert fit.criteria["n_event"].item() == 14
    assert "Subdistribution hazard ratios: BASE, per 1 " in fit.text()
    with pytest.raises(ArgumentError, match="cause must be"):
        ka.fit_fine_gray(data, "AGE", "death", **coded)


ENTRY = pl.read_csv(ORACLE / "fine_gray_entry.csv", infer_schema_length=None)
LATE = ENTRY.filter(record="late entry").select("dataset", "cause").unique(maintain_order=True)


def late_of(dataset: str) -> tuple[np.ndarray, ...]:
    """Times, causes, covariates and entries, as fine_gray_entry.R makes them."""
    data = data_of(dataset)
    time, i = column(data, "time"), np.arange(1, data.height + 1)
    made = np.where(i % 5 < 2, np.floor(time * (i % 7) / 10), 0)
    entry = column(data, "entry") if dataset == "entries" else made
    return time, data["cause"].to_numpy(), columns_of(data), entry


def coded(codes: np.ndarray, cause: int) -> np.ndarray:
    return np.where(codes == 0, 0, np.where(codes == cause, 1, 2))


@pytest.mark.parametrize(("dataset", "cause"), LATE.rows())
def test_late_entry_is_rs_weighted_cox_model(dataset: str, cause: int) -> None:
    time, codes, x, entry = late_of(dataset)
    theirs = ENTRY.filter(dataset=dataset, cause=cause, record="late entry")
    terms = theirs.filter(pl.col("term") != "incidence")
    ours = fine_gray(time, coded(codes, cause), x, entry)
    # coxph stops at 1e-14 of its likelihood, which is 1e-7 in a coefficient at worst.
    np.testing.assert_allclose(ours.coefficients, terms["estimate"], rtol=1e-7)
    error = np.sqrt(np.diag(ours.covariance))
    np.testing.assert_allclose(error, terms["std_error"], rtol=1e-7)


def test_entries_at_the_origin_are_no_late_entry() -> None:
    time, codes, x, _ = late_of("melanoma")
    once, again = fine_gray(time, codes, x), fine_gray(time, codes, x, np.zeros(len(time)))
    assert again.coefficients.tolist() == once.coefficients.tolist()
    assert again.covariance.tolist() == once.covariance.tolist()


def test_weights_that_do_not_exist_are_refused() -> None:
    time, cause = np.array([1.0, 2.0, 5.0, 6.0, 7.0]), np.array([2, 1, 1, 1, 0])
    x, entry = np.arange(5.0)[:, None] % 2, np.array([0.0, 0.0, 3.0, 3.0, 3.0])
    with pytest.raises(EstimationError) as caught:
        fine_gray(time, cause, x, entry)
    assert str(caught.value) == (
        "Fine and Gray's model has no weights: at some entry everybody under observation came "
        "just then, after another event had happened.\n"
        "  Start the clock later (a landmark), or model the hazard of each cause with "
        "fit_cox(event=, event_value=, competing=)."
    )


def test_rows_with_late_entry() -> None:
    time, codes, x, entry = late_of("entries")
    rows = pl.DataFrame(
        {"AVAL": time, "cause": codes, "BASE": x[:, 0], "AGE": x[:, 1], "FROM": entry}
    )
    fit = ka.fit_fine_gray(
        rows, "BASE + AGE", event="cause", causes={"one": 1, "two": 2}, censored=0, entry="FROM"
    )
    theirs = ENTRY.filter(pl.col("term") != "incidence", dataset="entries", cause=1)
    np.testing.assert_allclose(fit.table["coefficient"], theirs["estimate"], rtol=1e-7)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=1e-7)
    assert fit.notes[0].endswith(
        "95 % Wald intervals, robust, with the weights (of censoring and of late entry) taken as "
        "known."
    )


def test_the_cause_specific_ratios_stand_beside_in_the_figure() -> None:
    time, codes, x, _ = late_of("melanoma")
    rows = pl.DataFrame({"AVAL": time, "cause": codes, "BASE": x[:, 0], "AGE": x[:, 1]})
    fit = ka.fit_fine_gray(
        rows, "BASE + AGE", event="cause", causes={"one": 1, "two": 2}, censored=0
    )
    cox = ka.fit_cox(rows, "BASE + AGE", event="cause", event_value=1, competing=2)
    assert fit.cause_specific.equals(cox.table)
    drawn = fit.plot().ketanalysis_data
    assert drawn["label"].to_list() == ["subdistribution", "cause-specific"] * 2
    assert drawn["heading"].to_list() == ["BASE, per 1"] * 2 + ["AGE, per 1"] * 2
    np.testing.assert_array_equal(drawn["estimate"][::2], fit.table["estimate"])
    np.testing.assert_array_equal(drawn["estimate"][1::2], cox.table["estimate"])
