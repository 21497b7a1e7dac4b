"""Adjusted p values: R's p.adjust, families worked by hand, properties."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError
from ketanalysis.multiplicity import ADJUSTMENTS, adjust_p
from tests.shared import ORACLE, reference_value, requires_shared

R = pl.read_csv(ORACLE / "p_adjust.csv", null_values="NA", infer_schema_length=None)
FAMILIES = R["family"].unique(maintain_order=True).to_list()

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@pytest.mark.parametrize("method", ADJUSTMENTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_that_of_r(family: str, method: str) -> None:
    theirs = R.filter(pl.col("family") == family)

    ours = adjust_p(theirs["p"].to_list(), method)

    # A product of at most three numbers, rounded in another order.
    np.testing.assert_allclose(ours, theirs[method].cast(pl.Float64).to_numpy(), rtol=1e-12)


@requires_shared
def test_the_reference_example() -> None:
    theirs = reference_value("antidepressant_data", "p_adjust_example")
    assert len(theirs["cols"]) == 6
    for method, column in zip(theirs["cols"], zip(*theirs["values"], strict=True), strict=True):
        ours = adjust_p([0.0131, 0.0276, 0.1309, 0.8932], method.lower())
        np.testing.assert_allclose(ours, column, rtol=1e-10)  # as the reference states


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # p = 1/100, 2/100, 3/100, given as 3, 1, 2.
        ("bonferroni", [0.09, 0.03, 0.06]),
        ("holm", [0.04, 0.03, 0.04]),  # 3 x 1, 2 x 2, then not below 4
        ("hochberg", [0.03, 0.03, 0.03]),  # 1 x 3 caps what stands before it
        ("hommel", [0.03, 0.03, 0.03]),
        ("bh", [0.03, 0.03, 0.03]),  # 3/1 x 1, 3/2 x 2, 3/3 x 3
        ("by", [0.055, 0.055, 0.055]),  # times 1 + 1/2 + 1/3 = 11/6
        ("none", [0.03, 0.01, 0.02]),
    ],
)
def test_three_by_hand(method: str, expected: list[float]) -> None:
    assert adjust_p([0.03, 0.01, 0.02], method).tolist() == pytest.approx(expected, rel=1e-14)


def test_missing_values_stay_missing_and_do_not_count() -> None:
    ours = adjust_p([None, 0.02, np.nan, 0.01], "bonferroni")
    np.testing.assert_array_equal(ours, [np.nan, 0.04, np.nan, 0.02])


def test_an_empty_family_is_empty() -> None:
    assert adjust_p([], "hommel").tolist() == []


def simes(p: list[float]) -> float:
    return min(len(p) / rank * value for rank, value in enumerate(sorted(p), start=1))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_hommel_is_the_closure_of_simes(p: list[float]) -> None:
    # The definition, over every set of hypotheses: 2 ** n Simes tests.
    sets = [
        chosen
        for size in range(1, len(p) + 1)
        for chosen in itertools.combinations(range(len(p)), size)
    ]
    closed = [
        max(simes([p[j] for j in chosen]) for chosen in sets if i in chosen) for i in range(len(p))
    ]
    np.testing.assert_allclose(adjust_p(p, "hommel"), closed, rtol=1e-12)


@given(p_lists)
def test_holm_is_the_closure_of_bonferroni(p: list[float]) -> None:
    order = np.argsort(p, kind="stable")
    step = [max((len(p) - j) * p[order[j]] for j in range(i + 1)) for i in range(len(p))]
    expected = np.empty(len(p))
    expected[order] = np.minimum(step, 1)
    np.testing.assert_allclose(adjust_p(p, "holm"), expected, rtol=1e-14)


@given(p_lists, st.sampled_from(sorted(ADJUSTMENTS)), st.randoms())
def test_order_does_not_matter(p: list[float], method: str, random: object) -> None:
    shuffled = list(range(len(p)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    np.testing.assert_allclose(
        adjust_p([p[i] for i in shuffled], method), adjust_p(p, method)[shuffled], rtol=1e-14
    )


@given(p_lists)
def test_from_the_boldest_to_the_most_careful(p: list[float]) -> None:
    by_name = {method: adjust_p(p, method) for method in ADJUSTMENTS}
    ladder = ("none", "bh", "hommel", "hochberg", "holm", "bonferroni")
    for bolder, more_careful in itertools.pairwise(ladder):
        assert (by_name[bolder] <= by_name[more_careful] * (1 + 1e-12)).all()
    assert (by_name["by"] <= 1).all()


@given(p_lists)
def test_what_is_given_is_not_changed(p: list[float]) -> None:
    given_values = np.array(p)
    adjust_p(given_values, "none")[:] = 0
    assert given_values.tolist() == p


@pytest.mark.parametrize("p", [[0.5, 1.2], [0.5, -0.1]])
def test_a_value_outside_0_to_1_is_refused(p: list[float]) -> None:
    with pytest.raises(ArgumentError) as refusal:
        adjust_p(p, "holm")
    assert str(refusal.value) == f"p_values must be between 0 and 1, not {p[1]} (value 2)."


def test_a_table_is_refused() -> None:
    with pytest.raises(ArgumentError) as refusal:
        adjust_p([[0.1, 0.2]], "holm")
    assert str(refusal.value) == "p_values must have one dimension, not 2."


def test_an_unknown_method_names_all_seven() -> None:
    with pytest.raises(ArgumentError) as refusal:
        adjust_p([0.1], "BH")
    assert str(refusal.value) == (
        "method must be one of 'holm', 'hochberg', 'hommel', 'bonferroni', 'bh', 'by', 'none', "
        "not 'BH'. Did you mean bh?"
    )
