"""Probability of superiority, Cliff's delta, rank-biserial, Glass's delta against R."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ContractError
from ketanalysis.groups.dominance import (
    ALL_EQUAL,
    cliffs_delta,
    dominance,
    rank_biserial,
    superiority,
)
from ketanalysis.groups.effect_sizes import EFFECTS, NO_REFERENCE_VARIATION, glass_delta
from ketanalysis.groups.two_samples import TOO_FEW
from tests.groups.oracles import TWO_GROUPS, of_set
from tests.shared import DATA, is_close, reference_value, requires_shared

FORMULA = 1e-10
# R's uniroot stops at 1e-15 of the root; near 0 and 1 the equation is flat.
ROOT = 1e-9
# effectsize minimises both limits at once, with optim's default tolerance.
EFFECTSIZE_SEARCH = 1e-5

scores = st.lists(st.integers(0, 12), min_size=2, max_size=9)


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_superiority_has_newcombes_interval(name):
    r = of_set("dominance.csv", name)
    found = superiority(*TWO_GROUPS[name])
    assert is_close(found.estimate, r["superiority"], rtol=1e-12)
    assert found.conf_low == pytest.approx(r["superiority_low"], abs=ROOT)
    assert found.conf_high == pytest.approx(r["superiority_high"], abs=ROOT)
    at_90 = superiority(*TWO_GROUPS[name], 0.9)
    assert at_90.conf_low == pytest.approx(r["superiority_low_90"], abs=ROOT)
    assert at_90.conf_high == pytest.approx(r["superiority_high_90"], abs=ROOT)


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_cliffs_delta_has_the_interval_of_feng_and_cliff(name):
    found, r = cliffs_delta(*TWO_GROUPS[name]), of_set("dominance.csv", name)
    ours = [found.estimate, found.conf_low, found.conf_high]
    assert ours == pytest.approx([r["delta"], r["delta_low"], r["delta_high"]], rel=FORMULA)


@pytest.mark.parametrize("name", [name for name in TWO_GROUPS if name != "apart"])
def test_the_rank_biserial_correlation_is_effectsizes(name):
    found, r = rank_biserial(*TWO_GROUPS[name]), of_set("dominance.csv", name)
    ours = [found.estimate, found.conf_low, found.conf_high]
    assert ours == pytest.approx([r["r"], r["r_low"], r["r_high"]], rel=FORMULA)


@pytest.mark.parametrize("name", TWO_GROUPS)
def test_glass_delta_is_effectsizes(name):
    found, r = glass_delta(*TWO_GROUPS[name]), of_set("effect_sizes.csv", name)
    assert is_close(found.estimate, r["glass"], rtol=FORMULA)
    for ours, column in ((found.conf_low, "glass_low"), (found.conf_high, "glass_high")):
        # The root is R's own, to 1e-8 of the limit or of the smallest limit worth the name.
        assert is_close(ours, r[f"{column}_root"], rtol=1e-8, atol=1e-8)
        # effectsize's search ends 6e-7 away in the worst of these.
        assert is_close(ours, r[column], rtol=EFFECTSIZE_SEARCH, atol=1e-6)


@requires_shared
@pytest.mark.parametrize(
    ("dataset", "name", "file", "column", "split", "first"),
    [
        ("aSAH", "group_s100b", "aSAH.csv", "s100b", "outcome", "Poor"),
        ("btheb", "baseline_bdi_pre_compare", "btheb_wide.csv", "bdi_pre", "treatment", "BtheB"),
    ],
)
def test_real_data_give_the_numbers_of_r(dataset, name, file, column, split, first):
    import polars as pl

    frame, r = pl.read_csv(DATA / file), reference_value(dataset, name)
    is_first = frame[split] == first
    a, b = frame[column].filter(is_first), frame[column].filter(~is_first)
    glass, ranks = glass_delta(a, b), rank_biserial(a, b)
    assert is_close(superiority(a, b).estimate, r["prob_superiority_a_gt_b"], rtol=FORMULA)
    assert is_close(ranks.estimate, r["rank_biserial"]["r_rank_biserial"], rtol=FORMULA)
    assert is_close(ranks.conf_low, r["rank_biserial"]["CI_low"], rtol=FORMULA)
    assert is_close(ranks.conf_high, r["rank_biserial"]["CI_high"], rtol=FORMULA)
    assert is_close(glass.estimate, r["glass_delta"]["Glass_delta"], rtol=1e-9)
    assert is_close(glass.conf_low, r["glass_delta"]["CI_low"], rtol=EFFECTSIZE_SEARCH)
    assert is_close(glass.conf_high, r["glass_delta"]["CI_high"], rtol=EFFECTSIZE_SEARCH)


@settings(max_examples=50, deadline=None)
@given(a=scores, b=scores)
def test_counting_places_is_counting_pairs(a, b):
    pairs = np.sign(np.subtract.outer(np.sort(a), np.sort(b)))
    found = dominance(np.sort(np.array(a, float)), np.sort(np.array(b, float)))
    assert found.of_a == pytest.approx((pairs + 1).mean(axis=1) / 2)
    assert found.of_b == pytest.approx((1 - pairs).mean(axis=0) / 2)
    assert found.n_tied == (pairs == 0).sum()


@settings(max_examples=40, deadline=None)
@given(a=scores, b=scores, seed=st.integers(0, 99))
def test_the_sizes_of_a_swap_mirror_and_order_is_all_that_counts(a, b, seed):
    assume(np.ptp([*a, *b]) > 0)
    rng = np.random.default_rng(seed)
    changed = [np.array(rng.permutation([*x, math.nan])) ** 3 for x in (a, b)]
    for size, total in ((superiority, 1), (cliffs_delta, 0), (rank_biserial, 0)):
        one, other = size(a, b), size(b, a)
        assert one.estimate == pytest.approx(total - other.estimate, abs=1e-12)
        # Both limits are roots to 1e-14, one of them turned round.
        assert one.conf_low == pytest.approx(total - other.conf_high, abs=1e-9, nan_ok=True)
        assert str(one) == str(size(*changed))
    assert 2 * superiority(a, b).estimate - 1 == pytest.approx(cliffs_delta(a, b).estimate)


@settings(max_examples=40, deadline=None)
@given(a=scores, b=scores)
def test_the_intervals_hold_their_estimate_and_stay_in_range(a, b):
    assume(np.ptp([*a, *b]) > 0)
    for size, least in ((superiority, 0), (cliffs_delta, -1)):
        found = size(a, b)
        assert least <= found.conf_low <= found.estimate + 1e-12
        assert found.estimate - 1e-12 <= found.conf_high <= 1


def test_groups_that_do_not_overlap():
    assert superiority([4, 5], [1, 2]).conf_high == 1
    assert superiority([1, 2], [4, 5]).conf_low == 0
    assert 0 < superiority([4, 5], [1, 2]).conf_low < 1
    # Feng and Cliff (2004), equation 8: (n - z^2) / (n + z^2) with n = 2.
    assert cliffs_delta([4, 5], [1, 2]).conf_low == pytest.approx(-0.31516, abs=1e-4)
    found = rank_biserial([4, 5], [1, 2])
    assert found.reason == "interval not estimable: Fisher's z has no value at -1 and 1"
    assert (found.estimate, math.isnan(found.conf_low)) == (1, True)


def test_what_cannot_be_estimated_says_why():
    for size in (superiority, cliffs_delta, rank_biserial):
        assert size([3, 3], [3, 3]).reason == ALL_EQUAL
    for effect in EFFECTS.values():
        assert effect.estimate([3], [1, 2, 5], 0.95).reason == TOO_FEW
        assert math.isnan(effect.estimate([], [1, 2], 0.95).estimate)
        with pytest.raises(ContractError, match=r"^b must be finite"):
            effect.estimate([1, 2], [math.inf, 3], 0.95)
    assert glass_delta([1, 5], [3, 3, 3]).reason == NO_REFERENCE_VARIATION


def test_every_effect_is_named():
    for effect in EFFECTS.values():
        assert effect.label
        assert effect.words
        assert effect.method
