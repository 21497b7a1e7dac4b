"""Correlations and slopes at a fixed baseline against R, and their symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups.correlation import CONSTANT, PERFECT, TOO_FEW_PAIRS, pearson, spearman
from ketanalysis.groups.linear_model import NO_SLOPE, NOT_APART_SLOPE, adjusted_slope
from ketanalysis.groups.partial_correlation import NOTHING_LEFT, partial_correlation
from tests.groups.anxiety_oracle import of


def data(name: str) -> np.ndarray:
    return np.array(list(of("twin_data", name).values()))


def held(with_site: bool) -> np.ndarray:
    site = data("site")
    columns = [data("base"), site == 1, site == 2] if with_site else [data("base")]
    return np.column_stack(columns).astype(float)


@pytest.mark.parametrize(
    ("name", "method", "with_site"),
    [
        ("pearson", "pearson", False),
        ("spearman", "spearman", False),
        ("pearson, site", "pearson", True),
    ],
)
def test_they_are_those_of_r(name, method, with_site):
    ours = partial_correlation(data("anxiety"), data("end"), held(with_site), method)
    theirs = of("partial", name)
    # closed formulas; remainders lose a digit or two of fifteen
    assert ours.estimate == pytest.approx(theirs["r"], rel=1e-9)
    assert ours.p_value == pytest.approx(theirs["p"], rel=1e-9)
    assert (ours.conf_low, ours.conf_high) == pytest.approx(
        (theirs["low"], theirs["high"]), rel=1e-9
    )
    assert (ours.n, ours.n_missing) == (28, 3)


@pytest.mark.parametrize(
    ("model", "with_site"),
    [("end ~ anxiety + base", False), ("end ~ anxiety + base + north + south", True)],
)
def test_slopes_are_those_of_lm(model, with_site):
    x, y, z = data("anxiety"), data("end"), held(with_site)
    used = ~np.isnan(x + y)
    ours = adjusted_slope(y[used], x[used], z[used])
    theirs = of("slope", model)
    found = {
        "estimate": ours.difference,
        "std_error": ours.std_error,
        "statistic": ours.statistic,
        "p_value": ours.p_value,
        "df": ours.df,
        "low": ours.conf_low,
        "high": ours.conf_high,
    }
    for column, value in found.items():
        assert value == pytest.approx(theirs[column], rel=1e-9), column
    # the t of a slope is the t of the partial correlation
    partial = partial_correlation(x, y, z, "pearson")
    assert partial.statistic == pytest.approx(ours.statistic, rel=1e-9)


def test_with_nothing_held_it_is_the_plain_one():
    x, y, nothing = data("anxiety"), data("end"), np.empty((31, 0))
    for method, plain in (("pearson", pearson), ("spearman", spearman)):
        ours, other = partial_correlation(x, y, nothing, method), plain(x, y)
        for column in ("estimate", "conf_low", "conf_high", "p_value", "df", "n", "n_missing"):
            assert getattr(ours, column) == pytest.approx(getattr(other, column), rel=1e-10)


def test_what_cannot_be():
    x = [1.0, 2, 3, 4, 5, 6]
    assert partial_correlation(x, [2, 2, 2, 2, 2, 2], x[::-1]).reason == CONSTANT
    assert partial_correlation(x, [3, 1, 2, 6, 5, 4], x).reason == NOTHING_LEFT
    assert partial_correlation(x[:4], [2, 4, 6, 8], [1, 0, 0, 1], "pearson").reason == PERFECT
    assert partial_correlation(x[:2], [1, 3], [1, 4]).reason == TOO_FEW_PAIRS
    few = partial_correlation(x[:3], [1, 3, 2], [1, 4, 2])
    assert few.reason == "not estimable: no more subjects than terms held fixed"
    assert adjusted_slope(np.array(x), np.ones(6), np.empty((6, 0))).reason == NO_SLOPE
    again = adjusted_slope(np.array([3.0, 1, 2, 6, 5, 4]), np.array(x), np.array(x)[:, None])
    assert again.reason == NOT_APART_SLOPE
    with pytest.raises(ArgumentError) as caught:
        partial_correlation(x, x[:3], x)
    assert str(caught.value) == "x, y and given must have one length, not 6, 3 and 6."
    with pytest.raises(ContractError) as caught:
        partial_correlation(x, [np.inf, *x[1:]], x[::-1])
    assert str(caught.value) == "Scores must be finite, but 1 of them are infinite."


triples = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 40)), min_size=6, max_size=20
)


@settings(max_examples=40, deadline=None)
@given(triples, st.sampled_from(["pearson", "spearman"]), st.integers(2, 9))
def test_rows_units_and_repeated_columns(rows, method, factor):
    x, y, z = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    plain = partial_correlation(x, y, z, method)
    assume(plain.reason is None and abs(plain.estimate) < 0.999)
    for other in (
        partial_correlation(x[::-1], y[::-1], z[::-1], method),
        partial_correlation(y, x, z, method),
        partial_correlation(factor * x + 3, y, factor * z, method),
        partial_correlation(x, y, np.column_stack([z, 2 * z + 1]), method),
    ):
        assert other.estimate == pytest.approx(plain.estimate, abs=1e-9)
        assert other.df == plain.df
    assert plain.conf_low < plain.estimate < plain.conf_high or plain.df == 1
