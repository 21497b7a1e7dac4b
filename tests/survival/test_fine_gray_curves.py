"""Predicted incidences of Fine and Gray's model: R's numbers, and properties that must hold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.survival.fine_gray import fine_gray
from ketanalysis.survival.fine_gray_hazard import predicted_hazard
from tests.shared import ORACLE
from tests.survival.incidence_data import column, data_of
from tests.survival.test_fine_gray import coded, columns_of

TABLE = pl.read_csv(ORACLE / "fine_gray_curves.csv", infer_schema_length=None)
SETS = TABLE.select("dataset", "cause").unique(maintain_order=True).rows()


@pytest.mark.parametrize(("dataset", "cause"), SETS)
def test_incidences_and_their_errors_are_rs(dataset: str, cause: int) -> None:
    data = data_of(dataset)
    entry = column(data, "entry") if dataset == "entries" else None
    codes = coded(data["cause"].to_numpy(), cause)
    fit = fine_gray(column(data, "time"), codes, columns_of(data), entry)
    for (group, score), theirs in TABLE.filter(dataset=dataset, cause=cause).group_by(
        "group", "score", maintain_order=True
    ):
        hazard, error = predicted_hazard(fit, np.array([[group, score]], dtype=float))
        there = np.searchsorted(fit.time, theirs["time"].to_numpy() * (1 + 1e-12), "right") - 1
        # crr and coxph stop about 1e-8 from the maximum in a coefficient.
        np.testing.assert_allclose(-np.expm1(-hazard[0, there]), theirs["estimate"], rtol=1e-7)
        ours = np.exp(-hazard[0, there]) * error[0, there]
        np.testing.assert_allclose(ours, theirs["std_error"], rtol=1e-7)


RATIOS = {"event": "cause", "causes": {"one": 1, "two": 2}, "censored": 0}


def rows_of(dataset: str = "melanoma") -> pl.DataFrame:
    data = data_of(dataset)
    return data.select(
        "cause", AVAL="time", BASE="group", AGE=pl.Series(columns_of(data)[:, 1]), SEX="stratum"
    ).with_columns(SEX=pl.col("SEX").replace_strict({1: "F", 2: "M"}))


def test_the_whole_call_on_rows() -> None:
    fit = ka.fit_fine_gray(rows_of(), "BASE + AGE", "two", **RATIOS)
    curves = fit.curves({"BASE": [1, 2], "AGE": [4, 9]})
    assert curves.table.columns == [
        "group", "cause", "time", "cumulative_hazard", "estimate", "std_error", "conf_low",
        "conf_high",
    ]  # fmt: skip
    assert curves.table["group"].unique(maintain_order=True).to_list() == [
        "BASE 1, AGE 4", "BASE 2, AGE 9",
    ]  # fmt: skip
    theirs = TABLE.filter(dataset="melanoma", cause=2, group=2)
    ours = curves.table.filter(group="BASE 2, AGE 9", time=theirs["time"].to_list()[2])
    assert ours["estimate"].item() == pytest.approx(theirs["estimate"][2], rel=1e-7)
    assert ours["std_error"].item() == pytest.approx(theirs["std_error"][2], rel=1e-7)
    assert curves.title == (
        "Expected incidence of two, Fine and Gray's model of two, AVAL: BASE + AGE"
    )
    assert curves.notes[0] == (
        "Expected incidence of two in a subject with these covariates, log-log 95 % intervals. "
        "Times in days."
    )
    by_name = ka.estimate_fine_gray_curves(fit, pl.DataFrame({"AGE": [9], "BASE": [2]}))
    assert by_name.table["estimate"].to_list() == (
        curves.table.filter(group="BASE 2, AGE 9")["estimate"].to_list()
    )


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_intervals_are_those_of_incidences(conf_type: str) -> None:
    fit = ka.fit_fine_gray(rows_of(), "AGE", **RATIOS)
    row = fit.curves({"AGE": 5}, conf_type=conf_type).table.row(-1, named=True)
    p, error, z = row["estimate"], row["std_error"], 1.959963984540054
    ends = {
        "plain": (p - z * error, p + z * error),
        "log": (p * np.exp(-z * error / p), p * np.exp(z * error / p)),
        "log-log": tuple(p ** np.exp(s * z * error / (p * -np.log(p))) for s in (1, -1)),
    }[conf_type]
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(ends, rel=1e-12)


def test_without_competing_events_it_is_coxs_curve() -> None:
    rows = rows_of().with_columns(cause=(pl.col("cause") == 1).cast(pl.Int64))
    one = {"event": "cause", "causes": {"one": 1}, "censored": 0}
    ours = ka.fit_fine_gray(rows, "AGE", **one).curves({"AGE": 5}).table
    cox = ka.fit_cox(rows, "AGE", event="cause", ties="breslow").curves({"AGE": 5}).table
    np.testing.assert_allclose(ours["estimate"], 1 - cox["survival"], rtol=1e-7)
    # Robust against model-based: the two agree where the model holds, here within a tenth.
    np.testing.assert_allclose(ours["std_error"], cox["std_error"], rtol=0.1)


def test_a_model_of_groups_alone_keeps_near_the_estimate_without_a_model() -> None:
    rows = rows_of()
    curves = ka.fit_fine_gray(rows, "SEX", **RATIOS).curves({"SEX": ["F", "M"]}).table
    free = ka.estimate_cumulative_incidence(rows, by="SEX", **RATIOS)
    at = free.milestones([2000]).table.filter(cause="one")["estimate"].to_list()
    last = curves.filter(pl.col("time") <= 2000).group_by("group", maintain_order=True).last()
    assert last["estimate"].to_list() == pytest.approx(at, abs=0.05)


def test_order_and_scale_do_not_matter() -> None:
    rows = rows_of()
    once = ka.fit_fine_gray(rows, "AGE", **RATIOS).curves({"AGE": 5}).table
    other = rows.reverse().with_columns(pl.col("AGE") * 12, pl.col("AVAL") / 7)
    again = ka.fit_fine_gray(other, "AGE", **RATIOS).curves({"AGE": 60}).table
    for name in ("estimate", "std_error"):  # two searches end within 1e-9 of one maximum
        np.testing.assert_allclose(again[name], once[name], rtol=1e-6)


def test_refusals() -> None:
    fit = ka.fit_fine_gray(rows_of(), "AGE + SEX", **RATIOS)
    cases = {
        "fit must be a FineGrayResult of fit_fine_gray, not dict.": lambda: (
            ka.estimate_fine_gray_curves({}, {})  # type: ignore[arg-type]
        ),
        "at must give a value of every covariate of the model (AGE, SEX); SEX is missing.": (
            lambda: fit.curves({"AGE": 40})
        ),
        "at must give SEX as one of 'F', 'M', not 'X'.": (
            lambda: fit.curves({"AGE": 40, "SEX": "X"})
        ),
    }
    for said, ask in cases.items():
        with pytest.raises(ArgumentError) as caught:
            ask()
        assert str(caught.value) == said


def test_words_and_table() -> None:
    curves = ka.fit_fine_gray(rows_of(), "SEX", "one", **RATIOS).curves({"SEX": ["F", "M"]})
    last = curves.table.filter(group="SEX F").row(-1, named=True)
    assert (
        f"SEX F at {last['time']:g} days {100 * last['estimate']:.0f} % (95 % CI" in curves.text()
    )
    assert "Incidence of one, %" in str(curves)
