"""Proportions from counts alone: what R's functions give, in one table or in strata, in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.rates.mantel_haenszel import cmh_test, common_conditional_odds_ratio
from ketanalysis.rates.strata import as_strata
from ketanalysis.rates.stratified_score import stratified_difference
from ketanalysis.rates.two_proportions import odds_ratio, risk_difference, risk_ratio
from tests.rates.test_two_proportions import references
from tests.shared import reference, requires_shared

SITES = ([8, 5, 9, 2, 6], [20, 15, 12, 9, 8], [3, 2, 4, 2, 0], [21, 14, 11, 10, 0])
NAMES = ["Basel", "Bern", "Chur", "Davos", "Genf"]


def rows(result: Any) -> dict[str, dict[str, Any]]:
    return {row["measure"]: row for row in result.table.iter_rows(named=True)}


@requires_shared
def test_every_reference_comparison_from_its_counts() -> None:
    for path, held in references(reference()["results"]):
        counts = tuple(held["counts"][name] for name in ("x1", "n1", "x2", "n2"))
        found = rows(ka.compare_proportions(*counts, test=["pearson", "fisher"]))
        rd, low_high = found["risk difference"], held["rd_miettinen_nurminen"]
        ends = (rd["conf_low"], rd["conf_high"])
        assert ends == pytest.approx(tuple(low_high), rel=1e-5), path  # as the file states
        if held["chisq_pearson"]["p"] is not None:
            assert rd["statistic"] == pytest.approx(held["chisq_pearson"]["stat"], rel=1e-9)
            assert found["test of no difference"]["p_value"] == pytest.approx(
                held["p_fisher"], rel=1e-9
            )


def test_the_measures_are_those_of_the_kernels() -> None:
    found = rows(ka.compare_proportions(12, 16, 5, 15, odds_ratio="conditional-exact"))
    expected = {
        "risk difference": risk_difference(12, 16, 5, 15),
        "risk ratio": risk_ratio(12, 16, 5, 15),
        "odds ratio": odds_ratio(12, 16, 5, 15, "conditional-exact"),
    }
    for measure, theirs in expected.items():
        row = found[measure]
        assert (row["estimate"], row["conf_low"], row["conf_high"], row["p_value"]) == (
            theirs.estimate, theirs.low, theirs.high, theirs.p_value,
        )  # fmt: skip


def test_over_strata_they_are_the_common_ones() -> None:
    result = ka.compare_proportions(
        *SITES, strata=NAMES, test=["cmh", "cmh-exact"], odds_ratio="conditional-exact"
    )
    strata, found = as_strata(*SITES), rows(result)
    score, odds = stratified_difference(strata), common_conditional_odds_ratio(strata)
    assert found["risk difference"]["estimate"] == score.estimate
    assert found["risk difference"]["p_value"] == cmh_test(strata).p_value
    assert found["odds ratio"]["conf_high"] == odds.high
    assert result.strata["stratum"].to_list() == NAMES
    assert result.strata["weight"].null_count() == 1
    assert result.groups.select("count", "n").rows() == [(30, 64), (11, 56)]
    assert result.warnings == ("Left out, with subjects in one group only: Genf (8 subjects).",)


def test_one_proportion_and_several() -> None:
    one = ka.estimate_proportion(17, 31)
    assert one.inline() == "17/31 (55 %; 95 % CI 38 to 71)"
    assert one.text() == "Proportion: 17/31 (55 %; 95 % CI 38 to 71). 95 % intervals: Wilson."
    two = ka.estimate_proportion(
        np.array([17, 0]), pl.Series([31, 0]), names=["open", "nobody"], against=0.5, ci="mid-p"
    )
    assert two.table["estimate"].to_list() == [17 / 31, None]
    # binom.test(17, 31)$p.value
    assert two.table["p_value"].to_list() == pytest.approx([0.7201, None], abs=5e-5)
    assert two.notes == ("95 % intervals: mid-p.", "Exact binomial test against 50 %.")


def test_a_comparison_in_words() -> None:
    found = ka.compare_proportions(
        12, 16, 5, 15, group="ketamine", reference="midazolam", test="boschloo"
    )
    assert found.text() == (
        "ketamine 12/16 (75 %; 95 % CI 51 to 90), midazolam 5/15 (33 %; 95 % CI 15 to 58). Risk "
        "difference 42 percentage points (95 % CI 6 to 68; Miettinen-Nurminen; Boschloo exact, "
        "unconditional, p = 0.030). Number needed to treat NNTB 2.4 (95 % CI NNTB 1.5 to NNTB "
        "16.4). NNTB is the number of subjects to treat for one more to benefit, NNTH for one "
        "more to be harmed. Differences are ketamine minus midazolam, ratios ketamine over "
        "midazolam. 95 % intervals of the two rates: Wilson."
    )
    assert found.text("apa").startswith(
        "ketamine 12/16 (75%, 95% CI [51%, 90%]), midazolam 5/15 (33%, 95% CI [15%, 58%]). Risk "
        "difference 42 percentage points (95% CI [6%, 68%]; Miettinen-Nurminen; Boschloo exact, "
        "unconditional, p = .030). Number needed to treat NNTB 2.4, 95% CI [NNTB 1.5 to NNTB "
        "16.4]. "
    )
    assert found.text("jama").startswith(
        "ketamine 12 of 16 (75% [95% CI, 51%-90%]), midazolam 5 of 15 (33% [95% CI, 15%-58%]). "
        "Risk difference 42 percentage points (95% CI, 6%-68%; Miettinen-Nurminen; Boschloo exact, "
        "unconditional, P = .03). Number needed to treat NNTB 2.4 (95% CI, NNTB 1.5 to NNTB 16.4). "
    )


def test_a_number_needed_that_passes_infinity() -> None:
    found = ka.compare_proportions(4, 20, 3, 19)
    needed = {style: found.inline(measure="number needed to treat", style=style)
              for style in ("plain", "apa", "jama")}  # fmt: skip
    assert needed == {
        "plain": "NNTB 23.7 (95 % CI NNTB 3.4 to infinity to NNTH 4.6)",
        "apa": "NNTB 23.7, 95% CI [NNTB 3.4 to ∞ to NNTH 4.6]",
        "jama": "NNTB 23.7 (95% CI, NNTB 3.4 to ∞ to NNTH 4.6)",
    }
    through = (
        "An interval through {} holds no difference between the groups, and with it benefit and "
        "harm."
    )
    assert through.format("infinity") in found.text()
    assert through.format("∞") in found.text("jama")
    assert through.format("infinity") in " ".join(found.summary().split())


def test_the_table_shows_tests_weights_and_reasons() -> None:
    found = ka.compare_proportions(*SITES, strata=NAMES, test=["cmh", "cmh-exact"])
    shown = found.summary()
    assert "Common to 5 strata" in shown
    assert "Cochran-Mantel-Haenszel 6.99, 1 df" in shown
    assert "Test of no difference" in shown
    assert "Breslow-Day-Tarone 1.26, 3 df" in shown
    assert "Basel: 8/20 v 3/21" in shown
    assert "weight 37 %" in shown
    assert "left out" in shown
    none = ka.compare_proportions(10, 25, 0, 25, group="ketamine", reference="saline")
    assert (
        "Odds ratio: The interval is not estimable: no subject with the outcome in saline."
        in none.summary()
    )
    assert "infinity" in none.summary()


def test_nobody_in_a_group_is_not_estimable() -> None:
    found = ka.compare_proportions(0, 0, 2, 5, group="ketamine", reference="saline")
    assert found.inline(measure="risk difference") == ("not estimable (No subjects in ketamine)")
    assert found.inline(measure="number needed to treat") == "not estimable"
    assert found.table["estimate"].null_count() == 4


def test_one_stratum_is_one_table() -> None:
    listed, plain = (
        ka.compare_proportions([12], [16], [5], [15]),
        ka.compare_proportions(12, 16, 5, 15),
    )
    assert listed.table.equals(plain.table)
    assert listed.strata.is_empty()


def test_every_number_is_finite_or_said() -> None:
    found = ka.compare_proportions([0, 3], [5, 3], [0, 4], [6, 4])
    for name in ("estimate", "conf_low", "conf_high", "p_value"):
        for value in found.table[name].drop_nulls():
            assert not math.isnan(value)
    assert found.table.filter(pl.col("estimate").is_null())["note"].str.len_chars().min() >= 0


REFUSED = [
    ({"count": 5, "n": 3}, "count must be between 0 and n, not 5 of 3 (place 1)."),
    ({"count": 1.5}, "count must hold whole subjects, not 1.5."),
    ({"count": "5"}, "count must hold whole subjects, not '5'."),
    ({"count": []}, "count must hold a count, not nothing."),
    (
        {"count": [1, 2]},
        "The counts of the strata must be as many of each, not 2 of count, 1 of n, 1 of "
        "count_reference, 1 of n_reference.",
    ),
    (
        {"count_reference": 9, "n_reference": 8},
        "count_reference must be between 0 and n_reference, not 9 of 8 (place 1).",
    ),
    (
        {"test": "cmh"},
        "test must be one of 'miettinen-nurminen', 'pearson', 'pearson-corrected', 'wald', "
        "'fisher', 'fisher-mid-p', 'boschloo', 'barnard' without strata=, not 'cmh'.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes: dict[str, Any], text: str) -> None:
    given: dict[str, Any] = {"count": 2, "n": 4, "count_reference": 1, "n_reference": 4} | changes
    with pytest.raises(ArgumentError) as refusal:
        ka.compare_proportions(**given)
    assert str(refusal.value) == text


def test_names_must_fit() -> None:
    for call, text in (
        (
            lambda: ka.compare_proportions([1, 2], [3, 3], [1, 1], [3, 3], strata=["A"]),
            "strata must name each of the 2 strata, not 1: ['A'].",
        ),
        (
            lambda: ka.estimate_proportion([1, 2], [3, 3], names=["A"]),
            "names must be as many as the counts, 2, not 1.",
        ),
        (
            lambda: ka.estimate_proportion([1, 2], [3]),
            "count and n must be as many, not 2 and 1.",
        ),
        (
            lambda: ka.estimate_proportion(1, 3, against=5),
            "against must be a rate between 0 and 1, not 5.",
        ),
    ):
        with pytest.raises(ArgumentError) as refusal:
            call()
        assert str(refusal.value) == text
