"""The log-rank test: R's survdiff, hand-worked sums, and properties that must hold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.survival.logrank import LogRank, logrank
from tests.shared import DATA, ORACLE, reference_value, requires_shared

# Sums over up to 70 risk sets, then one small linear system.
RTOL = 1e-9

TABLE = pl.read_csv(ORACLE / "logrank.csv", infer_schema_length=None)
DATA_SETS = TABLE.filter(pl.col("record") == "stratified")["dataset"].to_list()


def rows(dataset: str, record: str) -> pl.DataFrame:
    """Rows of the oracle."""
    found = TABLE.filter(pl.col("dataset") == dataset, pl.col("record") == record)
    assert found.height > 0
    return found


def ours(dataset: str, *, is_stratified: bool = False) -> LogRank:
    """Our test of a data set of the oracle."""
    data = rows(dataset, "data")
    return logrank(
        data["time"].to_numpy(),
        (data["status"] == 1).to_numpy(),
        data["group"].to_numpy(),
        data["stratum"].to_numpy() if is_stratified else None,
        None if data["entry"].null_count() else data["entry"].to_numpy(),
    )


@pytest.mark.parametrize("record", ["test", "stratified"])
@pytest.mark.parametrize("dataset", DATA_SETS)
def test_every_number_is_survdiffs(dataset: str, record: str) -> None:
    test = ours(dataset, is_stratified=record == "stratified")
    k = len(test.observed)
    theirs = rows(dataset, record).row(0, named=True)

    assert test.observed.tolist() == rows(dataset, f"{record}_observed")["value"].to_list()
    np.testing.assert_allclose(
        test.expected, rows(dataset, f"{record}_expected")["value"], rtol=RTOL
    )
    variance = rows(dataset, f"{record}_variance")["value"].to_numpy().reshape(k, k)
    # 1e-14: off-diagonal sums that cancel to 0.
    np.testing.assert_allclose(test.variance, variance, rtol=RTOL, atol=1e-14)
    assert test.statistic == pytest.approx(theirs["value"], rel=RTOL)
    assert test.df == theirs["df"]
    # p is a tail probability: it moves by about statistic / 2 times the relative error of it.
    assert test.p_value == pytest.approx(theirs["p_value"], rel=1e-8)


@pytest.mark.parametrize("dataset", ["entries", "entries_untied"])
def test_with_late_entry_it_is_the_score_test_of_coxph(dataset: str) -> None:
    test, theirs = ours(dataset), rows(dataset, "test").row(0, named=True)
    assert test.statistic == pytest.approx(theirs["value"], rel=RTOL)
    assert test.p_value == pytest.approx(theirs["p_value"], rel=1e-8)
    data = rows(dataset, "data")
    without = logrank(
        data["time"].to_numpy(), (data["status"] == 1).to_numpy(), data["group"].to_numpy()
    )
    assert abs(without.statistic - test.statistic) > 0.01  # the entries do matter here


def test_by_hand() -> None:
    # Times 1, 2 | group 0; 2, 3 | group 1, nobody censored.
    # time 1: 1 of 4 dies, 2 of 4 in group 0; time 2: 2 of 3 die, 1 of 3 in group 0;
    # time 3: 1 of 1 dies, in group 1.
    expected = Fraction(1, 2) + Fraction(2, 3)
    variance = Fraction(1, 4) + 2 * Fraction(1, 2) * Fraction(1, 3) * Fraction(2, 3)
    test = logrank([1, 2, 2, 3], [True] * 4, [0, 0, 1, 1])
    assert test.observed.tolist() == [2, 2]
    assert test.expected[0] == pytest.approx(float(expected), rel=1e-15)
    assert test.variance[0, 0] == pytest.approx(float(variance), rel=1e-15)
    assert test.statistic == pytest.approx(float((2 - expected) ** 2 / variance), rel=1e-14)


@pytest.mark.parametrize(
    ("time", "event", "group", "stratum"),
    [
        ([1, 2, 3, 4], [False] * 4, [0, 0, 1, 1], None),  # no events: R gives df -1
        ([1, 2, 5, 6], [False, False, True, True], [0, 0, 1, 1], None),  # one group at risk
        ([1, 2, 5, 6], [True] * 4, [0, 0, 1, 1], [0, 0, 1, 1]),  # a group a stratum
    ],
)
def test_where_there_is_nothing_to_test_p_is_not_one(
    time: list, event: list, group: list, stratum: list | None
) -> None:
    test = logrank(time, event, group, stratum)
    assert np.isnan(test.statistic)
    assert np.isnan(test.p_value)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ([1, 2], [True, True], [0, 0]),
            ArgumentError,
            "group must hold at least two groups (0 and 1), not one.",
        ),
        (
            ([1, 2], [True, True], ["a", "b"]),
            ArgumentError,
            "group must be one integer of 0 or more a subject, 2 in all.",
        ),
        (
            ([1, 2], [True, True], [0, 1], [0]),
            ArgumentError,
            "stratum must be one integer of 0 or more a subject, 2 in all.",
        ),
        (
            ([1, np.nan], [True, True], [0, 1]),
            ContractError,
            "Times must be numbers of 0 or later, none missing or infinite.",
        ),
    ],
)
def test_what_is_refused(arguments: tuple, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        logrank(*arguments)
    assert str(caught.value) == message


people = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.integers(0, 2), st.integers(0, 1)),
    min_size=6,
    max_size=40,
).filter(lambda rows: {group for _, _, group, _ in rows} == {0, 1, 2})


def columns(rows_: list[tuple[int, bool, int, int]]) -> tuple[np.ndarray, ...]:
    """Time, event, group and stratum."""
    time, event, group, stratum = (np.array(column) for column in zip(*rows_, strict=True))
    return time.astype(float), event.astype(bool), group, stratum


@settings(max_examples=60, deadline=None)
@given(rows_=people, seed=st.integers(0, 100), unit=st.sampled_from([1 / 7, 24.0, 3.7]))
def test_neither_order_nor_unit_matters(rows_: list, seed: int, unit: float) -> None:
    time, event, group, stratum = columns(rows_)
    order = np.random.default_rng(seed).permutation(len(time))
    one = logrank(time, event, group, stratum)
    other = logrank(time[order] * unit, event[order], group[order], stratum[order])
    np.testing.assert_allclose(one.expected, other.expected, rtol=1e-13)
    np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-7, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(rows_=people)
def test_observed_and_expected_have_one_sum_and_relabelling_changes_nothing(rows_: list) -> None:
    time, event, group, stratum = columns(rows_)
    test = logrank(time, event, group, stratum)
    turned = logrank(time, event, 2 - group, stratum)
    assert test.observed.sum() == pytest.approx(test.expected.sum(), rel=1e-12)
    np.testing.assert_allclose(test.expected, turned.expected[::-1], rtol=1e-12)
    np.testing.assert_allclose(test.statistic, turned.statistic, rtol=1e-7, equal_nan=True)


@requires_shared
@pytest.mark.parametrize(
    ("dataset", "name", "group", "stratum"),
    [
        ("lung", "logrank", "sex", None),
        ("veteran", "logrank_stratified_celltype", "trt", "celltype"),
    ],
)
def test_the_classics(dataset: str, name: str, group: str, stratum: str | None) -> None:
    frame = pl.read_csv(DATA / f"{dataset}.csv", null_values=["NA"])
    event = frame["status"] == (2 if dataset == "lung" else 1)
    strata = None if stratum is None else frame[stratum].rank("dense").to_numpy()
    test = logrank(frame["time"].to_numpy(), event.to_numpy(), frame[group].to_numpy() - 1, strata)
    theirs = reference_value(dataset, name)["logrank_rho0"]
    assert test.observed.tolist() == theirs["obs"]
    # The file prints 15 digits.
    assert test.expected.tolist() == pytest.approx(theirs["exp"], rel=1e-12)
    assert test.statistic == pytest.approx(theirs["chisq"], rel=1e-11)
    assert test.p_value == pytest.approx(theirs["p"], rel=1e-10)
