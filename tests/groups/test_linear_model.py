"""The adjusted difference of two groups against R's lm, and where there is none."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.groups.linear_model import Adjusted, adjusted_difference
from ketanalysis.groups.two_samples import student
from tests.shared import ORACLE

NUMBERS = ("difference", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")


def oracle() -> pl.DataFrame:
    return pl.read_csv(ORACLE / "linear_model.csv", infer_schema_length=None)


@pytest.mark.parametrize("level", [0.95, 0.9])
@pytest.mark.parametrize("dataset", ["cars", "ties", "unbalanced", "dependent", "confounded"])
def test_is_that_of_lm(dataset: str, level: float) -> None:
    rows = oracle().filter(pl.col("dataset") == dataset)
    data = rows.filter(pl.col("record") == "data")
    theirs = rows.filter(pl.col("record") == f"fit{100 * level:g}").row(0, named=True)
    covariates = [c for c in "abc" if data[c].null_count() == 0]
    found = adjusted_difference(
        data["value"].cast(pl.Float64).to_numpy(),
        data["group"].to_numpy() == 1,
        data.select(covariates).cast(pl.Float64).to_numpy(),
        level,
    )
    assert found.reason is None
    assert found.dependent == ((1,) if dataset == "dependent" else ())
    for name in NUMBERS:
        # Two orthogonalisations of at most 60 numbers: about 1e-12 in the worst conditioned set.
        other = theirs["value" if name == "difference" else name]
        assert getattr(found, name) == pytest.approx(other, rel=1e-9), name


def small(value: list[float], group: list[int], *covariates: list[float]) -> Adjusted:
    columns = np.array(covariates, dtype=float).reshape(len(covariates), len(value)).T
    return adjusted_difference(np.array(value, dtype=float), np.array(group) == 1, columns)


@pytest.mark.parametrize(
    "value, group, covariates, reason",
    [
        ([1, 2, 4], [1, 1, 1], [], "no subject in one of the groups"),
        ([1, 2, 4], [0, 0, 0], [], "no subject in one of the groups"),
        ([], [], [], "no subject in one of the groups"),
        (
            [1, 2, 4, 6],
            [0, 0, 1, 1],
            [[3, 3, 5, 5]],
            "the groups cannot be told apart from the covariates",
        ),
        ([1, 2, 4], [0, 0, 1], [[1, 2, 7]], "no more subjects than terms in the model"),
        ([1, 2], [0, 1], [], "no more subjects than terms in the model"),
        ([5, 5, 5, 5], [0, 0, 1, 1], [[1, 2, 7, 5]], "no variation in either group"),
        ([1, 1, 3, 3], [0, 0, 1, 1], [], "the model leaves no variation"),
        ([2, 4, 7, 9], [0, 0, 1, 1], [[2, 4, 6, 8]], "the model leaves no variation"),
    ],
)
def test_not_estimable_says_why(
    value: list[float], group: list[int], covariates: list[list[float]], reason: str
) -> None:
    found = small(value, group, *covariates)
    assert found.reason == f"not estimable: {reason}"
    assert all(np.isnan(getattr(found, name)) for name in NUMBERS)


def test_constant_and_repeated_covariates_add_nothing() -> None:
    value, group, other = [1, 5, 2, 8, 7, 3], [0, 0, 0, 1, 1, 1], [1, 2, 5, 3, 8, 4]
    plain = small(value, group, other)
    more = small(value, group, [9, 9, 9, 9, 9, 9], other, other)
    assert more.dependent == (0, 2)
    assert more.difference == pytest.approx(plain.difference, rel=1e-12)
    assert more.df == plain.df == 3


@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.booleans(), st.integers(-5, 5)), min_size=6, max_size=30
    )
)
def test_properties(rows: list[tuple[int, bool, int]]) -> None:
    value = np.array([row[0] for row in rows], dtype=float)
    group = np.array([row[1] for row in rows])
    none = np.empty((len(rows), 0))
    plain = adjusted_difference(value, group, none)
    t_test = student(value[group], value[~group])
    if t_test.reason is None and plain.reason is None:  # without covariates it is Student's
        assert plain.difference == pytest.approx(t_test.difference, abs=1e-9)
        assert plain.p_value == pytest.approx(t_test.p_value, rel=1e-7, abs=1e-12)
    covariate = np.array([[row[2]] for row in rows], dtype=float)
    found = adjusted_difference(value, group, covariate)
    swapped = adjusted_difference(value, ~group, covariate)
    assert (found.reason is None) == (swapped.reason is None)
    if found.reason is None:
        assert found.difference == pytest.approx(-swapped.difference, abs=1e-8)
        shifted = adjusted_difference(value + 3 * covariate[:, 0], group, covariate)
        assert shifted.difference == pytest.approx(found.difference, abs=1e-7)
