"""Aalen-Johansen: R's survfit and cuminc, a page of fractions, and properties that must hold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.survival.cumulative_incidence import (
    IncidenceCurve,
    cumulative_incidence,
    incidence_at,
)
from ketanalysis.survival.kaplan_meier import CONF_TYPES, kaplan_meier
from tests.survival.incidence_data import CURVES, GROUPS, arrays, column, data_of, subjects

# Sums of up to 250 rounded products, then exp and log: a few hundred units in the last place;
# R wrote 15 digits.
RTOL = 1e-10


def curve_of(dataset: str, group: int, **options: str) -> IncidenceCurve:
    data = data_of(dataset)
    own = data.filter(pl.col("group") == group)
    entry = column(own, "entry")
    return cumulative_incidence(
        column(own, "time"),
        own["cause"].to_numpy(),
        entry if entry.any() else None,
        n_causes=max(int(data["cause"].max()), 1),
        **options,
    )


def theirs_of(dataset: str, group: int, cause: int) -> pl.DataFrame:
    return CURVES.filter(dataset=dataset, group=group, cause=cause)


@pytest.mark.parametrize(("dataset", "group"), GROUPS)
def test_every_column_is_survfits(dataset: str, group: int) -> None:
    ours = curve_of(dataset, group)

    for j in range(ours.incidence.shape[1]):
        theirs = theirs_of(dataset, group, j + 1)
        row = np.searchsorted(ours.time, column(theirs, "time"))
        np.testing.assert_array_equal(ours.time[row], column(theirs, "time"))
        assert ours.n_at_risk[row].tolist() == theirs["n_at_risk"].to_list()
        assert ours.n_censored[row].tolist() == theirs["n_censored"].to_list()
        assert ours.n_event[row, j].tolist() == theirs["n_event"].to_list()
        # 1e-14: R's survival at 0 is a sum that ends near it.
        np.testing.assert_allclose(
            ours.survival[row], column(theirs, "survival"), rtol=RTOL, atol=1e-14
        )
        np.testing.assert_allclose(ours.incidence[row, j], column(theirs, "estimate"), rtol=RTOL)
        np.testing.assert_allclose(ours.std_error[row, j], column(theirs, "std_error"), rtol=RTOL)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize(("dataset", "group"), GROUPS)
def test_every_interval_is_survfits(dataset: str, group: int, conf_type: str) -> None:
    ours = curve_of(dataset, group, conf_type=conf_type)
    name = conf_type.replace("-", "")

    for j in range(ours.incidence.shape[1]):
        theirs = theirs_of(dataset, group, j + 1)
        row = np.searchsorted(ours.time, column(theirs, "time"))
        for limit, ends in (("low", ours.conf_low), ("high", ours.conf_high)):
            # 1e-15: plain limits that are 0 up to rounding.
            np.testing.assert_allclose(
                ends[row, j], column(theirs, f"{limit}_{name}"), rtol=RTOL, atol=1e-15
            )


@pytest.mark.parametrize(("dataset", "group"), GROUPS)
def test_the_variance_by_name_is_cumincs(dataset: str, group: int) -> None:
    ours = curve_of(dataset, group, variance="aalen")

    for j in range(ours.incidence.shape[1]):
        theirs = theirs_of(dataset, group, j + 1).drop_nulls("aalen")
        row = np.searchsorted(ours.time, column(theirs, "time"))
        np.testing.assert_allclose(
            ours.std_error[row, j] ** 2, column(theirs, "aalen"), rtol=RTOL, atol=1e-15
        )


def test_cuminc_was_asked_wherever_it_can_answer() -> None:
    unasked = CURVES.group_by("dataset").agg(pl.col("aalen").is_null().all())
    names = unasked.filter("aalen")["dataset"].sort().to_list()
    assert names == ["all_censored", "entries", "rounding"]


def test_a_page_of_fractions() -> None:
    # 6 subjects: cause 1 at 1, cause 2 and a censoring at 2, cause 1 at 3, a censoring, cause 2.
    curve = cumulative_incidence([1, 2, 2, 3, 4, 5], [1, 2, 0, 1, 0, 2], n_causes=2)
    sixth, free = Fraction(1, 6), Fraction(2, 3)
    one = [sixth, sixth, sixth + free / 3, sixth + free / 3, sixth + free / 3]
    two = [Fraction(0), sixth, sixth, sixth, 1 - one[-1]]

    np.testing.assert_allclose(curve.incidence[:, 0], [float(x) for x in one], rtol=1e-15)
    np.testing.assert_allclose(curve.incidence[:, 1], [float(x) for x in two], rtol=1e-15)
    # Dinse and Larson at time 2, of cause 1: 1/6 5/6 / 6, as nothing of cause 1 happens at 2.
    assert curve.std_error[1, 0] ** 2 == pytest.approx(float(sixth * Fraction(5, 36)), rel=1e-14)
    # At time 3 the steps at 1 (F rises by 2/9 after it), 2 and 3 add up.
    rise = free / 3
    steps = (
        sixth * Fraction(5, 36) - 2 * rise * Fraction(1, 36) + rise**2 * Fraction(1, 30),
        rise**2 * Fraction(1, 20),
        free**2 * Fraction(2, 27),
    )
    assert curve.std_error[2, 0] ** 2 == pytest.approx(float(sum(steps)), rel=1e-14)


def test_without_censoring_a_share_is_a_whole_number_over_another() -> None:
    n = 98
    cause = np.where(np.arange(n) % 2 == 0, 1, 2)
    curve = cumulative_incidence(np.arange(1, n + 1), cause, n_causes=2)
    assert curve.incidence[-1].tolist() == [0.5, 0.5]
    assert curve.incidence[:, 0].tolist() == [((i // 2) + 1) / n for i in range(n)]


def test_a_cause_that_nobody_had_stays_at_0_without_an_interval() -> None:
    curve = cumulative_incidence([1, 2], [1, 0], n_causes=3)
    assert curve.incidence[:, 2].tolist() == [0, 0]
    assert curve.std_error[:, 2].tolist() == [0, 0]
    assert np.isnan(curve.conf_low[:, 2]).all()


def test_the_curve_is_read_at_given_times_and_not_beyond_them() -> None:
    curve = cumulative_incidence([0.1 + 0.2, 4], [1, 0], n_causes=1)
    steps = incidence_at(curve, [0, 0.3, 4, 4.1])
    np.testing.assert_array_equal(steps.incidence[:, 0], [0, 0.5, 0.5, np.nan])
    np.testing.assert_array_equal(steps.survival, [1, 0.5, 0.5, np.nan])
    assert np.isnan(steps.conf_low[0, 0])


def test_refusals() -> None:
    with pytest.raises(ArgumentError) as caught:
        cumulative_incidence([1, 2], [0, 3], n_causes=2)
    assert str(caught.value) == (
        "cause must be one integer a subject: 0 (censored) or a cause from 1 to 2."
    )
    with pytest.raises(ArgumentError, match="n_causes must be 1 or more, not 0"):
        cumulative_incidence([1], [0], n_causes=0)
    with pytest.raises(ArgumentError, match="variance must be"):
        cumulative_incidence([1], [0], n_causes=1, variance="robust")
    with pytest.raises(ArgumentError, match="time must hold at least one subject"):
        cumulative_incidence([], np.zeros(0, dtype=int), n_causes=1)
    with pytest.raises(ContractError, match="Times must be numbers of 0 or later"):
        cumulative_incidence([-1.0], [1], n_causes=1)


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_what_happened_and_what_did_not_add_up_to_everybody(people: list) -> None:
    time, cause, _ = arrays(people)
    curve = cumulative_incidence(time, cause, n_causes=2)
    # Up to ten rounded sums.
    np.testing.assert_allclose(curve.incidence.sum(axis=1) + curve.survival, 1, rtol=1e-14)
    np.testing.assert_array_equal(curve.survival, kaplan_meier(time, cause > 0).survival)
    assert np.all(np.diff(curve.incidence, axis=0, prepend=0.0) >= -1e-15)


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_with_one_cause_it_is_one_minus_kaplan_meier(people: list) -> None:
    time, cause, _ = arrays(people)
    alone = kaplan_meier(time, cause == 1)
    curve = cumulative_incidence(time, (cause == 1).astype(int), n_causes=1)
    np.testing.assert_allclose(curve.incidence[:, 0], 1 - alone.survival, rtol=1e-13, atol=1e-15)
    # Greenwood's, where it exists (it has none at survival 0); 1e-8 is the root of a rounding.
    known = alone.survival > 0
    np.testing.assert_allclose(
        curve.std_error[known, 0], alone.std_error[known], rtol=1e-7, atol=1e-8
    )


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_censoring_the_other_cause_gives_more(people: list) -> None:
    time, cause, _ = arrays(people)
    naive = 1 - kaplan_meier(time, cause == 1).survival
    curve = cumulative_incidence(time, cause, n_causes=2)
    assert np.all(curve.incidence[:, 0] <= naive + 1e-14)


@settings(max_examples=60, deadline=None)
@given(
    people=subjects,
    seed=st.integers(0, 1000),
    unit=st.sampled_from([1 / 7, 24.0, 1e-6, 3.7]),
    variance=st.sampled_from(["greenwood", "aalen"]),
)
def test_order_unit_and_names_do_not_matter(
    people: list, seed: int, unit: float, variance: str
) -> None:
    time, cause, _ = arrays(people)
    order = np.random.default_rng(seed).permutation(len(people))
    renamed = np.array([0, 2, 1])[cause]
    once = cumulative_incidence(time, cause, n_causes=2, variance=variance)
    again = cumulative_incidence(time[order] * unit, renamed[order], n_causes=2, variance=variance)
    np.testing.assert_allclose(again.time, once.time * unit, rtol=1e-12)
    for name in ("incidence", "std_error", "conf_low", "conf_high"):
        np.testing.assert_array_equal(getattr(again, name), getattr(once, name)[:, ::-1])


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_doubling_the_subjects_keeps_the_shares(people: list) -> None:
    time, cause, _ = arrays(people)
    once = cumulative_incidence(time, cause, n_causes=2)
    twice = cumulative_incidence(np.tile(time, 2), np.tile(cause, 2), n_causes=2)
    np.testing.assert_array_equal(once.incidence, twice.incidence)
    np.testing.assert_allclose(once.std_error, twice.std_error * 2**0.5, rtol=1e-7, atol=1e-9)
