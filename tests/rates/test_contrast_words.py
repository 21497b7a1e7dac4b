"""Contrasts of rates in running text: differences, ratios, tests, and numbers needed to treat."""

from __future__ import annotations

from typing import Any

import pytest

import ketanalysis as ka
from ketanalysis.tables.report import contrast_table
from tests.rates.test_response import rates_of

INFINITE = {"plain": "infinity", "apa": "∞", "jama": "∞"}


@pytest.fixture(scope="module")
def result() -> Any:
    return rates_of(
        "boundary",
        "at_least_50",
        visits=["2", "4"],
        difference=["miettinen-nurminen", "newcombe"],
        test=["boschloo", "fisher", "pearson-corrected"],
        odds_ratio="conditional-mid-p",
    )


def test_every_measure_has_its_words(result: Any) -> None:
    where = ("4", "nri")
    said = {
        measure: result.inline(*where, measure=measure)
        for measure in ("risk ratio", "odds ratio", "number needed to treat")
    }
    assert said == {
        "risk ratio": "0.88 (95 % CI 0.57 to 1.39; Miettinen-Nurminen; p = 0.557)",
        "odds ratio": (
            "0.75 (95 % CI 0.28 to 1.97; conditional mid-p; Fisher exact, mid-p, twice the smaller "
            "tail, p = 0.566)"
        ),
        "number needed to treat": "NNTH 14.0 (95 % CI NNTH 3.4 to infinity to NNTB 6.1)",
    }
    for method, words in (("miettinen-nurminen", "Miettinen-Nurminen"), ("newcombe", "Newcombe")):
        text = result.inline(*where, measure="risk difference", method=method)
        assert text.startswith("−7 percentage points (95 % CI −")
        assert f"; {words}; Boschloo exact, unconditional, p = " in text
    fisher = result.inline(*where, measure="test of no difference", test="fisher exact")
    assert fisher == "Fisher exact, p = 0.632"


@pytest.mark.parametrize("style", INFINITE)
def test_a_number_needed_through_infinity_in_each_style(result: Any, style: str) -> None:
    infinite = INFINITE[style]
    ends = f"NNTH 3.4 to {infinite} to NNTB 6.1"
    phrase = result.inline("4", "nri", measure="number needed to treat", style=style)
    assert (
        phrase
        == {
            "plain": f"NNTH 14.0 (95 % CI {ends})",
            "apa": f"NNTH 14.0, 95% CI [{ends}]",
            "jama": f"NNTH 14.0 (95% CI, {ends})",
        }[style]
    )
    text = rates_of("boundary", "at_least_50", visits=["4"]).text(style)
    assert " Number needed to treat, ketamine minus placebo: NNTH 14.0" in text
    assert (
        "NNTB is the number of subjects to treat for one more to benefit, NNTH for one more to be "
        f"harmed. An interval through {infinite} holds no difference between the groups, and with "
        "it benefit and harm."
    ) in text


def test_the_table_says_the_number_needed_and_both_methods(result: Any) -> None:
    notes = " ".join(result.summary().split())
    assert (
        "Difference in percentage points, interval by Miettinen-Nurminen, p by Boschloo exact, "
        "unconditional."
    ) in notes
    assert (
        "Number needed to treat, ketamine minus placebo at visit 4: NNTH 14.0 (95 % CI NNTH 3.4 to "
        "infinity to NNTB 6.1)."
    ) in notes
    plain = " ".join(rates_of("boundary", "at_least_50", visits=["4"]).summary().split())
    assert "interval and test by Miettinen-Nurminen." in plain


def test_a_result_without_groups_has_no_number_needed() -> None:
    trial = ka.load_example("ketamine")
    found = ka.estimate_response(trial, "MADRS", ka.Response(at_least=0.5), missing="nri")
    assert "Number needed" not in found.summary()
    assert "Number needed" not in found.text()


def test_the_table_of_all_contrasts_leaves_tests_without_estimate_empty() -> None:
    trial = ka.load_example("ketamine")
    found = ka.estimate_response(
        trial, "MADRS", ka.Response(at_least=0.5), by="TRT01P", missing="nri",
        visits=["Day 14"], strata="SITEID", test=["cmh", "cmh-exact"],
    )  # fmt: skip
    table = contrast_table(found)
    rows = {row[0]: row for row in table.rows}
    assert rows["Test of no difference"][1:3] == ("", "")
    assert rows["Homogeneity of the odds ratio"][1:3] == ("", "")
    assert rows["Homogeneity of the odds ratio"][3] not in ("", "NE")
    assert "Test of no difference: Cochran-Mantel-Haenszel exact." in table.notes[0]
    assert "Homogeneity of the odds ratio: Breslow-Day-Tarone." in table.notes[0]
