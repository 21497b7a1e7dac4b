"""The rows of a comparison of two arrays: symmetries and notes.

Their numbers are held against R in test_groups.py, through the table of compare_groups.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.groups.comparison_result import TABLE_SCHEMA
from ketanalysis.groups.group_tests import TESTS, compare_arrays
from ketanalysis.groups.test_names import WORDS

small_scores = st.lists(st.integers(0, 20), min_size=2, max_size=8)


def test_a_row_has_every_column_that_one_outcome_can_know():
    for row in compare_arrays([1, 2, 4, np.nan], [2, 5, 7], tuple(TESTS)):
        assert row.keys() == TABLE_SCHEMA.keys() - {"outcome", "contrast", "p_adjusted"}
        assert (row["n"], row["n_reference"], row["n_missing"]) == (3, 3, 1)


def test_every_test_has_its_words():
    assert TESTS.keys() <= WORDS.keys()


@settings(max_examples=30, deadline=None)
@given(a=small_scores, b=small_scores, shift=st.integers(-30, 30))
def test_the_other_reference_flips_the_signs_and_a_constant_moves_the_means(a, b, shift):
    assume(np.ptp(a) > 0 or np.ptp(b) > 0)
    one, other = compare_arrays(a, b)[0], compare_arrays(b, a)[0]
    assert one["estimate"] == -other["estimate"]
    assert one["effect_size"] == pytest.approx(-other["effect_size"])
    assert (one["mean"], one["n"]) == (other["mean_reference"], other["n_reference"])
    moved = compare_arrays(np.array(a) + shift, np.array(b) + shift)[0]
    assert moved["mean"] == pytest.approx(one["mean"] + shift)
    for name in ("estimate", "conf_low", "conf_high", "p_value", "effect_size"):
        # Sums of small whole numbers: only the last places of the means move.
        assert moved[name] == pytest.approx(one[name], rel=1e-9, abs=1e-9)


def test_one_constant_group_is_estimated_and_noted():
    row = compare_arrays([0, 0, 0], [2, 3, 9])[0]
    assert row["p_value"] is not None
    assert row["note"] == "no variation in the group"
    assert compare_arrays([2, 3, 9], [0, 0])[0]["note"] == "no variation in the reference"


def test_rank_rows_note_ties_and_levels_out_of_reach():
    a, b = [1, 2, 2, 3, 4, 5], [2, 3, 7, 8, 9, 9]
    assert compare_arrays(a, b, ["mann-whitney-exact"])[0]["note"] is None
    many = compare_arrays(a * 13, b * 13, ["mann-whitney-exact"])[0]
    assert many["note"] == (
        "scores are tied: the p value allows for it, the interval is conservative"
    )
    small = compare_arrays([1, 2], [3, 4], ["mann-whitney-exact"])[0]
    assert small["conf_low"] is None
    assert small["note"] == "no interval of this level exists for so few subjects"


def test_a_huge_effect_keeps_its_estimate_and_notes_the_interval():
    row = compare_arrays([1, 2], [5e7, 5e7 + 1])[0]
    assert row["effect_low"] is None
    assert row["note"] == (
        "interval of the effect size not estimable: the difference is too many standard deviations"
    )


def test_refusals():
    with pytest.raises(ArgumentError, match=r"^test must be one of .*Did you mean welch\?$"):
        compare_arrays([1, 2], [3, 4], ["welsh"])
    with pytest.raises(ContractError, match=r"^a must be finite, but 1 of its values"):
        compare_arrays([1, np.inf], [3, 4])
