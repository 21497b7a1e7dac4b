"""Adjusted means and differences against R's lm, emmeans and anova; the checks against car."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.groups.ancova import (
    NO_DF_SLOPES,
    NO_SUBJECT,
    adjusted_omnibus,
    adjusted_pairs,
    ancova,
)
from ketanalysis.groups.assumptions import assumptions_frame, of_groups, shapiro
from ketanalysis.groups.linear_model import NO_DF, NO_RESIDUAL, NOT_APART, adjusted_difference
from ketanalysis.groups.two_samples import NO_VARIATION
from tests.groups.oracles import number, rows
from tests.groups.several_groups_data import SEVERAL

# Two decompositions of one small, well conditioned design.
LEAST_SQUARES = 1e-9
# Royston's polynomials have single precision constants in one port and double in the other.
ROYSTON = 1e-6


@pytest.mark.parametrize("name", SEVERAL)
def test_the_checks_are_rs(name):
    groups = {g: np.sort([v for v in x if not math.isnan(v)]) for g, x in SEVERAL[name].items()}
    found = assumptions_frame([{"outcome": "score"} | row for row in of_groups(groups)])
    theirs = [row for row in rows("assumptions.csv") if row["dataset"] == name]
    assert found["check"].to_list() == [row["check"] for row in theirs]
    assert found["group"].fill_null("").to_list() == [row["group"] for row in theirs]
    for ours, row in zip(found.to_dicts(), theirs, strict=True):
        assert ours["n"] == int(row["n"])
        if not row["statistic"]:
            assert ours["statistic"] is None
            assert ours["note"] == "not computed: fewer than 4 values"
            continue
        rel = ROYSTON if row["check"] == "Shapiro-Wilk" else 1e-10
        assert ours["statistic"] == pytest.approx(number(row["statistic"]), rel=rel)
        if row["p_value"]:
            assert ours["p_value"] == pytest.approx(number(row["p_value"]), rel=rel)
        if row["df_num"]:
            assert (ours["df_num"], ours["df_den"]) == (int(row["df_num"]), int(row["df_den"]))


def test_the_checks_say_why_they_are_not_there():
    found = of_groups({"a": np.array([2.0, 2, 2, 2]), "b": np.empty(0)})
    notes = {(row["check"], row["group"]): row["note"] for row in found}
    assert notes["Shapiro-Wilk", "a"] == "not computed: the values do not vary"
    assert notes["Shapiro-Wilk", "b"] == "not computed: fewer than 4 values"
    assert notes["Levene", None] == "not computed: an empty group"
    assert notes["variance ratio", None] == "not computed: a group has no variance"
    many = shapiro(np.arange(5_001.0))
    assert many["note"] == "not computed: made for at most 5,000 values"
    # 0.1 three times has a mean that is not 0.1 in binary: its residuals are still 0.
    same = of_groups({"a": np.full(3, 0.1), "b": np.full(7, 0.7)})
    assert {row["note"] for row in same if row["group"] == "residuals"} == {
        "not computed: the values do not vary"
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_with_two_groups_it_is_the_difference_by_frisch_and_waugh(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 30))
    is_group = np.arange(n) % 3 == 0
    covariates = rng.normal(size=(n, 2))
    value = rng.normal(size=n) + 3 * is_group + covariates[:, 0]
    fit = ancova(value, is_group.astype(np.int64), 2, covariates - covariates.mean(axis=0))
    (pair,) = adjusted_pairs(fit, [(1, 0)])
    other = adjusted_difference(value, is_group, covariates)
    ours = [pair.estimate, pair.std_error, pair.df, pair.p_value, pair.conf_low]
    theirs = [other.difference, other.std_error, other.df, other.p_value, other.conf_low]
    assert ours == pytest.approx(theirs, rel=LEAST_SQUARES)
    omnibus = adjusted_omnibus(fit)
    assert omnibus.statistic == pytest.approx(pair.statistic**2, rel=LEAST_SQUARES)
    assert omnibus.p_value == pytest.approx(pair.p_value, rel=1e-8)
    moved = ancova(7 - 2 * value, is_group.astype(np.int64), 2, covariates * 10)
    assert adjusted_pairs(moved, [(0, 1)])[0].estimate == pytest.approx(2 * pair.estimate)


def fit_of(value, group, covariates):
    arrays = np.array(value, float), np.array(group), np.array(covariates, float)
    return ancova(arrays[0], arrays[1], 2, arrays[2].reshape(len(value), -1))


def test_what_cannot_be_estimated_says_why():
    value, group = [1, 4, 2, 8, 5], [0, 0, 0, 1, 1]
    assert fit_of(value, [0] * 5, [1, 2, 3, 4, 5]).reason == NO_SUBJECT
    assert fit_of(value, group, [5, 5, 5, 9, 9]).reason == NOT_APART
    assert fit_of([3] * 5, group, [1, 2, 3, 4, 5]).reason == NO_VARIATION
    assert fit_of([1, 4, 2], [0, 0, 1], [1, 2, 4]).reason == NO_DF
    assert fit_of([1, 2, 3, 4, 5], group, [1, 2, 3, 4, 5]).reason == NO_RESIDUAL
    none = fit_of(value, [0] * 5, [1, 2, 3, 4, 5])
    assert adjusted_pairs(none, [(1, 0)])[0].reason == NO_SUBJECT
    assert adjusted_omnibus(none).reason == NO_SUBJECT


def test_a_covariate_that_follows_from_others_is_left_out():
    value, group = np.array([1, 4, 2, 8, 5, 7.0]), np.array([0, 0, 0, 1, 1, 1])
    base = np.array([1, 2, 0, 2, 3, 1.0])
    once = fit_of(value, group, base)
    twice = fit_of(value, group, np.column_stack([base, 2 * base + 1, np.zeros(6)]))
    assert twice.dependent == (1, 2)
    assert not twice.has_means
    assert adjusted_pairs(twice, [(1, 0)]) == adjusted_pairs(once, [(1, 0)])
    constant = fit_of(value, group, np.column_stack([base, np.zeros(6)]))
    assert constant.has_means


def test_slopes_need_subjects():
    fit = fit_of([1, 4, 2, 8, 5], [0, 0, 0, 0, 1], [1, 2, 3, 4, 5])
    assert fit.slopes.reason == NO_DF_SLOPES
